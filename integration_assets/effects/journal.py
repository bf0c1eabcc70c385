"""The ledger's effects of a kind as rows of a table for analysts. In preview the rows are what would be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from integration_assets.contracts.sql import fill, table_name
from integration_assets.contracts.table import R, Table
from integration_assets.effects.runner import Outcome
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.warehouse import Warehouse

WITHOUT_PREVIEW = "SELECT * FROM {name} WHERE region <> $region OR state <> 'preview'"
COUNTED = (
    "SELECT count(*) FILTER (state = 'preview'), count(*) FILTER (state <> 'preview') FROM {name} WHERE region = ?"
)


def record(
    warehouse: Warehouse,
    ledger: Ledger,
    table: Table[R],
    kind: str,
    outcome: Outcome,
    *,
    row: Callable[[Effect], R],
    preview: Callable[[Intention], R],
) -> int:
    """Bring a table with columns `region` and `state` up to date and answer how many rows were written.

    Only what moved since the last time is written; into an empty table, everything.
    """
    region = outcome.region
    [(previewed, recorded)] = warehouse.query(fill(COUNTED, name=table_name(table)), [region])
    if previewed:
        warehouse.rebuild(table, fill(WITHOUT_PREVIEW, name=table_name(table)), {"region": region})
    if not outcome.live:
        return warehouse.update(table, [preview(intention) for intention in outcome.planned])
    cursor = f"{kind}/{region}/recorded"
    since = int(ledger.cursor(cursor) or 0) if recorded else 0
    moved, newest = ledger.touched(kind, region, since)
    written = warehouse.update(table, [row(effect) for effect in moved])
    ledger.set_cursor(cursor, str(newest))
    return written


def previewed_as(intention: Intention, region: str, now: datetime) -> Effect:
    """An intention as if it were an effect, for the row that shows it."""
    return Effect(
        effect_id=0,
        kind="",
        region=region,
        subject=intention.subject,
        sequence=0,
        payload=dict(intention.payload),
        state="preview",
        attempts=0,
        origin="preview",
        reason=intention.reason,
        decided_at=now,
        sent_at=None,
        applied_at=None,
        verified_at=None,
        check_at=None,
        reference=None,
        detail="",
    )
