"""The asset of `shopify.orders` and `shopify.order_lines`."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_assets.contracts.shopify import ORDER_LINES, ORDERS
from integration_assets.shopify.orders import CURSOR, orders
from sandbox.shopkeeping import book_order, cancel_order
from sandbox.world import ShopOrder
from tests.assets.stage import MONDAY_NINE, Stage, metadata, stage


def buy(shop: Stage, sku: str, units: int, **more: Any) -> ShopOrder:
    """Somebody buys in the shop."""
    with shop.world.lock:
        return book_order(shop.brand, [(shop.variant(sku), units)], **more)


def cursor_of(shop: Stage) -> datetime:
    kept = shop.warehouse.cursor(CURSOR)
    assert kept is not None
    return datetime.fromisoformat(kept)


def test_an_order_is_stored_with_its_lines_and_its_amazon_order_id(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        order = buy(shop, "JUG-GLASS", 2, source_identifier="202-1234567-1234567", source_name="amazon")
        shop.advance(minutes=1)
        result = shop.materialize(orders)
        found = shop.warehouse.query(
            "SELECT name, source_identifier, source_name, created_at, cancelled_at, fulfillment_status, total, "
            "currency FROM shopify.orders WHERE shopify_order_id = ?",
            [f"gid://shopify/Order/{order.id}"],
        )
        assert found == [
            (
                order.name,
                "202-1234567-1234567",
                "amazon",
                MONDAY_NINE,
                None,
                "UNFULFILLED",
                Decimal("39.8000"),
                "GBP",
            )
        ]
        lines = shop.warehouse.query(
            "SELECT sku, quantity, current_quantity, unit_price FROM shopify.order_lines WHERE shopify_order_id = ?",
            [f"gid://shopify/Order/{order.id}"],
        )
        assert lines == [("JUG-GLASS", 2, 2, Decimal("19.9000"))]
        month_ago = MONDAY_NINE - timedelta(days=30)
        of_the_month = sum(order.updated_at > month_ago for order in shop.world.shop.orders.values())
        assert metadata(result, ORDERS)["dagster/row_count"] == of_the_month
        assert metadata(result, ORDER_LINES)["dagster/row_count"] >= of_the_month


def test_the_cursor_is_the_newest_change_and_the_next_reading_starts_ten_minutes_before_it(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        buy(shop, "JUG-GLASS", 1)
        shop.advance(minutes=1)
        shop.materialize(orders)
        assert cursor_of(shop) == MONDAY_NINE
        shop.advance(minutes=30)
        late = buy(shop, "BENCH-OAK", 1)
        bought_at = shop.world.now()
        shop.advance(minutes=1)
        told = metadata(shop.materialize(orders), ORDERS)
        assert told["since"] == (MONDAY_NINE - timedelta(minutes=10)).isoformat()
        assert (told["read"], told["changed"]) == (2, 1)
        assert cursor_of(shop) == bought_at
        ids = shop.warehouse.query("SELECT shopify_order_id FROM shopify.orders WHERE created_at > ?", [MONDAY_NINE])
        assert ids == [(f"gid://shopify/Order/{late.id}",)]


def test_a_reading_that_finds_nothing_does_not_move_the_cursor_back(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.world.shop.orders.clear()
        shop.materialize(orders)
        first = cursor_of(shop)
        shop.advance(minutes=4)
        shop.materialize(orders)
        shop.advance(minutes=4)
        shop.materialize(orders)
        assert first == MONDAY_NINE - timedelta(days=30)
        assert cursor_of(shop) == first


def test_a_cancelled_order_is_told_as_changed_and_keeps_its_place(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        order = buy(shop, "JUG-GLASS", 1)
        shop.advance(minutes=1)
        shop.materialize(orders)
        with shop.world.lock:
            cancel_order(shop.brand, order)
        cancelled_at = shop.world.now()
        shop.advance(minutes=1)
        shop.materialize(orders)
        assert shop.warehouse.query(
            "SELECT change, cancelled_at FROM shopify.orders_log WHERE shopify_order_id = ? ORDER BY seen_at",
            [f"gid://shopify/Order/{order.id}"],
        ) == [("appeared", None), ("changed", cancelled_at)]


def test_an_order_that_makes_no_sense_is_set_aside_and_taken_in_once_it_does(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        broken, fine = buy(shop, "JUG-GLASS", 1), buy(shop, "JUG-GLASS", 2)
        price = broken.lines[0].unit_price
        broken.lines[0].unit_price = Decimal("NaN")
        shop.advance(minutes=1)
        told = metadata(shop.materialize(orders), ORDERS)
        assert (told["set_aside"], known(shop, broken), known(shop, fine)) == (1, [], [(2,)])
        [raised] = shop.ledger.open_exceptions("shopify_order_not_read")
        assert raised.identity == f"gid://shopify/Order/{broken.id}"
        assert "in a shape that order cannot read" in raised.told
        shop.advance(hours=2)  # long before what the next reading asks for
        buy(shop, "JUG-GLASS", 1)
        shop.advance(minutes=1)
        assert metadata(shop.materialize(orders), ORDERS)["set_aside"] == 1
        broken.lines[0].unit_price = price
        assert metadata(shop.materialize(orders), ORDERS)["set_aside"] == 0
        assert (known(shop, broken), shop.ledger.open_exceptions("shopify_order_not_read")) == ([(1,)], [])


def known(shop: Stage, order: ShopOrder) -> list[tuple[int]]:
    """The units of an order's lines, as far as they are stored."""
    asked = "SELECT quantity FROM shopify.order_lines WHERE shopify_order_id = ?"
    return shop.warehouse.query(asked, [f"gid://shopify/Order/{order.id}"])
