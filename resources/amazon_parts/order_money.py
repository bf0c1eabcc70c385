"""How the money of an Amazon order splits, from the breakdowns of its proceeds.

Source: Amazon's map from its former Orders fields to `proceeds.breakdowns` (`type`) and `detailedBreakdowns`
(`subtype`): SHIPPING under TAX is the tax on the shipping, SHIPPING under DISCOUNT the discount on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from resources.amazon_parts.parse import money, objects, optional_text

ZERO = Decimal(0)
ATTRIBUTED = frozenset({"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "TAX", "DISCOUNT"})
FACILITATOR = "MARKETPLACE_FACILITATOR"


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of an item's money; all of them None where Amazon does not break it down, as while pending."""

    item_price: Decimal | None = None
    shipping_price: Decimal | None = None
    gift_wrap_price: Decimal | None = None
    other_charges: Decimal | None = None
    promotion: Decimal | None = None
    shipping_promotion: Decimal | None = None
    tax: Decimal | None = None
    shipping_tax: Decimal | None = None
    gift_wrap_tax: Decimal | None = None


def split_of(item: Mapping[str, Any], currency: str | None, what: str) -> Split:
    """The split of an item. None of it is told where a part is in another currency: it could not be added up."""
    breakdowns = objects(item.get("proceeds") or {}, "breakdowns", what)
    if not breakdowns or _currencies(breakdowns, what) - {currency}:
        return Split()
    parts: dict[str, Decimal] = {}
    details: dict[tuple[str, str], Decimal] = {}
    for entry in breakdowns:
        kind = optional_text(entry, "type") or "OTHER"
        kind = kind if kind in ATTRIBUTED else "OTHER"
        parts[kind] = parts.get(kind, ZERO) + _amount(entry.get("subtotal"), what)
        for subtype, value in _details(entry, what):
            details[kind, subtype] = details.get((kind, subtype), ZERO) + value
    return Split(
        item_price=parts.get("ITEM", ZERO),
        shipping_price=parts.get("SHIPPING", ZERO),
        gift_wrap_price=parts.get("GIFT_WRAP", ZERO),
        other_charges=parts.get("COD_FEE", ZERO) + parts.get("OTHER", ZERO),
        # Told with and without a minus sign; it is always something taken off.
        promotion=abs(parts.get("DISCOUNT", ZERO)),
        shipping_promotion=abs(details.get(("DISCOUNT", "SHIPPING"), ZERO)),
        tax=parts.get("TAX", ZERO),
        shipping_tax=details.get(("TAX", "SHIPPING"), ZERO),
        gift_wrap_tax=details.get(("TAX", "GIFT_WRAP"), ZERO),
    )


def order_charges(entry: Mapping[str, Any], what: str) -> Decimal | None:
    """What the order's own breakdowns name and no item does: a delivery tip. None while there is no money told."""
    proceeds = entry.get("proceeds")
    if not isinstance(proceeds, Mapping):
        return None
    tips = (part for part in objects(proceeds, "breakdowns", what) if part.get("type") == "DELIVERY_TIP")
    return sum((_amount(part.get("subtotal"), what) for part in tips), ZERO)


def tax_collector(item: Mapping[str, Any], what: str) -> str | None:
    """MARKETPLACE_FACILITATOR where Amazon collects the tax of the item."""
    collections = objects(item.get("tax") or {}, "taxCollections", what)
    return FACILITATOR if any(one.get("model") == FACILITATOR for one in collections) else None


def _details(entry: Mapping[str, Any], what: str) -> Iterator[tuple[str, Decimal]]:
    for detail in objects(entry, "detailedBreakdowns", what):
        yield optional_text(detail, "subtype") or "OTHER", _amount(detail.get("value"), what)


def _currencies(breakdowns: Sequence[Mapping[str, Any]], what: str) -> set[str | None]:
    values = [entry.get("subtotal") for entry in breakdowns]
    values += [detail.get("value") for entry in breakdowns for detail in objects(entry, "detailedBreakdowns", what)]
    found = {money(value, what)[1] for value in values}
    return found - {None}


def _amount(value: object, what: str) -> Decimal:
    return money(value, what)[0] or ZERO
