"""Sorted ids of the shop's records, so that a page costs what it holds and not what the shop holds.

Anyone may put records into the shop's dictionaries; an index is made anew when its dictionary grew, shrank or got
another last key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from sandbox.world import Shop, ShopOrder

T = TypeVar("T")


class Indexes:
    """Ids in ascending order, by kind and by place."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._kept: dict[str, tuple[Hashable, Any]] = {}

    def variant_ids(self) -> list[int]:
        """Every variant."""
        return self._of("variants", self._shop.variants, lambda: sorted(self._shop.variants))

    def product_ids(self) -> list[int]:
        """Every product."""
        return self._of("products", self._shop.products, lambda: sorted(self._shop.products))

    def order_ids(self) -> list[int]:
        """Every order."""
        return self._of("orders", self._shop.orders, lambda: sorted(self._shop.orders))

    def order_with(self, kind: str, number: int) -> ShopOrder | None:
        """The order that a record of the kind (`fulfillments`, `fulfillment_orders`, `refunds`) belongs to."""
        order = self._shop.orders.get(self._shop.owners.get(number, 0))
        return order if order and any(each.id == number for each in getattr(order, kind)) else None

    def location_ids(self) -> list[int]:
        """Every location."""
        return self._of("locations", self._shop.locations, lambda: sorted(self._shop.locations))

    def item_ids(self) -> list[int]:
        """Every inventory item that a variant is sold from."""
        return self._of("items", self._shop.variants, lambda: sorted(self._variants_by_item()))

    def variants_of(self, item_id: int) -> list[int]:
        """The variants sold from an inventory item: mostly one."""
        return self._variants_by_item().get(item_id, [])

    def items_at(self, location_id: int) -> list[int]:
        """The items that have a level at a location, active or not."""
        return self._levels()[0].get(location_id, [])

    def locations_of(self, item_id: int) -> list[int]:
        """The locations where an item has a level, active or not."""
        return self._levels()[1].get(item_id, [])

    def _variants_by_item(self) -> dict[int, list[int]]:
        def build() -> dict[int, list[int]]:
            found: dict[int, list[int]] = {}
            for variant in self._shop.variants.values():
                found.setdefault(variant.item_id, []).append(variant.id)
            return found

        return self._of("variants by item", self._shop.variants, build)

    def _levels(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        def build() -> tuple[dict[int, list[int]], dict[int, list[int]]]:
            items: dict[int, list[int]] = {}
            places: dict[int, list[int]] = {}
            for item_id, location_id in sorted(self._shop.levels):
                items.setdefault(location_id, []).append(item_id)
                places.setdefault(item_id, []).append(location_id)
            return items, places

        return self._of("levels", self._shop.levels, build)

    def _of(self, name: str, source: Mapping[Any, Any], build: Callable[[], T]) -> T:
        stamp = (id(source), len(source), next(reversed(source), None))
        kept = self._kept.get(name)
        if kept is None or kept[0] != stamp:
            kept = self._kept[name] = (stamp, build())
        found: T = kept[1]
        return found
