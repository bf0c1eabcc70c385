"""The journal, from the warehouse to the rule and back: what has to be added for it to say what settlements say now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.money import JOURNAL, JournalLine
from integration_assets.money.declared import zones
from integration_assets.rules.journal import Line, Movement, Statement, to_append
from integration_assets.rules.money import from_minor, to_minor
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

AHEAD = timedelta(hours=14)
"""How far ahead of UTC a day begins anywhere."""
MOVEMENTS = Path(__file__).parents[1].joinpath("reconcile", "journal.sql").read_text(encoding="utf-8")


def additions(warehouse: Warehouse, model: OperatingModel, now: datetime) -> list[JournalLine]:
    """The lines to add to the journal, settlement by settlement; none when it says all of it already."""
    posted: dict[str, list[JournalLine]] = defaultdict(list)
    for line in warehouse.rows(JOURNAL):
        posted[line.settlement_id].append(line)
    chart, open_from = model.accounts.chart(), _open_from(model, now)
    added: list[JournalLine] = []
    for statement, region, currency in statements(warehouse):
        known = [_as_rule(line) for line in posted[statement.settlement_id]]
        lines = to_append(statement, chart, known, open_from=open_from)
        added += [_as_row(line, statement.settlement_id, region, currency, now) for line in lines]
    return added


def statements(warehouse: Warehouse) -> Iterable[tuple[Statement, str, str]]:
    """Every settlement as it stands now, with its region account and currency."""
    movements: dict[str, list[Movement]] = defaultdict(list)
    heads: dict[str, tuple[Statement, str, str]] = {}
    for settlement_id, region, currency, total, deposit_on, posted_on, bucket, amount in warehouse.query(
        MOVEMENTS, zones()
    ):
        if amount is not None:
            movements[settlement_id].append(Movement(posted_on, bucket, to_minor(amount, currency)))
        heads[settlement_id] = Statement(settlement_id, to_minor(total, currency), deposit_on, ()), region, currency
    for settlement_id, (head, region, currency) in heads.items():
        booked = tuple(movements[settlement_id])
        yield Statement(settlement_id, head.total, head.deposit_on, booked), region, currency


def _open_from(model: OperatingModel, now: datetime) -> date | None:
    """The first day that is open; None where no month is closed. ConfigurationError before the month is over."""
    first = model.accounts.open_from
    if first is not None and first > (now + AHEAD).date():
        raise ConfigurationError(
            f"accounts.closed_through: found {model.accounts.closed_through!r}, a month that is not over yet.",
            todo="Nothing was booked. Close a month when its last day has passed.",
        )
    return first


def _as_rule(line: JournalLine) -> Line:
    return Line(
        entry_id=line.entry_id,
        line_number=line.line_number,
        sequence=line.sequence,
        kind="reversal" if line.kind == "reversal" else "posting",
        booked_on=line.booked_on,
        account=line.account,
        bucket=line.bucket,
        debit=to_minor(line.debit, line.currency),
        credit=to_minor(line.credit, line.currency),
        reverses=line.reverses,
        belongs_on=line.belongs_on,
    )


def _as_row(line: Line, settlement_id: str, region: str, currency: str, now: datetime) -> JournalLine:
    return JournalLine(
        entry_id=line.entry_id,
        line_number=line.line_number,
        settlement_id=settlement_id,
        region=region,
        sequence=line.sequence,
        kind=line.kind,
        booked_on=line.booked_on,
        belongs_on=line.belongs_on,
        account=line.account,
        bucket=line.bucket,
        debit=from_minor(line.debit, currency),
        credit=from_minor(line.credit, currency),
        currency=currency,
        reverses=line.reverses,
        recorded_at=now,
    )
