"""A span of the inbox that one run sees to, and what the run is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Span:
    """One run's worth of messages: the span it covers, and when its last message came. `of` is what the run is for."""

    of: ClassVar[str]

    first: int
    last: int
    received_at: datetime

    @property
    def span(self) -> str:
        """The numbers of its first and last message."""
        return f"{self.first}-{self.last}"

    @property
    def run_key(self) -> str:
        """Names the span of messages, so the same span never runs twice and a later one always does.

        Dagster remembers keys for ever, and a ledger that was set up anew counts from 1 again: so the key also says
        when the last message came.
        """
        return f"{self.of}/{self.span}@{self.received_at.isoformat()}"
