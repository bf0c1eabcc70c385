"""Which units of order lines come off when Amazon cancels units of an item: the last ones first, none that has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integration_assets.rules.order_lines import Part


@dataclass(frozen=True, slots=True)
class Column:
    """The units that one product of an item has on the order, in the order in which they come off.

    `per` units of it make one unit of the item; `lines` are (order line id, units). `never_booked` units of the item
    are not among them, for they were cancelled before the order was made.
    """

    per: int
    never_booked: int
    lines: tuple[tuple[str, int], ...]


def column_of(part: Part, ordered: int) -> Column:
    """The units of a part of an item of which `ordered` units were ordered."""
    booked = sum(share.units for share in part.shares) // part.per
    lines = tuple((share.line_item_id, share.units) for share in reversed(part.shares))
    return Column(part.per, max(ordered - booked, 0), lines)


def to_take_off(
    columns: Sequence[Column], *, cancelled: int, before: int, open_units: Mapping[str, int]
) -> dict[str, int]:
    """Units of each order line to take off now that `cancelled` units of the item are cancelled in all.

    `before` of them were taken off earlier; `open_units` of each line are on the order and have not left. Where the
    units whose turn it is have left, others of the item come off instead.
    """
    still_open = dict(open_units)
    found: dict[str, int] = {}
    for column in columns:
        gone = max(before - column.never_booked, 0) * column.per
        wanted = max(cancelled - column.never_booked, 0) * column.per - gone
        in_turn, instead = _behind(column.lines, gone), column.lines
        for line, units in (*in_turn, *instead):
            some = min(units, wanted, still_open.get(line, 0))
            if some > 0:
                wanted -= some
                still_open[line] -= some
                found[line] = found.get(line, 0) + some
    return found


def _behind(lines: Sequence[tuple[str, int]], gone: int) -> list[tuple[str, int]]:
    """The lines without the first `gone` of their units."""
    found = []
    for line, units in lines:
        passed = min(units, gone)
        gone -= passed
        found.append((line, units - passed))
    return found
