"""The shipping figures by which Amazon judges a seller, counted as Amazon counts them. Merchant-fulfilled orders only.

Source: Amazon's seller help. An order is late when Amazon took its confirmation after its ship-by time, whatever date
the confirmation names. A cancellation counts when the seller made it, not when the buyer asked for it. A package is
validly tracked when its tracking number is under a carrier that Amazon can ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from integration_assets.rules.carriers import BUILT_IN

Figure = Literal["late_shipment", "cancellation", "valid_tracking"]
WINDOWS = (7, 30)
LATE_SHIPMENT_LIMIT = Decimal(4)
CANCELLATION_LIMIT = Decimal("2.5")
VALID_TRACKING_LIMIT = Decimal(95)
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the figures need to know of an order. `accepted_at` is empty until every unit of it was confirmed."""

    created_at: datetime
    ship_by_at: datetime | None
    accepted_at: datetime | None
    is_cancelled: bool
    cancelled_by_seller: bool


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What the figures need to know of a package that Amazon took."""

    accepted_at: datetime
    carrier: str | None
    tracking_number: str | None


@dataclass(frozen=True, slots=True)
class Rate:
    """One figure over one window. `hits` are late, cancelled or tracked ones among the `counted`."""

    figure: Figure
    window_days: int
    counted: int
    hits: int
    limit_percent: Decimal

    @property
    def percent(self) -> Decimal | None:
        """Hits among those counted, to the hundredth; None where there are none to judge."""
        return _percent(self.hits, self.counted) if self.counted else None

    @property
    def within_limit(self) -> bool:
        """Whether the exact figure keeps to the limit: nothing to judge is nothing wrong."""
        if not self.counted:
            return True
        exact = Decimal(100 * self.hits)
        limit = self.limit_percent * self.counted
        return exact > limit if self.figure == "valid_tracking" else exact < limit

    @property
    def one_more_costs(self) -> Decimal | None:
        """By how much one more bad one among those already counted moves the figure, in percentage points."""
        return _percent(1, self.counted) if self.counted else None


def rates(
    orders: Collection[OrderFacts], packages: Iterable[PackageFacts], *, now: datetime, window_days: int
) -> tuple[Rate, Rate, Rate]:
    """The three figures over the last `window_days`.

    Late shipments are judged among orders whose ship-by time lies in the window, unconfirmed ones included;
    cancellations among orders placed in it; tracking among packages confirmed in it.
    """
    since = now - timedelta(days=window_days)
    due = [
        order
        for order in orders
        if order.ship_by_at is not None and since <= order.ship_by_at <= now and not order.is_cancelled
    ]
    late = sum(1 for order in due if is_late(order, now))
    placed = [order for order in orders if since <= order.created_at <= now]
    cancelled = sum(1 for order in placed if order.cancelled_by_seller)
    sent = [package for package in packages if since <= package.accepted_at <= now]
    tracked = sum(1 for package in sent if is_tracked(package))
    return (
        Rate("late_shipment", window_days, len(due), late, LATE_SHIPMENT_LIMIT),
        Rate("cancellation", window_days, len(placed), cancelled, CANCELLATION_LIMIT),
        Rate("valid_tracking", window_days, len(sent), tracked, VALID_TRACKING_LIMIT),
    )


def is_late(order: OrderFacts, now: datetime) -> bool:
    """Whether the whole of the order was not confirmed by its ship-by time."""
    return order.ship_by_at is not None and (order.accepted_at or now) > order.ship_by_at


def is_tracked(package: PackageFacts) -> bool:
    """Whether Amazon can look the package up: it has a number, and a carrier that Amazon knows by a code of its own.

    Of a carrier that was told as Other, Amazon shows the name that was given with it.
    """
    carrier = _bare(package.carrier or "")
    return bool((package.tracking_number or "").strip()) and any(carrier.startswith(code) for code in ASKABLE)


def _bare(carrier: str) -> str:
    return "".join(character for character in carrier.casefold() if character.isalnum())


ASKABLE = frozenset(_bare(code) for code in BUILT_IN.values())


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / Decimal(whole)).quantize(HUNDREDTH, rounding=ROUND_HALF_EVEN)
