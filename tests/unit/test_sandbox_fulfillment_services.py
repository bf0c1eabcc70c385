"""The sandbox's fulfilment services: what the merchant asks, what the service answers, and what neither may."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.order_life import line_of
from sandbox.order_records import FulfillmentOrder
from sandbox.shopify.service_state import open_service, order_from_service
from sandbox.world import Location
from tests.sandbox_shop import Desk, small_world

ASSIGNED = """
query Assigned($status: FulfillmentOrderAssignmentStatus) {
  assignedFulfillmentOrders(first: 50, assignmentStatus: $status) {
    nodes {
      id status requestStatus orderName
      destination { firstName address1 zip countryCode }
      lineItems(first: 10) { nodes { id sku remainingQuantity totalQuantity lineItem { id } } }
      fulfillments(first: 5) { nodes { totalQuantity trackingInfo { company number } } }
      merchantRequests(first: 5) { nodes { kind } }
    }
  }
}
"""
ACT = """
mutation Act($id: ID!) {{
  {name}(id: $id{more}) {{ fulfillmentOrder {{ status requestStatus }} userErrors {{ message }} }}
}}
"""
SHIP = """
mutation Ship($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { message } }
}
"""


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


@pytest.fixture
def service(desk: Desk) -> Location:
    return open_service(desk.world, "Amazon MCF")


def booked(desk: Desk, service: Location, *units: int, **more: Any) -> FulfillmentOrder:
    variants = [each for each in desk.world.shop.variants.values() if not each.components and each.tracked]
    return order_from_service(desk.world, service, list(zip(variants, units, strict=False)), **more)


def gid(order: FulfillmentOrder) -> str:
    return f"gid://shopify/FulfillmentOrder/{order.id}"


def item_of(desk: Desk, order: FulfillmentOrder) -> int:
    """The inventory item of its first line."""
    line = line_of(desk.world.shop.orders[order.order_id], order.lines[0].line_id)
    return desk.world.shop.variants[line.variant_id or 0].item_id


def act(desk: Desk, order: FulfillmentOrder, name: str, more: str = "") -> Any:
    answer = desk.graphql(ACT.format(name=name, more=more), {"id": gid(order)})
    payload = answer.data[name]
    if payload["userErrors"]:
        return payload["userErrors"][0]["message"]
    return (payload["fulfillmentOrder"]["status"], payload["fulfillmentOrder"]["requestStatus"])


def assigned(desk: Desk, status: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.graphql(ASSIGNED, {"status": status}).data["assignedFulfillmentOrders"]["nodes"]
    return found


def ship(desk: Desk, order: FulfillmentOrder, *lines: tuple[int, int], number: str = "T1") -> str:
    rows = [{"id": f"gid://shopify/FulfillmentOrderLineItem/{line}", "quantity": units} for line, units in lines]
    given = {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": gid(order), "fulfillmentOrderLineItems": rows}],
        "trackingInfo": {"company": "DPD", "number": number},
        "notifyCustomer": True,
    }
    payload = desk.graphql(SHIP, {"fulfillment": given}).data["fulfillmentCreate"]
    return str(payload["userErrors"][0]["message"]) if payload["userErrors"] else "ok"


def test_a_request_is_found_by_what_is_asked_and_accepted_once(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 2)
    [found] = assigned(desk, "FULFILLMENT_REQUESTED")
    assert (found["id"], found["requestStatus"], found["destination"]["countryCode"]) == (gid(order), "SUBMITTED", "GB")
    assert act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest") == ("IN_PROGRESS", "ACCEPTED")
    assert act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest").startswith("Cannot accept")
    assert assigned(desk, "FULFILLMENT_REQUESTED") == []
    assert [each["id"] for each in assigned(desk, "FULFILLMENT_ACCEPTED")] == [gid(order)]


def test_a_rejected_request_can_be_made_again(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 2)
    reason = ", reason: INVENTORY_OUT_OF_STOCK"
    assert act(desk, order, "fulfillmentOrderRejectFulfillmentRequest", reason) == ("OPEN", "REJECTED")
    assert assigned(desk, "FULFILLMENT_REQUESTED") == []


def test_packages_leave_one_by_one_until_nothing_remains(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 3)
    line = order.lines[0].id
    assert ship(desk, order, (line, 1)).endswith("unfulfillable status= open.")
    act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest")
    assert ship(desk, order, (line, 2), number="T1") == "ok"
    assert ship(desk, order, (line, 2), number="T2") == "Invalid fulfillment order line item quantity requested."
    assert ship(desk, order, (line, 1), number="T2") == "ok"
    assert ship(desk, order, (line, 1), number="T3").endswith("unfulfillable status= closed.")
    [found] = assigned(desk)
    assert (found["status"], found["lineItems"]["nodes"][0]["remainingQuantity"]) == ("CLOSED", 0)
    tracking = [each["trackingInfo"][0]["number"] for each in found["fulfillments"]["nodes"]]
    assert tracking == ["T1", "T2"]
    sold = desk.world.shop.orders[order.order_id]
    assert sold.fulfillment_status == "FULFILLED"
    assert desk.world.level(item_of(desk, order), service.id).committed == 0


def test_a_cancellation_waits_for_the_service(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 2)
    act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest")
    asked = act(desk, order, "fulfillmentOrderSubmitCancellationRequest")
    assert asked == ("IN_PROGRESS", "ACCEPTED")
    assert [each["id"] for each in assigned(desk, "CANCELLATION_REQUESTED")] == [gid(order)]
    accepted = act(desk, order, "fulfillmentOrderAcceptCancellationRequest")
    assert accepted == ("CLOSED", "CANCELLATION_ACCEPTED")
    level = desk.world.level(item_of(desk, order), service.id)
    assert (level.available, level.committed) == (0, 0)


def test_a_cancellation_that_comes_too_late_is_rejected(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 2)
    act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest")
    act(desk, order, "fulfillmentOrderSubmitCancellationRequest")
    rejected = act(desk, order, "fulfillmentOrderRejectCancellationRequest")
    assert rejected == ("IN_PROGRESS", "CANCELLATION_REJECTED")
    assert ship(desk, order, (order.lines[0].id, 2)) == "ok"


def test_what_cannot_be_shipped_is_closed_as_incomplete(desk: Desk, service: Location) -> None:
    order = booked(desk, service, 2)
    assert act(desk, order, "fulfillmentOrderClose") == "Cannot close fulfillment order."
    act(desk, order, "fulfillmentOrderAcceptFulfillmentRequest")
    assert act(desk, order, "fulfillmentOrderClose") == ("INCOMPLETE", "CLOSED")


def test_a_service_comes_with_a_location_of_its_own(desk: Desk) -> None:
    document = """mutation Open { fulfillmentServiceCreate(name: "Amazon MCF", requiresShippingMethod: true) {
      fulfillmentService { id serviceName location { id isFulfillmentService } } userErrors { message } } }"""
    made = desk.graphql(document).data["fulfillmentServiceCreate"]["fulfillmentService"]
    assert made["id"].endswith("?id=true")
    assert made["location"]["isFulfillmentService"] is True
    assert desk.graphql(document).data["fulfillmentServiceCreate"]["userErrors"][0]["message"].endswith("been taken")
