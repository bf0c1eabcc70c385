"""Orders 2026-01-01: search and get. No payload wrapper; data sets come only when asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.order_body import ECHOES, order_body
from sandbox.faults import fault_for
from sandbox.world import AmazonOrder

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
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
