"""The generated pages of the manual, in the brand's own names: runbook, routines, who owns what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from integration_assets.publish.manual.brand import owners, promises, told_how
from integration_assets.rules.exception_kinds.kind import ExceptionKind
from integration_assets.rules.exceptions import CATALOGUE
from resources.operating_model import OperatingModel
from resources.operating_model_parts.types import TEAMS

ROUTINES = Path(__file__).with_name("routines.template")
MADE = "This page is made by `instep manual` from the operating model and the catalogue of exceptions."
SEVERITIES = {
    "urgent": "sales go wrong now",
    "high": "they will, unless somebody acts today",
    "normal": "something is left out",
}


def pages(model: OperatingModel) -> dict[str, str]:
    """The pages by file name, in Markdown."""
    return {
        "runbook.md": _joined(runbook()),
        "routines.md": routines(model),
        "owners.md": _joined(who_owns_what(model)),
    }


def runbook() -> Iterator[str]:
    """Every kind of exception, by team: what it means, whose word counts, by when, how to end it, when it closes."""
    yield "# Runbook"
    yield f"What each exception means and how to end it. {MADE}"
    yield (
        "`instep exceptions` and the operator page show what is open, with the commands filled in. In the steps below "
        "words in capitals stand for what differs: `SKU`, `REGION`, `TABLE`. An exception closes by itself when the "
        "facts say so; `instep ack NUMBER --note '...'` tells the others that you see to it, and `--until 2d` lets it "
        "sleep."
    )
    meanings = "; ".join(f"**{word}**: {told}" for word, told in SEVERITIES.items())
    yield f"Severity says how bad it is. {meanings}."
    for team in TEAMS.allowed:
        kinds = _of_team(team)
        if not kinds:
            continue
        yield f"## For {team}"
        yield "\n".join(
            ["| exception | severity | its record is owned by |", "|---|---|---|"]
            + [f"| [{kind.title}](#{kind.name}) | {kind.severity} | {kind.record_owner} |" for kind in kinds]
        )
        for kind in kinds:
            yield from _entry(kind)


def routines(model: OperatingModel) -> str:
    """What each team looks at daily, weekly and at month-end, how to pause, and what to do in an outage."""
    return Template(ROUTINES.read_text(encoding="utf-8")).substitute(made=MADE, told_how=told_how(model))


def who_owns_what(model: OperatingModel) -> Iterator[str]:
    """Which system's word counts for each record, and what this brand has promised Amazon."""
    yield "# Who owns what"
    yield f"One system owns each record; the other is made to follow. {MADE}"
    yield from owners(model)
    yield "## What is promised to Amazon"
    yield from promises(model)


def _entry(kind: ExceptionKind) -> Iterator[str]:
    yield f"### {kind.name}"
    yield f"**{kind.title}.** {kind.in_words}"
    lines = [f"- Severity: {kind.severity}, {SEVERITIES[kind.severity]}.", f"- {kind.record_owner} owns the record."]
    if kind.deadline:
        lines.append(f"- Deadline: {kind.deadline}")
    lines.append(f"- Closes by itself: {kind.closes_when}")
    yield "\n".join(lines)
    yield "\n".join(f"{number}. {step}" for number, step in enumerate(kind.steps_in_words({}), 1))


def _of_team(team: str) -> list[ExceptionKind]:
    found = [kind for kind in CATALOGUE.values() if kind.team == team]
    return sorted(found, key=lambda kind: (list(SEVERITIES).index(kind.severity), kind.title))


def _joined(parts: Iterator[str] | Sequence[str]) -> str:
    return "\n\n".join(parts).rstrip() + "\n"
