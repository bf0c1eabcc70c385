"""What makes a run, and what the run is called: pure decisions, no clock, no network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from resources.ledger import Effect, InboxMessage
from sensors.spans import Span

STOCK_TOPICS = frozenset({"inventory_levels/update", "inventory_levels/connect", "inventory_levels/disconnect"})
MOST_ITEMS = 1000
TRY_AGAIN_AFTER = timedelta(minutes=5)
TRY_WISHES_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Batch(Span):
    """One run's worth of messages: the inventory items to read again."""

    of = "inbox"

    inventory_item_ids: tuple[str, ...]


class Reading(NamedTuple):
    """What a look at the inbox came to: the batch to run, if any, and how far the cursor may move."""

    batch: Batch | None
    cursor: int


def reading_of(messages: Iterable[InboxMessage], *, cursor: int, pool_location_ids: Collection[str]) -> Reading:
    """Coalesce messages into at most one batch of distinct inventory items.

    A message about a location outside the MFN pool (the mirror of FBA stock above all) starts nothing: its echo ends
    here. Where the pool is not known yet, every location counts. A batch is closed when it is full; what follows stays
    for the next look.
    """
    items: dict[str, None] = {}
    first: int | None = None
    received_at: datetime | None = None
    for message in messages:
        if len(items) >= MOST_ITEMS and message.subject not in items:
            break
        cursor, received_at = message.seq, message.received_at
        if message.topic not in STOCK_TOPICS:
            continue
        location = message.payload.get("location_id")
        if pool_location_ids and location is not None and _gid(location) not in pool_location_ids:
            continue
        first = message.seq if first is None else first
        items[message.subject] = None
    if first is None or received_at is None:
        return Reading(batch=None, cursor=cursor)
    batch = Batch(first=first, last=cursor, received_at=received_at, inventory_item_ids=tuple(items))
    return Reading(batch=batch, cursor=cursor)


def read_back_key(due: Sequence[Effect], unserved: Sequence[str], now: datetime) -> str:
    """Names what is to be read back, when it fell due, and whose try it is.

    What is still due five minutes later gets another run, a wish that nobody served after one: the run may have failed.
    """
    effects = "-".join(str(edge(effect.effect_id for effect in due)) for edge in (min, max)) if due else "none"
    moment = max((effect.check_at for effect in due if effect.check_at is not None), default=None)
    patience = TRY_WISHES_AGAIN_AFTER if unserved else TRY_AGAIN_AFTER
    turn = int(now.timestamp() // patience.total_seconds())
    wishes = "+".join(unserved) or "none"
    return f"read-back/{effects}/{moment.isoformat() if moment else 'none'}/{wishes}/{turn}"


def _gid(location_id: str | int) -> str:
    return f"gid://shopify/Location/{location_id}" if str(location_id).isdigit() else str(location_id)


def alert_key(newest_step: int, now: datetime) -> str:
    """A run key for telling the teams: another one with each new step, and each quarter of an hour."""
    return f"alerts/{newest_step}/{now:%Y%m%d%H}{now.minute // 15}"
