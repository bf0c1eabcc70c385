"""The parts of a Shopify order made from Amazon's: lines, shipping and taxes, and what one Amazon item becomes of them.

Money is counted in minor units here, so that every part of it is somewhere and nothing is rounded away.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from integration_assets.contracts.amazon import AmazonOrderItem
from integration_assets.rules.minor_units import apportioned, evenly, to_amount, to_minor

AMAZON_TAX: Final = "Tax collected by Amazon"
SELLER_TAX: Final = "Tax"
RATE: Final = Decimal("0.000001")
ITEM_ID: Final = "_amazon_order_item_id"
"""Line property with Amazon's id of the item; the underscore keeps it from buyers."""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a line or on the shipping. `rate` is its share of what it is on."""

    title: str
    amount: Decimal
    rate: Decimal
    is_amazons: bool


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line: a variant of the shop, or, without one, a line of its own with title and SKU."""

    title: str
    variant_id: str | None
    sku: str | None
    quantity: int
    unit_price: Decimal
    taxes: tuple[Tax, ...] = ()
    requires_shipping: bool = True
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DraftShipping:
    """The shipping, with what was taken off it gone already."""

    title: str
    amount: Decimal
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemParts:
    """What an Amazon item becomes, and its money in minor units; `goods` is what its lines cost."""

    lines: tuple[DraftLine, ...]
    goods: int
    shipping: int
    shipping_tax: Tax | None
    tax: int
    promotion: int
    shipping_promotion: int


def own_line(title: str, price: Decimal) -> DraftLine:
    """A line for money that is no unit of anything."""
    return DraftLine(title=title, variant_id=None, sku=None, quantity=1, unit_price=price, requires_shipping=False)


def parts_of(item: AmazonOrderItem, variant_id: str | None, gift_message: str, digits: int) -> ItemParts:
    """The parts of an item, its gift wrapping as a line of its own. DataError where an amount is not exact."""
    reader = _Reader(item, digits)
    units = max(item.quantity_ordered - item.quantity_cancelled, 0)
    price = reader.price(units)
    shipping, shipping_tax = reader.part("shipping_price"), reader.part("shipping_tax")
    wrap, wrap_tax = reader.part("gift_wrap_price"), reader.part("gift_wrap_tax")
    item_tax = max(reader.part("tax") - shipping_tax - wrap_tax, 0) if units else 0
    promotion = reader.part("promotion")
    lines = reader.lines(units, price, item_tax, variant_id, gift_message)
    if wrap or wrap_tax:
        line = own_line(f"Gift wrap for {item.seller_sku or 'an item'}", to_amount(wrap, digits))
        lines.append(replace(line, taxes=(reader.tax(wrap_tax, wrap),)) if wrap_tax else line)
    return ItemParts(
        lines=tuple(lines),
        goods=price + wrap,
        shipping=shipping,
        shipping_tax=reader.tax(shipping_tax, shipping) if shipping_tax else None,
        tax=item_tax + shipping_tax + wrap_tax,
        promotion=promotion,
        shipping_promotion=min(reader.part("shipping_promotion"), promotion),
    )


def charges_of(item: AmazonOrderItem, digits: int) -> int:
    """What Amazon charged for the item besides, in minor units; it can be below zero."""
    return _Reader(item, digits).signed("other_charges")


class _Reader:
    def __init__(self, item: AmazonOrderItem, digits: int) -> None:
        self._item = item
        self._digits = digits

    def signed(self, name: str) -> int:
        amount: Decimal | None = getattr(self._item, name)
        what = f"order {self._item.amazon_order_id} item {self._item.order_item_id} {name}"
        return 0 if amount is None else to_minor(amount, self._digits, what)

    def part(self, name: str) -> int:
        """A part of the split; nothing where it is not told."""
        return max(self.signed(name), 0)

    def price(self, units: int) -> int:
        """What the units cost before promotions; for units cancelled meanwhile Amazon may still tell a price."""
        item = self._item
        if item.unit_price is None:
            return self.part("item_price" if item.item_price is not None else "item_total") if units else 0
        of_units = self.part("unit_price") * units
        if item.item_price is None:
            return of_units
        return min(self.part("item_price"), of_units) if item.quantity_cancelled else self.part("item_price")

    def tax(self, minor: int, base: int) -> Tax:
        """A tax of so much on so much."""
        is_amazons = self._item.tax_collected_by is not None
        return Tax(
            title=AMAZON_TAX if is_amazons else SELLER_TAX,
            amount=to_amount(minor, self._digits),
            rate=(Decimal(minor) / Decimal(base)).quantize(RATE) if base else Decimal(0),
            is_amazons=is_amazons,
        )

    def lines(self, units: int, price: int, tax: int, variant_id: str | None, gift_message: str) -> list[DraftLine]:
        """One line; two where the price of all units is no multiple of a price of one; none without units."""
        if not units:
            return []
        item = self._item
        parts = evenly(price, units)
        shares = apportioned(tax, [count * each for count, each in parts])
        told = ((ITEM_ID, item.order_item_id), ("Gift wrap", item.gift_wrap_level), ("Gift message", gift_message))
        return [
            DraftLine(
                title=item.title or item.seller_sku or item.asin or "Item sold on Amazon",
                variant_id=variant_id,
                sku=item.seller_sku,
                quantity=count,
                unit_price=to_amount(each, self._digits),
                taxes=(self.tax(share, count * each),) if share else (),
                properties=tuple((name, value) for name, value in told if value),
            )
            for (count, each), share in zip(parts, shares, strict=True)
        ]
