"""Multi-Channel Fulfilment while calls end in doubt and the process is killed: once at Amazon, once in the shop."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.engine import Connection

from resources.ledger import Ledger
from sandbox.order_records import FulfillmentOrder
from sandbox.shopify.service_state import ask_to_cancel
from tests.system.stage import Stage
from tests.system.test_mcf import JUG, SALT, ask, outbound, shipping, tracking_at_amazon, tracking_in_shop, turn

T = TypeVar("T")
PLENTY = 100_000
DOUBTS = (
    ("reset_after", "createFulfillmentOrder"),
    ("status_500_after", "createFulfillmentOrder"),
    ("status_500_empty", "createFulfillmentOrder"),
    ("throttle", "createFulfillmentOrder"),
    ("reset_after", "cancelFulfillmentOrder"),
    ("status_500_empty", "getFulfillmentOrder"),
    ("internal_error_after", "fulfillmentCreate"),
    ("internal_error_before", "fulfillmentCreate"),
    ("internal_error_after", "fulfillmentOrderAcceptFulfillmentRequest"),
    ("internal_error_before", "fulfillmentOrderAcceptFulfillmentRequest"),
    ("internal_error_after", "fulfillmentOrderAcceptCancellationRequest"),
)


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Fate:
    """Ends the process at a commit now and then, before it or after it; until it is alive again, at every one."""

    dice: random.Random
    chance: float
    dead: bool = False
    deaths: int = 0

    def pass_by(self) -> None:
        if not self.dead and self.dice.random() < self.chance:
            self.dead = True
            self.deaths += 1
        if self.dead:
            raise Killed


class Mortal(Ledger):
    """A ledger whose process may end before or after any commit."""

    fate: Fate

    def _write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:  # noqa: ARG002 - nothing is lost
        self.fate.pass_by()
        done = super()._write(work, durable=False)
        self.fate.pass_by()
        return done


@dataclass
class Lives:
    """A brand whose process is killed and starts again."""

    stage: Stage
    fate: Fate
    asked: list[FulfillmentOrder] = field(default_factory=list)
    cancelled: list[FulfillmentOrder] = field(default_factory=list)

    def live(self, *, minutes: float) -> None:
        """One run of the job, however it ends, and some time."""
        try:
            turn(self.stage)
        except Killed:
            self.fate.dead = False
        self.stage.advance(minutes=minutes)

    def wave(self, orders: int, dice: random.Random) -> list[FulfillmentOrder]:
        """Customers buy; some of them think better of it at some time."""
        made = []
        for _ in range(orders):
            sold = dice.choice([((JUG, 1),), ((JUG, 2),), ((SALT, 1),), ((JUG, 1), (SALT, 3))])
            made.append(ask(self.stage, *sold, country="GB" if dice.random() < 0.95 else "AU"))
        self.asked += made
        return made

    def think_better(self, orders: list[FulfillmentOrder], dice: random.Random) -> None:
        for order in orders:
            if order.request_status == "ACCEPTED" and not order.cancellation_asked and dice.random() < 0.1:
                ask_to_cancel(self.stage.world, order)
                self.cancelled.append(order)

    def at_rest(self, orders: list[FulfillmentOrder]) -> bool:
        return all(order.status in ("CLOSED", "INCOMPLETE") or order.request_status == "REJECTED" for order in orders)


def played(home: Path, *, waves: int, orders: int, seed: int) -> tuple[int, int, Counter[str]]:
    """Play it to the end and hold every order against what may have happened to it; deaths, doubts, endings."""
    dice = random.Random(f"lives/{seed}")
    with shipping(home) as stage:
        for stock in stage.account.fba.values():
            stock.fulfillable = PLENTY
        for sku in (JUG, SALT):
            assert stage.variant(sku)
        ledger = Mortal(stage.connections.model.ledger_url(), stage.clock)
        ledger.fate = Fate(dice, 0.0)
        stage.connections.ledger = ledger
        lives = Lives(stage, ledger.fate)
        turn(stage)
        for kind, operation in DOUBTS:
            stage.fault(kind, operation, probability=0.03)
        for _ in range(waves):
            wave = lives.wave(orders, dice)
            ledger.fate.chance = 0.002
            for minutes in (1, 2, 4):
                lives.live(minutes=minutes)
            # Some in time, and some when Amazon has begun to ship.
            lives.think_better(wave, dice)
            lives.live(minutes=10)
            lives.think_better(wave, dice)
            for _ in range(40):
                lives.live(minutes=60)
                if lives.at_rest(wave):
                    break
            assert lives.at_rest(wave)
        endings: Counter[str] = Counter()
        at_amazon: Counter[str] = Counter(order.id for order in outbound(stage).orders.values())
        for order in lives.asked:
            there = outbound(stage).orders.get(f"INSTEP-{order.id}")
            shop = tracking_in_shop(stage, order)
            assert len(set(shop)) == len(shop), f"{order.id}: a parcel was told twice"
            assert order.answers.count("request accepted") <= 1
            if there is None:
                assert (order.request_status, shop) == ("REJECTED", [])
                endings["turned down"] += 1
            elif there.status == "Cancelled":
                assert shop == []
                assert order.request_status in ("CANCELLATION_ACCEPTED", "CLOSED")
                endings["cancelled"] += 1
            else:
                assert (there.status, order.status) == ("Complete", "CLOSED")
                assert shop == tracking_at_amazon(there), f"{order.id}: the parcels differ"
                assert all(line.remaining == 0 for line in order.lines)
                endings["shipped"] += 1
        assert set(at_amazon.values()) <= {1}
        created = [call for call in stage.calls("createFulfillmentOrder") if call.effect.endswith("created")]
        assert len(created) == len(outbound(stage).orders)
        doubts = sum(call.outcome in ("failed", "cut_after", "throttled") for call in stage.world.requests)
        return ledger.fate.deaths, doubts, endings


@pytest.mark.prove
def test_some_orders_live_through_doubts_and_deaths(tmp_path: Path) -> None:
    _, doubts, endings = played(tmp_path, waves=1, orders=25, seed=1)
    assert doubts > 3
    assert endings["shipped"] > 15


@pytest.mark.prove
@pytest.mark.timeout(5400)
def test_five_thousand_orders_live_through_doubts_and_deaths(tmp_path: Path) -> None:
    deaths, doubts, endings = played(tmp_path, waves=50, orders=100, seed=2)
    assert sum(endings.values()) == 5000
    assert deaths > 50
    assert doubts > 500
    assert endings["cancelled"] > 50
    assert endings["turned down"] > 100
