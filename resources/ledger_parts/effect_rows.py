"""Statements on the rows of effects, for use inside one transaction: locks, states, and the trail of every step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.records import Effect
from resources.ledger_parts.schema import EFFECTS, EVENTS, SUBJECTS
from resources.ledger_parts.store import chunks, insert_new

SAME_SUBJECT = sa.and_(
    SUBJECTS.c.kind == EFFECTS.c.kind,
    SUBJECTS.c.region == EFFECTS.c.region,
    SUBJECTS.c.subject == EFFECTS.c.subject,
)


class Head(NamedTuple):
    """A subject under its lock: its last sequence, its newest effect and that one's state."""

    last_sequence: int
    newest_id: int | None
    newest_state: str | None


class Standing(NamedTuple):
    """An effect under its subject's lock; of that subject, the newest effect, and the one begun last and its state.

    Ids grow with the sequence of a subject, because both are given under its lock.
    """

    effect: Effect
    newest_id: int
    begun_id: int | None
    begun_state: str | None


def name_of(effect: Effect) -> str:
    """The effect in a message."""
    return f"Effect {effect.effect_id} ({effect.kind} {effect.region} {effect.subject}, sequence {effect.sequence})"


def heads(connection: Connection, kind: str, region: str, subjects: Iterable[str]) -> dict[str, Head]:
    """The subjects under their locks, made where they are new."""
    ordered = sorted(set(subjects))
    found = _known_heads(connection, kind, region, ordered)
    new = [subject for subject in ordered if subject not in found]
    if new:
        first = {"kind": kind, "region": region, "last_sequence": 0}
        connection.execute(insert_new(connection, SUBJECTS), [{**first, "subject": subject} for subject in new])
        found.update(_known_heads(connection, kind, region, new))
    return found


def standings(connection: Connection, effect_ids: Sequence[int]) -> list[Standing]:
    """The effects as they are under their subjects' locks."""
    begun = EFFECTS.alias("begun")
    found: list[Standing] = []
    for some in chunks(effect_ids):
        _lock(
            connection, sa.select(SUBJECTS.c.subject).join(EFFECTS, SAME_SUBJECT).where(EFFECTS.c.effect_id.in_(some))
        )
        query = (
            sa.select(EFFECTS, SUBJECTS.c.newest_id, SUBJECTS.c.begun_id, begun.c.state)
            .join(SUBJECTS, SAME_SUBJECT)
            .outerjoin(begun, begun.c.effect_id == SUBJECTS.c.begun_id)
            .where(EFFECTS.c.effect_id.in_(some))
            .order_by(EFFECTS.c.effect_id)
        )
        found.extend(Standing(Effect(*row[:-3]), *row[-3:]) for row in connection.execute(query))
    return found


def expect(connection: Connection, effect_ids: Sequence[int], states: Collection[str], verb: str) -> list[Standing]:
    """The effects under their locks, all in one of `states`; StoreError names the first that is not."""
    found = standings(connection, effect_ids)
    missing = set(effect_ids) - {standing.effect.effect_id for standing in found}
    if missing:
        raise StoreError(f"There is no effect {min(missing)}, so it cannot be {verb}.")
    for effect, *_ in found:
        if effect.state not in states:
            raise StoreError(
                f"{name_of(effect)} is {effect.state} and cannot be {verb}: expected {' or '.join(states)}."
            )
    return found


def these(connection: Connection, effect_ids: Sequence[int]) -> list[Effect]:
    """The effects in the order of the ids; StoreError when one does not exist."""
    found: dict[int, Effect] = {}
    for some in chunks(effect_ids):
        rows = connection.execute(sa.select(EFFECTS).where(EFFECTS.c.effect_id.in_(some)))
        found.update({row[0]: Effect(*row) for row in rows})
    for effect_id in effect_ids:
        if effect_id not in found:
            raise StoreError(f"There is no effect {effect_id}.")
    return [found[effect_id] for effect_id in effect_ids]


def set_state(
    connection: Connection, effect_ids: Sequence[int], state: str, at: datetime, detail: str, **values: Any
) -> None:
    """Bring the effects to `state`, set `values` on them, and note the step."""
    for some in chunks(effect_ids):
        change = sa.update(EFFECTS).where(EFFECTS.c.effect_id.in_(some))
        connection.execute(change.values(state=state, detail=detail, **values))
    note(connection, [(effect_id, state) for effect_id in dict.fromkeys(effect_ids)], at, detail)


def set_begun(connection: Connection, effect_ids: Sequence[int]) -> None:
    """Remember for each subject that this effect was begun; older ones never may be."""
    _set_subjects(connection, effect_ids, begun_id=EFFECTS.c.effect_id)


def set_newest(connection: Connection, effect_ids: Sequence[int]) -> None:
    """Remember for each subject that this effect is its newest."""
    _set_subjects(connection, effect_ids, newest_id=EFFECTS.c.effect_id, last_sequence=EFFECTS.c.sequence)


def set_verified(connection: Connection, effect_ids: Sequence[int]) -> None:
    """Remember for each subject that this effect was seen to be true, unless a newer one was."""
    before = sa.func.coalesce(SUBJECTS.c.verified_id, 0)
    newer = sa.case((before > EFFECTS.c.effect_id, before), else_=EFFECTS.c.effect_id)
    _set_subjects(connection, effect_ids, verified_id=newer)


def note(connection: Connection, steps: Iterable[tuple[int, str]], at: datetime, detail: str) -> None:
    """Append the (effect, state) steps to the trail."""
    rows = [{"effect_id": effect_id, "at": at, "state": state, "detail": detail} for effect_id, state in steps]
    if rows:
        connection.execute(sa.insert(EVENTS), rows)


def _set_subjects(connection: Connection, effect_ids: Sequence[int], **values: Any) -> None:
    for some in chunks(effect_ids):
        mine = (SAME_SUBJECT, EFFECTS.c.effect_id.in_(some))
        connection.execute(sa.update(SUBJECTS).where(*mine).values(**values))


def _known_heads(connection: Connection, kind: str, region: str, subjects: Sequence[str]) -> dict[str, Head]:
    """The subjects that there are, under their locks. One that appears meanwhile is not locked, so it is left out."""
    found = {}
    for some in chunks(subjects):
        mine = (SUBJECTS.c.kind == kind, SUBJECTS.c.region == region, SUBJECTS.c.subject.in_(some))
        locked = _lock(connection, sa.select(SUBJECTS.c.subject).where(*mine))
        query = (
            sa.select(SUBJECTS.c.subject, SUBJECTS.c.last_sequence, SUBJECTS.c.newest_id, EFFECTS.c.state)
            .outerjoin(EFFECTS, EFFECTS.c.effect_id == SUBJECTS.c.newest_id)
            .where(*mine)
        )
        rows = connection.execute(query)
        found.update({row[0]: Head(*row[1:]) for row in rows if locked is None or row[0] in locked})
    return found


def _lock(connection: Connection, subjects: sa.Select[tuple[str]]) -> set[str] | None:
    """Keep the subjects from other writers, in an order all writers share; which ones. What they hold is read after.

    A statement of its own, because PostgreSQL fills the joined columns of a locking SELECT from before it waited.
    None on SQLite, whose writers have the whole file to themselves.
    """
    if connection.dialect.name != "postgresql":
        return None
    ordered = subjects.order_by(SUBJECTS.c.kind, SUBJECTS.c.region, SUBJECTS.c.subject)
    return set(connection.scalars(ordered.with_for_update(of=SUBJECTS)))
