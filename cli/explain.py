"""`instep explain`: the whole story behind a SKU's number, an order or a payout, from the stores alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.main import OK
from cli.output import at, say, units, write_json
from cli.plan import as_document, positions, require_warehouse
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from integration_assets.contracts.reconcile import StockPosition
    from resources.connections import Connections

STORIES = ("order", "payout")
"""What can be explained besides a SKU."""

MAPPED = """
    SELECT region, asin, fulfillment, match, status, variant_id, reason
    FROM reconcile.sku_map
    WHERE seller_sku = ?
    ORDER BY region
"""
ORDERS_OF_SKU = """
    SELECT o.amazon_order_id, o.created_at, o.status, i.quantity_ordered, min(s.created_at) AS shopify_created_at
    FROM amazon.orders AS o
    JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
    LEFT JOIN shopify.orders AS s ON s.source_identifier = o.amazon_order_id
    WHERE o.region = ? AND i.seller_sku = ?
    GROUP BY o.amazon_order_id, o.created_at, o.status, i.quantity_ordered
    ORDER BY o.created_at DESC
    LIMIT 20
"""
STOCK_LOG = """
    SELECT l.seen_at, n.name, l.available, l.change
    FROM shopify.stock_levels_log AS l
    LEFT JOIN shopify.locations AS n ON n.location_id = l.location_id
    WHERE l.inventory_item_id = ?
    ORDER BY l.seen_at DESC
    LIMIT 20
"""
SHOWN_LOG = """
    SELECT read_at, quantity
    FROM amazon.availability_log
    WHERE region = ? AND seller_sku = ? AND change <> 'gone'
    ORDER BY read_at DESC
    LIMIT 20
"""


class _Mapped(NamedTuple):
    """How the SKU of a region account meets Shopify: a row of MAPPED."""

    region: str
    asin: str | None
    fulfillment: str
    match: str
    status: str
    variant_id: str | None
    reason: str


def explain(model: Path | None, *, what: Sequence[str], region: str | None, as_json: bool) -> int:
    """Tell the story of a SKU in every region account that lists it, or of an order or a payout.

    ConfigurationError names like ones when it is not known.
    """
    from resources.connections import connect

    if len(what) == 2 and what[0] in STORIES:
        return _order(model, what[1], as_json=as_json) if what[0] == "order" else _payout(model, what[1], as_json)
    if len(what) != 1:
        raise ConfigurationError(
            f"`instep explain {' '.join(what)}` cannot be told.",
            todo=f"Name one SKU, or {' or '.join(f'{name} and its id' for name in STORIES)}.",
        )
    sku = what[0]
    with connect(model) as connections:
        stories = _stories(connections, sku, region)
    if as_json:
        write_json(stories)
    else:
        for story in stories:
            _show(story)
    return OK


def _order(model: Path | None, amazon_order_id: str, *, as_json: bool) -> int:
    from cli.stories.order import ORDER
    from cli.stories.story import show, tell
    from integration_assets.contracts.registry import TABLES
    from resources.connections import connect

    with connect(model) as connections:
        require_warehouse(connections)
        story = tell(connections, ORDER, amazon_order_id, {table.sql_name for table in TABLES})
    if as_json:
        write_json(story.as_document())
    else:
        show(story)
    return OK


def _payout(model: Path | None, settlement_id: str, as_json: bool) -> int:
    from cli.explain_payout import explain_payout

    return explain_payout(model, settlement_id=settlement_id, as_json=as_json)


def _stories(connections: Connections, sku: str, region: str | None) -> list[dict[str, Any]]:
    rows = {row.region: row for row in positions(connections, region, skus=[sku])}
    mapped = [_Mapped(*found) for found in connections.warehouse.query(MAPPED, [sku])]
    if not mapped:
        raise ConfigurationError(f"Amazon lists no SKU {sku!r}.", todo=_alike(connections, sku))
    here = [found for found in mapped if region in (None, found.region)]
    if not here:
        listed_in = ", ".join(found.region for found in mapped)
        raise ConfigurationError(f"Amazon {region} lists no SKU {sku!r}.", todo=f"It is listed in {listed_in}.")
    return [_story(connections, sku, found, rows.get(found.region)) for found in here]


def _story(connections: Connections, sku: str, mapped: _Mapped, row: StockPosition | None) -> dict[str, Any]:
    identity = f"{mapped.region}/{sku}"
    return {
        "region": mapped.region,
        "seller_sku": sku,
        "asin": mapped.asin,
        "fulfillment": mapped.fulfillment,
        "match": mapped.match,
        "status": mapped.status,
        "variant_id": mapped.variant_id,
        "mapping_reason": mapped.reason,
        "position": None if row is None else as_document(row),
        "exceptions": [
            {"kind": found.kind, "since": found.opened_at, "team": found.team, "told": found.told}
            for found in connections.ledger.open_exceptions()
            if found.identity == identity
        ],
        "timeline": [{"at": when, "what": what} for when, what in _timeline(connections, sku, mapped.region, row)],
    }


def _timeline(connections: Connections, sku: str, region: str, row: StockPosition | None) -> list[tuple[datetime, str]]:
    """What happened to the SKU on both sides and in between, oldest first; at most twenty of each kind."""
    from integration_assets.stock.pushes import KIND

    ledger, warehouse = connections.ledger, connections.warehouse
    happened: list[tuple[datetime, str]] = []
    for effect in ledger.history(KIND, region, sku, limit=20):
        for event in ledger.events(effect.effect_id):
            detail = f": {event.detail}" if event.detail else ""
            who = f" by {effect.origin}" if event.state == "intended" and not event.detail else ""
            happened.append((event.at, f"push of {effect.payload['quantity']} {event.state}{who}{detail}"))
    word = ledger.baselines(region).get(sku)
    if word is not None:
        note = f": {word.note}" if word.note else ""
        happened.append((word.at, f"{word.who} released it by {word.word}, Amazon showed {word.quantity}{note}"))
    for order_id, created_at, status, sold, imported_at in warehouse.query(ORDERS_OF_SKU, [region, sku]):
        counted = f", in Shopify since {at(imported_at)}" if imported_at else ", not in Shopify"
        happened.append((created_at, f"Amazon order {order_id}: {sold} units, {status}{counted}"))
    if row is not None and row.inventory_item_id:
        for seen_at, location, available, change in warehouse.query(STOCK_LOG, [row.inventory_item_id]):
            happened.append((seen_at, f"Shopify stock at {location}: {available} available ({change})"))
    for read_at, quantity in warehouse.query(SHOWN_LOG, [region, sku]):
        happened.append((read_at, f"Amazon showed {'no quantity' if quantity is None else quantity}"))
    return sorted(happened, key=lambda each: each[0])


def _show(story: dict[str, Any]) -> None:
    say(f"{story['seller_sku']} in {story['region']}, ASIN {story['asin'] or 'unknown'}")
    say(f"  shipped by       {story['fulfillment']}")
    matched = "" if story["match"] == "none" else f" ({story['match']})"
    say(f"  mapping          {story['status']}{matched} to {story['variant_id'] or 'no variant'}")
    if story["mapping_reason"]:
        say(f"                   {story['mapping_reason']}")
    row = story["position"]
    if row is not None:
        places = ", ".join(f"{name} {here}" for name, here in sorted(row["by_location"].items())) or "no location"
        say(f"  pool             {units(row['available'])} available ({places})")
        say(f"  held for orders  {row['held_for_orders']}, presumed sold {row['presumed_sold']}")
        say(f"  buffer           {row['buffer_rule']}")
        say(f"  target           {units(row['target'])}; Amazon shows {units(row['shown'])} ({at(row['shown_at'])})")
        say(f"  last seen        {units(row['last_applied'])} of ours ({at(row['last_applied_at'])})")
        say(f"  verdict          {row['verdict']}: {row['reason']}")
    for found in story["exceptions"]:
        say(f"  exception        {found['kind']} since {at(found['since'])}, for {found['team']}")
    say("  what happened")
    for entry in story["timeline"]:
        say(f"    {at(entry['at'])}  {entry['what']}")
    if not story["timeline"]:
        say("    nothing yet")


def _alike(connections: Connections, sku: str) -> str:
    import difflib

    known = [row[0] for row in connections.warehouse.query("SELECT DISTINCT seller_sku FROM reconcile.sku_map")]
    folded = {name.casefold(): name for name in known}
    alike = [folded[name] for name in difflib.get_close_matches(sku.casefold(), folded, n=3)]
    return f"Like it are: {', '.join(alike)}." if alike else "SKUs are typed as on Amazon; letter case counts."
