"""Twenty thousand orders, five calls in a hundred without a clear answer, senders killed at random, webhooks anyhow.

At the end every package was accepted once, every refund recorded once, every cancellation restocked once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fulfilment_desk import REGION, Desk, fulfilment_desk
from tests.fulfilment_market import InShop, Killed, OnAmazon

ORDERS = 20_000
BATCH = 2_000
REFUND = (("ProductCharges/OurPricePrincipal", "-10.00"), ("AmazonFees/Commission", "1.50"))
LEASE_RUNS_OUT = 181
Placed = tuple[OnAmazon, InShop]


def survived(desk: Desk, work: Callable[[], object]) -> int:
    """Do the work again, as the next run does, until it is not killed; how often it was."""
    deaths = 0
    while True:
        try:
            work()
        except Killed:
            deaths += 1
            desk.clock.advance(LEASE_RUNS_OUT)
        else:
            return deaths


def a_day(desk: Desk, dice: random.Random, orders: int) -> list[Placed]:
    """Buyers order, packages leave, Amazon ships, cancels and refunds."""
    placed: list[Placed] = []
    for _ in range(orders):
        cast = dice.random()
        units = dice.choice((1, 1, 1, 2, 3))
        order, booked = desk.market.place(units, fulfilled_by="AMAZON" if cast < 0.2 else "MERCHANT")
        placed.append((order, booked))
        if cast < 0.2:
            order.shipped_by_amazon = units
        elif cast < 0.25:
            order.cancelled = dict(order.items)
            continue
        else:
            first = dice.randint(1, units)
            desk.market.leave(booked, first)
            if first < units:
                desk.market.leave(booked, units - first)
        if dice.random() < 0.1:
            desk.market.refund(order, *REFUND, deferred=dice.random() < 0.3)
    return placed


def told_anyhow(desk: Desk, dice: random.Random, placed: list[Placed]) -> int:
    """Webhooks of some orders come in any order, some twice, some never; each starts a run.

    A run of many packages takes as long as Amazon's rate makes it; orders are read every few minutes meanwhile.
    """
    deaths = 0
    for _ in range(3):
        desk.read_amazon(order for order, _ in placed)
        some = dice.choices(placed, k=len(placed) // 3)
        desk.read_shop(booked for _, booked in {order.order_id: (order, booked) for order, booked in some}.values())
        deaths += survived(desk, lambda: desk.cycle("webhook").confirm(REGION))
    return deaths


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_every_package_is_accepted_once_and_every_refund_recorded_once(tmp_path: Path) -> None:
    dice = random.Random(20_261_127)
    with fulfilment_desk(tmp_path, seed=11, trouble=0.05, deaths=0.002) as desk:
        deaths, placed = 0, list[Placed]()
        for _ in range(ORDERS // BATCH):
            today = a_day(desk, dice, BATCH)
            placed += today
            desk.read_amazon(order for order, _ in today)
            deaths += told_anyhow(desk, dice, today)
            desk.later(minutes=10)
            desk.read_transactions()
            for _ in range(2):
                desk.read_amazon(order for order, _ in today)
                desk.read_shop(booked for _, booked in today)
                cycle = desk.cycle("schedule")
                for work in (cycle.confirm, cycle.fulfil, cycle.cancel, cycle.refund):
                    deaths += survived(desk, lambda work=work: work(REGION))  # type: ignore[misc]
                desk.later(minutes=16)
        desk.market.trouble = desk.market.deaths = 0.0
        for _ in range(6):
            desk.later(minutes=16)
            desk.read_amazon(order for order, _ in placed)
            desk.read_shop(booked for _, booked in placed)
            cycle = desk.cycle("schedule")
            for work in (cycle.confirm, cycle.fulfil, cycle.cancel, cycle.refund):
                work(REGION)

        market = desk.market
        assert deaths > 5
        assert market.wrong == []
        packages = {(booked.amazon_order_id, str(number)) for _, booked in placed for number in booked.left}
        merchant = {order.order_id for order, _ in placed if order.fulfilled_by == "MERCHANT"}
        expected = {(order, number) for order, number in packages if order in merchant}
        assert set(market.accepted) == expected
        assert set(market.accepted.values()) == {1}
        assert {order.status for order, _ in placed} == {"SHIPPED", "CANCELLED"}
        for order, booked in placed:
            cancelled = order.status == "CANCELLED"
            assert (booked.cancelled_at is not None) == cancelled
            assert booked.restocked == (sum(order.items.values()) if cancelled else 0)
            if order.fulfilled_by == "AMAZON":
                assert not any(booked.open(line) for line in booked.lines), "shipped, or taken off by a refund before"
        notes = [back.note for _, booked in placed for back in booked.back]
        assert sorted(notes) == sorted(
            f"Recorded by Instep: amazon-refund/{posted['transactionId']}" for posted in market.transactions
        )
        assert desk.exceptions() == set()
        figures(desk, len(expected), len(notes))


def figures(desk: Desk, packages: int, refunds: int) -> None:
    """Calls beside the least possible: one per package, one write and one look at the payment per refund."""
    calls = desk.market.calls
    assert calls["confirmShipment"] <= 1.06 * packages
    assert calls["getOrder"] <= 0.12 * packages
    assert calls["RefundCreate"] <= 1.06 * refunds
    assert calls["MoneyState"] <= 2.5 * refunds


@pytest.mark.prove
def test_confirmations_take_no_longer_than_amazons_rate_makes_them(tmp_path: Path) -> None:
    """Two calls a second after a burst of ten is what Amazon allows; the floor of a thousand is 495 seconds."""
    with fulfilment_desk(tmp_path) as desk:
        for _ in range(1_000):
            _, booked = desk.market.place(1)
            desk.market.leave(booked, 1)
        desk.observe()
        began = desk.clock.now()
        desk.cycle().confirm(REGION)
        took = (desk.clock.now() - began).total_seconds()
        assert desk.sent("confirmShipment") == 1_000
        assert took <= 1.02 * (1_000 - 10) / 2
