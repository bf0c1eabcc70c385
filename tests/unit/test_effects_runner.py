"""Carrying out effects of any kind: every ending of a call, and lives cut short anywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import (
    ConfigurationError,
    Denied,
    Rejected,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.effects.lane import LeftTo, in_turn, unserved
from integration_assets.effects.runner import Outcome, Runner
from resources.clock import ManualClock
from resources.ledger import Effect, Intention, Ledger

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KIND = "order_import"
T = TypeVar("T")


class Killed(BaseException):
    """The process ended here."""


@dataclass
class FarSide:
    """Records by natural key, how often each was made, and what the next calls come to."""

    made: dict[str, list[str]] = field(default_factory=dict)
    endings: list[Callable[[], None]] = field(default_factory=list)
    """What each of the next calls comes to before anything is made; none for those after them."""
    hidden: set[str] = field(default_factory=set)
    calls: int = 0

    def make(self, key: str, value: str) -> None:
        self.calls += 1
        if self.endings:
            self.endings.pop(0)()
        self.made.setdefault(key, []).append(value)


@dataclass
class Once:
    far: FarSide
    kind: str = KIND
    once: bool = True
    proven: bool = True

    def send(self, effect: Effect) -> Receipt:
        self.far.make(effect.subject, str(effect.payload["value"]))
        return Receipt(reference=f"far/{effect.subject}", detail="made", proven=self.proven)

    def look(self, effect: Effect) -> Sight:
        if effect.subject in self.far.hidden or str(effect.payload["value"]) not in self.far.made.get(
            effect.subject, []
        ):
            return Sight("not_there", "it is not there")
        return Sight("there", "it is there")


@dataclass
class Batch:
    far: FarSide
    refused: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    kind: str = KIND
    once: bool = False
    at_once: int = 3
    batches: list[list[str]] = field(default_factory=list)

    def send_all(self, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
        self.batches.append([effect.subject for effect in effects])
        answers: dict[int, Receipt | Rejected] = {}
        for effect in effects:
            if effect.subject in self.refused:
                answers[effect.effect_id] = Rejected(f"{effect.subject} is not known.")
            elif effect.subject not in self.silent:
                self.far.make(effect.subject, str(effect.payload["value"]))
                answers[effect.effect_id] = Receipt(proven=True)
        return answers

    def look_all(self, effects: Sequence[Effect]) -> Mapping[int, Sight]:
        return {effect.effect_id: Sight("not_there", "it is not there") for effect in effects}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NINE)


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        ledger.migrate()
        yield ledger


class Counting(Ledger):
    """A ledger that counts its commits."""

    commits = 0

    def _write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        self.commits += 1
        return super()._write(work, durable=durable)


@pytest.fixture
def far() -> FarSide:
    return FarSide()


def wants(**values: str) -> list[Intention]:
    return [Intention(subject, {"value": value}, "the tables say so", "a test") for subject, value in values.items()]


def run(ledger: Ledger, errand: Once | Batch, *, live: bool = True, whole: bool = True, **values: str) -> Outcome:
    runner = Runner(ledger=ledger, clock=ledger.clock, max_attempts=3)
    return runner.run(errand, "eu", lambda: wants(**values), live=live, whole=whole)


def raising(error: BaseException) -> Callable[[], None]:
    def ending() -> None:
        raise error

    return ending


def states(ledger: Ledger, subject: str) -> list[str]:
    return [effect.state for effect in reversed(ledger.history(KIND, "eu", subject))]


def test_a_plan_is_carried_out_and_the_answer_is_the_proof(ledger: Ledger, far: FarSide) -> None:
    outcome = run(ledger, Once(far), a="1", b="2")
    assert (outcome.sent, outcome.verified) == (2, 2)
    assert far.made == {"a": ["1"], "b": ["2"]}
    assert states(ledger, "a") == ["verified"]


def test_an_answer_that_is_its_own_proof_costs_one_commit(tmp_path: Path, clock: ManualClock, far: FarSide) -> None:
    with Counting(f"sqlite:///{tmp_path / 'counting.db'}", clock) as ledger:
        ledger.migrate()

        def commits(**values: str) -> int:
            before = ledger.commits
            Runner(ledger=ledger, clock=clock).run(Once(far), "eu", lambda: wants(**values), live=True)
            return ledger.commits - before

        one, three = commits(a="1"), commits(b="2", c="3", d="4")
        assert (three - one) / 2 == 3, "the lease is renewed, the call is begun, the answer is proven"
        assert states(ledger, "d") == ["verified"]


def test_in_preview_the_plan_is_only_shown(ledger: Ledger, far: FarSide) -> None:
    outcome = run(ledger, Once(far), live=False, a="1")
    assert [intention.subject for intention in outcome.planned] == ["a"]
    assert far.calls == 0
    assert states(ledger, "a") == []


def test_an_event_that_was_seen_to_is_never_seen_to_again(ledger: Ledger, far: FarSide) -> None:
    run(ledger, Once(far), a="1")
    outcome = run(ledger, Once(far), a="another value")
    assert outcome.sent == 0
    assert far.made == {"a": ["1"]}


def test_a_value_may_be_set_again_and_again(ledger: Ledger, far: FarSide) -> None:
    for value in ("5", "4", "5"):
        run(ledger, Batch(far), a=value)
    assert far.made == {"a": ["5", "4", "5"]}


def test_a_yes_that_proves_nothing_is_looked_at_when_it_is_due(
    ledger: Ledger, far: FarSide, clock: ManualClock
) -> None:
    errand = Once(far, proven=False)
    run(ledger, errand, a="1")
    assert run(ledger, errand, a="1").verified == 0
    clock.advance(31)
    assert run(ledger, errand, a="1").verified == 1
    assert far.made == {"a": ["1"]}


def test_what_was_accepted_and_never_shows_is_sent_again_and_then_left_to_a_person(
    ledger: Ledger, far: FarSide, clock: ManualClock
) -> None:
    errand = Once(far, proven=False)
    far.hidden.add("a")
    stuck = []
    for _ in range(6):
        stuck += run(ledger, errand, a="1").stuck
        clock.advance(31)
    assert far.made == {"a": ["1", "1", "1"]}
    assert [effect.attempts for effect in stuck] == [3]
    assert stuck[0].detail == "it is not there; sent 3 times"


def test_a_lost_answer_is_asked_about_before_anything_is_sent_again(ledger: Ledger, far: FarSide) -> None:
    def made_and_lost() -> None:
        far.made["a"] = ["1"]
        raise UnknownOutcome("The answer got lost.")

    far.endings = [made_and_lost]
    outcome = run(ledger, Once(far), a="1", b="2")
    assert (outcome.unknown, outcome.sent) == (1, 1)
    outcome = run(ledger, Once(far), a="1", b="2")
    assert (outcome.verified, outcome.sent) == (1, 0)
    assert far.made == {"a": ["1"], "b": ["2"]}


def test_a_call_without_an_answer_may_still_be_on_its_way_for_a_while(
    ledger: Ledger, far: FarSide, clock: ManualClock
) -> None:
    far.endings = [raising(UnknownOutcome("The answer got lost."))]
    run(ledger, Once(far), a="1")
    clock.advance(59)
    assert run(ledger, Once(far), a="1").sent == 0
    clock.advance(2)
    outcome = run(ledger, Once(far), a="1")
    assert (outcome.again, outcome.sent) == (1, 1)
    assert far.made == {"a": ["1"]}


def test_three_doubts_in_a_row_leave_the_rest_for_another_time(ledger: Ledger, far: FarSide) -> None:
    far.endings = [raising(UnknownOutcome(f"Answer {number} got lost.")) for number in range(3)]
    outcome = run(ledger, Once(far), a="1", b="1", c="1", d="1")
    assert (outcome.unknown, outcome.sent, far.calls) == (3, 0, 3)
    assert states(ledger, "d") == ["intended"]


def test_one_that_is_refused_does_not_hold_up_the_others(ledger: Ledger, far: FarSide) -> None:
    far.endings = [raising(Rejected("The order has no line."))]
    outcome = run(ledger, Once(far), a="1", b="2")
    assert [effect.subject for effect in outcome.rejected] == ["a"]
    assert far.made == {"b": ["2"]}


def test_a_refusal_is_tried_again_after_hours_and_at_once_when_the_intention_has_changed(
    ledger: Ledger, far: FarSide, clock: ManualClock
) -> None:
    far.endings = [raising(Rejected("no")), raising(Rejected("no"))]
    run(ledger, Once(far), a="1", b="1")
    assert run(ledger, Once(far), a="1", b="2").sent == 1
    assert far.made == {"b": ["2"]}
    clock.advance(6 * 3600)
    assert run(ledger, Once(far), a="1", b="2").sent == 1
    assert far.made == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    "error",
    [Throttled("wait"), Unavailable("closed"), Denied("no access", status=403), Denied("frozen", status=402)],
)
def test_where_the_far_side_cannot_be_used_the_rest_waits_and_no_attempt_counts(
    ledger: Ledger, far: FarSide, error: Exception
) -> None:
    far.endings = [raising(error)]
    outcome = run(ledger, Once(far), a="1", b="2")
    assert (outcome.put_back, outcome.sent, outcome.errors) == (1, 0, [str(error)])
    assert [effect.attempts for effect in ledger.history(KIND, "eu", "a")] == [0]
    assert run(ledger, Once(far), a="1", b="2").sent == 2
    assert far.made == {"a": ["1"], "b": ["2"]}


def test_what_a_person_must_mend_ends_the_run_and_leaves_nothing_in_doubt(ledger: Ledger, far: FarSide) -> None:
    far.endings = [raising(ConfigurationError("the secret is refused"))]
    with pytest.raises(ConfigurationError):
        run(ledger, Once(far), a="1", b="2")
    assert (states(ledger, "a"), states(ledger, "b")) == (["intended"], ["intended"])
    assert run(ledger, Once(far), a="1", b="2").sent == 2
    assert far.made == {"a": ["1"], "b": ["2"]}


def test_what_waits_and_is_wanted_no_more_is_given_up(ledger: Ledger, far: FarSide) -> None:
    far.endings = [raising(Unavailable("closed"))]
    run(ledger, Once(far), a="1", b="2")
    run(ledger, Once(far), b="2")
    assert states(ledger, "a") == ["superseded"]
    assert far.made == {"b": ["2"]}


def test_a_plan_of_some_subjects_gives_up_nothing_of_the_others(ledger: Ledger, far: FarSide) -> None:
    far.endings = [raising(Unavailable("closed"))]
    run(ledger, Once(far), a="1", b="2")
    run(ledger, Once(far), whole=False, b="2")
    assert states(ledger, "a") == ["intended"]


def test_a_batch_is_sent_in_calls_of_its_size_and_each_effect_has_its_own_answer(ledger: Ledger, far: FarSide) -> None:
    errand = Batch(far, refused=frozenset("b"), silent=frozenset("d"))
    outcome = run(ledger, errand, a="1", b="1", c="1", d="1", e="1")
    assert errand.batches == [["a", "b", "c"], ["d", "e"]]
    assert (outcome.verified, len(outcome.rejected), outcome.unknown) == (3, 1, 1)
    assert states(ledger, "d") == ["unknown"]


def test_a_wish_that_comes_while_another_is_at_work_is_served_by_that_one(ledger: Ledger, clock: ManualClock) -> None:
    told: list[str] = []

    def work(renew: Callable[[], None]) -> str:
        renew()
        told.append("at work")
        if len(told) == 1:
            other = in_turn(ledger, clock, KIND, "eu", lambda _: "never")
            assert isinstance(other, LeftTo)
        return "done"

    assert in_turn(ledger, clock, KIND, "eu", work) == "done"
    assert told == ["at work", "at work"]
    assert unserved(ledger, KIND, "eu") is None


@dataclass
class Fate:
    """Kills the process at a number of moments chosen beforehand: before and after each call, and at each commit."""

    deadly: set[int]
    moment: int = 0
    dead: bool = False

    def pass_by(self) -> None:
        self.moment += 1
        self.dead = self.dead or self.moment in self.deadly
        if self.dead:
            raise Killed


class Mortal(Ledger):
    """A ledger whose process may end before or after any commit."""

    fate: Fate

    def _write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:  # noqa: ARG002 - nothing is lost
        self.fate.pass_by()
        done = super()._write(work, durable=False)
        self.fate.pass_by()
        return done


@dataclass
class Fateful(Once):
    fate: Fate = field(default_factory=lambda: Fate(set()))
    dice: random.Random = field(default_factory=random.Random)

    def send(self, effect: Effect) -> Receipt:
        self.fate.pass_by()
        ending = self.dice.random()
        if ending < 0.05:
            raise Throttled("wait")
        if ending < 0.10:
            raise UnknownOutcome("lost before it arrived")
        receipt = super().send(effect)
        self.fate.pass_by()
        if ending < 0.20:
            raise UnknownOutcome("lost on its way back")
        return receipt


@pytest.mark.parametrize("proven", [True, False], ids=["the answer is the proof", "read back"])
def test_whenever_the_process_ends_each_event_happens_exactly_once(tmp_path: Path, proven: bool) -> None:
    orders = {f"order-{number}": str(number) for number in range(4)}
    plan = wants(**orders)
    for seed in range(12):
        dice = random.Random(f"{seed}/{proven}")
        far, clock = FarSide(), ManualClock(NINE)
        fate = Fate(set(dice.sample(range(1, 70), 4)))
        ledger = Mortal(f"sqlite:///{tmp_path / f'{seed}.db'}", clock)
        ledger.fate = Fate(set())
        with ledger:
            ledger.migrate()
            ledger.fate = fate
            while sorted(effect.state for effect in ledger.newest(KIND, "eu").values()) != ["verified"] * 4:
                assert fate.moment < 2000, f"seed {seed} never comes to rest"
                errand = Fateful(far, proven=proven, fate=fate, dice=dice)
                try:
                    Runner(ledger=ledger, clock=clock, max_attempts=3).run(errand, "eu", lambda: plan, live=True)
                except Killed:
                    fate.dead = False
                clock.advance(dice.choice((5, 45, 400)))
            assert far.made == {order: [value] for order, value in orders.items()}, f"seed {seed}"
