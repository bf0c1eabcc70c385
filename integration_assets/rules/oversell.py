"""Which orders of a batch ask for more than the pool has: the earlier order is served first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Draws = Mapping[str, Sequence[tuple[str, int]]]
"""SKU -> (inventory item, units of it that go into one): a bundle draws on several."""


def shortages(
    orders: Iterable[tuple[str, Sequence[tuple[str, int]]]], draws: Draws, available: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """Order -> SKU -> units beyond what is there, for orders given as (id, [(SKU, units)]) in the order of service.

    A SKU whose stock is not counted is never short.
    """
    left = dict(available)
    short: dict[str, dict[str, int]] = {}
    for order_id, wanted in orders:
        for sku, units in wanted:
            missing = 0
            for item, each in draws.get(sku, ()):
                before = max(left[item], 0)
                left[item] -= units * each
                missing = max(missing, units - before // each)
            if missing > 0:
                of_order = short.setdefault(order_id, {})
                of_order[sku] = of_order.get(sku, 0) + missing
    return short
