"""Which Amazon orders a run has to read again because of a notification: pure decisions, no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from resources.amazon_parts.notifications import ORDER_CHANGE
from resources.ledger import InboxMessage
from sensors.spans import Span

MOST_ORDERS = 25
"""Orders of one run: each costs a call of getOrder, of which Amazon saves up thirty and grants one in two seconds."""

STALE_AFTER = timedelta(minutes=15)
"""A hint this old starts nothing: by then the schedule, which reads all that changed, has been there."""


@dataclass(frozen=True, slots=True)
class Hinted(Span):
    """One run's worth of notifications. `orders` is, by region account, order id -> when it changed, where told."""

    of = "hints"

    orders: Mapping[str, Mapping[str, str | None]]


def hinted_by(messages: Iterable[InboxMessage], *, cursor: int, fresh_since: datetime) -> tuple[Hinted | None, int]:
    """Coalesce notifications into at most one batch of distinct orders, and say how far the cursor may move.

    An order that is named often, late or out of turn is read once and as it is then. What was published before
    `fresh_since` starts nothing. A batch is closed when it is full; what follows stays for the next look.
    """
    orders: dict[str, dict[str, str | None]] = {}
    count = 0
    first: int | None = None
    received_at: datetime | None = None
    for message in messages:
        told = message.payload.get("region") if message.topic == ORDER_CHANGE else None
        region = told if isinstance(told, str) else ""
        counts = bool(region) and (message.triggered_at or message.received_at) >= fresh_since
        if counts and count >= MOST_ORDERS and message.subject not in orders.get(region, {}):
            break
        cursor = message.seq
        if not counts:
            continue
        first, received_at = message.seq if first is None else first, message.received_at
        known = orders.setdefault(region, {})
        count += message.subject not in known
        known[message.subject] = _later(known.get(message.subject, ""), message.payload.get("changed_at"))
    if first is None or received_at is None:
        return None, cursor
    return Hinted(first, cursor, received_at, orders), cursor


def _later(known: str | None, told: object) -> str | None:
    """The later of two changes; None, which means that the order is read in any case, once one is not dated."""
    if known is None or not isinstance(told, str):
        return None
    return max(known, told)
