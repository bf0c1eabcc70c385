"""Webhooks of the sandbox's Shopify: subscriptions, signatures, retries, and what goes wrong on purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from sandbox.faults import add_fault
from sandbox.shopify.webhooks import Delivery, WebhookSender, headers_of
from sandbox.world import WebhookSubscription, World
from tests.sandbox_shop import START, Desk, small_world

URI = "http://127.0.0.1:4300/webhooks"


class Receiver:
    """What stands at the uri: keeps every request and answers what it is told to."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def available(self) -> list[int]:
        return [body["available"] for body in self.bodies]


def subscribed(*topics: str) -> tuple[World, Receiver, WebhookSender]:
    world = small_world()
    for number, topic in enumerate(topics or ("INVENTORY_LEVELS_UPDATE",), start=1):
        world.shop.subscriptions[number] = WebhookSubscription(number, topic, URI, START)
    receiver = Receiver()
    return world, receiver, WebhookSender(world, transport=httpx.MockTransport(receiver))


def signature(body: bytes) -> str:
    return base64.b64encode(hmac.new(b"sandbox-secret", body, hashlib.sha256).digest()).decode()


def test_a_change_of_stock_is_delivered_signed() -> None:
    world, receiver, sender = subscribed()
    world.set_available(301, 1, 8)
    assert sender.deliver_due() == 1
    (request,) = receiver.requests
    assert str(request.url) == URI
    assert request.content == (
        b'{"inventory_item_id":301,"location_id":1,"available":8,"updated_at":"2026-11-23T10:00:00+00:00",'
        b'"admin_graphql_api_id":"gid://shopify/InventoryLevel/1?inventory_item_id=301"}'
    )
    assert request.headers["X-Shopify-Topic"] == "inventory_levels/update"
    assert request.headers["X-Shopify-Shop-Domain"] == "example-brand.myshopify.com"
    assert request.headers["X-Shopify-API-Version"] == "2026-10"
    assert request.headers["X-Shopify-Triggered-At"] == "2026-11-23T10:00:00.000000000Z"
    assert request.headers["X-Shopify-Hmac-Sha256"] == signature(request.content)
    assert len(request.headers["X-Shopify-Webhook-Id"]) == 36
    assert sender.deliver_due() == 0


def test_the_signature_is_the_one_of_the_published_scheme() -> None:
    body = (
        b'{"inventory_item_id":45000000000001,"location_id":70000000001,"available":null,'
        b'"updated_at":"2026-11-23T10:00:00+01:00",'
        b'"admin_graphql_api_id":"gid://shopify/InventoryLevel/70000000001?inventory_item_id=45000000000001"}'
    )
    delivery = Delivery(1, "inventory_levels/update", URI, "w", "e", datetime(2026, 11, 23, 10, tzinfo=UTC), body)
    headers = headers_of(delivery, "sample-shop.myshopify.com", "sample-client-secret")
    assert headers["X-Shopify-Hmac-Sha256"] == "JpJCEV9AqNz5kl3Ly4lJG3G5FGSfKzdRn8C53UzAi4I="


def test_only_subscribed_topics_are_delivered_and_each_subscription_gets_its_own_id() -> None:
    world, receiver, sender = subscribed("INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_UPDATE", "ORDERS_CREATE")
    world.set_available(301, 1, 8)
    world.webhook_outbox.append(("products/update", {"id": 1}, START))
    assert sender.deliver_due() == 2
    first, second = receiver.requests
    assert first.headers["X-Shopify-Webhook-Id"] != second.headers["X-Shopify-Webhook-Id"]
    assert first.headers["X-Shopify-Event-Id"] == second.headers["X-Shopify-Event-Id"]


@pytest.mark.parametrize("status", [500, 404, 301])
def test_a_failed_delivery_comes_again_with_the_same_id_and_the_old_payload(status: int) -> None:
    world, receiver, sender = subscribed()
    receiver.answer = lambda: httpx.Response(status, headers={"location": "http://127.0.0.1:1/"})
    world.set_available(301, 1, 8)
    assert sender.deliver_due() == 1
    assert sender.deliver_due() == 0
    world.set_available(301, 1, 9)
    receiver.answer = lambda: httpx.Response(200)
    sender.deliver_due()
    world.clock.advance(60)
    assert sender.deliver_due() == 1
    ids = [request.headers["X-Shopify-Webhook-Id"] for request in receiver.requests]
    assert ids[0] == ids[2] != ids[1]
    assert receiver.available == [8, 9, 8]
    assert world.shop.subscriptions[1].failures == 0


def test_an_unreachable_receiver_is_a_failure() -> None:
    world, receiver, sender = subscribed()

    def refuse() -> httpx.Response:
        raise httpx.ConnectError("refused")

    receiver.answer = refuse
    world.set_available(301, 1, 8)
    sender.deliver_due()
    assert [each.status for each in sender.sent] == [0]
    assert sender.waiting == 1


def test_after_eight_failed_retries_in_four_hours_the_subscription_is_gone() -> None:
    world, receiver, sender = subscribed()
    receiver.answer = lambda: httpx.Response(503)
    world.set_available(301, 1, 8)
    sender.deliver_due()
    for seconds in (60, 120, 300, 600, 1200, 2400, 4200):
        world.clock.advance(seconds)
        assert sender.deliver_due() == 1
    assert 1 in world.shop.subscriptions
    world.clock.advance(5520)
    assert sender.deliver_due() == 1
    assert world.shop.subscriptions == {}
    assert (world.now() - START).total_seconds() == 4 * 3600
    assert len(receiver.requests) == 9
    world.set_available(301, 1, 9)
    assert (sender.deliver_due(), sender.waiting) == (0, 0)


def test_a_webhook_can_be_lost() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="webhook", kind="webhook_lost", times=1)
    for units in (8, 9):
        world.set_available(301, 1, units)
    sender.deliver_due()
    assert receiver.available == [9]


def test_a_webhook_can_come_twice_with_one_id() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="inventory_levels/update", kind="webhook_duplicated", times=1)
    world.set_available(301, 1, 8)
    sender.deliver_due()
    first, second = receiver.requests
    assert first.headers["X-Shopify-Webhook-Id"] == second.headers["X-Shopify-Webhook-Id"]
    assert receiver.available == [8, 8]


def test_a_webhook_can_come_late() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="webhook", kind="webhook_late", times=1, params={"seconds": 100})
    world.set_available(301, 1, 8)
    assert sender.deliver_due() == 0
    world.clock.advance(100)
    assert sender.deliver_due() == 1
    assert receiver.requests[0].headers["X-Shopify-Triggered-At"] == "2026-11-23T10:00:00.000000000Z"


def test_webhooks_can_overtake_each_other() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="webhook", kind="webhook_reordered", times=1)
    for units in (8, 9):
        world.set_available(301, 1, units)
    sender.deliver_due()
    assert receiver.available == [9, 8]


def test_a_webhook_that_nothing_overtakes_comes_in_the_end() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="webhook", kind="webhook_reordered", times=1)
    world.set_available(301, 1, 8)
    assert (sender.deliver_due(), sender.waiting) == (0, 1)
    world.clock.advance(30)
    assert sender.deliver_due() == 1
    assert receiver.available == [8]


def test_a_forgery_comes_before_the_true_one_and_is_not_repeated() -> None:
    world, receiver, sender = subscribed()
    add_fault(world, match="webhook", kind="webhook_forged", times=1)
    receiver.answer = lambda: httpx.Response(401)
    world.set_available(301, 1, 8)
    assert sender.deliver_due() == 2
    forged, true = receiver.requests
    assert receiver.available == [1008, 8]
    assert forged.headers["X-Shopify-Hmac-Sha256"] != signature(forged.content)
    assert true.headers["X-Shopify-Hmac-Sha256"] == signature(true.content)
    world.clock.advance(60)
    assert sender.deliver_due() == 1


CREATE = """
    mutation ($topic: WebhookSubscriptionTopic!, $given: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $given) {
        webhookSubscription { id topic uri format includeFields name }
        userErrors { field message }
      }
    }"""


def create(desk: Desk, **given: Any) -> dict[str, Any]:
    told = desk.graphql(CREATE, {"topic": "INVENTORY_LEVELS_UPDATE", "given": given})
    payload: dict[str, Any] = told.data["webhookSubscriptionCreate"]
    return payload


def test_subscriptions_are_made_listed_changed_and_deleted() -> None:
    desk = Desk(small_world())
    made = create(desk, uri="https://instep.example/webhooks", name="stock")["webhookSubscription"]
    assert made == {
        "id": made["id"],
        "topic": "INVENTORY_LEVELS_UPDATE",
        "uri": "https://instep.example/webhooks",
        "format": "JSON",
        "includeFields": [],
        "name": "stock",
    }
    listed = """query ($topics: [WebhookSubscriptionTopic!]) {
        webhookSubscriptions(first: 5, topics: $topics) { nodes { uri apiVersion { handle } } } }"""
    assert desk.graphql(listed, {"topics": ["ORDERS_CREATE"]}).data["webhookSubscriptions"]["nodes"] == []
    changed = """mutation ($id: ID!) { webhookSubscriptionUpdate(
        id: $id, webhookSubscription: {uri: "https://instep.example/other"}) { userErrors { message } } }"""
    desk.graphql(changed, {"id": made["id"]})
    assert desk.graphql(listed).data["webhookSubscriptions"]["nodes"] == [
        {"uri": "https://instep.example/other", "apiVersion": {"handle": "2026-10"}}
    ]
    deleted = """mutation ($id: ID!) {
        webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"""
    assert desk.graphql(deleted, {"id": made["id"]}).data["webhookSubscriptionDelete"] == {
        "deletedWebhookSubscriptionId": made["id"],
        "userErrors": [],
    }
    again = desk.graphql(deleted, {"id": made["id"]}).data["webhookSubscriptionDelete"]
    assert again["userErrors"] == [{"message": "Webhook subscription does not exist"}]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://instep.example/webhooks", "Address protocol http:// is not supported"),
        ("http://192.168.0.9/webhooks", "Address protocol http:// is not supported"),
        ("ftp://instep.example/", "Address protocol ftp:// is not supported"),
        ("nonsense", "Address is invalid"),
        ("", "Address can't be blank"),
    ],
)
def test_a_uri_must_be_https(uri: str, message: str) -> None:
    assert create(Desk(small_world()), uri=uri)["userErrors"][0]["message"] == message


@pytest.mark.parametrize("uri", [URI, "http://localhost:4300/", "http://[::1]:4300/"])
def test_plain_http_reaches_a_receiver_on_this_machine(uri: str) -> None:
    assert create(Desk(small_world()), uri=uri)["userErrors"] == []


def test_one_uri_has_a_topic_once() -> None:
    desk = Desk(small_world())
    create(desk, uri=URI)
    assert create(desk, uri=URI)["userErrors"] == [
        {
            "field": ["webhookSubscription", "callbackUrl"],
            "message": "Address for this topic has already been taken",
        }
    ]


def test_a_subscription_can_ask_for_some_fields_only() -> None:
    world, receiver, sender = subscribed("ORDERS_CREATE")
    desk = Desk(world)
    create(desk, uri=URI, includeFields=["available", "updated_at"], name="stock")
    world.set_available(301, 1, 8)
    sender.deliver_due()
    assert receiver.bodies == [{"available": 8, "updated_at": "2026-11-23T10:00:00+00:00"}]
    assert receiver.requests[0].headers["X-Shopify-Name"] == "stock"


def test_in_its_thread_the_sender_delivers_by_itself_over_real_http() -> None:
    arrived = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    world = small_world()
    uri = f"http://127.0.0.1:{server.server_port}/"
    world.shop.subscriptions[1] = WebhookSubscription(1, "INVENTORY_LEVELS_UPDATE", uri, START)
    sender = WebhookSender(world)
    sender.start()
    try:
        world.set_available(301, 1, 8)
        assert arrived.wait(10)
    finally:
        sender.stop()
        server.shutdown()
        server.server_close()
        thread.join()
    assert world.webhook_outbox == []
