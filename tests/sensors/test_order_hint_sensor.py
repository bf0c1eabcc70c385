"""What notifications start: one run for a burst that names each order once, none for old news, nothing skipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from resources.clock import ManualClock
from resources.ledger import InboxMessage, Ledger
from sensors.order_hint_sensor import order_hint_sensor
from sensors.order_hints import MOST_ORDERS, hinted_by

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRESH = NINE - timedelta(minutes=15)


def message(
    seq: int, order: str = "A", *, region: str | None = "eu", at: datetime = NINE, changed_at: str | None = "2026"
) -> InboxMessage:
    payload: dict[str, str | int | None] = {"region": region, "changed_at": changed_at}
    return InboxMessage(seq, "amazon", f"m{seq}", "ORDER_CHANGE", order, at, NINE, payload)


def test_an_order_that_is_named_often_and_out_of_turn_is_read_once_for_its_latest_change() -> None:
    words = [
        message(4, "B", changed_at="2026-11-23T08:59:00+00:00"),
        message(5, "A", region="na"),
        message(6, "B", changed_at="2026-11-23T08:58:00+00:00"),
    ]
    hinted, cursor = hinted_by(words, cursor=3, fresh_since=FRESH)
    assert hinted is not None
    assert hinted.orders == {"eu": {"B": "2026-11-23T08:59:00+00:00"}, "na": {"A": "2026"}}
    assert (hinted.span, cursor) == ("4-6", 6)


def test_an_order_of_which_one_change_is_not_dated_is_read_in_any_case() -> None:
    hinted, _ = hinted_by([message(1, changed_at=None), message(2)], cursor=0, fresh_since=FRESH)
    assert hinted is not None
    assert hinted.orders == {"eu": {"A": None}}


def test_old_news_and_other_messages_start_nothing_and_are_passed_over() -> None:
    webhook = InboxMessage(2, "shopify", "w", "fulfillments/create", "gid://shopify/Order/1", NINE, NINE, {})
    old = message(1, at=FRESH - timedelta(seconds=1))
    assert hinted_by([old, webhook, message(3, region=None)], cursor=0, fresh_since=FRESH) == (None, 3)


def test_a_full_batch_leaves_the_rest_for_the_next_look() -> None:
    words = [message(seq, f"{seq:03}") for seq in range(1, MOST_ORDERS + 10)]
    hinted, cursor = hinted_by(words, cursor=0, fresh_since=FRESH)
    assert hinted is not None
    assert (len(hinted.orders["eu"]), cursor) == (MOST_ORDERS, MOST_ORDERS)
    rest, cursor = hinted_by(words[cursor:], cursor=cursor, fresh_since=FRESH)
    assert rest is not None
    assert (len(rest.orders["eu"]), cursor) == (9, MOST_ORDERS + 9)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(NINE)) as opened:
        yield opened


def look(ledger: Ledger, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(cursor=cursor, resources={"ledger": ledger, "clock": ledger.clock}) as context:
        found = order_hint_sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_a_burst_is_one_run_that_names_its_orders(ledger: Ledger) -> None:
    assert isinstance(look(ledger, None), dg.SkipReason)
    for number, order in enumerate(("A", "B", "A")):
        at = f"2026-11-23T08:5{number}:00+00:00"
        ledger.receive("amazon", f"n{number}", "ORDER_CHANGE", order, NINE, {"region": "eu", "changed_at": at})
    found = look(ledger, None)
    assert isinstance(found, dg.SensorResult)
    [request] = found.run_requests or []
    assert request.run_key == "hints/1-3@2026-11-23T09:00:00+00:00"
    assert request.run_config["ops"] == {
        "amazon_orders": {
            "config": {"hints": {"eu": {"A": "2026-11-23T08:52:00+00:00", "B": "2026-11-23T08:51:00+00:00"}}}
        },
        "actions_order_import": {"config": {"origin": "notification 1-3"}},
        "actions_stock_push": {"config": {"origin": "notification 1-3"}},
    }
    assert found.cursor == "3"
    assert isinstance(look(ledger, "3"), dg.SkipReason)


def test_another_ledger_is_read_from_its_start(ledger: Ledger) -> None:
    found = look(ledger, "99")
    assert isinstance(found, dg.SensorResult)
    assert (found.cursor, found.run_requests) == ("0", [])
