"""Large plans go as one feed: what becomes of it, and who may not write to its SKUs meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.amazon.state import Feed
from tests.system.stage import Stage, on_stage

pytestmark = pytest.mark.prove
JUG = "JUG-GLASS"
SOME = ("007-ROPE", "CANDLE-OAK", "JUG-GLASS", "SHELF-PINE", "STOOL-OAK", "TRAY#2?")
SHOWN = {"007-ROPE": 56, "CANDLE-OAK": 54, "JUG-GLASS": 48, "SHELF-PINE": 48, "STOOL-OAK": 48, "TRAY#2?": 56}
"""What they should show with 50 in Manchester."""
BY_FEED = {"feed_from": 6}


def feed_of_six(stage: Stage) -> None:
    """Six SKUs change at once, and the plan goes as a feed."""
    for sku in SOME:
        stage.count(sku, "Manchester", 50)
    stage.sync()
    [call] = stage.calls("createFeed")
    assert sorted(call.detail["skus"]) == sorted(SOME)
    assert stage.calls("patchListingsItem") == []


def shown(stage: Stage) -> dict[str, int]:
    """What Amazon shows of the six."""
    return {sku: stage.shows(sku) for sku in SOME}


def feed(stage: Stage) -> Feed:
    """The one feed."""
    [found] = stage.service.feeds.values()
    return found


def test_a_large_plan_goes_as_one_feed_and_every_number_is_read_back(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        feed_of_six(stage)
        stage.settle(minutes=2)
        stage.settle(minutes=3)
        assert shown(stage) == SHOWN
        assert {sku: stage.states(sku) for sku in SOME} == {sku: [(SHOWN[sku], "verified")] for sku in SOME}
        assert (stage.writes(), stage.drift(), stage.exceptions()) == (1, {}, set())


def test_lead_times_survive_a_feed(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        feed_of_six(stage)
        stage.advance(minutes=5)
        assert (stage.shows(JUG), stage.listing(JUG).lead_time_days) == (48, 3)


def test_what_a_feed_refuses_is_told_and_the_rest_is_applied(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.fault("feed_partly_invalid", "createFeed")
        feed_of_six(stage)
        for _ in range(3):
            stage.settle(minutes=3)
        refused = [sku for sku in SOME if stage.states(sku) == [(SHOWN[sku], "rejected")]]
        assert len(refused) == 2
        assert stage.exceptions() == {("push_rejected", f"eu/{sku}") for sku in refused}
        assert {sku: stage.shows(sku) == SHOWN[sku] for sku in SOME} == {sku: sku not in refused for sku in SOME}
        assert stage.writes() == 1


def test_a_feed_that_ends_fatal_is_read_back_and_what_is_missing_is_sent_again(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.fault("feed_fatal", "createFeed")
        feed_of_six(stage)
        stage.settle(minutes=3)
        stage.settle(minutes=3)
        assert [sku for sku in SOME if stage.shows(sku) != SHOWN[sku]] != []
        for _ in range(4):
            stage.settle(minutes=6)
        assert shown(stage) == SHOWN
        assert stage.writes() == 4
        assert (stage.drift(), stage.exceptions()) == ({}, set())


def test_no_sku_inside_a_feed_that_is_under_way_is_patched_and_the_others_go_on(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.fault("feed_stuck", "createFeed")
        feed_of_six(stage)
        stage.count(JUG, "Manchester", 7)
        stage.count("BENCH-OAK", "Manchester", 7)
        for _ in range(3):
            stage.react(JUG, "BENCH-OAK")
            stage.advance(minutes=15)
        assert [call.subject for call in stage.calls("patchListingsItem")] == ["BENCH-OAK"]
        assert stage.shows("BENCH-OAK") == 15


def test_a_feed_that_never_ends_is_given_up_after_an_hour_and_its_skus_are_sent_one_by_one(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.fault("feed_stuck", "createFeed", times=1)
        feed_of_six(stage)
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle(minutes=58)
        assert stage.calls("patchListingsItem") == []
        for _ in range(5):
            stage.settle(minutes=4)
        assert feed(stage).status == "IN_PROGRESS"
        assert shown(stage) == {**SHOWN, JUG: 5}
        assert (stage.drift(), stage.exceptions()) == ({}, set())


def test_a_report_that_breaks_off_holds_nobody_up(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        feed_of_six(stage)
        stage.fault("truncated_document")
        stage.settle(minutes=3)
        stage.mend()
        stage.settle(minutes=3)
        assert {sku: stage.states(sku) for sku in SOME} == {sku: [(SHOWN[sku], "verified")] for sku in SOME}
        assert stage.writes() == 1


def test_a_feed_whose_state_cannot_be_asked_holds_nobody_up(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        feed_of_six(stage)
        stage.fault("status_503_html", "getFeed")
        stage.count("BENCH-OAK", "Manchester", 7)
        stage.react("BENCH-OAK")
        assert stage.sent("BENCH-OAK") == [15]
        stage.mend()
        stage.settle(minutes=3)
        stage.settle(minutes=3)
        assert shown(stage) == SHOWN


def test_a_feed_that_was_taken_without_an_answer_is_found_applied(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.fault("reset_after", "createFeed", times=1)
        feed_of_six(stage)
        assert {state for sku in SOME for _, state in stage.states(sku)} == {"unknown"}
        stage.settle(minutes=4)
        assert {sku: stage.states(sku) for sku in SOME} == {sku: [(SHOWN[sku], "verified")] for sku in SOME}
        assert stage.writes() == 1


def test_an_old_feed_that_lands_after_a_newer_number_is_overwritten_again(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock=BY_FEED) as stage:
        stage.service.apply_seconds = (1800, 1800)
        feed_of_six(stage)
        stage.settle(minutes=4)  # worked off, and not shown for half an hour
        stage.service.apply_seconds = (5, 5)
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        assert stage.shows(JUG) == 5
        stage.advance(minutes=40)
        assert stage.shows(JUG) == 48
        stage.sync()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5, 5], 5)
        assert ("ownership_leak", "eu/JUG-GLASS") not in stage.exceptions()
