"""How an exception stands: open or seen to, how large, how old, and how long it may wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

UNITS = ("leak_units", "units", "difference", "quantity")
"""Facts that tell a size in units, the most telling first."""

AMOUNTS = ("amount", "unexplained", "loss", "value")
HOUR = timedelta(hours=1)
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is: units, or an amount with its currency; neither where the facts tell none. Without a sign."""

    units: int | None = None
    amount: Decimal | None = None
    currency: str | None = None

    @property
    def told(self) -> str:
        """For a person; empty where there is no size."""
        if self.amount is not None:
            return f"{self.amount:,.2f} {self.currency}"
        return "" if self.units is None else f"{self.units} {'unit' if self.units == 1 else 'units'}"


def size_of(facts: Mapping[str, Any]) -> Size:
    """Read the size from the facts of an exception. Money counts only with its currency beside it."""
    currency = facts.get("currency")
    if isinstance(currency, str) and currency:
        for name in AMOUNTS:
            amount = _decimal(facts.get(name))
            if amount is not None:
                return Size(amount=abs(amount), currency=currency)
    for name in UNITS:
        units = facts.get(name)
        if isinstance(units, int) and not isinstance(units, bool):
            return Size(units=abs(units))
    return Size()


def hours(span: timedelta) -> Decimal:
    """A span in hours, to a tenth."""
    return (Decimal(int(span.total_seconds())) / 3600).quantize(TENTH)


def standing_of(
    *,
    now: datetime,
    closed_at: datetime | None,
    deadline_at: datetime | None,
    acknowledged_at: datetime | None,
    snoozed_until: datetime | None,
) -> str:
    """One word of `contracts/desk.py`'s STANDINGS. A deadline that has passed is overdue, whoever has seen it."""
    if closed_at is not None:
        return "closed"
    if deadline_at is not None and deadline_at <= now:
        return "overdue"
    if snoozed_until is not None and snoozed_until > now:
        return "snoozed"
    return "open" if acknowledged_at is None else "acknowledged"


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
