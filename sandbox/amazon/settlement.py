"""A settlement file (flat file V2): lines made from shipped orders, and their text in a marketplace's dialect.

The total is the sum of the lines, to the cent. Nothing here knows about time or reports.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.amazon.marketplaces import Marketplace
from sandbox.world import AmazonOrder, AmazonOrderItem

REPORT_TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)
COMMISSION = Decimal("0.15")
SHIPPING = Decimal("3.99")
FBA_FEE = Decimal("2.70")
SUBSCRIPTION = Decimal("25.00")
STORAGE_PER_UNIT = Decimal("0.06")
REFUND_CHANCE = 0.04
RESERVE = Decimal("0.05")


@dataclass(frozen=True)
class Line:
    """One line of a settlement. `amount` is signed, in the settlement's currency."""

    transaction_type: str
    amount_type: str
    amount_description: str
    amount: Decimal
    posted_at: datetime
    order_id: str = ""
    merchant_order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    marketplace_name: str = ""
    fulfillment_id: str = ""
    order_item_code: str = ""
    sku: str = ""
    quantity: int | None = None


@dataclass(frozen=True)
class Settlement:
    """A payout of one marketplace's currency and the lines it is made of."""

    id: str
    place: Marketplace
    start: datetime
    end: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """What is paid out: the sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def deposit_at(self) -> datetime:
        """When the bank gets it."""
        return self.end + timedelta(days=2)


def settle(
    settlement_id: str, place: Marketplace, start: datetime, end: datetime, orders: Iterable[AmazonOrder], *, seed: int
) -> Settlement:
    """The settlement of a span: what shipped in it, some refunds, fees of the account, and the reserve."""
    due = [order for order in orders if order.status == "SHIPPED" and start <= order.updated_at < end]
    lines: list[Line] = []
    for order in sorted(due, key=lambda each: (each.updated_at, each.id)):
        if order.channel_name == "AMAZON" and order.marketplace_id == place.id:
            lines += _sale(order, place)
            if is_refunded(order.id, seed):
                lines += _refund(order, place, order.updated_at + (end - order.updated_at) / 2)
        elif order.marketplace_id == place.echo_id:
            lines += _multi_channel(order, place)
    storage = _round(-STORAGE_PER_UNIT * (100 + len(due)), place)
    other = "other-transaction"
    lines.append(Line(other, other, "Subscription Fee", _round(-SUBSCRIPTION, place), start))
    lines.append(Line("FBAFees", "FBA Inventory Storage Fee", "Base fee", storage, start + timedelta(days=7)))
    earned = sum((line.amount for line in lines), Decimal(0))
    if earned > 0:
        kept = _round(earned * RESERVE, place)
        lines.append(Line(other, other, "Current Reserve Amount", -kept, end))
    return Settlement(settlement_id, place, start, end, tuple(lines))


def is_refunded(order_id: str, seed: int) -> bool:
    """Whether the buyer of an order sends it back."""
    return random.Random(f"{seed}/refund/{order_id}").random() < REFUND_CHANCE


def _round(amount: Decimal, place: Marketplace) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-place.digits), rounding=ROUND_HALF_UP)


def _item_line(order: AmazonOrder, item: AmazonOrderItem, place: Marketplace) -> Line:
    return Line(
        "Order",
        "ItemPrice",
        "Principal",
        _round(item.unit_price * item.quantity, place),
        order.updated_at,
        order_id=order.id,
        shipment_id=f"D{order.id[-7:]}",
        marketplace_name=place.name,
        fulfillment_id="AFN" if order.fulfilled_by == "AMAZON" else "MFN",
        order_item_code=item.id,
        sku=item.sku,
        quantity=item.quantity,
    )


def _sale(order: AmazonOrder, place: Marketplace) -> Iterator[Line]:
    for item in order.items:
        principal = _item_line(order, item, place)
        yield principal
        fee = replace(principal, amount_type="ItemFees", quantity=None)
        taxed = principal.amount
        if order.fulfilled_by == "MERCHANT":
            shipping = _round(SHIPPING, place)
            yield replace(principal, amount_description="Shipping", amount=shipping, quantity=None)
            taxed += shipping
        else:
            each = _round(-FBA_FEE * item.quantity, place)
            yield replace(fee, amount_description="FBAPerUnitFulfillmentFee", amount=each)
        yield replace(fee, amount_description="Commission", amount=_round(-taxed * COMMISSION, place))


def _refund(order: AmazonOrder, place: Marketplace, at: datetime) -> Iterator[Line]:
    item = order.items[0]
    principal = _item_line(order, item, place)
    line = replace(principal, transaction_type="Refund", posted_at=at, adjustment_id=f"A{order.id[-7:]}", quantity=None)
    commission = _round(principal.amount * COMMISSION, place)
    kept = min(_round(commission * Decimal("0.2"), place), _round(Decimal("5.00"), place))
    yield replace(line, amount=-principal.amount)
    yield replace(line, amount_type="ItemFees", amount_description="Commission", amount=commission)
    yield replace(line, amount_type="ItemFees", amount_description="RefundCommission", amount=-kept)


def _multi_channel(order: AmazonOrder, place: Marketplace) -> Iterator[Line]:
    """An order of the brand's own shop that Amazon shipped: only its fee, under the shop's own order name."""
    for item in order.items:
        line = replace(
            _item_line(order, item, place),
            marketplace_name=place.echo_name,
            merchant_order_id=order.merchant_order_id,
        )
        yield replace(line, amount=_round(Decimal(0), place))
        fee = _round(-(FBA_FEE + Decimal("1.50")) * item.quantity, place)
        yield replace(
            line, amount_type="ItemFees", amount_description="FBAPerUnitFulfillmentFee", amount=fee, quantity=None
        )


def settlement_text(settlement: Settlement, *, off_by: Decimal = Decimal(0)) -> bytes:
    """The file: a summary row with the total, then the lines; tab separated, in the marketplace's dialect.

    `off_by` is by how much the total is wrong.
    """
    place = settlement.place

    def number(amount: Decimal) -> str:
        return f"{amount:.{place.digits}f}".replace(".", place.dialect.decimal)

    def instant(moment: datetime) -> str:
        return moment.strftime(place.dialect.instant)

    summary = [settlement.id, *(instant(each) for each in (settlement.start, settlement.end, settlement.deposit_at))]
    rows = [list(COLUMNS), [*summary, number(settlement.total + off_by), place.currency, *[""] * (len(COLUMNS) - 6)]]
    for line in settlement.lines:
        cells = {
            "settlement-id": settlement.id,
            "transaction-type": line.transaction_type,
            "order-id": line.order_id,
            "merchant-order-id": line.merchant_order_id,
            "adjustment-id": line.adjustment_id,
            "shipment-id": line.shipment_id,
            "marketplace-name": line.marketplace_name,
            "amount-type": line.amount_type,
            "amount-description": line.amount_description,
            "amount": number(line.amount),
            "fulfillment-id": line.fulfillment_id,
            "posted-date": line.posted_at.strftime(place.dialect.day),
            "posted-date-time": instant(line.posted_at),
            "order-item-code": line.order_item_code,
            "sku": line.sku,
            "quantity-purchased": "" if line.quantity is None else str(line.quantity),
        }
        rows.append([cells.get(column, "") for column in COLUMNS])
    return ("\n".join("\t".join(row) for row in rows) + "\n").encode("cp932" if place.country == "JP" else "utf-8")
