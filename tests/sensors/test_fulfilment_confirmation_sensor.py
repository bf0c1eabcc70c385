"""What webhooks about orders start: one run for a burst, none for an echo of something else, nothing skipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from resources.clock import ManualClock
from resources.ledger import InboxMessage, Ledger
from sensors.fulfilment_confirmation_sensor import fulfilment_confirmation_sensor
from sensors.orders_touched import MOST_ORDERS, touched_by

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def message(seq: int, topic: str = "fulfillments/create", order: int = 1) -> InboxMessage:
    return InboxMessage(seq, "shopify", f"m{seq}", topic, f"gid://shopify/Order/{order}", NINE, NINE, {})


@pytest.mark.parametrize("topic", ["fulfillments/create", "fulfillments/update", "orders/cancelled", "refunds/create"])
def test_what_left_or_came_back_is_read_again(topic: str) -> None:
    batch, cursor = touched_by([message(4, topic)], cursor=3)
    assert batch is not None
    assert (batch.shopify_order_ids, batch.span, cursor) == (("gid://shopify/Order/1",), "4-4", 4)


def test_an_order_that_is_named_often_and_out_of_turn_is_read_once() -> None:
    messages = [message(4, order=2), message(5, "inventory_levels/update"), message(6, order=1), message(7, order=2)]
    batch, cursor = touched_by(messages, cursor=3)
    assert batch is not None
    assert (batch.shopify_order_ids, batch.span, cursor) == (
        ("gid://shopify/Order/2", "gid://shopify/Order/1"),
        "4-7",
        7,
    )


def test_messages_about_other_things_start_nothing_and_are_passed_over() -> None:
    assert touched_by([message(4, "inventory_levels/update"), message(5, "orders/create")], cursor=3) == (None, 5)


def test_a_full_batch_leaves_the_rest_for_the_next_look() -> None:
    messages = [message(seq, order=seq) for seq in range(1, MOST_ORDERS + 10)]
    batch, cursor = touched_by(messages, cursor=0)
    assert batch is not None
    assert (len(batch.shopify_order_ids), cursor) == (MOST_ORDERS, MOST_ORDERS)
    rest, cursor = touched_by(messages[cursor:], cursor=cursor)
    assert rest is not None
    assert (len(rest.shopify_order_ids), cursor) == (9, MOST_ORDERS + 9)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(NINE)) as opened:
        yield opened


def look(ledger: Ledger, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(cursor=cursor, resources={"ledger": ledger}) as context:
        found = fulfilment_confirmation_sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_a_burst_of_webhooks_is_one_run_that_names_its_orders(ledger: Ledger) -> None:
    assert isinstance(look(ledger, None), dg.SkipReason)
    for number in (1, 2, 1):
        ledger.receive(
            "shopify",
            f"w{number}{ledger.inbox_head()}",
            "fulfillments/create",
            f"gid://shopify/Order/{number}",
            NINE,
            {},
        )
    found = look(ledger, None)
    assert isinstance(found, dg.SensorResult)
    [request] = found.run_requests or []
    assert request.run_key == "orders/1-3@2026-11-23T09:00:00+00:00"
    assert request.run_config["ops"] == {
        "shopify_fulfillments": {"config": {"shopify_order_ids": ["gid://shopify/Order/1", "gid://shopify/Order/2"]}},
        "actions_shipment_confirmation": {"config": {"origin": "webhook 1-3"}},
    }
    assert found.cursor == "3"
    assert isinstance(look(ledger, "3"), dg.SkipReason)


def test_another_ledger_is_read_from_its_start(ledger: Ledger) -> None:
    found = look(ledger, "99")
    assert isinstance(found, dg.SensorResult)
    assert (found.cursor, found.run_requests) == ("0", [])
