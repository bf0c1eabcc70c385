"""What waits for a person's word on prices, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from integration_assets.contracts.prices import PricePosition
from resources.ledger import Hold, Ledger

ITSELF = "instep"
"""Who releases a hold that is over."""
WORD_HOLDS = timedelta(hours=24)
"""How long a person's word is good for: the same change a week later is a new question."""


def price_scope(region: str, marketplace_id: str, sku: str) -> str:
    """The name under which a single price is held."""
    return f"price/{region}/{marketplace_id}/{sku}"


def change_of(shown: Decimal | None, wanted: Decimal | None) -> str:
    """The very change that a person is asked about: their word is none on another one."""
    return f"{shown} -> {wanted}"


def let_go(
    ledger: Ledger, region: str, marketplace_id: str, sku: str, shown: Decimal | None, wanted: Decimal | None
) -> bool:
    """Whether a person has let this very change go."""
    last = ledger.last_hold(price_scope(region, marketplace_id, sku))
    return spoken(ledger, last) and last is not None and last.detail == change_of(shown, wanted)


def spoken(ledger: Ledger, hold: Hold | None) -> bool:
    """Whether a person has let a hold go, and of late."""
    if hold is None or hold.released_at is None or hold.who == ITSELF:
        return False
    return ledger.clock.now() - hold.released_at < WORD_HOLDS


def keep_holds(ledger: Ledger, region: str, rows: Sequence[PricePosition]) -> None:
    """Hold what a person must decide on, and end by itself what is over or has become another change."""
    prefix = f"price/{region}/"
    standing = {hold.scope: hold for hold in ledger.open_holds() if hold.scope.startswith(prefix)}
    waiting = {
        price_scope(region, row.marketplace_id, row.seller_sku): change_of(row.shown, row.target)
        for row in rows
        if row.verdict in ("leak", "held")
    }
    for scope, hold in standing.items():
        if waiting.get(scope) != hold.detail:
            ledger.release_hold(scope, who=ITSELF, note="it is over")
    for scope, detail in waiting.items():
        if scope not in standing or standing[scope].detail != detail:
            ledger.open_hold(scope, detail)
