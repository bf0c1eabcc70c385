"""Money as whole numbers of a currency's smallest unit, and sharing it out so that the parts add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from integration_assets.contracts.errors import DataError


def to_minor(amount: Decimal, digits: int, what: str) -> int:
    """The amount in units of the last of `digits` decimals. DataError where it has more decimals than that."""
    scaled = amount.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise DataError(
            f"{what}: {amount} has more decimals than its currency, which has {digits}.",
            todo="Nothing is rounded on its way; look at the record on Amazon.",
        )
    return int(scaled)


def to_amount(minor: int, digits: int) -> Decimal:
    """The amount with exactly `digits` decimals; a currency without decimals has none."""
    return Decimal(minor).scaleb(-digits)


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """Shares of `total` in proportion to `weights`, none below zero, by the largest remainder; they add up to it.

    Without any weight the first share takes it all. ValueError for a total below zero.
    """
    if total < 0:
        raise ValueError(f"only zero and more can be shared out, found {total}")
    whole = sum(weights)
    if not whole:
        return [total if place == 0 else 0 for place in range(len(weights))]
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def evenly(total: int, units: int) -> list[tuple[int, int]]:
    """(units, price of one): a price for `units` as prices of one unit that add up to it; two where it has to be."""
    each, left = divmod(total, units)
    parts = [(units - left, each), (left, each + 1)]
    return [part for part in parts if part[0]]
