"""How long there is until an order is late, and which goes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integration_assets.rules.lateness import hours_left, in_order_of_deadline

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(90, "1.5"), (119, "1.9"), (0, "0.0"), (-1, "-0.1"), (-90, "-1.5"), (60 * 24 * 30, "720.0")],
    ids=["an hour and a half", "never rounded up", "now", "a minute late is late", "late", "a month"],
)
def test_hours_are_counted_in_tenths_and_never_rounded_up(minutes: int, hours: str) -> None:
    assert hours_left(NOON + timedelta(minutes=minutes), NOON) == Decimal(hours)


def test_an_order_without_a_deadline_has_no_hours_left() -> None:
    assert hours_left(None, NOON) is None


def test_what_is_due_first_goes_first_and_what_is_never_due_goes_last() -> None:
    due = {"b": NOON, "a": NOON, "never": None, "late": NOON - timedelta(hours=1), "soon": NOON + timedelta(hours=1)}
    ordered = in_order_of_deadline(due, ship_by_at=due.__getitem__, name=str)
    assert ordered == ["late", "a", "b", "soon", "never"]
