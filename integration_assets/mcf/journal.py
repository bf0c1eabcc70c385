"""Orders handed to Amazon and the parcels it sent, as rows for analysts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from integration_assets.contracts.fba import MCF_ORDER, MCF_TRACKING, McfOrder, McfTracking
from integration_assets.contracts.table import R, Table
from integration_assets.effects.journal import previewed_as, record
from integration_assets.effects.runner import Outcome
from integration_assets.mcf.errands import ORDER, TRACKING
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_orders(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.mcf_order` up to date with the ledger, or with what would be handed over."""
    return _record(warehouse, ledger, MCF_ORDER, ORDER, outcome, now, _order)


def record_parcels(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.mcf_tracking` up to date with the ledger, or with what would be told."""
    return _record(warehouse, ledger, MCF_TRACKING, TRACKING, outcome, now, _parcel)


def _record(
    warehouse: Warehouse,
    ledger: Ledger,
    table: Table[R],
    kind: str,
    outcome: Outcome,
    now: datetime,
    row: Callable[[Effect, str], R],
) -> int:
    region = outcome.region
    planned = () if outcome.live else outcome.planned
    preview = [row(previewed_as(one, region, now), f"preview/{region}/{one.subject}") for one in planned]
    return record(
        warehouse,
        ledger,
        table,
        [kind],
        region,
        rows=lambda effects: [row(effect, str(effect.effect_id)) for effect in effects],
        preview=None if outcome.live else preview,
    )


def _order(effect: Effect, effect_id: str) -> McfOrder:
    payload = effect.payload
    return McfOrder(
        fulfillment_order_id=effect.subject,
        shopify_order_id=payload["shopify_order_id"],
        seller_fulfillment_order_id=payload["number"],
        marketplace_id=payload["marketplace_id"],
        speed=payload["speed"],
        units=sum(units for _line, _sku, units in payload["lines"]),
        **_common(effect, effect_id),
    )


def _parcel(effect: Effect, effect_id: str) -> McfTracking:
    payload = effect.payload
    return McfTracking(
        fulfillment_order_id=payload["fulfillment_order_id"],
        seller_fulfillment_order_id=payload["number"],
        carrier=payload["carrier"],
        tracking_number=payload["tracking_number"],
        units=sum(payload["lines"].values()),
        **_common(effect, effect_id),
    )


def _common(effect: Effect, effect_id: str) -> dict[str, Any]:
    return {
        "effect_id": effect_id,
        "region": effect.region,
        "state": effect.state,
        "attempts": effect.attempts,
        "decided_at": effect.decided_at,
        "sent_at": effect.sent_at,
        "verified_at": effect.verified_at,
        "origin": effect.origin,
        "reason": f"{effect.reason} {effect.detail}".strip(),
    }
