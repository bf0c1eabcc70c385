"""Shopify stock levels, as the shop tells them."""

from datetime import timedelta

import dagster as dg
from pydantic import Field

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import LOCATIONS, STOCK_LEVELS
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.pools import known_pool, remember_pool
from resources.shopify import Shopify
from resources.warehouse import Warehouse


class ReadItems(dg.Config):
    """Which inventory items to read again; none means every level of every pool location."""

    inventory_item_ids: list[str] = Field(default_factory=list)


@dg.multi_asset(
    name="shopify_stock_levels",
    specs=[spec_of(STOCK_LEVELS, kinds={"shopify"}, deps=[LOCATIONS], fresh_within=timedelta(minutes=30))],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def stock_levels(
    config: ReadItems,
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Read every level of every pool location, or those of the items named, then write what changed.

    An empty answer is a failed read, never a shop with nothing to sell.
    """
    pool = known_pool(ledger) or remember_pool(ledger, model, shopify.locations())
    seen_at = clock.now()
    if config.inventory_item_ids:
        rows = shopify.levels_of(config.inventory_item_ids, list(pool))
    else:
        rows = list(shopify.stock_levels(list(pool)))
        if not rows:
            raise BadDocument(
                "Shopify answered with no stock level at all for " + ", ".join(pool.values()) + ".",
                todo="Nothing was changed. Check the locations in Shopify and run again.",
            )
    change = warehouse.observe(
        STOCK_LEVELS,
        rows,
        seen_at=seen_at,
        complete=not config.inventory_item_ids,
        max_shrink_percent=model.breaker.max_shrink_percent,
    )
    return told(
        STOCK_LEVELS,
        rows=change.total,
        read=len(rows),
        changed=change.appeared + change.changed + change.gone,
        units_available=sum(row.available for row in rows),
        sample=as_table(rows, ["inventory_item_id", "location_id", "available", "committed", "on_hand"]),
    )
