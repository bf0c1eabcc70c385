"""Puts the operator page together: exceptions from the ledger, panels from the warehouse, one template."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup

from integration_assets.contracts.errors import StoreError
from integration_assets.publish.page import charts, runbook
from integration_assets.publish.page.look import environment, style
from integration_assets.publish.page.panels import PANELS, SECTIONS, Panel
from integration_assets.publish.page.places import place_of
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.rules.money import in_text
from integration_assets.rules.standing import hours, size_of, standing_of
from resources.ledger import ExceptionRecord, Ledger
from resources.operating_model import OperatingModel
from resources.operating_model_parts.types import TEAMS
from resources.warehouse import Warehouse

FILE = "operator_page.html"
TEMPLATE = Path(__file__).with_name("operator_page.html.jinja")
FIRST_ROWS = 25
"""Rows of a kind that are on the page from the start; the others are drawn when somebody asks for them."""

SEVERITIES = ("urgent", "high", "normal")


@dataclass(frozen=True, slots=True)
class Page:
    """The page, and what is on it."""

    html: str
    exceptions: int
    panels: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowOfKind:
    """An exception as the page shows it."""

    number: int
    told: str
    size: str
    standing: str
    opened: str
    deadline: str
    left: str
    note: str

    def packed(self) -> list[str | int]:
        """The row as the page's script reads it."""
        return [self.number, self.told, self.size, self.standing, self.opened, self.deadline, self.left, self.note]


@dataclass(frozen=True, slots=True)
class KindOnPage:
    """All open exceptions of a kind, for one team."""

    name: str
    title: str
    team: str
    severity: str
    record_owner: str
    deadline_rule: str
    closes_when: str
    in_dagster: str
    steps: tuple[str, ...]
    rows: tuple[RowOfKind, ...]
    size: str
    soonest: str

    @property
    def first(self) -> tuple[RowOfKind, ...]:
        """The rows that are there from the start."""
        return self.rows[:FIRST_ROWS]

    @property
    def rest(self) -> Markup:
        """The other rows, as JSON that cannot end the script it stands in."""
        packed = json.dumps([row.packed() for row in self.rows[FIRST_ROWS:]], ensure_ascii=False, separators=(",", ":"))
        return Markup(packed.replace("<", "\\u003c"))  # noqa: S704 - no tag can begin in it

    @property
    def more(self) -> int:
        """How many rows are not there from the start."""
        return max(0, len(self.rows) - FIRST_ROWS)


@dataclass(frozen=True, slots=True)
class PanelOnPage:
    """A panel with its answer."""

    panel: Panel
    rows: tuple[tuple[str, ...], ...]
    chart: Markup
    legend: tuple[str, ...] = ()


def render(
    ledger: Ledger, warehouse: Warehouse, model: OperatingModel, now: datetime, *, tables: Collection[str]
) -> Page:
    """Make the page of this moment. A panel is left out whose tables are not among `tables` or cannot be read."""
    records = ledger.open_exceptions()
    kinds = kinds_of(records, now)
    panels, left_out = _panels(warehouse, tables, now)
    html = (
        environment()
        .from_string(TEMPLATE.read_text(encoding="utf-8"))
        .render(
            style=style(),
            runbook=runbook.FILE,
            shop=model.shopify.shop,
            now=now,
            teams=[(team, [kind for kind in kinds if kind.team == team]) for team in TEAMS.allowed],
            totals=totals(records, now),
            sections=[
                (name, title, [each for each in panels if each.panel.section == name])
                for name, title in SECTIONS.items()
                if any(each.panel.section == name for each in panels)
            ],
            dagster=(model.alerts.dagster_url or "").rstrip("/"),
            live=model.mode.stock_push == "live",
        )
    )
    return Page(html, len(records), len(panels), tuple(left_out))


def put_in_place(html: str, folder: Path, name: str = FILE) -> Path:
    """Write a page beside the old one and put it in its place in one step. StoreError when it cannot be written."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(prefix=".unfinished-", suffix=".html", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(html)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except OSError as error:
        raise StoreError(
            f"The operator page cannot be written to {folder}: {error.strerror}.",
            todo="The old page is still whole. Free disk space or mend the folder.",
        ) from error
    return path


def kinds_of(records: Sequence[ExceptionRecord], now: datetime) -> list[KindOnPage]:
    """The open exceptions by team and kind, the most urgent kind first, then the one with the nearest deadline."""
    by_kind: dict[tuple[str, str], list[ExceptionRecord]] = defaultdict(list)
    for record in records:
        by_kind[record.team, record.kind].append(record)
    found = [(_weight(mine), _kind(team, name, mine, now)) for (team, name), mine in by_kind.items()]
    return [kind for _, kind in sorted(found, key=lambda each: (each[0], each[1].name))]


def totals(records: Sequence[ExceptionRecord], now: datetime) -> list[tuple[str, str, str]]:
    """The figures at the head of the page: (what, how many, state)."""
    standings = [_standing(record, now) for record in records]
    urgent = sum(record.severity == "urgent" for record in records)
    overdue = standings.count("overdue")
    soon = sum(
        record.deadline_at is not None and now < record.deadline_at and (record.deadline_at - now).days < 1
        for record in records
    )
    return [
        ("open", f"{len(records):,}", "ok" if not records else ""),
        ("urgent", f"{urgent:,}", "bad" if urgent else "ok"),
        ("overdue", f"{overdue:,}", "bad" if overdue else "ok"),
        ("due within 24 h", f"{soon:,}", "warn" if soon else "ok"),
        ("seen to", f"{standings.count('acknowledged') + standings.count('snoozed'):,}", ""),
    ]


def _weight(records: Sequence[ExceptionRecord]) -> tuple[int, datetime]:
    deadlines = [record.deadline_at for record in records if record.deadline_at is not None]
    return min(SEVERITIES.index(record.severity) for record in records), min(
        deadlines, default=datetime.max.replace(tzinfo=UTC)
    )


def _kind(team: str, name: str, records: Sequence[ExceptionRecord], now: datetime) -> KindOnPage:
    entry = CATALOGUE.get(name)
    last = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(
        records, key=lambda each: (_standing(each, now) == "snoozed", each.deadline_at or last, each.opened_at)
    )
    soonest = min((each.deadline_at for each in records if each.deadline_at), default=None)
    first = records[0].facts
    shared = {key: value for key, value in first.items() if all(each.facts.get(key) == value for each in records)}
    return KindOnPage(
        name=name,
        title=entry.title if entry else name.replace("_", " "),
        team=team,
        severity=min((each.severity for each in records), key=SEVERITIES.index),
        record_owner=entry.record_owner if entry else "",
        deadline_rule=entry.deadline if entry else "",
        closes_when=entry.closes_when if entry else "",
        in_dagster=place_of(name),
        steps=entry.steps_in_words(shared) if entry else (),
        rows=tuple(_row(each, now) for each in ordered),
        size=_sizes(records),
        soonest=_left(soonest, now),
    )


def _row(record: ExceptionRecord, now: datetime) -> RowOfKind:
    seen = f"{record.acknowledged_by}: {record.note}" if record.acknowledged_by else ""
    if record.snoozed_until is not None and record.snoozed_until > now:
        seen = f"until {record.snoozed_until:%d %b %H:%M}, {seen}"
    again = f" (time {record.occurrence})" if record.occurrence > 1 else ""
    return RowOfKind(
        number=record.exception_id,
        told=record.told + again,
        size=size_of(record.facts).told,
        standing=_standing(record, now),
        opened=f"{record.opened_at:%d %b %H:%M}",
        deadline=f"{record.deadline_at:%d %b %H:%M}" if record.deadline_at else "",
        left=_left(record.deadline_at, now),
        note=seen,
    )


def _sizes(records: Sequence[ExceptionRecord]) -> str:
    """All of a kind together: units, and each currency by itself."""
    units, money = 0, defaultdict[str, Decimal](Decimal)
    for record in records:
        size = size_of(record.facts)
        units += size.units or 0
        if size.amount is not None and size.currency:
            money[size.currency] += size.amount
    parts = [f"{amount:,.2f} {currency}" for currency, amount in sorted(money.items())]
    return ", ".join([*parts, *([f"{units:,} {'unit' if units == 1 else 'units'}"] if units else [])])


def _left(deadline: datetime | None, now: datetime) -> str:
    if deadline is None:
        return ""
    left = hours(deadline - now)
    return f"{-left} h over" if left < 0 else f"{left} h left"


def _standing(record: ExceptionRecord, now: datetime) -> str:
    return standing_of(
        now=now,
        closed_at=record.closed_at,
        deadline_at=record.deadline_at,
        acknowledged_at=record.acknowledged_at,
        snoozed_until=record.snoozed_until,
    )


def _panels(warehouse: Warehouse, tables: Collection[str], now: datetime) -> tuple[list[PanelOnPage], list[str]]:
    """The panels that can be shown, and the titles of those that cannot."""
    shown: list[PanelOnPage] = []
    left_out: list[str] = []
    if not warehouse.path.exists():
        return [], [panel.title for panel in PANELS]
    for panel in PANELS:
        if not set(panel.needs) <= set(tables):
            continue
        try:
            found = warehouse.query(panel.sql, {"now": now} if "$now" in panel.sql else ())
        except StoreError:  # a table that no run has written yet
            left_out.append(panel.title)
            continue
        shown.append(_answered(panel, found))
    return shown, left_out


def _answered(panel: Panel, found: Sequence[tuple[Any, ...]]) -> PanelOnPage:
    rows = tuple(tuple(_cell(value) for value in row) for row in found)
    if panel.shape == "lines":
        moments = sorted({row[0] for row in found})
        told = {(str(name), at): float(value) for at, name, value in found}
        series = {
            name: [(at, told.get((name, at), 0.0)) for at in moments if panel.silence_is_zero or (name, at) in told]
            for name in sorted({name for name, _ in told})
        }
        names = sorted(series, key=lambda name: -max(value for _, value in series[name]))[: charts.HUES]
        drawn = {name: series[name] for name in names}
        last = tuple((name, _cell(round(series[name][-1][1]))) for name in names)
        return PanelOnPage(panel, last, charts.lines(panel.title, drawn), tuple(names))
    if panel.shape == "bars":
        return PanelOnPage(panel, rows, charts.bars(panel.title, [(str(row[0]), float(row[1])) for row in found]))
    return PanelOnPage(panel, rows, Markup())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return f"{value:%d %b %H:%M}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else in_text(str(value))
