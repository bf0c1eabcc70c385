"""Effects: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from integration_assets.contracts.errors import StoreError
from resources.clock import ManualClock
from resources.ledger import STATES, Effect, Intention, Ledger, Verified

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=15)


def intend(ledger: Ledger, quantity: int, subject: str = "MUG-1", kind: str = "stock_push") -> Effect:
    return ledger.intend(kind, "eu", subject, {"quantity": quantity, "from": None}, "5 available, buffer 0", "schedule")


def states(ledger: Ledger, subject: str = "MUG-1") -> list[str]:
    """States by sequence, oldest first."""
    return [effect.state for effect in reversed(ledger.history("stock_push", "eu", subject))]


def brought_to(ledger: Ledger, state: str) -> int:
    """An effect in the given state; its id."""
    effect_id = intend(ledger, 5).effect_id
    if state == "held":
        ledger.held(effect_id, "breaker")
    elif state == "superseded":
        intend(ledger, 4)
    elif state != "intended":
        ledger.begin(effect_id)
    if state in ("applied", "verified"):
        ledger.applied(effect_id, "sub-1", LATER)
    if state == "verified":
        ledger.verified(effect_id)
    if state == "rejected":
        ledger.rejected(effect_id, "400 InvalidInput")
    if state == "unknown":
        ledger.unknown(effect_id, "timeout")
    return effect_id


STEPS: dict[str, Callable[[Ledger, int], object]] = {
    "begin": lambda ledger, effect_id: ledger.begin(effect_id),
    "applied": lambda ledger, effect_id: ledger.applied(effect_id, "sub-1", LATER),
    "verified": lambda ledger, effect_id: ledger.verified(effect_id),
    "rejected": lambda ledger, effect_id: ledger.rejected(effect_id, "400"),
    "unknown": lambda ledger, effect_id: ledger.unknown(effect_id, "timeout"),
    "held": lambda ledger, effect_id: ledger.held(effect_id, "breaker"),
    "release": lambda ledger, effect_id: ledger.release(effect_id),
    "resend": lambda ledger, effect_id: ledger.resend(effect_id),
}
ALLOWED = {
    "begin": ("intended",),
    "applied": ("sent", "unknown", "applied"),
    "verified": ("applied", "unknown"),
    "rejected": ("sent", "applied", "unknown"),
    "unknown": ("sent", "applied", "unknown"),
    "held": ("intended", "applied", "unknown"),
    "release": ("held",),
    "resend": ("sent", "applied", "unknown"),
}


def test_an_effect_goes_from_intention_to_proof(ledger: Ledger, manual_clock: ManualClock) -> None:
    effect = intend(ledger, 8)
    assert effect == Effect(
        effect_id=effect.effect_id,
        kind="stock_push",
        region="eu",
        subject="MUG-1",
        sequence=1,
        payload={"quantity": 8, "from": None},
        state="intended",
        attempts=0,
        origin="schedule",
        reason="5 available, buffer 0",
        decided_at=NINE,
        sent_at=None,
        applied_at=None,
        verified_at=None,
        check_at=None,
        reference=None,
        detail="",
    )
    assert ledger.effect(effect.effect_id) == effect
    manual_clock.advance(60)
    sent = ledger.begin(effect.effect_id)
    assert (sent.state, sent.attempts, sent.sent_at) == ("sent", 1, NINE + timedelta(minutes=1))
    manual_clock.advance(60)
    applied = ledger.applied(effect.effect_id, "sub-1", LATER)
    assert (applied.state, applied.reference, applied.check_at) == ("applied", "sub-1", LATER)
    assert applied.applied_at == NINE + timedelta(minutes=2)
    assert ledger.last_verified("stock_push", "eu") == {}
    manual_clock.advance(60)
    verified = ledger.verified(effect.effect_id)
    assert (verified.state, verified.check_at, verified.verified_at) == ("verified", None, NINE + timedelta(minutes=3))
    assert ledger.last_verified("stock_push", "eu") == {
        "MUG-1": Verified(
            effect.effect_id,
            "MUG-1",
            {"quantity": 8, "from": None},
            first_sent_at=NINE + timedelta(minutes=1),
            sent_at=NINE + timedelta(minutes=1),
            verified_at=NINE + timedelta(minutes=3),
        )
    }


def test_the_first_sending_of_a_verified_effect_is_remembered(ledger: Ledger, manual_clock: ManualClock) -> None:
    effect = intend(ledger, 8)
    ledger.begin(effect.effect_id)
    ledger.unknown(effect.effect_id, "timeout")
    manual_clock.advance(60)
    ledger.resend(effect.effect_id)
    ledger.begin(effect.effect_id)
    ledger.applied(effect.effect_id, "sub-2", LATER)
    ledger.verified(effect.effect_id)
    seen = ledger.last_verified("stock_push", "eu")["MUG-1"]
    assert (seen.first_sent_at, seen.sent_at) == (NINE, NINE + timedelta(minutes=1))


def test_what_was_sent_and_not_seen_stays_in_the_air_even_when_it_is_overtaken(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    first = intend(ledger, 5)
    ledger.begin(first.effect_id)
    ledger.applied(first.effect_id, "sub-1", LATER)
    assert [effect.effect_id for effect in ledger.in_the_air("stock_push", "eu")] == [first.effect_id]
    second = intend(ledger, 4)
    ledger.begin(second.effect_id)
    ledger.supersede(first.effect_id, second.effect_id)
    in_the_air = [effect.effect_id for effect in ledger.in_the_air("stock_push", "eu")]
    assert in_the_air == [first.effect_id, second.effect_id]
    ledger.applied(second.effect_id, "sub-2", LATER)
    ledger.verified(second.effect_id)
    still = [effect.effect_id for effect in ledger.in_the_air("stock_push", "eu")]
    assert still == [first.effect_id]
    manual_clock.advance(3601)
    assert ledger.in_the_air("stock_push", "eu") == []


def test_touched_tells_what_moved_since_an_event(ledger: Ledger) -> None:
    first = intend(ledger, 5)
    effects, seen = ledger.touched("stock_push", "eu", 0)
    assert [effect.effect_id for effect in effects] == [first.effect_id]
    assert ledger.touched("stock_push", "eu", seen) == ([], seen)
    ledger.begin(first.effect_id)
    moved, _ = ledger.touched("stock_push", "eu", seen)
    assert [(effect.effect_id, effect.state) for effect in moved] == [(first.effect_id, "sent")]
    assert ledger.touched("stock_push", "na", 0)[0] == []


def test_every_step_leaves_a_trace(ledger: Ledger, manual_clock: ManualClock) -> None:
    effect_id = intend(ledger, 8).effect_id
    ledger.held(effect_id, "breaker: 40 % to zero")
    manual_clock.advance(30)
    ledger.release(effect_id, "let go by maria")
    ledger.begin(effect_id)
    ledger.unknown(effect_id, "timeout after 30 s")
    trail = [(event.state, event.detail, (event.at - NINE).total_seconds()) for event in ledger.events(effect_id)]
    assert trail == [
        ("intended", "", 0),
        ("held", "breaker: 40 % to zero", 0),
        ("intended", "let go by maria", 30),
        ("sent", "", 30),
        ("unknown", "timeout after 30 s", 30),
    ]


@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_taken_only_from_the_states_that_allow_it(ledger: Ledger, step: str) -> None:
    for state in STATES:
        effect_id = brought_to(ledger, state)
        before = ledger.effect(effect_id)
        assert before.state == state
        if state in ALLOWED[step]:
            STEPS[step](ledger, effect_id)
            assert len(ledger.events(effect_id)) > 1
        else:
            named = re.escape(f"Effect {effect_id} (stock_push eu MUG-1, sequence {before.sequence}) is {state} and")
            with pytest.raises(StoreError, match=named):
                STEPS[step](ledger, effect_id)
            assert ledger.effect(effect_id) == before
        finish(ledger)


def finish(ledger: Ledger) -> None:
    """Leave nothing in flight, so that the next effect of the subject may begin."""
    for effect in ledger.open_effects("stock_push", "eu", states=("sent",)):
        ledger.rejected(effect.effect_id, "cleared")


def test_five_four_five_are_three_intentions(ledger: Ledger) -> None:
    first = intend(ledger, 5)
    ledger.begin(first.effect_id)
    ledger.applied(first.effect_id, "sub-1", LATER)
    second = intend(ledger, 4)
    third = intend(ledger, 5)
    assert [first.sequence, second.sequence, third.sequence] == [1, 2, 3]
    assert states(ledger) == ["applied", "superseded", "intended"]
    assert ledger.newest("stock_push", "eu")["MUG-1"] == third


def test_a_newer_intention_supersedes_what_waits_and_nothing_else(ledger: Ledger) -> None:
    waiting = intend(ledger, 5).effect_id
    ledger.held(waiting, "breaker")
    other = intend(ledger, 7, subject="mug-1")
    intend(ledger, 4)
    assert ledger.effect(waiting).state == "superseded"
    assert ledger.effect(other.effect_id).state == "intended"
    assert ledger.events(waiting)[-1].detail == "by a newer intention"


def test_kinds_and_regions_number_their_subjects_apart(ledger: Ledger) -> None:
    intend(ledger, 5)
    price = ledger.intend("price_push", "eu", "MUG-1", {"minor": 1999}, "changed", "schedule")
    elsewhere = ledger.intend("stock_push", "na", "MUG-1", {"quantity": 5}, "changed", "schedule")
    assert (price.sequence, elsewhere.sequence) == (1, 1)
    assert states(ledger) == ["intended"]


def test_an_older_intention_never_overtakes_a_newer_one(ledger: Ledger) -> None:
    older = intend(ledger, 5).effect_id
    ledger.begin(older)
    ledger.unknown(older, "timeout")
    newer = intend(ledger, 4).effect_id
    ledger.begin(newer)
    assert ledger.resend(older).state == "superseded"
    with pytest.raises(StoreError, match=r"is superseded and cannot be begun"):
        ledger.begin(older)
    assert ledger.effect(newer).state == "sent"


def test_an_older_effect_cannot_be_held_for_later_when_a_newer_one_exists(ledger: Ledger) -> None:
    older = intend(ledger, 5).effect_id
    ledger.begin(older)
    ledger.applied(older, None, LATER)
    intend(ledger, 4)
    assert ledger.held(older, "stuck").state == "superseded"


def test_two_effects_of_one_subject_are_never_in_flight_together(ledger: Ledger) -> None:
    first = intend(ledger, 5).effect_id
    ledger.begin(first)
    second = intend(ledger, 4).effect_id
    with pytest.raises(StoreError, match=f"effect {first} of its subject is still in flight"):
        ledger.begin(second)
    ledger.applied(first, "sub-1", LATER)
    assert ledger.begin(second).state == "sent"


def test_what_was_sent_when_its_sender_died_is_unknown_until_read_back(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    first, second = intend(ledger, 5).effect_id, intend(ledger, 3, subject="MUG-2").effect_id
    ledger.begin_many([first, second])
    manual_clock.advance(90)
    assert [effect.effect_id for effect in ledger.orphans("stock_push", "eu")] == [first, second]
    assert ledger.orphans("stock_push", "eu") == []
    assert ledger.orphans("stock_push", "na") == []
    due = ledger.due_for_check(manual_clock.now())
    assert [(effect.effect_id, effect.state) for effect in due] == [(first, "unknown"), (second, "unknown")]
    with pytest.raises(StoreError, match="is unknown and cannot be begun"):
        ledger.begin(first)
    assert ledger.verified(first).verified_at == NINE + timedelta(seconds=90)
    again = ledger.begin(ledger.resend(second, "Amazon shows 9").effect_id)
    assert (again.state, again.attempts) == ("sent", 2)


def test_a_call_that_certainly_did_nothing_is_intended_again(ledger: Ledger) -> None:
    effect_id = intend(ledger, 5).effect_id
    ledger.begin(effect_id)
    back = ledger.resend(effect_id, "429")
    assert (back.state, back.attempts, back.detail) == ("intended", 1, "429")


def test_what_was_applied_is_due_at_its_time_and_can_be_due_again(ledger: Ledger, manual_clock: ManualClock) -> None:
    effect_id = intend(ledger, 5).effect_id
    ledger.begin(effect_id)
    ledger.applied(effect_id, "sub-1", LATER)
    assert ledger.due_for_check(LATER - timedelta(seconds=1)) == []
    assert [effect.effect_id for effect in ledger.due_for_check(LATER)] == [effect_id]
    manual_clock.advance(900)
    again = ledger.applied(effect_id, "sub-1", LATER + timedelta(minutes=5), "not shown yet")
    assert again.applied_at == NINE
    assert ledger.due_for_check(LATER) == []
    assert ledger.due_for_check(LATER + timedelta(minutes=5), kind="price_push") == []
    assert ledger.due_for_check(LATER + timedelta(minutes=5), region="na") == []
    assert len(ledger.due_for_check(LATER + timedelta(minutes=5), "stock_push", "eu")) == 1


def test_the_last_verified_is_the_newest_intention_however_late_the_older_is_seen(ledger: Ledger) -> None:
    older = intend(ledger, 5).effect_id
    ledger.begin(older)
    ledger.applied(older, "sub-1", LATER)
    newer = intend(ledger, 4).effect_id
    ledger.begin(newer)
    ledger.applied(newer, "sub-2", LATER)
    ledger.verified(newer)
    ledger.verified(older)
    assert ledger.last_verified("stock_push", "eu")["MUG-1"].effect_id == newer


def test_superseding_needs_a_newer_intention_of_the_same_subject(ledger: Ledger) -> None:
    older = intend(ledger, 5).effect_id
    ledger.begin(older)
    ledger.applied(older, "sub-1", LATER)
    newer, other = intend(ledger, 4).effect_id, intend(ledger, 4, subject="MUG-2").effect_id
    with pytest.raises(StoreError, match="expected a later sequence of the same subject"):
        ledger.supersede(older, by=other)
    with pytest.raises(StoreError, match="expected a later sequence of the same subject"):
        ledger.supersede(newer, by=older)
    assert ledger.supersede(older, by=newer).state == "superseded"
    assert ledger.events(older)[-1].detail == f"by effect {newer}"
    ledger.begin(newer)
    with pytest.raises(StoreError, match="is sent and cannot be superseded"):
        ledger.supersede(newer, by=intend(ledger, 3).effect_id)


def test_pushes_are_counted_each_time_they_go_out(ledger: Ledger, manual_clock: ManualClock) -> None:
    effect_id = intend(ledger, 5).effect_id
    ledger.begin(effect_id)
    ledger.resend(effect_id, "503")
    manual_clock.advance(600)
    ledger.begin(effect_id)
    intend(ledger, 1, subject="MUG-2")
    assert ledger.count_pushes("stock_push", "eu", NINE) == {"MUG-1": 2}
    assert ledger.count_pushes("stock_push", "eu", NINE + timedelta(seconds=1)) == {"MUG-1": 1}
    assert ledger.count_pushes("stock_push", "na", NINE) == {}


def test_open_effects_are_those_with_something_left_to_do(ledger: Ledger) -> None:
    for state in STATES:
        effect_id = brought_to(ledger, state)
        assert ledger.effect(effect_id).state == state
        finish(ledger) if state == "sent" else None
    left = ledger.open_effects("stock_push", "eu")
    assert [effect.state for effect in left] == ["applied", "unknown", "intended"]
    assert [effect.state for effect in ledger.open_effects("stock_push", "eu", states=("held",))] == []
    assert ledger.open_effects("stock_push", "na") == []


def test_history_is_newest_first_and_limited(ledger: Ledger) -> None:
    for quantity in (1, 2, 3):
        intend(ledger, quantity)
    quantities = [effect.payload["quantity"] for effect in ledger.history("stock_push", "eu", "MUG-1", limit=2)]
    assert quantities == [3, 2]


def test_a_batch_is_all_or_nothing(ledger: Ledger) -> None:
    good, bad = intend(ledger, 5).effect_id, intend(ledger, 3, subject="MUG-2").effect_id
    ledger.begin(bad)
    with pytest.raises(StoreError, match="MUG-2, sequence 1\\) is sent and cannot be begun"):
        ledger.begin_many([good, bad])
    with pytest.raises(StoreError, match="There is no effect 999999"):
        ledger.begin_many([good, 999_999])
    assert ledger.effect(good).state == "intended"
    assert len(ledger.events(good)) == 1


def test_a_batch_with_one_subject_twice_keeps_the_later(ledger: Ledger) -> None:
    batch = [Intention("MUG-1", {"quantity": quantity}, "why", "schedule") for quantity in (5, 4)]
    first, second = ledger.intend_many("stock_push", "eu", batch)
    assert [(first.sequence, first.state), (second.sequence, second.state)] == [(1, "superseded"), (2, "intended")]
    assert ledger.newest("stock_push", "eu") == {"MUG-1": second}


def test_an_empty_batch_does_nothing(ledger: Ledger) -> None:
    assert ledger.intend_many("stock_push", "eu", []) == []
    assert ledger.begin_many([]) == []
    assert ledger.applied_many([], None, None) == []
    assert ledger.verified_many([]) == []
    assert ledger.open_effects("stock_push", "eu") == []


def test_an_answer_that_is_its_own_proof_leaves_the_same_history_as_a_reading(ledger: Ledger) -> None:
    effect = intend(ledger, 5)
    with pytest.raises(StoreError, match="cannot be proven"):
        ledger.proven_many([effect.effect_id], "far-1", "seen in the answer")
    ledger.begin(effect.effect_id)
    [proven] = ledger.proven_many([effect.effect_id], "far-1", "seen in the answer")
    assert (proven.state, proven.reference, proven.check_at) == ("verified", "far-1", None)
    assert proven.applied_at == proven.verified_at is not None
    states = [event.state for event in ledger.events(effect.effect_id)]
    assert states == ["intended", "sent", "applied", "verified"]
    assert ledger.last_verified("stock_push", "eu")[effect.subject].effect_id == proven.effect_id
    assert ledger.proven_many([], None) == []


def test_thousands_of_effects_move_together(ledger: Ledger) -> None:
    batch = [Intention(f"SKU-{number}", {"quantity": number, "from": 0}, "why", "x") for number in range(2_500)]
    effects = ledger.intend_many("stock_push", "eu", batch)
    assert [effect.subject for effect in effects] == [intention.subject for intention in batch]
    ids = [effect.effect_id for effect in effects]
    ledger.begin_many(ids)
    ledger.applied_many(ids, "feed-1", LATER)
    assert len(ledger.due_for_check(LATER)) == 2_500
    ledger.verified_many(ids)
    verified = ledger.last_verified("stock_push", "eu")
    assert (len(verified), verified["SKU-2499"].payload["quantity"]) == (2_500, 2499)
    assert ledger.newest("stock_push", "eu")["SKU-77"].state == "verified"


@pytest.mark.parametrize("subject", ["'; DROP TABLE effects; --", "100%_\\", "ÄÖÜ-ß", "a b\tc", "😀", '"quoted"'])
def test_any_sku_is_a_subject(ledger: Ledger, subject: str) -> None:
    effect = intend(ledger, 5, subject=subject)
    assert ledger.begin(effect.effect_id).subject == subject
    assert list(ledger.newest("stock_push", "eu")) == [subject]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"buyer_name": "x"}, "`buyer_name` was refused"),
        ({"order": [{"Email": "x"}]}, "`Email` was refused"),
        ({"text": "x" * 20_000}, "over the ledger's limit"),
        ({"quantity": float("nan")}, "ids and numbers"),
        ({"at": NINE}, "ids and numbers"),
    ],
    ids=["a name", "an address deep inside", "a document", "not a number", "not JSON"],
)
def test_a_payload_is_small_and_free_of_personal_data(
    ledger: Ledger, payload: dict[str, object], expected: str
) -> None:
    with pytest.raises(StoreError, match=expected):
        ledger.intend("stock_push", "eu", "MUG-1", payload, "why", "schedule")
    assert ledger.newest("stock_push", "eu") == {}


def test_an_effect_that_does_not_exist_is_named(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="There is no effect 7"):
        ledger.effect(7)


def test_a_deadline_without_an_offset_is_refused(ledger: Ledger) -> None:
    effect_id = intend(ledger, 5).effect_id
    ledger.begin(effect_id)
    with pytest.raises(StoreError, match="aware times only"):
        ledger.applied(effect_id, None, datetime(2026, 11, 23))  # noqa: DTZ001 - what is refused
    assert ledger.effect(effect_id).state == "sent"


def test_a_call_that_did_nothing_is_neither_an_attempt_nor_a_push(ledger: Ledger) -> None:
    effect = intend(ledger, 8)
    ledger.begin(effect.effect_id)
    back = ledger.put_back([effect.effect_id], "429")[0]
    assert (back.state, back.attempts, back.sent_at) == ("intended", 0, None)
    assert ledger.count_pushes("stock_push", "eu", NINE) == {}
    ledger.begin(effect.effect_id)
    assert ledger.count_pushes("stock_push", "eu", NINE) == {"MUG-1": 1}


def test_only_what_is_being_sent_can_be_put_back(ledger: Ledger) -> None:
    effect = intend(ledger, 8)
    with pytest.raises(StoreError, match="put back"):
        ledger.put_back([effect.effect_id], "429")
