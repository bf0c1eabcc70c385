"""Sandbox time: the wall clock, the wall clock made faster, or a clock that only moves when told."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Time that starts at `start` and runs `speed` times as fast as the wall clock; speed 0 stands still."""

    def __init__(self, *, start: datetime | None = None, speed: float = 1.0) -> None:
        self._base = start or datetime.now(UTC)
        self._anchor = time.monotonic()
        self.speed = speed

    def now(self) -> datetime:
        """The sandbox's present, in UTC."""
        return self._base + timedelta(seconds=(time.monotonic() - self._anchor) * self.speed)

    def advance(self, seconds: float) -> datetime:
        """Jump ahead by `seconds` of sandbox time and answer the new present."""
        if seconds < 0:
            raise ValueError("the clock cannot go back; advance takes seconds >= 0")
        self._base += timedelta(seconds=seconds)
        return self.now()

    def set_speed(self, speed: float) -> None:
        """Run at another speed from now on."""
        if speed < 0:
            raise ValueError("speed is a factor >= 0")
        self._base, self._anchor, self.speed = self.now(), time.monotonic(), speed
