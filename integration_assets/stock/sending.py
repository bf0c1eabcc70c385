"""Sending quantities: each effect is committed before its call, and every ending of the call has a state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from integration_assets.contracts.errors import (
    ConfigurationError,
    InstepError,
    Rejected,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from integration_assets.effects.doubt import DOUBTS_IN_A_ROW
from integration_assets.stock.read_back import FEED, told_of
from resources.amazon import AmazonAccount
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect

FIRST_LOOK = timedelta(seconds=30)
"""How long after its acceptance a quantity is first read back."""


@dataclass
class Tally:
    """How sending ended; counts are SKUs."""

    sent: int = 0
    rejected: list[Effect] = field(default_factory=list)
    unknown: int = 0
    put_back: int = 0
    errors: list[str] = field(default_factory=list)


class Sender:
    """Sends effects of one region account, one by one or as a feed. Call it only under the lease."""

    def __init__(self, *, account: AmazonAccount, ledger: Ledger, clock: Clock, tally: Tally) -> None:
        self._account = account
        self._ledger = ledger
        self._clock = clock
        self._tally = tally
        self._doubts = 0

    def send(self, effects: Sequence[Effect], *, before_each: Callable[[], None]) -> bool:
        """PATCH each in the order given. False when Amazon cannot be used now: the rest stays intended.

        `before_each` is called before each call: whoever sends must be sure to be the only one.
        """
        for effect in effects:
            before_each()
            if not self._patch(effect):
                return False
        return True

    def send_as_feed(self, effects: Sequence[Effect]) -> bool:
        """Send all in one feed. False when Amazon cannot be used now: they stay intended."""
        ids = [effect.effect_id for effect in effects]
        self._ledger.begin_many(ids)
        try:
            feed_id = self._account.submit_quantity_feed(
                {effect.subject: int(effect.payload["quantity"]) for effect in effects}
            )
        except (Throttled, Unavailable) as error:
            self._put_back(ids, error)
            return False
        except ConfigurationError as error:
            self._put_back(ids, error)
            raise
        except UnknownOutcome as error:
            for effect_id in ids:
                self._ledger.unknown(effect_id, str(error))
            self._tally.unknown += len(ids)
            self._tally.errors.append(str(error))
            return False
        except Rejected as error:
            for effect_id in ids:
                self._tally.rejected.append(self._ledger.rejected(effect_id, str(error)))
            return True
        self._ledger.applied_many(ids, FEED + feed_id, self._clock.now() + FIRST_LOOK, f"in feed {feed_id}")
        self._tally.sent += len(ids)
        return True

    def _patch(self, effect: Effect) -> bool:
        self._ledger.begin(effect.effect_id)
        doubts, self._doubts = self._doubts + 1, 0
        try:
            submission = self._account.patch_quantity(effect.subject, int(effect.payload["quantity"]))
        except (Throttled, Unavailable) as error:
            self._put_back([effect.effect_id], error)
            return False
        except ConfigurationError as error:
            self._put_back([effect.effect_id], error)
            raise
        except UnknownOutcome as error:
            self._ledger.unknown(effect.effect_id, str(error))
            self._tally.unknown += 1
            self._tally.errors.append(str(error))
            self._doubts = doubts
            return doubts < DOUBTS_IN_A_ROW
        except Rejected as error:
            self._tally.rejected.append(self._ledger.rejected(effect.effect_id, str(error)))
            return True
        if submission.status != "ACCEPTED":
            told = told_of(submission.issues) or f"Amazon answered {submission.status} without a reason"
            self._tally.rejected.append(self._ledger.rejected(effect.effect_id, told))
            return True
        first_look = self._clock.now() + FIRST_LOOK
        self._ledger.applied(effect.effect_id, submission.submission_id, first_look, "accepted")
        self._tally.sent += 1
        return True

    def _put_back(self, effect_ids: Sequence[int], error: InstepError) -> None:
        """The call certainly did nothing: the effects are intended again, for the next cycle."""
        self._ledger.put_back(effect_ids, str(error))
        self._tally.put_back += len(effect_ids)
        self._tally.errors.append(str(error))
