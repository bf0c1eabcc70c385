"""How many units the location of the fulfilment service shows, so that Shopify promises what Amazon can ship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from integration_assets.rules.mcf import Route

Choice = Literal["least", "most"]


@dataclass(frozen=True, slots=True)
class PoolStock:
    """Units of an item in one pool of a region account, under the SKU that Amazon would ship."""

    region: str
    pool: str
    inventory_item_id: str
    sku: str
    fulfillable: int


def to_show(stock: Iterable[PoolStock], routes: Sequence[Route], choice: Choice) -> dict[str, int]:
    """Units by inventory item that orders may be promised, over the pools that a route ships from.

    An order leaves one pool, so pools are never added up: the least of them can be promised wherever the order goes,
    the most only where the best pool is the one that its route leads to. What a route keeps back is not shown.
    """
    found: dict[str, list[int]] = {}
    for one in stock:
        kept = _kept_back(one, routes)
        if kept is not None:
            found.setdefault(one.inventory_item_id, []).append(max(0, one.fulfillable - kept))
    pick = min if choice == "least" else max
    return {item: pick(units) for item, units in found.items()}


def on_hand(to_show: int, reserved: int) -> int:
    """Units that the location is to have on hand.

    Shopify takes what is sold off by itself, as committed. `reserved` are units that Amazon has taken off already and
    that are committed in the shop as well: they would be taken off twice.
    """
    return to_show + reserved


def reserved_units(orders: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Units by inventory item of orders that Amazon has taken and not sent, as far as the shop knows."""
    found: dict[str, int] = {}
    for order in orders:
        for item, units in order.items():
            found[item] = found.get(item, 0) + units
    return found


def _kept_back(stock: PoolStock, routes: Sequence[Route]) -> int | None:
    """The most that any route keeps back of the item in this pool; None where no route ships it from there."""
    kept: list[int] = []
    for route in routes:
        if route.sku_pattern and not fnmatchcase(stock.sku, route.sku_pattern):
            continue
        if route.action == "ship" and (route.region, route.pool) == (stock.region, stock.pool):
            kept.append(route.keep_units)
        if not route.countries and not route.tag:
            break  # every order with the item ends here
    return max(kept, default=None)
