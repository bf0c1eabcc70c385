"""Orders handed to Amazon and the parcels it sent, as rows for analysts."""

from __future__ import annotations

from datetime import datetime

from integration_assets.contracts.fba import MCF_ORDER, MCF_TRACKING, McfOrder, McfTracking
from integration_assets.effects.journal import columns_of, record_outcome
from integration_assets.effects.runner import Outcome
from integration_assets.mcf.errands import ORDER, TRACKING
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_orders(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.mcf_order` up to date with the ledger, or with what would be handed over."""
    return record_outcome(warehouse, ledger, MCF_ORDER, ORDER, outcome, now, _order)


def record_parcels(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.mcf_tracking` up to date with the ledger, or with what would be told."""
    return record_outcome(warehouse, ledger, MCF_TRACKING, TRACKING, outcome, now, _parcel)


def _order(effect: Effect, effect_id: str) -> McfOrder:
    payload = effect.payload
    return McfOrder(
        fulfillment_order_id=effect.subject,
        shopify_order_id=payload["shopify_order_id"],
        seller_fulfillment_order_id=payload["number"],
        marketplace_id=payload["marketplace_id"],
        speed=payload["speed"],
        units=sum(units for _line, _sku, units in payload["lines"]),
        **columns_of(effect, effect_id),
    )


def _parcel(effect: Effect, effect_id: str) -> McfTracking:
    payload = effect.payload
    return McfTracking(
        fulfillment_order_id=payload["fulfillment_order_id"],
        seller_fulfillment_order_id=payload["number"],
        carrier=payload["carrier"],
        tracking_number=payload["tracking_number"],
        units=sum(payload["lines"].values()),
        **columns_of(effect, effect_id),
    )
