"""A lease outlives every wait of the calls made under it, and what lost its lease sends nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import LeaseTaken, Throttled
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.effects.lane import LEASE_SECONDS
from integration_assets.effects.runner import Outcome, Runner
from resources.clock import ManualClock
from resources.ledger import Effect, Intention, Ledger
from resources.shopify import Shopify
from resources.shopify_parts.refunds import NOTE
from tests.unit.shopify_answers import Stand, answer, data, manual_clock, shop_behind

KIND = "order_refund"
WAIT = answer({"errors": "Throttled"}, status=429, headers={"Retry-After": "59"})
STATE = data(
    {
        "order": {
            "id": "gid://shopify/Order/1",
            "cancelledAt": None,
            "transactions": [],
            "refunds": [{"id": "gid://shopify/Refund/1", "note": NOTE.format(mark="m")}],
            "lineItems": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}},
        }
    }
)
DONE = data({"orderCancel": {"job": {"id": "gid://shopify/Job/1", "done": False}, "orderCancelUserErrors": []}})


class Cancelling:
    """An errand of two calls, each of which may be told to wait."""

    kind = KIND
    once = True

    def __init__(self, shopify: Shopify) -> None:
        self.shopify = shopify

    def send(self, effect: Effect) -> Receipt:
        order_id = effect.payload["order"]
        self.shopify.refunds.state(order_id)
        job = self.shopify.refunds.cancel(order_id, by_buyer=False, restock=False, paid=False, note="x")
        return Receipt(reference=job, proven=True)

    def look(self, effect: Effect) -> Sight:
        return Sight("later", f"{effect.subject} cannot be told yet")


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        ledger.migrate()
        yield ledger


def run(ledger: Ledger, clock: ManualClock, shopify: Shopify) -> Outcome:
    wanted = [Intention("o1", {"order": "gid://shopify/Order/1"}, "cancelled", "the test")]
    return Runner(ledger, clock).run(Cancelling(shopify), "eu", lambda: wanted, live=True)


def test_nine_waits_of_a_minute_do_not_lose_the_lease(ledger: Ledger, clock: ManualClock) -> None:
    asked: list[str] = []

    def watched(reply: httpx.Response) -> Any:
        def say(_: dict[str, Any]) -> httpx.Response:
            with pytest.raises(LeaseTaken) as taken, ledger.lease(f"{KIND}/eu", "another", ttl=1):
                pass
            asked.append(str(taken.value))
            return reply

        return say

    stand = Stand(
        MoneyState=[watched(WAIT), watched(WAIT), watched(WAIT), watched(WAIT), watched(STATE)],
        OrderCancel=[watched(WAIT), watched(WAIT), watched(WAIT), watched(WAIT), watched(DONE)],
    )
    began = clock.now()
    outcome = run(ledger, clock, shop_behind(stand, clock))
    assert (outcome.sent, outcome.errors, len(asked)) == (1, [], 10)
    assert (clock.now() - began).total_seconds() == 8 * 59 > 2 * LEASE_SECONDS


def test_what_lost_its_lease_while_it_waited_is_not_sent(ledger: Ledger, clock: ManualClock) -> None:
    def takes_over(_: dict[str, Any]) -> httpx.Response:
        clock.advance(LEASE_SECONDS + 1)
        with ledger.lease(f"{KIND}/eu", "another", ttl=600):
            pass
        return STATE

    stand = Stand(MoneyState=takes_over, OrderCancel=DONE)
    run(ledger, clock, shop_behind(stand, clock))
    assert stand.operations == ["MoneyState"]
    assert ledger.newest(KIND, "eu")["o1"].state == "unknown", "it is looked at before it is sent again"


def test_a_call_outside_of_any_lease_asks_nobody(clock: ManualClock) -> None:
    stand = Stand(OrderCancel=[WAIT] * 5)
    with pytest.raises(Throttled):
        shop_behind(stand, clock).refunds.cancel(
            "gid://shopify/Order/1", by_buyer=False, restock=False, paid=False, note=""
        )
    assert stand.operations == ["OrderCancel"] * 5
