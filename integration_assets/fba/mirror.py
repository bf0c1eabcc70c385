"""What each item of a mirror location should show, decided on what Amazon can ship and what the shop shows now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from integration_assets.contracts.shopify import StockLevel
from integration_assets.rules.mirror import LastSet, Policy, decide
from resources.ledger_parts.records import Intention, Verified
from resources.warehouse import Warehouse

FULFILLABLE = Path(__file__).with_name("fulfillable.sql").read_text(encoding="utf-8")
KNOWN = "SELECT DISTINCT seller_sku FROM amazon.fba_inventory WHERE region = $region"

IN_THE_SHOP = """
    SELECT inventory_item_id, coalesce(nullif(sku, ''), product_title || ', ' || title)
    FROM shopify.variants WHERE list_contains($items, inventory_item_id)
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """A number at the mirror location that somebody else wrote."""

    inventory_item_id: str
    seller_skus: tuple[str, ...]
    shown: int
    units: int
    set_back: bool


@dataclass
class Wanted:
    """What a look at the location came to: what is to be set, and what others wrote there."""

    intentions: list[Intention] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    items: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class Units:
    """Units that Amazon can ship of an item, over all pools of the region account."""

    fulfillable: int
    seller_skus: tuple[str, ...]


def units_of(warehouse: Warehouse, region: str) -> tuple[dict[str, Units], frozenset[str]]:
    """Units by inventory item, and every SKU that FBA knows in the region account, mapped or not."""
    with warehouse.reading() as query:
        rows = query(FULFILLABLE, {"region": region})
        known = query(KNOWN, {"region": region})
    return {item: Units(units, tuple(skus)) for item, units, skus in rows}, frozenset(sku for (sku,) in known)


def names_of(warehouse: Warehouse, items: Sequence[str]) -> dict[str, str]:
    """What the shop calls these inventory items: the SKU, or product and variant where there is none."""
    return dict(warehouse.query(IN_THE_SHOP, {"items": list(items)})) if items else {}


def wanted(
    *,
    units: Mapping[str, Units],
    known_skus: frozenset[str],
    levels: Iterable[StockLevel],
    verified: Mapping[str, Verified],
    location_id: str,
    policy: Policy,
    origin: str,
) -> Wanted:
    """Decide every item that Amazon has units of or the location shows, in the order of their ids.

    Whatever else stands at the location was put there by hand: it should show nothing. An item that lost its SKU
    in Shopify, while Amazon still has it, is left alone: nobody knows what it should show.
    """
    shown = {level.inventory_item_id: level.available for level in levels if level.is_active}
    result = Wanted(items=len(units), units=sum(one.fulfillable for one in units.values()))
    for item in sorted({*units, *shown}):
        last = verified.get(item)
        there = units.get(item)
        if there is None:
            was = tuple(last.payload.get("skus", ())) if last else ()
            if known_skus.intersection(was):
                continue
            there = Units(0, was)
        before = LastSet(last.payload["quantity"], last.payload["from"]) if last else None
        if item not in units and last is None:
            # Nobody but us has anything to set here, so what was never ours counts as an edit from nothing.
            before = LastSet(0, 0)
        decision = decide(target=there.fulfillable, shown=shown.get(item), last=before, policy=policy)
        if decision.edited_units:
            edit = Edit(item, there.seller_skus, shown[item], decision.edited_units, decision.verdict == "set")
            result.edits.append(edit)
        if decision.verdict == "set":
            result.intentions.append(_intention(item, there, shown.get(item), location_id, origin))
    return result


def _intention(item: str, there: Units, shown: int | None, location_id: str, origin: str) -> Intention:
    was = "it is not stocked there yet" if shown is None else f"the location shows {shown}"
    return Intention(
        subject=item,
        payload={
            "quantity": there.fulfillable,
            "from": shown,
            "location_id": location_id,
            "skus": list(there.seller_skus),
        },
        reason=f"Amazon can ship {there.fulfillable}; {was}",
        origin=origin,
    )
