"""Taking archived settlement files into the warehouse: whole or quarantined whole, and each a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from integration_assets.contracts.errors import BadDocument, DataError
from integration_assets.contracts.settlements import (
    SETTLEMENT_LINES,
    SETTLEMENT_REPORTS,
    SETTLEMENTS,
    Settlement,
    SettlementReport,
)
from integration_assets.rules.money import in_words
from integration_assets.rules.settlement_kinds import UNMAPPED, Kinds
from integration_assets.settlements.classified import SQL, Classified, classified
from resources.clock import Clock
from resources.settlement_files import LINES, settlement_file, settlement_id_of
from resources.warehouse import Warehouse

UNREAD = "unread-"
TAKEN_IN = (
    "SELECT 1 FROM amazon.settlements AS s "
    "WHERE s.region = settlement_reports.region AND s.report_id = settlement_reports.report_id"
)


def partition_of(report: SettlementReport) -> str:
    """The partition a report belongs to: its settlement, or itself where the file does not say which one it is."""
    return report.settlement_id or f"{UNREAD}{report.report_id}"


def waiting(warehouse: Warehouse) -> list[SettlementReport]:
    """Archived reports that nobody has taken in yet, the oldest first."""
    if warehouse.written_at(SETTLEMENT_REPORTS) is None:
        return []
    return _archived(warehouse, f"NOT EXISTS ({TAKEN_IN})")


def quarantined(warehouse: Warehouse) -> list[SettlementReport]:
    """Archived reports that leave a doubt, the oldest first: a reader that has learned may take them now."""
    if warehouse.written_at(SETTLEMENTS) is None:
        return []
    return _archived(warehouse, f"EXISTS ({TAKEN_IN} AND s.status = 'quarantined')")


def _archived(warehouse: Warehouse, which: str) -> list[SettlementReport]:
    reports = warehouse.rows(SETTLEMENT_REPORTS, which)
    return sorted(reports, key=lambda report: (report.created_at, report.report_id))


def named_since(warehouse: Warehouse, kinds: Kinds) -> list[str]:
    """Partitions with lines that nobody had named when they were taken in, and whose kind has a name by now."""
    if warehouse.written_at(SETTLEMENT_LINES) is None:
        return []
    found = warehouse.query(
        "SELECT DISTINCT l.settlement_id, l.transaction_type, l.amount_type, l.amount_description "
        "FROM amazon.settlement_lines AS l JOIN amazon.settlements AS s "
        "ON s.region = l.region AND s.settlement_id = l.settlement_id AND s.version = l.version "
        "WHERE l.bucket = ? AND s.is_current ORDER BY ALL",
        [UNMAPPED],
    )
    named = (settlement for settlement, *triple in found if kinds.find((triple[0], triple[1], triple[2])) is not None)
    return list(dict.fromkeys(named))


def reports_of(warehouse: Warehouse, partition: str) -> list[SettlementReport]:
    """Every archived report of a partition, the oldest first."""
    if partition.startswith(UNREAD):
        found = warehouse.rows(SETTLEMENT_REPORTS, "report_id = ?", [partition.removeprefix(UNREAD)])
    else:
        found = warehouse.rows(SETTLEMENT_REPORTS, "settlement_id = ?", [partition])
    return sorted(found, key=lambda report: (report.created_at, report.report_id))


def take_in(warehouse: Warehouse, clock: Clock, kinds: Kinds, reports: Sequence[SettlementReport]) -> list[Settlement]:
    """Read these files of one settlement, the oldest first, and store what they say; answers a row for each.

    Reading a file again replaces what it said before under the same version, so that new kinds of lines and a better
    reader count for old files too.
    """
    return [_take(warehouse, clock, kinds, report) for report in reports]


def _take(warehouse: Warehouse, clock: Clock, kinds: Kinds, archived: SettlementReport) -> Settlement:
    report = _named(warehouse, archived)
    of_settlement = warehouse.rows(
        SETTLEMENTS, "region = ? AND settlement_id = ?", [report.region, report.settlement_id]
    )
    others = [row for row in of_settlement if row.report_id != report.report_id]
    # Only what stands now can be said again: a revision back to an earlier file is a revision.
    twin = next(
        (
            row
            for row in others
            if row.document_sha256 == report.document_sha256
            and row.is_current
            and (row.created_at, row.report_id) < (report.created_at, report.report_id)
        ),
        None,
    )
    if twin is not None:
        told = f"It says the same, byte for byte, as report {twin.report_id}."
        row = _not_taken(report, clock.now(), status="superseded", reason=told)
        warehouse.update(SETTLEMENTS, [row])
        return row
    try:
        pieces = partial(warehouse.files.pieces, report.document_sha256)
        with settlement_file(pieces, _workshop(warehouse)) as file:
            return _stored(warehouse, clock.now(), report, classified(file, kinds), others)
    except DataError as error:
        if any(row.report_id == report.report_id and row.version for row in of_settlement):
            raise  # it was taken before: that stands until somebody has looked
        row = _not_taken(report, clock.now(), status="quarantined", reason=str(error))
        warehouse.update(SETTLEMENTS, [row])
        return row


def _named(warehouse: Warehouse, report: SettlementReport) -> SettlementReport:
    """The report with the settlement its file names, should the reader have learned to see it since it was archived."""
    if report.settlement_id:
        return report
    try:
        settlement_id = settlement_id_of(next(warehouse.files.pieces(report.document_sha256), b""))
    except DataError:
        return report  # damaged: reading all of it tells what to do
    if not settlement_id:
        return report
    named = replace(report, settlement_id=settlement_id)
    warehouse.update(SETTLEMENT_REPORTS, [named])
    return named


def _workshop(warehouse: Warehouse) -> Path:
    """Where a file is unpacked: beside the warehouse, so that one disk is enough to look at."""
    return warehouse.path.parent / "unpacked"


def _stored(
    warehouse: Warehouse, now: datetime, report: SettlementReport, found: Classified, others: Sequence[Settlement]
) -> Settlement:
    if found.file.settlement_id != report.settlement_id:
        raise BadDocument(
            f"Report {report.report_id} was archived as settlement {report.settlement_id or 'unknown'} and reads as "
            f"{found.file.settlement_id}.",
            todo="Nothing was taken. Look at the file in the archive.",
        )
    known = warehouse.rows(SETTLEMENTS, "region = ? AND report_id = ?", [report.region, report.report_id])
    version = next((row.version for row in known if row.version), None)
    if version is None:
        version = 1 + max((row.version or 0 for row in others), default=0)
    row = _row(report, found, version, now)
    changed: list[Settlement] = []
    current = next((other for other in others if other.is_current), None)
    if current is not None and (current.created_at, current.report_id) > (report.created_at, report.report_id):
        row = _superseded(row, current)
    elif current is not None:
        changed.append(_superseded(current, row))
    warehouse.add(
        SETTLEMENT_LINES,
        SQL,
        found.params(region=report.region, version=version),
        part={"settlement_id": found.file.settlement_id, "version": version},
        beside=(SETTLEMENTS, [*changed, row]),
        views={LINES: found.file.select},
    )
    return row


def _row(report: SettlementReport, found: Classified, version: int, now: datetime) -> Settlement:
    file = found.file
    reason = (
        ""
        if file.balanced
        else (
            f"The lines come to {in_words(file.sum, file.currency)} where the total is "
            f"{in_words(file.total, file.currency)}: {in_words(abs(file.difference), file.currency)} too "
            f"{'much' if file.difference > 0 else 'little'}."
        )
    )
    return Settlement(
        region=report.region,
        report_id=report.report_id,
        settlement_id=file.settlement_id,
        version=version,
        is_current=True,
        status="taken" if file.balanced else "unbalanced",
        reason=reason,
        document_sha256=report.document_sha256,
        start_at=file.start,
        end_at=file.end,
        deposit_at=file.deposit,
        currency=file.currency,
        total_amount=file.total,
        sum_amount=file.sum,
        difference=file.difference,
        is_balanced=file.balanced,
        lines=file.lines,
        unmapped_lines=sum(each.lines for each in found.unmapped),
        unmapped_amount=sum((each.amount for each in found.unmapped), Decimal(0)),
        marketplace_id=found.marketplace.marketplace_id if found.marketplace else None,
        encoding=file.encoding,
        decimal_sign=file.decimal,
        date_format=file.date_format,
        columns=file.columns,
        created_at=report.created_at,
        read_at=now,
    )


def _superseded(row: Settlement, by: Settlement) -> Settlement:
    """The row of a version that another has taken the place of; that it does not balance stays to be seen."""
    told = f"Report {by.report_id} of {by.created_at:%Y-%m-%d %H:%M} UTC says this settlement anew."
    return replace(row, is_current=False, status="superseded", reason=f"{told} {row.reason}".rstrip())


def _not_taken(report: SettlementReport, now: datetime, *, status: str, reason: str) -> Settlement:
    return Settlement(
        region=report.region,
        report_id=report.report_id,
        settlement_id=report.settlement_id or None,
        version=None,
        is_current=False,
        status=status,
        reason=reason,
        document_sha256=report.document_sha256,
        start_at=None,
        end_at=None,
        deposit_at=None,
        currency=None,
        total_amount=None,
        sum_amount=None,
        difference=None,
        is_balanced=None,
        lines=0,
        unmapped_lines=0,
        unmapped_amount=None,
        marketplace_id=None,
        encoding=None,
        decimal_sign=None,
        date_format=None,
        columns=None,
        created_at=report.created_at,
        read_at=now,
    )
