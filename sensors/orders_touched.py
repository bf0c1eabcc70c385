"""Which Shopify orders a run has to read again, and what the run is called: pure decisions, no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from resources.ledger import InboxMessage
from sensors.spans import Span

TOPICS = frozenset({"fulfillments/create", "fulfillments/update", "orders/cancelled", "refunds/create"})
MOST_ORDERS = 250


@dataclass(frozen=True, slots=True)
class Touched(Span):
    """One run's worth of messages: the orders to read again."""

    of = "orders"

    shopify_order_ids: tuple[str, ...]


def touched_by(messages: Iterable[InboxMessage], *, cursor: int) -> tuple[Touched | None, int]:
    """Coalesce messages into at most one batch of distinct orders, and say how far the cursor may move.

    The same order named twice, late or out of turn, is read once and as it is then. A batch is closed when it is full;
    what follows stays for the next look.
    """
    orders: dict[str, None] = {}
    first: int | None = None
    received_at: datetime | None = None
    for message in messages:
        if len(orders) >= MOST_ORDERS and message.subject not in orders:
            break
        cursor, received_at = message.seq, message.received_at
        if message.topic not in TOPICS:
            continue
        first = message.seq if first is None else first
        orders[message.subject] = None
    if first is None or received_at is None:
        return None, cursor
    return Touched(first, cursor, received_at, tuple(orders)), cursor
