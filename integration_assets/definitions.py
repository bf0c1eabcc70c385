"""The composition root: the only module that imports every room."""

import dagster as dg

from integration_assets.actions.fba_mirror import fba_mirror
from integration_assets.actions.mcf_order import mcf_order
from integration_assets.actions.mcf_tracking import mcf_tracking
from integration_assets.actions.price_push import price_push
from integration_assets.actions.stock_push import stock_push
from integration_assets.amazon.availability import availability
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.offers import offers
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.checks import business, expectations, generated
from integration_assets.jobs import JOBS
from integration_assets.publish.analysts_copy import analysts_copy
from integration_assets.reconcile.inventory_drift import inventory_drift
from integration_assets.reconcile.listing_audit import listing_audit
from integration_assets.reconcile.price_position import price_position
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.schedules import SCHEDULES
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from resources.connections import Connections, connect
from sensors.stock_push_sensor import read_back_sensor, stock_push_sensor

ASSETS = (
    locations,
    variants,
    stock_levels,
    shopify_orders,
    listings,
    availability,
    fba_inventory,
    amazon_orders,
    sku_map,
    stock_position,
    inventory_drift,
    stock_push,
    fba_mirror,
    mcf_order,
    mcf_tracking,
    offers,
    price_position,
    price_push,
    listing_audit,
    analysts_copy,
)
CHECKS = (*generated.CHECKS, *expectations.CHECKS, *business.CHECKS)


def definitions(connections: Connections) -> dg.Definitions:
    """Put the rooms together on these connections."""
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=CHECKS,
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=(stock_push_sensor, read_back_sensor),
        resources={
            "model": connections.model,
            "clock": connections.clock,
            "ledger": connections.ledger,
            "warehouse": connections.warehouse,
            "shopify": connections.shopify,
            "amazon": connections.amazon,
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the rooms on the operating model of this installation."""
    return definitions(connect())
