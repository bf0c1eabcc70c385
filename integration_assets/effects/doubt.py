"""What cannot be told of an effect yet: how long it is left alone, and when waiting for it is given up."""

from __future__ import annotations

from datetime import timedelta

from resources.ledger import Ledger

DOUBT = timedelta(seconds=60)
LONGEST_DOUBT = timedelta(minutes=15)
"""How long a call without an answer may still be on its way; longer each time, so that an outage is no storm."""
DOUBTS_IN_A_ROW = 3
"""Calls one after the other without a clear answer, after which the rest waits for another time."""


def patience(attempts: int) -> timedelta:
    """How long after its sending an effect without an answer, sent so often, is not sent again."""
    return min(DOUBT * (1 << min(attempts, 5)) / 2, LONGEST_DOUBT)


def drop_overtaken(ledger: Ledger, kind: str, region: str) -> None:
    """Give up waiting for older values of a subject once a newer one was sent."""
    awaited = ledger.open_effects(kind, region, ("applied", "unknown"))
    newest = ledger.newest_of(kind, region, {effect.subject for effect in awaited})
    for effect in awaited:
        head = newest[effect.subject]
        if head.effect_id != effect.effect_id and head.sent_at is not None:
            ledger.supersede(effect.effect_id, head.effect_id)
