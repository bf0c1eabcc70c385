"""Small things the Amazon modules share: waiting times, and text that is safe to show in a message."""

from __future__ import annotations

import random

BACKOFF_BASE_SECONDS = 1.0
BACKOFF_CAP_SECONDS = 60.0


def backoff(attempt: int, dice: random.Random) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1): exponential with full jitter, at most a minute."""
    return dice.uniform(0.0, min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2.0**attempt))


def shown(text: str, limit: int = 200) -> str:
    """The first `limit` characters of foreign text on one line, without control characters."""
    line = "".join(character if character.isprintable() else " " for character in text[: limit * 2])
    line = " ".join(line.split())
    return line if len(line) <= limit else f"{line[:limit]}…"
