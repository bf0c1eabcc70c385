"""What finance must see to in settlements, as exceptions of the catalogue: opened once, closed by the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS, Settlement
from integration_assets.rules.marketplaces import by_id
from integration_assets.rules.money import in_words
from integration_assets.rules.settlement_chain import Gap, Span, gaps
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding
from resources.warehouse import Warehouse

KINDS = ("unbalanced_settlement", "unreadable_settlement", "missing_settlement", "unmapped_fee")
UNMAPPED_SQL = Path(__file__).with_name("unmapped.sql").read_text(encoding="utf-8")
Found = tuple[str, str, dict[str, Any]]


def report_settlements(ledger: Ledger, warehouse: Warehouse) -> dict[str, int]:
    """Make the open exceptions about settlements exactly what the tables say; answers how many there are of each."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for kind, identity, facts in _all(warehouse):
        found[kind].append(finding(kind, identity, facts))
    for kind in KINDS:
        report(ledger, kind, found[kind])
    return {kind: len(found[kind]) for kind in KINDS}


def _all(warehouse: Warehouse) -> Iterator[Found]:
    if warehouse.written_at(SETTLEMENTS) is None:
        return
    rows = warehouse.rows(SETTLEMENTS)
    yield from _of_files(rows)
    for gap in gaps(_spans(rows)):
        yield "missing_settlement", f"{gap.region}/{gap.currency}/{gap.marketplace_id}/{gap.before}", _of_gap(gap)
    if warehouse.written_at(SETTLEMENT_LINES) is not None:
        yield from _unmapped(warehouse)


def _of_files(rows: Iterable[Settlement]) -> Iterator[Found]:
    newest_read: dict[tuple[str, str | None], Settlement] = {
        (row.region, row.settlement_id): row for row in rows if row.is_current
    }
    for row in rows:
        facts: Mapping[str, Any] = {
            "region": row.region,
            "settlement_id": row.settlement_id or "that does not say which it is",
            "report_id": row.report_id,
            "reason": row.reason.rstrip(". "),
        }
        identity = f"{row.region}/{row.settlement_id or row.report_id}"
        if row.status == "unbalanced":
            yield "unbalanced_settlement", identity, dict(facts)
        elif row.status == "quarantined":
            later = newest_read.get((row.region, row.settlement_id))
            if later is None or later.created_at < row.created_at:
                yield "unreadable_settlement", f"{identity}/{row.report_id}", dict(facts)


def _spans(rows: Iterable[Settlement]) -> Iterator[Span]:
    for row in rows:
        if row.is_current and row.settlement_id and row.currency and row.start_at and row.end_at:
            yield Span(row.region, row.currency, row.marketplace_id or "", row.settlement_id, row.start_at, row.end_at)


def _of_gap(gap: Gap) -> dict[str, Any]:
    place = by_id(gap.marketplace_id).name if gap.marketplace_id else f"Amazon {gap.region}"
    return {
        "region": gap.region,
        "place": f"{place} ({gap.currency})",
        "start": f"{gap.start:%Y-%m-%d %H:%M}",
        "end": f"{gap.end:%Y-%m-%d %H:%M}",
        "before": gap.before,
        "after": gap.after,
    }


def _unmapped(warehouse: Warehouse) -> Iterator[Found]:
    for region, currency, *triple, lines, amount, settlements, settlement_id in warehouse.query(UNMAPPED_SQL):
        kind = " / ".join(part or "(nothing)" for part in triple)
        facts = {
            "region": region,
            "kind": kind,
            "transaction_type": triple[0],
            "amount_type": triple[1],
            "amount_description": triple[2],
            "lines": lines,
            "amount": in_words(amount, currency),
            "settlements": settlements,
            "settlement_id": settlement_id,
        }
        yield "unmapped_fee", f"{region}/{currency}/{kind}", facts
