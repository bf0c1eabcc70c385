"""The cost bucket of one app in one shop: 2,000 points, 100 restored a second of sandbox time (standard plan)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAXIMUM = 2000.0
RESTORE_RATE = 100.0
QUERY_LIMIT = 1000
"""The most one query may cost; above it retrying never helps."""


@dataclass
class Bucket:
    """What is left of the points, as of `at`."""

    at: datetime
    available: float = MAXIMUM

    def restore(self, now: datetime) -> None:
        """Give back what time has brought."""
        elapsed = max(0.0, (now - self.at).total_seconds())
        self.available = min(MAXIMUM, self.available + elapsed * RESTORE_RATE)
        self.at = max(self.at, now)

    def affords(self, cost: int, now: datetime) -> bool:
        """Whether a query of this requested cost may run now."""
        self.restore(now)
        return self.available >= cost

    def charge(self, cost: int) -> None:
        """Take the actual cost: the requested one is held while the query runs and the rest given back."""
        self.available = max(0.0, self.available - cost)

    def status(self) -> dict[str, Any]:
        """`throttleStatus` as in `extensions.cost`."""
        available = int(self.available) if self.available == int(self.available) else round(self.available, 1)
        return {"maximumAvailable": MAXIMUM, "currentlyAvailable": available, "restoreRate": RESTORE_RATE}
