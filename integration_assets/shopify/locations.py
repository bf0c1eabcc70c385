"""The shop's locations; which of them make the MFN pool is the operating model's word."""

from datetime import timedelta

import dagster as dg

from integration_assets.contracts.shopify import LOCATIONS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.pools import remember_pool
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="shopify_locations",
    specs=[spec_of(LOCATIONS, kinds={"shopify"}, fresh_within=timedelta(hours=1))],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def locations(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Read every location, and check that those the operating model names are there."""
    seen_at = clock.now()
    rows = shopify.locations()
    pool = remember_pool(ledger, model, rows)
    change = warehouse.observe(LOCATIONS, rows, seen_at=seen_at, max_shrink_percent=100)
    return told(
        LOCATIONS,
        rows=change.total,
        changed=change.appeared + change.changed + change.gone,
        mfn_pool=sorted(pool.values()),
        locations=as_table(rows, ["name", "is_active", "fulfills_online_orders", "location_id"]),
    )
