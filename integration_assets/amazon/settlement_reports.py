"""Amazon's settlement reports, put away byte for byte before Amazon forgets them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.settlements import SETTLEMENT_REPORTS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.regions import in_each_region, region_check
from integration_assets.settlements.collecting import Collected, collect, failed_told
from integration_assets.shown import as_table, spec_of, told_by_region
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="amazon_settlement_reports",
    specs=[spec_of(SETTLEMENT_REPORTS, kinds={"amazon"}, fresh_within=timedelta(hours=12))],
    check_specs=[region_check(SETTLEMENT_REPORTS)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def settlement_reports(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """List the reports of 90 days and archive those that are new; what they say is read afterwards, offline.

    Settlements cannot be asked for: Amazon makes them and offers them for 90 days. A document that comes damaged holds
    up no other, and fails the step once the others are safe.
    """
    lanes = in_each_region(model.amazon, lambda region: collect(amazon.account(region), warehouse, clock))
    warehouse.update(SETTLEMENT_REPORTS, [])  # a look that found nothing new is a look all the same
    new = sorted((row for found in lanes.done.values() for row in found.new), key=lambda row: row.created_at)
    yield told_by_region(
        SETTLEMENT_REPORTS,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.settlement_reports")),
        new=len(new),
        **{f"listed/{region}": found.listed for region, found in lanes.done.items()},
        archived=as_table(new, ["region", "report_id", "settlement_id", "size", "created_at"]),
    )
    _raise_failures(lanes.done.items())


def _raise_failures(found: Iterable[tuple[str, Collected]]) -> None:
    errors = [failed_told(region, each.failed) for region, each in found if each.failed]
    if errors:
        raise InstepError("; ".join(map(str, errors)))
