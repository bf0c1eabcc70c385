"""The mirror's effects as rows for analysts."""

from __future__ import annotations

from datetime import datetime

from integration_assets.contracts.fba import FBA_MIRROR, FbaMirror
from integration_assets.effects.journal import previewed_as, record
from integration_assets.effects.runner import Outcome
from integration_assets.fba.errand import KIND
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_mirror(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime, *, kind: str = KIND) -> int:
    """Bring `actions.fba_mirror` up to date with the ledger's effects of a kind, or with what would be set."""
    region, planned = outcome.region, () if outcome.live else outcome.planned
    preview = [_row(previewed_as(one, region, now), f"preview/{region}/{one.subject}") for one in planned]
    return record(
        warehouse,
        ledger,
        FBA_MIRROR,
        [kind],
        region,
        rows=lambda effects: [_row(effect, str(effect.effect_id)) for effect in effects],
        preview=None if outcome.live else preview,
    )


def _row(effect: Effect, effect_id: str) -> FbaMirror:
    return FbaMirror(
        effect_id=effect_id,
        region=effect.region,
        inventory_item_id=effect.subject,
        seller_skus=tuple(effect.payload["skus"]),
        location_id=effect.payload["location_id"],
        from_units=effect.payload["from"],
        to_units=effect.payload["quantity"],
        state=effect.state,
        attempts=effect.attempts,
        decided_at=effect.decided_at,
        sent_at=effect.sent_at,
        verified_at=effect.verified_at,
        origin=effect.origin,
        reason=f"{effect.reason} {effect.detail}".strip(),
    )
