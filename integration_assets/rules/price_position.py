"""What is to be done about one price: nothing, send it, wait, or let a person decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from integration_assets.rules.price import Bounds, NoPrice, Target, moves_too_far

Verdict = Literal["in_step", "push", "waiting", "leak", "held", "excluded"]
LeakPolicy = Literal["hold", "restore", "accept"]


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """All that is known of a price.

    `explained` are prices that Amazon may show by our own doing: what we last saw applied, and what was in step last.
    `under_way` is sent and not seen yet. `let_go` says that a person has let this very change go.
    """

    target: Target | NoPrice
    shown: Decimal | None
    explained: Collection[Decimal] = ()
    under_way: Decimal | None = None
    let_go: bool = False
    managed_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and why, in plain words."""

    verdict: Verdict
    reason: str


def decide(facts: PriceFacts, *, policy: LeakPolicy, bounds: Bounds) -> Decision:
    """Decide about one price. What somebody else wrote is never written over unless policy or a person says so."""
    if facts.managed_elsewhere:
        return Decision("excluded", "the operating model says that somebody else sets it")
    if isinstance(facts.target, NoPrice):
        return Decision("excluded", facts.target.told)
    wanted, told = facts.target.amount, facts.target.told
    shown = facts.shown
    if shown == wanted:
        return Decision("in_step", told)
    if facts.under_way == wanted:
        return Decision("waiting", f"{told}; it was sent and is not shown yet")
    foreign = shown is not None and bool(facts.explained) and shown not in facts.explained and shown != facts.under_way
    if foreign and not facts.let_go:
        under = facts.target.floor is not None and shown is not None and shown < facts.target.floor
        leak = f"{told}; somebody else set it to {shown}" + (
            f", below its floor of {facts.target.floor}" if under else ""
        )
        if policy == "hold":
            return Decision("leak", leak)
        if policy == "accept" and wanted in facts.explained:
            return Decision("in_step", f"{leak}: accepted until our own price changes")
        told = leak
    if moves_too_far(shown, wanted, bounds) and not facts.let_go:
        return Decision("held", f"{told}; from {shown} that is more than {bounds.max_move_percent} % at once")
    return Decision("push", f"{told}; Amazon shows {'no price' if shown is None else shown}")
