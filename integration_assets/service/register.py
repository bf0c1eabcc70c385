"""The ledger's exceptions as the rows that analysts read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from integration_assets.contracts.desk import ExceptionRow
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.rules.standing import hours, size_of, standing_of
from resources.ledger import ExceptionRecord, Ledger

KEPT = timedelta(days=90)
"""How long a closed exception stays among the rows; the ledger keeps it longer."""


def exception_rows(ledger: Ledger, now: datetime) -> Iterator[ExceptionRow]:
    """What is open, and what was closed lately."""
    for record in ledger.exceptions_since(now - KEPT):
        yield row_of(record, now)


def row_of(record: ExceptionRecord, now: datetime) -> ExceptionRow:
    """One exception, put in words and sizes."""
    kind = CATALOGUE.get(record.kind)
    size = size_of(record.facts)
    left = None if record.deadline_at is None or record.closed_at is not None else record.deadline_at - now
    return ExceptionRow(
        exception_id=record.exception_id,
        kind=record.kind,
        title=kind.title if kind else record.kind.replace("_", " "),
        identity=record.identity,
        team=record.team,
        record_owner=kind.record_owner if kind else None,
        severity=record.severity,
        standing=standing_of(
            now=now,
            closed_at=record.closed_at,
            deadline_at=record.deadline_at,
            acknowledged_at=record.acknowledged_at,
            snoozed_until=record.snoozed_until,
        ),
        told=record.told,
        region=_text(record.facts.get("region")),
        seller_sku=_text(record.facts.get("seller_sku")),
        amazon_order_id=_text(record.facts.get("amazon_order_id")),
        units=size.units,
        amount=size.amount,
        currency=size.currency,
        occurrence=record.occurrence,
        opened_at=record.opened_at,
        updated_at=record.updated_at,
        deadline_at=record.deadline_at,
        closed_at=record.closed_at,
        age_hours=hours((record.closed_at or now) - record.opened_at),
        hours_left=None if left is None else hours(left),
        acknowledged_at=record.acknowledged_at,
        acknowledged_by=record.acknowledged_by,
        told_again_at=record.snoozed_until,
        note=record.note,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
