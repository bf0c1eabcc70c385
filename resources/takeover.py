"""The moment this installation began to watch: what was shipped before it is somebody else's business."""

from __future__ import annotations

from datetime import datetime

from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel

CURSOR = "takeover_at"


def takeover_at(ledger: Ledger, model: OperatingModel, clock: Clock) -> datetime:
    """`orders.since` of the operating model, or the first time anybody asked."""
    if model.orders.since is not None:
        return model.orders.since
    kept = ledger.cursor(CURSOR)
    if kept is None:
        kept = clock.now().isoformat()
        ledger.set_cursor(CURSOR, kept)
    return datetime.fromisoformat(kept)
