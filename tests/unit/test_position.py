"""What Amazon should show for a SKU, and what is done about it. Minutes are counted from noon; it is 12:10."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integration_assets.rules.buffer import Buffer
from integration_assets.rules.bundles import ComponentFact
from integration_assets.rules.evidence import Baseline, Sent
from integration_assets.rules.position import Decision, Facts, Newest, Policy, Release, decide, evidence_of
from tests.unit.stock_facts import minute, order

TEN = Baseline(quantity=10, sent_at=minute(0), verified_at=minute(1))
PLAIN = Facts(
    region="eu",
    seller_sku="MUG-1",
    now=minute(10),
    available={"Leeds": 4, "Manchester": 6},
    stock_read_at=minute(9),
    takeover_at=minute(-600),
    baseline=TEN,
    shown=10,
    shown_at=minute(10),
    newest=Newest("verified", 10, minute(0)),
)


def said(decision: Decision) -> tuple[str, int | None, str]:
    return decision.verdict, decision.target, decision.cause


def stocked(units: int, **changes: object) -> Facts:
    return replace(PLAIN, available={"Manchester": units}, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("available", "pending", "buffer", "target"),
    [(10, 0, 2, 8), (10, 3, 2, 5), (1, 0, 2, 0), (-4, 0, 0, 0)],
    ids=["buffer", "pending orders are held back", "under the buffer", "negative stock is nothing to sell"],
)
def test_the_target_is_what_can_be_promised(available: int, pending: int, buffer: int, target: int) -> None:
    orders = [order(9, pending, status="PENDING")] if pending else []
    facts = stocked(available, orders=orders, sku_orders=orders, buffer=Buffer(units=buffer))
    assert decide(facts, Policy()).target == target


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"available": {"Leeds": -2, "Manchester": 6}}, 4),
        ({"available": {}}, 0),
        ({"share_percent": 50}, 5),
        ({"share_percent": 33}, 3),
        ({"share_percent": 0}, 0),
        ({"share_percent": 150}, 10),
        ({"presumed_elsewhere": 4}, 6),
        ({"orders": [order(5, 4, order_id="of another SKU")]}, 6),
        ({"orders": [order(5, 4, imported_at=8)]}, 10),
        ({"orders": [order(5, 4, imported_at=9.5)]}, 6),
        ({"orders": [order(5, 4)], "share_percent": 50, "buffer": Buffer(units=1)}, 2),
        ({"buffer": Buffer(min_to_list=11)}, 0),
        ({"buffer": Buffer(max=3)}, 3),
    ],
    ids=[
        "an oversold location takes from the others",
        "stocked at no location of the pool",
        "half of the pool",
        "a part of a unit is not promised",
        "no share",
        "no account promises more than there is",
        "what another SKU of the same item presumes sold",
        "what another SKU of the same item sold",
        "imported before the stock was read",
        "imported after the stock was read",
        "holds come off before the share, the buffer after it",
        "too few to be listed",
        "capped",
    ],
)
def test_holds_share_and_buffer_come_off_in_this_order(changes: dict[str, object], target: int) -> None:
    assert decide(replace(PLAIN, **changes), Policy()).target == target  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "cause", "reason"),
    [
        ({"fulfillment": "fba"}, "", "Amazon ships it: its stock is Amazon's, and a quantity is never sent"),
        ({"fulfillment": "fba", "map_status": "unmapped"}, "", "Amazon ships it"),
        ({"fulfillment": "mixed"}, "", "the offer is both merchant's and Amazon's"),
        ({"fulfillment": "unknown"}, "", "Amazon does not say who ships it"),
        ({"map_status": "unmapped", "map_reason": "no variant has this SKU"}, "unmapped", "no variant has this SKU"),
        ({"map_status": "case_twin"}, "unmapped", "the SKU is case_twin"),
        ({"never_push": True}, "", "the operating model says that its quantity is never pushed"),
        ({"tracked": False}, "", "Shopify does not count its stock"),
        ({"available": None}, "", "its stock was not read"),
        ({"stock_read_at": None}, "", "its stock was not read"),
        ({"components": []}, "", "Shopify does not say what the bundle is made of"),
        (
            {"components": [ComponentFact("jar", 2, None, tracked=True)]},
            "",
            "the stock of the component jar was not read",
        ),
    ],
)
def test_nothing_is_sent_for_what_is_not_surely_ours_to_send(
    changes: dict[str, object], cause: str, reason: str
) -> None:
    decision = decide(replace(PLAIN, shown=3, **changes), Policy())  # type: ignore[arg-type]
    assert said(decision) == ("excluded", None, cause)
    assert decision.reason.startswith(reason)


def test_amazon_showing_the_target_is_in_step() -> None:
    decision = decide(PLAIN, Policy())
    assert said(decision) == ("in_step", 10, "")
    assert decision.reason == "10 available (Leeds 4, Manchester 6): 10 to show; Amazon shows 10"


def test_a_changed_stock_is_pushed_with_its_reason() -> None:
    held = [order(5, 2)]
    decision = decide(
        stocked(12, orders=held, sku_orders=held, shown=8, buffer=Buffer(units=3), buffer_told="tag fragile"), Policy()
    )
    assert said(decision) == ("push", 7, "not_yet_pushed")
    assert decision.held_for_orders == 2
    assert decision.reason == (
        "12 available, 2 held for orders, 3 units kept back (tag fragile): 7 to show; Amazon shows 8"
    )


def test_an_order_is_subtracted_once_before_and_after_it_is_known() -> None:
    before = decide(replace(PLAIN, shown=8), Policy())
    assert (before.target, before.presumed_sold, before.held_for_orders) == (8, 2, 0)
    assert before.verdict == "in_step"
    known = [order(5, 2)]
    after = decide(replace(PLAIN, shown=8, orders=known, sku_orders=known, missing=before.missing), Policy())
    assert (after.target, after.presumed_sold, after.held_for_orders) == (8, 0, 2)
    imported = [order(5, 2, imported_at=12)]
    later = stocked(8, shown=8, orders=imported, sku_orders=imported, now=minute(20), stock_read_at=minute(19))
    assert (decide(later, Policy()).target, decide(later, Policy()).held_for_orders) == (8, 0)


def test_missing_units_are_said_since_when() -> None:
    decision = decide(replace(PLAIN, shown=8), Policy())
    assert decision.missing_since == minute(10)
    assert decision.reason == (
        "10 available (Leeds 4, Manchester 6), 2 presumed sold: 8 to show; Amazon shows 8; "
        "2 units gone from Amazon's number since 2026-03-02 12:10 UTC are presumed sold until orders tell"
    )
    assert decide(PLAIN, Policy()).missing_since is None


def test_evidence_can_be_asked_before_deciding_for_skus_that_share_an_item() -> None:
    assert evidence_of(replace(PLAIN, shown=8), Policy()).presumed_sold == 2


@pytest.mark.parametrize(
    ("changes", "explained"),
    [
        ({}, True),
        ({"baseline": None, "shown": 37}, True),
        ({"shown": 8}, False),
        ({"shown": 99}, False),
        ({"shown_at": minute(0.5)}, False),
        ({"ours": [Sent(4, minute(9))]}, False),
        ({"available": None}, False),
    ],
    ids=[
        "what we sent",
        "the first sight",
        "units are missing",
        "somebody wrote it",
        "an old reading",
        "a push is in the air",
        "nothing is decided",
    ],
)
def test_a_reading_that_nothing_is_odd_about_can_be_built_on(changes: dict[str, object], explained: bool) -> None:
    assert decide(replace(PLAIN, **changes), Policy()).explained is explained  # type: ignore[arg-type]


def test_the_last_reading_in_order_is_what_the_next_is_measured_against() -> None:
    seen = Baseline(9, minute(2), minute(5))
    assert decide(replace(PLAIN, seen=seen, shown=9), Policy()).presumed_sold == 0
    assert decide(replace(PLAIN, seen=seen, baseline=None, shown=8), Policy()).presumed_sold == 1
    older = Baseline(12, minute(-9), minute(-8))
    assert decide(replace(PLAIN, seen=older, shown=10), Policy()).presumed_sold == 0


def test_the_first_push_needs_no_baseline() -> None:
    first = replace(PLAIN, baseline=None, newest=None, shown=37)
    assert said(decide(first, Policy())) == ("push", 10, "not_yet_pushed")


@pytest.mark.parametrize(
    ("shown", "shown_at", "target", "verdict"),
    [(None, None, 10, "push"), (None, 10, 10, "push"), (None, 10, 0, "in_step"), (None, None, 0, "push")],
    ids=["never asked", "no quantity", "no quantity is as good as none", "never asked, and nothing to sell"],
)
def test_a_quantity_that_is_not_there_is_told_from_one_that_was_not_read(
    shown: int | None, shown_at: float | None, target: int, verdict: str
) -> None:
    at = None if shown_at is None else minute(shown_at)
    decision = decide(stocked(target, baseline=None, newest=None, shown=shown, shown_at=at), Policy())
    assert (decision.verdict, decision.target) == (verdict, target)


def test_a_reading_from_before_our_last_verification_does_not_hide_it() -> None:
    decision = decide(replace(PLAIN, shown=3, shown_at=minute(0.5)), Policy())
    assert said(decision) == ("in_step", 10, "")


# What is on its way


@pytest.mark.parametrize(
    ("state", "cause", "reason"),
    [
        ("held", "breaker_held", "the push decided at 2026-03-02 12:08 UTC is held for a person"),
        ("sent", "in_flight", "the push decided at 2026-03-02 12:08 UTC is on its way"),
        ("applied", "in_flight", "the push decided at 2026-03-02 12:08 UTC is on its way"),
        ("unknown", "in_flight", "whether the push decided at 2026-03-02 12:08 UTC was applied is not known yet"),
    ],
)
def test_a_push_of_the_same_target_is_waited_for(state: str, cause: str, reason: str) -> None:
    decision = decide(stocked(7, newest=Newest(state, 7, minute(8))), Policy())
    assert said(decision) == ("waiting", 7, cause)
    assert decision.reason == f"7 available: 7 to show; Amazon shows 10; {reason}"


def test_a_push_that_waits_for_its_sending_is_sent() -> None:
    decision = decide(stocked(7, newest=Newest("intended", 7, minute(8))), Policy())
    assert said(decision) == ("push", 7, "not_yet_pushed")
    assert decision.reason.endswith("; the push decided at 2026-03-02 12:08 UTC is about to be sent")


def test_a_push_that_is_intended_again_may_still_land_from_its_first_sending() -> None:
    again = Newest("intended", 4, minute(8), sent_at=minute(8))
    assert said(decide(replace(PLAIN, newest=again), Policy())) == ("push", 10, "not_yet_pushed")


def test_a_push_accepted_and_not_applied_is_told_apart_from_one_on_its_way() -> None:
    late = stocked(7, now=minute(30), newest=Newest("applied", 7, minute(8)))
    assert said(decide(late, Policy())) == ("waiting", 7, "accepted_not_applied")


@pytest.mark.parametrize("state", ["intended", "held", "sent", "applied", "unknown", "verified", "superseded"])
def test_a_push_of_another_target_is_not_waited_for(state: str) -> None:
    assert said(decide(stocked(7, newest=Newest(state, 4, minute(8))), Policy())) == ("push", 7, "not_yet_pushed")


def test_five_four_five_is_sent_a_third_time_while_the_four_may_still_land() -> None:
    five = Baseline(5, minute(0), minute(1))
    facts = stocked(5, baseline=five, shown=5, newest=Newest("applied", 4, minute(8)), ours=[Sent(4, minute(8))])
    decision = decide(facts, Policy())
    assert said(decision) == ("push", 5, "not_yet_pushed")
    assert decision.reason == (
        "5 available: 5 to show; Amazon shows 5, and the 4 decided at 2026-03-02 12:08 UTC may still be applied"
    )
    sent_again = replace(facts, newest=Newest("applied", 5, minute(9)), ours=[Sent(4, minute(8)), Sent(5, minute(9))])
    assert said(decide(sent_again, Policy())) == ("in_step", 5, "")
    four_landed_last = replace(sent_again, shown=4, newest=Newest("verified", 5, minute(9)))
    assert said(decide(four_landed_last, Policy())) == ("push", 5, "not_yet_pushed")


@pytest.mark.parametrize("state", ["intended", "held"])
def test_a_push_that_was_never_sent_cannot_land(state: str) -> None:
    assert said(decide(replace(PLAIN, newest=Newest(state, 4, minute(8))), Policy())) == ("in_step", 10, "")


def test_a_refused_decrease_is_tried_again_soon() -> None:
    refused = stocked(7, newest=Newest("rejected", 7, minute(8)))
    assert said(decide(refused, Policy())) == ("waiting", 7, "push_rejected")
    assert decide(replace(refused, now=minute(8 + 60)), Policy()).verdict == "push"


def test_a_refused_increase_is_left_alone_for_a_while() -> None:
    refused = stocked(12, newest=Newest("rejected", 12, minute(8)))
    decision = decide(refused, Policy())
    assert said(decision) == ("waiting", 12, "push_rejected")
    assert decision.reason.endswith(
        "Amazon refused the push decided at 2026-03-02 12:08 UTC; it is tried again at 2026-03-02 18:08 UTC"
    )
    assert decide(replace(refused, now=minute(8 + 360)), Policy()).verdict == "push"
    assert decide(replace(refused, available={"Manchester": 13}), Policy()).verdict == "push"
    assert decide(replace(refused, release=Release("restore", 10, minute(9))), Policy()).verdict == "push"
    assert decide(replace(refused, release=Release("restore", 10, minute(7))), Policy()).verdict == "waiting"


def test_nothing_is_raised_while_orders_have_not_been_read() -> None:
    unread = minute(10 - 24 * 60 - 1)
    raised = decide(stocked(12, orders_read_at=unread), Policy())
    assert said(raised) == ("waiting", 12, "not_yet_pushed")
    assert raised.reason.endswith("Amazon's orders have not been read lately, so it is not raised")
    assert decide(stocked(7, orders_read_at=unread), Policy()).verdict == "push"


def test_a_word_to_restore_ends_when_amazons_number_is_in_order_again() -> None:
    word = Release("restore", 12, minute(5))
    in_order = Baseline(10, minute(6), minute(7))
    leaking = replace(PLAIN, shown=99, shown_at=minute(9), release=word)
    assert decide(leaking, Policy()).verdict == "push"
    assert decide(replace(leaking, seen=in_order), Policy()).verdict == "leak"


def test_a_sku_written_in_circles_waits_until_a_person_lets_it_go() -> None:
    circling = stocked(7, pushes_in_window=12, stock_changes_in_window=2)
    decision = decide(circling, Policy())
    assert said(decision) == ("waiting", 7, "loop_held")
    assert "written 12 times in 60 minutes while its stock changed 2 times" in decision.reason
    assert decide(replace(circling, stock_changes_in_window=12), Policy()).verdict == "push"
    assert decide(replace(circling, release=Release("restore", 10, minute(9))), Policy()).verdict == "push"


def test_stock_read_too_long_ago_lowers_but_never_raises() -> None:
    old = {"stock_read_at": minute(10 - 24 * 60 - 1)}
    raised = decide(stocked(12, **old), Policy())
    assert said(raised) == ("waiting", 12, "not_yet_pushed")
    assert raised.reason.endswith("the stock reading is too old to raise it")
    assert decide(stocked(7, **old), Policy()).verdict == "push"
    assert decide(stocked(12, **old, shown=None), Policy()).verdict == "waiting"
    assert decide(stocked(12, **old), Policy(stale_after=timedelta(days=2))).verdict == "push"


# Leaks


def test_a_quantity_somebody_else_wrote_is_held_and_not_overwritten() -> None:
    decision = decide(replace(PLAIN, shown=99), Policy())
    assert said(decision) == ("leak", 10, "ownership_leak")
    assert decision.leak_units == 89
    assert decision.reason == (
        "10 available (Leeds 4, Manchester 6): 10 to show; Amazon shows 99; at most 10 of it can be explained "
        "(10 seen at 2026-03-02 12:01 UTC, less what Amazon sold since): somebody else wrote it, held for a person"
    )


def test_a_leak_is_held_even_when_the_target_moved_too_or_happens_to_agree() -> None:
    assert decide(stocked(7, shown=99), Policy()).verdict == "leak"
    assert decide(stocked(99, shown=99), Policy()).verdict == "leak"


def test_a_lowered_quantity_is_a_leak_once_no_order_explains_it() -> None:
    seen = decide(replace(PLAIN, shown=3), Policy())
    late = replace(PLAIN, shown=3, missing=seen.missing, now=minute(41), shown_at=minute(41))
    decision = decide(late, Policy())
    assert said(decision) == ("leak", 10, "ownership_leak")
    assert (decision.leak_units, decision.presumed_sold) == (-7, 0)
    orders_were_down = replace(late, orders_read_at=minute(11))
    assert (decide(orders_were_down, Policy()).verdict, decide(orders_were_down, Policy()).target) == ("in_step", 3)


def test_a_lowered_quantity_that_our_push_went_over_is_held_until_a_person_has_decided() -> None:
    seen = decide(replace(PLAIN, shown=3), Policy())
    went_over = replace(
        PLAIN,
        baseline=Baseline(2, minute(12), minute(13)),
        shown=2,
        missing=seen.missing,
        now=minute(41),
        shown_at=minute(41),
    )
    decision = decide(went_over, Policy())
    assert said(decision) == ("leak", 10, "ownership_leak")
    assert (decision.leak_units, decision.presumed_sold, decision.explained) == (-7, 0, False)
    again = replace(went_over, missing=decision.missing, now=minute(55), shown_at=minute(55))
    assert said(decide(again, Policy())) == ("leak", 10, "ownership_leak")
    for kind in ("restore", "accept"):
        told = replace(again, release=Release(kind, 2, minute(56)), now=minute(57), shown_at=minute(57))
        assert said(decide(told, Policy())) == ("push", 10, "not_yet_pushed"), "what shows is ours: either word lets go"
    restored = decide(went_over, Policy(leak="restore"))
    assert (restored.verdict, restored.leak_units, restored.missing) == ("push", -7, ())


def test_a_brand_that_restores_writes_its_own_number_over_a_leak() -> None:
    decision = decide(replace(PLAIN, shown=99), Policy(leak="restore"))
    assert said(decision) == ("push", 10, "not_yet_pushed")
    assert decision.leak_units == 89
    assert decision.reason.startswith("10 available (Leeds 4, Manchester 6): 10 to show; Amazon shows 99; at most 10")


def test_a_restored_number_on_its_way_is_not_sent_twice() -> None:
    on_its_way = replace(PLAIN, shown=99, newest=Newest("applied", 10, minute(9)), ours=[Sent(10, minute(9))])
    assert decide(on_its_way, Policy(leak="restore")).verdict == "waiting"


def test_a_brand_that_accepts_leaves_the_number_until_its_own_target_changes() -> None:
    policy = Policy(leak="accept")
    leak = replace(PLAIN, shown=99)
    assert said(decide(leak, policy)) == ("in_step", 10, "")
    assert decide(leak, policy).leak_units == 89
    sold = [order(5)]
    assert said(decide(replace(leak, shown=98, orders=sold, sku_orders=sold), policy)) == ("in_step", 9, "")
    assert said(decide(replace(leak, available={"Manchester": 7}), policy)) == ("push", 7, "not_yet_pushed")
    changed = replace(leak, available={"Manchester": 7}, newest=Newest("applied", 7, minute(9)))
    assert decide(changed, policy).verdict == "waiting"
    back_again = replace(leak, newest=Newest("applied", 7, minute(9)))
    assert decide(back_again, policy).verdict == "push"


def test_a_person_restores_our_number_once() -> None:
    leak = replace(PLAIN, shown=99, release=Release("restore", 10, minute(9)))
    assert said(decide(leak, Policy())) == ("push", 10, "not_yet_pushed")
    seen_again = replace(leak, baseline=Baseline(10, minute(9.2), minute(9.5)))
    assert decide(seen_again, Policy()).verdict == "leak"


def test_a_person_restores_over_a_push_that_was_held() -> None:
    held = stocked(7, newest=Newest("held", 7, minute(8)), shown=99)
    assert decide(held, Policy()).verdict == "leak"
    assert decide(replace(held, release=Release("restore", 10, minute(9))), Policy()).verdict == "push"


def test_a_person_accepts_amazons_number_until_the_target_itself_changes() -> None:
    accepted = replace(PLAIN, shown=99, release=Release("accept", 99, minute(9)))
    decision = decide(accepted, Policy())
    assert said(decision) == ("in_step", 10, "")
    assert decision.reason.endswith(
        "Amazon shows 99; a person accepted 99 at 2026-03-02 12:09 UTC until the target itself changes"
    )
    sold = [order(9.6)]
    assert said(decide(replace(accepted, shown=98, orders=sold, sku_orders=sold), Policy())) == ("in_step", 9, "")
    assert decide(replace(accepted, available={"Manchester": 7}), Policy()).verdict == "push"
    assert decide(replace(accepted, shown=120), Policy()).verdict == "leak"


def test_an_accepted_number_is_over_with_our_next_push() -> None:
    accepted = replace(PLAIN, shown=7, release=Release("accept", 99, minute(5)))
    pushed = replace(accepted, baseline=Baseline(7, minute(6), minute(7)), newest=Newest("verified", 7, minute(6)))
    assert said(decide(pushed, Policy())) == ("push", 10, "not_yet_pushed")
    refused = replace(accepted, shown=99, newest=Newest("rejected", 7, minute(6)))
    assert decide(refused, Policy()).verdict == "push"


# Bundles


def test_a_bundle_is_promised_by_its_components() -> None:
    parts = [
        ComponentFact("lid", 1, 20, tracked=True, held=3),
        ComponentFact("jar", 2, 21, tracked=True, held=5),
    ]
    decision = decide(replace(PLAIN, available=None, components=parts, buffer=Buffer(units=1)), Policy())
    assert (decision.target, decision.held_for_orders) == (7, 2)
    assert decision.reason.startswith("10 can be made of its components, 2 held for orders, 1 unit kept back: 7 to")


def test_a_bundle_whose_stock_reading_has_no_age_is_left_out() -> None:
    parts = [ComponentFact("lid", 1, 20, tracked=True)]
    decision = decide(replace(PLAIN, components=parts, stock_read_at=None), Policy())
    assert said(decision) == ("excluded", None, "")


def test_what_a_bundle_sold_unseen_comes_off_the_bundles() -> None:
    parts = [ComponentFact("jar", 2, 20, tracked=True)]
    decision = decide(replace(PLAIN, components=parts, shown=9), Policy())
    assert (decision.target, decision.presumed_sold) == (9, 1)


# More sold than there is


@pytest.mark.parametrize(("available", "oversold"), [(10, 0), (3, 0), (2, 1), (-4, 7)])
def test_units_that_orders_need_beyond_the_pool_are_counted(available: int, oversold: int) -> None:
    held = [order(5, 3)]
    decision = decide(stocked(available, orders=held, sku_orders=held, shown=7), Policy())
    assert decision.oversold == oversold
