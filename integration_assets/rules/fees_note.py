"""What the note of an order's fees says: per Amazon order and currency, the sums a person in Shopify wants to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from integration_assets.rules.money import as_text

VERSION = 1


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one order in one currency; fees are below zero."""

    order_ref: str
    currency: str
    sales: Decimal
    tax: Decimal
    promotions: Decimal
    commission: Decimal
    fulfilment: Decimal
    other_fees: Decimal
    allocated_fees: Decimal
    refunds: Decimal
    unmapped: Decimal
    paid_out: Decimal

    @property
    def fees(self) -> Decimal:
        """Everything Amazon takes, and what was shared out to the order."""
        return self.commission + self.fulfilment + self.other_fees + self.allocated_fees


def note(sums: Iterable[Sums]) -> dict[str, Any]:
    """The note as JSON: amounts are text with the decimals of their currency. The order of the sums means nothing."""
    entries = sorted(sums, key=lambda each: (each.order_ref, each.currency))
    return {"version": VERSION, "amazon": [_entry(each) for each in entries]}


def _entry(sums: Sums) -> dict[str, str]:
    amounts = {
        field.name: as_text(getattr(sums, field.name), sums.currency)
        for field in fields(sums)
        if field.name not in ("order_ref", "currency")
    }
    return {"order": sums.order_ref, "currency": sums.currency, **amounts, "fees": as_text(sums.fees, sums.currency)}
