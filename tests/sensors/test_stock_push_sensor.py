"""The sensors on a real ledger: what they start, how the cursor moves, and that a tick calls nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import dagster as dg
import pytest

from integration_assets.effects.lane import granted_cursor, wish_cursor
from integration_assets.jobs import PUSH_CHANGED_STOCK, READ_BACK_PUSHES
from integration_assets.stock.pushes import KIND
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.ledger_parts.records import Delivery, Intention
from resources.operating_model import OperatingModel, parse
from resources.pools import CURSOR
from sensors.stock_push_sensor import read_back_sensor, stock_push_sensor

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIVE = """
[mode]
stock_push = "live"
"""
MODEL = """
[shopify]
shop = "example-brand.myshopify.com"
access_token = { env = "TOKEN" }
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK"]
refresh_token = { env = "TOKEN" }
[pools.mfn]
locations = ["Leeds"]
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("a tick called somebody over the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NINE)


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Ledger:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock)
    ledger.set_cursor(CURSOR, '{"gid://shopify/Location/1": "Leeds"}')
    return ledger


@pytest.fixture
def model() -> OperatingModel:
    return parse(LIVE + MODEL)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def arrive(ledger: Ledger, *items: int, location: int = 1) -> None:
    """Webhooks about these inventory items."""
    head = ledger.inbox_head()
    ledger.receive_many(
        [
            Delivery(
                source="shopify",
                message_id=f"{location}/{head + number}",
                topic="inventory_levels/update",
                subject=f"gid://shopify/InventoryItem/{item}",
                triggered_at=NINE,
                payload={"inventory_item_id": item, "location_id": location, "available": 5},
            )
            for number, item in enumerate(items)
        ]
    )


def tick(ledger: Ledger, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorExecutionData:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"ledger": ledger})
    with context:
        return stock_push_sensor.evaluate_tick(context)


def look(ledger: Ledger, clock: ManualClock, model: OperatingModel) -> Any:
    """What the read-back sensor answers."""
    return read_back_sensor(dg.build_sensor_context(resources={"ledger": ledger, "clock": clock, "model": model}))


def push(ledger: Ledger, due: datetime) -> int:
    """A push that Amazon accepted, to be read back then."""
    [effect] = ledger.intend_many(
        "stock_push", "eu", [Intention(subject="MUG", payload={"quantity": 8, "from": 9}, reason="", origin="")]
    )
    ledger.begin(effect.effect_id)
    ledger.applied(effect.effect_id, "receipt", due)
    return effect.effect_id


# --- stock_push_sensor -------------------------------------------------------------------------------------------


def test_an_empty_inbox_starts_nothing(ledger: Ledger, instance: dg.DagsterInstance) -> None:
    told = tick(ledger, instance)
    assert (told.skip_message, told.run_requests, told.cursor) == ("No new message.", [], None)


def test_messages_start_one_run_for_their_items_and_hand_the_cursor_over_with_it(
    ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    arrive(ledger, 11, 12, 11)
    told = tick(ledger, instance)
    [request] = told.run_requests or []
    items = ["gid://shopify/InventoryItem/11", "gid://shopify/InventoryItem/12"]
    assert request.run_config == {
        "ops": {
            "shopify_stock_levels": {"config": {"inventory_item_ids": items}},
            "reconcile_stock_position": {"config": {"inventory_item_ids": items}},
            "actions_stock_push": {"config": {"origin": "webhook 1-3"}},
        }
    }
    assert request.run_key == "inbox/1-3@2026-11-23T09:00:00+00:00"
    assert (request.tags["dagster/priority"], request.tags["instep/messages"]) == ("10", "1-3")
    assert told.cursor == "3"
    assert tick(ledger, instance, cursor="3").skip_message == "No new message."


def test_a_tick_that_came_to_nothing_is_repeated_with_the_same_key(
    ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    arrive(ledger, 11)
    first, second = tick(ledger, instance, cursor="0"), tick(ledger, instance, cursor="0")
    assert first.run_requests is not None
    assert [request.run_key for request in first.run_requests] == [
        request.run_key for request in second.run_requests or []
    ]


def test_messages_about_other_places_move_the_cursor_and_start_nothing(
    ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    arrive(ledger, 11, 12, location=9)
    told = tick(ledger, instance)
    assert told.run_requests == []
    assert told.cursor == "2"
    assert told.skip_message == "Only messages that concern no pool stock."


def test_a_burst_becomes_runs_of_a_thousand_items_each(ledger: Ledger, instance: dg.DagsterInstance) -> None:
    arrive(ledger, *range(1, 2501))
    cursor, sizes, keys = "0", [], set()
    for _ in range(3):
        told = tick(ledger, instance, cursor=cursor)
        [request] = told.run_requests or []
        sizes.append(len(request.run_config["ops"]["shopify_stock_levels"]["config"]["inventory_item_ids"]))
        keys.add(request.run_key)
        assert told.cursor is not None
        cursor = told.cursor
    assert sizes == [1000, 1000, 500]
    assert len(keys) == 3
    assert tick(ledger, instance, cursor=cursor).skip_message == "No new message."


def test_a_ledger_that_was_set_up_anew_is_read_from_its_start(ledger: Ledger, instance: dg.DagsterInstance) -> None:
    arrive(ledger, 11)
    told = tick(ledger, instance, cursor="9000")
    assert (told.cursor, told.run_requests) == ("0", [])
    [request] = tick(ledger, instance, cursor=told.cursor).run_requests or []
    assert request.run_key.startswith("inbox/1-1@")


# --- read_back_sensor --------------------------------------------------------------------------------------------


def test_nothing_due_starts_nothing(ledger: Ledger, clock: ManualClock, model: OperatingModel) -> None:
    push(ledger, datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
    told = look(ledger, clock, model)
    assert isinstance(told, dg.SkipReason)
    assert told.skip_message == "Nothing to read back, no push left undone."


def test_a_push_that_is_due_is_read_back_once_and_again_when_nobody_did(
    ledger: Ledger, clock: ManualClock, model: OperatingModel
) -> None:
    push(ledger, datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
    clock.advance(60)
    first = look(ledger, clock, model)
    assert first.run_config == {"ops": {"actions_stock_push": {"config": {"origin": "read-back"}}}}
    assert first.tags["dagster/priority"] == "5"
    clock.advance(15)
    assert look(ledger, clock, model).run_key == first.run_key
    clock.advance(300)
    assert look(ledger, clock, model).run_key != first.run_key


def test_what_was_seen_on_amazon_is_no_longer_due(ledger: Ledger, clock: ManualClock, model: OperatingModel) -> None:
    effect_id = push(ledger, NINE)
    assert isinstance(look(ledger, clock, model), dg.RunRequest)
    ledger.verified(effect_id, "seen")
    assert isinstance(look(ledger, clock, model), dg.SkipReason)


def test_a_wish_left_with_a_sender_that_died_is_taken_up(
    ledger: Ledger, clock: ManualClock, model: OperatingModel
) -> None:
    ledger.set_cursor(wish_cursor(KIND, "eu"), "a-wish")
    told = look(ledger, clock, model)
    assert isinstance(told, dg.RunRequest)
    assert "a-wish" in (told.run_key or "")
    ledger.set_cursor(granted_cursor(KIND, "eu"), "a-wish")
    assert isinstance(look(ledger, clock, model), dg.SkipReason)


def test_in_preview_nothing_is_read_back(ledger: Ledger, clock: ManualClock) -> None:
    push(ledger, NINE)
    ledger.set_cursor(wish_cursor(KIND, "eu"), "a-wish")
    assert isinstance(look(ledger, clock, parse(MODEL)), dg.SkipReason)


def test_both_sensors_run_by_themselves_and_know_their_jobs() -> None:
    sensors = {stock_push_sensor: (PUSH_CHANGED_STOCK, 5), read_back_sensor: (READ_BACK_PUSHES, 15)}
    for sensor, (job, seconds) in sensors.items():
        assert sensor.job_name == job.name
        assert sensor.minimum_interval_seconds == seconds
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
