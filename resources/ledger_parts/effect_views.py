"""Reading effects: what is open, newest, verified, due, and how often a subject was pushed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from resources.ledger_parts.effect_rows import these
from resources.ledger_parts.records import Effect, EffectEvent, Verified
from resources.ledger_parts.schema import EFFECTS, EVENTS, SUBJECTS
from resources.ledger_parts.store import LedgerStore, chunks

OPEN_STATES = ("intended", "sent", "applied", "unknown", "held")
"""The states in which something is still to be done or awaited."""
LATE = timedelta(hours=1)
"""How long after its sending an overtaken value may still be applied."""
NOT_DONE = "not_done"
"""The event of a call that certainly did nothing; the effect's state is `intended` again."""
MAY_STILL_LAND = ("intended", "sent", "applied", "unknown", "superseded")
"""The states of an effect that was sent once and whose value the far side may still take on."""

FIRST_SENT_AT = (
    sa.select(sa.func.min(EVENTS.c.at))
    .where(EVENTS.c.effect_id == EFFECTS.c.effect_id, EVENTS.c.state == "sent")
    .scalar_subquery()
)
"""When an effect was first sent; it may have been sent again since."""


class EffectViews(LedgerStore):
    """The reading half of effects; it changes nothing."""

    def effect(self, effect_id: int) -> Effect:
        """One effect; StoreError when there is none with this id."""
        return self._read(lambda connection: these(connection, [effect_id]))[0]

    def events(self, effect_id: int) -> list[EffectEvent]:
        """Every state the effect came to, oldest first."""
        query = (
            sa.select(EVENTS.c.effect_id, EVENTS.c.at, EVENTS.c.state, EVENTS.c.detail)
            .where(EVENTS.c.effect_id == effect_id)
            .order_by(EVENTS.c.event_id)
        )
        return self._read(lambda connection: [EffectEvent(*row) for row in connection.execute(query)])

    def open_effects(self, kind: str, region: str, states: Collection[str] | None = None) -> list[Effect]:
        """The effects still to be done or awaited (`OPEN_STATES`, or those in `states`), oldest first."""
        wanted = OPEN_STATES if states is None else tuple(states)
        query = sa.select(EFFECTS).where(*_of(kind, region), EFFECTS.c.state.in_(wanted))
        return self._effects(query.order_by(EFFECTS.c.effect_id))

    def newest(self, kind: str, region: str) -> dict[str, Effect]:
        """The newest intention of every subject, whatever its state."""
        query = sa.select(EFFECTS).join(SUBJECTS, SUBJECTS.c.newest_id == EFFECTS.c.effect_id)
        effects = self._effects(query.where(SUBJECTS.c.kind == kind, SUBJECTS.c.region == region))
        return {effect.subject: effect for effect in effects}

    def newest_of(self, kind: str, region: str, subjects: Iterable[str]) -> dict[str, Effect]:
        """The newest intention of each of these subjects that has one; the work grows with the subjects asked for."""
        joined = sa.select(EFFECTS).join(SUBJECTS, SUBJECTS.c.newest_id == EFFECTS.c.effect_id)
        mine = joined.where(SUBJECTS.c.kind == kind, SUBJECTS.c.region == region)
        found: list[Effect] = []
        for some in chunks(sorted(set(subjects))):
            found += self._effects(mine.where(SUBJECTS.c.subject.in_(some)))
        return {effect.subject: effect for effect in found}

    def last_verified(self, kind: str, region: str, subjects: Iterable[str] | None = None) -> dict[str, Verified]:
        """The newest intention of every subject, or of these, that was seen to be true."""
        query = (
            sa.select(
                EFFECTS.c.effect_id,
                EFFECTS.c.subject,
                EFFECTS.c.payload,
                FIRST_SENT_AT,
                EFFECTS.c.sent_at,
                EFFECTS.c.verified_at,
            )
            .join(SUBJECTS, SUBJECTS.c.verified_id == EFFECTS.c.effect_id)
            .where(SUBJECTS.c.kind == kind, SUBJECTS.c.region == region)
        )
        mine = SUBJECTS.c.subject
        parts = [query] if subjects is None else [query.where(mine.in_(some)) for some in chunks(sorted(set(subjects)))]
        return self._read(
            lambda connection: {row[1]: Verified(*row) for part in parts for row in connection.execute(part)}
        )

    def in_the_air(self, kind: str, region: str) -> list[Effect]:
        """What was sent since the last verified intention of its subject and may still be applied, oldest first.

        An overtaken effect is among them, for an hour also one that was sent before the verified one: the far side may
        carry it out late.
        """
        query = (
            sa.select(EFFECTS)
            .join(
                SUBJECTS,
                sa.and_(
                    SUBJECTS.c.kind == EFFECTS.c.kind,
                    SUBJECTS.c.region == EFFECTS.c.region,
                    SUBJECTS.c.subject == EFFECTS.c.subject,
                ),
            )
            .where(
                *_of(kind, region),
                EFFECTS.c.state.in_(MAY_STILL_LAND),
                sa.or_(
                    EFFECTS.c.effect_id > sa.func.coalesce(SUBJECTS.c.verified_id, 0),
                    EFFECTS.c.sent_at >= self.clock.now() - LATE,
                ),
                EFFECTS.c.sent_at.is_not(None),
            )
        )
        return self._effects(query.order_by(EFFECTS.c.effect_id))

    def first_sent(self, effect_ids: Iterable[int]) -> dict[int, datetime]:
        """When each of these effects was first sent; one that was sent again may still be applied from then."""
        query = sa.select(EFFECTS.c.effect_id, FIRST_SENT_AT)
        parts = [query.where(EFFECTS.c.effect_id.in_(some)) for some in chunks(sorted(set(effect_ids)))]
        return self._read(
            lambda connection: {effect_id: at for part in parts for effect_id, at in connection.execute(part)}
        )

    def touched(self, kind: str, region: str, after_event: int) -> tuple[list[Effect], int]:
        """The effects that came to a new state after this event, as they are now, and the newest event's number."""

        def work(connection: Connection) -> tuple[list[Effect], int]:
            newest = connection.scalar(sa.select(sa.func.max(EVENTS.c.event_id))) or 0
            moved = sa.select(EVENTS.c.effect_id).where(EVENTS.c.event_id > after_event, EVENTS.c.event_id <= newest)
            query = sa.select(EFFECTS).where(*_of(kind, region), EFFECTS.c.effect_id.in_(moved))
            rows = connection.execute(query.order_by(EFFECTS.c.effect_id))
            return [Effect(*row) for row in rows], newest

        return self._read(work)

    def history(self, kind: str, region: str, subject: str, limit: int = 50) -> list[Effect]:
        """The subject's intentions, newest first."""
        query = sa.select(EFFECTS).where(*_of(kind, region), EFFECTS.c.subject == subject)
        return self._effects(query.order_by(EFFECTS.c.sequence.desc()).limit(limit))

    def due_for_check(self, now: datetime, kind: str | None = None, region: str | None = None) -> list[Effect]:
        """The applied and unknown effects to read back by `now`, the longest due first."""
        query = sa.select(EFFECTS).where(EFFECTS.c.state.in_(("applied", "unknown")), EFFECTS.c.check_at <= now)
        if kind is not None:
            query = query.where(EFFECTS.c.kind == kind)
        if region is not None:
            query = query.where(EFFECTS.c.region == region)
        return self._effects(query.order_by(EFFECTS.c.check_at, EFFECTS.c.effect_id))

    def effects_about(self, text: str) -> list[Effect]:
        """The effects of any kind whose subject holds this text, such as an order's id; oldest first."""
        query = sa.select(EFFECTS).where(EFFECTS.c.subject.contains(text, autoescape=True))
        return self._effects(query.order_by(EFFECTS.c.effect_id))

    def oldest_waiting(self) -> list[Effect]:
        """Of each kind and region the effect that has waited the longest to be sent, the oldest first."""
        place = sa.func.row_number().over(
            partition_by=(EFFECTS.c.kind, EFFECTS.c.region), order_by=(EFFECTS.c.decided_at, EFFECTS.c.effect_id)
        )
        waiting = sa.select(EFFECTS.c.effect_id, place.label("place")).where(EFFECTS.c.state == "intended").subquery()
        query = sa.select(EFFECTS).join(waiting, waiting.c.effect_id == EFFECTS.c.effect_id)
        return self._effects(query.where(waiting.c.place == 1).order_by(EFFECTS.c.decided_at, EFFECTS.c.effect_id))

    def count_pushes(self, kind: str, region: str, since: datetime) -> dict[str, int]:
        """How often each subject was sent since then, repeats counted; subjects that were not are not named.

        A call that certainly did nothing is none.
        """
        one = sa.case((EVENTS.c.state == "sent", 1), else_=-1)
        query = (
            sa.select(EFFECTS.c.subject, sa.func.sum(one))
            .join(EVENTS, EVENTS.c.effect_id == EFFECTS.c.effect_id)
            .where(EVENTS.c.state.in_(("sent", NOT_DONE)), EVENTS.c.at >= since, *_of(kind, region))
            .group_by(EFFECTS.c.subject)
        )
        return self._read(lambda connection: {row[0]: row[1] for row in connection.execute(query) if row[1] > 0})

    def _effects(self, query: sa.Select[Any]) -> list[Effect]:
        return self._read(lambda connection: [Effect(*row) for row in connection.execute(query)])


def _of(kind: str, region: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return EFFECTS.c.kind == kind, EFFECTS.c.region == region
