"""What a message on the queue says, once it is known to be Amazon's word of a changed order: pure functions on text.

Only ids, a status and instants are taken out of it; whatever else it carries, the buyer's postcode above all, goes no
further than the memory of this process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integration_assets.contracts.errors import BadDocument
from resources.amazon_parts.notifications import ORDER_CHANGE
from resources.ledger_parts.records import Delivery

SOURCE = "amazon"
LARGEST_BODY = 256 * 1024
AMAZON_ORDER_ID = re.compile(r"[0-9S]\d{2}-\d{7}-\d{7}")
NOTIFICATION_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
WORD = re.compile(r"[A-Za-z_]{1,60}")


class Foreign(BadDocument):
    """A message that is none of ours or makes no sense. `reason` is one of few, so that many of a kind are one."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"A message on the queue is set aside: {reason}.")
        self.reason = reason


def delivery_of(body: str, *, region: str, seller_id: str) -> Delivery:
    """The message for the inbox. Foreign for one that is no order change of this seller."""
    if len(body) > LARGEST_BODY:
        raise Foreign(f"it is longer than {LARGEST_BODY} characters")
    envelope = _object(body)
    kind = envelope.get("NotificationType", envelope.get("notificationType"))
    if kind != ORDER_CHANGE:
        named = kind if isinstance(kind, str) and WORD.fullmatch(kind) else "of no type that could be read"
        raise Foreign(f"it is {named}, where {ORDER_CHANGE} was expected")
    change = _part(_part(envelope, "Payload"), "OrderChangeNotification")
    if change.get("SellerId") != seller_id:
        raise Foreign("it is about another seller")
    order_id = change.get("AmazonOrderId")
    notification_id = _part(envelope, "NotificationMetadata").get("NotificationId")
    if not isinstance(order_id, str) or not AMAZON_ORDER_ID.fullmatch(order_id):
        raise Foreign("it names no Amazon order")
    if not isinstance(notification_id, str) or not NOTIFICATION_ID.fullmatch(notification_id):
        raise Foreign("it has no number of its own")
    changed_at = _instant(_mapping(change.get("OrderChangeTrigger")).get("TimeOfOrderChange"))
    return Delivery(
        source=SOURCE,
        message_id=notification_id,
        topic=ORDER_CHANGE,
        subject=order_id,
        triggered_at=_instant(envelope.get("EventTime")) or changed_at,
        payload={
            "region": region,
            "status": _word(_mapping(change.get("Summary")).get("OrderStatus")),
            "change": _word(change.get("OrderChangeType")),
            "changed_at": changed_at.isoformat() if changed_at else None,
        },
    )


def _object(body: str) -> Mapping[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        raise Foreign("it is not JSON") from None
    if not isinstance(envelope, Mapping):
        raise Foreign("it is not a JSON object")
    return envelope


def _part(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key)
    if not isinstance(value, Mapping):
        raise Foreign(f"it has no {key}")
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _word(value: object) -> str | None:
    """A status or a kind of change; any other text could be anything and is not kept."""
    return value if isinstance(value, str) and WORD.fullmatch(value) else None


def _instant(value: object) -> datetime | None:
    """An instant in UTC; None where it is not told readably, for nothing depends on it alone."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo else None
