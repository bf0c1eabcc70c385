"""The ledger's orders made, updated and adopted as rows for analysts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from integration_assets.contracts.orders import ORDER_IMPORT, OrderImport
from integration_assets.effects import journal as effects
from integration_assets.orders import importing, part_shipped, updating
from integration_assets.orders.adopting import KIND as ADOPTION
from resources.ledger import Effect, Intention, Ledger
from resources.warehouse import Warehouse

KINDS = (importing.KIND, part_shipped.KIND, updating.KIND, ADOPTION)


def record(
    warehouse: Warehouse, ledger: Ledger, region: str, planned: Sequence[Intention], now: datetime, *, live: bool
) -> int:
    """Bring `actions.order_import` up to date with the ledger, or with what would be made."""

    def rows(moved: Sequence[Effect]) -> list[OrderImport]:
        known = ledger.links_of(importing.LINK, [effect.subject for effect in moved])
        links = {link.left_id: link.right_id for link in known}
        return [_row(effect, links.get(effect.subject)) for effect in moved]

    preview = None if live else [_preview(region, intention, now) for intention in planned]
    return effects.record(warehouse, ledger, ORDER_IMPORT, KINDS, region, rows=rows, preview=preview)


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
