"""Several senders for one region account: one sends, the others leave their wish with it, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from integration_assets.effects.lane import granted_cursor, wish_cursor
from integration_assets.stock.cycle import Outcome
from integration_assets.stock.pushes import KIND
from tests.system.stage import Stage, on_stage

JUG = "JUG-GLASS"
SHELF = "SHELF-PINE"


def while_another_sends(stage: Stage, meanwhile: Callable[[], Outcome]) -> tuple[Outcome, Outcome]:
    """What a sender comes to whose call takes long, and what another one comes to meanwhile."""
    stage.fault("slow", "patchListingsItem", times=1, params={"seconds": 0.6})
    with ThreadPoolExecutor() as threads:
        first = threads.submit(stage.cycle().run, "eu")
        while not stage.calls("patchListingsItem"):
            assert not first.done()
        second = meanwhile()
        return first.result(), second


def test_of_two_senders_at_once_one_sends_and_the_other_leaves_its_wish(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        first, second = while_another_sends(stage, lambda: stage.cycle().run("eu"))
        assert second.left_to.startswith("stock_push/eu is being worked on by ")
        assert (first.left_to, second.tally.sent) == ("", 0)
        stage.settle()
        assert (stage.sent(JUG), stage.states(JUG)) == ([5], [(5, "verified")])
        assert stage.ledger.cursor(wish_cursor(KIND, "eu")) == stage.ledger.cursor(granted_cursor(KIND, "eu"))


def test_what_changed_while_another_was_sending_is_served_before_it_ends(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)

        def meanwhile() -> Outcome:
            stage.count(SHELF, "Manchester", 30)
            stage.read_stock(SHELF)
            stage.decide(SHELF)
            return stage.cycle().run("eu")

        _, second = while_another_sends(stage, meanwhile)
        assert second.left_to
        assert (stage.sent(JUG), stage.sent(SHELF)) == ([5], [28])


def test_many_senders_at_once_send_each_change_once(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        for available in (7, 8, 9):
            stage.count(JUG, "Manchester", available)
            stage.count(SHELF, "Manchester", available)
            stage.read_stock(JUG, SHELF)
            stage.decide(JUG, SHELF)
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(lambda _: stage.cycle().run("eu"), range(4)))
            stage.settle()
        assert (stage.sent(JUG), stage.sent(SHELF)) == ([5, 6, 7], [5, 6, 7])


def test_a_sender_that_was_asleep_for_too_long_sends_nothing_more(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage, ExitStack() as another:
        for sku in (JUG, SHELF):
            stage.count(sku, "Manchester", 7)
        stage.read_stock(JUG, SHELF)
        stage.decide(JUG, SHELF)

        def fall_asleep(_skus: list[str]) -> None:
            """While Amazon is read right before the first call, time goes by, and somebody else takes over."""
            stage.service.on_shown.clear()
            stage.world.clock.advance(200)
            another.enter_context(stage.ledger.lease("stock_push/eu", "another sender", ttl=600))

        stage.service.on_shown.append(fall_asleep)
        outcome = stage.cycle().run("eu")
        assert outcome.left_to.startswith("stock_push/eu is being worked on by another sender")
        assert stage.writes() == 0


def test_the_wish_of_a_sender_that_died_is_not_forgotten(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        stage.count(JUG, "Manchester", 7)
        stage.read_stock(JUG)
        stage.decide(JUG)
        with stage.ledger.lease("stock_push/eu", "a process that was killed", ttl=180):
            outcome = stage.cycle().run("eu")
            assert outcome.left_to
            assert stage.ledger.cursor(wish_cursor(KIND, "eu")) != stage.ledger.cursor(granted_cursor(KIND, "eu"))
            stage.advance(minutes=4)  # the lease runs out
            stage.push()
        stage.settle()
        assert (stage.sent(JUG), stage.shows(JUG)) == ([5], 5)
