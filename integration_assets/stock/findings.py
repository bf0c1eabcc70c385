"""What a person must see to, as exceptions of the catalogue: opened once, kept up to date, closed by the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from integration_assets.contracts.reconcile import SkuMap, StockPosition
from integration_assets.rules.breaker import Trip
from integration_assets.stock.pushes import KIND
from resources.findings import finding as found_of
from resources.findings import report
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Finding

OF_POSITIONS = (
    "ownership_leak",
    "push_rejected",
    "stuck_listing",
    "unknown_outcome",
    "sync_loop",
    "oversold",
    "breaker_open",
)
BY_STATUS: Mapping[str, str] = {
    "unmapped": "unmapped_sku",
    "ambiguous": "ambiguous_sku",
    "case_twin": "case_twin",
    "untracked": "untracked_item",
}
OF_SKU_MAP = (*BY_STATUS.values(), "mixed_channel")
OF_AN_EFFECT = ("push_rejected", "accepted_not_applied")


class Findings:
    """Turns the positions of a region account into exceptions.

    A quantity that Amazon does not apply, or does not answer to, is one only after `max_attempts` tries: until then it
    is sent again.
    """

    def __init__(self, ledger: Ledger, *, max_attempts: int) -> None:
        self._ledger = ledger
        self._max_attempts = max_attempts

    def report(self, region: str, rows: Sequence[StockPosition], trip: Trip | None) -> None:
        """Open what is wrong in the region account, bring what is open up to date, close what is over."""
        newest: Mapping[str, Effect] = {}
        if any(row.cause in OF_AN_EFFECT or row.effect_state == "unknown" for row in rows):
            newest = self._ledger.newest(KIND, region)
        found: dict[str, list[Finding]] = defaultdict(list)
        for row in rows:
            for kind, facts in self._of(row, newest.get(row.seller_sku)):
                found[kind].append(finding(kind, row.region, row.seller_sku, facts))
        if trip is not None:
            facts = {"reason": trip.told, "zeroed": trip.zeroed, "moved": trip.moved, "live": trip.live}
            found["breaker_open"].append(finding("breaker_open", region, "", facts))
        for kind in OF_POSITIONS:
            report(self._ledger, kind, found[kind], scope=f"{region}/")

    def _of(self, row: StockPosition, effect: Effect | None) -> Iterable[tuple[str, dict[str, Any]]]:
        """The kinds of exception that a position is, each with the facts its sentence needs."""
        seen = {"shown": row.shown, "target": row.target}
        if row.cause == "ownership_leak":
            yield "ownership_leak", {**seen, "leak_units": row.leak_units}
        elif row.cause == "loop_held":
            # The rule's own words stand at the end of the decision's reason.
            yield "sync_loop", {**seen, "reason": row.reason.rpartition("; ")[2]}
        elif row.cause == "push_rejected" and effect is not None:
            yield "push_rejected", {**seen, **_of_effect(effect), "detail": _as_clause(effect.detail)}
        elif row.cause == "accepted_not_applied" and effect is not None and effect.attempts >= self._max_attempts:
            yield "stuck_listing", {**seen, **_of_effect(effect)}
        elif effect is not None and effect.state == "unknown" and effect.attempts >= self._max_attempts:
            yield "unknown_outcome", {**seen, **_of_effect(effect), "since": f"{effect.decided_at:%Y-%m-%d %H:%M} UTC"}
        if row.oversold:
            held = row.held_for_orders + row.presumed_sold
            # A bundle has no count of its own: what its components make is what orders hold less what they lack.
            available = held - row.oversold if row.available is None else row.available
            yield "oversold", {**seen, "units": row.oversold, "available": available, "held": held}


def report_sku_map(
    ledger: Ledger,
    rows: Iterable[SkuMap],
    *,
    channels: Mapping[tuple[str, str], Collection[str]],
    never_pushed: Collection[tuple[str, str]],
) -> None:
    """Make the open exceptions about the SKU map exactly what these rows, which are all there are, say.

    `channels` are Amazon's channel codes by region account and SKU. An item that is not counted is nobody's trouble
    where the operating model says that it is never pushed.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    for row in rows:
        sku = (row.region, row.seller_sku)
        kind = BY_STATUS.get(row.status)
        if kind and not (kind == "untracked_item" and sku in never_pushed):
            found[kind].append(finding(kind, *sku, {"reason": _as_clause(row.reason), "asin": row.asin}))
        if row.fulfillment == "mixed":
            facts = {"channels": ", ".join(sorted(channels.get(sku, ()))), "asin": row.asin}
            found["mixed_channel"].append(finding("mixed_channel", *sku, facts))
    for kind in OF_SKU_MAP:
        report(ledger, kind, found[kind])


def finding(kind: str, region: str, seller_sku: str, facts: Mapping[str, Any]) -> Finding:
    """A finding about a SKU, or about a region account where it is empty, told in the catalogue's words.

    KeyError names a fact that the sentence of this kind needs and was not given.
    """
    known = {"region": region, **({"seller_sku": seller_sku} if seller_sku else {}), **facts}
    return found_of(kind, f"{region}/{seller_sku}", known)


def _of_effect(effect: Effect) -> dict[str, Any]:
    """What a push was, for a person: a feed is named as one."""
    reference = (effect.reference or "").replace("feed-done:", "feed ").replace("feed:", "feed ")
    return {
        "quantity": effect.payload["quantity"],
        "attempts": effect.attempts,
        "reference": reference or "not there",
    }


def _as_clause(text: str) -> str:
    """Text that a sentence goes on after."""
    return text.rstrip(". ")
