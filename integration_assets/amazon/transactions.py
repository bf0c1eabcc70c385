"""Movements of money on the seller's Amazon account, from which refunds are known."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from integration_assets.contracts.fulfilment import TRANSACTION_LINES, TRANSACTIONS
from integration_assets.reading import READ_AGAIN, retried_while_passing, span_of
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import as_table, spec_of, told, told_by_region
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Observation, Warehouse

OVERLAP = timedelta(hours=72)
"""Amazon tells of a transaction up to two days after it was posted."""
RELEASED = "DEFERRED_RELEASED"
OLDEST_DEFERRED = "SELECT min(posted_at) FROM amazon.transactions WHERE region = ? AND status = 'DEFERRED'"


@dg.multi_asset(
    name="amazon_transactions",
    specs=[
        spec_of(TRANSACTIONS, kinds={"amazon"}, fresh_within=timedelta(hours=3)),
        spec_of(TRANSACTION_LINES, kinds={"amazon"}, fresh_within=timedelta(hours=3)),
    ],
    check_specs=[region_check(TRANSACTIONS)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def transactions(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what was posted since the last read, three days back, and what of the deferred was released meanwhile.

    A release changes the status of a transaction that was posted long ago; it is looked for by that status, and stays
    the one row it was.
    """

    def read(region: str) -> int:
        name = f"amazon.transactions/{region}"
        seen_at = clock.now()
        span = span_of(
            warehouse.cursor(name),
            now=seen_at,
            overlap_minutes=int(OVERLAP.total_seconds() // 60),
            start=model.orders.since,
        )
        account = amazon.account(region)
        found = account.transactions(span.since)
        posted_at = [each.transaction.posted_at for each in found]
        deferred = _oldest_deferred(warehouse, region)
        if deferred is not None and deferred < span.since:
            known = {each.transaction.transaction_id for each in found}
            released = account.transactions(deferred, status=RELEASED)
            found += [each for each in released if each.transaction.transaction_id not in known]
        warehouse.observe_all(
            [
                Observation(table=TRANSACTIONS, rows=[each.transaction for each in found], complete=False),
                Observation(
                    table=TRANSACTION_LINES, rows=[line for each in found for line in each.lines], complete=False
                ),
            ],
            seen_at=seen_at,
            cursor=(name, span.reached(posted_at)),
        )
        return len(found)

    lanes = in_each_region(model.amazon, read)
    refunds = warehouse.rows(TRANSACTIONS, "transaction_type = 'Refund'", limit=20)
    yield told_by_region(
        TRANSACTIONS,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.transactions")),
        **{f"read/{region}": rows for region, rows in lanes.done.items()},
        refunds=as_table(refunds, ["amazon_order_id", "status", "posted_at", "amount", "currency"]),
    )
    yield told(TRANSACTION_LINES, rows=int(warehouse.scalar("SELECT count(*) FROM amazon.transaction_lines")))


def _oldest_deferred(warehouse: Warehouse, region: str) -> datetime | None:
    if warehouse.written_at(TRANSACTIONS) is None:
        return None
    found: datetime | None = warehouse.scalar(OLDEST_DEFERRED, [region])
    return found
