"""What Amazon shows for single SKUs, and who ships them: the word that counts before a push.

A push reads the SKUs it is about; this asset walks round all of them, so that a listing that changed hands is noticed
even when its quantity never moves.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg

from integration_assets.contracts.amazon import AVAILABILITY, LISTINGS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import as_table, spec_of, told_by_region
from integration_assets.stock.readings import Readings
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

ROUND = timedelta(hours=24)
MOST_AT_ONCE = 1000
"""SKUs a walk reads at the most: fifty calls, ten seconds at Amazon's rate."""
LONGEST_UNREAD = Path(__file__).with_name("longest_unread.sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="amazon_availability",
    specs=[spec_of(AVAILABILITY, kinds={"amazon"}, deps=[LISTINGS], fresh_within=timedelta(hours=1))],
    check_specs=[region_check(AVAILABILITY)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def availability(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read the SKUs that were not read for a day, the longest unread first, and those whose report says otherwise."""

    def read(region: str) -> int:
        now = clock.now()
        asked = {"region": region, "before": now - ROUND, "most": MOST_AT_ONCE, "turn": now.isoformat()}
        skus = [row[0] for row in warehouse.query(LONGEST_UNREAD, asked)]
        Readings(amazon.account(region), warehouse, clock).take(skus)
        return len(skus)

    lanes = in_each_region(model.amazon, read)
    mixed = warehouse.rows(AVAILABILITY, "len(fulfillment_channels) > 1", limit=20)
    yield told_by_region(
        AVAILABILITY,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.availability")),
        **{f"read/{region}": skus for region, skus in lanes.done.items()},
        several_channels=as_table(mixed, ["region", "seller_sku", "fulfillment_channels", "quantity"]),
    )
