"""What a settlement is made of: the transactions that were paid out in its span, and what belongs to the account.

Finances and settlements speak of the same sales and refunds, so their amounts are the same, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.amazon.finances import MoneyItem, MoneyMove
from sandbox.amazon.marketplaces import Marketplace
from sandbox.amazon.settlement import FBA_FEE, Line, Settlement
from sandbox.world import AmazonOrder

SUBSCRIPTION = Decimal("25.00")
STORAGE_PER_UNIT = Decimal("0.06")
MULTI_CHANNEL_FEE = Decimal("1.50")
RESERVE = Decimal("0.05")
OTHER = "other-transaction"
HEADINGS = {
    ("ProductCharges", "OurPricePrincipal"): ("ItemPrice", "Principal"),
    ("Shipping", "ShippingPrincipal"): ("ItemPrice", "Shipping"),
    ("GiftWrap", "GiftWrapPrincipal"): ("ItemPrice", "GiftWrap"),
    ("Tax", "OurPriceTax"): ("ItemPrice", "Tax"),
    ("Tax", "ShippingTax"): ("ItemPrice", "ShippingTax"),
    ("Tax", "GiftWrapTax"): ("ItemPrice", "GiftWrapTax"),
    ("Goodwill", "Goodwill"): ("ItemPrice", "Goodwill"),
    ("PromoRebates", "OurPriceDiscount"): ("Promotion", "Principal"),
    ("PromoRebates", "ShippingDiscount"): ("Promotion", "Shipping"),
    ("AmazonFees", "Commission"): ("ItemFees", "Commission"),
    ("AmazonFees", "FBAPerUnitFulfillmentFee"): ("ItemFees", "FBAPerUnitFulfillmentFee"),
    ("AmazonFees", "RefundCommission"): ("ItemFees", "RefundCommission"),
    ("MarketplaceFacilitatorTax", "MarketplaceFacilitatorTax-Principal"): (
        "ItemWithheldTax",
        "MarketplaceFacilitatorTax-Principal",
    ),
}
"""Where what Finances says under two headings stands in a settlement: amount-type and amount-description."""


def settle(
    settlement_id: str,
    place: Marketplace,
    start: datetime,
    end: datetime,
    moves: Iterable[MoneyMove],
    orders: Iterable[AmazonOrder],
) -> Settlement:
    """The settlement of a span: what was released in it, fees of the account, and the reserve."""
    due = [move for move in moves if move.marketplace_id == place.id and start <= _released_at(move) < end]
    lines = [line for move in sorted(due, key=_released_at) for line in _of_move(move, place)]
    echoes = [
        order
        for order in orders
        if order.marketplace_id == place.echo_id and order.status == "SHIPPED" and start <= order.updated_at < end
    ]
    for order in sorted(echoes, key=lambda each: (each.updated_at, each.id)):
        lines += _multi_channel(order, place)
    storage = _round(-STORAGE_PER_UNIT * (100 + len(due) + len(echoes)), place)
    lines.append(Line(OTHER, OTHER, "Subscription Fee", _round(-SUBSCRIPTION, place), start))
    lines.append(Line("FBAFees", "FBA Inventory Storage Fee", "Base fee", storage, start + timedelta(days=7)))
    earned = sum((line.amount for line in lines), Decimal(0))
    if earned > 0:
        lines.append(Line(OTHER, OTHER, "Current Reserve Amount", -_round(earned * RESERVE, place), end))
    return Settlement(settlement_id, place, start, end, tuple(lines))


def _released_at(move: MoneyMove) -> datetime:
    """When its money counts: a sale that is deferred is not paid out before."""
    return move.deferred_until or move.posted_at


def _of_move(move: MoneyMove, place: Marketplace) -> Iterator[Line]:
    is_sale = move.kind == "Shipment"
    for item in move.items:
        line = Line(
            "Order" if is_sale else "Refund",
            "ItemPrice",
            "Principal",
            Decimal(0),
            _released_at(move),
            order_id=move.order_id,
            adjustment_id="" if is_sale else f"A{move.order_id[-7:]}",
            shipment_id=f"D{move.order_id[-7:]}",
            marketplace_name=place.name,
            fulfillment_id=item.network,
            order_item_code=item.order_item_id,
            sku=item.sku,
        )
        for amount_type, description, amount in _amounts(item):
            goods = is_sale and (amount_type, description) == ("ItemPrice", "Principal")
            yield replace(
                line,
                amount_type=amount_type,
                amount_description=description,
                amount=_round(amount, place),
                quantity=item.quantity if goods else None,
            )


def _amounts(item: MoneyItem) -> Iterator[tuple[str, str, Decimal]]:
    """What an item moves, as a settlement names it. KeyError for a heading that no settlement knows."""
    for side in item.amounts.values():
        for heading, below in side.items():
            for name, amount in below.items():
                if amount:
                    yield (*HEADINGS[heading, name], amount)


def _round(amount: Decimal, place: Marketplace) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-place.digits), rounding=ROUND_HALF_UP)


def _multi_channel(order: AmazonOrder, place: Marketplace) -> Iterator[Line]:
    """An order of the brand's own shop that Amazon shipped: only its fee, under the shop's own order name."""
    for item in order.items:
        line = Line(
            "Order",
            "ItemPrice",
            "Principal",
            _round(Decimal(0), place),
            order.updated_at,
            order_id=order.id,
            merchant_order_id=order.merchant_order_id or "",
            shipment_id=f"D{order.id[-7:]}",
            marketplace_name=place.echo_name,
            fulfillment_id="AFN",
            order_item_code=item.id,
            sku=item.sku,
            quantity=item.quantity,
        )
        yield line
        fee = _round(-(FBA_FEE + MULTI_CHANNEL_FEE) * item.quantity, place)
        yield replace(
            line, amount_type="ItemFees", amount_description="FBAPerUnitFulfillmentFee", amount=fee, quantity=None
        )
