"""Offers as each marketplace shows them: price, status, issues, weight and lead time.

A price push reads the SKUs it is about; this asset walks round all of them, the longest unread first.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.audit.reading import read_unread
from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.prices import OFFERS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import as_table, spec_of, told_by_region
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="amazon_offers",
    specs=[spec_of(OFFERS, kinds={"amazon"}, deps=[LISTINGS], fresh_within=timedelta(hours=26))],
    check_specs=[region_check(OFFERS)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def offers(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what was not read for a day, twenty SKUs a call and marketplace."""
    lanes = in_each_region(model.amazon, lambda region: read_unread(amazon, warehouse, model, clock, region))
    suppressed = warehouse.rows(OFFERS, "NOT is_visible", limit=20)
    yield told_by_region(
        OFFERS,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.offers")),
        **{f"read/{region}": read for region, read in lanes.done.items()},
        suppressed=as_table(suppressed, ["region", "marketplace_id", "seller_sku", "issue_codes", "issues"]),
    )
