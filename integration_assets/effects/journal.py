"""The ledger's effects of a kind as rows of a table for analysts. In preview the rows are what would be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

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
    kinds: Sequence[str],
    region: str,
    *,
    rows: Callable[[Sequence[Effect]], Iterable[R]],
    preview: Sequence[R] | None,
) -> int:
    """Bring a table with columns `region` and `state` up to date with the ledger; answers how many rows were written.

    Only what moved since the last time is written; into an empty table, everything. `preview` holds the rows of what
    would be done, which are replaced each time; None where it is really done.
    """
    [(previewed, recorded)] = warehouse.query(fill(COUNTED, name=table_name(table)), [region])
    if previewed:
        warehouse.rebuild(table, fill(WITHOUT_PREVIEW, name=table_name(table)), {"region": region})
    if preview is not None:
        return warehouse.update(table, preview)
    written = 0
    for kind in kinds:
        cursor = f"{kind}/{region}/recorded"
        moved, newest = ledger.touched(kind, region, int(ledger.cursor(cursor) or 0) if recorded else 0)
        written += warehouse.update(table, rows(moved))
        ledger.set_cursor(cursor, str(newest))
    return written


def record_outcome(
    warehouse: Warehouse,
    ledger: Ledger,
    table: Table[R],
    kind: str,
    outcome: Outcome,
    now: datetime,
    row: Callable[[Effect, str], R],
) -> int:
    """`record` for a table of one kind: `row` makes a row of an effect and its id, or of what is previewed."""
    region = outcome.region
    planned = () if outcome.live else outcome.planned
    preview = [row(_previewed_as(one, region, now), f"preview/{region}/{one.subject}") for one in planned]
    return record(
        warehouse,
        ledger,
        table,
        [kind],
        region,
        rows=lambda effects: [row(effect, str(effect.effect_id)) for effect in effects],
        preview=None if outcome.live else preview,
    )


def columns_of(effect: Effect, effect_id: str) -> dict[str, Any]:
    """The columns that the row of any effect has."""
    return {
        "effect_id": effect_id,
        "region": effect.region,
        "state": effect.state,
        "attempts": effect.attempts,
        "decided_at": effect.decided_at,
        "sent_at": effect.sent_at,
        "verified_at": effect.verified_at,
        "origin": effect.origin,
        "reason": f"{effect.reason} {effect.detail}".strip(),
    }


def _previewed_as(intention: Intention, region: str, now: datetime) -> Effect:
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
