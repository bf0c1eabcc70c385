"""What is read decides: a failed read is never zero stock, and a product that left the shop is taken off Amazon."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from integration_assets.contracts.errors import Unavailable
from integration_assets.contracts.shopify import STOCK_LEVELS
from integration_assets.shopify.variants import variants
from tests.system.stage import on_stage

JUG = "JUG-GLASS"
TOO_FEW = "this is taken for a failed read|counts 60 variants and sent|answered with no stock level at all"


@pytest.mark.parametrize("kind", ["empty_snapshot", "half_snapshot"])
def test_a_shop_that_answers_with_too_little_is_a_failed_read_and_nothing_is_zeroed(tmp_path: Path, kind: str) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault(kind)
        with pytest.raises(dg.Failure, match=TOO_FEW):
            stage.read_stock()
        with pytest.raises(dg.Failure, match=TOO_FEW):
            stage.carry_out(variants)
        stage.mend()
        stage.decide()
        outcome = stage.push()
        assert (outcome.planned, stage.writes(), stage.drift()) == ([], 0, {})
        assert stage.position(JUG).target == 20


def test_an_outage_of_the_shop_changes_nothing_on_amazon(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.fault("internal_error_before")
        with pytest.raises(Unavailable):
            stage.read_stock()
        stage.decide()
        stage.push()
        assert (stage.writes(), stage.shows(JUG)) == (0, 20)
        stage.mend()
        stage.sync()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)


def test_half_a_listings_report_is_a_failed_read_and_no_sku_is_forgotten(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("half_snapshot", "createReport")
        with pytest.raises(dg.Failure, match="29 rows read, 58 rows known"):
            stage.read_listings()
        stage.mend()
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)


def test_an_item_that_was_never_read_is_not_zero(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.warehouse.observe(STOCK_LEVELS, [], seen_at=stage.clock.now(), max_shrink_percent=100)
        stage.decide()
        assert stage.position(JUG).target is None
        assert stage.position(JUG).reason == "its stock was not read"
        stage.push()
        assert stage.writes() == 0


@pytest.mark.prove
def test_a_product_that_left_the_shop_is_taken_off_amazon_when_we_had_pushed_it(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        stage.delete(JUG)
        stage.sync()
        assert stage.position(JUG).verdict == "excluded"  # one reading without it may be a failed one
        assert stage.shows(JUG) == 5
        stage.advance(minutes=15)
        stage.sync()
        position = stage.position(JUG)
        assert (position.target, position.verdict) == (0, "waiting")
        assert position.reason.startswith("gone from Shopify since 2026-11-23 09:03 UTC, nothing to sell")
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5, 0], 0)
        assert stage.states(JUG) == [(5, "verified"), (0, "verified")]
        stage.advance(minutes=15)
        stage.sync()
        assert stage.sent(JUG) == [5, 0]
        assert (stage.drift(), stage.exceptions()) == ({}, set())


@pytest.mark.prove
def test_a_product_that_left_the_shop_is_left_alone_when_we_never_pushed_it(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.delete(JUG)
        for _ in range(3):
            stage.sync()
            stage.advance(minutes=15)
        assert (stage.position(JUG).target, stage.position(JUG).verdict) == (None, "excluded")
        assert (stage.writes(), stage.shows(JUG)) == (0, 20)


def test_a_product_that_is_only_renamed_in_the_shop_is_left_alone(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        stage.variant(JUG).sku = "JUG-GLASS-2027"
        for _ in range(3):
            stage.sync()
            stage.advance(minutes=15)
        assert stage.position(JUG).verdict == "excluded"
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)


@pytest.mark.prove
def test_many_products_that_leave_the_shop_at_once_are_held_by_the_breaker(tmp_path: Path) -> None:
    skus = ["JUG-GLASS", "SHELF-PINE", "SHELF-PINE-S", "STOOL-OAK", "BENCH-OAK", "007-ROPE", "TRAY#2?", "HALF  SPACE"]
    skus += ["CAFÉ-AU-LAIT"]
    with on_stage(tmp_path) as stage:
        for sku in skus:
            stage.count(sku, "Manchester", 30)
        stage.sync()
        stage.settle()
        for sku in skus:
            stage.delete(sku)
        stage.sync()
        stage.advance(minutes=15)
        writes = stage.writes()
        outcome = stage.sync()
        assert outcome.held
        assert stage.writes() == writes
        assert stage.exceptions() == {("breaker_open", "eu/")}
