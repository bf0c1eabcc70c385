"""Units in Amazon's warehouses, each pool counted once."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.amazon import FBA_INVENTORY
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.regions import in_each_region, region_check
from integration_assets.rules.fba import one_per_pool
from integration_assets.shown import as_table, spec_of, told_by_region
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="amazon_fba_inventory",
    specs=[spec_of(FBA_INVENTORY, kinds={"amazon"}, fresh_within=timedelta(hours=2))],
    check_specs=[region_check(FBA_INVENTORY)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def fba_inventory(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read every marketplace, then keep each FNSKU once per pool: Amazon shows a pool under each of its marketplaces.

    A region that never had a unit with Amazon may answer with none; one that had and answers with none failed.
    """

    def read(region: str) -> int:
        seen_at = clock.now()
        account = amazon.account(region)
        told_by_all = [row for marketplace in model.marketplaces(region) for row in account.fba_inventory(marketplace)]
        return warehouse.observe(
            FBA_INVENTORY,
            one_per_pool(told_by_all),
            seen_at=seen_at,
            within={"region": region},
            cursor=(f"amazon/fba_inventory/{region}", seen_at.isoformat()),
            max_shrink_percent=model.breaker.max_shrink_percent,
        ).total

    lanes = in_each_region(model.amazon, read)
    sample = warehouse.rows(FBA_INVENTORY, limit=20)
    units = warehouse.query("SELECT coalesce(sum(fulfillable), 0), coalesce(sum(inbound), 0) FROM amazon.fba_inventory")
    fulfillable, inbound = units[0]
    yield told_by_region(
        FBA_INVENTORY,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.fba_inventory")),
        **{f"rows/{region}": rows for region, rows in lanes.done.items()},
        units_fulfillable=int(fulfillable),
        units_inbound=int(inbound),
        sample=as_table(sample, ["region", "pool", "fnsku", "seller_sku", "fulfillable", "reserved", "inbound"]),
    )
