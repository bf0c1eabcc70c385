"""A story is a head of facts and a timeline, each told in chapters: a SELECT each, left out where its tables are not.

A chapter's SELECT takes `$id`. A fact answers (name, value); a step of the timeline (moment, what happened).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli.output import at, say
from integration_assets.contracts.errors import ConfigurationError, StoreError
from integration_assets.rules.money import in_text

if TYPE_CHECKING:
    from resources.connections import Connections

EVER = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What some tables tell of the thing."""

    needs: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that can be explained, and what tells of it. `called` says where its ids come from.

    `known` answers rows for one that exists; `like` answers ids that look like the one that was typed.
    """

    name: str
    called: str
    known: tuple[Chapter, ...]
    like: tuple[Chapter, ...]
    facts: tuple[Chapter, ...]
    timeline: tuple[Chapter, ...]


@dataclass(slots=True)
class Story:
    """What is told of one thing."""

    thing: str
    id: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    timeline: list[tuple[datetime, str]] = field(default_factory=list)

    def as_document(self) -> dict[str, Any]:
        """The story for machines."""
        return {
            "thing": self.thing,
            "id": self.id,
            "facts": [{"name": name, "value": value} for name, value in self.facts],
            "exceptions": self.exceptions,
            "timeline": [{"at": when, "what": what} for when, what in self.timeline],
        }


def tell(connections: Connections, thing: Thing, id_: str, tables: Collection[str]) -> Story:
    """Tell of one thing. ConfigurationError when nothing knows it, with those that look like it."""
    if not any(set(chapter.needs) <= set(tables) for chapter in thing.known):
        raise ConfigurationError(f"This installation reads nothing that would know of any {thing.name}.")
    if not _answers(connections, thing.known, id_, tables):
        alike = ", ".join(str(row[0]) for row in _answers(connections, thing.like, id_[:10], tables)[:3])
        todo = f"Like it are: {alike}." if alike else f"Ids are typed as {thing.called} has them."
        raise ConfigurationError(f"Nothing is known of {thing.name} {id_!r}.", todo=todo)
    story = Story(thing.name, id_)
    story.facts = [(str(name), in_text(str(value))) for name, value in _answers(connections, thing.facts, id_, tables)]
    told = _answers(connections, thing.timeline, id_, tables)
    story.timeline = [(when, in_text(str(what))) for when, what in told if when]
    ledger = connections.ledger
    for effect in ledger.effects_about(id_):
        name = effect.kind.replace("_", " ")
        for event in ledger.events(effect.effect_id):
            detail = f": {event.detail}" if event.detail else ""
            story.timeline.append((event.at, f"{name} of {effect.subject} {event.state}{detail}"))
    for record in ledger.exceptions_since(connections.clock.now() - EVER):
        if id_ in record.identity or id_ in map(str, record.facts.values()):
            story.timeline.append((record.opened_at, f"exception {record.exception_id} ({record.kind}): {record.told}"))
            if record.closed_at is None:
                story.exceptions.append(f"{record.kind} since {at(record.opened_at)}, for {record.team}: {record.told}")
            else:
                story.timeline.append((record.closed_at, f"exception {record.exception_id} ({record.kind}) closed"))
    story.timeline.sort(key=lambda each: each[0])
    return story


def show(story: Story) -> None:
    """Print the story for a person."""
    say(f"{story.thing} {story.id}")
    for name, value in story.facts:
        say(f"  {name:<17}{value}")
    for told in story.exceptions:
        say(f"  exception        {told}")
    say("  what happened")
    for when, what in story.timeline:
        say(f"    {at(when)}  {what}")
    if not story.timeline:
        say("    nothing yet")


def _answers(
    connections: Connections, chapters: Sequence[Chapter], id_: str, tables: Collection[str]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for chapter in chapters:
        if set(chapter.needs) <= set(tables):
            try:
                rows += connections.warehouse.query(chapter.sql, {"id": id_})
            except StoreError as error:
                if "does not exist" not in str(error):  # a table that no run has written yet tells nothing
                    raise
    return rows
