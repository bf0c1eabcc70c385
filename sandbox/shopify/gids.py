"""Global ids: `gid://shopify/<Type>/<number>`; levels and quantities carry their item in a query part."""

from __future__ import annotations

import re
from typing import NamedTuple

from sandbox.world import Level

_SHAPE = re.compile(r"gid://shopify/([A-Za-z]+)/(\d+)(?:\?inventory_item_id=(\d+)(?:&name=(\w+))?)?")


class Gid(NamedTuple):
    """A global id taken apart. `item` only for inventory levels and quantities."""

    type: str
    number: int
    item: int | None = None


def gid(type_name: str, number: int) -> str:
    """The global id of a numbered record."""
    return f"gid://shopify/{type_name}/{number}"


def level_gid(level: Level) -> str:
    """An inventory level's id: the location's number and the item in the query part, never to be cut at `?`."""
    return f"gid://shopify/InventoryLevel/{level.location_id}?inventory_item_id={level.item_id}"


def job_gid(key: str, type_name: str = "Job") -> str:
    """The global id of a job, whose last part is no number."""
    return f"gid://shopify/{type_name}/{key}"


def parse(text: str) -> Gid | None:
    """Take a global id apart; None where the text is none."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    return Gid(found[1], int(found[2]), int(found[3]) if found[3] else None)


def number_of(text: str, type_name: str) -> int | None:
    """The number of an id of this type; None where it is of another type or no id."""
    found = parse(text)
    return found.number if found is not None and found.type == type_name else None
