"""Reading back: whether what Amazon accepted is what Amazon shows, and what to do when it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from integration_assets.contracts.amazon import Availability
from integration_assets.contracts.errors import BadDocument, Rejected, Throttled, Unavailable
from integration_assets.effects.doubt import drop_overtaken, patience
from integration_assets.rules import evidence
from integration_assets.rules.evidence import Baseline, Sent
from integration_assets.rules.holds import OrderFact
from integration_assets.stock.pushes import KIND, Pushes
from integration_assets.stock.readings import Readings
from resources.amazon import AmazonAccount
from resources.amazon_parts.parse import Issue
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.operating_model_parts.stock import StockSettings

FEED = "feed:"
FEED_DONE = "feed-done:"
LOOK_AGAIN = timedelta(seconds=60)
LOOK_AT_STUCK = timedelta(hours=1)
LOOK_AFTER_FEED = timedelta(minutes=2)
"""How long after the end of its feed a quantity is looked for: Amazon applies what it has taken a little later."""
GIVE_UP_FEED = timedelta(hours=1)
"""How old a feed may grow before its SKUs are sent in another way."""


@dataclass
class Settled:
    """What reading back came to; counts are effects."""

    verified: int = 0
    again: int = 0
    rejected: int = 0
    stuck: list[Effect] = field(default_factory=list)


class ReadBack:
    """Settles the open effects of one region account. Call it only under the lease."""

    def __init__(
        self, *, account: AmazonAccount, readings: Readings, ledger: Ledger, clock: Clock, stock: StockSettings
    ) -> None:
        self._account = account
        self._readings = readings
        self._ledger = ledger
        self._clock = clock
        self._stock = stock

    def settle(
        self,
        region: str,
        *,
        pushes: Pushes,
        sold: Callable[[], Mapping[tuple[str, str], Sequence[OrderFact]]],
        after_each: Callable[[], None],
    ) -> Settled:
        """Recover what a dead sender left, take in feed results, and look at everything that is due.

        `sold` answers the order items by (region, SKU): a quantity that Amazon sold some of is applied all the same.
        """
        settled = Settled()
        self._ledger.orphans(KIND, region)
        self._take_in_feeds(region, settled, after_each)
        drop_overtaken(self._ledger, KIND, region)
        due = self._ledger.due_for_check(self._clock.now(), KIND, region)
        due = [effect for effect in due if not (effect.reference or "").startswith(FEED)]
        if not due:
            return settled
        orders = sold()
        shown = self._readings.take([effect.subject for effect in due], after_each=after_each)
        for effect in due:
            self._look(effect, shown.get(effect.subject), pushes, orders.get((region, effect.subject), ()), settled)
        return settled

    def _look(
        self,
        effect: Effect,
        reading: Availability | None,
        pushes: Pushes,
        sold: Sequence[OrderFact],
        settled: Settled,
    ) -> None:
        if effect.sent_at is None:
            return
        sendings = pushes.sendings.get(effect.effect_id) or [Sent(effect.payload["quantity"], effect.sent_at)]
        earlier: list[Baseline | Sent] = [
            one for one in pushes.in_the_air.get(effect.subject, ()) if one not in sendings
        ]
        if effect.subject in pushes.baselines:
            earlier.append(pushes.baselines[effect.subject])
        if effect.payload.get("from") is not None:
            earlier.append(_before(effect))
        if reading is not None and any(
            evidence.landed(sent, shown=reading.quantity, shown_at=reading.read_at, orders=sold, earlier=earlier)
            for sent in sendings
        ):
            self._ledger.verified(effect.effect_id, f"Amazon shows {reading.quantity}")
            settled.verified += 1
            return
        shows = "does not list the SKU" if reading is None else f"shows {reading.quantity}"
        now = self._clock.now()
        waited = now - effect.sent_at
        if effect.state == "unknown":
            if waited < patience(effect.attempts):
                until = effect.sent_at + patience(effect.attempts)
                self._ledger.unknown(effect.effect_id, f"Amazon still {shows}", until)
            else:
                self._ledger.resend(effect.effect_id, f"Amazon {shows}, so it is sent again")
                settled.again += 1
        elif waited < timedelta(minutes=self._stock.read_back_within_minutes):
            self._ledger.applied(effect.effect_id, effect.reference, now + LOOK_AGAIN, f"Amazon still {shows}")
        else:
            self._again(effect, f"Amazon still {shows} after {int(waited.total_seconds() // 60)} minutes", settled)

    def _again(self, effect: Effect, why: str, settled: Settled) -> None:
        """Intend it once more while tries are left; then it is stuck, and looked at now and then."""
        if self._tries(effect) < self._stock.max_attempts:
            self._ledger.resend(effect.effect_id, why)
            settled.again += 1
            return
        later = self._clock.now() + LOOK_AT_STUCK
        settled.stuck.append(
            self._ledger.applied(effect.effect_id, effect.reference, later, f"{why}; sent {effect.attempts} times")
        )

    def _tries(self, effect: Effect) -> int:
        """How often Amazon accepted it; a call that certainly did nothing, or had no answer, is none."""
        if effect.attempts < self._stock.max_attempts:
            return effect.attempts
        trail = pairwise(event.state for event in self._ledger.events(effect.effect_id))
        return sum(step == ("sent", "applied") for step in trail)

    def _take_in_feeds(self, region: str, settled: Settled, after_each: Callable[[], None]) -> None:
        """Ask for the state of every feed under way; what it refused is rejected, the rest is read back."""
        under_way: dict[str, list[Effect]] = defaultdict(list)
        for effect in self._ledger.open_effects(KIND, region, ("applied",)):
            if (effect.reference or "").startswith(FEED):
                under_way[effect.reference or ""].append(effect)
        for reference, effects in under_way.items():
            self._take_in(reference, effects, settled)
            after_each()

    def _take_in(self, reference: str, effects: Sequence[Effect], settled: Settled) -> None:
        """One feed. It must not keep the others, nor the SKUs in it, from their turn: a bad report is no report."""
        feed_id = reference.removeprefix(FEED)
        now = self._clock.now()
        age = now - min(effect.sent_at or now for effect in effects)
        issues: Mapping[str, Sequence[Issue]] = {}
        try:
            state = self._account.feed(feed_id)
            told, ended = f"feed {feed_id} is {state.status}", state.status not in ("IN_QUEUE", "IN_PROGRESS")
            if state.result_document_id:
                issues = self._account.feed_result(state.result_document_id).issues_by_sku
        except (Throttled, Unavailable) as error:
            told, ended = f"feed {feed_id} cannot be asked about: {error}", False
        except (Rejected, BadDocument) as error:
            told, ended = f"feed {feed_id} cannot be taken in: {error}", True
        if not ended and age < GIVE_UP_FEED:
            self._ledger.applied_many([effect.effect_id for effect in effects], reference, now + LOOK_AGAIN, told)
            return
        refused = {sku: words for sku, found in issues.items() if (words := told_of(found))}
        for effect in effects:
            if effect.subject in refused:
                self._ledger.rejected(effect.effect_id, refused[effect.subject])
                settled.rejected += 1
        left = [effect.effect_id for effect in effects if effect.subject not in refused]
        # DONE, FATAL and CANCELLED alike: some, none or all of it may have been applied, so Amazon is asked.
        self._ledger.applied_many(left, FEED_DONE + feed_id, now + LOOK_AFTER_FEED, told)


def told_of(issues: Sequence[Issue]) -> str:
    """The errors among the issues in one line; empty when there is none."""
    return "; ".join(f"{issue.message} ({issue.code})" for issue in issues if issue.severity == "ERROR")


def in_open_feeds(ledger: Ledger, region: str) -> set[str]:
    """SKUs that a feed under way carries: a PATCH sent now could be overtaken by it, or overtake it."""
    accepted = ledger.open_effects(KIND, region, ("applied",))
    return {effect.subject for effect in accepted if (effect.reference or "").startswith(FEED)}


def _before(effect: Effect) -> Baseline:
    """What Amazon showed when the push was decided: a unit given back to it can look like the number that was sent."""
    decided_at = effect.decided_at
    return Baseline(effect.payload["from"], decided_at - evidence.LAG - evidence.SKEW, decided_at)
