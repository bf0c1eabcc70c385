"""A plan that looks like an accident waits for a person: what holds it, what lets it go, and what a word covers."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration_assets.stock.gate import scope_of
from tests.system.stage import Stage, on_stage

LIVE = 42
"""SKUs of the brand that the merchant ships and Amazon shows with stock."""


def empty_shelves(stage: Stage, *skus: str) -> None:
    """Somebody's mistake in Shopify: nothing is left of these SKUs, or of all."""
    wanted = {stage.variant(sku).item_id for sku in skus}
    with stage.world.lock:
        for item, place in list(stage.world.shop.levels):
            if place in stage.brand.pool and (not skus or item in wanted):
                stage.world.set_available(item, place, 0)


def shelves_of(stage: Stage) -> dict[tuple[int, int], int]:
    """What lies where."""
    return {key: level.available for key, level in stage.world.shop.levels.items()}


def put_back(stage: Stage, shelves: dict[tuple[int, int], int], *but: str) -> None:
    """The mistake is mended, for all SKUs but these."""
    left = {stage.variant(sku).item_id for sku in but}
    with stage.world.lock:
        for (item, place), available in shelves.items():
            if place in stage.brand.pool and item not in left:
                stage.world.set_available(item, place, available)


def let_go(stage: Stage) -> None:
    """A person says that the plan is right."""
    stage.ledger.release_hold(scope_of("eu"), who="somebody", note="sold out for real")


def test_a_plan_that_would_empty_the_brand_is_held_and_stays_held(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        empty_shelves(stage)
        for _ in range(3):
            outcome = stage.sync()
            assert outcome.held
            assert outcome.trip is not None
            assert outcome.trip.told == f"{LIVE} of {LIVE} live SKUs would go to zero at once, more than 20 %"
            assert stage.writes() == 0
            assert stage.exceptions() == {("breaker_open", "eu/")}
            assert {cause for cause, _ in stage.drift().values()} == {"breaker_held"}
            assert len(stage.drift()) == LIVE
            stage.advance(minutes=15)
        assert stage.states("JUG-GLASS") == [(0, "held")]


def test_a_held_plan_goes_when_a_person_lets_it_go(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        empty_shelves(stage)
        stage.sync()
        let_go(stage)
        stage.push()
        stage.settle()
        assert stage.writes() == LIVE
        assert (stage.shows("JUG-GLASS"), stage.states("JUG-GLASS")) == (0, [(0, "verified")])
        assert (stage.exceptions(), stage.drift()) == (set(), {})


@pytest.mark.prove
def test_a_held_plan_that_amazon_takes_in_parts_needs_no_second_word(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        empty_shelves(stage)
        stage.sync()
        let_go(stage)
        for _ in range(3):
            stage.fault("throttle", "patchListingsItem", times=1)
            stage.push()
            stage.advance(minutes=40)
        stage.sync()
        stage.settle()
        assert (stage.shows("JUG-GLASS"), stage.exceptions(), stage.drift()) == (0, set(), {})


@pytest.mark.prove
def test_a_word_on_one_plan_is_none_on_the_next(tmp_path: Path) -> None:
    first = [
        "JUG-GLASS",
        "SHELF-PINE",
        "SHELF-PINE-S",
        "STOOL-OAK",
        "007-ROPE",
        "TRAY#2?",
        "CAFÉ-AU-LAIT",
        "CANDLE-OAK",
    ]
    with on_stage(tmp_path) as stage:
        empty_shelves(stage, *first, "BENCH-OAK")
        assert stage.sync().held
        let_go(stage)
        stage.push()
        stage.settle()
        assert stage.writes() == 9
        empty_shelves(stage)
        outcome = stage.sync()
        assert outcome.held
        assert stage.writes() == 9
        assert stage.exceptions() == {("breaker_open", "eu/")}


@pytest.mark.prove
def test_a_hold_ends_by_itself_when_the_shelves_are_full_again(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        before = shelves_of(stage)
        empty_shelves(stage)
        stage.sync()
        put_back(stage, before)
        assert not stage.sync().held
        assert (stage.writes(), stage.exceptions(), stage.drift()) == (0, set(), {})
        assert stage.states("JUG-GLASS") == [(0, "superseded")]
        assert stage.ledger.hold_on(scope_of("eu")) is None


@pytest.mark.prove
def test_what_is_left_of_a_held_plan_goes_when_it_is_bold_no_longer(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        before = shelves_of(stage)
        empty_shelves(stage)
        stage.sync()
        put_back(stage, before, "JUG-GLASS", "SHELF-PINE")
        stage.sync()
        stage.settle()
        assert (stage.sent("JUG-GLASS"), stage.sent("SHELF-PINE"), stage.writes()) == ([0], [0], 2)
        assert (stage.states("JUG-GLASS"), stage.exceptions()) == ([(0, "verified")], set())


@pytest.mark.prove
def test_a_few_real_stock_outs_are_no_accident(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        empty_shelves(stage, "JUG-GLASS", "SHELF-PINE", "007-ROPE", "TRAY#2?")
        stage.sync()
        stage.settle()
        assert (stage.writes(), stage.shows("JUG-GLASS"), stage.exceptions()) == (4, 0, set())


@pytest.mark.prove
def test_what_would_sell_what_is_not_there_goes_first(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        for sku, available in {"CANDLE-OAK": 60, "007-ROPE": 6, "JUG-GLASS": 0, "SHELF-PINE": 4}.items():
            stage.count(sku, "Leeds", 0)
            stage.count(sku, "Manchester", available)
        stage.sync()
        assert [call.subject for call in stage.calls("patchListingsItem")] == [
            "JUG-GLASS",
            "SHELF-PINE",
            "007-ROPE",
            "CANDLE-OAK",
        ]
