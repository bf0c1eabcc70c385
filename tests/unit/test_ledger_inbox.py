"""The inbox: stored once, in an order without gaps, before anybody is answered."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration_assets.contracts.errors import StoreError
from resources.clock import ManualClock
from resources.ledger import INBOX_CURSOR, Delivery, InboxLag, InboxMessage, Ledger

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def receive(ledger: Ledger, message_id: str, source: str = "shopify") -> bool:
    return ledger.receive(source, message_id, "inventory_levels/update", "item-1", NINE, {"location_id": 7})


def ids(messages: list[InboxMessage]) -> list[str]:
    return [message.message_id for message in messages]


def test_a_message_comes_back_as_it_was_received(ledger: Ledger) -> None:
    assert ledger.receive("shopify", "m-1", "orders/create", "order-1", None, {"order_id": 5, "tag": "x", "at": None})
    assert ledger.inbox_after(0) == [
        InboxMessage(
            seq=1,
            source="shopify",
            message_id="m-1",
            topic="orders/create",
            subject="order-1",
            triggered_at=None,
            received_at=NINE,
            payload={"order_id": 5, "tag": "x", "at": None},
        )
    ]


def test_times_come_back_aware_and_in_utc(ledger: Ledger) -> None:
    berlin = datetime.fromisoformat("2026-11-23T10:30:00.250000+01:00")
    ledger.receive("shopify", "m-1", "orders/create", "order-1", berlin, {})
    message = ledger.inbox_after(0)[0]
    assert str(message.triggered_at) == "2026-11-23 09:30:00.250000+00:00"
    assert message.received_at.utcoffset() == timedelta(0)


def test_a_message_is_stored_once_however_often_it_comes(ledger: Ledger) -> None:
    assert [receive(ledger, "m-1") for _ in range(5)] == [True, False, False, False, False]
    assert receive(ledger, "m-1", source="amazon")
    assert len(ledger.inbox_after(0)) == 2


def test_a_batch_tells_new_from_known(ledger: Ledger) -> None:
    receive(ledger, "m-2")
    batch = [Delivery("shopify", f"m-{number}", "t", "s", None, {}) for number in (1, 2, 3, 1)]
    assert ledger.receive_many(batch) == [True, False, True, False]
    assert ids(ledger.inbox_after(0)) == ["m-2", "m-1", "m-3"]


def test_reading_goes_on_after_the_cursor(ledger: Ledger) -> None:
    assert ledger.inbox_head() == 0
    for number in range(5):
        receive(ledger, f"m-{number}")
    first = ledger.inbox_after(0, limit=2)
    assert ids(first) == ["m-0", "m-1"]
    assert ids(ledger.inbox_after(first[-1].seq)) == ["m-2", "m-3", "m-4"]
    assert ledger.inbox_after(ledger.inbox_head()) == []


def test_reading_can_wait_until_a_burst_has_settled(ledger: Ledger, manual_clock: ManualClock) -> None:
    receive(ledger, "m-0")
    manual_clock.advance(5)
    receive(ledger, "m-1")
    assert ids(ledger.inbox_after(0)) == ["m-0", "m-1"]
    assert ids(ledger.inbox_after(0, settled_for=2)) == ["m-0"]
    manual_clock.advance(2)
    assert ids(ledger.inbox_after(0, settled_for=2)) == ["m-0", "m-1"]


def test_a_settled_message_never_lets_a_younger_one_before_it_be_skipped(
    ledger_url: str, manual_clock: ManualClock
) -> None:
    ahead = ManualClock(NINE + timedelta(minutes=1))
    with Ledger(ledger_url, ahead) as fast, Ledger(ledger_url, manual_clock) as slow:
        receive(fast, "m-0")
        receive(slow, "m-1")
        manual_clock.advance(30)
        assert ids(slow.inbox_after(0, settled_for=2)) == []


def test_a_reader_never_misses_a_message_that_is_written_beside_it(ledger_url: str, manual_clock: ManualClock) -> None:
    seen: list[str] = []
    with Ledger(ledger_url, manual_clock) as ledger:
        writers = [
            threading.Thread(target=lambda name=name: [receive(ledger, f"{name}-{number}") for number in range(40)])
            for name in "abc"
        ]
        for writer in writers:
            writer.start()
        seq, alive = 0, True
        while alive:
            alive = any(writer.is_alive() for writer in writers)
            for message in ledger.inbox_after(seq):
                seq = message.seq
                seen.append(message.message_id)
        for writer in writers:
            writer.join()
    assert sorted(seen) == sorted(f"{name}-{number}" for name in "abc" for number in range(40))


def test_the_lag_is_counted_behind_the_readers_cursor(ledger: Ledger, manual_clock: ManualClock) -> None:
    assert ledger.inbox_lag() == InboxLag(0, None, 0.0)
    receive(ledger, "m-0")
    manual_clock.advance(60)
    receive(ledger, "m-1")
    manual_clock.advance(30)
    assert ledger.inbox_lag() == InboxLag(2, NINE, 90.0)
    ledger.set_cursor(INBOX_CURSOR, "1")
    assert ledger.inbox_lag() == InboxLag(1, NINE + timedelta(minutes=1), 30.0)
    assert ledger.inbox_lag(after=2) == InboxLag(0, None, 0.0)


def test_old_messages_are_forgotten_and_their_numbers_never_given_again(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    receive(ledger, "m-0")
    manual_clock.advance(3600)
    assert ledger.forget_inbox(NINE + timedelta(minutes=1)) == 1
    assert ledger.inbox_after(0) == []
    receive(ledger, "m-1")
    assert [message.seq for message in ledger.inbox_after(0)] == [2]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"shipping_address": "x"}, "personal data"),
        ({"line_items": [1]}, "field `line_items` is list"),
        ({"price": 1.5}, "field `price` is float"),
        ({"paid": True}, "field `paid` is bool"),
        ({"note": "x" * 20_000}, "over the ledger's limit"),
    ],
    ids=["an address", "nested", "a float", "a flag", "a document"],
)
def test_only_ids_and_numbers_are_taken_in(ledger: Ledger, payload: dict[str, Any], expected: str) -> None:
    with pytest.raises(StoreError, match=expected):
        ledger.receive("shopify", "m-1", "t", "s", None, payload)
    assert ledger.inbox_head() == 0
