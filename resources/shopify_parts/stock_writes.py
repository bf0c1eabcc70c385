"""Writing stock levels, and the locations that hold Amazon's stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from integration_assets.contracts.errors import InstepError, UnknownOutcome
from integration_assets.contracts.shopify import Location, StockLevel
from resources.shopify_parts import parse as parse
from resources.shopify_parts import stock_documents as documents
from resources.shopify_parts.graphql import GraphQL

ROWS = 250


Figure = Literal["available", "on_hand"]
"""What of a level is set: units that may be sold, or those that are there, sold ones included."""


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Units of an item that there are to be at a location, where there are `change_from` now."""

    inventory_item_id: str
    location_id: str
    quantity: int
    change_from: int


def set_levels(
    graphql: GraphQL, rows: Sequence[SetLevel], *, key: str, document: str, figure: Figure = "available"
) -> None:
    """Set all in one call, or none; a shop that already shows a row's quantity has nothing to change for it."""
    if not 1 <= len(rows) <= ROWS:
        raise InstepError(f"A call sets 1 to {ROWS} levels, found {len(rows)}; split them.")
    quantities = [
        {
            "inventoryItemId": row.inventory_item_id,
            "locationId": row.location_id,
            "quantity": row.quantity,
            "changeFromQuantity": row.change_from,
        }
        for row in rows
    ]
    given: dict[str, Any] = {"name": figure, "reason": "correction", "referenceDocumentUri": document}
    data = graphql.call(documents.SET_LEVELS, {"input": {**given, "quantities": quantities}, "key": key})
    payload = data["inventorySetQuantities"]
    real = {row.inventory_item_id for row in rows if row.quantity != row.change_from}
    group = (payload or {}).get("inventoryAdjustmentGroup") or {"changes": []}
    changed = {change["item"]["id"] for change in group["changes"] if change["item"]}
    if payload is None or not real <= changed:
        raise UnknownOutcome(
            f"Shopify SetLevels: {len(real - changed)} of {len(real)} levels are missing from what it says it changed.",
            todo="Read the levels back before anything else.",
            operation="SetLevels",
        )


def stock_at(graphql: GraphQL, inventory_item_id: str, location_id: str, *, key: str) -> StockLevel:
    """Stock an item at a location, and answer its level there: what it had before it was last taken off."""
    variables = {"inventoryItemId": inventory_item_id, "locationId": location_id, "key": key}
    level = (graphql.call(documents.STOCK_AT, variables)["inventoryActivate"] or {}).get("inventoryLevel")
    if level is None:
        raise _unsaid("StockAt")
    return parse.stock_level(level)


def add_location(graphql: GraphQL, name: str, country: str) -> Location:
    """Make a location that online orders are never routed to. `country` is its ISO 3166 code."""
    given = {"name": name, "fulfillsOnlineOrders": False, "address": {"countryCode": country}}
    made = (graphql.call(documents.ADD_LOCATION, {"input": given})["locationAdd"] or {}).get("location")
    if made is None:
        raise _unsaid("AddLocation")
    location = parse.location(made)
    graphql.gate.saw_locations([location])
    return location


def close_to_online_orders(graphql: GraphQL, location_id: str) -> Location:
    """Have Shopify route no more online orders to a location."""
    variables = {"id": location_id, "input": {"fulfillsOnlineOrders": False}}
    edited = (graphql.call(documents.EDIT_LOCATION, variables)["locationEdit"] or {}).get("location")
    if edited is None:
        raise _unsaid("EditLocation")
    return parse.location(edited)


def _unsaid(operation: str) -> UnknownOutcome:
    return UnknownOutcome(
        f"Shopify {operation}: said neither yes nor no.",
        todo="Read back what the shop has now before sending it again.",
        operation=operation,
    )
