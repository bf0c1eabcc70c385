"""Whether a whole plan is too bold to be sent without a person, and in which order a plan is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Move:
    """A push of a plan. `shown` is what Amazon shows now, None when it shows no quantity or was not asked."""

    seller_sku: str
    shown: int | None
    target: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Percent of a region account's live SKUs that one plan may zero, or move at all (None: any number).

    Fewer than `min_skus` SKUs never trip it: in a small shop each SKU is a large percentage.
    """

    max_zeroed_percent: int = 20
    min_skus: int = 5
    max_moved_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """Why the plan is held. All counts in SKUs."""

    told: str
    zeroed: int
    moved: int
    live: int
    limit_percent: int


def judge(moves: Iterable[Move], live_skus: int, limits: Limits) -> Trip | None:
    """Judge a region account's plan; None lets it go. `live_skus` counts the SKUs that Amazon shows with stock.

    A stock-out that was truly counted counts too: what the breaker is there for looks just like it.
    """
    zeroed = moved = 0
    for move in moves:
        if move.shown != move.target:
            moved += 1
            zeroed += move.target == 0
    if _too_many(zeroed, live_skus, limits.max_zeroed_percent, limits.min_skus):
        told = f"{zeroed} of {live_skus} live SKUs would go to zero at once, more than {limits.max_zeroed_percent} %"
        return Trip(told, zeroed, moved, live_skus, limits.max_zeroed_percent)
    percent = limits.max_moved_percent
    if percent is not None and _too_many(moved, live_skus, percent, limits.min_skus):
        told = f"{moved} of {live_skus} live SKUs would be changed at once, more than {percent} %"
        return Trip(told, zeroed, moved, live_skus, percent)
    return None


class _Risk(IntEnum):
    TO_ZERO = 0
    DOWN = 1
    UNKNOWN = 2
    UP = 3


def order_of_sending(moves: Sequence[Move]) -> list[Move]:
    """The same moves, the one that may sell what is not there first.

    To zero before other decreases, these by how little is left and how much too much is shown; then SKUs of which
    Amazon shows no number; then increases, those that cannot be bought at all first. The SKU decides the rest, so one
    plan is always sent in one order.
    """
    return sorted(moves, key=_by_risk)


def _by_risk(move: Move) -> tuple[int, int, int, str]:
    if move.shown is None:
        risk = _Risk.TO_ZERO if move.target == 0 else _Risk.UNKNOWN
        return risk, move.target, 0, move.seller_sku
    if move.target < move.shown:
        risk = _Risk.TO_ZERO if move.target == 0 else _Risk.DOWN
        return risk, move.target, move.target - move.shown, move.seller_sku
    return _Risk.UP, move.shown, move.shown - move.target, move.seller_sku


def _too_many(skus: int, live_skus: int, percent: int, min_skus: int) -> bool:
    return skus >= min_skus and skus * 100 > live_skus * percent
