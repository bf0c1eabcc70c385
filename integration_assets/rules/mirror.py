"""What a mirror location should show of an item, and whether somebody else wrote there. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["in_step", "set", "hold"]
Policy = Literal["restore", "hold"]


@dataclass(frozen=True, slots=True)
class LastSet:
    """What was last set at the location and seen there: the units, and those it showed before (None: not stocked)."""

    quantity: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one item. `edited_units` is by how much somebody else moved the number, 0 when nobody did."""

    verdict: Verdict
    edited_units: int = 0


def decide(*, target: int, shown: int | None, last: LastSet | None, policy: Policy) -> Decision:
    """Compare what Amazon can ship with what the location shows; `shown` None means it is not stocked there.

    A number that is neither what we last set nor what stood there before was written by somebody else; before our
    first writing nobody is accused. An edit to the right number harms nothing.
    """
    if shown is None:
        return Decision("set" if target else "in_step")
    if shown == target:
        return Decision("in_step")
    if last is None or shown in (last.quantity, last.before):
        return Decision("set")
    return Decision("set" if policy == "restore" else "hold", shown - last.quantity)
