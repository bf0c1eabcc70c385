"""Orders at the control door over HTTP: what Amazon, its buyers and the shop's staff do by themselves."""

from __future__ import annotations

import httpx

from sandbox.brand import Brand, Plan
from sandbox.clock import SandboxClock
from sandbox.people import CANARIES
from sandbox.server import Sandbox, build
from sandbox.shopkeeping import book_order
from sandbox.world import AmazonOrder, Variant
from tests.control_door import NOW, told

pytest_plugins = ("tests.control_door",)
SKU = "007-ROPE"


def keyed(door: httpx.Client, units: int = 3) -> str:
    """An Amazon order that the staff have typed into Shopify."""
    order: str = told(door, "/amazon/orders", sku=SKU, units=units, status="UNSHIPPED", takes_stock=False)["id"]
    assert told(door, f"/amazon/orders/{order}/key-in")["done"]
    return order


def test_an_order_of_many_lines_and_every_part_can_be_placed(door: httpx.Client, sandbox: Sandbox) -> None:
    lines = [{"sku": SKU, "units": 1, "price": "0", "gift_message": "Hi", "shipping": "1.99"}] * 99
    lines.append({"sku": "NEVER-LISTED", "units": 2, "price": "5.00", "unlisted": True})
    order = told(
        door, "/amazon/orders", items=lines, country="DE", status="UNSHIPPED", address=False, takes_stock=False
    )
    kept = sandbox.world.accounts["eu"].orders[order["id"]]
    assert (len(kept.items), kept.currency, kept.address) == (100, "EUR", None)
    assert [str(kept.items[at].unit_price) for at in (0, 99)] == ["0", "5.00"]
    echo = told(door, "/amazon/orders", sku=SKU, echo=True, status="SHIPPED")
    assert sandbox.world.accounts["eu"].orders[echo["id"]].channel_name == "NON_AMAZON"


def test_an_order_changes_after_it_was_placed(door: httpx.Client, sandbox: Sandbox) -> None:
    number = told(door, "/amazon/orders", sku=SKU, units=3, status="UNSHIPPED", takes_stock=False)["id"]
    order = sandbox.world.accounts["eu"].orders[number]
    told(door, f"/amazon/orders/{number}/change", address=4711)
    assert order.address is not None
    assert order.address["name"] == "Robin Quagmarrow-4711"
    told(door, f"/amazon/orders/{number}/cancel-units", units=1, by="AMAZON", reason="No stock")
    assert (order.items[0].left, order.status, order.items[0].cancelled_by) == (2, "UNSHIPPED", "AMAZON")
    told(door, f"/amazon/orders/{number}/ship", units=1)
    assert order.status == "PARTIALLY_SHIPPED"
    told(door, f"/amazon/orders/{number}/cancel-units", units=1)
    assert order.status == "SHIPPED"
    refused = door.post(f"/amazon/orders/{number}/cancel-units", json={"units": 1})
    assert (refused.status_code, "0 are left" in refused.json()["error"]) == (400, True)


def test_the_staff_ship_in_parts_and_correct_the_tracking(door: httpx.Client) -> None:
    number = keyed(door)
    told(door, f"/shopify/orders/{number}/ship", sku=SKU, units=1, carrier="DHL", tracking="D1")
    seen = told(door, f"/shopify/orders/{number}/ship", carrier="DPD", tracking=["P1", "P2"])
    assert seen["fulfillment_status"] == "FULFILLED"
    assert [[one["number"] for one in each["tracking"]] for each in seen["fulfillments"]] == [["D1"], ["P1", "P2"]]
    first = seen["fulfillments"][0]["id"]
    seen = told(door, f"/shopify/orders/{number}/track", fulfillment=first, carrier="UPS", tracking="U1")
    assert seen["fulfillments"][0]["tracking"] == [{"number": "U1", "company": "UPS", "url": None}]
    refused = door.post(f"/shopify/orders/{number}/cancel", json={})
    assert refused.json()["error"].startswith("Shopify says: Cannot cancel")


def test_the_staff_refund_and_cancel(door: httpx.Client) -> None:
    number = keyed(door, 2)
    seen = told(door, f"/shopify/orders/{number}/refund", units=1, restock="CANCEL", note="broken")
    assert (seen["financial_status"], seen["lines"][0]["current"]) == ("PARTIALLY_REFUNDED", 1)
    seen = told(door, f"/shopify/orders/{number}/cancel", reason="INVENTORY")
    assert (seen["financial_status"], seen["current_total"]) == ("REFUNDED", "0.00")
    assert door.get("/shopify/orders", params={"source_identifier": number}).json() == [seen]


def test_no_answer_of_the_door_names_a_buyer(door: httpx.Client) -> None:
    text = door.get("/shopify/orders").text + door.get(f"/amazon/orders/{keyed(door)}").text
    assert not any(canary in text.casefold() for canary in CANARIES)


def test_the_shops_ways_are_set_at_the_door(door: httpx.Client) -> None:
    seen = told(door, "/shopify/settings", orders_per_minute=5, search_lag_seconds=10)
    assert (seen["orders_per_minute"], seen["search_lag_seconds"]) == (5, 10)
    assert door.post("/shopify/settings", json={"speed": 1}).status_code == 400
    told(door, "/shopify/settings", orders_per_minute=None, search_lag_seconds=0)


def test_order_trouble_is_planted_with_its_answer(door: httpx.Client, sandbox: Sandbox) -> None:
    answers = [each for each in door.get("/answers").json() if "amazon_order_id" in each["expected"]]
    assert [each["kind"] for each in answers] == [
        "order_missing",
        "shipped_not_confirmed",
        "near_ship_by",
        "amounts_differ",
        "duplicate",
        "made_by_connector",
        "made_by_connector",
        "made_by_connector",
        "cancelled_on_amazon",
        "refund_not_recorded",
    ]
    world = sandbox.world
    in_shop = [each.source_identifier for each in world.shop.orders.values()]
    by_kind = {each["kind"]: each["expected"]["amazon_order_id"] for each in answers}
    assert (in_shop.count(by_kind["order_missing"]), in_shop.count(by_kind["duplicate"])) == (0, 2)
    named = answers[5]["expected"]["amazon_order_id"]
    assert [each.name for each in world.shop.orders.values() if each.name == named] == [named]


def test_a_product_that_imports_finds_no_hand_keyer_and_staff_who_ship_what_it_brings() -> None:
    clock = SandboxClock(start=NOW, speed=0)
    plan = Plan(skus=70, history_orders=0, keyed_by_hand=False)
    world, brand, _ = build(clock=clock, plan=plan, orders_per_hour=20, trouble=False)
    before = len(world.shop.orders)
    clock.advance(6 * 3600)
    world.catch_up()
    assert not any(order.source_identifier for order in list(world.shop.orders.values())[before:])
    orders = list(world.accounts["eu"].orders.values())
    waiting = [each for each in orders if each.fulfilled_by == "MERCHANT" and each.status == "UNSHIPPED"]
    assert len(waiting) > 5
    brought = {
        order.id: book_order(brand, [(brand_variant(brand, order), order.items[0].left)], source_identifier=order.id)
        for order in waiting
    }
    clock.advance(24 * 3600)
    world.catch_up()
    left = [world.accounts["eu"].orders[number].status for number, each in brought.items() if each.fulfillments]
    assert len(left) > 5
    assert set(left) == {"UNSHIPPED"}
    assert all(each.tracking for booked in brought.values() for each in booked.fulfillments)


def brand_variant(brand: Brand, order: AmazonOrder) -> Variant:
    return brand.world.shop.variants[brand.variant_of["eu", order.items[0].sku]]
