"""What a channel is given to send, free of how it looks there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """One exception of a letter. `steps` are the catalogue's, in order."""

    number: int
    word: str
    title: str
    severity: str
    team: str
    told: str
    size: str
    deadline_at: datetime | None
    first_step: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words: a title, items by kind, what is left out, and where to read on.

    `key` is the same when the same letter is sent again.
    """

    key: str
    title: str
    severity: str
    items: tuple[Item, ...]
    counts: tuple[tuple[str, int], ...] = ()
    left_out: int = 0
    page_url: str = ""

    def text(self) -> str:
        """The letter as plain text."""
        lines = [self.title, ""]
        lines += [f"{count:>6,}  {title}" for title, count in self.counts]
        if self.counts:
            lines += ["", "For example:", ""]
        for item in self.items:
            lines.append(f"[{item.word}] {item.title} ({item.severity}, {item.team}, number {item.number})")
            lines.append(f"  {item.told}")
            extra = [part for part in (item.size, _deadline(item.deadline_at)) if part]
            if extra:
                lines.append(f"  {'; '.join(extra)}")
            if item.first_step:
                lines.append(f"  First: {item.first_step}")
        if self.left_out:
            lines += ["", f"And {self.left_out:,} more."]
        lines += ["", f"All of it: {self.page_url}" if self.page_url else "All of it: `instep exceptions`"]
        return "\n".join(lines) + "\n"

    def document(self) -> Mapping[str, Any]:
        """The letter for machines."""
        return {
            "key": self.key,
            "title": self.title,
            "severity": self.severity,
            "counts": dict(self.counts),
            "left_out": self.left_out,
            "page_url": self.page_url,
            "items": [
                {
                    "number": item.number,
                    "event": item.word,
                    "title": item.title,
                    "severity": item.severity,
                    "team": item.team,
                    "told": item.told,
                    "size": item.size,
                    "deadline_at": item.deadline_at.isoformat() if item.deadline_at else None,
                    "first_step": item.first_step,
                    "link": item.link,
                }
                for item in self.items
            ],
        }


def _deadline(at: datetime | None) -> str:
    return f"by {at:%a %d %b %H:%M} UTC" if at else ""


class Channel(Protocol):
    """Somewhere letters go. `send` raises Throttled, Rejected, Unavailable or ConfigurationError; never an address."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over; it was taken when this returns."""
        ...
