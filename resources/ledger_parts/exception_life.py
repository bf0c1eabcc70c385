"""The life of an exception after it was opened: who has seen it, until when it sleeps, and every step it took."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.records import ExceptionEvent, ExceptionRecord
from resources.ledger_parts.schema import AUDIT, EXCEPTION_EVENTS, EXCEPTIONS
from resources.ledger_parts.store import LedgerStore

EVENTS = ("opened", "reopened", "changed", "acknowledged", "snoozed", "woken", "due", "closed")
"""Steps of a life. `changed`: severity, team or deadline are others. `due`: the deadline is near."""

INSTEP = "instep"
"""Who took a step that no person took."""

EXCEPTIONS_LOCK = 0x1457E7


class ExceptionLife(LedgerStore):
    """What people and time do to an exception, and its history."""

    def acknowledge(
        self, kind: str, identity: str, who: str, note: str, until: datetime | None = None
    ) -> ExceptionRecord:
        """A person has seen it; with `until` nobody is told of it again before then. Kept in the audit trail.

        Raises StoreError when no such exception is open, or `until` has passed.
        """
        return self._acknowledge(
            (EXCEPTIONS.c.kind == kind, EXCEPTIONS.c.identity == identity), f"{kind} {identity}", who, note, until
        )

    def acknowledge_number(
        self, exception_id: int, who: str, note: str, until: datetime | None = None
    ) -> ExceptionRecord:
        """`acknowledge` for the open exception with this number."""
        return self._acknowledge(
            (EXCEPTIONS.c.exception_id == exception_id,), f"number {exception_id}", who, note, until
        )

    def _acknowledge(
        self,
        which: tuple[sa.ColumnElement[bool], ...],
        called: str,
        who: str,
        note: str,
        until: datetime | None,
    ) -> ExceptionRecord:
        now = self.clock.now()
        if until is not None and until <= now:
            raise StoreError(
                f"Exception {called} cannot sleep until {until:%Y-%m-%d %H:%M} UTC: that has passed.",
                todo="Give a moment in the future.",
            )

        def work(connection: Connection) -> ExceptionRecord:
            one_at_a_time(connection)
            values = {"acknowledged_at": now, "acknowledged_by": who, "note": note, "snoozed_until": until}
            update = sa.update(EXCEPTIONS).where(*which, EXCEPTIONS.c.closed_at.is_(None)).values(values)
            row = connection.execute(update.returning(EXCEPTIONS)).one_or_none()
            if row is None:
                raise StoreError(f"No exception {called} is open.", todo="`instep exceptions` lists them.")
            record = ExceptionRecord(*row)
            event, detail = "acknowledged", note
            if until is not None:
                event, detail = "snoozed", f"until {until:%Y-%m-%d %H:%M} UTC{f': {note}' if note else ''}"
            write_events(connection, [(record.exception_id, event, detail)], at=now, who=who)
            subject = f"{record.exception_id} {record.kind} {record.identity}"
            entry = {"at": now, "actor": who, "action": f"{event} exception", "subject": subject, "note": detail}
            connection.execute(sa.insert(AUDIT).values(entry))
            return record

        return self._write(work)

    def let_time_pass(self, *, due_within: timedelta) -> int:
        """Wake what has slept long enough, and note once of each deadline that it is near; how many steps were noted.

        A snoozed exception is due all the same: a deadline does not sleep.
        """
        now = self.clock.now()
        is_open = EXCEPTIONS.c.closed_at.is_(None)

        def work(connection: Connection) -> int:
            one_at_a_time(connection)
            asleep = sa.update(EXCEPTIONS).where(is_open, EXCEPTIONS.c.snoozed_until <= now).values(snoozed_until=None)
            woken = connection.scalars(asleep.returning(EXCEPTIONS.c.exception_id)).all()
            near = sa.select(EXCEPTIONS.c.exception_id, EXCEPTIONS.c.deadline_at).where(
                is_open, EXCEPTIONS.c.deadline_at <= now + due_within
            )
            told = sa.select(EXCEPTION_EVENTS.c.exception_id, EXCEPTION_EVENTS.c.detail).where(
                EXCEPTION_EVENTS.c.event == "due",
                EXCEPTION_EVENTS.c.exception_id.in_(sa.select(EXCEPTIONS.c.exception_id).where(is_open)),
            )
            before = {(row[0], row[1]) for row in connection.execute(told)}
            due = [(row[0], f"by {row[1]:%Y-%m-%d %H:%M} UTC") for row in connection.execute(near)]
            steps = [(number, "woken", "") for number in woken]
            steps += [(number, "due", detail) for number, detail in due if (number, detail) not in before]
            write_events(connection, steps, at=now, who=INSTEP)
            return len(steps)

        return self._write(work)

    def exception(self, exception_id: int) -> ExceptionRecord:
        """One exception, open or closed. Raises StoreError when there is none with this number."""
        query = sa.select(EXCEPTIONS).where(EXCEPTIONS.c.exception_id == exception_id)
        row = self._read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise StoreError(f"There is no exception {exception_id}.", todo="`instep exceptions` lists what is open.")
        return ExceptionRecord(*row)

    def exception_story(self, kind: str, identity: str) -> list[ExceptionEvent]:
        """Every step of every occurrence of this kind over this identity, oldest first."""
        mine = sa.select(EXCEPTIONS.c.exception_id).where(EXCEPTIONS.c.kind == kind, EXCEPTIONS.c.identity == identity)
        query = sa.select(EXCEPTION_EVENTS).where(EXCEPTION_EVENTS.c.exception_id.in_(mine))
        query = query.order_by(EXCEPTION_EVENTS.c.event_id)
        return self._read(lambda connection: [ExceptionEvent(*row) for row in connection.execute(query)])

    def exceptions_since(self, closed_since: datetime) -> list[ExceptionRecord]:
        """What is open, and what was closed since then; by number."""
        query = sa.select(EXCEPTIONS).where(
            sa.or_(EXCEPTIONS.c.closed_at.is_(None), EXCEPTIONS.c.closed_at >= closed_since)
        )
        query = query.order_by(EXCEPTIONS.c.exception_id)
        return self._read(lambda connection: [ExceptionRecord(*row) for row in connection.execute(query)])

    def exception_steps(
        self, after: int, teams: Iterable[str] | None = None, limit: int = 20_000
    ) -> list[tuple[ExceptionEvent, ExceptionRecord]]:
        """The steps after this event, oldest first, each with its exception as it is now; of some teams only if named.

        An `event_id` is safe as a cursor at once: steps appear in its order, on both databases.
        """
        query = sa.select(EXCEPTION_EVENTS, EXCEPTIONS).join(
            EXCEPTIONS, EXCEPTIONS.c.exception_id == EXCEPTION_EVENTS.c.exception_id
        )
        query = query.where(EXCEPTION_EVENTS.c.event_id > after)
        if teams is not None:
            query = query.where(EXCEPTIONS.c.team.in_(sorted(teams)))
        query = query.order_by(EXCEPTION_EVENTS.c.event_id).limit(limit)
        width = len(EXCEPTION_EVENTS.c)

        def work(connection: Connection) -> list[tuple[ExceptionEvent, ExceptionRecord]]:
            rows = connection.execute(query)
            return [(ExceptionEvent(*row[:width]), ExceptionRecord(*row[width:])) for row in rows]

        return self._read(work)

    def newest_exception_step(self) -> int:
        """The number of the newest step; 0 before the first."""
        query = sa.select(sa.func.max(EXCEPTION_EVENTS.c.event_id))
        return self._read(lambda connection: connection.scalar(query)) or 0


def one_at_a_time(connection: Connection) -> None:
    """Let nobody else change exceptions until the transaction ends; SQLite does so anyway.

    Numbers are given before the commit: side by side, steps could appear below one that a reader has seen.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(EXCEPTIONS_LOCK)))


def write_events(connection: Connection, steps: Iterable[tuple[int, str, str]], *, at: datetime, who: str) -> None:
    """Add steps: (exception, event, detail) each."""
    rows: list[dict[str, Any]] = [
        {"exception_id": number, "at": at, "event": event, "who": who, "detail": detail}
        for number, event, detail in steps
    ]
    if rows:
        connection.execute(sa.insert(EXCEPTION_EVENTS), rows)
