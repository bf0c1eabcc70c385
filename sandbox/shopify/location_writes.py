"""The mutations that make and change locations (locationAdd, locationEdit)."""

from __future__ import annotations

from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.problems import user_error
from sandbox.world import Location

Payload = dict[str, Any]
LONGEST_NAME = 255
FIRST_ID = 70_000_100_000


def add(context: Context, args: dict[str, Any]) -> Payload:
    """A merchant's location; its name must be its own."""
    given = args["input"]
    if errors := _name_errors(context, given["name"], None):
        return {"location": None, "userErrors": errors}
    location = Location(FIRST_ID + context.world.next_id(), given["name"])
    location.fulfills_online_orders = given["fulfillsOnlineOrders"]
    if context.fault("never_applied") is None:
        context.world.shop.locations[location.id] = location
        context.did(f"location {location.name} added", [str(location.id)])
    return {"location": location, "userErrors": []}


def edit(context: Context, args: dict[str, Any]) -> Payload:
    """Another name, or whether online orders are routed there; a fulfilment service's location keeps the latter."""
    location = context.world.shop.locations.get(gids.number_of(args["id"], "Location") or 0)
    if location is None:
        return _refused(["id"], "Location not found.", "NOT_FOUND")
    given = args["input"]
    name, online = given.get("name"), given.get("fulfillsOnlineOrders")
    if name is not None and (errors := _name_errors(context, name, location)):
        return {"location": None, "userErrors": errors}
    if online is not None and location.is_fulfillment_service:
        message = "Cannot modify online order fulfillment preference for fulfillment service locations."
        return _refused(
            ["input", "fulfillsOnlineOrders"], message, "CANNOT_MODIFY_ONLINE_ORDER_FULFILLMENT_FOR_FS_LOCATION"
        )
    if context.fault("never_applied") is None:
        location.name = location.name if name is None else name
        location.fulfills_online_orders = location.fulfills_online_orders if online is None else online
        context.did(f"location {location.name} edited", [str(location.id)])
    return {"location": location, "userErrors": []}


def _name_errors(context: Context, name: str, itself: Location | None) -> list[dict[str, Any]]:
    field = ["input", "name"]
    if not name.strip():
        return [user_error(field, "Add a location name", "BLANK")]
    if len(name) > LONGEST_NAME:
        return [user_error(field, "Use a shorter location name (up to 255 characters)", "TOO_LONG")]
    others = (place for place in context.world.shop.locations.values() if place is not itself)
    if any(place.name == name for place in others):
        return [user_error(field, "You already have a location with this name", "TAKEN")]
    return []


def _refused(field: list[str], message: str, code: str) -> Payload:
    return {"location": None, "userErrors": [user_error(field, message, code)]}
