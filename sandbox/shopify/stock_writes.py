"""The inventory mutations, with the rules the schema does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.goods import quantity
from sandbox.shopify.listings import item_of
from sandbox.shopify.problems import refusal, unsupported, user_error
from sandbox.world import Level

Payload = dict[str, Any]
Errors = list[dict[str, Any]]
REASONS = frozenset(
    {
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_canceled",
        "movement_created",
        "movement_received",
        "movement_updated",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    }
)
ADJUSTABLE = frozenset({"available", "damaged", "incoming", "quality_control", "reserved", "safety_stock"})
LIMIT = 1_000_000_000
STALE = "The changeFromQuantity argument no longer matches the persisted quantity."
NO_ITEM = "The specified inventory item could not be found."
NO_LOCATION = "The specified location could not be found."
BUNDLE = "The quantity of a bundle follows from its components and cannot be set."
TOO_HIGH = "The total quantity can't be higher than 1,000,000,000."
TOO_LOW = "The total quantity can't be lower than -1,000,000,000."
TOLD_TO_REFUSE = "The sandbox was told to refuse this write."


@dataclass(frozen=True)
class Change:
    """A row that can be carried out: the level's place and the new available units."""

    item_id: int
    location_id: int
    before: int
    available: int


def set_quantities(context: Context, args: dict[str, Any]) -> Payload:
    """Set absolute figures of `available` or `on_hand` (inventorySetQuantities); one bad row refuses all."""
    given = args["input"]
    rows, name = given["quantities"], given["name"]
    _comparisons_present(rows, "InventoryQuantityInput")
    errors = _told_to_refuse(context) or _header_errors(given)
    if name not in ("available", "on_hand"):
        message = "The quantity name must be either 'available' or 'on_hand'."
        errors.append(user_error(["input", "name"], message, "INVALID_NAME"))
    changes: list[Change] = []
    seen: set[tuple[str, str]] = set()
    for at, row in enumerate(rows):
        where = ["input", "quantities", str(at)]
        pair = (row["inventoryItemId"], row["locationId"])
        if pair in seen:
            message = "The combination of inventoryItemId and locationId must be unique."
            errors.append(user_error(where, message, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"))
            continue
        seen.add(pair)
        found = _place(context, row, where)
        problems = found if isinstance(found, list) else _set_errors(row, found, name, where)
        errors.extend(problems)
        if isinstance(found, Level) and not problems:
            kept_back = found.on_hand - found.available if name == "on_hand" else 0
            changes.append(Change(found.item_id, found.location_id, found.available, row["quantity"] - kept_back))
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    return _carry_out(context, given, changes)


def adjust_quantities(context: Context, args: dict[str, Any]) -> Payload:
    """Apply deltas (inventoryAdjustQuantities): of `available` only, and it says so for the other names."""
    given = args["input"]
    rows, name = given["changes"], given["name"]
    _comparisons_present(rows, "InventoryChangeInput")
    errors = _told_to_refuse(context) or _header_errors(given)
    if name not in ADJUSTABLE:
        message = "The specified quantity name is invalid."
        errors.append(user_error(["input", "name"], message, "INVALID_QUANTITY_NAME"))
    elif name != "available":
        raise unsupported(f"how to adjust {name}: only available is adjusted")
    changes: list[Change] = []
    for at, row in enumerate(rows):
        where = ["input", "changes", str(at)]
        if row.get("ledgerDocumentUri") is not None:
            message = "A ledger document URI is not allowed when adjusting available."
            errors.append(user_error([*where, "ledgerDocumentUri"], message, "INVALID_AVAILABLE_DOCUMENT"))
        found = _place(context, row, where)
        if isinstance(found, list):
            errors.extend(found)
            continue
        before = next((c.available for c in reversed(changes) if _same_place(c, found)), found.available)
        after = before + row["delta"]
        problems = _stale(row, before, where) + _range_errors(after, [*where, "delta"])
        errors.extend(problems)
        if not problems:
            changes.append(Change(found.item_id, found.location_id, before, after))
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    return _carry_out(context, given, changes)


def activate(context: Context, args: dict[str, Any]) -> Payload:
    """Stock an item at a location (inventoryActivate); what it had there before is kept."""
    row = {"inventoryItemId": args["inventoryItemId"], "locationId": args["locationId"]}
    found = _place(context, row, [])
    if isinstance(found, list):
        return {"inventoryLevel": None, "userErrors": found}
    key = (found.item_id, found.location_id)
    levels = context.world.shop.levels
    if key in levels and levels[key].is_active:
        for name, word in (("available", "available"), ("onHand", "on_hand")):
            if args.get(name) is not None:
                message = f"Not allowed to set {word} quantity when the item is already active at the location."
                return {"inventoryLevel": levels[key], "userErrors": [user_error([name], message)]}
        return {"inventoryLevel": levels[key], "userErrors": []}
    refused = _told_to_refuse(context)
    if refused:
        return {"inventoryLevel": None, "userErrors": refused}
    if context.fault("never_applied") is None:
        is_new = key not in levels
        level = context.world.level(*key)
        level.is_active = True
        available = args.get("available")
        if available is None and args.get("onHand") is not None:
            available = args["onHand"] - level.committed - level.other
        context.world.set_available(*key, level.available if available is None or not is_new else available)
        topic, (_, payload, at) = "inventory_levels/connect", context.world.webhook_outbox[-1]
        context.world.webhook_outbox.append((topic, payload, at))
        context.did("activated", [f"{key[0]}@{key[1]}"])
        found = level
    return {"inventoryLevel": found, "userErrors": []}


def _comparisons_present(rows: list[dict[str, Any]], type_name: str) -> None:
    """Nullable in the schema, changeFromQuantity must be sent all the same: null means no check."""
    if any("changeFromQuantity" not in row for row in rows):
        message = f"{type_name} must include the following argument: changeFromQuantity."
        raise refusal(message, "INVALID_FIELD_ARGUMENTS")


def _told_to_refuse(context: Context) -> Errors:
    return [user_error(["input"], TOLD_TO_REFUSE)] if context.fault("invalid") is not None else []


def _header_errors(given: dict[str, Any]) -> Errors:
    errors: Errors = []
    if given["reason"] not in REASONS:
        errors.append(user_error(["input", "reason"], "The specified reason is invalid.", "INVALID_REASON"))
    document = given.get("referenceDocumentUri")
    if document is not None and not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", document):
        message = "The specified reference document is invalid."
        errors.append(user_error(["input", "referenceDocumentUri"], message, "INVALID_REFERENCE_DOCUMENT"))
    return errors


def _place(context: Context, row: dict[str, Any], where: list[str]) -> Level | Errors:
    """The level a row names (one of zero units where it was never stocked, not yet kept), or what is wrong with it."""
    item_number = gids.number_of(row["inventoryItemId"], "InventoryItem")
    location_number = gids.number_of(row["locationId"], "Location")
    item = None if item_number is None else item_of(context, item_number)
    errors: Errors = []
    if item is None:
        errors.append(user_error([*where, "inventoryItemId"], NO_ITEM, "INVALID_INVENTORY_ITEM"))
    elif item.variant.components:
        errors.append(user_error([*where, "inventoryItemId"], BUNDLE, "NON_MUTABLE_INVENTORY_ITEM"))
    location = context.world.shop.locations.get(location_number or 0)
    if location is None or not location.is_active:
        errors.append(user_error([*where, "locationId"], NO_LOCATION, "INVALID_LOCATION"))
    if errors or item is None or location is None:
        return errors
    return context.world.shop.levels.get((item.id, location.id)) or Level(item.id, location.id, 0)


def _set_errors(row: dict[str, Any], level: Level, name: str, where: list[str]) -> Errors:
    field = [*where, "quantity"]
    if row["quantity"] < 0:
        if row["quantity"] < -LIMIT:
            return [user_error(field, TOO_LOW, "INVALID_QUANTITY_TOO_LOW")]
        return [user_error(field, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")]
    return _range_errors(row["quantity"], field) + _stale(row, quantity(level, name), where)


def _range_errors(figure: int, field: list[str]) -> Errors:
    if figure > LIMIT:
        return [user_error(field, TOO_HIGH, "INVALID_QUANTITY_TOO_HIGH")]
    if figure < -LIMIT:
        return [user_error(field, TOO_LOW, "INVALID_QUANTITY_TOO_LOW")]
    return []


def _stale(row: dict[str, Any], present: int, where: list[str]) -> Errors:
    expected = row["changeFromQuantity"]
    if expected is None or expected == present:
        return []
    return [user_error([*where, "changeFromQuantity"], STALE, "CHANGE_FROM_QUANTITY_STALE")]


def _same_place(change: Change, level: Level) -> bool:
    return (change.item_id, change.location_id) == (level.item_id, level.location_id)


def _carry_out(context: Context, given: dict[str, Any], changes: list[Change]) -> Payload:
    """Apply the rows. A row that changes nothing is no change; where none does, the group is null without an error."""
    real = [change for change in changes if change.available != change.before]
    if not real:
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    if context.fault("never_applied") is None:
        for change in real:
            context.world.set_available(change.item_id, change.location_id, change.available)
        context.did(
            ", ".join(f"available {change.before} to {change.available}" for change in real[:5]),
            [f"{change.item_id}@{change.location_id}" for change in real],
        )
    group = {
        "id": gids.gid("InventoryAdjustmentGroup", context.world.next_id()),
        "createdAt": context.now,
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "rows": [
            {
                "item": change.item_id,
                "location": change.location_id,
                "name": name,
                "delta": change.available - change.before,
            }
            for change in real
            for name in ("available", "on_hand")
        ],
    }
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def changes_of(
    group: dict[str, Any],
    context: Context,
    *,
    inventoryItemIds: list[str] | None = None,  # noqa: N803 - Shopify's argument names
    locationIds: list[str] | None = None,  # noqa: N803 - Shopify's argument names
    quantityNames: list[str] | None = None,  # noqa: N803 - Shopify's argument names
) -> list[dict[str, Any]]:
    """InventoryAdjustmentGroup.changes: on_hand moves along with available; quantityAfterChange is always null."""
    return [
        {
            "name": row["name"],
            "delta": row["delta"],
            "quantityAfterChange": None,
            "ledgerDocumentUri": None,
            "item": item_of(context, row["item"]),
            "location": context.world.shop.locations.get(row["location"]),
        }
        for row in group["rows"]
        if (inventoryItemIds is None or gids.gid("InventoryItem", row["item"]) in inventoryItemIds)
        and (locationIds is None or gids.gid("Location", row["location"]) in locationIds)
        and (quantityNames is None or row["name"] in quantityNames)
    ]
