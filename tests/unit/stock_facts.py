"""Order items and instants as the tests of the stock rules tell them: minutes after 12:00 on one day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integration_assets.rules.holds import OrderFact

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def minute(minutes: float) -> datetime:
    """That many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def order(
    at: float,
    units: int = 1,
    *,
    status: str = "UNSHIPPED",
    shipped: int = 0,
    open_units: int | None = None,
    imported_at: float | None = None,
    updated_at: float | None = None,
    fulfilled_by: str | None = "MERCHANT",
    channel_name: str = "AMAZON",
    order_id: str = "202-1111111-1111111",
) -> OrderFact:
    """An order item of `units`, placed `at` minutes after noon; `open_units` are still to be shipped."""
    return OrderFact(
        amazon_order_id=order_id,
        created_at=minute(at),
        status=status,
        fulfilled_by=fulfilled_by,
        channel_name=channel_name,
        quantity_ordered=units,
        quantity_fulfilled=shipped,
        quantity_unfulfilled=units - shipped if open_units is None else open_units,
        shopify_created_at=None if imported_at is None else minute(imported_at),
        last_updated_at=None if updated_at is None else minute(updated_at),
    )
