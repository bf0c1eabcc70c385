"""Amazon's orders made in Shopify: once each, whole, kept up to date, and nothing about a buyer written down."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.orders.importing import KIND
from integration_assets.orders.plan import SINCE_CURSOR
from integration_assets.orders.updating import KIND as UPDATE
from tests.assets.order_desk import REGION, VARIANTS, later, order_desk
from tests.order_market import CANARY, DE


def test_an_order_is_made_once_with_its_id_its_address_and_its_stock_taken(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 2, "9.99"))
        done = desk.take_in()
        (made,) = desk.market.of(order_id)
        assert (made.behaviour, made.total, desk.stock["MUG"]) == ("DECREMENT_IGNORING_POLICY", Decimal("19.98"), 8)
        assert made.metafields["amazon_order_id"] == order_id
        assert made.given["lineItems"][0]["variantId"] == VARIANTS["MUG"]
        assert made.given["lineItems"][0]["requiresShipping"] is True
        (paid,) = made.given["transactions"]
        assert (paid["kind"], paid["status"], paid["amountSet"]["shopMoney"]) == (
            "SALE",
            "SUCCESS",
            {"amount": "19.98", "currencyCode": "GBP"},
        )
        assert made.given["shippingAddress"]["lastName"].startswith(CANARY)
        assert "email" not in made.given
        assert made.tags == ["amazon", "amazon-mfn", "amazon-uk"]
        assert (done.made.sent, done.made.verified, desk.links()) == (1, 1, {order_id: made.gid})
        again = desk.take_in()
        assert (again.made.sent, len(desk.market.of(order_id)), desk.market.calls["OrderCreate"]) == (0, 1, 1)


def test_what_an_import_asks_is_one_order_read_and_one_made_and_looks_for_25_at_once(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        for _ in range(30):
            desk.market.place(("MUG", 1, "9.99"))
        desk.market.place(("JUG", 1, "9.99"), fulfilled_by="AMAZON")
        desk.market.mark_is_defined = True
        desk.observe()
        before = dict(desk.market.calls)
        desk.cycle().run(REGION)
        calls = {name: count - before.get(name, 0) for name, count in desk.market.calls.items()}
        assert {name: count for name, count in calls.items() if count} == {
            "OrdersByMark": 2,
            "getOrder": 30,
            "OrderCreate": 31,
        }


def test_an_order_that_amazon_ships_takes_no_stock_and_needs_no_address(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 2, "9.99"), fulfilled_by="AMAZON", status="SHIPPED")
        desk.take_in()
        (made,) = desk.market.of(order_id)
        assert (made.behaviour, desk.stock["MUG"], made.fulfillment_status) == ("BYPASS", 10, "UNFULFILLED")
        assert desk.market.calls["getOrder"] == 0
        assert desk.exceptions() == set()


def test_pending_orders_echoes_and_cancelled_ones_are_never_made(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        pending = desk.market.place(("MUG", 1, "9.99"), status="PENDING")
        desk.market.place(("MUG", 1, "9.99"), status="CANCELLED")
        desk.market.place(("MUG", 1, "9.99"), channel="NON_AMAZON", fulfilled_by="AMAZON", status="SHIPPED")
        done = desk.take_in()
        assert (done.made.planned, desk.market.shop) == ([], {})
        assert [one.order.amazon_order_id for one in done.held] == [pending]
        later(desk, minutes=5)
        desk.market.release(pending)
        assert desk.take_in().made.sent == 1


def test_orders_from_before_the_takeover_are_left_to_whoever_dealt_with_them(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.amazon_orders[order_id]["createdTime"] = "2026-11-23T08:59:59Z"
        done = desk.take_in()
        assert (done.made.planned, desk.market.shop) == ([], {})


def test_what_was_shipped_before_the_takeover_is_made_shipped_and_takes_no_stock_a_second_time(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        shipped = desk.market.place(("MUG", 2, "9.99"), status="SHIPPED")
        still_open = desk.market.place(("MUG", 1, "9.99"))
        for order_id in (shipped, still_open):
            desk.market.amazon_orders[order_id]["createdTime"] = "2026-11-20T09:00:00Z"
        desk.ledger.set_cursor(SINCE_CURSOR, "2026-11-17T00:00:00+00:00")
        desk.take_in()
        [gone], [waits] = desk.market.of(shipped), desk.market.of(still_open)
        assert (gone.behaviour, gone.fulfillment_status) == ("BYPASS", "FULFILLED")
        assert (waits.behaviour, waits.fulfillment_status) == ("DECREMENT_IGNORING_POLICY", "UNFULFILLED")
        assert desk.stock["MUG"] == 9


def test_units_that_had_left_before_the_import_are_not_open_for_a_second_shipment(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 3, "9.99"), ("JUG", 1, "5.00"), ("NOVELTY", 2, "3.00"))
        desk.market.part_shipped(order_id, 2, 0, 1)
        done = desk.take_in()
        (made,) = desk.market.of(order_id)
        assert [line["quantity"] for line in made.given["lineItems"]] == [3, 1, 2], "nothing is dropped"
        assert list(made.open_units.values()) == [1, 1, 1]
        assert made.tags == ["amazon", "amazon-mfn", "amazon-part-shipped", "amazon-uk", "amazon-unmapped"]
        assert (done.marked.sent, made.fulfillment_status) == (1, "PARTIALLY_FULFILLED")
        for _ in range(2):
            desk.take_in()
        assert (desk.market.calls["FulfillmentCreate"], desk.market.calls["OrderParts"], desk.market.wrong) == (
            1,
            1,
            [],
        )
        assert desk.exceptions() == set()


@pytest.mark.parametrize("fate", ["lost_before", "lost_after", "failed_after"])
def test_a_part_that_had_left_is_marked_once_whatever_becomes_of_the_calls(tmp_path: Path, fate: str) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 3, "9.99"))
        desk.market.part_shipped(order_id, 2)
        desk.market.fated("OrderCreate", fate)
        desk.market.fated("FulfillmentCreate", fate)
        for _ in range(6):
            desk.take_in()
            later(desk, minutes=5)
        (made,) = desk.market.of(order_id)
        assert (list(made.open_units.values()), desk.market.wrong) == ([1], [])


def test_a_part_that_had_left_and_is_still_open_in_the_shop_is_told_until_it_is_not(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 3, "9.99"))
        desk.market.part_shipped(order_id, 2)

        def hold(_: str) -> None:
            for order in desk.market.shop.values():
                order.holds = True

        desk.market.on_done = hold
        desk.take_in()
        assert desk.exceptions() == {("shipped_units_open", order_id)}
        desk.market.on_done = lambda _: None
        (made,) = desk.market.of(order_id)
        made.holds = False
        later(desk, hours=7)
        desk.take_in()
        assert (list(made.open_units.values()), desk.exceptions()) == ([1], set())


def test_in_preview_nothing_is_asked_of_the_shop_and_nothing_is_made(tmp_path: Path) -> None:
    with order_desk(tmp_path, live=False) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        done = desk.take_in()
        assert [one.subject for one in done.made.planned] == [order_id]
        assert (desk.market.asked, desk.market.calls["getOrder"]) == ([], 0)
        assert desk.ledger.newest(KIND, REGION) == {}


def test_an_unknown_sku_and_too_many_units_are_made_all_the_same_and_told(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        first = desk.market.place(("JUG", 8, "5.00"))
        later(desk, seconds=5)
        second = desk.market.place(("JUG", 5, "5.00"), ("NOVELTY", 1, "3.00"))
        done = desk.take_in()
        assert done.made.sent == 2
        (made,) = desk.market.of(second)
        assert [(line.get("variantId"), line.get("sku")) for line in made.given["lineItems"]] == [
            (VARIANTS["JUG"], None),
            (None, "NOVELTY"),
        ]
        assert {"amazon-oversold", "amazon-unmapped"} <= set(made.tags)
        assert "amazon-oversold" not in desk.market.of(first)[0].tags
        assert (desk.stock["JUG"], made.total) == (-3, Decimal("28.00"))
        desk.compare()
        assert desk.exceptions() == {("unmapped_order_line", second), ("order_oversold", second)}
        desk.market.stock[VARIANTS["JUG"]] = 4
        desk.compare()
        assert desk.exceptions() == {("unmapped_order_line", second)}


def test_an_order_without_an_address_is_made_asked_for_again_and_then_told_it(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"), address=False)
        desk.take_in()
        assert desk.exceptions() == {("order_without_address", order_id)}
        later(desk, minutes=10)
        desk.take_in()
        assert desk.market.calls["getOrder"] == 1
        desk.market.amazon_orders[order_id]["recipient"] = {"deliveryAddress": desk.market.address(5)}
        later(desk, minutes=25)
        assert desk.take_in().updated.verified == 1
        (made,) = desk.market.of(order_id)
        assert made.given["shippingAddress"]["address1"] == f"5 {CANARY} Lane"
        assert desk.exceptions() == set()


def test_an_address_that_changes_on_amazon_is_brought_up_to_date_until_the_order_is_shipped(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.take_in()
        later(desk, minutes=4)
        moved = {"deliveryAddress": desk.market.address(99)}
        desk.market.change(order_id, recipient=moved)
        assert desk.take_in().updated.verified == 1
        (made,) = desk.market.of(order_id)
        assert made.given["shippingAddress"]["address1"] == f"99 {CANARY} Lane"
        made.given["shippingAddress"]["address1"] = "as somebody typed it"
        later(desk, minutes=4)
        desk.market.change(order_id, programs=["PRIME"])
        desk.take_in()
        assert made.given["shippingAddress"]["address1"] == "as somebody typed it"
        assert desk.market.calls["OrderReaddress"] == 1
        made.fulfillment_status = "FULFILLED"
        desk.market.change(order_id, recipient={"deliveryAddress": desk.market.address(7)})
        desk.take_in()
        assert desk.market.calls["OrderReaddress"] == 1
        assert len(desk.ledger.history(UPDATE, REGION, order_id)) == 2


def test_an_outage_of_ten_days_leaves_nothing_out_and_nothing_double(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        before = [desk.market.place(("MUG", 1, "9.99")) for _ in range(3)]
        desk.take_in()
        during = []
        for _ in range(10):
            later(desk, days=1)
            during += [desk.market.place(("JUG", 1, "9.99")) for _ in range(2)]
        desk.market.change(during[0], "SHIPPED")
        desk.take_in()
        assert [len(desk.market.of(order_id)) for order_id in [*before, *during]] == [1] * 23
        assert desk.market.of(during[0])[0].fulfillment_status == "FULFILLED"
        assert desk.market.calls["searchOrders"] == 2


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", ["lost_after", "failed_after"])
def test_an_order_made_though_the_answer_got_lost_is_found_and_not_made_again(tmp_path: Path, fate: str) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.fated("OrderCreate", fate)
        done = desk.take_in()
        assert (done.made.unknown, desk.effect(order_id).state) == (1, "unknown")
        assert "may have been done" in done.made.errors[0]
        done = desk.take_in()
        assert (done.made.verified, done.made.sent, desk.effect(order_id).state) == (1, 0, "verified")
        assert (len(desk.market.of(order_id)), desk.stock["MUG"]) == (1, 9)
        assert order_id in desk.links()


def test_a_call_that_was_lost_before_it_did_anything_is_made_again_once_it_cannot_arrive_any_more(
    tmp_path: Path,
) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.fated("OrderCreate", "lost_before")
        desk.take_in()
        assert desk.market.of(order_id) == []
        done = desk.take_in()
        assert (done.made.again, done.made.sent, len(desk.market.of(order_id))) == (1, 1, 1)


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize("moment", ["on_call", "on_done"], ids=["before it is made", "after it is made"])
def test_a_process_that_dies_in_the_middle_of_the_call_leaves_nothing_double(tmp_path: Path, moment: str) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.observe()

        def kill(operation: str) -> None:
            if operation == "OrderCreate":
                setattr(desk.market, moment, lambda _: None)
                raise Killed

        setattr(desk.market, moment, kill)
        with pytest.raises(Killed):
            desk.cycle().run(REGION)
        assert desk.effect(order_id).state == "sent"
        later(desk, minutes=5)
        desk.take_in()
        assert (len(desk.market.of(order_id)), desk.stock["MUG"]) == (1, 9)


def test_throttling_in_the_middle_of_a_batch_puts_the_rest_off_and_loses_nothing(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        orders = [desk.market.place(("MUG", 1, "1.00")) for _ in range(6)]
        desk.market.fated("OrderCreate", "", "", *["throttle"] * 5)
        done = desk.take_in()
        assert (done.made.sent, done.made.put_back) == (2, 1)
        assert "budget of points" in done.made.errors[0]
        done = desk.take_in()
        assert done.made.sent == 4
        assert [len(desk.market.of(order_id)) for order_id in orders] == [1] * 6
        assert desk.stock["MUG"] == 4


def test_an_order_that_amazon_does_not_tell_holds_up_no_other(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        first = desk.market.place(("MUG", 1, "1.00"))
        rest = [desk.market.place(("MUG", 1, "1.00")) for _ in range(3)]
        desk.market.fated("getOrder", *["failed_after"] * 5)
        assert desk.take_in().made.put_back == 1
        desk.market.fated("getOrder", "", "", "", *["failed_after"] * 5)
        done = desk.take_in()
        assert [len(desk.market.of(order_id)) for order_id in [first, *rest]] == [0, 1, 1, 1]
        assert done.made.errors[0].startswith(f"getOrder of order {first} answered 503")
        assert desk.take_in().made.sent == 1


def test_a_token_that_expires_on_the_way_is_renewed(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        orders = [desk.market.place(("MUG", 1, "1.00")) for _ in range(3)]
        desk.market.fated("getOrder", "", "token")
        done = desk.take_in()
        assert (done.made.sent, [len(desk.market.of(order_id)) for order_id in orders]) == (3, [1, 1, 1])


def test_the_same_order_on_two_pages_is_one_order(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        desk.market.page = 5
        orders = [desk.market.place(("MUG", 1, "0.10")) for _ in range(5)]
        bodies = list(desk.market.amazon_orders.values())
        desk.market.amazon_orders["again"] = {**bodies[0], "lastUpdatedTime": bodies[-1]["lastUpdatedTime"]}
        done = desk.take_in()
        assert (done.made.sent, len(desk.market.shop), desk.market.calls["searchOrders"]) == (5, 5, 2)
        assert all(len(desk.market.of(order_id)) == 1 for order_id in orders)


def test_two_imports_at_once_make_each_order_once(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        orders = [desk.market.place(("MUG", 1, "0.10")) for _ in range(8)]
        desk.observe()
        errors: list[BaseException] = []

        def work() -> None:
            try:
                desk.cycle().run(REGION)
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        desk.take_in()
        assert [len(desk.market.of(order_id)) for order_id in orders] == [1] * 8
        assert (desk.market.wrong, desk.market.calls["OrderCreate"]) == ([], 8)


def test_a_variant_that_was_deleted_in_the_shop_becomes_a_line_of_its_own(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"), ("JUG", 2, "5.00"))
        del desk.market.stock[VARIANTS["JUG"]]
        done = desk.take_in()
        (made,) = desk.market.of(order_id)
        assert [(line.get("variantId"), line.get("sku")) for line in made.given["lineItems"]] == [
            (VARIANTS["MUG"], None),
            (None, "JUG"),
        ]
        assert (done.made.sent, made.total, "amazon-unmapped" in made.tags) == (1, Decimal("19.99"), True)


def test_a_currency_the_shop_does_not_take_is_told_and_the_other_orders_go_on(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        desk.market.currencies = {"GBP"}
        german = desk.market.place(("MUG", 1, "9.99"), marketplace=DE)
        british = desk.market.place(("MUG", 1, "9.99"))
        done = desk.take_in()
        assert [effect.subject for effect in done.made.rejected] == [german]
        assert len(desk.market.of(british)) == 1
        [told] = desk.ledger.open_exceptions("order_not_importable")
        assert told.told == (
            f"Amazon order {german} (eu) is not in Shopify. What was said: Shopify OrderCreate: INVALID at "
            "order.currency: Currency is not enabled."
        )
        assert told.deadline_at is not None
        desk.take_in()
        assert desk.market.calls["OrderCreate"] == 2
        desk.market.currencies.add("EUR")
        later(desk, hours=6)
        desk.take_in()
        (made,) = desk.market.of(german)
        assert made.given["currency"] == "EUR"
        desk.take_in()
        assert desk.exceptions() == set()


def test_an_address_that_shopify_refuses_is_made_simpler_and_its_refusal_names_nobody(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.fated("OrderCreate", "refuse order.shippingAddress.phone INVALID")
        desk.take_in()
        (made,) = desk.market.of(order_id)
        assert "phone" not in made.given["shippingAddress"]
        assert made.given["shippingAddress"]["address1"]
        other = desk.market.place(("MUG", 1, "9.99"))
        desk.market.fated("OrderCreate", "refuse order.note INVALID")
        desk.take_in()
        assert desk.market.of(other) == []
        [told] = desk.ledger.open_exceptions("order_not_importable")
        assert CANARY not in told.told
        assert "order.note: order.note of …" in told.told


def test_lines_without_a_price_and_gifts_are_made_as_they_are(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "0.00"), ("JUG", 1, "4.00"))
        gift = {"giftMessage": f"With love from {CANARY}", "giftWrapLevel": "Deluxe"}
        desk.market.amazon_orders[order_id]["orderItems"][1]["fulfillment"]["packing"] = {"giftOption": gift}
        desk.take_in()
        (made,) = desk.market.of(order_id)
        free, jug = made.given["lineItems"]
        assert (free["priceSet"]["shopMoney"]["amount"], made.total) == ("0.00", Decimal("4.00"))
        assert {one["name"]: one["value"] for one in jug["properties"]}["Gift message"] == gift["giftMessage"]


def test_an_order_of_a_hundred_lines_is_made_whole(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(*[("MUG", 1, "0.10")] * 100)
        desk.take_in()
        (made,) = desk.market.of(order_id)
        assert (len(made.given["lineItems"]), made.total, desk.stock["MUG"]) == (100, Decimal("10.00"), -90)


def test_an_order_that_is_in_the_shop_though_the_ledger_forgot_it_is_linked_and_not_made(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.mark_is_defined = True
        desk.observe()
        there = desk.market.key_in("#1", metafields=[{"key": "amazon_order_id", "value": order_id}])
        done = desk.cycle().run(REGION)
        assert (done.made.planned, len(desk.market.shop), desk.links()) == ([], 1, {order_id: there.gid})


def test_an_order_cancelled_between_the_reading_and_the_import_is_not_made(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.observe()
        desk.market.change(order_id, "CANCELLED")
        done = desk.cycle().run(REGION)
        assert (done.made.sent, [effect.subject for effect in done.made.rejected]) == (0, [order_id])
        assert desk.exceptions() == {("order_not_importable", order_id)}
        desk.take_in()
        assert (desk.market.shop, desk.exceptions()) == ({}, set())
