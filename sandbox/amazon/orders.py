"""Orders 2026-01-01: search and get. No payload wrapper, amounts are strings, data sets come only when asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.marketplaces import BY_ID, MARKETPLACES
from sandbox.faults import fault_for
from sandbox.world import AmazonOrder, AmazonOrderItem

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
PENDING = ("PENDING_AVAILABILITY", "PENDING")
INCLUDED = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
LAG = timedelta(minutes=2)
"""A search knows nothing younger than this."""
TOKEN_SECONDS = 24 * 3600
ECHOES = {place.echo_id: place for place in MARKETPLACES}
DIGITS = {place.currency: place.digits for place in MARKETPLACES}


def search_orders(call: Call) -> Answer:
    """Orders created, or changed, in a span that ends at least two minutes ago; oldest first."""
    included = call.listed("includedData", allowed=INCLUDED)
    size = call.number("maxResultsPerPage", default=100, most=100)
    field, since, until, seen = _span(call)
    found = _selected(call, field, since, until)
    fault = fault_for(call.world, call.operation, among=("empty_snapshot", "half_snapshot", "repeated_page"))
    if fault and fault.kind == "empty_snapshot":
        found = []
    elif fault and fault.kind == "half_snapshot":
        found = found[: len(found) // 2]
    if seen is not None and not (fault and fault.kind == "repeated_page"):
        found = [order for order in found if _key(order, field) > seen]
    page = found[:size]
    body: dict[str, Any] = {"orders": [order_body(order, included) for order in page]}
    if len(found) > size:
        payload = {
            "operation": call.operation,
            "asked": _asked(call),
            "until": until,
            "seen": _key(page[-1], field),
        }
        token = call.state.issue_page_token(call.world, payload, seconds=TOKEN_SECONDS)
        body["pagination"] = {"nextToken": token}
    body["createdBefore" if field == "created_at" else "lastUpdatedBefore"] = stamp(until)
    return Answer(body)


def _asked(call: Call) -> dict[str, list[str]]:
    free = ("paginationToken", "maxResultsPerPage", "includedData")
    return {name: values for name, values in call.query.items() if name not in free}


def _span(call: Call) -> tuple[str, datetime, datetime, tuple[datetime, str] | None]:
    created, updated = call.instant("createdAfter"), call.instant("lastUpdatedAfter")
    if (created is None) == (updated is None):
        raise invalid("Exactly one of createdAfter and lastUpdatedAfter must be given")
    field, other = ("created_at", "lastUpdatedBefore") if created else ("updated_at", "createdBefore")
    if call.text(other) is not None:
        raise invalid(f"{other} does not go with the other bound")
    since = created or updated
    assert since is not None  # noqa: S101 - one of the two is given
    latest = call.world.now() - LAG
    until = call.instant("createdBefore" if created else "lastUpdatedBefore")
    if until is not None and (until < since or until > latest):
        raise invalid("The upper bound must lie after the lower one and at least two minutes in the past")
    token = call.text("paginationToken")
    if token is None:
        return field, since, until or latest, None
    known = call.state.page_tokens.get(token)
    if known is None or known.payload.get("operation") != call.operation or known.expires_at < call.world.now():
        raise invalid("paginationToken is unknown or has expired")
    if known.payload["asked"] != _asked(call):
        raise invalid("paginationToken was given for other parameters")
    return field, since, known.payload["until"], known.payload["seen"]


def _key(order: AmazonOrder, field: str) -> tuple[datetime, str]:
    return (order.created_at if field == "created_at" else order.updated_at, order.id)


def _selected(call: Call, field: str, since: datetime, until: datetime) -> list[AmazonOrder]:
    statuses = call.listed("fulfillmentStatuses", allowed=STATUSES)
    by = call.listed("fulfilledBy", allowed=("MERCHANT", "AMAZON"))
    marketplaces = call.listed("marketplaceIds", most=50)
    for each in marketplaces:
        if each not in call.account.marketplace_ids and each not in ECHOES:
            raise invalid(f"Marketplace {each} does not belong to this seller or this region")
    found = [
        order
        for order in call.account.orders.values()
        if since <= _key(order, field)[0] <= until
        and (not statuses or order.status in statuses)
        and (not by or order.fulfilled_by in by)
        and (not marketplaces or _belongs(order, marketplaces))
    ]
    return sorted(found, key=lambda order: _key(order, field))


def _belongs(order: AmazonOrder, marketplaces: list[str]) -> bool:
    echo = ECHOES.get(order.marketplace_id)
    return order.marketplace_id in marketplaces or (echo is not None and echo.id in marketplaces)


def get_order(call: Call) -> Answer:
    """One order with its items; it is not held back for two minutes as in a search."""
    order = call.account.orders.get(call.path["orderId"])
    included = call.listed("includedData", allowed=INCLUDED)
    if order is None:
        raise Problem(404, "NotFound", "The order was not found.", call.path["orderId"])
    return Answer({"order": order_body(order, included)}, subject=order.id)


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """An amount as Orders 2026-01-01 writes it, with the currency's own number of decimals."""
    return {"amount": f"{amount:.{DIGITS[currency]}f}", "currencyCode": currency}


def order_body(order: AmazonOrder, included: list[str]) -> dict[str, Any]:
    """An order as the model has it. Pending ones have no prices; buyers are told of merchant orders from UNSHIPPED."""
    place = BY_ID.get(order.marketplace_id) or ECHOES[order.marketplace_id]
    name = place.name if order.channel_name == "AMAZON" else place.echo_name
    body: dict[str, Any] = {
        "orderId": order.id,
        "createdTime": stamp(order.created_at),
        "lastUpdatedTime": stamp(order.updated_at),
        "programs": [],
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
    known = priced and order.fulfilled_by == "MERCHANT" and order.status != "CANCELLED"
    if "BUYER" in included and known and order.buyer:
        body["buyer"] = dict(order.buyer)
    if "RECIPIENT" in included and known and order.address:
        body["recipient"] = {"deliveryAddress": dict(order.address)}
    if "PROCEEDS" in included and priced:
        total = sum((item.unit_price * item.quantity for item in order.items), Decimal(0))
        body["proceeds"] = {"grandTotal": money(total, order.currency)}
    if "FULFILLMENT" in included:
        body["fulfillment"] = _fulfillment(order)
    if "PACKAGES" in included and order.fulfilled_by == "MERCHANT":
        body["packages"] = []
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
    return body


def _item(order: AmazonOrder, item: AmazonOrderItem, included: list[str]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "asin": item.asin,
        "title": item.title,
        "sellerSku": item.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    body: dict[str, Any] = {"orderItemId": item.id, "quantityOrdered": item.quantity, "product": product}
    if "PROCEEDS" in included and order.status not in PENDING:
        total = money(item.unit_price * item.quantity, order.currency)
        product["price"] = {"unitPrice": money(item.unit_price, order.currency)}
        body["proceeds"] = {"proceedsTotal": total, "breakdowns": [{"type": "ITEM", "subtotal": total}]}
    if "FULFILLMENT" in included:
        open_units = 0 if order.status in ("CANCELLED", "UNFULFILLABLE") else item.quantity - item.shipped
        body["fulfillment"] = {"quantityFulfilled": item.shipped, "quantityUnfulfilled": open_units}
    if "CANCELLATION" in included and order.status == "CANCELLED":
        body["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "Changed mind"}}
    return body
