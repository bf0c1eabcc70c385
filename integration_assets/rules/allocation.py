"""Fees of the account, shared out among the order lines of their settlement by a rule that the brand has declared.

All of a settlement's charges of one kind are one sum before they are shared, so neither the order of the rows nor how
Amazon cut the charge into rows changes anybody's part. Amounts are in minor units of one currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from integration_assets.rules.money import share_out

Rule = Literal["leave", "by_revenue", "by_units", "by_sku"]
"""`leave`: it stays with the account. `by_revenue`: by what the buyers paid for the goods. `by_units`: by units sold.
`by_sku`: to the lines of the SKU that the row names, by units."""
RULES: Final[tuple[Rule, ...]] = get_args(Rule)

Reason = Literal["left by rule", "nothing was sold to share it among", "no SKU is named", "its SKU was not sold"]
"""Why a charge, or a part of it, stayed with the account."""


@dataclass(frozen=True, slots=True)
class Sold:
    """An order line of the settlement. `revenue` is what was paid for the goods; below nothing it counts as nothing."""

    order_id: str
    item_id: str
    seller_sku: str
    units: int
    revenue: int

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it apart, and decides between equal remainders."""
        return self.order_id, self.item_id, self.seller_sku


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the settlement that belongs to no order; `seller_sku` is empty where it names none."""

    bucket: str
    seller_sku: str
    amount: int


@dataclass(frozen=True, slots=True)
class Part:
    """What an order line bears of a bucket."""

    order_id: str
    item_id: str
    seller_sku: str
    bucket: str
    amount: int


@dataclass(frozen=True, slots=True)
class Left:
    """What stayed with the account of a bucket, and why."""

    bucket: str
    amount: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Allocation:
    """The parts on order lines and what is left; together they are the sum of the charges, bucket by bucket."""

    parts: tuple[Part, ...]
    left: tuple[Left, ...]


def allocate(charges: Iterable[Charge], sold: Iterable[Sold], rules: Mapping[str, Rule]) -> Allocation:
    """Share out the charges of one settlement; a bucket without a rule is left. Parts of nothing are not told."""
    lines = list(sold)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for charge in charges:
        sku = charge.seller_sku if rules.get(charge.bucket, "leave") == "by_sku" else ""
        sums[charge.bucket, sku] += charge.amount
    parts: list[Part] = []
    left: dict[tuple[str, Reason], int] = defaultdict(int)
    for (bucket, sku), amount in sorted(sums.items()):
        weights = _weights(rules.get(bucket, "leave"), sku, lines)
        if isinstance(weights, str):
            left[bucket, weights] += amount
            continue
        parts += [
            Part(order_id, item_id, line_sku, bucket, part)
            for (order_id, item_id, line_sku), part in sorted(share_out(amount, weights).items())
            if part
        ]
    return Allocation(
        parts=tuple(sorted(parts, key=lambda part: (part.order_id, part.item_id, part.seller_sku, part.bucket))),
        left=tuple(Left(bucket, amount, reason) for (bucket, reason), amount in sorted(left.items())),
    )


def _weights(rule: Rule, sku: str, lines: Iterable[Sold]) -> dict[tuple[str, ...], int] | Reason:
    """Who bears how much of it, or why nobody does."""
    if rule == "leave":
        return "left by rule"
    if rule == "by_sku" and not sku:
        return "no SKU is named"
    weights: dict[tuple[str, ...], int] = defaultdict(int)
    for line in lines:
        if rule == "by_sku" and line.seller_sku != sku:
            continue
        weights[line.key] += line.revenue if rule == "by_revenue" else line.units
    bearing = {key: weight for key, weight in weights.items() if weight > 0}
    if bearing:
        return bearing
    return "its SKU was not sold" if rule == "by_sku" else "nothing was sold to share it among"
