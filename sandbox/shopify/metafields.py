"""Metafields of orders: `metafieldsSet`, all or none, and reading one back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.access import Need, denied, granted
from sandbox.shopify.context import Context
from sandbox.shopify.problems import refusal, unsupported
from sandbox.shopify.registry import Fields
from sandbox.world import ShopOrder

Payload = dict[str, Any]
AT_ONCE = 25
OWNERS = {"Order": Need(frozenset({"write_orders"}), "`write_orders` access scope.")}
TYPES = frozenset({"json", "single_line_text_field", "multi_line_text_field", "number_integer"})


@dataclass
class Metafield:
    """A custom field of a record."""

    id: int
    owner_id: str
    namespace: str
    key: str
    type: str
    value: str
    created_at: datetime
    updated_at: datetime

    @property
    def digest(self) -> str:
        """What a later write compares its own knowledge with."""
        return hashlib.sha256(self.value.encode()).hexdigest()


def kept(context: Context) -> dict[tuple[str, str, str], Metafield]:
    """Every metafield of the shop, by owner, namespace and key."""
    fields: dict[tuple[str, str, str], Metafield] = context.world.shop.extra.setdefault("metafields", {})
    return fields


def set_all(context: Context, args: dict[str, Any]) -> Payload:
    """Set up to 25 metafields (metafieldsSet); a mistake in one of them refuses all."""
    inputs = args["metafields"]
    if len(inputs) > AT_ONCE:
        message = f"The input array size of {len(inputs)} is greater than the maximum allowed of {AT_ONCE}."
        raise refusal(message, "MAX_INPUT_SIZE_EXCEEDED")
    errors = [error for at, given in enumerate(inputs) for error in _errors(context, at, given)]
    if errors:
        return {"metafields": [], "userErrors": errors}
    return {"metafields": [_put(context, given) for given in inputs], "userErrors": []}


def _errors(context: Context, at: int, given: dict[str, Any]) -> list[dict[str, Any]]:
    owner = gids.parse(given["ownerId"])
    if owner is None or owner.type not in OWNERS:
        raise unsupported(f"metafields of {given['ownerId']}")
    if not granted(OWNERS[owner.type], context.scopes):
        raise denied("metafieldsSet", OWNERS[owner.type])
    if owner.number not in context.world.shop.orders:
        return [_error(at, "ownerId", "Owner does not exist.", "INVALID")]
    old = kept(context).get(_place(given))
    if "compareDigest" in given and given["compareDigest"] != (old.digest if old else None):
        return [_error(at, "", "The resource has been updated since it was loaded.", "STALE_OBJECT")]
    kind = given.get("type") or (old.type if old else None)
    if kind is None:
        return [_error(at, "type", "Type can't be blank", "BLANK")]
    if kind not in TYPES:
        raise unsupported(f"metafields of the type {kind}")
    if not 2 <= len(given["key"]) <= 64:
        return [_error(at, "key", "Key is too short or too long", "TOO_SHORT" if len(given["key"]) < 2 else "TOO_LONG")]
    if kind == "json" and not _is_json(given["value"]):
        return [_error(at, "value", "Value is invalid JSON.", "INVALID_VALUE")]
    return []


def _put(context: Context, given: dict[str, Any]) -> Metafield:
    fields, place, now = kept(context), _place(given), context.world.now()
    old = fields.get(place)
    if old is None:
        old = Metafield(context.world.next_id(), *place, given["type"], given["value"], now, now)
        fields[place] = old
    elif old.value != given["value"]:
        old.value, old.updated_at = given["value"], now
    return old


def _place(given: dict[str, Any]) -> tuple[str, str, str]:
    return given["ownerId"], given.get("namespace") or "app--sandbox", given["key"]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _error(at: int, field: str, message: str, code: str) -> dict[str, Any]:
    where = ["metafields", str(at), *([field] if field else [])]
    return {"field": where, "message": message, "code": code, "elementIndex": at}


def _of_order(order: ShopOrder, context: Context, *, key: str, namespace: str | None = None) -> Metafield | None:
    return kept(context).get((gids.gid("Order", order.id), namespace or "app--sandbox", key))


FIELDS: Fields = {
    "Metafield": {
        "id": lambda field, _: gids.gid("Metafield", field.id),
        "legacyResourceId": lambda field, _: field.id,
        "namespace": lambda field, _: field.namespace,
        "key": lambda field, _: field.key,
        "type": lambda field, _: field.type,
        "value": lambda field, _: field.value,
        "compareDigest": lambda field, _: field.digest,
        "createdAt": lambda field, _: field.created_at,
        "updatedAt": lambda field, _: field.updated_at,
    },
}
OF_ORDERS = {"metafield": _of_order}
"""Fields that orders have because of it."""
