"""The jobs, named for what they do. Their tags say which goes first in the queue and when one has run too long."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from integration_assets.checks.expectations import CHECKS as JUDGED_BY_EXPECTATIONS
from integration_assets.contracts import (
    actions,
    amazon,
    audit,
    content,
    desk,
    fba,
    fulfilment,
    money,
    orders,
    prices,
    reconcile,
    settlements,
    shopify,
)
from integration_assets.contracts.table import Table
from integration_assets.regions import region_check_key


def _assets(*tables: Table[Any]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(table.asset_key) for table in tables))


def _unchecked(*tables: Table[Any]) -> dg.AssetSelection:
    """The tables without the steps that judge them; whether every region answered is told by the reading itself."""
    told_by_reading = (region_check_key(table) for table in tables if table in READ_BY_REGION)
    return _assets(*tables).without_checks() | dg.AssetSelection.checks(*told_by_reading)


def _tags(*, priority: int, max_runtime_seconds: int) -> Mapping[str, str]:
    return {"dagster/priority": str(priority), "dagster/max_runtime": str(max_runtime_seconds)}


READ_BY_REGION = (
    amazon.LISTINGS,
    amazon.AVAILABILITY,
    amazon.FBA_INVENTORY,
    amazon.ORDERS,
    fulfilment.TRANSACTIONS,
    prices.OFFERS,
)
OBSERVED = (*shopify.TABLES, *amazon.TABLES, *fulfilment.OF_ORDERS)
COMPARED = (*reconcile.TABLES, prices.LIST_PRICES, prices.PRICE_POSITION)
ORDERED = (orders.ORDER_IMPORT, orders.ORDER_MATCH)
"""Orders made in Shopify, and both sides compared by them."""
ACTED = (actions.STOCK_PUSH, fba.FBA_MIRROR, prices.PRICE_PUSH)
CHANGED = (shopify.STOCK_LEVELS, shopify.ORDERS, shopify.ORDER_LINES)
IMPORT_STEP = "actions_order_import"
CONFIRMATION_STEP = "actions_shipment_confirmation"
FULFILMENT_STEPS = (
    CONFIRMATION_STEP,
    "actions_fba_fulfilment",
    "actions_order_cancellation",
    "actions_order_refund",
)
SHIPPED = (fulfilment.FULFILLMENTS, fulfilment.FULFILLMENT_LINES, fulfilment.REFUNDS, fulfilment.REFUND_LINES)
HOUR = 3600

KEEP_STOCK_IN_STEP = dg.define_asset_job(
    "keep_stock_in_step",
    selection=_assets(*OBSERVED, *COMPARED, *ORDERED, *ACTED) - dg.AssetSelection.checks(*JUDGED_BY_EXPECTATIONS),
    description="Read both shops whole, compare them, import orders, push what differs and mirror FBA: finds what "
    "webhooks missed.",
    tags=_tags(priority=0, max_runtime_seconds=2 * HOUR),
)
TAKE_IN_ORDERS = dg.define_asset_job(
    "take_in_orders",
    selection=_unchecked(
        amazon.ORDERS,
        amazon.ORDER_ITEMS,
        *fulfilment.OF_ORDERS,
        shopify.ORDERS,
        shopify.ORDER_LINES,
        *ORDERED,
        reconcile.STOCK_POSITION,
        reconcile.INVENTORY_DRIFT,
        actions.STOCK_PUSH,
    ),
    description="Read new orders on both channels, make Amazon's in Shopify, hold their units, push what they change.",
    tags=_tags(priority=3, max_runtime_seconds=HOUR),
)
PUSH_CHANGED_STOCK = dg.define_asset_job(
    "push_changed_stock",
    selection=_unchecked(*CHANGED, reconcile.STOCK_POSITION, actions.STOCK_PUSH),
    description="Read the changed items and new orders of the shop, and push what they change; started by webhooks.",
    tags=_tags(priority=10, max_runtime_seconds=HOUR),
)
READ_BACK_PUSHES = dg.define_asset_job(
    "read_back_pushes",
    selection=_unchecked(actions.STOCK_PUSH),
    description="See whether what Amazon accepted is what Amazon shows; send again what is not.",
    tags=_tags(priority=5, max_runtime_seconds=HOUR),
)
KEEP_FULFILMENT_IN_STEP = dg.define_asset_job(
    "keep_fulfilment_in_step",
    selection=_unchecked(*fulfilment.OBSERVED, *fulfilment.COMPARED, *fulfilment.ACTED),
    description="Read what left and what was taken back on both sides, tell each side, and say what is late.",
    tags=_tags(priority=4, max_runtime_seconds=HOUR),
)
CONFIRM_SHIPMENTS = dg.define_asset_job(
    "confirm_shipments",
    selection=_unchecked(*SHIPPED, fulfilment.SHIPMENT_CONFIRMATION),
    description="Read the orders that a webhook named, and tell Amazon of their packages.",
    tags=_tags(priority=9, max_runtime_seconds=HOUR),
)
MIRROR_FBA_STOCK = dg.define_asset_job(
    "mirror_fba_stock",
    selection=_unchecked(amazon.FBA_INVENTORY, fba.FBA_MIRROR),
    description="Read Amazon's own stock and show it at the location that mirrors it.",
    tags=_tags(priority=0, max_runtime_seconds=HOUR),
)
SHIP_BY_AMAZON = dg.define_asset_job(
    "ship_by_amazon",
    selection=_unchecked(fba.MCF_ORDER, fba.MCF_TRACKING),
    description="See to the orders of the shop that Amazon ships, and tell the shop of every parcel.",
    tags=_tags(priority=4, max_runtime_seconds=HOUR),
)
KEEP_PRICES_IN_STEP = dg.define_asset_job(
    "keep_prices_in_step",
    selection=_unchecked(
        shopify.VARIANTS, shopify.BUNDLE_COMPONENTS, prices.LIST_PRICES, prices.PRICE_POSITION, prices.PRICE_PUSH
    ),
    description="Read the shop's prices, make Amazon's of them by rule, and send what differs.",
    tags=_tags(priority=1, max_runtime_seconds=HOUR),
)
KEEP_CONTENT_IN_STEP = dg.define_asset_job(
    "keep_content_in_step",
    selection=_unchecked(content.CONTENT_POSITION, content.CONTENT_PUSH),
    description="Read what product pages and listings say, where it is declared, and send what differs.",
    tags=_tags(priority=-1, max_runtime_seconds=HOUR),
)
AUDIT_LISTINGS = dg.define_asset_job(
    "audit_listings",
    selection=_unchecked(*OBSERVED, *COMPARED, prices.OFFERS, audit.LISTING_AUDIT),
    description="Read both sides whole, every offer included, and say what is wrong between them. Sends nothing.",
    tags=_tags(priority=-5, max_runtime_seconds=2 * HOUR),
)
JUDGE_DATA_QUALITY = dg.define_asset_job(
    "judge_data_quality",
    selection=dg.AssetSelection.checks(*JUDGED_BY_EXPECTATIONS),
    description="Hold the tables against the Great Expectations suites; slow to start, so never part of a push.",
    tags=_tags(priority=-5, max_runtime_seconds=HOUR),
)
PUBLISH = dg.define_asset_job(
    "publish_analysts_copy",
    selection=dg.AssetSelection.assets(dg.AssetKey(["publish", "analysts_copy"])),
    description="Replace the analysts' copy.",
    tags=_tags(priority=-10, max_runtime_seconds=HOUR),
)
COLLECT_SETTLEMENTS = dg.define_asset_job(
    "collect_settlements",
    selection=_assets(settlements.SETTLEMENT_REPORTS),
    description="Archive Amazon's settlement reports before Amazon forgets them; the settlement sensor does the rest.",
    tags=_tags(priority=-2, max_runtime_seconds=2 * HOUR),
)
TAKE_IN_SETTLEMENTS = dg.define_asset_job(
    "take_in_settlements",
    selection=_assets(settlements.SETTLEMENTS, settlements.SETTLEMENT_LINES)
    - dg.AssetSelection.checks(*JUDGED_BY_EXPECTATIONS),
    description="Read the archived files of one settlement, each whole or not at all, and see whether they balance.",
    tags=_tags(priority=-3, max_runtime_seconds=HOUR),
)
CLOSE_SETTLEMENTS = dg.define_asset_job(
    "close_settlements",
    selection=_assets(*money.TABLES),
    description="Put every line of every settlement on its order or with the account, compare it with Shopify and book "
    "it; then note the fees on the orders.",
    tags=_tags(priority=-4, max_runtime_seconds=2 * HOUR),
)
PUBLISH_MONTH_END = dg.define_asset_job(
    "publish_month_end_pack",
    selection=dg.AssetSelection.assets(dg.AssetKey(["publish", "month_end_pack"])),
    description="Write what finance closes the last month with.",
    tags=_tags(priority=-9, max_runtime_seconds=HOUR),
)
TELL_TEAMS = dg.define_asset_job(
    "tell_teams",
    selection=dg.AssetSelection.assets(dg.AssetKey(["publish", "alerts"])),
    description="Tell each team what is news to it, by Slack, e-mail or webhook; started when there is any.",
    tags=_tags(priority=2, max_runtime_seconds=HOUR),
)
KEEP_PEOPLE_INFORMED = dg.define_asset_job(
    "keep_people_informed",
    selection=_assets(*desk.TABLES)
    | dg.AssetSelection.assets(dg.AssetKey(["publish", "operator_page"]), dg.AssetKey(["publish", "alerts"])),
    description="Look at the service itself, list the exceptions, write the operator page, tell the teams.",
    tags=_tags(priority=1, max_runtime_seconds=HOUR),
)
FOR_PEOPLE = (TELL_TEAMS, KEEP_PEOPLE_INFORMED)
JOBS = (
    KEEP_STOCK_IN_STEP,
    TAKE_IN_ORDERS,
    PUSH_CHANGED_STOCK,
    READ_BACK_PUSHES,
    KEEP_FULFILMENT_IN_STEP,
    CONFIRM_SHIPMENTS,
    MIRROR_FBA_STOCK,
    SHIP_BY_AMAZON,
    KEEP_PRICES_IN_STEP,
    KEEP_CONTENT_IN_STEP,
    AUDIT_LISTINGS,
    JUDGE_DATA_QUALITY,
    PUBLISH,
    COLLECT_SETTLEMENTS,
    TAKE_IN_SETTLEMENTS,
    CLOSE_SETTLEMENTS,
    PUBLISH_MONTH_END,
    *FOR_PEOPLE,
)


def run_config_for_items(inventory_item_ids: Iterable[str], *, origin: str) -> dict[str, Any]:
    """Configure a push of some inventory items only."""
    items = list(inventory_item_ids)
    return {
        "ops": {
            "shopify_stock_levels": {"config": {"inventory_item_ids": items}},
            "reconcile_stock_position": {"config": {"inventory_item_ids": items}},
            "actions_stock_push": {"config": {"origin": origin}},
        }
    }


def run_config_for_origin(origin: str, *steps: str) -> dict[str, Any]:
    """Configure a push, and these further steps, that only say what set them off."""
    return {"ops": {step: {"config": {"origin": origin}} for step in ("actions_stock_push", *steps)}}


def run_config_for_fulfilment(origin: str) -> dict[str, Any]:
    """Configure a round of fulfilment that only says what set it off."""
    return {"ops": {step: {"config": {"origin": origin}} for step in FULFILMENT_STEPS}}


def run_config_for_orders(shopify_order_ids: Iterable[str], *, origin: str) -> dict[str, Any]:
    """Configure the confirmation of what left of some Shopify orders."""
    return {
        "ops": {
            "shopify_fulfillments": {"config": {"shopify_order_ids": list(shopify_order_ids)}},
            CONFIRMATION_STEP: {"config": {"origin": origin}},
        }
    }


def run_config_for_hints(orders: Mapping[str, Mapping[str, str | None]], *, origin: str) -> dict[str, Any]:
    """Configure the reading of the Amazon orders that notifications named, and all that follows from it."""
    hints = {region: {order_id: at or "" for order_id, at in named.items()} for region, named in orders.items()}
    config = run_config_for_origin(origin, IMPORT_STEP)
    return {"ops": {**config["ops"], "amazon_orders": {"config": {"hints": hints}}}}
