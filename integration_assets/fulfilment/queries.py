"""The SELECTs of this room, each in a file beside it."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def _read(name: str) -> str:
    return HERE.joinpath(f"{name}.sql").read_text(encoding="utf-8")


LINKED = _read("linked")
TO_CONFIRM = _read("to_confirm")
SHIPPED_BY_AMAZON = _read("shipped_by_amazon")
CANCELLED_ON_AMAZON = _read("cancelled_on_amazon")
REFUNDED_ON_AMAZON = _read("refunded_on_amazon")
SHOP_SIDE = _read("shop_side")
