"""What Amazon's own number says. Minutes are counted from noon; 10 units were sent at 0 and seen at 1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from integration_assets.rules.evidence import (
    Baseline,
    Evidence,
    Missing,
    Sent,
    expected_target,
    from_text,
    landed,
    read,
    to_text,
)
from integration_assets.rules.holds import OrderFact
from tests.unit.stock_facts import minute, order

TEN = Baseline(quantity=10, sent_at=minute(0), verified_at=minute(1))


def look(
    shown: int | None,
    *orders: OrderFact,
    at: float = 30,
    baseline: Baseline | None = TEN,
    ours: Sequence[Sent] = (),
    missing: Sequence[Missing] = (),
    orders_read_at: float | None = None,
    settled_at: float | None = None,
) -> Evidence:
    return read(
        baseline=baseline,
        ours=ours,
        shown=shown,
        shown_at=minute(at),
        orders=orders,
        missing=missing,
        orders_read_at=minute(at if orders_read_at is None else orders_read_at),
        explain_within=timedelta(minutes=30),
        settled_at=None if settled_at is None else minute(settled_at),
    )


def missed(opened: float, seen: float, gone: int, *, shown: int = 0, bases: Sequence[Baseline | Sent] = ()) -> Missing:
    return Missing(minute(opened), minute(seen), gone, shown, tuple(bases))


def said(evidence: Evidence) -> tuple[str, int, int]:
    return evidence.verdict, evidence.presumed_sold, evidence.leak_units


@pytest.mark.parametrize(
    ("shown", "orders", "verdict"),
    [
        (10, [], ("explained", 0, 0)),
        (9, [], ("presumed_sold", 1, 0)),
        (0, [], ("presumed_sold", 10, 0)),
        (11, [], ("leak", 0, 1)),
        (99, [], ("leak", 0, 89)),
        (8, [order(20, 2)], ("explained", 0, 0)),
        (7, [order(20, 2)], ("presumed_sold", 1, 0)),
        (10, [order(20, 2)], ("leak", 0, 2)),
        (8, [order(20, 2, imported_at=21)], ("explained", 0, 0)),
        (8, [order(20, 2, status="SHIPPED", shipped=2)], ("explained", 0, 0)),
        (8, [order(20, 2, status="PENDING", open_units=0)], ("explained", 0, 0)),
        (0, [order(20, 12)], ("explained", 0, 0)),
    ],
    ids=[
        "nothing happened",
        "one unit gone and no order known",
        "all gone and no order known",
        "one more than we sent",
        "somebody typed 99",
        "an order took two",
        "one more gone than the order took",
        "an order took two and somebody put them back",
        "an imported order took its units all the same",
        "a shipped one too",
        "a pending one too",
        "more ordered than there was",
    ],
)
def test_a_number_is_held_against_what_was_seen_applied_less_what_was_sold(
    shown: int, orders: list[OrderFact], verdict: tuple[str, int, int]
) -> None:
    assert said(look(shown, *orders)) == verdict


@pytest.mark.parametrize("shown", [10, 9])
@pytest.mark.parametrize(
    "at", [0.5, 10, 28.5], ids=["before the push was seen", "while it may still be applied", "just before the reading"]
)
def test_an_order_that_may_or_may_not_be_in_the_number_explains_both(at: float, shown: int) -> None:
    assert said(look(shown, order(at))) == ("explained", 0, 0)


@pytest.mark.parametrize("at", [-30, 32], ids=["from before the push", "placed after the reading"])
def test_an_order_that_cannot_be_in_the_number_explains_nothing(at: float) -> None:
    assert said(look(10, order(at))) == ("explained", 0, 0)
    assert said(look(9, order(at))) == ("presumed_sold", 1, 0)


def test_clocks_that_differ_by_seconds_make_no_false_alarm() -> None:
    just_after_the_reading, just_before_the_push = order(30.2), order(-0.2)
    assert said(look(9, just_after_the_reading)) == ("explained", 0, 0)
    assert said(look(9, just_before_the_push)) == ("explained", 0, 0)


@pytest.mark.parametrize("item", [order(20, fulfilled_by="AMAZON"), order(20, channel_name="NON_AMAZON")])
def test_orders_that_do_not_draw_on_the_merchants_stock_explain_nothing(item: OrderFact) -> None:
    assert said(look(9, item)) == ("presumed_sold", 1, 0)


@pytest.mark.parametrize(
    ("shown", "item", "verdict"),
    [
        (12, order(-60, 2, status="CANCELLED", updated_at=20), ("explained", 0, 0)),
        (13, order(-60, 2, status="CANCELLED", updated_at=20), ("leak", 0, 1)),
        (12, order(-60, 2, status="CANCELLED"), ("explained", 0, 0)),
        (12, order(-60, 2, status="CANCELLED", updated_at=-40), ("leak", 0, 2)),
        (10, order(20, 2, status="CANCELLED"), ("explained", 0, 0)),
        (8, order(20, 2, status="CANCELLED"), ("explained", 0, 0)),
        (11, order(20, 2, status="CANCELLED"), ("leak", 0, 1)),
        (12, order(0.5, 2, status="CANCELLED"), ("explained", 0, 0)),
        (9, order(20, 3, open_units=1), ("explained", 0, 0)),
        (7, order(20, 3, open_units=1), ("explained", 0, 0)),
        (10, order(20, 3, open_units=1), ("leak", 0, 1)),
        (11, order(-60, 3, open_units=2, updated_at=20), ("explained", 0, 0)),
    ],
    ids=[
        "an older order was cancelled and its units came back",
        "more came back than it had",
        "it is not known when it was cancelled",
        "it was cancelled before the push",
        "sold and cancelled since: given back",
        "sold and cancelled since: not given back",
        "sold and cancelled since: no more than it took can come back",
        "sold before the push landed, given back after",
        "two of three units cancelled: given back",
        "two of three units cancelled: not given back",
        "two of three units cancelled: the third is sold",
        "one of an older order's three units cancelled",
    ],
)
def test_cancelled_units_may_have_come_back(shown: int, item: OrderFact, verdict: tuple[str, int, int]) -> None:
    assert said(look(shown, item)) == verdict


def test_a_preorder_may_or_may_not_take_units() -> None:
    preorder = order(5, 2, status="PENDING_AVAILABILITY")
    assert [said(look(shown, preorder))[0] for shown in (8, 9, 10)] == ["explained"] * 3


def test_the_first_sight_of_a_sku_says_nothing() -> None:
    assert said(look(99, baseline=None)) == ("no_baseline", 0, 0)


def test_a_reading_older_than_the_verification_is_no_evidence() -> None:
    assert said(look(3, at=0.5)) == ("no_reading", 0, 0)


def test_no_quantity_at_all_says_nothing() -> None:
    assert said(look(None)) == ("no_reading", 0, 0)


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (10, ("explained", 0, 0)),
        (4, ("explained", 0, 0)),
        (3, ("presumed_sold", 1, 0)),
        (9, ("presumed_sold", 1, 0)),
        (7, ("presumed_sold", 3, 0)),
        (12, ("leak", 0, 2)),
    ],
    ids=[
        "not applied yet",
        "applied",
        "applied, and one sold",
        "not applied, and one sold",
        "between the two: sold from the older",
        "more than either",
    ],
)
def test_while_a_push_is_in_flight_both_numbers_are_ours(shown: int, verdict: tuple[str, int, int]) -> None:
    assert said(look(shown, ours=[Sent(4, minute(25))])) == verdict


def test_an_older_push_applied_late_is_ours_too() -> None:
    six = Baseline(quantity=6, sent_at=minute(20), verified_at=minute(21))
    overtaken = Sent(8, minute(5))
    assert said(look(8, baseline=six)) == ("leak", 0, 2)
    assert said(look(8, baseline=six, ours=[overtaken])) == ("explained", 0, 0)
    assert said(look(7, baseline=six, ours=[overtaken])) == ("presumed_sold", 1, 0)
    assert said(look(9, baseline=six, ours=[overtaken])) == ("leak", 0, 1)


def test_a_number_lowered_by_an_overtaken_push_is_presumed_sold_first_and_no_leak_later() -> None:
    six, overtaken = Baseline(quantity=6, sent_at=minute(20), verified_at=minute(21)), [Sent(4, minute(5))]
    first = look(4, baseline=six, ours=overtaken)
    assert said(first) == ("presumed_sold", 2, 0)
    assert said(look(4, at=61, baseline=six, ours=overtaken, missing=first.missing)) == ("explained", 0, 0)
    assert said(look(4, at=61, baseline=six, missing=first.missing)) == ("leak", 0, -2)


def test_a_push_sent_after_the_reading_explains_nothing() -> None:
    assert said(look(4, ours=[Sent(4, minute(31))])) == ("presumed_sold", 6, 0)


def test_the_verified_push_given_once_more_does_not_blur_its_own_verification() -> None:
    assert said(look(10, order(20, 2), ours=[Sent(10, minute(0))])) == ("leak", 0, 2)


def test_missing_units_become_a_leak_once_their_orders_are_overdue() -> None:
    first = look(7, at=10)
    assert said(first) == ("presumed_sold", 3, 0)
    assert said(look(7, at=40, missing=first.missing)) == ("presumed_sold", 3, 0)
    late = look(7, at=40.1, missing=first.missing)
    assert said(late) == ("leak", 0, -3)
    assert late.why == "3 units have been missing on Amazon since 2026-03-02 12:10 UTC and no order explains them"
    assert said(look(7, at=50, missing=late.missing)) == ("leak", 0, -3)


def test_a_leak_ends_when_a_very_late_order_explains_it() -> None:
    late = look(7, at=45, missing=look(7, at=10).missing)
    assert said(late) == ("leak", 0, -3)
    assert look(7, order(9, 3), at=50, missing=late.missing) == Evidence("explained")


def test_units_missed_later_than_the_leak_are_still_presumed_sold() -> None:
    first = look(7, at=10)
    assert said(look(5, at=45, missing=first.missing)) == ("leak", 2, -3)


def test_a_leak_that_was_restored_is_not_presumed_sold_afterwards() -> None:
    leak = look(5, at=45, missing=look(7, at=10).missing)
    assert said(leak) == ("leak", 2, -3)
    restored = Baseline(quantity=8, sent_at=minute(46), verified_at=minute(47))
    after = look(8, at=48, baseline=restored, missing=leak.missing, settled_at=45.5)
    assert said(after) == ("presumed_sold", 2, 0)
    assert said(look(8, at=90, baseline=restored, missing=after.missing, settled_at=45.5)) == ("explained", 0, 0)


def test_an_outage_of_the_orders_feed_turns_nothing_into_a_leak() -> None:
    first = look(7, at=10)
    assert said(look(7, at=300, missing=first.missing, orders_read_at=12)) == ("presumed_sold", 3, 0)


def test_a_sku_that_sells_faster_than_orders_are_read_is_no_leak() -> None:
    """One unit a minute, each order known three minutes late: there are always a few units missing."""
    sales = [order(at) for at in range(5, 60)]
    missing: tuple[Missing, ...] = ()
    baseline = Baseline(quantity=100, sent_at=minute(0), verified_at=minute(1))
    for now in range(5, 60):
        known = [sale for sale in sales if sale.created_at <= minute(now - 3)]
        sold = sum(sale.created_at <= minute(now) for sale in sales)
        seen = look(100 - sold, *known, at=now, baseline=baseline, missing=missing)
        assert seen.verdict == "presumed_sold"
        assert seen.presumed_sold + len(known) == sold
        missing = seen.missing


def test_a_real_leak_on_a_fast_selling_sku_is_still_found() -> None:
    sales = [order(at) for at in range(5, 90)]
    missing: tuple[Missing, ...] = ()
    found = []
    for now in range(5, 90):
        known = [sale for sale in sales if sale.created_at <= minute(now - 3)]
        sold = sum(sale.created_at <= minute(now) for sale in sales)
        taken_by_somebody = 20 if now >= 30 else 0
        seen = look(
            200 - sold - taken_by_somebody,
            *known,
            at=now,
            baseline=Baseline(quantity=200, sent_at=minute(0), verified_at=minute(1)),
            missing=missing,
        )
        missing = seen.missing
        if seen.leak_units:
            found.append((now, seen.leak_units))
    assert found[0] == (62, -20)
    assert {units for _, units in found} == {-20}


def test_a_presumed_sale_outlives_the_push_that_overwrites_it() -> None:
    before = look(9, at=10)
    assert said(before) == ("presumed_sold", 1, 0)
    pushed = Baseline(quantity=14, sent_at=minute(11), verified_at=minute(12))
    after = look(14, at=13, baseline=pushed, missing=before.missing)
    assert said(after) == ("presumed_sold", 1, 0)
    stale_reading = look(9, at=11.5, baseline=pushed, missing=before.missing)
    assert said(stale_reading) == ("no_reading", 1, 0)
    known = look(14, order(9), at=15, baseline=pushed, missing=after.missing)
    assert known == Evidence("explained")


def test_a_number_that_somebody_lowered_is_a_leak_even_when_a_push_has_gone_over_it() -> None:
    before = look(6, at=10)
    pushed = Baseline(quantity=14, sent_at=minute(11), verified_at=minute(12))
    assert said(look(14, at=40, baseline=pushed, missing=before.missing)) == ("presumed_sold", 4, 0)
    found = look(14, at=41, baseline=pushed, missing=before.missing)
    assert said(found) == ("leak", 0, -4)
    assert found.why == (
        "4 units were missing on Amazon at 2026-03-02 12:10 UTC, no order explains them, and our push has gone over it"
    )
    assert (found.missing, found.overwritten) == ((), before.missing), "it is remembered until a person has decided"
    assert said(look(14, at=90, baseline=pushed, missing=found.overwritten)) == ("leak", 0, -4)
    assert look(14, order(9, 4), at=91, baseline=pushed, missing=found.overwritten) == Evidence("explained")
    assert look(14, at=91, baseline=pushed, missing=found.overwritten, settled_at=42) == Evidence("explained")
    assert said(look(13, at=91, baseline=pushed, missing=found.overwritten)) == ("leak", 1, -4)
    assert said(look(17, at=91, baseline=pushed, missing=found.overwritten)) == ("leak", 0, 3), (
        "what shows now is first"
    )


def test_units_that_an_older_quantity_may_have_lost_are_not_said_to_be_taken() -> None:
    """Ten was sold down to seven; a push of nine is on its way and may have been applied, or not."""
    before = look(7, at=12, ours=[Sent(9, minute(11))])
    assert said(before) == ("presumed_sold", 2, 0)
    pushed = Baseline(quantity=5, sent_at=minute(13), verified_at=minute(14))
    assert said(look(5, order(9, 3), at=60, baseline=pushed, missing=before.missing)) == ("explained", 0, 0)
    assert said(look(5, at=60, baseline=pushed, missing=before.missing)) == ("leak", 0, -2)


def test_what_a_push_overwrites_is_what_was_missing_last_not_first() -> None:
    first = look(9, at=10)
    later = look(7, at=12, missing=first.missing)
    pushed = Baseline(quantity=12, sent_at=minute(13), verified_at=minute(14))
    assert said(look(12, at=15, baseline=pushed, missing=later.missing)) == ("presumed_sold", 3, 0)
    assert said(look(11, at=15, baseline=pushed, missing=later.missing)) == ("presumed_sold", 4, 0)


def test_while_the_overwriting_push_is_in_flight_the_units_are_presumed_sold_once() -> None:
    before = look(9, at=10)
    in_flight = [Sent(14, minute(11))]
    assert said(look(9, at=12, ours=in_flight, missing=before.missing)) == ("presumed_sold", 1, 0)
    assert said(look(14, at=12, ours=in_flight, missing=before.missing)) == ("presumed_sold", 1, 0)


def test_a_push_sent_on_a_presumed_sale_does_not_count_it_twice_until_it_is_applied() -> None:
    sixty = Baseline(quantity=60, sent_at=minute(0), verified_at=minute(5))
    before = look(55, at=17, baseline=sixty)
    assert said(before) == ("presumed_sold", 5, 0)
    sent = [Sent(58, minute(17))]
    assert said(look(55, at=18, baseline=sixty, ours=sent, missing=before.missing)) == ("presumed_sold", 5, 0)
    assert said(look(57, at=18, baseline=sixty, ours=sent, missing=before.missing)) == ("presumed_sold", 6, 0)
    seen = Baseline(quantity=58, sent_at=minute(17), verified_at=minute(19))
    assert said(look(57, at=20, baseline=seen, missing=before.missing)) == ("presumed_sold", 6, 0)


def test_readings_of_overlapping_spans_missed_the_same_units() -> None:
    spans = [missed(1, 14, 1), missed(0, 16, 2), missed(16, 18, 4)]
    pushed = Baseline(quantity=9, sent_at=minute(19), verified_at=minute(20))
    for missing in (spans, spans[::-1]):
        assert said(look(9, at=21, baseline=pushed, missing=missing)) == ("presumed_sold", 6, 0)


def test_a_push_applied_after_a_sale_does_not_make_the_sale_undone() -> None:
    before = look(8, at=5)
    assert said(before) == ("presumed_sold", 2, 0)
    assert said(look(10, at=8, missing=before.missing)) == ("presumed_sold", 2, 0)
    assert said(look(9, at=8, missing=before.missing)) == ("presumed_sold", 3, 0)
    assert said(look(10, order(4, 2), at=8, missing=before.missing)) == ("explained", 0, 0)


def test_units_that_come_back_are_believed_to_once_an_order_or_the_time_says_so() -> None:
    before = look(8, at=20)
    back = look(10, at=22, missing=before.missing)
    assert said(back) == ("presumed_sold", 2, 0)
    bought_and_cancelled = order(19, 2, status="CANCELLED", updated_at=21)
    assert said(look(10, bought_and_cancelled, at=24, missing=back.missing)) == ("explained", 0, 0)
    assert said(look(10, at=51, missing=back.missing)) == ("explained", 0, 0)


def test_a_sale_seen_after_an_overwritten_one_is_carried_beside_it() -> None:
    risen = look(9, at=22, missing=look(7, at=20).missing)
    assert said(risen) == ("presumed_sold", 4, 0)
    pushed = Baseline(quantity=6, sent_at=minute(23), verified_at=minute(24))
    assert said(look(6, at=25, baseline=pushed, missing=risen.missing)) == ("presumed_sold", 4, 0)


def test_an_unexplained_increase_does_not_forget_what_is_presumed_sold() -> None:
    before = look(9, at=10)
    pushed = Baseline(quantity=14, sent_at=minute(11), verified_at=minute(12))
    assert said(look(20, at=13, baseline=pushed, missing=before.missing)) == ("leak", 1, 6)


def test_units_given_back_to_a_low_number_are_no_leak_from_a_high_one_once_the_cancellation_is_known() -> None:
    """1 was sent while 10 showed, two units came back to it: the 3 that were seen are not 7 units missing from 10."""
    sent = Sent(1, minute(20))
    before = look(3, at=40, ours=[sent], orders_read_at=21)
    assert said(before) == ("presumed_sold", 7, 0)
    overwrote = Baseline(quantity=0, sent_at=minute(41), verified_at=minute(42))
    bought_and_cancelled = order(15, 2, status="CANCELLED", open_units=0, updated_at=25)
    later: dict[str, Any] = {"at": 75, "baseline": overwrote, "missing": before.missing, "orders_read_at": 75}
    assert said(look(0, **later)) == ("leak", 0, -7)
    assert said(look(0, bought_and_cancelled, **later)) == ("explained", 0, 0)


def test_no_reading_forgets_nothing() -> None:
    before = look(9, at=10)
    assert look(None, at=12, missing=before.missing).missing == before.missing


def test_what_has_to_be_remembered_survives_being_written_down() -> None:
    missing = look(7, at=12, missing=look(9, at=10).missing).missing
    assert missing == (missed(0, 10, 1, shown=9, bases=[TEN]), missed(0, 12, 3, shown=7, bases=[TEN]))
    pushed = look(7, at=12, ours=[Sent(9, minute(3))]).missing
    assert from_text(to_text(pushed)) == pushed == (missed(3, 12, 2, shown=7, bases=[Sent(9, minute(3)), TEN]),)
    assert from_text(to_text(missing)) == missing
    assert to_text(()) == ""
    assert from_text("") == from_text(None) == ()


@pytest.mark.parametrize(
    ("shown", "orders", "proven"),
    [
        (4, [], True),
        (3, [order(6)], True),
        (3, [], False),
        (10, [], False),
        (8, [order(6, 2)], False),
        (None, [], False),
    ],
    ids=[
        "the very number",
        "less what was sold since",
        "less, and no order says why",
        "still the old number",
        "the old number less what was sold",
        "no number",
    ],
)
def test_a_read_back_proves_a_push_only_if_nothing_else_explains_the_number(
    shown: int | None, orders: list[OrderFact], proven: bool
) -> None:
    sent = Sent(4, minute(5))
    assert landed(sent, shown=shown, shown_at=minute(10), orders=orders, earlier=[TEN]) is proven


def test_a_number_that_two_pushes_explain_proves_neither_but_the_number_we_sent_always_does() -> None:
    nine, sold = Sent(9, minute(5)), [order(2), order(6)]
    assert landed(nine, shown=8, shown_at=minute(10), orders=sold, earlier=[TEN]) is False
    assert landed(nine, shown=9, shown_at=minute(10), orders=sold, earlier=[TEN]) is True


def test_a_reading_from_before_the_push_proves_nothing() -> None:
    assert landed(Sent(4, minute(5)), shown=4, shown_at=minute(4), orders=[]) is False


def test_an_offer_without_a_quantity_has_nothing_for_sale() -> None:
    assert landed(Sent(0, minute(5)), shown=None, shown_at=minute(10), orders=[]) is True


def test_a_target_moved_by_amazons_own_sales_only_is_expected() -> None:
    assert expected_target(TEN, minute(60), [order(5, 2)]) == range(8, 11)
    assert expected_target(TEN, minute(60), []) == range(10, 11)


@pytest.mark.parametrize(
    ("item", "orders_read_at", "verdict"),
    [
        (order(-10, status="PENDING"), 31, ("unsettled", 0, 0)),
        (order(-10, status="PENDING"), 33, ("leak", 0, 1)),
        (order(-10, status="UNSHIPPED"), 31, ("leak", 0, 1)),
    ],
    ids=[
        "its cancellation may not be read yet",
        "it is known to be pending still",
        "a confirmed order gives none back",
    ],
)
def test_a_pending_order_that_may_have_been_cancelled_is_no_leak(
    item: OrderFact, orders_read_at: float, verdict: tuple[str, int, int]
) -> None:
    found = read(
        baseline=Baseline(10, minute(0), minute(1)),
        ours=(),
        shown=11,
        shown_at=minute(31),
        orders=[item],
        missing=(),
        orders_read_at=minute(orders_read_at),
        explain_within=timedelta(minutes=30),
    )
    assert said(found) == verdict
