"""What the product sends about orders against the sandbox's Shopify: it understands, runs and announces all of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from graphql import parse

from resources.shopify_parts import documents, fulfilment_documents, order_documents
from sandbox.faults import add_fault
from sandbox.order_life import fulfill
from sandbox.order_messages import announce_order
from sandbox.shopify.app import ShopifyApp
from sandbox.shopify.schema import schema
from sandbox.shopify.validation import validation_errors
from sandbox.shopify.webhooks import WebhookSender
from sandbox.world import ShopOrder, WebhookSubscription
from tests.sandbox_shop import START, Desk, small_world

DOCUMENTS = {
    name: text
    for module in (documents, order_documents, fulfilment_documents)
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str) and "{" in text
}
MARK = {"namespace": "instep", "key": "amazon_order_id", "type": "id", "value": "026-0000000-0000001"}
DEFINITION = {"name": "Amazon order id", "namespace": "instep", "key": "amazon_order_id", "type": "id"}


@pytest.fixture
def desk() -> Desk:
    found = Desk(small_world())
    told = found.graphql(order_documents.ORDER_MARK_DEFINE, {"definition": {**DEFINITION, "ownerType": "ORDER"}})
    assert told.data["metafieldDefinitionCreate"]["userErrors"] == []
    return found


def variables() -> dict[str, Any]:
    price = {"shopMoney": {"amount": "19.90", "currencyCode": "GBP"}}
    line = {"variantId": "gid://shopify/ProductVariant/201", "quantity": 1, "priceSet": price, "requiresShipping": True}
    sale = {"kind": "SALE", "status": "SUCCESS", "gateway": "Amazon", "amountSet": price}
    order = {"currency": "GBP", "lineItems": [line], "transactions": [sale], "metafields": [MARK]}
    return {"order": order, "options": {"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"}}


def made(desk: Desk) -> ShopOrder:
    desk.graphql(order_documents.ORDER_CREATE, variables())
    return list(desk.world.shop.orders.values())[-1]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_sandbox_understands_every_document_of_the_product(name: str) -> None:
    assert validation_errors(schema(), parse(DOCUMENTS[name])) == []


def send(desk: Desk, document: str, given: dict[str, Any]) -> Any:
    """The reply of the HTTP door, whether or not there is an answer."""
    body = json.dumps({"query": document, "variables": given}).encode()
    headers = {"content-type": "application/json", "x-shopify-access-token": "shpat_sandbox"}
    return ShopifyApp(desk.world).graphql({"version": "2026-10"}, headers, body, "http://shop.test")


@pytest.mark.parametrize(("kind", "is_made"), [("timeout_after", True), ("timeout_before", False)])
def test_the_answer_to_an_order_can_be_lost_with_or_without_the_order(desk: Desk, kind: str, is_made: bool) -> None:
    add_fault(desk.world, match="orderCreate", kind=kind, times=1)
    assert send(desk, order_documents.ORDER_CREATE, variables()).cut_after == 1.0
    found = desk.graphql(order_documents.ORDER_BY_MARK, {"value": MARK["value"]}).data["orderByIdentifier"]
    assert (found is not None) is is_made
    assert desk.world.requests[1].outcome == ("cut_after" if is_made else "cut_before")


def test_the_answer_to_a_refund_can_be_lost_and_the_key_finds_it_again(desk: Desk) -> None:
    order = made(desk)
    number, payment = f"gid://shopify/Order/{order.id}", f"gid://shopify/OrderTransaction/{order.payments[0].id}"
    money = {"orderId": number, "parentId": payment, "gateway": "Amazon", "kind": "REFUND", "amount": "5.00"}
    given = {"input": {"orderId": number, "note": "one", "transactions": [money]}, "key": "one"}
    add_fault(desk.world, match="refundCreate", kind="reset_after", times=1)
    assert send(desk, fulfilment_documents.REFUND_CREATE, given).cut_after == 0.0
    told = desk.graphql(fulfilment_documents.REFUND_CREATE, given).data["refundCreate"]
    assert told["refund"]["id"] == f"gid://shopify/Refund/{order.refunds[0].id}"
    assert len(order.refunds) == 1


def test_an_edge_that_is_down_answers_html_and_makes_nothing(desk: Desk) -> None:
    add_fault(desk.world, match="orderCreate", kind="status_503_html", times=1)
    reply = send(desk, order_documents.ORDER_CREATE, variables())
    assert (reply.status, reply.headers["content-type"], reply.body[:6]) == (503, "text/html", b"<html>")
    assert len(desk.world.shop.orders) == 3


def test_fulfillments_refunds_and_cancellations_are_announced_and_signed(desk: Desk) -> None:
    world, got = desk.world, []

    def receive(request: httpx.Request) -> httpx.Response:
        signed = hmac.new(world.shop.client_secret.encode(), request.content, hashlib.sha256).digest()
        assert request.headers["x-shopify-hmac-sha256"] == base64.b64encode(signed).decode()
        got.append((request.headers["x-shopify-topic"], json.loads(request.content)))
        return httpx.Response(200)

    topics = ("FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE", "ORDERS_CANCELLED", "REFUNDS_CREATE")
    for number, topic in enumerate(topics, start=1):
        world.shop.subscriptions[number] = WebhookSubscription(number, topic, "https://receiver.invalid/", START)
    order, other = made(desk), world.shop.orders[402]
    chosen = order.fulfillment_orders[0]
    fulfill(world, order, {chosen.id: {}})
    cancelled = {"orderId": f"gid://shopify/Order/{other.id}", "reason": "CUSTOMER", "restock": False}
    desk.graphql(fulfilment_documents.ORDER_CANCEL, {**cancelled, "refundMethod": None, "staffNote": None})
    world.clock.advance(2)
    sender = WebhookSender(world, transport=httpx.MockTransport(receive))
    sender.deliver_due()
    sender.stop()
    assert [topic for topic, _ in got] == ["fulfillments/create", "refunds/create", "orders/cancelled"]
    assert [body.get("order_id", body["id"]) for _, body in got] == [order.id, other.id, other.id]
    for topic, body in got:
        wanted = documents.WEBHOOK_FIELDS[topic.upper().replace("/", "_")]
        assert set(wanted) <= set(body), topic


def test_the_webhooks_of_an_order_hold_what_the_product_asks_for(desk: Desk) -> None:
    announce_order(desk.world, made(desk), "orders/updated")
    _, body, _ = desk.world.webhook_outbox[-1]
    assert set(documents.ORDER_FIELDS_IN_WEBHOOKS) <= set(body)
