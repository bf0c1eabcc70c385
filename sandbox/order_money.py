"""What a Shopify order comes to: as it was made, as it is now, what was paid and what a refund of units is worth.

Amounts are in the order's own currency. Discounts are spread over lines and shipping when the order is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.order_records import TaxLine
from sandbox.world import ShopOrder, ShopOrderLine

ZERO = Decimal(0)
DIGITS = {"JPY": 0, "KRW": 0}
"""Decimals of currencies that do not have two."""


@dataclass(frozen=True)
class Share:
    """What units of a line are worth: after discounts, and the tax on them."""

    subtotal: Decimal
    tax: Decimal


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in the currency's smallest unit."""
    return amount.quantize(Decimal(1).scaleb(-DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)


def tax_of(taxes: Iterable[TaxLine]) -> Decimal:
    """The sum of taxes."""
    return sum((each.amount for each in taxes), ZERO)


def lines_total(order: ShopOrder) -> Decimal:
    """Prices of all units, before discounts."""
    return sum((line.unit_price * line.quantity for line in order.lines), ZERO)


def subtotal(order: ShopOrder) -> Decimal:
    """Prices of all units after discounts, without shipping and, unless they are included, without taxes."""
    return lines_total(order) - sum((line.discount for line in order.lines), ZERO)


def shipping_total(order: ShopOrder) -> Decimal:
    """Shipping before its discount."""
    return sum((each.amount for each in order.shipping), ZERO)


def tax_total(order: ShopOrder) -> Decimal:
    """Every tax of the order, as it was made."""
    on_lines = sum((tax_of(line.taxes) for line in order.lines), ZERO)
    on_shipping = sum((tax_of(each.taxes) for each in order.shipping), ZERO)
    return on_lines + on_shipping + tax_of(order.order_taxes)


def discounts_total(order: ShopOrder) -> Decimal:
    """Every discount."""
    return sum((line.discount for line in order.lines), ZERO) + order.shipping_discount


def total(order: ShopOrder) -> Decimal:
    """What the buyer owed when the order was made."""
    taxes = ZERO if order.taxes_included else tax_total(order)
    return subtotal(order) + shipping_total(order) - order.shipping_discount + taxes


def share_of(order: ShopOrder, line: ShopOrderLine, units: int) -> Share:
    """What `units` of a line are worth, rounded; all of them are worth exactly what the line is."""
    if not line.quantity:
        return Share(ZERO, ZERO)
    part = Decimal(units) / line.quantity
    whole = line.unit_price * line.quantity - line.discount
    taxes = tax_of(line.taxes)
    if order.order_taxes and (worth := subtotal(order)):
        taxes += tax_of(order.order_taxes) * whole / worth
    return Share(rounded(whole * part, order.currency), rounded(taxes * part, order.currency))


def worth(order: ShopOrder, share: Share) -> Decimal:
    """What a share costs the buyer."""
    return share.subtotal + (ZERO if order.taxes_included else share.tax)


def taken_off(order: ShopOrder) -> Decimal:
    """What refunds have taken off: the money they paid back, or what their units and shipping were worth."""
    off = ZERO
    for refund in order.refunds:
        units = sum((worth(order, Share(each.subtotal, each.tax)) for each in refund.lines), ZERO)
        off += refund.paid_back if refund.payments else units + refund.shipping
    return off


def current_total(order: ShopOrder) -> Decimal:
    """What is left of the total after units were removed and money was given back."""
    if not order.refunds:
        gone = sum(
            (worth(order, share_of(order, line, line.quantity - line.current_quantity)) for line in order.lines), ZERO
        )
        return total(order) - gone
    return total(order) - taken_off(order)


def current_subtotal(order: ShopOrder) -> Decimal:
    """What the units still on the order are worth."""
    return sum((share_of(order, line, line.current_quantity).subtotal for line in order.lines), ZERO)


def current_tax(order: ShopOrder) -> Decimal:
    """Taxes of the units still on the order and of the shipping."""
    on_lines = sum((share_of(order, line, line.current_quantity).tax for line in order.lines), ZERO)
    return on_lines + sum((tax_of(each.taxes) for each in order.shipping), ZERO)


def received(order: ShopOrder) -> Decimal:
    """Money that came in."""
    return sum((each.amount for each in order.payments if each.is_paid), ZERO)


def refunded(order: ShopOrder) -> Decimal:
    """Money that went back."""
    return sum((refund.paid_back for refund in order.refunds), ZERO)


def refunded_shipping(order: ShopOrder) -> Decimal:
    """Shipping that went back."""
    return sum((refund.shipping for refund in order.refunds), ZERO)


def financial_status(order: ShopOrder) -> str | None:
    """What Shopify makes of the payments; None where there are none."""
    came_in, went_back = received(order), refunded(order)
    if not order.payments:
        return None
    if went_back:
        return "REFUNDED" if went_back >= came_in else "PARTIALLY_REFUNDED"
    if came_in:
        return "PAID" if came_in >= total(order) else "PARTIALLY_PAID"
    held = any(each.kind == "AUTHORIZATION" and each.status == "SUCCESS" for each in order.payments)
    if held:
        return "AUTHORIZED"
    return "PAID" if not total(order) and any(each.status == "SUCCESS" for each in order.payments) else "PENDING"
