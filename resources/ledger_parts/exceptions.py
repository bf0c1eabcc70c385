"""Exceptions that a team has to see to, and the audit trail of what people did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.records import AuditEntry, ExceptionRecord, Finding
from resources.ledger_parts.schema import AUDIT, EXCEPTIONS
from resources.ledger_parts.store import LedgerStore, chunks, insert_new

EXCEPTIONS_LOCK = 0x1457E7


class Exceptions(LedgerStore):
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
        """`raise_exception` for many of one kind in one transaction, in the order of `findings`."""

        def work(connection: Connection) -> list[ExceptionRecord]:
            _one_at_a_time(connection, kind)
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
            connection.execute(insert_new(connection, EXCEPTIONS), list(rows.values()))
            found = _open_ones(connection, kind, list(rows))
            told_anew = ("team", "severity", "told", "facts", "deadline_at")
            changed = [
                {f"b_{name}": rows[identity][name] for name in (*told_anew, "identity", "updated_at")}
                for identity, record in found.items()
                if any(getattr(record, name) != rows[identity][name] for name in told_anew)
            ]
            if changed:
                connection.execute(
                    sa.update(EXCEPTIONS)
                    .where(*_open(kind), EXCEPTIONS.c.identity == sa.bindparam("b_identity"))
                    .values({name: sa.bindparam(f"b_{name}") for name in (*told_anew, "updated_at")}),
                    changed,
                )
                found = _open_ones(connection, kind, list(rows))
            return [found[finding.identity] for finding in findings]

        return self._write(work) if findings else []

    def close_exceptions(self, kind: str, keep: Collection[str], scope: str | None = None) -> int:
        """Close the open exceptions of a kind whose identity is not in `keep`; how many were closed.

        With `scope` only those whose identity begins with it are looked at, such as `eu/`: facts about one region
        say nothing about the others.
        """

        def work(connection: Connection) -> int:
            _one_at_a_time(connection, kind)
            query = sa.select(EXCEPTIONS.c.exception_id, EXCEPTIONS.c.identity).where(*_open(kind))
            gone = [
                exception_id
                for exception_id, identity in connection.execute(query)
                if identity not in kept and identity.startswith(scope or "")
            ]
            now = self.clock.now()
            for some in chunks(gone):
                mine = EXCEPTIONS.c.exception_id.in_(some)
                connection.execute(sa.update(EXCEPTIONS).where(mine).values(closed_at=now))
            return len(gone)

        kept = set(keep)
        return self._write(work)

    def acknowledge(self, kind: str, identity: str, who: str, note: str) -> ExceptionRecord:
        """A person has seen it. Raises StoreError when no such exception is open."""

        def work(connection: Connection) -> ExceptionRecord:
            mine = (*_open(kind), EXCEPTIONS.c.identity == identity)
            values = {"acknowledged_at": self.clock.now(), "acknowledged_by": who, "note": note}
            if connection.execute(sa.update(EXCEPTIONS).where(*mine).values(values)).rowcount != 1:
                raise StoreError(f"No exception {kind} {identity} is open.", todo="`instep exceptions` lists them.")
            return _open_ones(connection, kind, [identity])[identity]

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


def _one_at_a_time(connection: Connection, kind: str) -> None:
    """Let nobody else open or close exceptions of this kind until the transaction ends; SQLite does so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(EXCEPTIONS_LOCK, sa.func.hashtext(kind))))


def _open(kind: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return EXCEPTIONS.c.kind == kind, EXCEPTIONS.c.closed_at.is_(None)


def _open_ones(connection: Connection, kind: str, identities: Sequence[str]) -> dict[str, ExceptionRecord]:
    found = {}
    for some in chunks(identities):
        query = sa.select(EXCEPTIONS).where(*_open(kind), EXCEPTIONS.c.identity.in_(some))
        found.update({row.identity: ExceptionRecord(*row) for row in connection.execute(query)})
    return found
