"""What can go wrong between us and Amazon. Each time the number ends right or a person is told; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration_assets.contracts.errors import Unavailable
from sandbox.amazon.state import Bucket
from tests.system.stage import Stage, on_stage

JUG = "JUG-GLASS"
STUCK = ("stuck_listing", "eu/JUG-GLASS")
REJECTED = ("push_rejected", "eu/JUG-GLASS")
SOME = ("007-ROPE", "BENCH-OAK", "CANDLE-OAK", "JUG-GLASS", "SHELF-PINE", "STOOL-OAK", "TRAY#2?")


def want_five(stage: Stage) -> None:
    """The jug's stock falls so that Amazon should show 5."""
    stage.count(JUG, "Manchester", 7)
    stage.react(JUG)


def want_something_else_of_all(stage: Stage) -> None:
    """The stock of seven SKUs grows."""
    for sku in SOME:
        stage.count(sku, "Manchester", 50)
    stage.read_stock()
    stage.decide()


@pytest.mark.prove
def test_what_is_accepted_and_never_applied_is_sent_three_times_and_then_told(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.service.never_applied.add(JUG)
        want_five(stage)
        stage.settle(minutes=5)
        assert (stage.sent(JUG), stage.exceptions()) == ([5], set())
        for _ in range(4):
            stage.settle(minutes=16)
        assert (stage.sent(JUG), stage.states(JUG)) == ([5, 5, 5], [(5, "applied")])
        assert stage.exceptions() == {STUCK}
        assert stage.drift() == {JUG: ("accepted_not_applied", 15)}
        for _ in range(6):
            stage.advance(hours=1)
            stage.sync()
        assert (stage.sent(JUG), stage.exceptions()) == ([5, 5, 5], {STUCK})


@pytest.mark.prove
def test_a_stuck_listing_is_tried_again_when_a_person_asks_for_it(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.service.never_applied.add(JUG)
        want_five(stage)
        for _ in range(4):
            stage.settle(minutes=16)
        assert stage.exceptions() == {STUCK}
        stage.service.never_applied.clear()  # somebody mended the listing
        stage.ledger.set_baseline("eu", JUG, 20, "mended", "somebody", "restore")
        stage.push()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5, 5, 5, 5], 5)
        assert (stage.states(JUG), stage.exceptions()) == ([(5, "superseded"), (5, "verified")], set())


def test_a_stuck_listing_that_shows_the_number_after_all_is_over(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.service.never_applied.add(JUG)
        want_five(stage)
        for _ in range(4):
            stage.settle(minutes=16)
        stage.edit(JUG, 5)
        stage.settle(minutes=61)
        assert (stage.states(JUG), stage.exceptions(), stage.drift()) == ([(5, "verified")], set(), {})


@pytest.mark.prove
def test_a_refused_quantity_is_told_and_not_repeated_for_hours(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.service.rejected.add(JUG)
        stage.count(JUG, "Manchester", 50)
        stage.react(JUG)
        for _ in range(3):
            stage.advance(minutes=15)
            stage.sync()
        assert (stage.outcomes(JUG), stage.states(JUG)) == (["invalid"], [(48, "rejected")])
        assert stage.exceptions() == {REJECTED}
        assert stage.drift() == {JUG: ("push_rejected", -28)}
        stage.service.rejected.clear()
        stage.advance(hours=6)
        stage.sync()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG), stage.exceptions()) == ([48, 48], 48, set())


def test_a_refused_decrease_is_tried_again_sooner_because_amazon_sells_meanwhile(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.service.rejected.add(JUG)
        want_five(stage)
        stage.settle(minutes=50)
        assert (stage.outcomes(JUG), stage.exceptions()) == (["invalid"], {REJECTED})
        stage.service.rejected.clear()
        stage.settle(minutes=11)
        stage.settle()
        assert (stage.outcomes(JUG), stage.shows(JUG), stage.exceptions()) == (["invalid", "ok"], 5, set())


def test_another_target_is_sent_at_once_after_a_refusal(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("invalid", "patchListingsItem", times=1)
        want_five(stage)
        assert stage.exceptions() == {REJECTED}
        stage.count(JUG, "Manchester", 6)
        stage.react(JUG)
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG), stage.exceptions()) == ([5, 4], 4, set())


def test_a_429_in_the_middle_of_a_batch_stops_it_and_the_rest_goes_next_time(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        want_something_else_of_all(stage)

        def another_application() -> None:
            """Takes all that is in the bucket, once the first call has gone."""
            if stage.calls("patchListingsItem"):
                stage.service.buckets["patchListingsItem"] = Bucket(0.0, stage.world.now())
            else:
                stage.clock.meanwhile = another_application

        stage.clock.meanwhile = another_application
        outcome = stage.push()
        assert 1 <= outcome.tally.sent < len(SOME)
        assert outcome.tally.put_back == 1
        assert len(stage.calls("patchListingsItem")) == outcome.tally.sent + 1
        stage.advance(minutes=1)
        stage.push()
        stage.settle()
        assert [stage.outcomes(sku).count("ok") for sku in SOME] == [1] * len(SOME)
        assert stage.drift() == {}


def test_a_503_page_is_no_answer_so_amazon_is_asked_before_it_is_sent_again(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("status_503_html", "patchListingsItem", times=1)
        want_five(stage)
        assert stage.states(JUG) == [(5, "unknown")]
        stage.push()
        assert (stage.outcomes(JUG), stage.states(JUG)) == (["failed"], [(5, "unknown")])
        stage.settle(minutes=1)
        stage.settle()
        assert (stage.outcomes(JUG), stage.states(JUG), stage.shows(JUG)) == (["failed", "ok"], [(5, "verified")], 5)


@pytest.mark.parametrize("kind", ["timeout_before", "status_500_empty", "status_403_no_errors"])
def test_a_call_that_was_lost_is_sent_again(tmp_path: Path, kind: str) -> None:
    with on_stage(tmp_path) as stage:
        times = 2 if kind == "status_403_no_errors" else 1  # a 403 is tried once more with a new token
        stage.fault(kind, "patchListingsItem", times=times, params={"seconds": 0.01})
        want_five(stage)
        assert stage.states(JUG) == [(5, "unknown")]
        stage.settle()
        stage.settle()
        assert (stage.sent(JUG), stage.states(JUG), stage.shows(JUG)) == ([5], [(5, "verified")], 5)


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "status_500_after"])
def test_a_call_whose_answer_was_lost_is_found_applied_and_not_repeated(tmp_path: Path, kind: str) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault(kind, "patchListingsItem", times=1, params={"seconds": 0.01})
        want_five(stage)
        assert stage.states(JUG) == [(5, "unknown")]
        stage.settle()
        assert (stage.sent(JUG), stage.states(JUG), stage.shows(JUG)) == ([5], [(5, "verified")], 5)


def test_a_token_that_expires_in_the_middle_of_a_run_is_renewed_and_the_call_made_once(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("expired_token", "patchListingsItem", times=1)
        want_five(stage)
        stage.settle()
        assert [call.outcome for call in stage.calls("patchListingsItem")] == ["refused", "ok"]
        assert stage.states(JUG) == [(5, "verified")]
        stage.advance(hours=2)
        stage.count(JUG, "Manchester", 8)
        stage.react(JUG)
        stage.settle()
        assert stage.shows(JUG) == 6


def test_an_account_that_is_not_let_in_is_no_fault_of_a_sku(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("expired_token", "patchListingsItem", times=2)
        want_five(stage)
        assert [call.outcome for call in stage.calls("patchListingsItem")] == ["refused", "refused"]
        assert (stage.states(JUG), stage.exceptions()) == ([(5, "intended")], set())
        stage.settle()
        stage.settle()
        assert (stage.states(JUG), stage.exceptions()) == ([(5, "verified")], set())


@pytest.mark.prove
def test_an_outage_of_ten_minutes_is_no_storm_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        want_something_else_of_all(stage)
        stage.fault("status_503_html", "patchListingsItem")
        stage.push()
        assert len(stage.calls("patchListingsItem")) == 3
        for _ in range(20):
            stage.settle(minutes=0.5)
        assert len(stage.calls("patchListingsItem")) <= 40
        assert {kind for kind, _ in stage.exceptions()} <= {"unknown_outcome"}
        stage.mend()
        for _ in range(4):
            stage.settle(minutes=8)
        assert [stage.sent(sku) for sku in SOME] == [[stage.shows(sku)] for sku in SOME]
        assert (stage.drift(), stage.exceptions()) == ({}, set())


@pytest.mark.prove
def test_a_push_that_never_gets_an_answer_is_told(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("status_503_html", "patchListingsItem")
        want_five(stage)
        for _ in range(8):
            stage.settle()
        assert stage.exceptions() == {("unknown_outcome", "eu/JUG-GLASS")}


def test_nothing_is_sent_while_amazons_numbers_cannot_be_read(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        stage.fault("status_503_html", "searchListingsItems")
        with pytest.raises(Unavailable):
            stage.push()
        assert (stage.writes(), stage.states(JUG)) == (0, [])
        stage.mend()
        stage.push()
        stage.settle()
        assert stage.shows(JUG) == 5


def test_a_listing_that_amazon_no_longer_has_is_not_sent_to(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        del stage.account.listings[JUG]
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        assert (stage.writes(), stage.states(JUG)) == (0, [])
        stage.sync()
        assert (stage.writes(), stage.exceptions()) == (0, set())
