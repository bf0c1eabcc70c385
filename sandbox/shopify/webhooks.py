"""Webhook deliveries: taken from the world's outbox, signed, sent, and sent again as long as the real ones are.

A delivery that fails is tried eight times more within four hours of sandbox time, always with the same id and the old
payload. When the eighth retry of a delivery fails, its subscription is removed with everything that waits for it.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import json
import random
import threading
import uuid
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox.faults import fault_for
from sandbox.shopify.state import SubscriptionOptions, state_of
from sandbox.world import WebhookSubscription, World

API_VERSION = "2026-10"
OPERATION = "webhook"
"""What faults match: this, or the topic (`inventory_levels/update`)."""
RETRY_SECONDS = (60, 120, 300, 600, 1200, 2400, 4200, 5520)
"""Waits before the eight retries: four hours altogether."""
TIMEOUT = httpx.Timeout(5.0, connect=1.0)
"""Wall-clock seconds, as the receiver has them."""
FAULTS = frozenset({"webhook_lost", "webhook_duplicated", "webhook_late", "webhook_reordered", "webhook_forged"})
HELD_SECONDS = 30
"""How long a reordered delivery waits for one that may overtake it."""


@dataclass(frozen=True)
class Delivery:
    """One message on its way to one subscription."""

    subscription_id: int
    topic: str
    uri: str
    webhook_id: str
    event_id: str
    triggered_at: datetime
    body: bytes
    name: str | None = None
    tried: int = 0
    forged: bool = False


@dataclass(frozen=True)
class Sent:
    """What became of one try. `status` 0 where there was no answer."""

    at: datetime
    topic: str
    webhook_id: str
    status: int
    tried: int
    forged: bool


class WebhookSender:
    """Delivers what stands in the outbox: in a thread between start() and stop(), or by deliver_due() in a test."""

    def __init__(
        self, world: World, *, transport: httpx.BaseTransport | None = None, poll_seconds: float = 0.02
    ) -> None:
        self.sent: deque[Sent] = deque(maxlen=10_000)
        """The last tries, for whoever wants to look."""
        self._world = world
        self._transport = transport
        self._poll_seconds = poll_seconds
        self._dice = random.Random(f"webhooks {world.seed}")
        self._waiting: list[tuple[datetime, int, Delivery]] = []
        self._held: list[tuple[datetime, Delivery]] = []
        self._numbers = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._client: httpx.Client | None = None

    def start(self) -> None:
        """Deliver in a thread from now on."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="shopify-webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and close the connections; what waits stays waiting."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def deliver_due(self) -> int:
        """Deliver all that is due now and answer how many tries that took; the lock is not held while sending."""
        tries = 0
        while (delivery := self._next()) is not None:
            self._try(delivery)
            tries += 1
        return tries

    @property
    def waiting(self) -> int:
        """How many deliveries are still to be tried."""
        with self._world.lock:
            return len(self._waiting) + len(self._held)

    def _run(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            self.deliver_due()

    def _next(self) -> Delivery | None:
        world = self._world
        with world.lock:
            world.catch_up()
            self._take_outbox()
            now = world.now()
            self._release(now)
            if self._waiting and self._waiting[0][0] <= now and not self._stopping.is_set():
                return heapq.heappop(self._waiting)[2]
            return None

    def _take_outbox(self) -> None:
        world = self._world
        outbox, world.webhook_outbox[:] = list(world.webhook_outbox), []
        for topic, payload, triggered_at in outbox:
            event_id = self._uuid()
            for subscription in list(world.shop.subscriptions.values()):
                if subscription.topic == enum_name(topic):
                    self._admit(self._delivery(subscription, topic, payload, triggered_at, event_id))

    def _delivery(
        self,
        subscription: WebhookSubscription,
        topic: str,
        payload: dict[str, Any],
        triggered_at: datetime,
        event_id: str,
    ) -> Delivery:
        options = state_of(self._world).subscription_options.get(subscription.id) or SubscriptionOptions()
        wanted = options.include_fields
        told = {key: value for key, value in payload.items() if key in wanted} if wanted else payload
        return Delivery(
            subscription_id=subscription.id,
            topic=topic,
            uri=subscription.uri,
            webhook_id=self._uuid(),
            event_id=event_id,
            triggered_at=triggered_at,
            body=json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str).encode(),
            name=options.name,
        )

    def _admit(self, delivery: Delivery) -> None:
        """Queue a new delivery, as the faults have it."""
        now = self._world.now()
        fault = None
        if self._world.faults:
            fault = fault_for(self._world, delivery.topic, among=FAULTS)
            if fault is None:
                fault = fault_for(self._world, OPERATION, among=FAULTS)
        kind = fault.kind if fault is not None else ""
        if fault is not None and kind == "webhook_reordered":
            until = now + timedelta(seconds=float(fault.params.get("seconds", HELD_SECONDS)))
            self._held.append((until, delivery))
            return
        if kind == "webhook_lost":
            return
        if kind == "webhook_forged":
            self._queue(now, self._forgery(delivery))
        due = now
        if fault is not None and kind == "webhook_late":
            due += timedelta(seconds=float(fault.params.get("seconds", 600)))
        self._queue(due, delivery)
        if kind == "webhook_duplicated":
            self._queue(due, delivery)
        overtaken, self._held = self._held, []
        for _, each in overtaken:
            self._queue(now, each)

    def _release(self, now: datetime) -> None:
        for until, delivery in [pair for pair in self._held if pair[0] <= now]:
            self._held.remove((until, delivery))
            self._queue(now, delivery)

    def _forgery(self, delivery: Delivery) -> Delivery:
        """A message of somebody who does not know the secret: other figures, an id of its own."""
        payload = json.loads(delivery.body)
        if isinstance(payload.get("available"), int):
            payload["available"] += 1000
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        return replace(delivery, webhook_id=self._uuid(), body=body, forged=True)

    def _queue(self, due: datetime, delivery: Delivery) -> None:
        self._numbers += 1
        heapq.heappush(self._waiting, (due, self._numbers, delivery))

    def _try(self, delivery: Delivery) -> None:
        secret = "not the secret" if delivery.forged else self._world.shop.client_secret
        status = self._post(delivery, headers_of(delivery, self._world.shop.domain, secret))
        with self._world.lock:
            now = self._world.now()
            tried = delivery.tried + 1
            self.sent.append(Sent(now, delivery.topic, delivery.webhook_id, status, tried, delivery.forged))
            subscription = self._world.shop.subscriptions.get(delivery.subscription_id)
            if subscription is None or delivery.forged:
                return
            if 200 <= status < 300:
                subscription.failures = 0
                return
            subscription.failures = max(subscription.failures, tried)
            if tried > len(RETRY_SECONDS):
                self._remove(subscription)
                return
            self._queue(now + timedelta(seconds=RETRY_SECONDS[tried - 1]), replace(delivery, tried=tried))

    def _post(self, delivery: Delivery, headers: dict[str, str]) -> int:
        if self._client is None:
            self._client = httpx.Client(
                timeout=TIMEOUT, transport=self._transport, follow_redirects=False, trust_env=False
            )
        try:
            return self._client.post(delivery.uri, content=delivery.body, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0

    def _remove(self, subscription: WebhookSubscription) -> None:
        del self._world.shop.subscriptions[subscription.id]
        self._waiting = [each for each in self._waiting if each[2].subscription_id != subscription.id]
        heapq.heapify(self._waiting)
        self._held = [each for each in self._held if each[1].subscription_id != subscription.id]

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))


def enum_name(topic: str) -> str:
    """A topic as the schema's enum has it: `inventory_levels/update` is INVENTORY_LEVELS_UPDATE."""
    return topic.replace("/", "_").upper()


def headers_of(delivery: Delivery, shop_domain: str, secret: str) -> dict[str, str]:
    """The headers of a delivery; the signature is base64 of HMAC-SHA256 over the raw body."""
    signature = hmac.new(secret.encode(), delivery.body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": delivery.topic,
        "X-Shopify-Shop-Domain": shop_domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": delivery.webhook_id,
        "X-Shopify-Event-Id": delivery.event_id,
        "X-Shopify-Triggered-At": delivery.triggered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
        "X-Shopify-Hmac-Sha256": base64.b64encode(signature).decode(),
    }
    if delivery.name is not None:
        headers["X-Shopify-Name"] = delivery.name
    return headers
