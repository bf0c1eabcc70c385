"""The ledger's effects on orders as rows for analysts, one table per kind of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from integration_assets.contracts.fulfilment import (
    FBA_FULFILMENT,
    ORDER_CANCELLATION,
    ORDER_REFUND,
    SHIPMENT_CONFIRMATION,
    FbaFulfilment,
    OfAnOrder,
    OrderCancellation,
    OrderRefund,
    ShipmentConfirmation,
)
from integration_assets.contracts.table import Table
from integration_assets.effects import journal as effects
from integration_assets.fulfilment import cancellations, confirmations, fba, refunds
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.warehouse import Warehouse

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A table of the journal: the kinds of effects in it, and how a row is made from a payload."""

    table: Table[Any]
    kinds: tuple[str, ...]
    row: Callable[[dict[str, Any], Payload], OfAnOrder]


def record(
    page: Page,
    warehouse: Warehouse,
    ledger: Ledger,
    region: str,
    planned: Sequence[Intention],
    now: datetime,
    *,
    live: bool,
) -> int:
    """Bring a table up to date with the ledger, or with what would be sent."""
    return effects.record(
        warehouse,
        ledger,
        page.table,
        page.kinds,
        region,
        rows=lambda moved: [page.row(_of_effect(effect), effect.payload) for effect in moved],
        preview=None
        if live
        else [page.row(_of_intention(region, intention, now), intention.payload) for intention in planned],
    )


def _of_effect(effect: Effect) -> dict[str, Any]:
    return {
        "effect_id": str(effect.effect_id),
        "region": effect.region,
        "subject": effect.subject,
        "state": effect.state,
        "attempts": effect.attempts,
        "decided_at": effect.decided_at,
        "sent_at": effect.sent_at,
        "verified_at": effect.verified_at,
        "origin": effect.origin,
        "reason": f"{effect.reason}: {effect.detail}" if effect.detail else effect.reason,
        **_orders(effect.payload),
    }


def _of_intention(region: str, intention: Intention, now: datetime) -> dict[str, Any]:
    return {
        "effect_id": f"preview/{region}/{intention.subject}",
        "region": region,
        "subject": intention.subject,
        "state": "preview",
        "attempts": 0,
        "decided_at": now,
        "sent_at": None,
        "verified_at": None,
        "origin": "preview",
        "reason": intention.reason,
        **_orders(intention.payload),
    }


def _orders(payload: Payload) -> dict[str, Any]:
    return {"amazon_order_id": payload["amazon_order_id"], "shopify_order_id": payload["shopify_order_id"]}


def _confirmation(common: dict[str, Any], payload: Payload) -> OfAnOrder:
    ship_by = payload["ship_by_at"]
    return ShipmentConfirmation(
        **common,
        package_reference_id=payload["package_reference_id"],
        is_correction=payload["is_correction"],
        carrier_code=payload["carrier_code"],
        carrier_name=payload["carrier_name"],
        tracking_number=payload["tracking_number"],
        ship_at=datetime.fromisoformat(payload["ship_at"]),
        units=sum(payload["items"].values()),
        ship_by_at=None if ship_by is None else datetime.fromisoformat(ship_by),
    )


def _fulfilment(common: dict[str, Any], payload: Payload) -> OfAnOrder:
    return FbaFulfilment(**common, units=sum(payload["lines"].values()))


def _cancellation(common: dict[str, Any], payload: Payload) -> OfAnOrder:
    return OrderCancellation(
        **common, is_whole="columns" not in payload, units=payload["units"], restock=payload["restock"]
    )


def _refund(common: dict[str, Any], payload: Payload) -> OfAnOrder:
    return OrderRefund(
        **common,
        posted_at=datetime.fromisoformat(payload["posted_at"]),
        units=payload["units"],
        currency=payload["currency"],
        amount=Decimal(payload["amount"]),
    )


CONFIRMATIONS = Page(SHIPMENT_CONFIRMATION, (confirmations.CONFIRMATION, confirmations.CORRECTION), _confirmation)
FULFILMENTS = Page(FBA_FULFILMENT, (fba.KIND,), _fulfilment)
CANCELLATIONS = Page(ORDER_CANCELLATION, (cancellations.KIND,), _cancellation)
REFUNDS_RECORDED = Page(ORDER_REFUND, (refunds.KIND,), _refund)
