"""The breaker at the door: whether a plan may go, is held for a person, or was let go by one."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.contracts.reconcile import StockPosition
from integration_assets.effects.holds import ITSELF
from integration_assets.rules import breaker
from integration_assets.stock.pushes import KIND
from resources.ledger import Hold, Ledger
from resources.operating_model import OperatingModel


def scope_of(region: str) -> str:
    """The name under which a region account's plan is held."""
    return f"{KIND}/{region}"


class Gate:
    """Judges plans by the breaker and remembers the judgement in the ledger."""

    def __init__(self, model: OperatingModel, ledger: Ledger) -> None:
        self._ledger = ledger
        self._limits = breaker.Limits(
            max_zeroed_percent=model.breaker.max_zeroed_percent,
            min_skus=model.breaker.min_skus,
            max_moved_percent=model.breaker.max_moved_percent,
        )

    def judge(
        self, region: str, candidates: Sequence[StockPosition], live_skus: int
    ) -> tuple[breaker.Trip | None, bool]:
        """Why the plan is too bold, if it is, and whether it is held.

        `candidates` are all that is wanted now, what is held already too. What a person let go passes, and what was
        decided since is judged by itself: a word on ten SKUs is none on the next hundred. A hold ends by itself when
        the plan is bold no longer.
        """
        last = self._ledger.last_hold(scope_of(region))
        let_go = self._let_go(region, last) if candidates else set()
        moves = [
            breaker.Move(row.seller_sku, row.shown, row.target or 0)
            for row in candidates
            if (row.seller_sku, row.target) not in let_go
        ]
        trip = breaker.judge(moves, live_skus, self._limits)
        if trip is not None:
            self._ledger.open_hold(scope_of(region), trip.told)
            return trip, True
        if last is not None and last.released_at is None:
            self._ledger.release_hold(scope_of(region), who=ITSELF, note="the plan is no longer too bold")
        return None, False

    def _let_go(self, region: str, last: Hold | None) -> set[tuple[str, int | None]]:
        """SKU and quantity of every push that still waits and was decided before a person let the plan go."""
        if last is None or last.released_at is None or last.who == ITSELF:
            return set()
        waiting = self._ledger.open_effects(KIND, region, ("held", "intended"))
        return {(each.subject, each.payload["quantity"]) for each in waiting if each.decided_at <= last.released_at}
