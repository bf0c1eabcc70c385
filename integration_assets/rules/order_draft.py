"""An Amazon order as the Shopify order that is to be made of it: lines, shipping, tax, promotions and the sum paid.

Pure: what goes in are rows and a policy, what comes out is a draft in which every unit of money has its place. Shopify
adds it up again from the parts, so the parts must give what was paid, to the smallest unit of the currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.errors import DataError
from integration_assets.rules.marketplaces import Marketplace
from integration_assets.rules.minor_units import to_amount, to_minor
from integration_assets.rules.order_parts import (
    DraftLine,
    DraftShipping,
    ItemParts,
    charges_of,
    own_line,
    parts_of,
)

Stock = Literal["DECREMENT_IGNORING_POLICY", "BYPASS"]
UNMAPPED: Final = "amazon-unmapped"
OVERSOLD: Final = "amazon-oversold"
ADJUSTED: Final = "amazon-adjusted"
NO_ADDRESS: Final = "amazon-no-address"
PART_SHIPPED: Final = "amazon-part-shipped"
"""Of some units Amazon says that they had left before the order was made: they are to be shown as shipped at once."""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """A Shopify order to be made. `paid` is what the buyer paid, and what its parts add up to.

    `unmapped` are SKUs that no variant stands for, `oversold` those with more units sold than the pool has, each with
    how many. `adjustment` is money that Amazon's own breakdown leaves unexplained, signed.
    """

    amazon_order_id: str
    placed_at: datetime
    currency: str
    lines: tuple[DraftLine, ...]
    shipping: DraftShipping | None
    discount: Decimal
    taxes_included: bool
    paid: Decimal
    stock: Stock
    is_shipped: bool
    tags: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    source_url: str
    unmapped: tuple[str, ...]
    oversold: tuple[tuple[str, int], ...]
    adjustment: Decimal

    def without_variants(self, variant_ids: Sequence[str]) -> OrderDraft:
        """The same with lines of their own where these variants stood: the shop has them no more."""
        gone = set(variant_ids)
        lines = tuple(replace(line, variant_id=None) if line.variant_id in gone else line for line in self.lines)
        skus = [line.sku for line in self.lines if line.variant_id in gone and line.sku]
        unmapped = tuple(dict.fromkeys([*self.unmapped, *skus]))
        return replace(self, lines=lines, unmapped=unmapped, tags=tagged(self.tags, UNMAPPED))

    def tagged(self, *tags: str) -> OrderDraft:
        """The same with more tags."""
        return replace(self, tags=tagged(self.tags, *tags))


@dataclass(frozen=True, slots=True)
class _Balance:
    """Money of an order that only shows once all of its items are known, in minor units."""

    paid: int
    shipping: int
    discount: int
    adjustment: int
    taxes_included: bool


def draft(
    order: AmazonOrder,
    items: Sequence[AmazonOrderItem],
    *,
    marketplace: Marketplace,
    variants: Mapping[str, str],
    short: Mapping[str, int],
    tags: Sequence[str],
    gift_messages: Mapping[str, str] | None = None,
    is_counted: bool = False,
) -> OrderDraft:
    """The Shopify order for an Amazon order that is to be imported.

    `variants` maps SKUs to variants, `short` SKUs to units sold beyond what the pool has. An item without a variant
    becomes a line of its own, so nothing is dropped. `is_counted` says that somebody took its units off the shop's
    count already. DataError where the money cannot be told exactly.
    """
    digits = marketplace.minor_digits
    messages = gift_messages or {}
    parts = [
        parts_of(item, variants.get(item.seller_sku or ""), messages.get(item.order_item_id, ""), digits)
        for item in items
    ]
    lines = [line for part in parts for line in part.lines]
    charges = sum(charges_of(item, digits) for item in items) + _minor(order, order.order_charges, digits)
    if charges > 0:
        lines.append(own_line("Other charges by Amazon", to_amount(charges, digits)))
    balance = _balanced(order, parts, charges, digits)
    if balance.adjustment > 0:
        lines.append(own_line("Adjustment by Amazon", to_amount(balance.adjustment, digits)))
    is_ours = order.fulfilled_by != "AMAZON"
    unmapped = _unmapped(items, variants)
    oversold = _oversold(items, short) if is_ours else ()
    part_shipped = is_ours and order.status != "SHIPPED" and any(item.quantity_fulfilled for item in items)
    flags = {
        UNMAPPED: bool(unmapped),
        OVERSOLD: bool(oversold),
        ADJUSTED: balance.adjustment != 0,
        PART_SHIPPED: part_shipped,
    }
    of_channel = ("amazon-mfn" if is_ours else "amazon-fba", f"amazon-{marketplace.country.lower()}")
    return OrderDraft(
        amazon_order_id=order.amazon_order_id,
        placed_at=order.created_at,
        currency=order.currency or marketplace.currency,
        lines=tuple(lines),
        shipping=DraftShipping(
            title=f"Amazon {(order.service_level or 'standard').replace('_', ' ').lower()}",
            amount=to_amount(balance.shipping, digits),
            taxes=tuple(part.shipping_tax for part in parts if part.shipping_tax is not None),
        ),
        discount=to_amount(balance.discount, digits),
        taxes_included=balance.taxes_included,
        paid=to_amount(balance.paid, digits),
        stock="DECREMENT_IGNORING_POLICY" if is_ours and not is_counted else "BYPASS",
        is_shipped=is_ours and order.status == "SHIPPED",
        tags=tagged(tags, *of_channel, *(tag for tag, is_set in flags.items() if is_set)),
        attributes=_attributes(order, marketplace, parts),
        source_url=f"https://sellercentral.{marketplace.name.lower()}/orders-v3/order/{order.amazon_order_id}",
        unmapped=unmapped,
        oversold=oversold,
        adjustment=to_amount(balance.adjustment, digits),
    )


def added_up(made: OrderDraft) -> Decimal:
    """What the parts of a draft come to when Shopify adds them up."""
    goods = sum((line.unit_price * line.quantity for line in made.lines), Decimal(0))
    shipping = made.shipping.amount if made.shipping else Decimal(0)
    return goods + shipping + (Decimal(0) if made.taxes_included else tax_of(made)) - made.discount


def tax_of(made: OrderDraft) -> Decimal:
    """All tax of a draft."""
    taxes = [tax.amount for line in made.lines for tax in line.taxes]
    taxes += [tax.amount for tax in (made.shipping.taxes if made.shipping else ())]
    return sum(taxes, Decimal(0))


def tagged(tags: Sequence[str], *more: str) -> tuple[str, ...]:
    """The tags and these, each once, in order."""
    return tuple(sorted({*tags, *more}))


def _balanced(order: AmazonOrder, parts: Sequence[ItemParts], charges: int, digits: int) -> _Balance:
    """Bring the parts to what was paid. Tax is on top, unless the sum only comes out with the tax inside the prices.

    What then still differs is an adjustment: a line when it is above zero, a discount when it is below. What was taken
    off the shipping is taken off there; what no shipping is left for, off the goods, and the other way round.
    """
    goods = sum(part.goods for part in parts) + max(charges, 0)
    shipping = sum(part.shipping for part in parts)
    tax = sum(part.tax for part in parts)
    promotion = sum(part.promotion for part in parts) - min(charges, 0)
    shipping_promotion = min(sum(part.shipping_promotion for part in parts), shipping)
    net = goods + shipping - promotion
    paid = net + tax if order.total is None else _minor(order, order.total, digits)
    included = tax > 0 and paid == net
    adjustment = paid - (net if included else net + tax)
    discount = promotion - shipping_promotion + max(-adjustment, 0)
    excess = max(discount - goods, 0)
    if excess > shipping - shipping_promotion:
        raise DataError(
            f"Order {order.amazon_order_id}: {to_amount(discount, digits)} {order.currency or ''} were taken off, more "
            "than its goods and its shipping cost.",
            todo="Look at the order in Seller Central and enter it into Shopify by hand.",
        )
    return _Balance(paid, shipping - shipping_promotion - excess, discount - excess, adjustment, included)


def _unmapped(items: Sequence[AmazonOrderItem], variants: Mapping[str, str]) -> tuple[str, ...]:
    names = (item.seller_sku or item.asin or item.order_item_id for item in items if item.seller_sku not in variants)
    return tuple(dict.fromkeys(names))


def _oversold(items: Sequence[AmazonOrderItem], short: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    skus = dict.fromkeys(item.seller_sku for item in items if item.seller_sku)
    return tuple((sku, short[sku]) for sku in skus if short.get(sku))


def _attributes(
    order: AmazonOrder, marketplace: Marketplace, parts: Sequence[ItemParts]
) -> tuple[tuple[str, str], ...]:
    """What whoever opens the order in Shopify wants to know of it; promotions on goods and on shipping apart."""
    shipping_promotion = sum(part.shipping_promotion for part in parts)
    promotion = sum(part.promotion for part in parts) - shipping_promotion
    told = (
        ("Amazon order", order.amazon_order_id),
        ("Amazon marketplace", marketplace.name),
        ("Ship by", f"{order.ship_by_at:%Y-%m-%d %H:%M} UTC" if order.ship_by_at else ""),
        ("Deliver by", f"{order.deliver_by_at:%Y-%m-%d %H:%M} UTC" if order.deliver_by_at else ""),
        ("Promotions on goods", f"{to_amount(promotion, marketplace.minor_digits)}" if promotion else ""),
        (
            "Promotions on shipping",
            f"{to_amount(shipping_promotion, marketplace.minor_digits)}" if shipping_promotion else "",
        ),
    )
    return tuple((name, value) for name, value in told if value)


def _minor(order: AmazonOrder, amount: Decimal | None, digits: int) -> int:
    return 0 if amount is None else to_minor(amount, digits, f"order {order.amazon_order_id}")
