"""What a unit costs the brand, where Shopify knows it."""

from datetime import timedelta

import dagster as dg

from integration_assets.contracts.money import UNIT_COSTS
from integration_assets.contracts.shopify import VARIANTS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="shopify_unit_costs",
    specs=[spec_of(UNIT_COSTS, kinds={"shopify"}, deps=[VARIANTS], fresh_within=timedelta(hours=26))],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def unit_costs(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Read every cost in one walk. A shop may well have none, or not show them to the app: margins are then empty."""
    seen_at = clock.now()
    found = list(shopify.unit_costs())
    change = warehouse.observe(UNIT_COSTS, found, seen_at=seen_at, max_shrink_percent=100)
    return told(
        UNIT_COSTS,
        rows=change.total,
        changed=change.appeared + change.changed + change.gone,
        sample=as_table(found, ["variant_id", "unit_cost", "currency"]),
    )
