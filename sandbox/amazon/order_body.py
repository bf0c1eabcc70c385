"""An Amazon order as Orders 2026-01-01 writes it. Amounts are strings; data sets come only when asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.amazon.call import stamp
from sandbox.amazon.marketplaces import BY_ID, MARKETPLACES
from sandbox.world import AmazonOrder, AmazonOrderItem, AmazonPackage

PENDING = ("PENDING_AVAILABILITY", "PENDING")
ECHOES = {place.echo_id: place for place in MARKETPLACES}
DIGITS = {place.currency: place.digits for place in MARKETPLACES}
TIME_TO_DELIVER = timedelta(days=3)
ZERO = Decimal(0)
WAREHOUSE = {
    "name": "Example Brand",
    "addressLine1": "Unit 1, Example Park",
    "city": "Manchester",
    "postalCode": "M1 1AA",
    "countryCode": "GB",
}


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """An amount as Orders 2026-01-01 writes it, with the currency's own number of decimals."""
    return {"amount": f"{amount:.{DIGITS[currency]}f}", "currencyCode": currency}


def kept(item: AmazonOrderItem) -> Decimal:
    """The part of an item that was not cancelled."""
    return Decimal(item.quantity - item.cancelled) / item.quantity if item.quantity else ZERO


def parts_of(item: AmazonOrderItem, currency: str) -> dict[str, Decimal]:
    """An item's money by what it is for, discounts negative, without the units that were cancelled."""
    share = kept(item)
    unit = Decimal(1).scaleb(-DIGITS[currency])

    def part(amount: Decimal) -> Decimal:
        return (amount * share).quantize(unit)

    return {
        "ITEM": item.unit_price * (item.quantity - item.cancelled),
        "SHIPPING": part(item.shipping),
        "GIFT_WRAP": part(item.gift_wrap),
        "DISCOUNT ITEM": -part(item.promotion),
        "DISCOUNT SHIPPING": -part(item.shipping_promotion),
        "TAX ITEM": part(item.tax),
        "TAX SHIPPING": part(item.shipping_tax),
        "TAX GIFT_WRAP": part(item.gift_wrap_tax),
    }


def item_total(item: AmazonOrderItem, currency: str) -> Decimal:
    """What the buyer pays for an item, taxes and all."""
    return sum(parts_of(item, currency).values(), ZERO)


def order_total(order: AmazonOrder) -> Decimal:
    """What the buyer pays for the order."""
    return sum((item_total(item, order.currency) for item in order.items), ZERO) + order.tip


def order_body(order: AmazonOrder, included: list[str]) -> dict[str, Any]:
    """An order as the model has it. Pending ones have no prices; buyers are told of merchant orders from UNSHIPPED."""
    place = BY_ID.get(order.marketplace_id) or ECHOES[order.marketplace_id]
    name = place.name if order.channel_name == "AMAZON" else place.echo_name
    body: dict[str, Any] = {
        "orderId": order.id,
        "createdTime": stamp(order.created_at),
        "lastUpdatedTime": stamp(order.updated_at),
        "programs": list(order.programs),
        "salesChannel": {
            "channelName": order.channel_name,
            "marketplaceId": order.marketplace_id,
            "marketplaceName": name,
        },
        "orderItems": [_item(order, item, included) for item in order.items],
    }
    if order.merchant_order_id:
        body["orderAliases"] = [{"aliasId": order.merchant_order_id, "aliasType": "SELLER_ORDER_ID"}]
    priced = order.status not in PENDING
    merchant = order.fulfilled_by == "MERCHANT"
    known = priced and merchant and order.status != "CANCELLED"
    if "BUYER" in included and known and order.buyer:
        body["buyer"] = dict(order.buyer)
    if "RECIPIENT" in included and known and order.address:
        body["recipient"] = {"deliveryAddress": dict(order.address)}
    if "PROCEEDS" in included and priced:
        body["proceeds"] = _proceeds(order)
    if "PAYMENT" in included and priced and order.payment_method:
        amount = money(order_total(order), order.currency)
        body["payment"] = {"paymentExecutions": [{"paymentMethod": order.payment_method, "paymentAmount": amount}]}
    if "FULFILLMENT" in included:
        body["fulfillment"] = _fulfillment(order)
    if "PACKAGES" in included and merchant:
        body["packages"] = [_package(package) for package in order.packages.values()]
    if "TAX" in included and priced and merchant:
        body["tax"] = {"taxInvoicing": {"buyerInvoicePreference": "INDIVIDUAL"}}
    return body


def _proceeds(order: AmazonOrder) -> dict[str, Any]:
    body: dict[str, Any] = {"grandTotal": money(order_total(order), order.currency)}
    sums: dict[str, Decimal] = {}
    for item in order.items:
        for name, amount in parts_of(item, order.currency).items():
            kind = name.partition(" ")[0]
            sums[kind] = sums.get(kind, ZERO) + amount
    breakdowns: list[dict[str, Any]] = [
        {"type": kind, "subtotal": money(amount, order.currency)} for kind, amount in sums.items() if amount
    ]
    if order.tip:
        breakdowns.append({"type": "DELIVERY_TIP", "status": "COMPLETED", "subtotal": money(order.tip, order.currency)})
    if [each["type"] for each in breakdowns] not in ([], ["ITEM"]):
        body["breakdowns"] = breakdowns
    return body


def _fulfillment(order: AmazonOrder) -> dict[str, Any]:
    body: dict[str, Any] = {
        "fulfillmentStatus": order.status,
        "fulfilledBy": order.fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
    }
    if order.ship_by is not None:
        window = {"earliestDateTime": stamp(order.created_at), "latestDateTime": stamp(order.ship_by)}
        body["shipByWindow"] = window
        until = stamp(order.ship_by + TIME_TO_DELIVER)
        body["deliverByWindow"] = {"earliestDateTime": stamp(order.ship_by), "latestDateTime": until}
    return body


def _item(order: AmazonOrder, item: AmazonOrderItem, included: list[str]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "asin": item.asin,
        "title": item.title,
        "sellerSku": item.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    body: dict[str, Any] = {"orderItemId": item.id, "quantityOrdered": item.quantity, "product": product}
    priced = order.status not in PENDING
    if "PROCEEDS" in included and priced:
        product["price"] = {"unitPrice": money(item.unit_price, order.currency)}
        body["proceeds"] = _item_proceeds(order, item)
    if "EXPENSE" in included and priced and item.points:
        points = {"pointsNumber": item.points, "pointsMonetaryValue": money(Decimal(item.points), order.currency)}
        body["expense"] = {"pointsCost": {"pointsGranted": points}}
    if "PROMOTION" in included and priced and item.promotion_ids:
        body["promotion"] = {"breakdowns": [{"promotionId": each} for each in item.promotion_ids]}
    if "FULFILLMENT" in included:
        body["fulfillment"] = _item_fulfillment(order, item)
    if "CANCELLATION" in included and (told := _cancellation(order, item)):
        body["cancellation"] = told
    if "TAX" in included and priced and item.collected_by_amazon:
        body["tax"] = {
            "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}]
        }
    return body


def _item_proceeds(order: AmazonOrder, item: AmazonOrderItem) -> dict[str, Any]:
    parts = parts_of(item, order.currency)

    def told(amount: Decimal) -> dict[str, str]:
        return money(amount, order.currency)

    breakdowns: list[dict[str, Any]] = [{"type": "ITEM", "subtotal": told(parts["ITEM"])}]
    breakdowns += [{"type": kind, "subtotal": told(parts[kind])} for kind in ("SHIPPING", "GIFT_WRAP") if parts[kind]]
    for kind in ("DISCOUNT", "TAX"):
        details = {
            name.partition(" ")[2]: amount for name, amount in parts.items() if name.startswith(f"{kind} ") and amount
        }
        if details:
            breakdowns.append(
                {
                    "type": kind,
                    "subtotal": told(sum(details.values(), ZERO)),
                    "detailedBreakdowns": [{"subtype": name, "value": told(each)} for name, each in details.items()],
                }
            )
    return {"proceedsTotal": told(item_total(item, order.currency)), "breakdowns": breakdowns}


def _item_fulfillment(order: AmazonOrder, item: AmazonOrderItem) -> dict[str, Any]:
    open_units = 0 if order.status in ("CANCELLED", "UNFULFILLABLE") else item.left
    body: dict[str, Any] = {"quantityFulfilled": item.shipped, "quantityUnfulfilled": open_units}
    if item.gift_level or item.gift_message:
        gift = {"giftMessage": item.gift_message, "giftWrapLevel": item.gift_level}
        body["packing"] = {"giftOption": {name: value for name, value in gift.items() if value}}
    return body


def _cancellation(order: AmazonOrder, item: AmazonOrderItem) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if item.cancel_request is not None:
        told["cancellationRequest"] = {"requester": "BUYER", "cancelReason": item.cancel_request}
    if item.cancelled or order.status == "CANCELLED":
        told["cancellationExecution"] = {
            "cancelledBy": item.cancelled_by or "BUYER",
            "cancelReason": item.cancel_reason or "Changed mind",
        }
    return told


def _package(package: AmazonPackage) -> dict[str, Any]:
    body = {
        "packageReferenceId": package.reference,
        "createdTime": stamp(package.created_at),
        "packageStatus": {"status": package.status},
        "carrier": package.carrier_name or package.carrier_code,
        "shipTime": stamp(package.shipped_at),
        "trackingNumber": package.tracking_number,
        "shipFromAddress": dict(WAREHOUSE),
        "packageItems": [{"orderItemId": item, "quantity": units} for item, units in package.items.items()],
    }
    if package.shipping_method:
        body["shippingService"] = package.shipping_method
    return body
