"""The mirror's effects as rows for analysts."""

from __future__ import annotations

from datetime import datetime

from integration_assets.contracts.fba import FBA_MIRROR, FbaMirror
from integration_assets.effects.journal import columns_of, record_outcome
from integration_assets.effects.runner import Outcome
from integration_assets.fba.errand import KIND
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_mirror(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime, *, kind: str = KIND) -> int:
    """Bring `actions.fba_mirror` up to date with the ledger's effects of a kind, or with what would be set."""
    return record_outcome(warehouse, ledger, FBA_MIRROR, kind, outcome, now, _row)


def _row(effect: Effect, effect_id: str) -> FbaMirror:
    return FbaMirror(
        inventory_item_id=effect.subject,
        seller_skus=tuple(effect.payload["skus"]),
        location_id=effect.payload["location_id"],
        from_units=effect.payload["from"],
        to_units=effect.payload["quantity"],
        **columns_of(effect, effect_id),
    )
