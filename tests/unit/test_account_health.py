"""The figures Amazon judges a seller by. It is noon; days are counted back from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integration_assets.rules.account_health import OrderFacts, PackageFacts, Rate, is_tracked, rates

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days before now."""
    return NOON - timedelta(days=number)


def order(
    placed: float, due: float | None, accepted: float | None, *, cancelled: bool = False, by_seller: bool = False
) -> OrderFacts:
    return OrderFacts(
        created_at=day(placed),
        ship_by_at=None if due is None else day(due),
        accepted_at=None if accepted is None else day(accepted),
        is_cancelled=cancelled,
        cancelled_by_seller=by_seller,
    )


def package(accepted: float, carrier: str | None = "Royal Mail", number: str | None = "AB1GB") -> PackageFacts:
    return PackageFacts(day(accepted), carrier, number)


def counted(rate: Rate) -> tuple[int, int]:
    return rate.counted, rate.hits


@pytest.mark.parametrize(
    ("orders", "late"),
    [
        ([order(3, 1, 2)], (1, 0)),
        ([order(3, 1, 0.5)], (1, 1)),
        ([order(3, 1, None)], (1, 1)),
        ([order(3, -1, None)], (0, 0)),
        ([order(3, 1, None, cancelled=True)], (0, 0)),
        ([order(3, None, None)], (0, 0)),
        ([order(20, 8, 7)], (0, 0)),
        ([order(3, 1, 1)], (1, 0)),
    ],
    ids=[
        "confirmed in time",
        "confirmed after its ship-by time",
        "not confirmed at all and overdue",
        "not due yet",
        "cancelled",
        "without a deadline",
        "due before the window",
        "confirmed at the very moment",
    ],
)
def test_an_order_is_late_when_amazon_took_its_confirmation_too_late(
    orders: list[OrderFacts], late: tuple[int, int]
) -> None:
    rate, _, _ = rates(orders, [], now=NOON, window_days=7)
    assert counted(rate) == late


def test_only_what_the_seller_cancelled_counts_against_him() -> None:
    orders = [
        order(1, None, None, cancelled=True, by_seller=True),
        order(1, None, None, cancelled=True),
        order(1, None, None),
        order(9, None, None, cancelled=True, by_seller=True),
    ]
    _, week, _ = rates(orders, [], now=NOON, window_days=7)
    _, month, _ = rates(orders, [], now=NOON, window_days=30)
    assert (counted(week), counted(month)) == ((3, 1), (4, 2))


@pytest.mark.parametrize(
    ("carrier", "number", "tracked"),
    [
        ("UPS", "1Z9", True),
        ("ROYAL_MAIL", "1Z9", True),
        ("Other", "1Z9", False),
        ("Bike courier", "1Z9", False),
        ("UPS", " ", False),
        ("UPS", None, False),
        (None, "1Z9", False),
    ],
)
def test_a_package_is_tracked_when_amazon_can_ask_its_carrier(
    carrier: str | None, number: str | None, tracked: bool
) -> None:
    assert is_tracked(package(1, carrier, number)) == tracked


@pytest.mark.parametrize(
    ("rate", "percent", "within"),
    [
        (Rate("late_shipment", 30, 100, 3, Decimal(4)), Decimal("3.00"), True),
        (Rate("late_shipment", 30, 100, 4, Decimal(4)), Decimal("4.00"), False),
        (Rate("late_shipment", 30, 0, 0, Decimal(4)), None, True),
        (Rate("cancellation", 7, 200, 5, Decimal("2.5")), Decimal("2.50"), False),
        (Rate("valid_tracking", 30, 100, 95, Decimal(95)), Decimal("95.00"), False),
        (Rate("valid_tracking", 30, 100, 96, Decimal(95)), Decimal("96.00"), True),
        (Rate("late_shipment", 30, 100_000, 3_999, Decimal(4)), Decimal("4.00"), True),
    ],
    ids=["below", "at the limit", "nothing to judge", "half a percent", "at least is not more", "above", "exactly"],
)
def test_a_figure_keeps_to_its_limit_by_its_exact_value(rate: Rate, percent: Decimal | None, within: bool) -> None:
    assert (rate.percent, rate.within_limit) == (percent, within)


def test_one_more_late_order_costs_the_more_the_fewer_there_are() -> None:
    assert Rate("late_shipment", 7, 20, 0, Decimal(4)).one_more_costs == Decimal("5.00")
    assert Rate("late_shipment", 7, 0, 0, Decimal(4)).one_more_costs is None


def test_packages_count_by_the_moment_amazon_took_them() -> None:
    packages = [package(1), package(6.9), package(7.1), package(2, "Other")]
    _, _, week = rates([], packages, now=NOON, window_days=7)
    assert counted(week) == (3, 2)
