"""The effects on listings as rows for analysts."""

from __future__ import annotations

import json
from datetime import datetime

from integration_assets.content.positions import KIND
from integration_assets.contracts.content import CONTENT_PUSH, ContentPush
from integration_assets.effects.journal import previewed_as, record
from integration_assets.effects.runner import Outcome
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_content(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.content_push` up to date with the ledger, or with what would be sent."""
    region, planned = outcome.region, () if outcome.live else outcome.planned
    preview = [_row(previewed_as(one, region, now), f"preview/{region}/{one.subject}") for one in planned]
    return record(
        warehouse,
        ledger,
        CONTENT_PUSH,
        [KIND],
        region,
        rows=lambda effects: [_row(effect, str(effect.effect_id)) for effect in effects],
        preview=None if outcome.live else preview,
    )


def _row(effect: Effect, effect_id: str) -> ContentPush:
    parts = {name: sorted(marks) for name, marks in effect.payload["values"].items()}
    return ContentPush(
        effect_id=effect_id,
        region=effect.region,
        seller_sku=effect.subject,
        parts=json.dumps(parts, sort_keys=True),
        state=effect.state,
        attempts=effect.attempts,
        decided_at=effect.decided_at,
        sent_at=effect.sent_at,
        verified_at=effect.verified_at,
        origin=effect.origin,
        reason=f"{effect.reason} {effect.detail}".strip(),
    )
