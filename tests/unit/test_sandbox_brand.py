"""The sandbox's brand: the same seed makes the same goods, all of it in step but what was planted, and it trades."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox.amazon.quantities import MFN
from sandbox.brand import Brand, Plan, barcode
from sandbox.clock import SandboxClock
from sandbox.server import build
from sandbox.world import World

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def make(seed: int = 7, *, orders_per_hour: float = 0.0, **plan: object) -> tuple[World, Brand]:
    world, brand, _ = build(
        seed=seed,
        clock=SandboxClock(start=NOW, speed=0),
        plan=Plan(**plan),  # type: ignore[arg-type]  # whatever the test names
        orders_per_hour=orders_per_hour,
    )
    return world, brand


def picture(world: World) -> tuple[object, ...]:
    account = world.accounts["eu"]
    return (
        sorted((key, level.available) for key, level in world.shop.levels.items()),
        {sku: (each.asin, each.quantity, each.channels) for sku, each in account.listings.items()},
        {number: (each.status, each.created_at) for number, each in account.orders.items()},
        [(each.kind, each.sku) for each in world.answers],
    )


def test_the_same_seed_makes_the_same_brand_and_another_seed_another() -> None:
    first, _ = make(7)
    again, _ = make(7)
    other, _ = make(8)
    assert picture(first) == picture(again)
    assert picture(first) != picture(other)


def test_the_brand_has_as_many_variants_as_were_asked_for() -> None:
    for skus in (60, 300):
        world, _ = make(skus=skus)
        assert len(world.shop.variants) == skus


@pytest.mark.parametrize(
    ("plan", "told"),
    [({"skus": 59}, "the brand needs at least 60"), ({"regions": ("eu", "mars")}, "region 'mars' is unknown")],
)
def test_a_plan_that_cannot_be_is_refused(plan: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        build(plan=Plan(**plan))  # type: ignore[arg-type]  # whatever the test names


@pytest.mark.parametrize("regions", [("eu",), ("eu", "na", "fe")])
def test_amazon_shows_the_target_of_every_sku_but_the_planted_ones(regions: tuple[str, ...]) -> None:
    world, brand = make(regions=regions)
    planted = {(each.region, each.sku) for each in world.answers}
    out_of_step = set()
    for (region, sku), variant_id in brand.variant_of.items():
        listing = brand.account(region).listings[sku]
        variant = world.shop.variants[variant_id]
        if listing.channels == [MFN] and listing.quantity != brand.target(region, variant):
            out_of_step.add((region, sku))
    assert out_of_step <= planted
    drifted = {each.sku for each in world.answers if each.expected["table"] == "reconcile.inventory_drift"}
    # Where nothing can be compared there is no target to be out of step with.
    assert {sku for _, sku in out_of_step} - {"GIFT-WRAP", "THROW-WOOL", "KETTLE-STEEL", "KETTLE-COPPER"} == drifted - {
        "OLD-LAMP-2019"
    }


def test_the_answer_key_holds_every_kind_of_trouble() -> None:
    world, _ = make()
    assert Counter(each.kind for each in world.answers) == {
        "stale_low": 5,
        "stale_high": 3,
        "accepted_never_applied": 2,
        "push_rejected": 2,
        "unmapped": 3,
        "case_twin": 1,
        "duplicate_sku": 1,
        "untracked": 1,
        "mixed_channel": 1,
        "negative_stock": 1,
        "bundle": 1,
        "oversell_pending": 2,
    }


def test_the_targets_of_the_answer_key_follow_the_stock_rule() -> None:
    world, _ = make()
    by_sku = {each.sku: each.expected for each in world.answers if "target" in each.expected}
    figures = {sku: (by_sku[sku]["target"], by_sku[sku]["shown"]) for sku in ("BOWL/SET-4", "NAPKIN-RED", "BUNDLE-DUO")}
    assert figures == {"BOWL/SET-4": (18, 5), "NAPKIN-RED": (0, 6), "BUNDLE-DUO": (3, 13)}
    held = {sku: by_sku[sku]["held_for_orders"] for sku in ("KETTLE-STEEL", "KETTLE-COPPER")}
    assert held == {"KETTLE-STEEL": 3, "KETTLE-COPPER": 1}
    assert (by_sku["KETTLE-STEEL"]["target"], by_sku["KETTLE-COPPER"]["target"]) == (7, 0)


def test_only_the_pool_counts_neither_fba_nor_closed_locations() -> None:
    _, brand = make()
    variants = {each.sku: each for each in brand.world.shop.variants.values()}
    counted = {sku: brand.available(variants[sku]) for sku in ("SHELF-PINE", "SHELF-PINE-S", "STOOL-OAK", "BENCH-OAK")}
    assert counted == {"SHELF-PINE": 5, "SHELF-PINE-S": 9, "STOOL-OAK": 4, "BENCH-OAK": 8}


def test_a_bundle_is_the_least_of_its_components_and_an_untracked_item_is_not_zero() -> None:
    _, brand = make()
    variants = {each.sku: each for each in brand.world.shop.variants.values()}
    assert brand.available(variants["SET-BREAKFAST"]) == 15
    assert brand.available(variants["GIFT-WRAP"]) is None


def test_barcodes_have_a_good_check_digit() -> None:
    assert barcode(7) == "2000000000077"
    world, _ = make(skus=60)
    for variant in world.shop.variants.values():
        digits = [int(digit) for digit in variant.barcode or ""]
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def test_every_open_amazon_order_of_the_past_is_typed_into_shopify_but_the_pending_ones() -> None:
    world, _ = make()
    keyed = {each.source_identifier for each in world.shop.orders.values()}
    orders = world.accounts["eu"].orders.values()
    merchant = [each for each in orders if each.fulfilled_by == "MERCHANT"]
    assert {each.status for each in merchant if each.id not in keyed} == {"PENDING", "CANCELLED"}
    assert [each.status for each in merchant].count("UNSHIPPED") >= 3


def day_of_trade(seed: int = 7) -> tuple[World, Brand]:
    world, brand = make(seed, orders_per_hour=60)
    for _ in range(48):
        world.clock.advance(1800)
        world.catch_up()
    return world, brand


def test_a_day_of_trade_tells_the_same_story_for_the_same_seed_however_time_passes() -> None:
    in_steps, _ = day_of_trade()
    at_once, _ = make(7, orders_per_hour=60)
    at_once.clock.advance(48 * 1800)
    at_once.catch_up()
    assert picture(in_steps) == picture(at_once)


def test_trade_comes_on_every_channel_and_orders_go_through_their_life() -> None:
    world, brand = day_of_trade()
    account = world.accounts["eu"]
    fresh = [each for each in account.orders.values() if each.created_at > NOW]
    statuses = {each.status for each in fresh if each.fulfilled_by == "MERCHANT"}
    assert {"PENDING", "UNSHIPPED", "SHIPPED", "CANCELLED"} <= statuses
    assert {each.status for each in fresh if each.fulfilled_by == "AMAZON"} >= {"PENDING", "UNSHIPPED", "SHIPPED"}
    booked = [each for each in world.shop.orders.values() if each.created_at > NOW]
    assert {each.source_name for each in booked} == {"web", "amazon"}
    assert {each.fulfillment_status for each in booked} == {"FULFILLED", "UNFULFILLED"}
    assert not {(("eu"), item.sku) for each in fresh for item in each.items} & brand.quiet


def test_trade_keeps_the_identities_of_stock() -> None:
    world, brand = day_of_trade()
    open_units: Counter[int] = Counter()
    for order in world.shop.orders.values():
        if order.cancelled_at is not None or order.fulfillment_status == "FULFILLED":
            continue
        # The one order that left in part left with a third of it.
        left = {"UNFULFILLED": 0, "PARTIALLY_FULFILLED": 1}[order.fulfillment_status]
        for line in order.lines:
            item_id = world.shop.variants[line.variant_id or 0].item_id
            open_units[item_id] += line.current_quantity - left * line.current_quantity // 3
    committed: Counter[int] = Counter()
    for level in world.shop.levels.values():
        committed[level.item_id] += level.committed
    assert +committed == +open_units
    assert all(listing.quantity >= 0 for listing in brand.account("eu").listings.values())
    assert all(stock.fulfillable >= 0 and stock.reserved >= 0 for stock in brand.account("eu").fba.values())


def test_trade_announces_itself_to_the_shops_webhooks() -> None:
    world, _ = make(7, orders_per_hour=60)
    topics: Counter[str] = Counter()
    for _ in range(4):
        world.clock.advance(900)
        world.catch_up()
        topics.update(topic for topic, _, _ in world.webhook_outbox)
        world.webhook_outbox.clear()
    assert topics["orders/create"] > 5
    assert topics["inventory_levels/update"] >= topics["orders/create"]


def test_trade_can_be_stopped_and_taken_up_again() -> None:
    world, _, trade = build(clock=SandboxClock(start=NOW, speed=0), orders_per_hour=60)
    trade.pause()
    before = len(world.accounts["eu"].orders)
    world.clock.advance(7200)
    world.catch_up()
    assert len(world.accounts["eu"].orders) == before
    trade.resume()
    world.clock.advance(7200)
    world.catch_up()
    assert trade.orders_per_hour == 60
    assert len(world.accounts["eu"].orders) > before + 20


def test_a_bundle_shows_what_the_targets_of_its_components_make() -> None:
    world, _ = make()
    shown = {sku: world.accounts["eu"].listings[sku].quantity for sku in ("MUG-BREAKFAST", "PLATE-BREAKFAST")}
    assert shown == {"MUG-BREAKFAST": 18, "PLATE-BREAKFAST": 29}
    assert world.accounts["eu"].listings["SET-BREAKFAST"].quantity == 14
