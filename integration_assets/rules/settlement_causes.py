"""Why a settlement says another value of an order than Shopify: the difference, split into causes that add up to it.

Everything is in minor units of the settlement's currency, signed as the buyer's money flows to the seller: a discount
and a refund are below zero. Fees that Amazon keeps are no difference; a fee that nobody has mapped is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

CAUSES: Final = (
    "missing_order",
    "price",
    "shipping",
    "tax",
    "promotion",
    "refund",
    "fee_unmapped",
    "fx",
    "timing",
    "rounding",
    "unexplained",
)
HEADS: Final = ("goods", "shipping", "tax", "promotion", "refund")
CAUSE_OF: Final = {"goods": "price", "shipping": "shipping", "tax": "tax", "promotion": "promotion", "refund": "refund"}
REGROUPED: Final = (
    ("goods", "tax"),
    ("goods", "promotion"),
    ("goods", "shipping", "tax"),
    ("shipping", "promotion"),
    ("tax", "refund"),
    ("promotion", "refund"),
    ("tax", "promotion", "refund"),
)
"""Headings under which the two systems may put the same money: a price with or without its tax or discount."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a buyer's order is worth, by heading. `goods` are before discounts and without tax."""

    goods: int = 0
    shipping: int = 0
    tax: int = 0
    promotion: int = 0
    refund: int = 0

    @property
    def total(self) -> int:
        """All headings together."""
        return self.goods + self.shipping + self.tax + self.promotion + self.refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An order as the two systems know it.

    `shop` is None where Shopify has no such order, `settled` where no settlement has a line of it yet. `shop_total` is
    Shopify's own sum. `withheld_tax` is what the marketplace kept of the tax (below zero). `fx_percent` is by how much
    a heading may be off because of the exchange rate; 0 where both sides are in one currency.
    """

    shop: Value | None
    shop_total: int
    settled: Value | None
    withheld_tax: int = 0
    unmapped: int = 0
    units_ordered: int = 0
    units_settled: int = 0
    fx_percent: int = 0


@dataclass(frozen=True, slots=True)
class Causes:
    """The parts of the difference. `unexplained` is nothing unless Shopify's own headings miss Shopify's own sum."""

    missing_order: int = 0
    price: int = 0
    shipping: int = 0
    tax: int = 0
    promotion: int = 0
    refund: int = 0
    fee_unmapped: int = 0
    fx: int = 0
    timing: int = 0
    rounding: int = 0
    unexplained: int = 0

    @property
    def total(self) -> int:
        """All causes together: the difference."""
        return sum(getattr(self, each.name) for each in fields(self))

    @property
    def main(self) -> str:
        """The cause of the largest part; empty where nothing differs. Of equals the first in `CAUSES`."""
        largest = max(CAUSES, key=lambda cause: abs(getattr(self, cause)))
        return largest if getattr(self, largest) else ""


def settled_value(order: Compared) -> int:
    """What the settlements say of the order, for comparison with Shopify's total.

    Where Shopify was told no tax and the marketplace keeps what it collected, the tax is left out on both sides.
    """
    value = _settled(order)
    return (value.total if value else 0) + order.unmapped


def difference(order: Compared) -> int:
    """Settlement value less Shopify value."""
    return settled_value(order) - (order.shop_total if order.shop else 0)


def split(order: Compared) -> Causes:
    """The causes of the difference; their total is `difference(order)`, whatever the figures."""
    settled = _settled(order)
    if order.shop is None:
        return Causes(missing_order=settled.total if settled else 0, fee_unmapped=order.unmapped)
    unexplained = order.shop.total - order.shop_total
    if settled is None:
        return Causes(timing=-order.shop.total, fee_unmapped=order.unmapped, unexplained=unexplained)
    outstanding = _outstanding(order, order.shop)
    off = {head: getattr(settled, head) - getattr(order.shop, head) + getattr(outstanding, head) for head in HEADS}
    for group in REGROUPED:
        if sum(off[head] for head in group) == 0:
            off.update(dict.fromkeys(group, 0))
    fx = rounding = 0
    for head, amount in off.items():
        if order.fx_percent and abs(amount) * 100 <= abs(getattr(order.shop, head)) * order.fx_percent:
            fx, off[head] = fx + amount, 0
        elif abs(amount) <= _grain(head, order):
            rounding, off[head] = rounding + amount, 0
    return Causes(
        **{CAUSE_OF[head]: amount for head, amount in off.items()},
        fee_unmapped=order.unmapped,
        fx=fx,
        timing=-outstanding.total,
        rounding=rounding,
        unexplained=unexplained,
    )


def _settled(order: Compared) -> Value | None:
    if order.settled is None or order.shop is None or order.shop.tax:
        return order.settled
    kept = order.settled
    return Value(kept.goods, kept.shipping, kept.tax + order.withheld_tax, kept.promotion, kept.refund)


def _outstanding(order: Compared, shop: Value) -> Value:
    """What is still to be settled of an order that was settled in part, by units; refunds are told when they are made.

    Shipping counts as settled with the first units.
    """
    missing = order.units_ordered - order.units_settled
    if missing <= 0 or order.units_settled <= 0:
        return Value()

    def part(amount: int) -> int:
        magnitude = abs(amount) * missing // order.units_ordered
        return magnitude if amount >= 0 else -magnitude

    return Value(goods=part(shop.goods), tax=part(shop.tax), promotion=part(shop.promotion))


def _grain(head: str, order: Compared) -> int:
    """How far a heading may be off by rounding: a minor unit for each unit sold, one for what is charged once."""
    return max(1, order.units_settled) if head in ("goods", "tax", "promotion") else 1
