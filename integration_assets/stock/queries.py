"""The SQL that gathers the facts of positions; each statement is a file beside this one, with its grain and units."""

from __future__ import annotations

from pathlib import Path


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


FACTS = _text("facts")
ORDERS = _text("orders")
COMPONENTS = _text("components")
CHANGES = _text("changes")
GONE = _text("gone")
REMEMBERED = _text("remembered")
ORDERS_READ_AT = _text("orders_read_at")
