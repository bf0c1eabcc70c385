"""From a count in Shopify to Amazon by webhook: forged, repeated, lost and late ones, and those that concern nobody."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import uvicorn

from sandbox.shopify.webhooks import Delivery, headers_of
from sensors.receiver import PATH, listening, receiver
from sensors.stock_push_sensor import stock_push_sensor
from tests.system.stage import Stage, on_stage

JUG = "JUG-GLASS"
TOPIC = "inventory_levels/update"
SECRET = "sandbox-secret"
SHOP = "example-brand.myshopify.com"
PATIENCE_SECONDS = 10.0


@dataclass
class Door:
    """The receiver at its address, and the sensor behind it with its cursor."""

    stage: Stage
    url: str
    mail: httpx.Client
    cursor: str | None = None

    def wait_for(self, messages: int) -> None:
        """Until so many messages are in the inbox; on the wall, because deliveries are made in a thread."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.stage.ledger.inbox_head() < messages:
            assert time.monotonic() < deadline, f"only {self.stage.ledger.inbox_head()} of {messages} messages came"
            time.sleep(0.01)

    def look(self) -> list[list[str]]:
        """One look of the sensor at the inbox, and the runs it asks for; the items of each."""
        stage = self.stage
        context = dg.build_sensor_context(
            instance=stage.instance, cursor=self.cursor, resources={"ledger": stage.ledger}
        )
        with context:
            told = stock_push_sensor.evaluate_tick(context)
        self.cursor = told.cursor or self.cursor
        asked: list[list[str]] = []
        for run in told.run_requests or ():
            ops: dict[str, Any] = dict(run.run_config["ops"])
            items = ops["shopify_stock_levels"]["config"]["inventory_item_ids"]
            stage.origin = ops["actions_stock_push"]["config"]["origin"]
            stage.react(*(sku_of(stage, item) for item in items))
            asked.append(items)
        return asked

    def post(self, body: bytes, *, message_id: str, secret: str = SECRET) -> int:
        """Deliver a message of Shopify's own look; the status it was answered with."""
        now = self.stage.world.now()
        delivery = Delivery(1, TOPIC, self.url, message_id, "event", now, body)
        return self.mail.post(self.url, content=body, headers=headers_of(delivery, SHOP, secret)).status_code


def sku_of(stage: Stage, item: str) -> str:
    """The SKU of an inventory item."""
    number = int(item.rpartition("/")[2])
    return next(variant.sku or "" for variant in stage.world.shop.variants.values() if variant.item_id == number)


def level_update(stage: Stage, available: int) -> bytes:
    """What Shopify says when the jug's stock in Manchester changes."""
    told = {
        "inventory_item_id": stage.variant(JUG).item_id,
        "location_id": stage.brand.locations["Manchester"],
        "available": available,
        "updated_at": "2026-11-23T09:00:00+00:00",
    }
    return json.dumps(told).encode()


@contextmanager
def open_door(stage: Stage, *, subscribed: bool = True) -> Iterator[Door]:
    """The receiver on a free port, and the shop told of it."""
    with listening("127.0.0.1", 0) as listener:
        app = receiver(stage.ledger, [SECRET], SHOP)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
        if subscribed:
            stage.connections.shopify.subscribe("INVENTORY_LEVELS_UPDATE", url)
        try:
            with httpx.Client() as mail:
                yield Door(stage, url, mail)
        finally:
            server.should_exit = True
            thread.join()


def test_a_count_in_shopify_reaches_amazon_by_webhook(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        stage.count(JUG, "Manchester", 7)
        door.wait_for(1)
        assert door.look() == [[stage.item(JUG)]]
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)
        [effect] = stage.ledger.history("stock_push", "eu", JUG)
        assert effect.origin == "webhook 1-1"
        assert door.look() == []


def test_a_forged_webhook_starts_nothing(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        stage.fault("webhook_forged", TOPIC, times=1)
        stage.count(JUG, "Manchester", 7)
        door.wait_for(1)
        assert door.post(level_update(stage, 1000), message_id="forged-1", secret="not the secret") == 401
        [message] = stage.ledger.inbox_after(0, settled_for=0)
        assert message.payload["available"] == 7
        door.look()
        stage.settle()
        assert stage.sent(JUG) == [5]


def test_a_webhook_that_comes_a_hundred_times_is_one_message_and_one_push(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage, subscribed=False) as door:
        stage.count(JUG, "Manchester", 7)
        body = level_update(stage, 7)
        assert {door.post(body, message_id="the-same") for _ in range(100)} == {200}
        assert stage.ledger.inbox_head() == 1
        assert door.look() == [[stage.item(JUG)]]
        assert door.look() == []
        stage.settle()
        assert stage.sent(JUG) == [5]


def test_a_hundred_webhooks_about_one_item_are_one_run(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage, subscribed=False) as door:
        stage.count(JUG, "Manchester", 7)
        for number in range(100):
            assert door.post(level_update(stage, 107 - number), message_id=f"message-{number}") == 200
        assert door.look() == [[stage.item(JUG)]]
        stage.settle()
        assert stage.sent(JUG) == [5]


def test_a_webhook_that_never_came_is_made_good_by_the_reconciliation(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        stage.fault("webhook_lost", TOPIC)
        stage.count(JUG, "Manchester", 7)
        assert door.look() == []
        stage.advance(minutes=15)
        stage.sync()
        stage.settle()
        assert stage.ledger.inbox_head() == 0
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)


def test_a_late_webhook_is_a_hint_and_the_value_is_read_again(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        stage.fault("webhook_late", TOPIC, times=1, params={"seconds": 600})
        stage.count(JUG, "Manchester", 7)
        stage.count(JUG, "Manchester", 9)
        door.wait_for(1)
        door.look()
        stage.settle()
        assert stage.sent(JUG) == [7]
        stage.advance(minutes=10)
        door.wait_for(2)
        late = stage.ledger.inbox_after(1, settled_for=0)
        assert [message.payload["available"] for message in late] == [7]
        assert door.look() == [[stage.item(JUG)]]
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([7], 7)


def test_webhooks_in_the_wrong_order_end_at_the_newest_value(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        stage.fault("webhook_reordered", TOPIC, times=1)
        stage.count(JUG, "Manchester", 30)
        stage.count(JUG, "Manchester", 7)
        door.wait_for(2)
        assert [message.payload["available"] for message in stage.ledger.inbox_after(0, settled_for=0)] == [7, 30]
        assert door.look() == [[stage.item(JUG)]]
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)


def test_what_happens_at_the_mirror_of_fba_stock_starts_nothing(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, open_door(stage) as door:
        calls = len(stage.world.requests)
        stage.count("STOOL-OAK", "Amazon FBA EU", 70)
        door.wait_for(1)
        assert door.look() == []
        assert len(stage.world.requests) == calls
