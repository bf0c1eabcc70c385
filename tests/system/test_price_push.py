"""Prices on the sandbox: sent by rule, read back, quiet when in step, and never over somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.prices import PRICE_POSITION, PRICE_PUSH, PricePosition
from integration_assets.prices.cycle import PriceCycle, PriceOutcome
from integration_assets.prices.holds import price_scope
from integration_assets.prices.journal import record_prices
from integration_assets.prices.plans import release
from integration_assets.reconcile.price_position import price_position
from integration_assets.rules.marketplaces import by_id
from resources.operating_model_parts.prices import PricesSettings
from sandbox.amazon.pricing import type_price
from tests.amazon_caller import DE, UK
from tests.system.stage import REGION, Stage, on_stage

ROPE, JUG = "007-ROPE", "JUG-GLASS-FBA"
SETTINGS: Mapping[str, Any] = {"currency": "GBP", "fx": {"EUR": "1.17"}}


@contextmanager
def priced(home: Path, *, mode: str = "live", **prices: Any) -> Iterator[Stage]:
    """A brand in step whose prices may be sent."""
    settings = PricesSettings.model_validate({**SETTINGS, **prices})
    values = {name: getattr(settings, name) for name in PricesSettings.model_fields}
    with on_stage(home, mode={"price_push": mode}, prices=values) as stage:
        yield stage


def turn(stage: Stage, region: str = REGION) -> PriceOutcome:
    """Decide every price, and send what differs."""
    door = stage.connections
    stage.carry_out(price_position)
    outcome = PriceCycle(
        door.model, door.shopify, door.amazon, door.warehouse, door.ledger, door.clock, "the test"
    ).run(region)
    record_prices(stage.warehouse, stage.ledger, outcome.effects, stage.clock.now())
    stage.warehouse.update(PRICE_POSITION, outcome.rows)
    return outcome


def reprice(stage: Stage, sku: str, price: str) -> None:
    """Somebody changes a price in Shopify."""
    with stage.world.lock:
        stage.variant(sku).price = Decimal(price)
    stage.read_shop()
    stage.decide()


def patches(stage: Stage) -> list[tuple[str, dict[str, float]]]:
    """SKU and prices by country of every price that reached Amazon."""
    found = []
    for call in stage.calls("patchListingsItem"):
        if call.outcome == "throttled":
            continue
        patch = call.detail["body"]["patches"][0]
        if patch["path"] == "/attributes/purchasable_offer":
            amounts = {
                by_id(one["marketplace_id"]).country: one["our_price"][0]["schedule"][0]["value_with_tax"]
                for one in patch["value"]
            }
            found.append((call.subject, amounts))
    return found


def shown(stage: Stage, sku: str) -> dict[str, Decimal]:
    return {by_id(place).country: amount for place, amount in stage.listing(sku).prices.items()}


def position(stage: Stage, sku: str, marketplace: str = UK) -> PricePosition:
    [row] = stage.warehouse.rows(PRICE_POSITION, "seller_sku = ? AND marketplace_id = ?", [sku, marketplace])
    return row


def states(stage: Stage, sku: str) -> list[str]:
    return [row.state for row in stage.warehouse.rows(PRICE_PUSH, "seller_sku = ?", [sku])]


def opened(stage: Stage) -> list[tuple[str, str]]:
    found = stage.ledger.open_exceptions()
    return [(one.kind, one.identity) for one in found if one.kind.startswith("price_")]


def test_a_price_changed_in_shopify_is_sent_once_for_all_marketplaces_and_read_back(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        assert turn(stage).effects.planned == []
        reprice(stage, ROPE, "22.00")
        assert turn(stage).effects.sent == 1
        assert patches(stage) == [(ROPE, {"UK": 22.0, "DE": 25.74})]
        assert states(stage, ROPE) == ["applied"]
        stage.advance(minutes=5)
        assert turn(stage).effects.verified == 1
        assert shown(stage, ROPE) == {"UK": Decimal("22.00"), "DE": Decimal("25.74")}
        assert states(stage, ROPE) == ["verified"]
        assert position(stage, ROPE).verdict == "in_step"


def test_a_cycle_without_a_change_writes_nothing_and_asks_nothing_of_amazon(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        turn(stage)
        before = len(stage.world.requests)
        turn(stage)
        assert [call.operation for call in stage.world.requests[before:]] == ["shop"]


def test_changes_cost_no_more_calls_than_they_must(tmp_path: Path) -> None:
    """One PATCH per SKU, one reading per twenty SKUs and marketplace before it, one after it."""
    with priced(tmp_path, min_prices=100) as stage:
        listable = {row.seller_sku for row in rows_in_step(stage) if "," not in row.seller_sku}
        mapped = sorted(listable - {"CELLAR,SALT"})[8:32]
        variants = {stage.brand.variant_of[REGION, sku] for sku in mapped}
        with stage.world.lock:
            for variant in variants:
                stage.world.shop.variants[variant].price += Decimal("0.10")
        stage.read_shop()
        stage.decide()
        before = len(stage.world.requests)
        changed = turn(stage).effects.sent
        stage.advance(minutes=5)
        assert turn(stage).effects.verified == changed
        made = [call.operation for call in stage.world.requests[before:]]
        assert made.count("patchListingsItem") == changed
        assert made.count("searchListingsItems") == 2 * 2 * -(-changed // 20)
        assert set(made) - {"getAccessToken"} == {"shop", "patchListingsItem", "searchListingsItems"}


def rows_in_step(stage: Stage) -> list[PricePosition]:
    return [row for row in turn(stage).rows if row.verdict == "in_step"]


def test_the_rest_of_an_offer_survives_a_price(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        sale = {"discounted_price": [{"schedule": [{"value_with_tax": 15.0}]}]}
        stage.listing(ROPE).offer_extras[UK] = dict(sale)
        reprice(stage, ROPE, "21.00")
        turn(stage)
        assert stage.listing(ROPE).offer_extras[UK] == sale


def test_a_price_that_somebody_else_set_is_left_alone_until_a_person_decides(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        turn(stage)
        type_price(stage.world, stage.account, ROPE, UK, Decimal("17.50"))
        stage.read_listings()
        assert turn(stage).effects.sent == 0
        assert position(stage, ROPE).verdict == "leak"
        assert opened(stage) == [("price_leak", f"eu/UK/{ROPE}")]
        reprice(stage, ROPE, "20.50")
        turn(stage)
        assert patches(stage) == [(ROPE, {"DE": 23.99})]
        stage.ledger.release_hold(price_scope("eu", UK, ROPE), who="anna", note="the repricer is off")
        stage.advance(minutes=5)
        turn(stage)
        stage.advance(minutes=5)
        turn(stage)
        assert shown(stage, ROPE) == {"UK": Decimal("20.50"), "DE": Decimal("23.99")}
        assert opened(stage) == []


@pytest.mark.parametrize(("policy", "price"), [("restore", "19.90"), ("accept", "17.50")])
def test_the_leak_policy_decides_about_somebody_elses_price(tmp_path: Path, policy: str, price: str) -> None:
    with priced(tmp_path, leak_policy=policy) as stage:
        turn(stage)
        type_price(stage.world, stage.account, ROPE, UK, Decimal("17.50"))
        stage.read_listings()
        turn(stage)
        stage.advance(minutes=5)
        turn(stage)
        assert shown(stage, ROPE)["UK"] == Decimal(price)
        assert opened(stage) == []


def test_a_price_that_a_repricer_sets_is_never_written(tmp_path: Path) -> None:
    rule = {"match": {"sku": ROPE}, "managed_elsewhere": True}
    with priced(tmp_path, rule=[rule]) as stage:
        type_price(stage.world, stage.account, ROPE, UK, Decimal("17.50"))
        stage.read_listings()
        reprice(stage, ROPE, "25.00")
        assert turn(stage).effects.sent == 0
        assert position(stage, ROPE).verdict == "excluded"
        assert opened(stage) == []


def test_a_price_that_moves_too_far_waits_for_a_person(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        turn(stage)
        reprice(stage, ROPE, "1.99")
        assert turn(stage).effects.sent == 0
        assert opened(stage) == [("price_move_held", f"eu/DE/{ROPE}"), ("price_move_held", f"eu/UK/{ROPE}")]
        for place in (UK, DE):
            stage.ledger.release_hold(price_scope("eu", place, ROPE), who="anna", note="clearance")
        turn(stage)
        assert patches(stage) == [(ROPE, {"UK": 1.99, "DE": 2.33})]


def test_a_floor_holds_whatever_shopify_says(tmp_path: Path) -> None:
    with priced(tmp_path, floor="15.00", max_move_percent=90) as stage:
        turn(stage)
        reprice(stage, ROPE, "2.00")
        turn(stage)
        sent = dict(patches(stage))[ROPE]
        assert sent == {"UK": 15.0, "DE": 15.0}
        assert min(amount for _, prices in patches(stage) for amount in prices.values()) == 15.0


@pytest.mark.prove
def test_a_plan_that_moves_too_many_prices_is_held_whole(tmp_path: Path) -> None:
    with priced(tmp_path, markup_percent="5") as stage:
        outcome = turn(stage)
        assert outcome.effects.sent == 0
        assert opened(stage) == [("price_plan_held", "eu/plan")]
        assert "prices would change at once, more than 50 %" in outcome.held_told
        assert turn(stage).held_plan == outcome.held_plan
        release(stage.ledger, REGION, outcome.held_plan, who="anna", note="the new price list")
        assert turn(stage).effects.sent == len({sku for sku, _ in patches(stage)}) > 20
        assert opened(stage) == []


@pytest.mark.prove
def test_a_word_on_a_plan_is_none_on_another_plan_as_large(tmp_path: Path) -> None:
    with priced(tmp_path, markup_percent="5", max_move_percent=90) as stage:
        looked_at = turn(stage).held_plan
        with stage.world.lock:
            for variant in stage.world.shop.variants.values():
                variant.price *= Decimal("0.5")
        stage.read_shop()
        stage.decide()
        now_held = turn(stage).held_plan
        assert now_held != looked_at
        with pytest.raises(ConfigurationError, match=f"another one than {looked_at}: plan {now_held}"):
            release(stage.ledger, REGION, looked_at, who="anna", note="the new price list")
        release(stage.ledger, REGION, now_held, who="anna", note="half price")
        with stage.world.lock:
            for variant in stage.world.shop.variants.values():
                variant.price *= Decimal("0.5")
        stage.read_shop()
        stage.decide()
        outcome = turn(stage)
        assert (outcome.effects.sent, patches(stage)) == (0, [])
        assert outcome.held_plan not in (looked_at, now_held)


@pytest.mark.prove
def test_one_more_change_after_the_word_goes_by_its_own_size(tmp_path: Path) -> None:
    with priced(tmp_path, markup_percent="5") as stage:
        plan = turn(stage).held_plan
        release(stage.ledger, REGION, plan, who="anna", note="the new price list")
        reprice(stage, ROPE, "20.00")
        stage.fault("throttle", "patchListingsItem", times=50)
        assert turn(stage).effects.put_back == 1
        stage.advance(minutes=5)
        stage.world.faults.clear()
        assert turn(stage).effects.sent > 20
        assert dict(patches(stage))[ROPE] == {"UK": 21.0, "DE": 24.57}
        assert opened(stage) == []


def test_without_a_rate_nothing_is_sent_to_a_marketplace(tmp_path: Path) -> None:
    with priced(tmp_path, fx={}) as stage:
        turn(stage)
        reprice(stage, ROPE, "22.00")
        turn(stage)
        assert patches(stage) == [(ROPE, {"UK": 22.0})]
        assert position(stage, ROPE, DE).reason == (
            "no rate between the shop's currency and the marketplace's is declared in prices.fx"
        )


def test_a_currency_that_is_not_the_shops_stops_everything(tmp_path: Path) -> None:
    with priced(tmp_path, currency="EUR") as stage, pytest.raises(ConfigurationError, match="the shop sells in GBP"):
        turn(stage)


@pytest.mark.prove
def test_in_preview_nothing_is_asked_and_the_plan_can_be_seen(tmp_path: Path) -> None:
    with priced(tmp_path, mode="preview") as stage:
        reprice(stage, ROPE, "22.00")
        before = len(stage.world.requests)
        turn(stage)
        assert stage.world.requests[before:] == []
        [row] = stage.warehouse.rows(PRICE_PUSH)
        assert (row.state, row.seller_sku) == ("preview", ROPE)
        assert row.wanted == f'{{"{UK}": "22.00 GBP", "{DE}": "25.74 EUR"}}'


def test_a_refusal_is_told_and_an_accepted_price_that_never_shows_is_sent_again(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        turn(stage)
        reprice(stage, ROPE, "22.00")
        stage.fault("invalid", "patchListingsItem", times=1)
        turn(stage)
        assert opened(stage) == [("price_refused", f"eu/{ROPE}")]
        stage.advance(hours=7)
        stage.service.never_applied.add(ROPE)
        for _ in range(4):
            turn(stage)
            stage.advance(minutes=40)
        assert opened(stage) == [("price_not_shown", f"eu/{ROPE}")]
        stage.service.never_applied.clear()
        stage.advance(hours=2)
        for _ in range(3):
            turn(stage)
            stage.advance(minutes=40)
        assert shown(stage, ROPE)["UK"] == Decimal("22.00")
        assert opened(stage) == []


def test_a_call_without_an_answer_is_read_back_before_anything_is_sent_again(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        turn(stage)
        reprice(stage, ROPE, "22.00")
        stage.fault("reset_after", "patchListingsItem", times=1)
        assert turn(stage).effects.unknown == 1
        stage.advance(minutes=10)
        assert turn(stage).effects.verified == 1
        assert len(patches(stage)) == 1
