"""Who ships it: a quantity never reaches an offer that Amazon ships, whenever and however that comes about."""

from __future__ import annotations

from pathlib import Path

from sandbox.world import RequestRecord
from tests.system.stage import Stage, on_stage

JUG = "JUG-GLASS"


def touched(stage: Stage) -> set[str]:
    """Every SKU that a write call was about, of PATCHes and of feeds."""
    calls: list[RequestRecord] = [*stage.calls("patchListingsItem")]
    fed = {sku for call in stage.calls("createFeed") for sku in call.detail["skus"]}
    return {call.subject for call in calls} | fed


def shipped_by_amazon(stage: Stage) -> set[str]:
    """SKUs with an FBA offer, alone or beside the merchant's."""
    return {sku for sku, listing in stage.account.listings.items() if listing.channels != ["DEFAULT"]}


def test_whatever_changes_in_the_shop_no_fba_sku_is_written_to(tmp_path: Path) -> None:
    with on_stage(tmp_path, breaker={"max_zeroed_percent": 100}) as stage:
        with stage.world.lock:
            for (item, place), level in list(stage.world.shop.levels.items()):
                stage.world.set_available(item, place, level.available + 7)
        stage.sync()
        stage.settle()
        fba = shipped_by_amazon(stage)
        assert len(fba) == 15
        assert touched(stage) & fba == set()
        assert len(touched(stage)) == 43


def test_the_same_goes_for_a_feed(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock={"feed_from": 5}) as stage:
        with stage.world.lock:
            for (item, place), level in list(stage.world.shop.levels.items()):
                stage.world.set_available(item, place, level.available + 7)
        stage.sync()
        assert len(stage.calls("createFeed")) == 1
        assert touched(stage) & shipped_by_amazon(stage) == set()


def test_an_offer_with_both_channels_is_left_alone_and_told(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.listing(JUG).channels.append("AMAZON_EU")
        stage.count(JUG, "Manchester", 7)
        stage.sync()
        assert stage.writes() == 0
        assert stage.position(JUG).verdict == "excluded"
        opened = {(found.kind, found.identity) for found in stage.ledger.open_exceptions()}
        assert ("mixed_channel", "eu/JUG-GLASS") in opened


def test_a_listing_that_changes_hands_between_plan_and_push_is_left_alone(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        assert stage.position(JUG).verdict == "push"
        stage.listing(JUG).channels[:] = ["AMAZON_EU"]
        stage.push()
        assert stage.writes() == 0
        stage.sync()
        assert stage.writes() == 0


def test_a_listing_that_gets_a_second_channel_between_plan_and_push_is_left_alone(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        stage.listing(JUG).channels.append("AMAZON_EU")
        stage.push()
        stage.sync()
        assert stage.writes() == 0


def test_a_push_that_waits_is_given_up_when_its_listing_changes_hands(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("throttle", "patchListingsItem", times=1)
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        assert stage.states(JUG) == [(5, "intended")]
        stage.listing(JUG).channels[:] = ["AMAZON_EU"]
        stage.push()
        stage.sync()
        assert (stage.sent(JUG), stage.states(JUG)) == ([], [(5, "superseded")])
