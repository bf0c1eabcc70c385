"""Changes that wait for a person's word: each held under a name, for the very change that the person is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from resources.ledger import Hold, Ledger

ITSELF = "instep"
"""Who releases a hold that is over."""
WORD_HOLDS = timedelta(hours=24)
"""How long a person's word is good for: the same change a week later is a new question."""


def spoken(ledger: Ledger, hold: Hold | None) -> bool:
    """Whether a person has let a hold go, and of late."""
    if hold is None or hold.released_at is None or hold.who == ITSELF:
        return False
    return ledger.clock.now() - hold.released_at < WORD_HOLDS


def let_go(ledger: Ledger, scope: str, change: str) -> bool:
    """Whether a person has let this very change go: their word is none on another one."""
    last = ledger.last_hold(scope)
    return spoken(ledger, last) and last is not None and last.detail == change


def keep(ledger: Ledger, prefix: str, waiting: Mapping[str, str]) -> None:
    """Hold what a person must decide on, by name, and end by itself what is over or has become another change.

    All holds whose names begin with `prefix` are meant.
    """
    standing = {hold.scope: hold for hold in ledger.open_holds() if hold.scope.startswith(prefix)}
    for scope, hold in standing.items():
        if waiting.get(scope) != hold.detail:
            ledger.release_hold(scope, who=ITSELF, note="it is over")
    for scope, change in waiting.items():
        if scope not in standing or standing[scope].detail != change:
            ledger.open_hold(scope, change)
