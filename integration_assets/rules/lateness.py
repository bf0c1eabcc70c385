"""How long there is until Amazon calls an order late, and which order goes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

T = TypeVar("T")
TENTH = Decimal("0.1")
NEVER = datetime.max.replace(tzinfo=UTC)


def hours_left(ship_by_at: datetime | None, now: datetime) -> Decimal | None:
    """Hours until the order is late, in tenths and never rounded up; below zero once it is, None without a deadline."""
    if ship_by_at is None:
        return None
    seconds = Decimal((ship_by_at - now) // (datetime.resolution)) / 1_000_000
    return (seconds / 3600).quantize(TENTH, rounding=ROUND_FLOOR)


def in_order_of_deadline(
    work: Iterable[T], *, ship_by_at: Callable[[T], datetime | None], name: Callable[[T], str]
) -> list[T]:
    """What is due first comes first, what has no deadline last; ties by name, so that the order is always the same.

    Orders that are late already come before those that are not: each hour makes a buyer's cancellation likelier.
    """
    return sorted(work, key=lambda each: (ship_by_at(each) or NEVER, name(each)))
