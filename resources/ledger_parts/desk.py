"""What people decided (baselines, holds), which records belong together (links), how far a reader came (cursors)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.records import Baseline, Hold, Link
from resources.ledger_parts.schema import BASELINES, CURSORS, HOLDS, LINKS
from resources.ledger_parts.store import LedgerStore, chunks, insert_new, locked_row


class Desk(LedgerStore):
    """Baselines, holds, links and cursors."""

    def set_baseline(
        self,
        region: str,
        subject: str,
        quantity: int,
        note: str,
        who: str,
        word: Literal["accept", "restore"] = "accept",
    ) -> Baseline:
        """A person accepts the `quantity` units that Amazon shows for the SKU, or has our number restored."""
        at = self.clock.now()
        baseline = Baseline(region, subject, word, quantity, at, note, who)
        self._write(lambda connection: connection.execute(sa.insert(BASELINES).values(asdict(baseline))))
        return baseline

    def baselines(self, region: str) -> dict[str, Baseline]:
        """The last word on every SKU that has one."""
        newest = sa.select(sa.func.max(BASELINES.c.baseline_id)).where(BASELINES.c.region == region)
        query = sa.select(*(BASELINES.c[field.name] for field in fields(Baseline)))
        query = query.where(BASELINES.c.baseline_id.in_(newest.group_by(BASELINES.c.subject)))
        return self._read(lambda connection: {row[1]: Baseline(*row) for row in connection.execute(query)})

    def open_hold(self, scope: str, detail: str) -> Hold:
        """Keep back what `scope` names, such as `plan/eu`. Where it is kept back already, the detail is updated."""

        def work(connection: Connection) -> Hold:
            values = {"scope": scope, "detail": detail, "opened_at": self.clock.now()}
            opened = connection.execute(insert_new(connection, HOLDS).values(values).returning(HOLDS)).one_or_none()
            again = sa.update(HOLDS).where(*_open(scope)).values(detail=detail).returning(HOLDS)
            row = opened or connection.execute(again).one_or_none()
            if row is None:
                raise StoreError(f"The hold on `{scope}` was released at the same moment.", todo="Plan again.")
            return Hold(*row)

        return self._write(work)

    def release_hold(self, scope: str, who: str, note: str, *, detail: str | None = None) -> Hold:
        """A person lets it go, where `detail` is given only while that is what is held.

        Raises StoreError when nothing is kept back under this scope, or something else by now.
        """

        def work(connection: Connection) -> Hold:
            query = sa.select(HOLDS.c.hold_id, HOLDS.c.detail).where(*_open(scope)).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is not None and detail not in (None, row[1]):
                raise StoreError(f"What is held under `{scope}` has changed: {row[1]}.", todo="Look at it again.")
            if row is None:
                raise StoreError(f"Nothing is held under `{scope}`.", todo="`hold_on` tells what is held.")
            mine = HOLDS.c.hold_id == row[0]
            values = {"released_at": self.clock.now(), "who": who, "note": note}
            connection.execute(sa.update(HOLDS).where(mine).values(values))
            return Hold(*connection.execute(sa.select(HOLDS).where(mine)).one())

        return self._write(work)

    def hold_on(self, scope: str) -> Hold | None:
        """The open hold of this scope; None when nothing is kept back."""
        query = sa.select(HOLDS).where(*_open(scope))
        row = self._read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else Hold(*row)

    def last_hold(self, scope: str) -> Hold | None:
        """The newest hold of this scope, released or not: a plan that a person let go must not be held again."""
        query = sa.select(HOLDS).where(HOLDS.c.scope == scope).order_by(HOLDS.c.hold_id.desc()).limit(1)
        row = self._read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else Hold(*row)

    def open_holds(self) -> list[Hold]:
        """Everything that is kept back now, oldest first."""
        query = sa.select(HOLDS).where(HOLDS.c.released_at.is_(None)).order_by(HOLDS.c.hold_id)
        return self._read(lambda connection: [Hold(*row) for row in connection.execute(query)])

    def link(self, kind: str, left_id: str, right_id: str) -> bool:
        """Remember that two records stand for the same thing; False when that was known."""
        values = {"kind": kind, "left_id": left_id, "right_id": right_id, "created_at": self.clock.now()}
        return self._write(
            lambda connection: connection.execute(insert_new(connection, LINKS).values(values)).rowcount == 1
        )

    def links(self, kind: str, *, left_id: str | None = None, right_id: str | None = None) -> list[Link]:
        """The links of a kind, of one record when its id is given, oldest first."""
        query = sa.select(LINKS).where(LINKS.c.kind == kind)
        if left_id is not None:
            query = query.where(LINKS.c.left_id == left_id)
        if right_id is not None:
            query = query.where(LINKS.c.right_id == right_id)
        query = query.order_by(LINKS.c.created_at, LINKS.c.left_id, LINKS.c.right_id)
        return self._read(lambda connection: [Link(*row) for row in connection.execute(query)])

    def links_of(self, kind: str, left_ids: Iterable[str]) -> list[Link]:
        """The links of a kind of these records, oldest first for each of them."""
        query = sa.select(LINKS).where(LINKS.c.kind == kind).order_by(LINKS.c.created_at, LINKS.c.right_id)
        parts = [query.where(LINKS.c.left_id.in_(some)) for some in chunks(sorted(set(left_ids)))]
        return self._read(lambda connection: [Link(*row) for part in parts for row in connection.execute(part)])

    def cursor(self, name: str) -> str | None:
        """How far a reader came; None before its first `set_cursor`."""
        query = sa.select(CURSORS.c.value).where(CURSORS.c.name == name)
        return self._read(lambda connection: connection.scalar(query))

    def set_cursor(self, name: str, value: str) -> None:
        """Remember how far a reader came."""

        def work(connection: Connection) -> None:
            now = self.clock.now()
            locked_row(connection, CURSORS, {"name": name}, {"value": value, "updated_at": now})
            connection.execute(sa.update(CURSORS).where(CURSORS.c.name == name).values(value=value, updated_at=now))

        self._write(work)


def _open(scope: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return HOLDS.c.scope == scope, HOLDS.c.released_at.is_(None)
