"""The jobs, named for what they do. Their tags say which goes first in the queue and when one has run too long."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from integration_assets.checks.expectations import CHECKS as JUDGED_BY_EXPECTATIONS
from integration_assets.contracts import actions, amazon, audit, fba, prices, reconcile, shopify
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


READ_BY_REGION = (amazon.LISTINGS, amazon.AVAILABILITY, amazon.FBA_INVENTORY, amazon.ORDERS, prices.OFFERS)
OBSERVED = (*shopify.TABLES, *amazon.TABLES)
COMPARED = (*reconcile.TABLES, prices.PRICE_POSITION)
ACTED = (actions.STOCK_PUSH, fba.FBA_MIRROR, prices.PRICE_PUSH)
CHANGED = (shopify.STOCK_LEVELS, shopify.ORDERS, shopify.ORDER_LINES)
HOUR = 3600

KEEP_STOCK_IN_STEP = dg.define_asset_job(
    "keep_stock_in_step",
    selection=_assets(*OBSERVED, *COMPARED, *ACTED) - dg.AssetSelection.checks(*JUDGED_BY_EXPECTATIONS),
    description="Read both shops whole, compare them, push what differs and mirror FBA: finds what webhooks missed.",
    tags=_tags(priority=0, max_runtime_seconds=2 * HOUR),
)
TAKE_IN_ORDERS = dg.define_asset_job(
    "take_in_orders",
    selection=_unchecked(
        amazon.ORDERS,
        amazon.ORDER_ITEMS,
        shopify.ORDERS,
        shopify.ORDER_LINES,
        reconcile.STOCK_POSITION,
        reconcile.INVENTORY_DRIFT,
        actions.STOCK_PUSH,
    ),
    description="Read new orders on both channels, hold their units, and push what they change.",
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
    selection=_unchecked(shopify.VARIANTS, shopify.BUNDLE_COMPONENTS, prices.PRICE_POSITION, prices.PRICE_PUSH),
    description="Read the shop's prices, make Amazon's of them by rule, and send what differs.",
    tags=_tags(priority=1, max_runtime_seconds=HOUR),
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
JOBS = (
    KEEP_STOCK_IN_STEP,
    TAKE_IN_ORDERS,
    PUSH_CHANGED_STOCK,
    READ_BACK_PUSHES,
    MIRROR_FBA_STOCK,
    SHIP_BY_AMAZON,
    KEEP_PRICES_IN_STEP,
    AUDIT_LISTINGS,
    JUDGE_DATA_QUALITY,
    PUBLISH,
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


def run_config_for_origin(origin: str) -> dict[str, Any]:
    """Configure a push that only says what set it off."""
    return {"ops": {"actions_stock_push": {"config": {"origin": origin}}}}
