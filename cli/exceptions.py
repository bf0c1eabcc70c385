"""`instep exceptions`: what a person must see to, by team, in the catalogue's words and with its steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import at, counted, say, write_json
from integration_assets.rules.exceptions import CATALOGUE

if TYPE_CHECKING:
    from resources.ledger_parts.records import ExceptionRecord

TEAMS = ("ecommerce", "operations", "finance", "engineering")
BY_SEVERITY = ("urgent", "high", "normal")
STAND_INS = {"region": "REGION", "seller_sku": "SKU", "source": "TABLE"}
"""For a fact of the steps that differs among the exceptions shown, or is not known of one raised long ago."""


def exceptions(model: Path | None, *, as_json: bool) -> int:
    """List what is open, by team and the most urgent kind first. 1 when there is anything, 0 when there is nothing."""
    from resources.connections import connect

    with connect(model) as connections:
        found = sorted(connections.ledger.open_exceptions(), key=_order)
    if as_json:
        write_json([_document(record) for record in found])
    else:
        _show(found)
    return FOUND if found else OK


def _order(record: ExceptionRecord) -> tuple[int, int, str, str]:
    return TEAMS.index(record.team), BY_SEVERITY.index(record.severity), record.kind, record.identity


def _document(record: ExceptionRecord) -> dict[str, Any]:
    entry = CATALOGUE.get(record.kind)
    document = asdict(record)
    if entry is not None:
        document |= {
            "title": entry.title,
            "record_owner": entry.record_owner,
            "steps": entry.steps_for(**{**STAND_INS, **record.facts}),
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
        say(f"    open since {at(record.opened_at)}{_seen(record)}")
    if entry is not None:
        for number, step in enumerate(entry.steps_for(**_in_common(records)), 1):
            say(f"    {number}. {step}")
        say(f"    Closes when: {entry.closes_when}")


def _seen(record: ExceptionRecord) -> str:
    """Deadline and acknowledgement, where there are any."""
    told = f"; deadline {at(record.deadline_at)}" if record.deadline_at else ""
    return f"{told}; seen by {record.acknowledged_by}: {record.note}" if record.acknowledged_by else told


def _in_common(records: Sequence[ExceptionRecord]) -> Mapping[str, object]:
    """The facts that all share, and stand-ins for the others, so that the steps are told once for all of them."""
    first = records[0].facts
    shared = {name: value for name, value in first.items() if all(each.facts.get(name) == value for each in records)}
    return {**STAND_INS, **shared}
