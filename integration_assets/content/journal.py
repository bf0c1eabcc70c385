"""The effects on listings as rows for analysts."""

from __future__ import annotations

import json
from datetime import datetime

from integration_assets.content.positions import KIND
from integration_assets.contracts.content import CONTENT_PUSH, ContentPush
from integration_assets.effects.journal import columns_of, record_outcome
from integration_assets.effects.runner import Outcome
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_content(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.content_push` up to date with the ledger, or with what would be sent."""
    return record_outcome(warehouse, ledger, CONTENT_PUSH, KIND, outcome, now, _row)


def _row(effect: Effect, effect_id: str) -> ContentPush:
    parts = {name: sorted(marks) for name, marks in effect.payload["values"].items()}
    return ContentPush(
        seller_sku=effect.subject,
        parts=json.dumps(parts, sort_keys=True),
        **columns_of(effect, effect_id),
    )
