"""From the queue into the inbox: stored before it is deleted, once, and nothing stands in the way of what follows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integration_assets.contracts.errors import ConfigurationError, StoreError, Throttled
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.queues import QueueMessage
from sensors.listener import Ear, Source, Taken, drain, listen, nothing_to_hear
from tests.order_queue import OrderQueue, new_queue, queue_service, word_of

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORDER, OTHER = "026-1234567-1234567", "026-7654321-7654321"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with queue_service() as endpoint:
        yield endpoint


@pytest.fixture
def queue(service: str, request: pytest.FixtureRequest) -> OrderQueue:
    return new_queue(service, request.node.name[:80])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(NINE)) as opened:
        yield opened


def ear(source: Source, ledger: Ledger) -> Ear:
    return Ear(region="eu", seller_id="A1EXAMPLE", source=source, ledger=ledger, clock=ledger.clock)


def kept(ledger: Ledger) -> list[tuple[str, str]]:
    return [(message.message_id, message.subject) for message in ledger.inbox_after(0)]


def open_ones(ledger: Ledger) -> list[tuple[str, str]]:
    return [(each.kind, each.identity) for each in ledger.open_exceptions()]


class Dies(Exception):
    """The process ends here."""


def test_what_amazon_says_is_stored_and_only_then_deleted(queue: OrderQueue, ledger: Ledger, tmp_path: Path) -> None:
    for number in range(12):
        queue.put(word_of(ORDER, number=f"n-{number}"))
    assert drain([ear(queue.door(), ledger)]) == {"eu": Taken(12, 12, 0, 0)}
    assert sorted(kept(ledger)) == sorted((f"n-{number}", ORDER) for number in range(12))
    assert queue.counts == (0, 0)
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"CANARY-POSTCODE" not in on_disk
    assert b"026-1234567-1234567" in on_disk


def test_a_process_that_dies_between_storing_and_deleting_loses_and_doubles_nothing(
    service: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = new_queue(service, "forgetful", hidden_seconds=0)
    queue.put(word_of(ORDER))
    door = queue.door()

    def die(_: Sequence[QueueMessage]) -> int:
        raise Dies

    monkeypatch.setattr(door, "delete", die)
    with pytest.raises(Dies):
        ear(door, ledger).take()
    assert (kept(ledger), queue.counts) == ([("n-1", ORDER)], (1, 0))
    assert ear(queue.door(), ledger).take() == Taken(1, 0, 1, 0)
    assert (kept(ledger), queue.counts) == ([("n-1", ORDER)], (0, 0))


def test_a_message_stays_on_the_queue_while_the_ledger_cannot_take_it(
    queue: OrderQueue, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.put(word_of(ORDER))

    def full(_: object) -> list[bool]:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(ledger, "receive_many", full)
    with pytest.raises(StoreError):
        ear(queue.door(), ledger).take()
    assert queue.counts == (0, 1)


def test_the_same_word_twice_in_one_look_is_kept_once(queue: OrderQueue, ledger: Ledger) -> None:
    queue.put(word_of(ORDER))
    queue.put(word_of(ORDER))
    queue.put(word_of(OTHER, number="n-2"))
    assert drain([ear(queue.door(), ledger)]) == {"eu": Taken(3, 2, 1, 0)}
    assert sorted(kept(ledger)) == [("n-1", ORDER), ("n-2", OTHER)]


def test_what_cannot_be_read_is_set_aside_with_a_note_and_nothing_waits_behind_it(
    queue: OrderQueue, ledger: Ledger
) -> None:
    queue.put("<html>Robin Sample</html>")
    queue.put({"notificationType": "FEED_PROCESSING_FINISHED"})
    queue.put(word_of(ORDER, number="n-1", seller="A9OTHER"))
    queue.put(word_of(ORDER, padding="x" * 257 * 1024))
    queue.put(word_of(ORDER, number="n-2"))
    assert drain([ear(queue.door(), ledger)]) == {"eu": Taken(5, 1, 0, 4)}
    assert kept(ledger) == [("n-2", ORDER)]
    assert queue.counts == (0, 4), "they are still there, out of sight"
    assert open_ones(ledger) == [
        ("notification_set_aside", "eu/it is FEED_PROCESSING_FINISHED, where ORDER_CHANGE was expected"),
        ("notification_set_aside", "eu/it is about another seller"),
        ("notification_set_aside", "eu/it is longer than 262144 characters"),
        ("notification_set_aside", "eu/it is not JSON"),
    ]
    told = " ".join(each.told + json.dumps(dict(each.facts)) for each in ledger.open_exceptions())
    assert "Robin" not in told


def test_the_note_goes_away_when_nothing_of_the_kind_has_come_for_half_a_day(queue: OrderQueue, ledger: Ledger) -> None:
    clock = ledger.clock
    assert isinstance(clock, ManualClock)
    queue.put("<html>")
    drain([ear(queue.door(), ledger)])
    clock.advance(11 * 3600)
    queue.put("<html>")  # it has come again
    drain([ear(queue.door(), ledger)])
    clock.advance(11 * 3600)
    drain([ear(queue.door(), ledger)])
    assert open_ones(ledger) == [("notification_set_aside", "eu/it is not JSON")]
    clock.advance(2 * 3600)
    drain([ear(queue.door(), ledger)])
    assert open_ones(ledger) == []


def test_what_was_said_of_a_queue_that_is_no_longer_declared_is_over(queue: OrderQueue, ledger: Ledger) -> None:
    queue.put("<html>")
    drain([ear(queue.door(), ledger)])
    ear(queue.door(), ledger).deaf(Throttled("It asks to wait."))
    nothing_to_hear(ledger, "na")
    assert len(open_ones(ledger)) == 2
    nothing_to_hear(ledger, "eu")
    assert open_ones(ledger) == []


class Scripted:
    """A source that plays what it is given, one thing a look."""

    def __init__(self, *plays: Exception | list[QueueMessage]) -> None:
        self.plays = list(plays)

    def receive(self, *, wait_seconds: int = 0) -> list[QueueMessage]:  # noqa: ARG002 - the queue's shape
        play = self.plays.pop(0)
        if isinstance(play, Exception):
            raise play
        return play

    def delete(self, messages: Sequence[QueueMessage]) -> int:  # noqa: ARG002 - the queue's shape
        return 0

    def set_aside(self, messages: Sequence[QueueMessage]) -> int:  # noqa: ARG002 - the queue's shape
        return 0


def heard(source: Scripted, ledger: Ledger) -> tuple[list[str], list[float]]:
    """Listen until the script is over; what was told, and the pauses."""
    told: list[str] = []
    pauses: list[float] = []
    listen([ear(source, ledger)], tell=told.append, pause=pauses.append, goes_on=lambda: bool(source.plays))
    return told, pauses


def test_a_queue_that_asks_to_wait_is_left_alone_longer_each_time_and_then_heard_again(ledger: Ledger) -> None:
    word = QueueMessage("m-1", "h-1", json.dumps(word_of(ORDER)))
    told, pauses = heard(Scripted(*(Throttled("It asks to wait.") for _ in range(3))), ledger)
    assert told == ["amazon.eu: It asks to wait."] * 3
    assert [2 * 2**tries * 0.5 <= pause <= 2 * 2**tries for tries, pause in enumerate(pauses, 1)] == [True] * 3
    assert open_ones(ledger) == [("notifications_unread", "eu")]
    assert heard(Scripted([word]), ledger) == ([], [])
    assert kept(ledger) == [("n-1", ORDER)]
    assert open_ones(ledger) == []


def test_a_queue_that_cannot_be_used_ends_the_listener_at_its_start_and_not_later(ledger: Ledger) -> None:
    missing = ConfigurationError("There is no such queue.")
    with pytest.raises(ConfigurationError):
        heard(Scripted(missing), ledger)
    told, _ = heard(Scripted([], missing, []), ledger)
    assert told == ["amazon.eu: There is no such queue."]


def test_a_ledger_that_is_away_is_waited_for(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> list[bool]:
        raise StoreError("The ledger is away.")

    monkeypatch.setattr(ledger, "receive_many", away)
    told, pauses = heard(Scripted([QueueMessage("m-1", "h-1", json.dumps(word_of(ORDER)))]), ledger)
    assert (told, len(pauses)) == (["amazon.eu: The ledger is away."], 1)


def test_the_inbox_has_no_place_for_more_than_ids_and_instants(ledger: Ledger, tmp_path: Path) -> None:
    heard(Scripted([QueueMessage("m-1", "h-1", json.dumps(word_of(ORDER)))]), ledger)
    with sqlite3.connect(tmp_path / "ledger.db") as opened:
        [payload] = opened.execute("SELECT payload FROM inbox").fetchone()
    opened.close()
    assert json.loads(payload) == {
        "region": "eu",
        "status": "Unshipped",
        "change": "OrderStatusChange",
        "changed_at": "2026-11-23T09:00:00+00:00",
    }
    assert "not shown" in repr(QueueMessage("m-1", "h-1", "Robin Sample"))
