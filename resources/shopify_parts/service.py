"""A fulfilment service of the shop: the fulfilment orders assigned to it, its answers, and what it has shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from integration_assets.contracts.errors import UnknownOutcome
from resources.shopify_parts import parse as parse
from resources.shopify_parts import service_documents as documents
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import Node, pages
from resources.shopify_parts.parse import whole

Assignment = Literal["FULFILLMENT_REQUESTED", "FULFILLMENT_ACCEPTED", "CANCELLATION_REQUESTED"]
Answering = Literal["accept", "reject", "accept_cancellation", "reject_cancellation", "close"]
ANSWERS: Mapping[Answering, tuple[str, str]] = {
    "accept": (documents.ACCEPT_REQUEST, "fulfillmentOrderAcceptFulfillmentRequest"),
    "reject": (documents.REJECT_REQUEST, "fulfillmentOrderRejectFulfillmentRequest"),
    "accept_cancellation": (documents.ACCEPT_CANCELLATION, "fulfillmentOrderAcceptCancellationRequest"),
    "reject_cancellation": (documents.REJECT_CANCELLATION, "fulfillmentOrderRejectCancellationRequest"),
    "close": (documents.CLOSE_REQUEST, "fulfillmentOrderClose"),
}


@dataclass(frozen=True, slots=True)
class AssignedLine:
    """A line of a fulfilment order. `line_id` is the number of the order's line; units in all and still to ship."""

    id: str
    line_id: str
    inventory_item_id: str
    sku: str
    units: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """A fulfilment order assigned to the service. `address` shows itself to nobody, and is empty where not asked for.

    `request_id` is the number of the newest request of the merchant: a request that was made again has another.
    `parcels` are the fulfilments that have left, by tracking number.
    """

    id: str
    status: str
    request_status: str
    shopify_order_id: str
    order_name: str
    ordered_at: datetime
    tags: frozenset[str]
    order_units: int
    lines: tuple[AssignedLine, ...]
    request_id: str
    parcels: Mapping[str, str]
    has_more_lines: bool
    country: str = ""
    address: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def tracking_numbers(self) -> frozenset[str]:
        """Under which numbers the shop knows what has left."""
        return frozenset(self.parcels)


def assigned(graphql: GraphQL, assignment: Assignment) -> list[Assigned]:
    """The fulfilment orders that wait for something; those that ask for shipping with their addresses."""
    with_address = assignment == "FULFILLMENT_REQUESTED"
    document = documents.ASSIGNED_WITH_ADDRESS if with_address else documents.ASSIGNED
    found = pages(graphql, document, ("assignedFulfillmentOrders",), {"status": assignment})
    return [_assigned(node) for page in found for node in page]


def assigned_one(graphql: GraphQL, fulfillment_order_id: str) -> Assigned | None:
    """One with its address; None when the shop does not have it."""
    node = graphql.call(documents.ASSIGNED_ONE, {"id": fulfillment_order_id})["fulfillmentOrder"]
    return None if node is None else _assigned(node)


def answer(
    graphql: GraphQL, fulfillment_order_id: str, what: Answering, message: str, reason: str = ""
) -> tuple[str, str]:
    """Answer the merchant; the status and the request status afterwards."""
    document, root = ANSWERS[what]
    variables = {"id": fulfillment_order_id, "message": message}
    if what == "reject":
        variables["reason"] = reason or "OTHER"
    order = (graphql.call(document, variables)[root] or {}).get("fulfillmentOrder")
    if order is None:
        raise UnknownOutcome(
            f"Shopify said neither yes nor no to: {what} {fulfillment_order_id}.",
            todo="Read the fulfilment order back before anything else.",
            operation=root,
        )
    return str(order["status"]), str(order["requestStatus"])


def ship(
    graphql: GraphQL,
    fulfillment_order_id: str,
    lines: Mapping[str, int],
    *,
    carrier: str,
    tracking_number: str,
    notify: bool,
) -> str:
    """Record a parcel: units by the id of the fulfilment order's line. The answer is the fulfilment's id."""
    rows = [{"id": line, "quantity": units} for line, units in lines.items()]
    given: dict[str, Any] = {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": fulfillment_order_id, "fulfillmentOrderLineItems": rows}
        ],
        "trackingInfo": {"company": carrier, "number": tracking_number},
        "notifyCustomer": notify,
    }
    payload = graphql.call(documents.SHIP_PARCEL, {"fulfillment": given})["fulfillmentCreate"] or {}
    if not payload.get("fulfillment"):
        raise UnknownOutcome(
            f"Shopify said neither yes nor no to parcel {tracking_number} of {fulfillment_order_id}.",
            todo="Read its fulfilments back before anything else.",
            operation="ShipParcel",
        )
    return str(payload["fulfillment"]["id"])


def renumber(graphql: GraphQL, fulfillment_id: str, *, carrier: str, numbers: Sequence[str], notify: bool) -> None:
    """Give a parcel that was told without a number of its own the number, or numbers, that it has now."""
    given = {"company": carrier, "numbers": list(numbers)}
    variables = {"id": fulfillment_id, "tracking": given, "notify": notify}
    payload = graphql.call(documents.RENUMBER_PARCEL, variables)["fulfillmentTrackingInfoUpdate"] or {}
    if not payload.get("fulfillment"):
        raise UnknownOutcome(
            f"Shopify said neither yes nor no to the tracking of {fulfillment_id}.",
            todo="Read the fulfilment back before anything else.",
            operation="RenumberParcel",
        )


def open_service(graphql: GraphQL, name: str) -> None:
    """Make the fulfilment service, which comes with a location of its own.

    It manages its stock, and without a callback that means that the app sets it; tracking is pushed, not fetched.
    """
    made = (graphql.call(documents.OPEN_SERVICE, {"name": name})["fulfillmentServiceCreate"] or {}).get(
        "fulfillmentService"
    )
    if made is None:
        raise UnknownOutcome(
            f"Shopify said neither yes nor no to the fulfilment service {name}.",
            todo="Look under Locations before trying again.",
            operation="OpenService",
        )
    graphql.gate.saw_locations([parse.location(made["location"])])


@whole
def _assigned(node: Node) -> Assigned:
    order, lines = node["order"], node["lineItems"]
    told = node.get("destination") or {}
    names = [told.get("firstName"), told.get("lastName")]
    address = {
        "name": " ".join(name for name in names if name) or told.get("company"),
        "addressLine1": told.get("address1"),
        "addressLine2": told.get("address2"),
        "city": told.get("city"),
        "stateOrRegion": told.get("province"),
        "postalCode": told.get("zip"),
        "phone": told.get("phone"),
    }
    requests = node["merchantRequests"]["nodes"]
    return Assigned(
        id=node["id"],
        status=node["status"],
        request_status=node["requestStatus"],
        shopify_order_id=node["orderId"],
        order_name=node["orderName"],
        ordered_at=datetime.fromisoformat(node["orderProcessedAt"]),
        tags=frozenset(order["tags"]),
        order_units=order["subtotalLineItemsQuantity"],
        lines=tuple(_line(line) for line in lines["nodes"]),
        request_id=_number(requests[0]["id"]) if requests else "0",
        parcels={
            str(info["number"]): made["id"] for made in node["fulfillments"]["nodes"] for info in made["trackingInfo"]
        },
        has_more_lines=lines["pageInfo"]["hasNextPage"],
        country=told.get("countryCode") or "",
        address={name: value for name, value in address.items() if value},
    )


def _line(node: Node) -> AssignedLine:
    return AssignedLine(
        id=node["id"],
        line_id=_number(node["lineItem"]["id"]),
        inventory_item_id=node["inventoryItemId"] or "",
        sku=node["sku"] or "",
        units=node["totalQuantity"],
        remaining=node["remainingQuantity"],
    )


def _number(gid: str) -> str:
    return str(gid).rpartition("/")[2]
