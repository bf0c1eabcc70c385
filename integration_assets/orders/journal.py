"""The ledger's orders made, updated and adopted as rows for analysts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from integration_assets.contracts.orders import ORDER_IMPORT, OrderImport
from integration_assets.orders import importing, updating
from integration_assets.orders.adopting import KIND as ADOPTION
from resources.ledger import Effect, Intention, Ledger
from resources.warehouse import Warehouse

KINDS = (importing.KIND, updating.KIND, ADOPTION)
WITHOUT_PREVIEW = "SELECT * FROM actions.order_import WHERE region <> $region OR state <> 'preview'"
PREVIEWED = "SELECT count(*) FROM actions.order_import WHERE region = ? AND state = 'preview'"
RECORDED = "SELECT count(*) FROM actions.order_import WHERE region = ? AND kind = ? AND state <> 'preview'"


def record(
    warehouse: Warehouse, ledger: Ledger, region: str, planned: Sequence[Intention], now: datetime, *, live: bool
) -> int:
    """Bring `actions.order_import` up to date with the ledger and answer how many rows were written.

    Only what moved since the last time is written; into an empty table, everything. In preview the rows are what would
    be made, and they are replaced each time.
    """
    if warehouse.scalar(PREVIEWED, [region]):
        warehouse.rebuild(ORDER_IMPORT, WITHOUT_PREVIEW, {"region": region})
    if not live:
        return warehouse.update(ORDER_IMPORT, [_preview(region, intention, now) for intention in planned])
    written = 0
    for kind in KINDS:
        cursor = f"{kind}/{region}/recorded"
        known = int(warehouse.scalar(RECORDED, [region, kind]) or 0)
        moved, newest = ledger.touched(kind, region, int(ledger.cursor(cursor) or 0) if known else 0)
        if moved:
            links = {link.left_id: link.right_id for link in ledger.links(importing.LINK)}
            written += warehouse.update(ORDER_IMPORT, [_row(effect, links.get(effect.subject)) for effect in moved])
        ledger.set_cursor(cursor, str(newest))
    return written


def _preview(region: str, intention: Intention, now: datetime) -> OrderImport:
    return OrderImport(
        effect_id=f"preview/{region}/{intention.subject}",
        kind=importing.KIND,
        region=region,
        amazon_order_id=intention.subject,
        shopify_order_id=None,
        state="preview",
        attempts=0,
        decided_at=now,
        sent_at=None,
        verified_at=None,
        origin="preview",
        reason=intention.reason,
    )


def _row(effect: Effect, shopify_order_id: str | None) -> OrderImport:
    return OrderImport(
        effect_id=str(effect.effect_id),
        kind=effect.kind,
        region=effect.region,
        amazon_order_id=effect.subject,
        shopify_order_id=shopify_order_id,
        state=effect.state,
        attempts=effect.attempts,
        decided_at=effect.decided_at,
        sent_at=effect.sent_at,
        verified_at=effect.verified_at,
        origin=effect.origin,
        reason=f"{effect.reason}: {effect.detail}" if effect.detail else effect.reason,
    )
