"""Which number goes to Amazon, and when: changes in a row, orders that hold units, what a push must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.stage import on_stage

JUG = "JUG-GLASS"
"""22 in Manchester, none in Leeds; 2 are kept back, so Amazon shows 20. Its lead time is 3 days."""


def test_a_brand_in_step_is_not_written_to_however_often_it_is_read(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.sync()
        stage.advance(minutes=15)
        assert stage.sync().planned == []
        assert (stage.writes(), stage.drift(), stage.exceptions()) == (0, {}, set())


def test_a_second_cycle_without_a_change_makes_no_write_call(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.count("SHELF-PINE", "Manchester", 30)
        stage.sync()
        stage.settle()
        assert (stage.sent(JUG), stage.sent("SHELF-PINE"), stage.writes()) == ([5], [28], 2)
        stage.advance(minutes=15)
        stage.sync()
        assert (stage.writes(), stage.drift()) == (2, {})


@pytest.mark.prove
def test_five_four_five_within_an_hour_is_three_sendings(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        for available in (7, 6, 7):
            stage.count(JUG, "Manchester", available)
            stage.react(JUG)
            stage.settle()
        assert stage.sent(JUG) == [5, 4, 5]
        assert stage.states(JUG) == [(5, "verified"), (4, "verified"), (5, "verified")]
        assert stage.shows(JUG) == 5


def test_five_four_five_within_a_minute_ends_at_five_though_the_four_is_still_on_its_way(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        for available in (6, 7):
            stage.count(JUG, "Manchester", available)
            stage.react(JUG)
            assert stage.shows(JUG) == 5
        stage.settle()
        assert stage.sent(JUG) == [5, 4, 5]
        assert stage.states(JUG) == [(5, "verified"), (4, "superseded"), (5, "verified")]
        assert stage.shows(JUG) == 5


@pytest.mark.prove
def test_an_older_value_that_waits_never_overtakes_a_newer_one(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("throttle", "patchListingsItem", times=1)
        stage.count(JUG, "Manchester", 11)
        stage.react(JUG)
        assert stage.states(JUG) == [(9, "intended")]
        stage.count(JUG, "Manchester", 6)
        stage.react(JUG)
        stage.settle()
        assert stage.sent(JUG) == [4]
        assert stage.states(JUG) == [(9, "superseded"), (4, "verified")]
        assert stage.shows(JUG) == 4


def test_what_waits_to_be_sent_is_given_up_when_it_is_wanted_no_more(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.fault("throttle", "patchListingsItem", times=1)
        stage.count(JUG, "Manchester", 11)
        stage.react(JUG)
        stage.count(JUG, "Manchester", 22)
        stage.react(JUG)
        assert stage.states(JUG) == [(9, "superseded")]
        assert stage.sent(JUG) == []


def test_a_push_leaves_lead_time_and_restock_date_as_they_are(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.listing(JUG).restock_date = "2026-12-24"
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        listing = stage.listing(JUG)
        assert (listing.quantity, listing.lead_time_days, listing.restock_date) == (5, 3, "2026-12-24")
        assert listing.channels == ["DEFAULT"]


def test_units_of_a_pending_order_are_held_and_given_free_when_it_is_cancelled(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        order = stage.buy(JUG, 3)
        stage.advance(minutes=3)
        stage.read_orders()
        stage.count(JUG, "Manchester", 12)
        stage.react(JUG)
        stage.settle()
        position = stage.position(JUG)
        assert (position.available, position.held_for_orders, position.presumed_sold, position.target) == (12, 3, 0, 7)
        assert stage.shows(JUG) == 7
        stage.cancel(order)  # Amazon gives the units back by itself
        assert stage.shows(JUG) == 10
        stage.advance(minutes=3)
        stage.read_orders()
        stage.react(JUG)
        stage.settle()
        position = stage.position(JUG)
        assert (position.held_for_orders, position.target, position.verdict) == (0, 10, "in_step")
        assert stage.shows(JUG) == 10
        assert stage.sent(JUG) == [7]


def test_an_order_is_held_until_a_stock_reading_is_younger_than_its_import(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        order = stage.buy(JUG, 3)
        stage.release(order)
        stage.advance(minutes=3)
        stage.read_orders()
        stage.read_stock(JUG)
        stage.advance(minutes=1)
        stage.key_in(order)  # Shopify's count falls from 22 to 19; the last reading still says 22
        stage.advance(minutes=1)
        stage.read_orders()
        stage.decide(JUG)
        position = stage.position(JUG)
        assert (position.available, position.held_for_orders, position.target) == (22, 3, 17)
        stage.react(JUG)
        position = stage.position(JUG)
        assert (position.available, position.held_for_orders, position.target) == (19, 0, 17)
        assert stage.shows(JUG) == 17
        assert stage.writes() == 0


def test_units_gone_from_amazons_number_are_presumed_sold_until_their_order_is_read(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.buy(JUG, 3)
        stage.count(JUG, "Manchester", 12)
        stage.react(JUG)
        position = stage.position(JUG)
        assert (position.held_for_orders, position.presumed_sold, position.target) == (0, 3, 7)
        stage.advance(minutes=3)
        stage.read_orders()
        stage.react(JUG)
        position = stage.position(JUG)
        assert (position.held_for_orders, position.presumed_sold, position.target) == (3, 0, 7)
        assert stage.sent(JUG) == [7]
        assert stage.exceptions() == set()


def test_missing_units_that_no_order_explains_become_a_leak_after_half_an_hour(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.edit(JUG, 17)
        stage.sync()
        position = stage.position(JUG)
        assert (position.verdict, position.presumed_sold, position.target) == ("in_step", 3, 17)
        stage.advance(minutes=20)
        stage.sync()
        assert stage.position(JUG).presumed_sold == 3
        stage.advance(minutes=15)
        stage.sync()
        position = stage.position(JUG)
        assert (position.verdict, position.leak_units, position.target) == ("leak", -3, 20)
        assert stage.exceptions() == {("ownership_leak", "eu/JUG-GLASS")}
        assert stage.drift() == {JUG: ("ownership_leak", -3)}
        assert (stage.writes(), stage.shows(JUG)) == (0, 17)


@pytest.mark.parametrize("first", [20, 5], ids=["a number nobody pushed", "a number of ours"])
def test_a_number_that_somebody_raised_on_amazon_is_held_and_not_overwritten(tmp_path: Path, first: int) -> None:
    with on_stage(tmp_path) as stage:
        if first == 5:
            stage.count(JUG, "Manchester", 7)
            stage.react(JUG)
            stage.settle()
        stage.edit(JUG, 99)
        stage.advance(minutes=15)
        stage.sync()
        assert stage.position(JUG).verdict == "leak"
        assert stage.drift() == {JUG: ("ownership_leak", 99 - first)}
        assert stage.exceptions() == {("ownership_leak", "eu/JUG-GLASS")}
        stage.count(JUG, "Manchester", 9)
        stage.react(JUG)
        stage.advance(minutes=15)
        stage.sync()
        assert stage.shows(JUG) == 99
        assert 7 not in stage.sent(JUG)


@pytest.mark.prove
def test_restore_puts_our_number_back(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.edit(JUG, 99)
        stage.sync()
        stage.ledger.set_baseline("eu", JUG, 99, "a test", "somebody", "restore")
        stage.push()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([20], 20)
        assert (stage.exceptions(), stage.drift()) == (set(), {})


@pytest.mark.prove
def test_restore_after_a_leak_downwards_presumes_nothing_sold_any_more(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.edit(JUG, 17)
        stage.sync()
        stage.advance(minutes=35)
        stage.sync()
        assert stage.position(JUG).verdict == "leak"
        stage.ledger.set_baseline("eu", JUG, 17, "a test", "somebody", "restore")
        stage.push()
        stage.settle()
        stage.sync()
        position = stage.position(JUG)
        assert (position.verdict, position.presumed_sold, position.target) == ("in_step", 0, 20)
        assert (stage.sent(JUG), stage.shows(JUG), stage.exceptions()) == ([20], 20, set())


def test_accept_leaves_amazons_number_until_our_own_stock_changes(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        stage.settle()
        stage.edit(JUG, 99)
        stage.sync()
        stage.ledger.set_baseline("eu", JUG, 99, "a test", "somebody", "accept")
        stage.push()
        stage.advance(minutes=15)
        stage.sync()
        assert (stage.position(JUG).verdict, stage.exceptions(), stage.drift()) == ("in_step", set(), {})
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 99)
        stage.count(JUG, "Manchester", 8)
        stage.react(JUG)
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5, 6], 6)


def test_the_policy_restore_overwrites_a_leak_without_asking(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock={"leak_policy": "restore"}) as stage:
        stage.edit(JUG, 99)
        stage.sync()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG), stage.exceptions()) == ([20], 20, set())


def test_a_value_that_changes_between_plan_and_push_is_seen_before_it_is_overwritten(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        assert stage.position(JUG).verdict == "push"
        stage.edit(JUG, 99)
        stage.push()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([], 99)
        assert stage.exceptions() == {("ownership_leak", "eu/JUG-GLASS")}


def test_a_number_that_came_right_by_itself_between_plan_and_push_is_not_sent(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        order = stage.buy(JUG, 3)
        stage.release(order)
        stage.advance(minutes=3)
        stage.read_orders()
        stage.decide()
        assert stage.position(JUG).verdict == "push"  # the last reading of Amazon's number is from before the order
        stage.push()
        assert (stage.position(JUG).verdict, stage.writes()) == ("in_step", 0)


def test_a_listings_report_that_was_made_after_a_push_accuses_nobody(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 40)

        def meanwhile() -> None:
            stage.react(JUG)
            stage.service.apply_seconds = (0.1, 0.1)

        stage.service.apply_seconds = (0.1, 0.1)
        stage.clock.meanwhile = meanwhile  # the report is asked for, and made some seconds later
        stage.read_listings()
        stage.decide()
        stage.push()
        assert stage.exceptions() == set()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG), stage.drift(), stage.exceptions()) == ([38], 38, {}, set())


@pytest.mark.prove
def test_two_writers_that_answer_each_other_are_stopped_and_told(tmp_path: Path) -> None:
    with on_stage(tmp_path, stock={"leak_policy": "restore"}, loop={"max_pushes": 3}) as stage:
        for _ in range(4):
            stage.edit(JUG, 99)
            stage.sync()
            stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([20, 20, 20], 99)
        assert stage.drift() == {JUG: ("loop_held", 79)}
        assert stage.exceptions() == {("sync_loop", "eu/JUG-GLASS")}
        stage.advance(minutes=60)
        stage.sync()
        assert stage.sent(JUG) == [20, 20, 20, 20]
        assert stage.exceptions() == set()


@pytest.mark.prove
def test_calls_that_were_put_off_are_no_loop(tmp_path: Path) -> None:
    with on_stage(tmp_path, loop={"max_pushes": 2}) as stage:
        stage.fault("throttle", "patchListingsItem", times=4)
        stage.count(JUG, "Manchester", 7)
        stage.react(JUG)
        for _ in range(4):
            stage.push()
        stage.settle()
        assert (stage.sent(JUG), stage.states(JUG), stage.exceptions()) == ([5], [(5, "verified")], set())


def test_in_preview_nothing_is_asked_written_or_intended(tmp_path: Path) -> None:
    with on_stage(tmp_path, mode={"stock_push": "preview"}) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        calls = len(stage.world.requests)
        outcome = stage.push()
        assert [(row.seller_sku, row.shown, row.target) for row in outcome.planned] == [(JUG, 20, 5)]
        assert len(stage.world.requests) == calls
        assert stage.states(JUG) == []
        previewed = "SELECT seller_sku, from_quantity, to_quantity, state FROM actions.stock_push"
        assert stage.warehouse.query(previewed) == [(JUG, 20, 5, "preview")]
        stage.count(JUG, "Manchester", 22)
        stage.read_stock(JUG)
        stage.decide(JUG)
        stage.push()
        assert stage.warehouse.query(previewed) == []
