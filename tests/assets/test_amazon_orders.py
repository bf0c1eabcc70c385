"""The asset of `amazon.orders` and `amazon.order_items`."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from integration_assets.amazon.orders import orders
from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS
from resources.takeover import takeover_at
from sandbox.amazon.ordering import cancel, place_order, release
from sandbox.world import AmazonOrder
from tests.assets.rows import DE, UK
from tests.assets.stage import MONDAY_NINE, Stage, metadata, region_check, stage

ORDER = """
    SELECT o.status, o.fulfilled_by, o.channel_name, o.created_at, o.last_updated_at, i.seller_sku,
        i.quantity_ordered, i.quantity_fulfilled, i.quantity_unfulfilled
    FROM amazon.orders AS o JOIN amazon.order_items AS i USING (amazon_order_id)
    WHERE amazon_order_id = ?
"""
TOLD_AFTER = timedelta(seconds=150)
"""Amazon tells of an order two minutes late."""


def buy(shop: Stage, sku: str, units: int, *, region: str = "eu", status: str = "PENDING") -> AmazonOrder:
    """A buyer orders on Amazon."""
    with shop.world.lock:
        account = shop.brand.account(region)
        place = account.marketplace_ids[0]
        return place_order(shop.world, account, [(sku, units)], marketplace_id=place, status=status)


def cursor_of(shop: Stage, region: str = "eu") -> datetime:
    kept = shop.warehouse.cursor(f"amazon.orders/{region}")
    assert kept is not None
    return datetime.fromisoformat(kept)


def test_a_pending_order_is_stored_with_its_units_and_followed_through_its_life(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        order = buy(shop, "JUG-GLASS", 3)
        shop.advance(minutes=3)
        shop.materialize(orders)
        life = [("PENDING", "MERCHANT", "AMAZON", MONDAY_NINE, MONDAY_NINE, "JUG-GLASS", 3, 0, 3)]
        assert shop.warehouse.query(ORDER, [order.id]) == life
        with shop.world.lock:
            release(shop.world, order)
        released_at = shop.world.now()
        shop.advance(minutes=4)
        shop.materialize(orders)
        life = [("UNSHIPPED", "MERCHANT", "AMAZON", MONDAY_NINE, released_at, "JUG-GLASS", 3, 0, 3)]
        assert shop.warehouse.query(ORDER, [order.id]) == life
        with shop.world.lock:
            cancel(shop.world, shop.brand.account("eu"), order)
        shop.advance(minutes=4)
        shop.materialize(orders)
        assert shop.warehouse.query(
            "SELECT change, status, total FROM amazon.orders_log WHERE amazon_order_id = ? ORDER BY seen_at", [order.id]
        ) == [
            ("appeared", "PENDING", None),
            ("changed", "UNSHIPPED", Decimal("59.7000")),
            ("changed", "CANCELLED", Decimal("59.7000")),
        ]


def test_the_cursor_is_the_newest_change_and_the_next_reading_starts_ten_minutes_before_it(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        buy(shop, "JUG-GLASS", 1)
        shop.advance(minutes=3)
        shop.materialize(orders)
        assert cursor_of(shop) == MONDAY_NINE
        shop.advance(minutes=20)
        late = buy(shop, "BENCH-OAK", 1)
        bought_at = shop.world.now()
        shop.advance(minutes=3)
        told = metadata(shop.materialize(orders), ORDERS)
        asked = shop.calls("searchOrders")[-1].detail or {}
        assert told["read/eu"] == 2, asked
        assert cursor_of(shop) == bought_at
        assert len(shop.warehouse.query(ORDER, [late.id])) == 1


def test_readings_that_find_nothing_do_not_move_the_cursor_back(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.brand.account("eu").orders.clear()
        result = shop.materialize(orders)
        first = cursor_of(shop)
        shop.advance(minutes=4)
        shop.materialize(orders)
        assert metadata(result, ORDER_ITEMS)["dagster/row_count"] == 0
        assert cursor_of(shop) == first == MONDAY_NINE - timedelta(days=30)


def test_an_outage_of_one_region_account_does_not_hold_up_the_other_nor_move_its_cursor(tmp_path: Path) -> None:
    with stage(tmp_path, regions=("eu", "na")) as shop:
        shop.materialize(orders)
        eu_before = cursor_of(shop, "eu")
        shop.advance(hours=2)
        sku = next(sku for sku, listing in shop.brand.account("na").listings.items() if listing.quantity)
        order = buy(shop, sku, 1, region="na")
        shop.advance(minutes=3)
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|revoked"
        result = shop.materialize(orders)
        assert result.success
        passed, why = region_check(result, ORDERS)
        assert (passed, why[:4]) == (False, "eu: ")
        assert shop.warehouse.query("SELECT region FROM amazon.orders WHERE amazon_order_id = ?", [order.id]) == [
            ("na",)
        ]
        assert cursor_of(shop, "eu") == eu_before
        assert cursor_of(shop, "na") == order.created_at


def test_the_first_reading_marks_the_moment_this_installation_took_over(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(orders)
        shop.advance(hours=1)
        shop.materialize(orders)
        model, clock = shop.connections.model, shop.connections.clock
        assert takeover_at(shop.ledger, model, clock) == MONDAY_NINE


def test_an_order_of_several_marketplaces_is_read_by_one_search(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        order = buy(shop, "JUG-GLASS", 1)
        assert order.marketplace_id == UK
        shop.advance(minutes=3)
        shop.materialize(orders)
        places = shop.warehouse.query(
            "SELECT DISTINCT marketplace_id FROM amazon.orders WHERE channel_name = 'AMAZON' ORDER BY 1"
        )
        assert places == [(UK,), (DE,)]
        assert len(shop.calls("searchOrders")) == 1


def test_an_order_that_makes_no_sense_is_set_aside_and_taken_in_once_it_does(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        broken, fine = buy(shop, "JUG-GLASS", 1), buy(shop, "JUG-GLASS", 2)
        broken.items[0].quantity = -1
        shop.advance(minutes=3)
        told = metadata(shop.materialize(orders), ORDERS)
        assert told["set_aside/eu"] == 1
        assert [len(shop.warehouse.query(ORDER, [one.id])) for one in (broken, fine)] == [0, 1]
        [raised] = shop.ledger.open_exceptions("amazon_order_unreadable")
        assert (raised.identity, "quantityOrdered -1" in raised.told) == (f"eu/{broken.id}", True)
        shop.advance(hours=2)
        assert metadata(shop.materialize(orders), ORDERS)["set_aside/eu"] == 1
        broken.items[0].quantity = 1
        assert metadata(shop.materialize(orders), ORDERS)["set_aside/eu"] == 0
        assert [len(shop.warehouse.query(ORDER, [one.id])) for one in (broken, fine)] == [1, 1]
        assert shop.ledger.open_exceptions("amazon_order_unreadable") == []


def hint(shop: Stage, *named: AmazonOrder | str, at: datetime | None = None) -> dict[str, object]:
    """Read only the orders that notifications named, each with when it changed."""
    changed = {one if isinstance(one, str) else one.id: "" if at is None else at.isoformat() for one in named}
    return metadata(shop.materialize(orders, config={"amazon_orders": {"hints": {"eu": changed}}}), ORDERS)


def test_a_change_is_known_at_once_by_a_hint_and_what_was_read_since_costs_no_call(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(orders)
        before, searches = cursor_of(shop), len(shop.calls("searchOrders"))
        order = buy(shop, "JUG-GLASS", 3)
        shop.materialize(orders)
        assert shop.warehouse.query(ORDER, [order.id]) == [], "a search knows nothing younger than two minutes"
        assert hint(shop, order)["read/eu"] == 1
        life = [("PENDING", "MERCHANT", "AMAZON", MONDAY_NINE, MONDAY_NINE, "JUG-GLASS", 3, 0, 3)]
        assert shop.warehouse.query(ORDER, [order.id]) == life
        assert (len(shop.calls("searchOrders")), len(shop.calls("getOrder"))) == (searches + 1, 1)
        assert cursor_of(shop) == before, "the schedule reads all of it again"
        assert hint(shop, order, at=MONDAY_NINE)["read/eu"] == 0
        with shop.world.lock:
            cancel(shop.world, shop.brand.account("eu"), order)
        shop.advance(seconds=1)
        assert hint(shop, order, at=shop.world.now())["read/eu"] == 1
        assert [row[0] for row in shop.warehouse.query(ORDER, [order.id])] == ["CANCELLED"]
        assert len(shop.calls("getOrder")) == 2
        gone = {"amazon_orders": {"hints": {"fe": {"A": ""}}}}
        assert shop.materialize(orders, config=gone).success, "an account that is not declared any more is let go"
        assert len(shop.calls("getOrder")) == 2


def test_hints_of_orders_that_are_gone_or_make_no_sense_do_not_hold_up_the_others(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        broken, fine = buy(shop, "JUG-GLASS", 1), buy(shop, "JUG-GLASS", 2)
        broken.items[0].quantity = -1
        told = hint(shop, "026-0000000-0000000", broken, fine)
        assert (told["read/eu"], told["set_aside/eu"]) == (1, 1)
        [raised] = shop.ledger.open_exceptions("amazon_order_unreadable")
        assert raised.identity == f"eu/{broken.id}"
        hint(shop, fine)
        assert len(shop.ledger.open_exceptions("amazon_order_unreadable")) == 1, (
            "a reading of others says nothing of it"
        )
