"""Exceptions that a team has to see to, and the audit trail of what people did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import InstepError
from integration_assets.rules.exceptions import CATALOGUE
from resources.ledger_parts.exception_life import INSTEP, ExceptionLife, one_at_a_time, write_events
from resources.ledger_parts.records import AuditEntry, ExceptionRecord, Finding
from resources.ledger_parts.schema import AUDIT, EXCEPTIONS
from resources.ledger_parts.store import chunks, insert_new

TOLD_ANEW = ("team", "severity", "told", "facts", "deadline_at")
STEPS = ("team", "severity", "deadline_at")
"""Of these a change is a step in the exception's life: somebody else's work, more urgent, or due at another time."""


class Exceptions(ExceptionLife):
    """An exception opens once, is updated, not repeated, and closes when the facts say so."""

    def raise_exception(
        self,
        kind: str,
        identity: str,
        team: str,
        severity: str,
        told: str,
        facts: Mapping[str, Any],
        deadline_at: datetime | None = None,
    ) -> ExceptionRecord:
        """Open the exception, or bring the open one of this kind and identity up to date.

        `identity` names the thing within its kind, such as `eu/SKU-1`; `facts` are ids and numbers, never personal
        data. An acknowledgement stays while the exception stays open.
        """
        return self.raise_exceptions(kind, team, severity, [Finding(identity, told, facts, deadline_at)])[0]

    def raise_exceptions(
        self, kind: str, team: str, severity: str, findings: Sequence[Finding]
    ) -> list[ExceptionRecord]:
        """`raise_exception` for many of one kind in one transaction, in the order of `findings`.

        InstepError for a kind that the catalogue does not know: nobody could be told what to do about it.
        """
        if kind not in CATALOGUE:
            raise InstepError(f"There is no exception of kind {kind!r}.", todo="Add it to integration_assets/rules.")

        def work(connection: Connection) -> list[ExceptionRecord]:
            one_at_a_time(connection)
            now = self.clock.now()
            rows = {
                finding.identity: {
                    "kind": kind,
                    "identity": finding.identity,
                    "team": team,
                    "severity": severity,
                    "told": finding.told,
                    "facts": dict(finding.facts),
                    "opened_at": now,
                    "updated_at": now,
                    "deadline_at": finding.deadline_at,
                }
                for finding in sorted(findings, key=lambda finding: finding.identity)
            }
            before = _open_ones(connection, kind, list(rows))
            times = _times_before(connection, kind, [name for name in rows if name not in before])
            new = [{**row, "occurrence": times.get(name, 0) + 1} for name, row in rows.items() if name not in before]
            if new:
                connection.execute(insert_new(connection, EXCEPTIONS), new)
            changed = {
                name: record
                for name, record in before.items()
                if any(getattr(record, field) != rows[name][field] for field in TOLD_ANEW)
            }
            if changed:
                connection.execute(
                    sa.update(EXCEPTIONS)
                    .where(EXCEPTIONS.c.exception_id == sa.bindparam("b_id"))
                    .values({field: sa.bindparam(f"b_{field}") for field in (*TOLD_ANEW, "updated_at")}),
                    [
                        {"b_id": record.exception_id}
                        | {f"b_{field}": rows[name][field] for field in (*TOLD_ANEW, "updated_at")}
                        for name, record in changed.items()
                    ],
                )
            found = _open_ones(connection, kind, list(rows)) if new or changed else before
            opened = [found[name] for name in rows if name not in before]
            steps = [(record.exception_id, *_opening(record.occurrence)) for record in opened]
            steps += [
                (record.exception_id, "changed", detail)
                for name, record in changed.items()
                if (detail := _difference(record, found[name]))
            ]
            write_events(connection, steps, at=now, who=INSTEP)
            return [found[finding.identity] for finding in findings]

        return self._write(work) if findings else []

    def close_exceptions(self, kind: str, keep: Collection[str], scope: str | None = None) -> int:
        """Close the open exceptions of a kind whose identity is not in `keep`; how many were closed.

        With `scope` only those whose identity begins with it are looked at, such as `eu/`: facts about one region
        say nothing about the others.
        """

        def work(connection: Connection) -> int:
            one_at_a_time(connection)
            query = sa.select(EXCEPTIONS.c.exception_id, EXCEPTIONS.c.identity).where(*_open(kind))
            gone = [
                exception_id
                for exception_id, identity in connection.execute(query)
                if identity not in kept and identity.startswith(scope or "")
            ]
            now = self.clock.now()
            for some in chunks(gone):
                mine = EXCEPTIONS.c.exception_id.in_(some)
                connection.execute(sa.update(EXCEPTIONS).where(mine).values(closed_at=now, snoozed_until=None))
            write_events(connection, [(number, "closed", "") for number in gone], at=now, who=INSTEP)
            return len(gone)

        kept = set(keep)
        return self._write(work)

    def open_exceptions(self, kind: str | None = None) -> list[ExceptionRecord]:
        """What is open, the earliest opened first; of one kind when it is given."""
        query = sa.select(EXCEPTIONS).where(EXCEPTIONS.c.closed_at.is_(None))
        if kind is not None:
            query = query.where(EXCEPTIONS.c.kind == kind)
        query = query.order_by(EXCEPTIONS.c.opened_at, EXCEPTIONS.c.exception_id)
        return self._read(lambda connection: [ExceptionRecord(*row) for row in connection.execute(query)])

    def audit(self, actor: str, action: str, subject: str, note: str) -> None:
        """Record that somebody did something to a record. `actor` is a user of this system or a part of it."""
        values = {"at": self.clock.now(), "actor": actor, "action": action, "subject": subject, "note": note}
        self._write(lambda connection: connection.execute(sa.insert(AUDIT).values(values)))

    def audit_trail(self, limit: int = 100) -> list[AuditEntry]:
        """The last entries, newest first."""
        query = sa.select(AUDIT.c.at, AUDIT.c.actor, AUDIT.c.action, AUDIT.c.subject, AUDIT.c.note)
        query = query.order_by(AUDIT.c.audit_id.desc()).limit(limit)
        return self._read(lambda connection: [AuditEntry(*row) for row in connection.execute(query)])


def _open(kind: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return EXCEPTIONS.c.kind == kind, EXCEPTIONS.c.closed_at.is_(None)


def _open_ones(connection: Connection, kind: str, identities: Sequence[str]) -> dict[str, ExceptionRecord]:
    found = {}
    for some in chunks(identities):
        query = sa.select(EXCEPTIONS).where(*_open(kind), EXCEPTIONS.c.identity.in_(some))
        found.update({row.identity: ExceptionRecord(*row) for row in connection.execute(query)})
    return found


def _times_before(connection: Connection, kind: str, identities: Sequence[str]) -> dict[str, int]:
    """How often the kind has come over each identity so far; those it never came over are not named."""
    found: dict[str, int] = {}
    for some in chunks(identities):
        query = sa.select(EXCEPTIONS.c.identity, sa.func.max(EXCEPTIONS.c.occurrence))
        query = query.where(EXCEPTIONS.c.kind == kind, EXCEPTIONS.c.identity.in_(some)).group_by(EXCEPTIONS.c.identity)
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def _opening(occurrence: int) -> tuple[str, str]:
    return ("opened", "") if occurrence == 1 else ("reopened", f"for time {occurrence}")


def _difference(before: ExceptionRecord, now: ExceptionRecord) -> str:
    """What is another step in its life, in words; empty when only its sentence or its facts have changed."""
    told = []
    for field in STEPS:
        was, is_now = getattr(before, field), getattr(now, field)
        if was != is_now:
            told.append(f"{field.removesuffix('_at')} {_word(was)} -> {_word(is_now)}")
    return ", ".join(told)


def _word(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
