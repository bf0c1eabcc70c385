"""Many orders through failing services and dying processes: each is made once, and its stock taken once.

One call in twenty is refused for the moment, or breaks off before or after it did something; the process dies in the
middle of calls. What comes of it is held against rules that are written down here anew.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from integration_assets.contracts.errors import InstepError
from integration_assets.orders.importing import KIND
from tests.assets.order_desk import REGION, VARIANTS, Desk, later, order_desk
from tests.order_market import DE, UK

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one: the proof is not about the disk
TROUBLE = 0.05
DEADLY = 0.002
"""Chance that the process ends in the middle of a call."""
A_ROUND = 250
MOST_RESTS = 60


class Killed(BaseException):
    """The process ends."""


@dataclass
class Story:
    """Buyers, services and the product, by the dice of a seed."""

    desk: Desk
    dice: random.Random
    deaths: int = 0
    wanted: dict[str, int] = field(default_factory=dict)
    """Order -> units the merchant's stock must lose for it; 0 for those that Amazon ships."""
    unwanted: set[str] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)

    def trade(self, orders: int) -> None:
        """Buyers order on both marketplaces; some orders wait, some are cancelled, some are echoes or Amazon's own."""
        market, dice = self.desk.market, self.dice
        for order_id in self.pending:
            if dice.random() < 0.8:
                market.release(order_id)
                self.wanted[order_id] = self.units(order_id)
            else:
                market.change(order_id, "CANCELLED")
                self.unwanted.add(order_id)
        self.pending = []
        for _ in range(orders):
            lines = [
                (dice.choice(list(VARIANTS)), dice.randint(1, 3), "9.99") for _ in range(dice.choice((1, 1, 1, 2)))
            ]
            place, fate = dice.choice((UK, UK, DE)), dice.random()
            if fate < 0.05:
                self.unwanted.add(
                    market.place(
                        *lines, marketplace=place, channel="NON_AMAZON", fulfilled_by="AMAZON", status="SHIPPED"
                    )
                )
            elif fate < 0.20:
                self.wanted[market.place(*lines, marketplace=place, fulfilled_by="AMAZON")] = 0
            elif fate < 0.30:
                self.pending.append(market.place(*lines, marketplace=place, status="PENDING"))
            else:
                order_id = market.place(*lines, marketplace=place)
                self.wanted[order_id] = self.units(order_id)
        for order_id in dice.sample(sorted(self.wanted), min(len(self.wanted), 5)):
            market.change(order_id, programs=["PRIME"])

    def units(self, order_id: str) -> int:
        """Units of an order."""
        return sum(item["quantityOrdered"] for item in self.desk.market.amazon_orders[order_id]["orderItems"])

    def work(self) -> bool:
        """One run of the product; False when its process died in it or it failed."""
        try:
            self.desk.take_in()
        except Killed:
            self.deaths += 1
            self.desk.ledger.close()
            return False
        except InstepError:
            return False
        finally:
            later(self.desk, minutes=4)
        return True

    def rest(self) -> None:
        """Nobody trades any more: run after run until nothing is left to do."""
        for _ in range(MOST_RESTS):
            before = self.desk.market.calls["OrderCreate"]
            done = self.work()
            if (
                done
                and self.desk.market.calls["OrderCreate"] == before
                and not self.desk.ledger.open_effects(KIND, REGION)
            ):
                return
        raise AssertionError(f"no rest after {MOST_RESTS} runs")

    def dies(self, _: str) -> None:
        """Whether the process ends here."""
        if self.dice.random() < DEADLY:
            raise Killed


@contextmanager
def a_story(seed: int, home: Path) -> Iterator[Story]:
    """A story on a desk of its own."""
    with order_desk(home, seed=seed, trouble=TROUBLE) as desk:
        desk.market.stock = dict.fromkeys(VARIANTS.values(), 1_000_000)
        story = Story(desk, random.Random(seed))
        desk.market.on_call = desk.market.on_done = story.dies
        yield story


def tell(seed: int, orders: int) -> tuple[Story, Counter[str]]:
    """Let `orders` be placed and imported, and hold what came of it against the rules."""
    folder = MEMORY if MEMORY.is_dir() else None
    with TemporaryDirectory(dir=folder) as home, a_story(seed, Path(home)) as story:
        for _ in range(max(orders // A_ROUND, 1)):
            story.trade(min(A_ROUND, orders))
            story.work()
        story.rest()
        story.desk.market.trouble = 0.0
        story.desk.market.on_call = story.desk.market.on_done = lambda _: None
        later(story.desk, hours=1)
        judge(story)
        return story, story.desk.market.calls


def judge(story: Story) -> None:
    """Exactly one order for each that is wanted, none for any other, stock taken once, and the comparison agrees."""
    market = story.desk.market
    made = Counter(order.amazon_order_id for order in market.shop.values())
    assert market.wrong == []
    assert {order_id: made[order_id] for order_id in story.wanted if made[order_id] != 1} == {}
    assert story.unwanted & set(made) == set()
    assert set(story.pending) & set(made) == set()
    left = sum(market.stock.values())
    assert left == 3_000_000 - sum(story.wanted.values()), "stock is taken once for each unit"
    assert set(story.desk.links()) == set(story.wanted)
    verdicts = Counter(row.verdict for row in story.desk.compare().values())
    assert set(verdicts) <= {"matched", "not_due"}
    assert verdicts["matched"] == len(story.wanted)


def test_sixty_orders_are_each_made_once_whatever_fails() -> None:
    story, _ = tell(seed=1, orders=60)
    assert len(story.wanted) > 40


@pytest.mark.prove
def test_twenty_thousand_orders_are_each_made_once_whatever_fails(capsys: pytest.CaptureFixture[str]) -> None:
    story, calls = tell(seed=20_000, orders=20_000)
    assert story.deaths > 50
    assert len(story.wanted) > 15_000
    figures(story, calls, capsys)


@pytest.mark.prove
def test_imports_take_no_longer_than_amazons_rate_makes_them(tmp_path: Path) -> None:
    """An order that the merchant ships is read once for its address: one in two seconds after a burst of thirty."""
    with order_desk(tmp_path) as desk:
        for _ in range(500):
            desk.market.place(("MUG", 1, "9.99"))
        desk.observe()
        began = desk.clock.now()
        desk.cycle().run(REGION)
        took = (desk.clock.now() - began).total_seconds()
        assert (desk.market.calls["OrderCreate"], desk.market.calls["getOrder"]) == (500, 500)
        assert took <= 1.02 * (500 - 30) / 0.5


def figures(story: Story, calls: Counter[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Calls per order, beside the least there can be when nothing fails."""
    orders = len(story.wanted)
    merchants = sum(units > 0 for units in story.wanted.values())
    least = {
        "OrderCreate": orders,
        "getOrder": merchants,
        "searchOrders": -(-len(story.desk.market.amazon_orders) // 100),
    }
    with capsys.disabled():
        print(f"\n{orders} orders, {story.deaths} deaths")  # noqa: T201 - the figures are what the proof is run for
        for name, count in sorted(calls.items()):
            bound = f", at least {least[name] / orders:.2f}" if name in least else ""
            print(f"  {name:<18}{count / orders:6.2f} an order{bound}")  # noqa: T201
    assert calls["OrderCreate"] <= 1.1 * least["OrderCreate"]
    assert calls["getOrder"] <= 1.2 * least["getOrder"]
