"""What an order is worth by heading. The shop gives no discount and charges no shipping or tax of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.shopify.context import Context
from sandbox.shopify.money import bag
from sandbox.world import ShopOrder


def _nothing(order: ShopOrder, _context: Context) -> dict[str, Any]:
    return bag(Decimal(0), order.currency)


def _refunded(order: ShopOrder, _context: Context) -> dict[str, Any]:
    taken_off = ((line.quantity - line.current_quantity) * line.unit_price for line in order.lines)
    return bag(sum(taken_off, Decimal(0)), order.currency)


OF_ORDERS = {
    "taxesIncluded": lambda _order, _: False,
    "totalDiscountsSet": _nothing,
    "totalShippingPriceSet": _nothing,
    "totalTaxSet": _nothing,
    "totalRefundedSet": _refunded,
}
"""The fields of orders that tell it."""
