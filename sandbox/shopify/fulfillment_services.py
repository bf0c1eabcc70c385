"""Fulfilment services: fulfilment orders assigned to them, the requests of the merchant, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.order_life import line_of, release
from sandbox.order_records import FulfillmentOrder
from sandbox.shopify import gids
from sandbox.shopify.after_sales import order_of
from sandbox.shopify.context import Context
from sandbox.shopify.paging import Listing
from sandbox.shopify.problems import user_error
from sandbox.shopify.registry import Connections, Fields
from sandbox.shopify.service_state import ask_to_cancel, open_service, services_of, submit

Payload = dict[str, Any]
Refused = list[dict[str, Any]]
WAITING = ("OPEN", "SCHEDULED")
FULFILLMENTS_OF: dict[str, Callable[[FulfillmentOrder], bool]] = {
    "FULFILLMENT_REQUESTED": lambda order: order.status in WAITING and order.request_status == "SUBMITTED",
    "CANCELLATION_REQUESTED": lambda order: order.cancellation_asked,
    "FULFILLMENT_ACCEPTED": lambda order: order.status == "IN_PROGRESS" and order.request_status == "ACCEPTED",
    "FULFILLMENT_UNSUBMITTED": lambda order: order.status in WAITING and order.request_status == "UNSUBMITTED",
}


# --- reading ----------------------------------------------------------------------------------------------------------


def assigned_orders(_root: Any, context: Context, args: dict[str, Any]) -> Listing:
    """The fulfilment orders assigned to the app's services, by what is asked of them."""
    orders = services_of(context.world.shop).orders
    status, places = args.get("assignmentStatus"), args.get("locationIds")

    def keep(order: FulfillmentOrder) -> bool:
        wanted = status is None or FULFILLMENTS_OF[status](order)
        return wanted and (not places or gids.gid("Location", order.location_id) in places)

    return Listing(sorted(orders), orders.get, keep, bool(args.get("reverse")))


def one(_root: Any, context: Context, *, id: str) -> FulfillmentOrder | None:  # noqa: A002 - Shopify's argument name
    """A fulfilment order by id."""
    return services_of(context.world.shop).orders.get(gids.number_of(id, "FulfillmentOrder") or 0)


def _destination(record: FulfillmentOrder, context: Context) -> dict[str, Any] | None:
    order = order_of(record, context)
    address = order.address
    if not address:
        return None
    first, _, last = address["name"].partition(" ")
    return {
        "id": gids.gid("FulfillmentOrderDestination", record.id),
        "firstName": first,
        "lastName": last or None,
        "company": address.get("company"),
        "address1": address.get("address1"),
        "address2": address.get("address2"),
        "city": address.get("city"),
        "province": address.get("province"),
        "zip": address.get("zip"),
        "countryCode": address.get("countryCodeV2"),
        "phone": address.get("phone"),
        "email": order.email,
    }


def _requests(order: FulfillmentOrder, _context: Context, args: dict[str, Any]) -> Listing:
    requests = {each.id: (order, each) for each in order.requests if args.get("kind") in (None, each.kind)}
    return Listing(sorted(requests), requests.__getitem__, None, bool(args.get("reverse")))


# --- what the merchant asks, and what the service answers -------------------------------------------------------------


def create_service(context: Context, args: dict[str, Any]) -> Payload:
    """A service with a location of its own (fulfillmentServiceCreate)."""
    shop, name = context.world.shop, args["name"]
    if not name.strip():
        return {"fulfillmentService": None, "userErrors": [user_error(["name"], "Name can't be blank")]}
    if any(place.name == name for place in shop.locations.values()):
        return {"fulfillmentService": None, "userErrors": [user_error(["name"], "Name has already been taken")]}
    location = open_service(context.world, name)
    context.did(f"fulfilment service {name} created", [str(location.id)])
    service = {
        "id": f"{gids.gid('FulfillmentService', location.id)}?id=true",
        "handle": name.lower().replace(" ", "-"),
        "serviceName": name,
        "callbackUrl": args.get("callbackUrl"),
        "inventoryManagement": args["inventoryManagement"],
        "trackingSupport": args["trackingSupport"],
        "requiresShippingMethod": args["requiresShippingMethod"],
        "location": location,
        "type": "THIRD_PARTY",
    }
    return {"fulfillmentService": service, "userErrors": []}


def submit_request(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderSubmitFulfillmentRequest, of all lines."""
    order, errors = _found(context, args)
    empty = {"originalFulfillmentOrder": None, "submittedFulfillmentOrder": None, "unsubmittedFulfillmentOrder": None}
    if order is None:
        return {**empty, "userErrors": errors}
    if order.status not in WAITING or order.request_status not in ("UNSUBMITTED", "REJECTED"):
        return {**empty, "userErrors": [user_error(None, "Cannot request fulfillment for the fulfillment order.")]}
    submit(context.world, order, args.get("message"))
    context.did("fulfilment requested", [str(order.id)])
    return {**empty, "originalFulfillmentOrder": order, "submittedFulfillmentOrder": order, "userErrors": []}


def submit_cancellation(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderSubmitCancellationRequest: a request is taken back, or, once accepted, its service is asked."""

    def work(order: FulfillmentOrder) -> str | None:
        if order.status in WAITING and order.request_status == "SUBMITTED":
            order.request_status = "UNSUBMITTED"
        elif order.status == "IN_PROGRESS" and order.request_status in ("ACCEPTED", "CANCELLATION_REJECTED"):
            order.request_status = "ACCEPTED"
            ask_to_cancel(context.world, order, args.get("message"))
        else:
            return "Cannot request cancellation for the fulfillment order."
        return None

    return _answered(context, args, "cancellation requested", work)


def accept(context: Context, args: dict[str, Any]) -> Payload:
    """The service will ship it (fulfillmentOrderAcceptFulfillmentRequest)."""

    def work(order: FulfillmentOrder) -> str | None:
        if order.status not in WAITING or order.request_status != "SUBMITTED":
            return "Cannot accept fulfillment request for the fulfillment order."
        order.status, order.request_status = "IN_PROGRESS", "ACCEPTED"
        return None

    return _answered(context, args, "request accepted", work)


def reject(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderRejectFulfillmentRequest: the merchant may ask again or have it shipped from elsewhere."""

    def work(order: FulfillmentOrder) -> str | None:
        if order.status not in WAITING or order.request_status != "SUBMITTED":
            return "Cannot reject fulfillment request for the fulfillment order."
        order.request_status = "REJECTED"
        return None

    return _answered(context, args, f"request rejected: {args.get('reason') or 'OTHER'}", work)


def accept_cancellation(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderAcceptCancellationRequest: what was not shipped is on sale again at the service."""

    def work(order: FulfillmentOrder) -> str | None:
        if not order.cancellation_asked or order.request_status != "ACCEPTED":
            return "Cannot accept cancellation request for the fulfillment order."
        order.status, order.request_status = "CLOSED", "CANCELLATION_ACCEPTED"
        release(context.world, order_of(order, context), order)
        return None

    return _answered(context, args, "cancellation accepted", work)


def reject_cancellation(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderRejectCancellationRequest: it is shipped all the same."""

    def work(order: FulfillmentOrder) -> str | None:
        if not order.cancellation_asked or order.request_status != "ACCEPTED":
            return "Cannot reject cancellation request for the fulfillment order."
        order.request_status = "CANCELLATION_REJECTED"
        return None

    return _answered(context, args, "cancellation rejected", work)


def close(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderClose: the service cannot ship the rest."""

    def work(order: FulfillmentOrder) -> str | None:
        if order.status != "IN_PROGRESS":
            return "Cannot close fulfillment order."
        order.status, order.request_status = "INCOMPLETE", "CLOSED"
        return None

    return _answered(context, args, "closed as incomplete", work)


def _answered(
    context: Context, args: dict[str, Any], effect: str, work: Callable[[FulfillmentOrder], str | None]
) -> Payload:
    order, errors = _found(context, args)
    if order is None:
        return {"fulfillmentOrder": None, "userErrors": errors}
    if context.fault("never_applied") is not None:
        return {"fulfillmentOrder": order, "userErrors": []}
    refused = work(order)
    if refused is not None:
        return {"fulfillmentOrder": None, "userErrors": [user_error(None, refused)]}
    order.updated_at = context.now
    order.answers.append(effect)
    context.did(effect, [str(order.id)])
    return {"fulfillmentOrder": order, "userErrors": []}


def _found(context: Context, args: dict[str, Any]) -> tuple[FulfillmentOrder | None, Refused]:
    order = one(None, context, id=args["id"])
    return order, [] if order is not None else [user_error(["id"], "Fulfillment order does not exist.")]


FIELDS: Fields = {
    "QueryRoot": {"fulfillmentOrder": one},
    "FulfillmentOrder": {
        "requestStatus": lambda order, _: order.request_status,
        "orderProcessedAt": lambda order, context: order_of(order, context).processed_at,
        "fulfillAt": lambda order, _: order.created_at,
        "destination": _destination,
    },
    "FulfillmentOrderLineItem": {
        "productTitle": lambda of, _: line_of(of.order, of.record.line_id).title,
        "variantTitle": lambda _of, _: None,
    },
    "FulfillmentOrderMerchantRequest": {
        "id": lambda pair, _: gids.gid("FulfillmentOrderMerchantRequest", pair[1].id),
        "kind": lambda pair, _: pair[1].kind,
        "message": lambda pair, _: pair[1].message,
        "sentAt": lambda pair, _: pair[1].sent_at,
        "fulfillmentOrder": lambda pair, _: pair[0],
    },
}
CONNECTIONS: Connections = {
    "QueryRoot": {"assignedFulfillmentOrders": assigned_orders},
    "FulfillmentOrder": {"merchantRequests": _requests},
}
MUTATIONS: dict[str, Callable[[Context, dict[str, Any]], Payload]] = {
    "fulfillmentServiceCreate": create_service,
    "fulfillmentOrderSubmitFulfillmentRequest": submit_request,
    "fulfillmentOrderSubmitCancellationRequest": submit_cancellation,
    "fulfillmentOrderAcceptFulfillmentRequest": accept,
    "fulfillmentOrderRejectFulfillmentRequest": reject,
    "fulfillmentOrderAcceptCancellationRequest": accept_cancellation,
    "fulfillmentOrderRejectCancellationRequest": reject_cancellation,
    "fulfillmentOrderClose": close,
}
