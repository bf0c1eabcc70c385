"""The ledger's pushes as rows for analysts."""

from __future__ import annotations

from datetime import datetime

from integration_assets.contracts.actions import STOCK_PUSH, StockPush
from integration_assets.contracts.reconcile import StockPosition
from integration_assets.stock.cycle import Outcome
from integration_assets.stock.pushes import KIND
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse

WITHOUT_PREVIEW = "SELECT * FROM actions.stock_push WHERE region <> $region OR state <> 'preview'"
PREVIEWED = "SELECT count(*) FROM actions.stock_push WHERE region = ? AND state = 'preview'"
RECORDED = "SELECT count(*) FROM actions.stock_push WHERE region = ? AND state <> 'preview'"


def record(warehouse: Warehouse, ledger: Ledger, region: str, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.stock_push` up to date with the ledger and answer how many rows were written.

    Only what moved since the last time is written; into an empty table, everything. In preview the rows are what would
    be pushed, and they are replaced each time.
    """
    if warehouse.scalar(PREVIEWED, [region]):
        warehouse.rebuild(STOCK_PUSH, WITHOUT_PREVIEW, {"region": region})
    if not outcome.live:
        return warehouse.update(STOCK_PUSH, [_preview(position, now) for position in outcome.planned])
    cursor = f"{KIND}/{region}/recorded"
    known = int(warehouse.scalar(RECORDED, [region]) or 0)
    since = int(ledger.cursor(cursor) or 0) if known else 0
    moved, newest = ledger.touched(KIND, region, since)
    written = warehouse.update(STOCK_PUSH, [_row(effect) for effect in moved])
    ledger.set_cursor(cursor, str(newest))
    return written


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
        effect_id=str(effect.effect_id),
        region=effect.region,
        seller_sku=effect.subject,
        from_quantity=effect.payload.get("from"),
        to_quantity=effect.payload["quantity"],
        state=effect.state,
        attempts=effect.attempts,
        decided_at=effect.decided_at,
        sent_at=effect.sent_at,
        verified_at=effect.verified_at,
        origin=effect.origin,
        reason=f"{effect.reason} {effect.detail}".strip(),
    )
