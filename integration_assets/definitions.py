"""The composition root: the only module that imports every room."""

import dagster as dg

from integration_assets.actions.content_push import content_push
from integration_assets.actions.fba_fulfilment import fba_fulfilment
from integration_assets.actions.fba_mirror import fba_mirror
from integration_assets.actions.mcf_order import mcf_order
from integration_assets.actions.mcf_tracking import mcf_tracking
from integration_assets.actions.order_cancellation import order_cancellation
from integration_assets.actions.order_fees_note import order_fees_note
from integration_assets.actions.order_import import order_import
from integration_assets.actions.order_refund import order_refund
from integration_assets.actions.price_push import price_push
from integration_assets.actions.shipment_confirmation import shipment_confirmation
from integration_assets.actions.stock_push import stock_push
from integration_assets.amazon.availability import availability
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.offers import offers
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.amazon.settlement_reports import settlement_reports
from integration_assets.amazon.settlements import settlements
from integration_assets.amazon.transactions import transactions
from integration_assets.checks import business, expectations, generated
from integration_assets.checks import money as money_identities
from integration_assets.checks import settlements as settlement_identities
from integration_assets.jobs import JOBS
from integration_assets.publish.alerts import alerts
from integration_assets.publish.analysts_copy import analysts_copy
from integration_assets.publish.month_end_pack import month_end_pack
from integration_assets.publish.operator_page import operator_page
from integration_assets.reconcile.account_fees import account_fees
from integration_assets.reconcile.account_health import account_health
from integration_assets.reconcile.exceptions import exceptions
from integration_assets.reconcile.fulfilment_lag import fulfilment_lag
from integration_assets.reconcile.inventory_drift import inventory_drift
from integration_assets.reconcile.journal import journal
from integration_assets.reconcile.listing_audit import listing_audit
from integration_assets.reconcile.order_fees import order_fees
from integration_assets.reconcile.order_margin import order_margin
from integration_assets.reconcile.order_match import order_match
from integration_assets.reconcile.payouts import payouts
from integration_assets.reconcile.price_position import price_position
from integration_assets.reconcile.service_health import service_health
from integration_assets.reconcile.settlement_drift import settlement_drift
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.reconcile.trend import trend
from integration_assets.schedules import SCHEDULES
from integration_assets.shopify.fulfillments import fulfillments
from integration_assets.shopify.list_prices import list_prices
from integration_assets.shopify.locations import locations
from integration_assets.shopify.order_money import order_money
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.unit_costs import unit_costs
from integration_assets.shopify.variants import variants
from integration_assets.shown import limits_of
from resources.connections import Connections, connect
from sensors.fulfilment_confirmation_sensor import fulfilment_confirmation_sensor
from sensors.order_hint_sensor import order_hint_sensor
from sensors.service_sensors import alerts_sensor, failed_run_sensor, succeeded_run_sensor
from sensors.settlement_sensor import settlement_sensor
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
    settlement_reports,
    settlements,
    sku_map,
    stock_position,
    inventory_drift,
    stock_push,
    order_import,
    order_match,
    fulfillments,
    transactions,
    shipment_confirmation,
    fba_fulfilment,
    order_cancellation,
    order_refund,
    fulfilment_lag,
    account_health,
    order_money,
    unit_costs,
    order_fees,
    account_fees,
    order_margin,
    settlement_drift,
    payouts,
    journal,
    order_fees_note,
    month_end_pack,
    fba_mirror,
    mcf_order,
    mcf_tracking,
    offers,
    list_prices,
    price_position,
    price_push,
    content_push,
    listing_audit,
    analysts_copy,
    service_health,
    exceptions,
    trend,
    operator_page,
    alerts,
)
CHECKS = (
    *generated.CHECKS,
    *expectations.CHECKS,
    *business.CHECKS,
    *settlement_identities.CHECKS,
    *money_identities.CHECKS,
)
SENSORS = (
    stock_push_sensor,
    read_back_sensor,
    fulfilment_confirmation_sensor,
    order_hint_sensor,
    settlement_sensor,
    failed_run_sensor,
    succeeded_run_sensor,
    alerts_sensor,
)


def definitions(connections: Connections) -> dg.Definitions:
    """Put the rooms together on these connections."""
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=CHECKS,
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={
            "model": connections.model,
            "clock": connections.clock,
            "ledger": connections.ledger,
            "warehouse": connections.warehouse,
            "shopify": connections.shopify,
            "amazon": connections.amazon,
            "alerts": connections.alerts,
            "freshness_limits": limits_of(ASSETS),
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the rooms on the operating model of this installation."""
    return definitions(connect())
