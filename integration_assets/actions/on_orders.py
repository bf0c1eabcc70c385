"""What the assets that act on orders share: the work in each region account, its journal, and what is told of it."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.sql import fill, table_name
from integration_assets.fulfilment.cycle import Cycle, Done
from integration_assets.fulfilment.journal import Page, record
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

COUNTED = ("sent", "verified", "again", "put_back", "unknown", "rejected", "stuck")
SHOWN = ("region", "amazon_order_id", "state", "attempts", "decided_at", "reason")


class OriginConfig(dg.Config):
    """What set the work off; kept with every effect."""

    origin: str = "a person in the Dagster UI"


class Doors:
    """The connections that work on orders needs."""

    def __init__(
        self,
        *,
        model: OperatingModel,
        shopify: Shopify,
        amazon: Amazon,
        warehouse: Warehouse,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self.model = model
        self.warehouse = warehouse
        self.ledger = ledger
        self.clock = clock
        self._shopify = shopify
        self._amazon = amazon

    def cycle(self, origin: str) -> Cycle:
        """The work, set off by `origin`."""
        return Cycle(
            model=self.model,
            shopify=self._shopify,
            amazon=self._amazon,
            warehouse=self.warehouse,
            ledger=self.ledger,
            clock=self.clock,
            origin=origin,
        )


def carry_out(
    context: dg.AssetExecutionContext, doors: Doors, page: Page, work: Callable[[str], Done], *, live: bool
) -> Iterator[dg.MaterializeResult[None]]:
    """Do the work for every region account and tell what it came to.

    It is never tried again blindly: the next run looks at what is in doubt first. A region account that failed fails
    the run once the others are done.
    """
    lanes = in_each_region(doors.model.amazon, work)
    for region, done in lanes.done.items():
        record(page, doors.warehouse, doors.ledger, region, done.planned, doors.clock.now(), live=live)
        context.log.info(_line(region, done, live=live))
    counts = {name: sum(done.count(name) for done in lanes.done.values()) for name in COUNTED}
    left_out = {order: why for done in lanes.done.values() for order, why in done.left_out.items()}
    table = table_name(page.table)
    rows: list[Any] = doors.warehouse.rows(page.table, "state <> 'verified'", limit=20)
    yield told(
        page.table,
        rows=int(doors.warehouse.scalar(fill("SELECT count(*) FROM {table}", table=table))),
        mode="live" if live else "preview: nothing was sent",
        planned=sum(len(done.planned) for done in lanes.done.values()),
        **counts,
        left_out="; ".join(f"{order}: {why}" for order, why in sorted(left_out.items())[:20]) or "none",
        failed=lanes.told or "none",
        open=as_table(rows, SHOWN),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run looks at what is in doubt before it sends anything.")


def _line(region: str, done: Done, *, live: bool) -> str:
    """One line for the log."""
    if done.left_to:
        return f"{region}: left to the sender at work ({done.left_to})"
    if not live:
        return f"{region}: preview, {len(done.planned)} would be sent"
    counts = ", ".join(f"{done.count(name)} {name.replace('_', ' ')}" for name in COUNTED)
    return f"{region}: {counts}" + ("; " + "; ".join(done.errors) if done.errors else "")
