"""Fulfilment services: fulfilment orders assigned to them, the requests of the merchant, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.paging import Listing
from sandbox.shopify.problems import user_error
from sandbox.shopify.registry import Connections, Fields
from sandbox.shopify.service_state import (
    AssignedLine,
    AssignedOrder,
    ServiceFulfillment,
    ask_to_cancel,
    open_service,
    services_of,
    submit,
)
from sandbox.world import Level

Payload = dict[str, Any]
Refused = list[dict[str, Any]]
Line = tuple[AssignedOrder, AssignedLine]
WAITING = ("OPEN", "SCHEDULED")
LINES_AT_ONCE = 512
FULFILLMENTS_OF: dict[str, Callable[[AssignedOrder], bool]] = {
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

    def keep(order: AssignedOrder) -> bool:
        wanted = status is None or FULFILLMENTS_OF[status](order)
        return wanted and (not places or gids.gid("Location", order.location_id) in places)

    return Listing(sorted(orders), orders.get, keep, bool(args.get("reverse")))


def one(_root: Any, context: Context, *, id: str) -> AssignedOrder | None:  # noqa: A002 - Shopify's argument name
    """A fulfilment order by id."""
    return services_of(context.world.shop).orders.get(gids.number_of(id, "FulfillmentOrder") or 0)


def _destination(order: AssignedOrder, _context: Context) -> dict[str, Any] | None:
    address = order.order.address
    if not address:
        return None
    first, _, last = address["name"].partition(" ")
    return {
        "id": gids.gid("FulfillmentOrderDestination", order.id),
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
        "email": order.order.email,
    }


def _assigned_location(order: AssignedOrder, context: Context) -> dict[str, Any]:
    place = context.world.shop.locations[order.location_id]
    return {"name": place.name, "countryCode": "GB", "location": place}


def _lines(order: AssignedOrder, _context: Context, args: dict[str, Any]) -> Listing:
    lines = {line.id: (order, line) for line in order.lines}
    return Listing(sorted(lines), lines.__getitem__, None, bool(args.get("reverse")))


def _requests(order: AssignedOrder, _context: Context, args: dict[str, Any]) -> Listing:
    requests = {each.id: (order, each) for each in order.requests if args.get("kind") in (None, each.kind)}
    return Listing(sorted(requests), requests.__getitem__, None, bool(args.get("reverse")))


def _fulfillments(order: AssignedOrder, _context: Context, args: dict[str, Any]) -> Listing:
    made = {each.id: (order, each) for each in order.fulfillments}
    return Listing(sorted(made), made.__getitem__, None, bool(args.get("reverse")))


def _contents(pair: tuple[AssignedOrder, ServiceFulfillment], _context: Context, args: dict[str, Any]) -> Listing:
    order, made = pair
    lines = {line.id: line for line in order.lines}
    found = {line_id: (made, order, lines[line_id], units) for line_id, units in made.contents}
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _tracking(
    pair: tuple[AssignedOrder, ServiceFulfillment], _context: Context, *, first: int | None = None
) -> list[dict[str, str | None]]:
    return pair[1].tracking[:first]


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

    def work(order: AssignedOrder) -> str | None:
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

    def work(order: AssignedOrder) -> str | None:
        if order.status not in WAITING or order.request_status != "SUBMITTED":
            return "Cannot accept fulfillment request for the fulfillment order."
        order.status, order.request_status = "IN_PROGRESS", "ACCEPTED"
        return None

    return _answered(context, args, "request accepted", work)


def reject(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderRejectFulfillmentRequest: the merchant may ask again or have it shipped from elsewhere."""

    def work(order: AssignedOrder) -> str | None:
        if order.status not in WAITING or order.request_status != "SUBMITTED":
            return "Cannot reject fulfillment request for the fulfillment order."
        order.request_status = "REJECTED"
        return None

    return _answered(context, args, f"request rejected: {args.get('reason') or 'OTHER'}", work)


def accept_cancellation(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderAcceptCancellationRequest: what was not shipped is on sale again at the service."""

    def work(order: AssignedOrder) -> str | None:
        if not order.cancellation_asked or order.request_status != "ACCEPTED":
            return "Cannot accept cancellation request for the fulfillment order."
        order.status, order.request_status = "CLOSED", "CANCELLATION_ACCEPTED"
        for line in order.lines:
            level = context.world.level(line.item_id, order.location_id)
            context.world.set_available(
                line.item_id,
                order.location_id,
                level.available + line.remaining,
                committed=level.committed - line.remaining,
            )
        return None

    return _answered(context, args, "cancellation accepted", work)


def reject_cancellation(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderRejectCancellationRequest: it is shipped all the same."""

    def work(order: AssignedOrder) -> str | None:
        if not order.cancellation_asked or order.request_status != "ACCEPTED":
            return "Cannot reject cancellation request for the fulfillment order."
        order.request_status = "CANCELLATION_REJECTED"
        return None

    return _answered(context, args, "cancellation rejected", work)


def close(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentOrderClose: the service cannot ship the rest."""

    def work(order: AssignedOrder) -> str | None:
        if order.status != "IN_PROGRESS":
            return "Cannot close fulfillment order."
        order.status, order.request_status = "INCOMPLETE", "CLOSED"
        return None

    return _answered(context, args, "closed as incomplete", work)


def create_fulfillment(context: Context, args: dict[str, Any]) -> Payload:
    """fulfillmentCreate: has no key that would keep it from being done twice."""
    given = args["fulfillment"]
    named = given["lineItemsByFulfillmentOrder"]
    orders = [one(None, context, id=each["fulfillmentOrderId"]) for each in named]
    if len(orders) != 1 or orders[0] is None:
        return _not_made("Fulfillment orders must exist and be of one order and one location.")
    order = orders[0]
    if order.status != "IN_PROGRESS":
        return _not_made(f"Fulfillment order {order.id} has an unfulfillable status= {order.status.lower()}.")
    lines = {line.id: line for line in order.lines}
    asked = named[0].get("fulfillmentOrderLineItems")
    if asked is None:
        wanted = [(line, line.remaining) for line in order.lines if line.remaining]
    else:
        found = [
            (lines.get(gids.number_of(each["id"], "FulfillmentOrderLineItem") or 0), each["quantity"]) for each in asked
        ]
        wanted = [(line, units) for line, units in found if line is not None]
        if len(wanted) < len(found) or len(found) > LINES_AT_ONCE:
            return _not_made("Fulfillment order line item does not exist.")
    if not wanted or any(not 0 < units <= line.remaining for line, units in wanted):
        return _not_made("Invalid fulfillment order line item quantity requested.")
    made = ServiceFulfillment(
        id=5_200_000_000_000 + context.world.next_id(),
        location_id=order.location_id,
        contents=[(line.id, units) for line, units in wanted],
        tracking=_trackings(given.get("trackingInfo") or {}),
        notified=bool(given.get("notifyCustomer")),
        created_at=context.now,
    )
    if context.fault("never_applied") is None:
        _ship(context, order, made, wanted)
    return {"fulfillment": (order, made), "userErrors": []}


def _ship(
    context: Context, order: AssignedOrder, made: ServiceFulfillment, wanted: list[tuple[AssignedLine, int]]
) -> None:
    order.fulfillments.append(made)
    for line, units in wanted:
        line.remaining -= units
        level: Level = context.world.level(line.item_id, order.location_id)
        level.committed -= units
    order.updated_at = order.order.updated_at = context.now
    if all(line.remaining == 0 for line in order.lines):
        order.status, order.request_status = "CLOSED", "CLOSED"
    everything = {line.line.id for line in order.lines} == {line.id for line in order.order.lines}
    done = order.status == "CLOSED" and everything
    order.order.fulfillment_status = "FULFILLED" if done else "PARTIALLY_FULFILLED"
    context.did(f"fulfilment of order {order.order.name}", [str(order.id)])


def _trackings(given: dict[str, Any]) -> list[dict[str, str | None]]:
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    padded = [*urls, *[None] * len(numbers)]
    return [
        {"company": given.get("company"), "number": number, "url": url}
        for number, url in zip(numbers, padded, strict=False)
    ]


def _answered(
    context: Context, args: dict[str, Any], effect: str, work: Callable[[AssignedOrder], str | None]
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


def _found(context: Context, args: dict[str, Any]) -> tuple[AssignedOrder | None, Refused]:
    order = one(None, context, id=args["id"])
    return order, [] if order is not None else [user_error(["id"], "Fulfillment order does not exist.")]


def _not_made(message: str) -> Payload:
    return {"fulfillment": None, "userErrors": [user_error(["fulfillment"], message)]}


def _changed(pair: tuple[AssignedOrder, ServiceFulfillment], _context: Context) -> datetime:
    return pair[1].created_at


FIELDS: Fields = {
    "QueryRoot": {"fulfillmentOrder": one},
    "FulfillmentOrder": {
        "id": lambda order, _: gids.gid("FulfillmentOrder", order.id),
        "status": lambda order, _: order.status,
        "requestStatus": lambda order, _: order.request_status,
        "order": lambda order, _: order.order,
        "orderId": lambda order, _: gids.gid("Order", order.order.id),
        "orderName": lambda order, _: order.order.name,
        "orderProcessedAt": lambda order, _: order.order.processed_at,
        "createdAt": lambda order, _: order.created_at,
        "updatedAt": lambda order, _: order.updated_at,
        "fulfillAt": lambda order, _: order.created_at,
        "fulfillBy": lambda _order, _: None,
        "destination": _destination,
        "assignedLocation": _assigned_location,
    },
    "FulfillmentOrderLineItem": {
        "id": lambda pair, _: gids.gid("FulfillmentOrderLineItem", pair[1].id),
        "inventoryItemId": lambda pair, _: gids.gid("InventoryItem", pair[1].item_id),
        "lineItem": lambda pair, _: (pair[0].order, pair[1].line),
        "productTitle": lambda pair, _: pair[1].line.title,
        "variantTitle": lambda _pair, _: None,
        "remainingQuantity": lambda pair, _: pair[1].remaining,
        "totalQuantity": lambda pair, _: pair[1].total,
        "requiresShipping": lambda _pair, _: True,
        "sku": lambda pair, _: pair[1].line.sku,
        "variant": lambda pair, context: context.world.shop.variants.get(pair[1].line.variant_id or 0),
    },
    "FulfillmentOrderMerchantRequest": {
        "id": lambda pair, _: gids.gid("FulfillmentOrderMerchantRequest", pair[1].id),
        "kind": lambda pair, _: pair[1].kind,
        "message": lambda pair, _: pair[1].message,
        "sentAt": lambda pair, _: pair[1].sent_at,
        "fulfillmentOrder": lambda pair, _: pair[0],
    },
    "Fulfillment": {
        "id": lambda pair, _: gids.gid("Fulfillment", pair[1].id),
        "legacyResourceId": lambda pair, _: pair[1].id,
        "name": lambda pair, _: f"{pair[0].order.name}-F{pair[0].fulfillments.index(pair[1]) + 1}",
        "status": lambda _pair, _: "SUCCESS",
        "createdAt": _changed,
        "updatedAt": _changed,
        "requiresShipping": lambda _pair, _: True,
        "totalQuantity": lambda pair, _: sum(units for _line, units in pair[1].contents),
        "trackingInfo": _tracking,
        "location": lambda pair, context: context.world.shop.locations.get(pair[1].location_id),
        "order": lambda pair, _: pair[0].order,
    },
    "FulfillmentLineItem": {
        "id": lambda found, _: gids.gid("FulfillmentLineItem", found[0].id + found[2].id % 1000),
        "lineItem": lambda found, _: (found[1].order, found[2].line),
        "quantity": lambda found, _: found[3],
    },
}
CONNECTIONS: Connections = {
    "QueryRoot": {"assignedFulfillmentOrders": assigned_orders},
    "FulfillmentOrder": {"lineItems": _lines, "merchantRequests": _requests, "fulfillments": _fulfillments},
    "Fulfillment": {"fulfillmentLineItems": _contents},
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
    "fulfillmentCreate": create_fulfillment,
}
