"""The ledger's pushes as rows for analysts."""

from __future__ import annotations

from datetime import datetime

from integration_assets.contracts.actions import STOCK_PUSH, StockPush
from integration_assets.contracts.reconcile import StockPosition
from integration_assets.effects import journal as effects
from integration_assets.stock.cycle import Outcome
from integration_assets.stock.pushes import KIND
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record(warehouse: Warehouse, ledger: Ledger, region: str, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.stock_push` up to date with the ledger, or with what would be pushed."""
    return effects.record(
        warehouse,
        ledger,
        STOCK_PUSH,
        [KIND],
        region,
        rows=lambda moved: map(_row, moved),
        preview=None if outcome.live else [_preview(position, now) for position in outcome.planned],
    )


def _preview(position: StockPosition, now: datetime) -> StockPush:
    return StockPush(
        effect_id=f"preview/{position.region}/{position.seller_sku}",
        region=position.region,
        seller_sku=position.seller_sku,
        from_quantity=position.shown,
        to_quantity=position.target or 0,
        state="preview",
        attempts=0,
        decided_at=now,
        sent_at=None,
        verified_at=None,
        origin="preview",
        reason=position.reason,
    )


def _row(effect: Effect) -> StockPush:
    return StockPush(
        seller_sku=effect.subject,
        from_quantity=effect.payload.get("from"),
        to_quantity=effect.payload["quantity"],
        **effects.columns_of(effect, str(effect.effect_id)),
    )
