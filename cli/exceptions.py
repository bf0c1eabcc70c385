"""`instep exceptions`: what a person must see to, by team, in the catalogue's words and with its steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import at, counted, say, write_json
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.rules.standing import size_of, standing_of

if TYPE_CHECKING:
    from datetime import datetime

    from resources.ledger_parts.records import ExceptionEvent, ExceptionRecord

TEAMS = ("ecommerce", "operations", "finance", "engineering")
BY_SEVERITY = ("urgent", "high", "normal")


def exceptions(model: Path | None, *, number: int | None, team: str | None, as_json: bool) -> int:
    """List what is open, by team and the most urgent kind first; or tell all of the one with this number.

    1 when there is anything open, 0 when there is nothing.
    """
    from resources.connections import connect

    if team is not None and team not in TEAMS:
        raise ConfigurationError(f"There is no team {team!r}.", todo=f"Teams are {', '.join(TEAMS)}.")
    with connect(model) as connections:
        ledger, now = connections.ledger, connections.clock.now()
        if number is not None:
            record = ledger.exception(number)
            story = ledger.exception_story(record.kind, record.identity)
        else:
            found = [each for each in ledger.open_exceptions() if team in (None, each.team)]
    if number is not None:
        if as_json:
            write_json({**_document(record, now), "history": [asdict(step) for step in story]})
        else:
            _show_one(record, story, now)
        return OK if record.closed_at else FOUND
    found.sort(key=_order)
    if as_json:
        write_json([_document(record, now) for record in found])
    else:
        _show(found)
    return FOUND if found else OK


def _order(record: ExceptionRecord) -> tuple[int, int, str, str]:
    return TEAMS.index(record.team), BY_SEVERITY.index(record.severity), record.kind, record.identity


def _document(record: ExceptionRecord, now: datetime) -> dict[str, Any]:
    entry = CATALOGUE.get(record.kind)
    document = asdict(record) | {"standing": _standing(record, now)}
    if entry is not None:
        document |= {
            "title": entry.title,
            "record_owner": entry.record_owner,
            "steps": entry.steps_in_words(record.facts),
            "closes_when": entry.closes_when,
        }
    return document


def _show(found: Sequence[ExceptionRecord]) -> None:
    if not found:
        say("Nothing is open.")
        return
    by_team: dict[str, dict[str, list[ExceptionRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in found:
        by_team[record.team][record.kind].append(record)
    for team, kinds in by_team.items():
        say(f"{team}: {counted(sum(map(len, kinds.values())), 'open exception')}")
        for kind, records in kinds.items():
            _show_kind(kind, records)
        say()


def _show_kind(kind: str, records: Sequence[ExceptionRecord]) -> None:
    entry = CATALOGUE.get(kind)
    say(f"\n  {entry.title if entry else kind} ({kind}, {records[0].severity})")
    for record in records:
        say(f"  - {record.told}")
        say(f"    number {record.exception_id}, open since {at(record.opened_at)}{_seen(record)}")
    if entry is not None:
        _show_steps(entry.steps_in_words(_in_common(records)), entry.closes_when)


def _show_one(record: ExceptionRecord, story: Sequence[ExceptionEvent], now: datetime) -> None:
    entry = CATALOGUE.get(record.kind)
    say(f"{entry.title if entry else record.kind} ({record.kind}, {record.severity}, for {record.team})")
    say(f"  {record.told}")
    size = size_of(record.facts).told
    say(f"  number {record.exception_id}, {_standing(record, now)}{f', {size}' if size else ''}{_seen(record)}")
    if entry is not None and record.closed_at is None:
        _show_steps(entry.steps_in_words(record.facts), entry.closes_when)
    say("  what happened")
    for step in story:
        other = "" if step.exception_id == record.exception_id else f", as number {step.exception_id}"
        by = "" if step.who == "instep" else f" by {step.who}"
        say(f"    {at(step.at)}  {step.event}{by}{other}{f': {step.detail}' if step.detail else ''}")


def _show_steps(steps: Sequence[str], closes_when: str) -> None:
    for number, step in enumerate(steps, 1):
        say(f"    {number}. {step}")
    say(f"    Closes when: {closes_when}")


def _seen(record: ExceptionRecord) -> str:
    """Deadline, earlier occurrences, acknowledgement and sleep, where there are any."""
    told = f"; deadline {at(record.deadline_at)}" if record.deadline_at else ""
    told += f"; for time {record.occurrence}" if record.occurrence > 1 else ""
    told += f"; seen by {record.acknowledged_by}: {record.note}" if record.acknowledged_by else ""
    return told + (f"; sleeps until {at(record.snoozed_until)}" if record.snoozed_until else "")


def _standing(record: ExceptionRecord, now: datetime) -> str:
    return standing_of(
        now=now,
        closed_at=record.closed_at,
        deadline_at=record.deadline_at,
        acknowledged_at=record.acknowledged_at,
        snoozed_until=record.snoozed_until,
    )


def _in_common(records: Sequence[ExceptionRecord]) -> Mapping[str, object]:
    """The facts that all share, so that the steps are told once for all of them."""
    first = records[0].facts
    return {name: value for name, value in first.items() if all(each.facts.get(name) == value for each in records)}
