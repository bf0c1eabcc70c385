"""Carries out the effects of one kind: recover, look back, plan, send.

The order is what makes it safe. Every effect is committed before its call, and after a crash or a timeout the far side
is asked before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration_assets.contracts.errors import (
    ConfigurationError,
    DataError,
    InstepError,
    Rejected,
    RemoteError,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from integration_assets.effects.doubt import DOUBTS_IN_A_ROW, drop_overtaken, patience
from integration_assets.effects.errand import BatchErrand, Errand, Receipt, Sight
from integration_assets.effects.lane import LeftTo, in_turn
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention

LOOK_AGAIN = timedelta(seconds=60)
LOOK_AT_STUCK = timedelta(hours=1)
AWAITED = ("sent", "applied", "unknown", "held")

Plan = Callable[[], Sequence[Intention]]


@dataclass
class Outcome:
    """What a run came to in one region account; counts are effects, `planned` what there was to do."""

    region: str
    live: bool
    planned: list[Intention] = field(default_factory=list)
    sent: int = 0
    verified: int = 0
    again: int = 0
    put_back: int = 0
    unknown: int = 0
    rejected: list[Effect] = field(default_factory=list)
    stuck: list[Effect] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    left_to: str = ""


@dataclass
class Runner:
    """Carries out errands on one ledger.

    An effect that the far side says yes to and does not show is sent `max_attempts` times. What it refused is tried
    again `retry_rejected_after` later, and at once when the intention has changed.
    """

    ledger: Ledger
    clock: Clock
    max_attempts: int = 5
    retry_rejected_after: timedelta = timedelta(hours=6)

    def run(self, errand: Errand | BatchErrand, region: str, plan: Plan, *, live: bool, whole: bool = True) -> Outcome:
        """Settle what is open, then carry out what `plan` asks for, in its order.

        `plan` is called after looking back. It answers with all that is not true on the far side yet, whether or not
        something is under way for it: the ledger knows, and nothing else is sent. `whole` says that it covers every
        subject, so that what waits and is not in it is given up. Not `live`, the plan is only shown.
        Raises what `plan` raises, and LeaseTaken when another sender has taken over in the middle of it.
        """
        if not live:
            return Outcome(region, live=False, planned=list(plan()))
        done = in_turn(
            self.ledger, self.clock, errand.kind, region, lambda renew: self._cycle(errand, region, plan, renew, whole)
        )
        return Outcome(region, live=True, left_to=done.who) if isinstance(done, LeftTo) else done

    def _cycle(
        self, errand: Errand | BatchErrand, region: str, plan: Plan, renew: Callable[[], None], whole: bool
    ) -> Outcome:
        outcome = Outcome(region, live=True)
        self.ledger.orphans(errand.kind, region)
        drop_overtaken(self.ledger, errand.kind, region)
        due = self.ledger.due_for_check(self.clock.now(), errand.kind, region)
        self._look_back(errand, due, outcome, renew)
        outcome.planned = list(plan())
        effects = self._taken(errand, region, outcome.planned)
        if whole:
            self._withdraw(errand.kind, region, outcome.planned)
        self._send(errand, effects, outcome, renew)
        return outcome

    def _look_back(
        self, errand: Errand | BatchErrand, due: Sequence[Effect], outcome: Outcome, renew: Callable[[], None]
    ) -> None:
        """Ask the far side about all that is due, and bring each effect to what was seen of it."""
        for some in _batches(errand, due):
            renew()
            try:
                sights = _looked(errand, some)
            except (Throttled, Unavailable) as error:
                outcome.errors.append(str(error))
                break
            except (RemoteError, DataError) as error:
                outcome.errors.append(str(error))
                sights = {effect.effect_id: Sight("later", str(error)) for effect in some}
            for effect in some:
                sight = sights.get(effect.effect_id, Sight("later", "it cannot be told yet"))
                self._settle(effect, sight, outcome)

    def _settle(self, effect: Effect, sight: Sight, outcome: Outcome) -> None:
        now = self.clock.now()
        if sight.verdict == "there":
            self.ledger.verified(effect.effect_id, sight.detail)
            outcome.verified += 1
        elif sight.verdict == "refused":
            outcome.rejected.append(self.ledger.rejected(effect.effect_id, sight.detail))
        elif sight.verdict == "later":
            self._wait(effect, sight.detail, now + LOOK_AGAIN)
        else:
            self._not_there(effect, sight, now, outcome)

    def _not_there(self, effect: Effect, sight: Sight, now: datetime, outcome: Outcome) -> None:
        """Wait for a call that may still be on its way; then intend it once more while tries are left."""
        settled_at = (effect.sent_at or now) + patience(effect.attempts)
        if effect.state == "unknown" and now < settled_at:
            self._wait(effect, sight.detail, settled_at)
        elif effect.attempts < self.max_attempts:
            self.ledger.resend(effect.effect_id, sight.detail)
            outcome.again += 1
        else:
            told = f"{sight.detail}; sent {effect.attempts} times"
            outcome.stuck.append(self._wait(effect, told, now + LOOK_AT_STUCK))

    def _wait(self, effect: Effect, detail: str, until: datetime) -> Effect:
        if effect.state == "applied":
            return self.ledger.applied(effect.effect_id, effect.reference, until, detail)
        return self.ledger.unknown(effect.effect_id, detail, until)

    def _taken(self, errand: Errand | BatchErrand, region: str, planned: Sequence[Intention]) -> list[Effect]:
        """The effects to send, in the order of the plan: new ones, and those that wait for their sending already."""
        wanted = {intention.subject: intention for intention in planned}
        standing = self.ledger.newest_of(errand.kind, region, wanted)
        new = [
            intention
            for subject, intention in wanted.items()
            if self._is_new(intention, standing.get(subject), once=errand.once)
        ]
        made = {effect.subject: effect for effect in self.ledger.intend_many(errand.kind, region, new)}
        waiting = {subject: effect for subject, effect in standing.items() if effect.state == "intended"}
        effects = {**waiting, **made}
        return [effects[subject] for subject in wanted if subject in effects]

    def _is_new(self, intention: Intention, newest: Effect | None, *, once: bool) -> bool:
        """Whether nothing in the ledger stands for the intention yet."""
        if newest is None or newest.state == "superseded":
            return True
        same = newest.payload == dict(intention.payload)
        if newest.state == "rejected":
            decided_at = newest.sent_at or newest.decided_at
            return not same or self.clock.now() - decided_at >= self.retry_rejected_after
        if newest.state == "verified":
            return not once
        if newest.state in AWAITED:
            return not same and not once
        return not same

    def _withdraw(self, kind: str, region: str, planned: Sequence[Intention]) -> None:
        """Give up what waits to be sent and is wanted no more: nobody may find it later and send it."""
        wanted = {intention.subject for intention in planned}
        waiting = self.ledger.open_effects(kind, region, ("intended", "held"))
        gone = [effect.effect_id for effect in waiting if effect.subject not in wanted]
        self.ledger.withdraw_many(gone, "it is not wanted any more")

    def _send(
        self,
        errand: Errand | BatchErrand,
        effects: Sequence[Effect],
        outcome: Outcome,
        renew: Callable[[], None],
    ) -> None:
        """Send in the order given, until the far side cannot be used now: the rest stays intended."""
        doubts = 0
        for some in _batches(errand, effects):
            renew()
            ids = [effect.effect_id for effect in some]
            begun = self.ledger.begin_many(ids)
            try:
                answers = _sent(errand, begun)
            except (Throttled, Unavailable) as error:
                self.ledger.put_back(ids, str(error))
                outcome.put_back += len(ids)
                outcome.errors.append(str(error))
                return
            except ConfigurationError as error:
                self.ledger.put_back(ids, str(error))
                raise
            except DataError as error:  # of this record, and maybe after it was done: the others go on
                self._in_doubt(ids, error, outcome)
                continue
            except UnknownOutcome as error:
                self._in_doubt(ids, error, outcome)
                doubts += 1
                if doubts == DOUBTS_IN_A_ROW:
                    return
                continue
            doubts = 0
            self._answered(begun, answers, outcome)

    def _in_doubt(self, effect_ids: Iterable[int], error: InstepError, outcome: Outcome) -> None:
        for effect_id in effect_ids:
            self.ledger.unknown(effect_id, str(error))
            outcome.unknown += 1
        outcome.errors.append(str(error))

    def _answered(self, effects: Sequence[Effect], answers: Mapping[int, Receipt | Rejected], outcome: Outcome) -> None:
        alike: dict[Receipt, list[int]] = {}
        for effect in effects:
            answer = answers.get(effect.effect_id)
            if answer is None:
                lost = UnknownOutcome(f"The answer says nothing of {effect.kind} {effect.region} {effect.subject}.")
                self._in_doubt([effect.effect_id], lost, outcome)
            elif isinstance(answer, Rejected):
                outcome.rejected.append(self.ledger.rejected(effect.effect_id, str(answer)))
            else:
                alike.setdefault(answer, []).append(effect.effect_id)
        for receipt, ids in alike.items():
            outcome.sent += len(ids)
            if receipt.proven:
                self.ledger.proven_many(ids, receipt.reference, receipt.detail)
                outcome.verified += len(ids)
            else:
                look_at = self.clock.now() + receipt.look_after
                self.ledger.applied_many(ids, receipt.reference, look_at, receipt.detail)


def _batches(errand: Errand | BatchErrand, effects: Sequence[Effect]) -> Iterator[list[Effect]]:
    size = errand.at_once if isinstance(errand, BatchErrand) else 1
    for start in range(0, len(effects), size):
        yield list(effects[start : start + size])


def _sent(errand: Errand | BatchErrand, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
    if isinstance(errand, BatchErrand):
        try:
            return errand.send_all(effects)
        except Rejected as error:
            return dict.fromkeys((effect.effect_id for effect in effects), error)
    [effect] = effects
    try:
        return {effect.effect_id: errand.send(effect)}
    except Rejected as error:
        return {effect.effect_id: error}


def _looked(errand: Errand | BatchErrand, effects: Sequence[Effect]) -> Mapping[int, Sight]:
    if isinstance(errand, BatchErrand):
        return errand.look_all(effects)
    [effect] = effects
    return {effect.effect_id: errand.look(effect)}
