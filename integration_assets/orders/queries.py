"""The SQL that gathers the facts of orders; each statement is a file beside this one, with its grain and units."""

from __future__ import annotations

from pathlib import Path


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


WAITING = _text("waiting")
STOCK = _text("stock")
OPEN = _text("open")
FLAGGED = _text("flagged")
