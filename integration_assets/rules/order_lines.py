"""Which lines of a Shopify order stand for which items of an Amazon order, and how units of one count as the other.

The two need not look alike: a bundle is one item and several lines, the same product may be two items and one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the Shopify order, with the units that were ordered."""

    line_item_id: str
    variant_id: str | None
    sku: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the Amazon order. `variant_id` is what its SKU is mapped to, `components` what a bundle is made of.

    `left` are the units that were not cancelled: an order booked after a cancellation has only these.
    """

    order_item_id: str
    seller_sku: str | None
    ordered: int
    variant_id: str | None = None
    components: tuple[tuple[str, int], ...] = ()
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The units of a line that belong to one item: `units` of them, after the first `offset`."""

    line_item_id: str
    offset: int
    units: int

    def of(self, units_of_line: int) -> int:
        """How many of the line's first `units_of_line` units are in the share."""
        return max(0, min(units_of_line - self.offset, self.units))


@dataclass(frozen=True, slots=True)
class Part:
    """One product of an item: `per` units of it make one unit of the item."""

    per: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """The parts of every item that was met by lines in full; `unpaired` are the items that were not.

    An item that was cancelled whole before the order was made is in neither: no line was ever made for it.
    """

    parts: Mapping[str, tuple[Part, ...]]
    unpaired: tuple[str, ...]

    def units(self, of_lines: Mapping[str, int]) -> dict[str, int]:
        """Whole units of each item that these units of lines make."""
        return {
            item: min(
                sum(share.of(of_lines.get(share.line_item_id, 0)) for share in part.shares) // part.per
                for part in parts
            )
            for item, parts in self.parts.items()
        }

    def lines(self, of_items: Mapping[str, int]) -> dict[str, int]:
        """The units of lines that the first units of each item are. KeyError for an item that is not paired."""
        taken: dict[str, int] = {}
        for item, units in of_items.items():
            for part in self.parts[item]:
                left = units * part.per
                for share in part.shares:
                    some = min(left, share.units)
                    left -= some
                    if some:
                        taken[share.line_item_id] = taken.get(share.line_item_id, 0) + some
        return taken


def pair(items: Iterable[Item], lines: Sequence[Line]) -> Pairing:
    """Pair items with lines: by the mapped variant, else by the SKU as it is written, else by the bundle's components.

    Where one item and one line are left over on each side, with the same units, they are each other's: somebody may
    have booked the order under another product. An item that lines do not cover whole stays unpaired.
    """
    free = {line.line_item_id: line.quantity for line in lines}
    size = dict(free)
    parts: dict[str, tuple[Part, ...]] = {}
    left: list[Item] = []
    for item in sorted(items, key=lambda each: (each.left == 0, each.order_item_id)):
        found = _parts_of(item, lines, free)
        if found is None:
            left.append(item)
            continue
        parts[item.order_item_id] = tuple(_take(wanted, per, free, size) for wanted, per in found)
    # A line without a product is gift wrap or another charge, which stands for no item.
    untouched = [
        line for line in lines if free[line.line_item_id] == line.quantity > 0 and (line.variant_id or line.sku)
    ]
    if len(left) == len(untouched) == 1 and left[0].ordered == untouched[0].quantity:
        [item], [line] = left, untouched
        parts[item.order_item_id] = (Part(1, (Share(line.line_item_id, 0, line.quantity),)),)
        left, untouched = [], []
    if not untouched:
        left = [item for item in left if item.left != 0]
    return Pairing(parts, tuple(item.order_item_id for item in left))


Wanted = list[tuple[str, int]]
"""Line id and units to take from it."""


def _parts_of(item: Item, lines: Sequence[Line], free: Mapping[str, int]) -> list[tuple[Wanted, int]] | None:
    found = _parts_for(item, item.ordered, lines, free)
    if found is None and item.left is not None and 0 < item.left < item.ordered:
        found = _parts_for(item, item.left, lines, free)
    return found


def _parts_for(
    item: Item, units: int, lines: Sequence[Line], free: Mapping[str, int]
) -> list[tuple[Wanted, int]] | None:
    by_variant = [line for line in lines if item.variant_id is not None and line.variant_id == item.variant_id]
    by_sku = [line for line in lines if item.seller_sku is not None and line.sku == item.seller_sku]
    for candidates in (by_variant, by_sku):
        wanted = _covering(candidates, units, free)
        if wanted is not None:
            return [(wanted, 1)]
    if not item.components:
        return None
    found: list[tuple[Wanted, int]] = []
    for variant_id, per in item.components:
        of_component = [line for line in lines if line.variant_id == variant_id]
        wanted = _covering(of_component, units * per, free)
        if wanted is None:
            return None
        found.append((wanted, per))
    return found


def _covering(lines: Sequence[Line], units: int, free: Mapping[str, int]) -> Wanted | None:
    """Lines that hold so many free units: one of just that size where there is one, else as many as it takes."""
    exact = [line for line in lines if free[line.line_item_id] == units]
    wanted: Wanted = []
    for line in exact[:1] or lines:
        some = min(units, free[line.line_item_id])
        units -= some
        if some:
            wanted.append((line.line_item_id, some))
    return wanted if units == 0 and wanted else None


def _take(wanted: Wanted, per: int, free: dict[str, int], size: Mapping[str, int]) -> Part:
    shares = []
    for line_item_id, units in wanted:
        shares.append(Share(line_item_id, size[line_item_id] - free[line_item_id], units))
        free[line_item_id] -= units
    return Part(per, tuple(shares))
