"""Metafields of orders: definitions, values, unique ids, and the direct look-up that no search index delays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from sandbox.order_records import Metafield, MetafieldDefinition
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.listings import order_visible
from sandbox.shopify.paging import Listing
from sandbox.shopify.problems import refusal, unsupported, user_error
from sandbox.shopify.registry import Connections, Fields
from sandbox.world import Shop, ShopOrder

Payload = dict[str, Any]
MOST_AT_ONCE = 25
OWN_NAMESPACE = "app--1"
"""What `$app`, or no namespace at all, stands for."""
TEXT_BYTES = 65_536
JSON_BYTES = 131_072
UNIQUE_TYPE = "id"
ALWAYS_UNIQUE = frozenset({UNIQUE_TYPE})
MAY_BE_UNIQUE = frozenset({UNIQUE_TYPE, "single_line_text_field", "url", "number_integer"})
KINDS = frozenset(
    {
        UNIQUE_TYPE,
        "boolean",
        "date",
        "date_time",
        "json",
        "multi_line_text_field",
        "number_decimal",
        "number_integer",
        "single_line_text_field",
        "url",
    }
)
NO_DEFINITION = "Metafield definition of type 'id' is required when using custom ids."
TAKEN = "Value is already assigned to another metafield. Choose a different value to ensure it is unique."


def namespace_of(given: str | None) -> str:
    """The namespace meant: the app's own where none is named."""
    return OWN_NAMESPACE if not given else re.sub(r"^\$app", OWN_NAMESPACE, given)


def define(context: Context, args: dict[str, Any]) -> Payload:
    """Make a definition (metafieldDefinitionCreate); of type `id` it is unique without being asked."""
    given = args["definition"]
    namespace, key, kind = namespace_of(given.get("namespace")), given["key"], given["type"]
    if given["ownerType"] != "ORDER":
        raise unsupported(f"metafield definitions of {given['ownerType']}")
    wanted = ((given.get("capabilities") or {}).get("uniqueValues") or {}).get("enabled")
    error = None
    if kind not in KINDS:
        error = user_error(["definition", "type"], f"Type name {kind} is not a valid type", "INCLUSION")
    elif not re.fullmatch(r"[\w-]{2,64}", key):
        error = user_error(["definition", "key"], "Key contains one or more invalid characters.", "INVALID_CHARACTER")
    elif ("ORDER", namespace, key) in context.world.shop.definitions:
        message = f"Key is in use for Order metafields on the '{namespace}' namespace."
        error = user_error(["definition", "key"], message, "TAKEN")
    elif wanted and kind not in MAY_BE_UNIQUE:
        message = f"The capability uniqueValues is not valid for the type {kind}."
        error = user_error(["definition", "capabilities"], message, "INVALID_CAPABILITY")
    elif wanted is False and kind in ALWAYS_UNIQUE:
        message = "The uniqueValues capability is required for the type id."
        error = user_error(["definition", "capabilities"], message, "CAPABILITY_REQUIRED_BUT_DISABLED")
    if error is not None:
        return {"createdDefinition": None, "userErrors": [error]}
    made = MetafieldDefinition(
        id=context.world.next_id(),
        name=given["name"],
        namespace=namespace,
        key=key,
        type=kind,
        owner_type="ORDER",
        description=given.get("description"),
        unique=bool(wanted) or kind in ALWAYS_UNIQUE,
    )
    context.world.shop.definitions["ORDER", namespace, key] = made
    context.did(f"defined {namespace}.{key}", [made.name])
    return {"createdDefinition": made, "userErrors": []}


def set_values(context: Context, args: dict[str, Any]) -> Payload:
    """Set values of orders (metafieldsSet), all of them or none; at most 25."""
    rows: Sequence[dict[str, Any]] = args["metafields"]
    if len(rows) > MOST_AT_ONCE:
        message = f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}."
        return _refused([{**user_error(["metafields"], message, "LESS_THAN_OR_EQUAL_TO"), "elementIndex": None}])
    errors: list[dict[str, Any]] = []
    chosen: list[tuple[ShopOrder, dict[str, Any]]] = []
    for at, row in enumerate(rows):
        found = gids.parse(row["ownerId"])
        if found is not None and found.type != "Order":
            raise unsupported(f"metafields of {found.type}")
        order = None if found is None else context.world.shop.orders.get(found.number)
        if order is None:
            problem: tuple[str, str, str] | None = ("ownerId", "Owner does not exist.", "INVALID")
        else:
            problem = trouble_with(context, order, row) or _stale(order, row)
        if problem is not None or order is None:
            name, message, code = problem or ("ownerId", "", "INVALID")
            error = user_error(["metafields", str(at), name], message, code)
            errors.append({**error, "elementIndex": at})
            continue
        chosen.append((order, row))
    if context.fault("invalid") is not None:
        refused = user_error(["metafields"], "The sandbox was told to refuse this write.", "INVALID")
        errors.append({**refused, "elementIndex": None})
    if errors:
        return _refused(errors)
    if context.fault("never_applied") is not None:
        return {"metafields": [], "userErrors": []}
    kept = [put(context, order, row) for order, row in chosen]
    for order in {order.id: order for order, _ in chosen}.values():
        order.updated_at = context.now
    context.did(f"{len(kept)} metafields set", [order.name for order, _ in chosen])
    return {"metafields": kept, "userErrors": []}


def _refused(errors: list[dict[str, Any]]) -> Payload:
    return {"metafields": None, "userErrors": errors}


def definition_of(context: Context, namespace: str, key: str) -> MetafieldDefinition | None:
    """The definition of an order metafield."""
    return context.world.shop.definitions.get(("ORDER", namespace, key))


def trouble_with(context: Context, order: ShopOrder | None, row: dict[str, Any]) -> tuple[str, str, str] | None:
    """What is wrong with a value for an order (None: a new one): the field, the words and the code."""
    namespace, key, value = namespace_of(row.get("namespace")), row.get("key"), row.get("value")
    if not key:
        return "key", "Key can't be blank.", "BLANK"
    definition = definition_of(context, namespace, key)
    kind = row.get("type") or (definition.type if definition else None)
    if kind is None:
        return "type", "Type can't be blank.", "BLANK"
    if definition is not None and kind != definition.type:
        return "type", f"Type must be consistent with the definition's type: '{definition.type}'.", "INVALID_TYPE"
    if kind not in KINDS or (kind in ALWAYS_UNIQUE and definition is None):
        return "type", f"Type '{kind}' is not valid without a definition.", "INVALID_TYPE"
    if not value:
        return "value", "Value can't be blank.", "BLANK"
    if not _fits(kind, value):
        return "value", f"Value is not a valid {kind}.", "INVALID_VALUE"
    if len(value.encode()) > (JSON_BYTES if kind == "json" else TEXT_BYTES):
        return "value", "Value is too long.", "TOO_LONG"
    if definition is not None and definition.unique:
        holder = marks(context.world.shop).get((namespace, key, value))
        if holder is not None and (order is None or holder != order.id):
            return "value", TAKEN, "TAKEN"
    return None


def _fits(kind: str, value: str) -> bool:
    try:
        if kind == "json":
            json.loads(value)
        elif kind == "number_integer":
            int(value)
    except ValueError:
        return False
    return "\n" not in value if kind in ("single_line_text_field", UNIQUE_TYPE) else True


def _stale(order: ShopOrder, row: dict[str, Any]) -> tuple[str, str, str] | None:
    if "compareDigest" not in row:
        return None
    there = order.metafields.get((namespace_of(row.get("namespace")), row["key"]))
    if row["compareDigest"] == (digest(there) if there else None):
        return None
    return "compareDigest", "The resource has been updated since it was loaded. Try again.", "STALE_OBJECT"


def digest(metafield: Metafield) -> str:
    """What compareDigest compares."""
    return hashlib.sha256(metafield.value.encode()).hexdigest()


def marks(shop: Shop) -> dict[tuple[str, str, str], int]:
    """(namespace, key, value) of unique order metafields -> the order that has it."""
    found: dict[tuple[str, str, str], int] = shop.extra.setdefault("marks", {})
    return found


def put(context: Context, order: ShopOrder, row: dict[str, Any]) -> Metafield:
    """Set a value that was found to be good."""
    shop, now = context.world.shop, context.now
    namespace, key, value = namespace_of(row.get("namespace")), row["key"], row["value"]
    definition = definition_of(context, namespace, key)
    there = order.metafields.get((namespace, key))
    if there is None:
        kind = row.get("type") or (definition.type if definition else "single_line_text_field")
        there = Metafield(context.world.next_id(), order.id, namespace, key, kind, value, now, now)
        order.metafields[namespace, key] = there
    elif definition is not None and definition.unique:
        marks(shop).pop((namespace, key, there.value), None)
    there.value, there.updated_at = value, now
    if definition is not None and definition.unique:
        marks(shop)[namespace, key, value] = order.id
    return there


def order_by_identifier(_root: Any, context: Context, *, identifier: dict[str, Any]) -> ShopOrder | None:
    """An order by its id or by a unique metafield, as it is this moment. Raises NOT_FOUND without a definition."""
    shop = context.world.shop
    custom = identifier.get("customId")
    if custom is None:
        number = gids.number_of(identifier.get("id") or "", "Order")
    else:
        namespace = namespace_of(custom.get("namespace"))
        definition = definition_of(context, namespace, custom["key"])
        if definition is None or definition.type != UNIQUE_TYPE:
            raise refusal(NO_DEFINITION, "NOT_FOUND")
        number = marks(shop).get((namespace, custom["key"], custom["value"]))
    order = shop.orders.get(number or 0)
    return order if order is not None and order_visible(context, order) else None


def metafield(order: ShopOrder, _context: Context, *, key: str, namespace: str | None = None) -> Metafield | None:
    """Order.metafield."""
    return order.metafields.get((namespace_of(namespace), key))


def _metafields(order: ShopOrder, _context: Context, args: dict[str, Any]) -> Listing:
    namespace, keys = args.get("namespace"), args.get("keys")
    found = {
        each.id: each
        for each in order.metafields.values()
        if (namespace is None or each.namespace == namespace_of(namespace))
        and (keys is None or f"{each.namespace}.{each.key}" in keys or each.key in keys)
    }
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _definitions(_root: Any, context: Context, args: dict[str, Any]) -> Listing:
    found = {
        each.id: each
        for each in context.world.shop.definitions.values()
        if each.owner_type == args["ownerType"]
        and args.get("namespace") in (None, each.namespace)
        and args.get("key") in (None, each.key)
    }
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _used(definition: MetafieldDefinition, context: Context, **_args: Any) -> int:
    orders = context.world.shop.orders.values()
    return sum(1 for order in orders if (definition.namespace, definition.key) in order.metafields)


def _json_value(each: Metafield, _context: Context) -> Any:
    if each.type in ("json", "number_integer", "boolean"):
        return json.loads(each.value)
    return each.value


FIELDS: Fields = {
    "QueryRoot": {"orderByIdentifier": order_by_identifier},
    "Order": {"metafield": metafield},
    "Metafield": {
        "id": lambda each, _: gids.gid("Metafield", each.id),
        "legacyResourceId": lambda each, _: each.id,
        "namespace": lambda each, _: each.namespace,
        "key": lambda each, _: each.key,
        "type": lambda each, _: each.type,
        "value": lambda each, _: each.value,
        "jsonValue": _json_value,
        "compareDigest": lambda each, _: digest(each),
        "ownerType": lambda _each, _: "ORDER",
        "createdAt": lambda each, _: each.created_at,
        "updatedAt": lambda each, _: each.updated_at,
        "definition": lambda each, context: definition_of(context, each.namespace, each.key),
    },
    "MetafieldDefinition": {
        "id": lambda each, _: gids.gid("MetafieldDefinition", each.id),
        "name": lambda each, _: each.name,
        "namespace": lambda each, _: each.namespace,
        "key": lambda each, _: each.key,
        "description": lambda each, _: each.description,
        "ownerType": lambda each, _: each.owner_type,
        "type": lambda each, _: {"name": each.type, "category": "ID" if each.type == UNIQUE_TYPE else "TEXT"},
        "metafieldsCount": _used,
        "capabilities": lambda each, _: {
            "uniqueValues": {"enabled": each.unique, "eligible": each.type in MAY_BE_UNIQUE},
            "adminFilterable": {"enabled": False, "eligible": True},
        },
    },
}
CONNECTIONS: Connections = {
    "QueryRoot": {"metafieldDefinitions": _definitions},
    "Order": {"metafields": _metafields},
}
