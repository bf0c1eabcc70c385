"""Time: on the wall, in a rehearsal, and in a test's hands."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from integration_assets.contracts.errors import ConfigurationError, InstepError, Unavailable
from resources.clock import ManualClock, RehearsalClock, SystemClock, clock_from

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@contextmanager
def answering(body: bytes, asked: list[str] | None = None) -> Iterator[str]:
    """The url of a server that gives the same answer to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sandbox/clock"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Rehearsal:
    clock_url: str | None


@dataclass(frozen=True)
class Model:
    rehearsal: Rehearsal | None


def test_the_system_clock_tells_aware_utc_time() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert abs((SystemClock().now() - datetime.now(UTC)).total_seconds()) < 5


def test_the_system_clock_does_not_wait_for_nothing() -> None:
    clock = SystemClock()
    started = clock.monotonic()
    clock.sleep(0)
    clock.sleep(-3)
    clock.sleep(0.01)
    assert 0.01 <= clock.monotonic() - started < 1


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(NINE)
    assert clock.now() == NINE
    clock.sleep(90)
    clock.sleep(-1)
    assert clock.advance(30) == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    assert clock.monotonic() == 120
    assert clock.sleeps == [90]


def test_a_manual_clock_answers_in_utc() -> None:
    clock = ManualClock(datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now().isoformat() == "2026-11-23T09:00:00+00:00"


def test_a_manual_clock_refuses_a_start_without_an_offset() -> None:
    with pytest.raises(InstepError, match="aware start"):
        ManualClock(datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001 - what is refused


def test_a_manual_clock_cannot_go_back() -> None:
    with pytest.raises(InstepError, match="cannot go back"):
        ManualClock(NINE).advance(-1)


def test_a_rehearsal_runs_as_many_times_faster_as_the_sandbox() -> None:
    asked: list[str] = []
    with answering(json.dumps({"now": "2026-11-23T10:00:00+01:00", "speed": 1000.0}).encode(), asked) as url:
        clock = RehearsalClock(url)
        assert clock.speed == 1000.0
        wall, before = time.monotonic(), clock.now()
        clock.sleep(50)
        passed = (clock.now() - before).total_seconds()
        on_the_wall = time.monotonic() - wall
    assert NINE <= before < NINE + timedelta(minutes=30)
    assert 50 <= passed < 5000
    assert 0.05 <= on_the_wall < 5
    assert asked == ["/sandbox/clock"]


def test_a_rehearsals_monotonic_time_runs_faster_too() -> None:
    with answering(json.dumps({"now": "2026-11-23T09:00:00Z", "speed": 1000.0}).encode()) as url:
        clock = RehearsalClock(url)
        before = clock.monotonic()
        clock.sleep(20)
        assert 20 <= clock.monotonic() - before < 5000


def test_a_rehearsal_without_a_sandbox_says_what_to_start() -> None:
    with answering(b"{}") as url:
        pass
    with pytest.raises(Unavailable, match=r"does not answer.*Start the sandbox"):
        RehearsalClock(url).now()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b"[]",
        b'{"now": "2026-11-23T09:00:00", "speed": 60}',
        b'{"now": "2026-11-23T09:00:00Z", "speed": 0}',
        b'{"now": "yesterday", "speed": 60}',
    ],
    ids=["not JSON", "empty", "a list", "no offset", "stands still", "not a time"],
)
def test_an_answer_that_is_no_running_clock_is_refused(body: bytes) -> None:
    with answering(body) as url, pytest.raises(ConfigurationError, match="rehearsal clock"):
        RehearsalClock(url).now()


def test_the_operating_model_chooses_the_clock() -> None:
    assert isinstance(clock_from(Model(None)), SystemClock)
    assert isinstance(clock_from(Model(Rehearsal(None))), SystemClock)
    chosen = clock_from(Model(Rehearsal("http://127.0.0.1:4200/sandbox/clock")))
    assert isinstance(chosen, RehearsalClock)
    assert chosen.url == "http://127.0.0.1:4200/sandbox/clock"
