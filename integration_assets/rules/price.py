"""What a SKU ought to cost in a marketplace: Shopify's price, converted, marked up, rounded, and kept in its bounds.

Everything is exact: Decimal in, Decimal out, and no rate that nobody has declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

Rounding = Literal["nearest", "up", "down"]
ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class PriceRule:
    """How a price is made. Amounts are in the marketplace's currency, percents are of the converted price.

    `endings` are what a price may end on, below one unit of the currency (0.99), or below a hundred where it has no
    decimals (80); without any, it is rounded to what the currency can say. `shop_vat` is in the shop's price,
    `vat` is to be in Amazon's; where either is None the price is taken as it is. `floor_percent` is of the
    converted price.
    """

    markup_percent: Decimal = ZERO
    markup: Decimal = ZERO
    endings: tuple[Decimal, ...] = ()
    rounding: Rounding = "nearest"
    floor: Decimal | None = None
    floor_percent: Decimal | None = None
    ceiling: Decimal | None = None
    shop_vat: Decimal | None = None
    vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A price, with tax, and the least it may be. `told` says how it came about."""

    amount: Decimal
    floor: Decimal | None
    told: str


@dataclass(frozen=True, slots=True)
class NoPrice:
    """Why there is none to send."""

    told: str


def target(base: Decimal, rate: Decimal | None, rule: PriceRule, *, digits: int) -> Target | NoPrice:
    """The price for a shop price of `base`; `rate` is what one unit of the shop's currency is in the marketplace's.

    Never below the floor: what rounding or the ceiling would take below it is raised to it, and bounds that
    contradict one another make no price at all.
    """
    if rate is None:
        return NoPrice("no rate between the shop's currency and the marketplace's is declared in prices.fx")
    if base <= 0:
        return NoPrice(f"the price in Shopify is {base}: nothing is sold for that")
    converted = base * rate
    if rule.shop_vat is not None and rule.vat is not None:
        converted = converted / (HUNDRED + rule.shop_vat) * (HUNDRED + rule.vat)
    floor = _floor(converted, rule, digits)
    ceiling = None if rule.ceiling is None else _grid(rule.ceiling, digits, ROUND_FLOOR)
    if floor is not None and ceiling is not None and ceiling < floor:
        return NoPrice(f"its ceiling of {ceiling} is below its floor of {floor}")
    wished = converted * (HUNDRED + rule.markup_percent) / HUNDRED + rule.markup
    amount = _ended(wished, rule.endings, rule.rounding, digits)
    told = _told(base, rate, rule, amount)
    if ceiling is not None and amount > ceiling:
        amount, told = _ended(ceiling, rule.endings, "down", digits), f"{told}, no more than its ceiling of {ceiling}"
    if floor is not None and amount < floor:
        raised = _ended(floor, rule.endings, "up", digits)
        amount = floor if ceiling is not None and raised > ceiling else raised
        told = f"{told}, no less than its floor of {floor}"
    if amount <= 0:
        return NoPrice(f"the rule makes {amount} of it: nothing is sold for that")
    return Target(amount, floor, told)


def _floor(converted: Decimal, rule: PriceRule, digits: int) -> Decimal | None:
    """The higher of the two floors, rounded up to what the currency can say."""
    floors = [] if rule.floor is None else [rule.floor]
    if rule.floor_percent is not None:
        floors.append(converted * rule.floor_percent / HUNDRED)
    return _grid(max(floors), digits, ROUND_CEILING) if floors else None


def _grid(amount: Decimal, digits: int, rounding: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=rounding)


def _ended(amount: Decimal, endings: Sequence[Decimal], rounding: Rounding, digits: int) -> Decimal:
    """The price with one of the endings that is nearest, not below or not above; of two as near, the higher."""
    if not endings:
        mode = {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}[rounding]
        return _grid(amount, digits, mode)
    step = Decimal(1) if digits else HUNDRED
    start = (amount / step).to_integral_value(rounding=ROUND_FLOOR) * step
    around = [start + offset + ending for offset in (-step, ZERO, step) for ending in endings]
    choices = [_grid(choice, digits, ROUND_HALF_UP) for choice in around]
    if rounding == "up":
        return min(choice for choice in choices if choice >= amount)
    if rounding == "down":
        return max(choice for choice in choices if choice <= amount)
    return min(choices, key=lambda choice: (abs(choice - amount), -choice))


def _told(base: Decimal, rate: Decimal, rule: PriceRule, amount: Decimal) -> str:
    parts = [str(base)]
    if rate != 1:
        parts.append(f"at {rate}")
    if rule.shop_vat is not None and rule.vat is not None and rule.shop_vat != rule.vat:
        parts.append(f"with {rule.vat} % tax in place of {rule.shop_vat} %")
    if rule.markup_percent:
        parts.append(f"{rule.markup_percent:+} %")
    if rule.markup:
        parts.append(f"{rule.markup:+}")
    return f"{' '.join(parts)} makes {amount}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """When prices look like an accident.

    A single price that moves by more than `max_move_percent` waits for a person; so does the whole plan when more than
    `max_moved_percent` of the prices shown would move at once, and at least `min_prices` of them.
    """

    max_move_percent: int = 30
    max_moved_percent: int = 50
    min_prices: int = 10


def moves_too_far(shown: Decimal | None, wanted: Decimal, bounds: Bounds) -> bool:
    """Whether a price moves too far at once to be sent without a person. One that shows nothing yet moves nowhere."""
    if shown is None or shown <= 0:
        return False
    return abs(wanted - shown) * HUNDRED > shown * bounds.max_move_percent


def too_many_move(moved: int, shown: int, bounds: Bounds) -> bool:
    """Whether a plan moves too many of a region account's prices at once."""
    return moved >= bounds.min_prices and moved * 100 > shown * bounds.max_moved_percent
