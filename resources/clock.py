"""The one source of time for everything that waits, throttles or has a deadline.

A rehearsal follows the sandbox's clock, so the same waits run as many times faster as the sandbox runs.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from integration_assets.contracts.errors import ConfigurationError, InstepError, Unavailable

ANSWER_WITHIN_SECONDS = 10.0


class Clock(Protocol):
    """What the product asks the time of."""

    @property
    def speed(self) -> float:
        """Seconds of this clock that pass in one second on the wall; 1.0 outside of a rehearsal."""
        ...

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock; zero and less do not wait."""
        ...

    def monotonic(self) -> float:
        """Seconds of this clock since some start; never goes back."""
        ...


class SystemClock:
    """The wall clock."""

    speed = 1.0

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`; zero and less do not wait."""
        if seconds > 0:
            time.sleep(seconds)

    def monotonic(self) -> float:
        """Seconds since some start; never goes back."""
        return time.monotonic()


class RehearsalClock:
    """The sandbox's clock, seen from here.

    `url` answers `{"now": "2026-11-23T09:00:00+00:00", "speed": 60.0}`. It is asked once, at the first use; from then
    on the time is what it said plus the wall time since, times the speed. Raises Unavailable when nobody answers
    and ConfigurationError when the answer is not a running clock.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._reading: tuple[datetime, float, float] | None = None

    @property
    def speed(self) -> float:
        """Seconds of the sandbox in one second on the wall."""
        return self._read()[2]

    def now(self) -> datetime:
        """The sandbox's present, in UTC."""
        start, anchor, speed = self._read()
        return start + timedelta(seconds=(time.monotonic() - anchor) * speed)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of the sandbox, which is `seconds / speed` on the wall."""
        speed = self._read()[2]
        if seconds > 0:
            time.sleep(seconds / speed)

    def monotonic(self) -> float:
        """Seconds of the sandbox since this clock was read."""
        _, anchor, speed = self._read()
        return (time.monotonic() - anchor) * speed

    def _read(self) -> tuple[datetime, float, float]:
        """The sandbox's time, the wall's at the same moment, and the speed."""
        with self._lock:
            if self._reading is None:
                self._reading = self._ask()
            return self._reading

    def _ask(self) -> tuple[datetime, float, float]:
        import httpx  # here, because a command that waits for nothing should not pay for the import

        from resources.trust import trusted

        todo = "Start the sandbox, or take `clock_url` out of [rehearsal] in the operating model."
        try:
            asked = time.monotonic()
            response = httpx.get(self.url, timeout=ANSWER_WITHIN_SECONDS, verify=trusted())
            answered = time.monotonic()
            response.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"The rehearsal clock at {self.url} does not answer: {error}.", todo=todo) from error
        try:
            answer = response.json()
            start = datetime.fromisoformat(answer["now"])
            speed = float(answer["speed"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{self.url} is not a rehearsal clock: expected an object with `now` (ISO 8601) and `speed`.", todo=todo
            ) from error
        if start.tzinfo is None or not speed > 0:
            raise ConfigurationError(
                f"The rehearsal clock at {self.url} says now={answer['now']}, speed={speed}: expected a time with "
                "an offset and a speed above 0, because a clock that stands still would wait for ever.",
                todo=todo,
            )
        return start.astimezone(UTC), (asked + answered) / 2, speed


class ManualClock:
    """A clock that its owner moves: time passes only by `sleep` and `advance`. Safe to share between threads."""

    speed = 1.0

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise InstepError(f"ManualClock needs an aware start, found {start.isoformat()} without an offset.")
        self._lock = threading.Lock()
        self._start = start.astimezone(UTC)
        self._passed = timedelta()
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """The present, in UTC."""
        with self._lock:
            return self._start + self._passed

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once and note them in `sleeps`; zero and less do nothing."""
        if seconds > 0:
            self.sleeps.append(seconds)
            self.advance(seconds)

    def monotonic(self) -> float:
        """Seconds since the start."""
        with self._lock:
            return self._passed.total_seconds()

    def advance(self, seconds: float) -> datetime:
        """Let `seconds` pass and answer the new present."""
        if seconds < 0:
            raise InstepError(f"A clock cannot go back: advance takes seconds >= 0, found {seconds}.")
        with self._lock:
            self._passed += timedelta(seconds=seconds)
            return self._start + self._passed


class _Rehearsal(Protocol):
    @property
    def clock_url(self) -> str | None: ...


class _Model(Protocol):
    @property
    def rehearsal(self) -> _Rehearsal | None: ...


def clock_from(model: _Model) -> Clock:
    """The clock the operating model asks for: the sandbox's when `[rehearsal] clock_url` is set, else the wall's."""
    if model.rehearsal is not None and model.rehearsal.clock_url:
        return RehearsalClock(model.rehearsal.clock_url)
    return SystemClock()
