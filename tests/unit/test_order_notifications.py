"""What is kept of Amazon's word of a changed order, and what is not taken for one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from resources.ledger_parts.records import Delivery
from sensors.order_notifications import LARGEST_BODY, Foreign, delivery_of
from tests.order_queue import word_of

ORDER = "026-1234567-1234567"


def read(message: Any) -> Delivery:
    body = message if isinstance(message, str) else json.dumps(message)
    return delivery_of(body, region="eu", seller_id="A1EXAMPLE")


def changed(message: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same message with other fields of the change itself; None takes one out."""
    inner = {**message["Payload"]["OrderChangeNotification"], **changes}
    kept = {key: value for key, value in inner.items() if value is not None}
    return {**message, "Payload": {"OrderChangeNotification": kept}}


def test_only_ids_a_status_and_instants_are_kept() -> None:
    assert read(word_of(ORDER, number="n-7")) == Delivery(
        source="amazon",
        message_id="n-7",
        topic="ORDER_CHANGE",
        subject=ORDER,
        triggered_at=datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC),
        payload={
            "region": "eu",
            "status": "Unshipped",
            "change": "OrderStatusChange",
            "changed_at": "2026-11-23T09:00:00+00:00",
        },
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("<html>", "it is not JSON"),
        ("[" * 5000, "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ({"notificationType": "FEED_PROCESSING_FINISHED"}, "it is FEED_PROCESSING_FINISHED, where ORDER_CHANGE"),
        ({"NotificationType": "a b@c"}, "it is of no type that could be read"),
        ({"NotificationType": "ORDER_CHANGE"}, "it has no Payload"),
        ({"NotificationType": "ORDER_CHANGE", "Payload": {}}, "it has no OrderChangeNotification"),
        (word_of(ORDER, seller="A9OTHER"), "it is about another seller"),
        (word_of("Robin Sample"), "it names no Amazon order"),
        (word_of(ORDER, number="no number"), "it has no number of its own"),
        (word_of(ORDER, NotificationMetadata=None), "it has no NotificationMetadata"),
        (word_of(ORDER, padding="x" * LARGEST_BODY), "it is longer than"),
    ],
)
def test_what_is_no_order_change_of_this_seller_is_foreign_and_says_why(message: Any, reason: str) -> None:
    with pytest.raises(Foreign) as told:
        read(message)
    assert told.value.reason.startswith(reason)
    assert "Robin" not in str(told.value)


def test_a_message_whose_odd_parts_do_not_matter_is_taken_without_them() -> None:
    odd = changed(word_of(ORDER), OrderChangeTrigger=None, OrderChangeType="Robin Sample", Summary=None)
    found = read({**odd, "EventTime": "yesterday"})
    assert found.triggered_at is None
    assert found.payload == {"region": "eu", "status": None, "change": None, "changed_at": None}
