"""The assets of the order import on a sandbox over HTTP: made once though an answer gets lost, and compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from integration_assets.actions.order_import import order_import
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.orders import ORDER_IMPORT, ORDER_MATCH
from integration_assets.reconcile.order_match import order_match
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from sandbox.amazon.ordering import place_order
from sandbox.world import AmazonOrder, ShopOrder
from tests.assets.stage import Stage, metadata, stage

ORDERS = (amazon_orders, shopify_orders, order_import, order_match)


def buy(shop: Stage, sku: str, units: int, *, status: str = "UNSHIPPED", place: int = 0) -> AmazonOrder:
    """A buyer orders on Amazon."""
    with shop.world.lock:
        account = shop.brand.account("eu")
        market = account.marketplace_ids[place]
        return place_order(shop.world, account, [(sku, units)], marketplace_id=market, status=status)


def of(shop: Stage, order: AmazonOrder) -> list[ShopOrder]:
    """The shop's orders for it."""
    return [made for made in shop.world.shop.orders.values() if made.source_identifier == order.id]


def available(shop: Stage, sku: str) -> int:
    """What the pool has of it."""
    levels = (shop.world.level(shop.variant(sku).item_id, place) for place in shop.brand.pool)
    return sum(level.available for level in levels)


def test_orders_are_made_in_the_shop_once_and_match_though_an_answer_gets_lost(tmp_path: Path) -> None:
    with stage(tmp_path, history_orders=6) as shop:
        shop.make_orders()
        shop.materialize(locations, variants, listings, sku_map, amazon_orders)
        shop.advance(hours=1)
        before = available(shop, "JUG-GLASS")
        british, german = buy(shop, "JUG-GLASS", 2), buy(shop, "BENCH-OAK", 1, place=1)
        pending = buy(shop, "JUG-GLASS", 1, status="PENDING")
        half_gone = buy(shop, "BENCH-OAK", 3, status="PARTIALLY_SHIPPED")
        half_gone.items[0].shipped = 1
        shop.advance(minutes=3)
        shop.fault("reset_after", "orderCreate", times=1)
        shop.fault("expired_token", "getOrder", times=1)
        first = metadata(shop.materialize(stock_levels, *ORDERS), ORDER_IMPORT)
        assert (first["made"], first["shipped_before"], first["unknown"], first["held"]) == (2, 1, 1, 1)
        [left_open] = of(shop, half_gone)
        assert left_open.fulfillment_status == "PARTIALLY_FULFILLED"
        assert sum(line.remaining for each in left_open.fulfillment_orders if each.is_open for line in each.lines) == 2
        shop.advance(minutes=4)
        second = metadata(shop.materialize(*ORDERS), ORDER_IMPORT)
        assert (second["made"], second["found_made"], second["unknown"]) == (0, 1, 0)
        assert [len(of(shop, order)) for order in (british, german, pending)] == [1, 1, 0]
        assert available(shop, "JUG-GLASS") == before - 2
        [in_pounds], [in_euros] = of(shop, british), of(shop, german)
        assert (in_pounds.currency, in_euros.currency) == ("GBP", "EUR")
        assert {"amazon", "amazon-mfn", "amazon-uk"} <= set(in_pounds.tags)
        shop.advance(minutes=4)
        told = metadata(shop.materialize(*ORDERS), ORDER_MATCH)
        assert (told["verdict/missing"], told["verdict/duplicate"]) == (0, 0)
        rows = shop.warehouse.query(
            "SELECT verdict, amazon_total, difference, shopify_currency FROM reconcile.order_match "
            "WHERE list_contains(?, amazon_order_id) ORDER BY shopify_currency DESC",
            [[british.id, german.id]],
        )
        assert [(verdict, difference, currency) for verdict, _, difference, currency in rows] == [
            ("matched", Decimal(0), "GBP"),
            ("matched", Decimal(0), "EUR"),
        ]
        journal = shop.warehouse.query("SELECT state, shopify_order_id FROM actions.order_import ORDER BY effect_id")
        assert [state for state, _ in journal] == ["verified"] * 4
        assert all(shopify_order_id for _, shopify_order_id in journal)
