"""Finances 2024-06-19: listTransactions, and the sales and refunds that it lists.

A merchant's sale is deferred for seven days, then released under the same transaction id. Sales of orders that were
shipped before anybody asked are posted when somebody does.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.amazon.call import Answer, Call, invalid, stamp
from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.order_body import DIGITS
from sandbox.amazon.settlement import COMMISSION, FBA_FEE
from sandbox.faults import fault_for
from sandbox.world import AmazonAccount, AmazonOrder, AmazonOrderItem, World

STATUSES = ("DEFERRED", "RELEASED", "DEFERRED_RELEASED")
LAG = timedelta(minutes=2)
LONGEST = timedelta(days=180)
DEFERRED_FOR = timedelta(days=7)
KEPT_FEE = Decimal("0.2")
"""Part of the commission that Amazon keeps when it refunds."""
TOKEN_SECONDS = 3600
ZERO = Decimal(0)
Tree = dict[str, Any]
"""Heading -> amount, or the headings below it."""


@dataclass
class MoneyItem:
    """What a transaction moves for one item of an order."""

    sku: str
    asin: str
    quantity: int
    network: str
    amounts: Tree
    order_item_id: str


@dataclass
class MoneyMove:
    """A transaction. It counts as deferred until `deferred_until`; None: it never was."""

    id: str
    kind: str
    description: str
    order_id: str
    marketplace_id: str
    currency: str
    posted_at: datetime
    items: list[MoneyItem]
    deferred_until: datetime | None = None
    refund_id: str | None = None
    amounts: Tree = field(default_factory=dict)
    """What belongs to no item."""

    def status(self, now: datetime) -> str:
        """Its status at a moment."""
        if self.deferred_until is None:
            return "RELEASED"
        return "DEFERRED" if now < self.deferred_until else "DEFERRED_RELEASED"


def moves_of(account: AmazonAccount) -> dict[str, MoneyMove]:
    """Every transaction of an account by id, in the order in which they were posted."""
    found: dict[str, MoneyMove] = account.extra.setdefault("finances", {})
    return found


def _posted(account: AmazonAccount) -> dict[str, int]:
    """Order item id -> units whose sale was posted."""
    found: dict[str, int] = account.extra.setdefault("posted units", {})
    return found


def post_sale(
    world: World, account: AmazonAccount, order: AmazonOrder, units: Mapping[str, int], *, at: datetime | None = None
) -> MoneyMove:
    """A shipment of `units` (by order item id) is paid for."""
    posted = _posted(account)
    now = at or world.now()
    items = []
    for item in order.items:
        if some := units.get(item.id, 0):
            posted[item.id] = posted.get(item.id, 0) + some
            items.append(_sold(order, item, some))
    merchant = order.fulfilled_by == "MERCHANT"
    return _post(
        world,
        account,
        order,
        kind="Shipment",
        description="Order Payment",
        items=items,
        at=now,
        deferred_until=now + DEFERRED_FOR if merchant else None,
    )


def _post(
    world: World, account: AmazonAccount, order: AmazonOrder, *, kind: str, at: datetime, **more: Any
) -> MoneyMove:
    dice = random.Random(f"{world.seed}/transaction/{account.region}/{len(moves_of(account))}")
    number = f"{dice.getrandbits(160):040x}"
    move = MoneyMove(
        id=number,
        kind=kind,
        order_id=order.id,
        marketplace_id=order.marketplace_id,
        currency=order.currency,
        posted_at=at,
        **more,
    )
    moves_of(account)[number] = move
    return move


def _part(amount: Decimal, units: int, item: AmazonOrderItem, currency: str) -> Decimal:
    unit = Decimal(1).scaleb(-DIGITS[currency])
    return (amount * units / item.quantity).quantize(unit, rounding=ROUND_HALF_UP) if item.quantity else ZERO


def _sold(order: AmazonOrder, item: AmazonOrderItem, units: int) -> MoneyItem:
    return _moved(order, item, units, _charges(order, item, units), _fees(order, item, units))


def _charges(order: AmazonOrder, item: AmazonOrderItem, units: int) -> Tree:
    """What the buyer paid for units of an item, by heading."""

    def part(amount: Decimal) -> Decimal:
        return _part(amount, units, item, order.currency)

    return {
        "ProductCharges": {"OurPricePrincipal": item.unit_price * units},
        "Shipping": {"ShippingPrincipal": part(item.shipping)},
        "GiftWrap": {"GiftWrapPrincipal": part(item.gift_wrap)},
        "PromoRebates": {
            "OurPriceDiscount": -part(item.promotion),
            "ShippingDiscount": -part(item.shipping_promotion),
        },
        "Tax": {
            "OurPriceTax": part(item.tax),
            "ShippingTax": part(item.shipping_tax),
            "GiftWrapTax": part(item.gift_wrap_tax),
        },
    }


def _fees(order: AmazonOrder, item: AmazonOrderItem, units: int) -> Tree:
    """What Amazon takes for units of an item; taxes that it collects itself go off again."""
    worth = item.unit_price * units + _part(item.shipping - item.promotion, units, item, order.currency)
    unit = Decimal(1).scaleb(-DIGITS[order.currency])
    fees: Tree = {"Commission": -(worth * COMMISSION).quantize(unit, rounding=ROUND_HALF_UP)}
    if order.fulfilled_by == "AMAZON":
        fees["FBAPerUnitFulfillmentFee"] = -(FBA_FEE * units).quantize(unit, rounding=ROUND_HALF_UP)
    told: Tree = {"AmazonFees": fees}
    if item.collected_by_amazon:
        taxes = item.tax + item.shipping_tax + item.gift_wrap_tax
        told["MarketplaceFacilitatorTax"] = {
            "MarketplaceFacilitatorTax-Principal": -_part(taxes, units, item, order.currency)
        }
    return told


def _moved(order: AmazonOrder, item: AmazonOrderItem, units: int, sales: Tree, expenses: Tree) -> MoneyItem:
    network = "MFN" if order.fulfilled_by == "MERCHANT" else "AFN"
    return MoneyItem(item.sku, item.asin, units, network, {"Sales": sales, "Expenses": expenses}, item.id)


def refund_order(
    world: World,
    account: AmazonAccount,
    order: AmazonOrder,
    units: Mapping[str, int],
    *,
    shipping: bool = False,
    shipping_amount: Decimal = ZERO,
    goodwill: Decimal = ZERO,
    at: datetime | None = None,
    deferred: bool = False,
) -> MoneyMove:
    """Amazon gives money back: for `units` by order item id, of the shipping all or an amount, and out of goodwill.

    A unit's share of tax and promotion goes with it. Raises ValueError where there is nothing to give back.
    """
    items = []
    for item in order.items:
        some = units.get(item.id, 0)
        if some < 0 or some > item.quantity:
            raise ValueError(f"{some} units of order item {item.id} cannot be refunded; it has {item.quantity}")
        back = _charges(order, item, some)
        if not shipping:
            back["Shipping"] = {"ShippingPrincipal": ZERO}
            back["PromoRebates"]["ShippingDiscount"] = back["Tax"]["ShippingTax"] = ZERO
        elif not some:
            back = _shipping_only(item)
        if item is order.items[0]:
            back["Shipping"]["ShippingPrincipal"] += shipping_amount
            back["Goodwill"] = {"Goodwill": goodwill}
        if not _sum(back):
            continue
        worth = back["ProductCharges"]["OurPricePrincipal"]
        unit = Decimal(1).scaleb(-DIGITS[order.currency])
        commission = (worth * COMMISSION).quantize(unit, rounding=ROUND_HALF_UP)
        kept = (commission * KEPT_FEE).quantize(unit, rounding=ROUND_HALF_UP)
        fees: Tree = {"AmazonFees": {"Commission": commission, "RefundCommission": -kept}}
        if item.collected_by_amazon:
            fees["MarketplaceFacilitatorTax"] = {"MarketplaceFacilitatorTax-Principal": _sum(back["Tax"])}
        items.append(_moved(order, item, some, _negative(back), fees))
    if not items:
        raise ValueError(f"there is nothing to give back of order {order.id}")
    now = at or world.now()
    return _post(
        world,
        account,
        order,
        kind="Refund",
        description="Refund Order",
        items=items,
        at=now,
        deferred_until=now + DEFERRED_FOR if deferred else None,
        refund_id=f"R{world.next_id():09d}",
    )


def _shipping_only(item: AmazonOrderItem) -> Tree:
    return {
        "ProductCharges": {"OurPricePrincipal": ZERO},
        "Shipping": {"ShippingPrincipal": item.shipping},
        "PromoRebates": {"ShippingDiscount": -item.shipping_promotion},
        "Tax": {"ShippingTax": item.shipping_tax},
    }


def _negative(tree: Tree) -> Tree:
    return {name: _negative(each) if isinstance(each, dict) else -each for name, each in tree.items()}


def _sum(tree: Tree) -> Decimal:
    return sum((_sum(each) if isinstance(each, dict) else each for each in tree.values()), ZERO)


def catch_up(world: World, account: AmazonAccount) -> None:
    """Post the sales of what was shipped without anybody posting it: orders of the past, and what Amazon ships."""
    posted = _posted(account)
    for order in account.orders.values():
        if order.channel_name != "AMAZON" or order.marketplace_id not in BY_ID:
            continue
        units = {item.id: some for item in order.items if (some := item.shipped - posted.get(item.id, 0)) > 0}
        if units:
            post_sale(world, account, order, units, at=order.updated_at)


def list_transactions(call: Call) -> Answer:
    """What was posted in a span of at most 180 days, or for one order. Pages in between may be empty."""
    catch_up(call.world, call.account)
    found = _selected(call)
    fault = fault_for(call.world, call.operation, among=("empty_snapshot", "half_snapshot"))
    if fault is not None:
        found = [] if fault.kind == "empty_snapshot" else found[: len(found) // 2]
    start, holds_any = _place(call)
    size = call.state.finances_page
    payload: dict[str, Any] = {"transactions": []}
    if holds_any:
        payload["transactions"] = [_body(call, move) for move in found[start : start + size]]
        start += size
    if start < len(found):
        # An empty page follows the first one, as they do.
        token = {
            "operation": call.operation,
            "asked": _asked(call),
            "start": start,
            "holds_any": start > size or not holds_any,
        }
        payload["nextToken"] = call.state.issue_page_token(call.world, token, seconds=TOKEN_SECONDS)
    return Answer({"payload": payload})


def _asked(call: Call) -> dict[str, list[str]]:
    return {name: values for name, values in call.query.items() if name != "nextToken"}


def _place(call: Call) -> tuple[int, bool]:
    token = call.text("nextToken")
    if token is None:
        return 0, True
    known = call.state.page_tokens.get(token)
    if known is None or known.payload.get("operation") != call.operation or known.expires_at < call.world.now():
        raise invalid("nextToken is unknown or has expired")
    if known.payload["asked"] != _asked(call):
        raise invalid("nextToken was given for other arguments")
    return known.payload["start"], known.payload["holds_any"]


def _selected(call: Call) -> list[MoneyMove]:
    now = call.world.now()
    since, until = call.instant("postedAfter"), call.instant("postedBefore")
    name, value = call.text("relatedIdentifierName"), call.text("relatedIdentifierValue")
    status = call.text("transactionStatus")
    if status is not None and status not in STATUSES:
        raise invalid(f"transactionStatus is {status}", f"Allowed: {', '.join(STATUSES)}")
    if name is not None and (name not in ("ORDER_ID", "FINANCIAL_EVENT_GROUP_ID") or not value):
        raise invalid("relatedIdentifierName needs a value, and is ORDER_ID or FINANCIAL_EVENT_GROUP_ID")
    if since is None and name is None:
        raise invalid("Start date cannot be null", "Start date cannot be null")
    latest = now - LAG
    if since is not None and since > latest:
        raise invalid("postedAfter must be more than two minutes ago")
    if until is not None and (until > latest or (since is not None and until <= since)):
        raise invalid("postedBefore must lie after postedAfter and more than two minutes ago")
    end = until or latest
    if since is not None and end - since > LONGEST:
        return []
    place = call.text("marketplaceId")
    found = [
        move
        for move in moves_of(call.account).values()
        if (since is None or since <= move.posted_at)
        and move.posted_at < end
        and move.posted_at + call.state.finances_lag <= now
        and (status is None or move.status(now) == status)
        and (name != "ORDER_ID" or move.order_id == value)
        and name != "FINANCIAL_EVENT_GROUP_ID"
        and (place is None or _told_by_place(move, place))
    ]
    return sorted(found, key=lambda move: move.posted_at)


def _told_by_place(move: MoneyMove, marketplace_id: str) -> bool:
    """Asked for a marketplace, the service leaves out what merchants ship in the US."""
    in_the_us = BY_ID[move.marketplace_id].country == "US"
    return move.marketplace_id == marketplace_id and not (
        in_the_us and any(item.network == "MFN" for item in move.items)
    )


def _body(call: Call, move: MoneyMove) -> dict[str, Any]:
    place = BY_ID[move.marketplace_id]
    related = [("ORDER_ID", move.order_id), ("FINANCIAL_EVENT_GROUP_ID", f"G{move.posted_at:%Y%m}{place.country}")]
    if move.refund_id:
        related.append(("REFUND_ID", move.refund_id))
    items = [_item(item, move.currency) for item in move.items]
    whole = sum((_sum(item.amounts) for item in move.items), _sum(move.amounts))
    body = {
        "sellingPartnerMetadata": {
            "sellingPartnerId": call.account.seller_id,
            "accountType": "Standard Orders",
            "marketplaceId": move.marketplace_id,
        },
        "relatedIdentifiers": [
            {"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in related
        ],
        "transactionType": move.kind,
        "transactionId": move.id,
        "transactionStatus": move.status(call.world.now()),
        "description": move.description,
        "postedDate": stamp(move.posted_at),
        "totalAmount": _amount(whole, move.currency),
        "marketplaceDetails": {"marketplaceId": move.marketplace_id, "marketplaceName": place.name},
        "items": items,
        "breakdowns": _headings(_together(item.amounts for item in move.items), move.currency),
    }
    if move.deferred_until is not None:
        body["contexts"] = [
            {"contextType": "DeferredContext", "deferralReason": "DD7", "maturityDate": stamp(move.deferred_until)}
        ]
    return body


def _together(trees: Any) -> Tree:
    found: Tree = {}
    for tree in trees:
        for name, each in tree.items():
            found[name] = found.get(name, ZERO) + _sum(each)
    return found


def _item(item: MoneyItem, currency: str) -> dict[str, Any]:
    return {
        "description": item.sku,
        "relatedIdentifiers": [],
        "totalAmount": _amount(_sum(item.amounts), currency),
        "breakdowns": _headings(item.amounts, currency),
        "contexts": [
            {
                "contextType": "ProductContext",
                "asin": item.asin,
                "sku": item.sku,
                "quantityShipped": item.quantity,
                "fulfillmentNetwork": item.network,
            }
        ],
    }


def _headings(tree: Tree, currency: str) -> list[dict[str, Any]]:
    """Headings that have something under them."""
    found = []
    for name, each in tree.items():
        below = _headings(each, currency) if isinstance(each, dict) else []
        amount = _sum(each) if isinstance(each, dict) else each
        if below or (amount and not isinstance(each, dict)):
            found.append({"breakdownType": name, "breakdownAmount": _amount(amount, currency), "breakdowns": below})
    return found


def _amount(amount: Decimal, currency: str) -> dict[str, Any]:
    """An amount as this API has it: a JSON number."""
    whole = amount == amount.to_integral_value()
    return {"currencyCode": currency, "currencyAmount": int(amount) if whole else float(amount)}
