"""What a webhook of Shopify's says, once it is known to be Shopify's: pure functions on headers and bytes.

Only ids, counts and instants are taken out of a payload; whatever else it carries, a buyer's data above all, goes
no further than the memory of this process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integration_assets.contracts.errors import BadDocument
from resources.ledger_parts.records import Delivery

SOURCE = "shopify"
TOPIC = re.compile(r"[a-z_]{1,60}/[a-z_]{1,60}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
AMAZON_ORDER_ID = re.compile(r"[0-9S]\d{2}-\d{7}-\d{7}")
GID = re.compile(r"gid://shopify/\w{1,60}/\d{1,20}")
LARGEST = 2**63 - 1
Field = Callable[[Any], "str | int | None"]


class ForeignShop(BadDocument):
    """A webhook with a good signature, but of another shop that has the same app."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is kept of the webhooks about one resource: `subject` is the field that says which `entity` it is about."""

    entity: str
    subject: str
    fields: Mapping[str, Field]


def is_signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether the raw body was signed with one of the app's secrets: base64 of HMAC-SHA256.

    Every secret is tried, in constant time, so that the answer's timing tells nothing.
    """
    given = signature.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()), given)
        for secret in secrets
    ]
    return any(matches)


def header(headers: Mapping[str, str], name: str) -> str:
    """One of Shopify's headers, which begin with `X-Shopify-` or, in newer deliveries, with `shopify-`; else empty."""
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or ""


def delivery_of(headers: Mapping[str, str], body: bytes, shop: str) -> Delivery | None:
    """The message for the inbox; None for a topic that nothing here acts on.

    `headers` must look names up in any case. Raises ForeignShop for another shop's webhook, BadDocument for one that
    cannot be read.
    """
    sender = header(headers, "shop-domain")
    if sender.casefold() != shop.casefold():
        raise ForeignShop("The webhook is of another shop than this receiver's.")
    topic, message_id = header(headers, "topic"), header(headers, "webhook-id")
    if not TOPIC.fullmatch(topic):
        raise BadDocument("The webhook names no topic such as inventory_levels/update.")
    if not MESSAGE_ID.fullmatch(message_id):
        raise BadDocument("The webhook has no id.")
    kind = KINDS.get(topic) or KINDS.get(topic.partition("/")[0])
    if kind is None:
        return None
    payload = _object(body)
    kept = {name: _kept(take, payload[name], name) for name, take in kind.fields.items() if name in payload}
    subject = kept.get(kind.subject)
    if subject is None:
        raise BadDocument(f"The webhook's payload has no {kind.subject}.")
    return Delivery(
        source=SOURCE,
        message_id=message_id,
        topic=topic,
        subject=subject if isinstance(subject, str) else f"gid://shopify/{kind.entity}/{subject}",
        triggered_at=_triggered_at(header(headers, "triggered-at")),
        payload=kept,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadDocument("The webhook's body is not JSON.") from error
    if not isinstance(payload, dict):
        raise BadDocument("The webhook's body is not a JSON object.")
    return payload


def _kept(take: Field, value: Any, name: str) -> str | int | None:
    try:
        return take(value)
    except (TypeError, ValueError) as error:
        raise BadDocument(f"The webhook's {name} is not what it should be.") from error


def _triggered_at(text: str) -> datetime | None:
    """When the change happened; None when Shopify does not say so readably, for nothing depends on it alone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _number(value: Any) -> int:
    """An id: a positive whole number, which may well be beyond what a float can hold exactly."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST:
        raise TypeError("expected a positive whole number")
    return value


def _count(value: Any) -> int | None:
    """A quantity, which may be negative, or null where Shopify does not count."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise TypeError("expected a whole number or null")
    return value


def _instant(value: Any) -> str | None:
    """An instant in UTC, in ISO 8601."""
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("expected an instant with an offset")
    return at.astimezone(UTC).isoformat()


def _gid(value: Any) -> str:
    if not GID.fullmatch(value):
        raise ValueError("expected a global id")
    return str(value)


def _amazon_order_id(value: Any) -> str | None:
    """The order's id where it came from, if that is Amazon; any other text could be anything and is not kept."""
    return value if isinstance(value, str) and AMAZON_ORDER_ID.fullmatch(value) else None


def _fields(take: Field, names: Iterable[str]) -> dict[str, Field]:
    return dict.fromkeys(names, take)


_OF_AN_ORDER = Kind(
    "Order",
    "order_id",
    {**_fields(_number, ("id", "order_id")), **_fields(_instant, ("created_at", "processed_at", "updated_at"))},
)
_ITSELF: dict[str, Field] = {"id": _number, "updated_at": _instant}

KINDS: Mapping[str, Kind] = {
    "inventory_levels": Kind(
        "InventoryItem",
        "inventory_item_id",
        {
            **_fields(_number, ("inventory_item_id", "location_id")),
            "available": _count,
            "updated_at": _instant,
        },
    ),
    "inventory_items": Kind("InventoryItem", "id", _ITSELF),
    "orders": Kind(
        "Order",
        "id",
        {
            "id": _number,
            **_fields(_instant, ("created_at", "updated_at", "cancelled_at")),
            "source_identifier": _amazon_order_id,
        },
    ),
    "refunds": _OF_AN_ORDER,
    "fulfillments": _OF_AN_ORDER,
    "products": Kind("Product", "id", _ITSELF),
    "locations": Kind("Location", "id", _ITSELF),
    "bulk_operations": Kind("BulkOperation", "admin_graphql_api_id", {"admin_graphql_api_id": _gid}),
    "app/uninstalled": Kind("Shop", "id", _ITSELF),
}
"""By topic, or by what stands before its slash."""
