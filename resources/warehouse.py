"""The warehouse: observations with their history, and the tables derived from them, in one DuckDB file.

Rows are checked and staged before the file is opened; every write is one short transaction; nothing here waits for
the network. Analysts read the published copy, never this file.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from integration_assets.contracts import bookkeeping, registry
from integration_assets.contracts.errors import DataError, StoreError
from integration_assets.contracts.sql import Fragment, fill, fixed, table_name
from integration_assets.contracts.table import R, Row, Table
from resources.archive import Archive
from resources.clock import Clock
from resources.warehouse_parts.ddl import Found, comments, fingerprint, statements
from resources.warehouse_parts.derived import (
    insert_staged,
    make_room_for_all,
    make_room_for_keys,
    put_select,
)
from resources.warehouse_parts.file import PATIENCE_SECONDS, opened
from resources.warehouse_parts.kept import put_part
from resources.warehouse_parts.rows import Params, bound, builder, in_utc, select_rows
from resources.warehouse_parts.snapshots import Change, Scope, stage, take_in
from resources.warehouse_parts.staging import staged

__all__ = ["Change", "Observation", "Warehouse"]

MEMORY_LIMIT = "192MiB"
BATCH = 10_000
CONTRACT_CURSOR = "warehouse/contracts"
MAY_SHRINK_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One table's share of a reading; see `Warehouse.observe` for what the fields mean."""

    table: Table[Any]
    rows: Iterable[Row]
    complete: bool = True
    within: Mapping[str, str] | None = None
    max_shrink_percent: int = 20


class Warehouse:
    """The DuckDB file at `path`; the raw archive lies in the folder `archive` beside it.

    `clock` dates derived tables and paces the wait for the file. `patience` is in seconds on the wall.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        patience: float = PATIENCE_SECONDS,
        memory_limit: str = MEMORY_LIMIT,
        tables: Sequence[Table[Any]] = registry.TABLES,
    ) -> None:
        self.path = path
        self.files = Archive(path.parent / "archive")
        self._clock = clock
        self._patience = patience
        self._memory_limit = memory_limit
        self._tables = (*bookkeeping.TABLES, *tables)
        self._contracts = fingerprint(self._tables)

    def connect(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection in UTC, opened when the block is entered and closed when it is left.

        Keep the block short and free of network calls: a writer shuts out everybody else. Raises WarehouseBusy and
        StoreError.
        """
        return opened(
            self.path, self._clock, read_only=read_only, memory_limit=self._memory_limit, patience=self._patience
        )

    def observe(
        self,
        table: Table[R],
        rows: Iterable[R],
        *,
        seen_at: datetime,
        complete: bool = True,
        within: Mapping[str, str] | None = None,
        max_shrink_percent: int = 20,
        cursor: tuple[str, str] | None = None,
    ) -> Change:
        """Store a reading made at `seen_at`: what changed goes to the log, the rows to the current table.

        A `complete` reading speaks of every row of the table, or of every row with the values of `within`: a row it
        lacks is gone. One that is not complete only adds and changes. `cursor` (name, value) is set in the same
        transaction. Nothing is stored when it raises: DataError (a row does not fit, a key stands twice),
        ShrunkenSnapshot (a complete reading lost more than `max_shrink_percent` of its rows, or is empty where
        that cannot be; 100 allows anything), WarehouseBusy, StoreError.
        """
        observation = Observation(
            table=table, rows=rows, complete=complete, within=within, max_shrink_percent=max_shrink_percent
        )
        return self.observe_all([observation], seen_at=seen_at, cursor=cursor)[0]

    def observe_all(
        self, observations: Sequence[Observation], *, seen_at: datetime, cursor: tuple[str, str] | None = None
    ) -> tuple[Change, ...]:
        """Store several tables of one reading, all or none. Raises what `observe` raises."""
        if seen_at.utcoffset() is None:
            raise DataError(f"seen_at={seen_at.isoformat()} has no time zone.", todo="Take it from the clock.")
        for observation in observations:
            self._check(observation.table, "observed")
        with ExitStack() as stack:
            files = [
                stack.enter_context(staged(item.table, item.rows, self.path.parent, item.within))
                for item in observations
            ]
            with self._transaction() as connection:
                changes = []
                for item, file in zip(observations, files, strict=True):
                    stage(connection, item.table, file)
                    shrink = self._accepted_shrink(connection, item.table) or item.max_shrink_percent
                    scope = Scope(item.within or {}, item.complete, shrink)
                    changes.append(take_in(connection, item.table, scope, seen_at))
                    _note_freshness(connection, item.table, seen_at)
                if cursor is not None:
                    _set_cursor(connection, *cursor, seen_at)
        return tuple(changes)

    def let_shrink(self, table: Table[Any]) -> datetime:
        """A person knows that a source has truly shrunk: until the moment answered, an hour on, its readings are taken.

        For every scope of the table, because a person speaks of the source and not of one marketplace. An empty answer
        still is a failed read where a table cannot be empty.
        """
        self._check(table, "observed")
        now = self._clock.now()
        until = now + MAY_SHRINK_FOR
        with self._transaction() as connection:
            _set_cursor(connection, _shrink_cursor(table), until.isoformat(), now)
        return until

    def replace(self, table: Table[R], rows: Iterable[R]) -> int:
        """Make these rows the whole of a derived table and answer how many there are. Raises DataError, StoreError."""
        self._check(table, "derived")
        return self._store(table, rows, make_room_for_all)

    def update(self, table: Table[R], rows: Iterable[R]) -> int:
        """Put these rows into a derived or kept table, over those with the same key, and answer how many there were."""
        self._check(table, "derived", "kept")
        return self._store(table, rows, make_room_for_keys)

    def add(
        self,
        table: Table[Any],
        select_sql: str,
        params: Mapping[str, Any],
        *,
        part: Mapping[str, str | int],
        beside: tuple[Table[R], Iterable[R]],
        views: Mapping[str, Fragment] | None = None,
    ) -> int:
        """Put a part into a kept table from a SELECT, in place of what the part held, and answer how many rows it has.

        `views` are SELECTs over files, which it may read by name. `beside` are rows of another kept table, stored in
        the same transaction over those with the same key: both are there, or neither is. Raises DataError, StoreError.
        """
        self._check(table, "kept")
        self._check(beside[0], "kept")
        now = self._clock.now()
        with staged(*beside, self.path.parent) as file, self._transaction() as connection:
            count = put_part(connection, table, select_sql, params, part=part, views=views or {})
            stage(connection, beside[0], file)
            make_room_for_keys(connection, beside[0])
            insert_staged(connection, beside[0])
            for written in (table, beside[0]):
                _note_freshness(connection, written, now)
        return count

    def rebuild(self, table: Table[Any], select_sql: str, params: Params = ()) -> int:
        """Make the answer of a SELECT the whole of a derived table and answer how many rows there are.

        The SELECT may read any table, this one too, and names its columns as the contract does. DataError when
        columns differ, a value does not fit, a key stands twice, or a floating-point number would become money
        or a count.
        """
        self._check(table, "derived")
        now = self._clock.now()
        with self._transaction() as connection:
            count = put_select(connection, table, select_sql, params)
            _note_freshness(connection, table, now)
        return count

    def rows(
        self, table: Table[R], where_sql: str = "", params: Sequence[Any] = (), *, limit: int | None = None
    ) -> list[R]:
        """The current rows in the order of their key; `where_sql` is a condition with `?` for each of `params`.

        A table that was never written has no rows. StoreError when there is no warehouse yet.
        """
        statement = select_rows(table, fixed(where_sql or "true"), limit)
        build = builder(table)
        with self._reading() as connection:
            connection.execute(statement, list(params))
            rows: list[R] = []
            while batch := connection.fetchmany(BATCH):
                rows.extend(map(build, batch))
        return rows

    def query(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """The answer of a SELECT; instants are aware and in UTC. Raises StoreError, also for a SELECT that is wrong.

        `params` are positional for `?`, or a mapping for `$name`.
        """
        with self._reading() as connection:
            found = connection.execute(sql, bound(params)).fetchall()
        return [tuple(in_utc(value) for value in row) for row in found]

    @contextmanager
    def reading(self) -> Iterator[Callable[[str, Params], list[tuple[Any, ...]]]]:
        """Several SELECTs on one state of the warehouse; nobody writes meanwhile, so keep it short."""
        with self._reading() as connection:

            def query(sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
                found = connection.execute(sql, bound(params)).fetchall()
                return [tuple(in_utc(value) for value in row) for row in found]

            yield query

    def scalar(self, sql: str, params: Params = ()) -> Any:
        """The first value of the first row; None when there is no row."""
        found = self.query(sql, params)
        return found[0][0] if found else None

    def cursor(self, name: str) -> str | None:
        """Where the next incremental reading starts; None before the first."""
        if not self.path.exists():
            return None
        found = self.rows(bookkeeping.CURSORS, "name = ?", [name])
        return found[0].value if found else None

    def cursor_set_at(self, name: str) -> datetime | None:
        """When the reading was made that last set a cursor; None before the first."""
        if not self.path.exists():
            return None
        found = self.rows(bookkeeping.CURSORS, "name = ?", [name])
        return found[0].set_at if found else None

    def written_at(self, table: Table[Any]) -> datetime | None:
        """When a table was last written; None when it never was."""
        if not self.path.exists():
            return None
        found = self.rows(bookkeeping.FRESHNESS, "table_name = ?", [table.sql_name])
        return found[0].written_at if found else None

    def comments(self) -> Iterator[tuple[str, str, Fragment]]:
        """Schema, table and statement, for each comment that says in a copy what its tables and columns are."""
        return comments(self._tables)

    def copy_to(self, target: Path) -> None:
        """Copy the file's bytes as they stand; nobody writes meanwhile. StoreError, WarehouseBusy, OSError."""
        with self.connect(read_only=True):
            # The file itself last: closing it ends this process's lock on it.
            for end in (".wal", ""):
                if (file := self.path.with_name(self.path.name + end)).exists():
                    shutil.copyfile(file, target.with_name(target.name + end))

    def archive(self, data: bytes, *, source: str, name: str, received_at: datetime) -> str:
        """Keep a raw answer byte for byte and answer its SHA-256; keeping it again changes nothing.

        The bytes are on disk before the warehouse hears of them. Raises StoreError, WarehouseBusy.
        """
        document = self.files.keep(data, source=source, name=name, received_at=received_at)
        self.update(bookkeeping.DOCUMENTS, [document])
        return document.sha256

    def archived(self, sha256: str) -> bytes:
        """The bytes kept under this hash. StoreError when there are none, BadDocument when they are damaged."""
        return self.files.read(sha256)

    def reindex_archive(self) -> int:
        """List every archived document again, for a warehouse that was rebuilt; answers how many there are."""
        return self.replace(bookkeeping.DOCUMENTS, self.files.documents())

    def _store(
        self, table: Table[R], rows: Iterable[R], make_room: Callable[[duckdb.DuckDBPyConnection, Table[Any]], None]
    ) -> int:
        now = self._clock.now()
        with staged(table, rows, self.path.parent) as file, self._transaction() as connection:
            stage(connection, table, file)
            make_room(connection, table)
            count = insert_staged(connection, table)
            _note_freshness(connection, table, now)
        return count

    def _accepted_shrink(self, connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> int:
        """By how many percent a person has let the table shrink, not long ago; 0 when nobody has."""
        cursors = table_name(bookkeeping.CURSORS)
        statement = fill("SELECT value FROM {cursors} WHERE name = ?", cursors=cursors)
        until = connection.execute(statement, [_shrink_cursor(table)]).fetchone()
        if until is None or self._clock.now() >= datetime.fromisoformat(until[0]):
            return 0
        return 99 if table.never_empty else 100

    def _check(self, table: Table[Any], *kinds: str) -> None:
        if table not in self._tables:
            raise StoreError(f"{table.sql_name} is not among the warehouse's tables.", todo="Add it to the registry.")
        if table.kind not in kinds:
            raise StoreError(
                f"{table.sql_name} is {table.kind}.",
                todo="An observed table is written by observe(), a derived one by replace(), update() and rebuild(), "
                "a kept one by add() and update().",
            )

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.connect(read_only=True) as connection:
            try:
                yield connection
            except (duckdb.ProgrammingError, duckdb.DataError) as error:
                missing = isinstance(error, duckdb.CatalogException)
                raise StoreError(
                    f"The warehouse cannot answer: {str(error).splitlines()[0]}.",
                    todo="A new table is there after the next write of any table." if missing else "Mend the SELECT.",
                ) from error

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.connect() as connection:
            self._prepare(connection)
            connection.begin()
            try:
                yield connection
            except BaseException:
                _roll_back(connection)
                raise
            connection.commit()

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the file fit today's contracts, once per change of them."""
        if self._is_prepared(connection):
            return
        found = _found_columns(connection)
        connection.begin()
        try:
            for statement in statements(self._tables, found):
                connection.execute(statement)
            _set_cursor(connection, CONTRACT_CURSOR, self._contracts, self._clock.now())
            connection.commit()
        except duckdb.Error as error:
            _roll_back(connection)
            raise StoreError(
                f"The warehouse {self.path} cannot be brought to today's contracts: {str(error).splitlines()[0]}.",
                todo="Move the file away and run again: it is rebuilt, and the raw archive is not affected.",
            ) from error

    def _is_prepared(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the file was last made to fit these very contracts."""
        statement = fill("SELECT value FROM {cursors} WHERE name = ?", cursors=table_name(bookkeeping.CURSORS))
        try:
            made_by = connection.execute(statement, [CONTRACT_CURSOR]).fetchone()
        except (duckdb.CatalogException, duckdb.BinderException):
            return False
        return made_by == (self._contracts,)


def _found_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Found]]:
    found: dict[tuple[str, str], dict[str, Found]] = {}
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    for schema, name, column, sql_type, nullable in rows:
        found.setdefault((schema, name), {})[column] = Found(sql_type, nullable)
    return found


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Undo what was begun; a transaction that DuckDB has already given up needs nothing."""
    with suppress(duckdb.Error):
        connection.rollback()


def _shrink_cursor(table: Table[Any]) -> str:
    return f"may shrink/{table.sql_name}"


def _set_cursor(connection: duckdb.DuckDBPyConnection, name: str, value: str, set_at: datetime) -> None:
    cursors = table_name(bookkeeping.CURSORS)
    connection.execute(fill("DELETE FROM {cursors} WHERE name = ?", cursors=cursors), [name])
    connection.execute(
        fill("INSERT INTO {cursors} (name, value, set_at) VALUES (?, ?, ?)", cursors=cursors), [name, value, set_at]
    )


def _note_freshness(connection: duckdb.DuckDBPyConnection, table: Table[Any], written_at: datetime) -> None:
    freshness = table_name(bookkeeping.FRESHNESS)
    connection.execute(fill("DELETE FROM {freshness} WHERE table_name = ?", freshness=freshness), [table.sql_name])
    connection.execute(
        fill(
            "INSERT INTO {freshness} (table_name, written_at, total) SELECT ?, ?, count(*) FROM {table}",
            freshness=freshness,
            table=table_name(table),
        ),
        [table.sql_name, written_at],
    )
