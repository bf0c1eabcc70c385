"""What a reading changes: staged rows against the current ones, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import duckdb

from integration_assets.contracts.errors import DataError, ShrunkenSnapshot
from integration_assets.contracts.sql import (
    Fragment,
    column_list,
    fill,
    fixed,
    identifier,
    joined,
    log_name,
    table_name,
)
from integration_assets.contracts.table import Table
from resources.warehouse_parts.staging import Staged, selection

STAGE = identifier("staged")
# Joining a million rows at once takes more memory than the rest of the run; parts of this size keep it flat.
PART_ROWS = 200_000
# Columns that say when a reading was made: they differ on every reading and are no change.
READING_COLUMNS = frozenset({"read_at"})

# Takes a table's alias and answers the condition that its row belongs to the part.
Part = Callable[[str], Fragment]


@dataclass(frozen=True, slots=True)
class Change:
    """What a reading changed, in rows. `total` is what its scope holds afterwards.

    `overtaken` rows were left out, because a younger reading of them was stored in the meantime.
    """

    total: int
    appeared: int
    changed: int
    gone: int
    overtaken: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reading speaks of: the whole table, or the rows with these values; all of them, or only some."""

    within: Mapping[str, str]
    complete: bool
    max_shrink_percent: int

    def sql(self) -> Fragment:
        """The condition on a current row; its values are `params`."""
        conditions = [fixed("true"), *(fill("{column} = ?", column=identifier(name)) for name in self.within)]
        return joined(" AND ", conditions)

    @property
    def params(self) -> list[str]:
        """The values of the condition."""
        return list(self.within.values())


def stage(connection: duckdb.DuckDBPyConnection, table: Table[Any], staged: Staged) -> None:
    """Load a staged file into the temporary table. DataError names the first key that is there twice."""
    connection.execute(fill("DROP TABLE IF EXISTS {stage}", stage=STAGE))
    try:
        connection.execute(
            fill("CREATE TEMP TABLE {stage} AS {rows}", stage=STAGE, rows=selection(table)), [str(staged.path)]
        )
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        raise DataError(
            f"{table.sql_name}: a value does not fit its column: {str(error).splitlines()[0]}.",
            todo="Nothing was stored.",
        ) from error
    check_keys(connection, table)


def check_keys(connection: duckdb.DuckDBPyConnection, table: Table[Any], source: Fragment = STAGE) -> None:
    """DataError when a key stands twice in the staged rows, or in those of another `source`."""
    # Equal keys have equal hashes, and grouping numbers takes a fifth of the time; nearly always nothing is left to do.
    alike = connection.execute(
        fill(
            "SELECT 1 FROM (SELECT hash({key}) AS h FROM {source}) GROUP BY h HAVING count(*) > 1 LIMIT 1",
            key=column_list(table.key),
            source=source,
        )
    ).fetchone()
    if alike is None:
        return
    for part in _parts(connection, table, source):
        twice = connection.execute(
            fill(
                "SELECT {key}, count(*) FROM {source} s WHERE {part} GROUP BY {key} HAVING count(*) > 1 "
                "ORDER BY {key} LIMIT 1",
                key=column_list(table.key),
                source=source,
                part=part("s"),
            )
        ).fetchone()
        if twice is None:
            continue
        key = ", ".join(f"{name}={value!r}" for name, value in zip(table.key, twice, strict=False))
        raise DataError(
            f"{table.sql_name} ({table.grain}): {key} is there {twice[-1]} times in one answer.",
            todo="Nothing was stored.",
        )


def take_in(connection: duckdb.DuckDBPyConnection, table: Table[Any], scope: Scope, seen_at: datetime) -> Change:
    """Write the staged rows: changes to the log, the rows to the current table.

    An older reading never overtakes a younger one. ShrunkenSnapshot when a complete reading is implausibly small.
    """
    _refuse_shrunken(connection, table, scope)
    overtaken = _drop_overtaken(connection, table, seen_at)
    appeared = changed = gone = 0
    for part in _parts(connection, table):
        appeared += _log_appeared(connection, table, part, seen_at)
        changed += _log_changed(connection, table, part, seen_at)
        gone += _log_gone(connection, table, part, scope, seen_at) if scope.complete else 0
    _replace_current(connection, table, scope, seen_at)
    total = _count(connection, fill("{table} WHERE {scope}", table=table_name(table), scope=scope.sql()), scope.params)
    return Change(total=total, appeared=appeared, changed=changed, gone=gone, overtaken=overtaken)


def _refuse_shrunken(connection: duckdb.DuckDBPyConnection, table: Table[Any], scope: Scope) -> None:
    if not scope.complete or scope.max_shrink_percent >= 100:
        return
    was = _count(connection, fill("{table} WHERE {scope}", table=table_name(table), scope=scope.sql()), scope.params)
    found = _count(connection, STAGE)
    empty = found == 0 and (was > 0 or table.never_empty)
    if empty or found * 100 < was * (100 - scope.max_shrink_percent):
        where = ", ".join(f"{name} {value}" for name, value in scope.within.items())
        raise ShrunkenSnapshot(
            f"{table.sql_name}{f' ({where})' if where else ''}: {found} rows read, {was} rows known: "
            f"more than {scope.max_shrink_percent} % are missing, so this is taken for a failed read.",
            todo=f"Nothing was stored. Read again; if it is true, run `instep accept-snapshot {table.sql_name}`.",
        )


def _drop_overtaken(connection: duckdb.DuckDBPyConnection, table: Table[Any], seen_at: datetime) -> int:
    """Take staged rows out that are known from a younger reading, as present or as gone."""
    dropped = 0
    for known in (table_name(table), log_name(table)):
        younger = connection.execute(fill("SELECT max(seen_at) > ? FROM {known}", known=known), [seen_at]).fetchone()
        if younger and younger[0]:
            dropped += _changed_rows(
                connection,
                fill(
                    "DELETE FROM {stage} AS s WHERE EXISTS (SELECT 1 FROM {known} k WHERE {same} AND k.seen_at > ?)",
                    stage=STAGE,
                    known=known,
                    same=same_key(table, "s", "k"),
                ),
                [seen_at],
            )
    return dropped


def _log_appeared(connection: duckdb.DuckDBPyConnection, table: Table[Any], part: Part, seen_at: datetime) -> int:
    return _changed_rows(
        connection,
        fill(
            "INSERT INTO {log} BY NAME SELECT {columns}, 'appeared' AS change, CAST(? AS TIMESTAMPTZ) AS seen_at "
            "FROM {stage} s WHERE {part} AND NOT EXISTS (SELECT 1 FROM {table} c WHERE {known} AND {same})",
            part=part("s"),
            known=part("c"),
            log=log_name(table),
            columns=column_list(table.columns, "s"),
            stage=STAGE,
            table=table_name(table),
            same=same_key(table, "s", "c"),
        ),
        [seen_at],
    )


def _log_changed(connection: duckdb.DuckDBPyConnection, table: Table[Any], part: Part, seen_at: datetime) -> int:
    compared = [c.name for c in table.columns if c.name not in table.key and c.name not in READING_COLUMNS]
    if not compared:
        return 0
    differs = joined(
        " OR ",
        (fill("{a} IS DISTINCT FROM {b}", a=identifier("s", name), b=identifier("c", name)) for name in compared),
    )
    return _changed_rows(
        connection,
        fill(
            "INSERT INTO {log} BY NAME SELECT {columns}, 'changed' AS change, CAST(? AS TIMESTAMPTZ) AS seen_at "
            "FROM {stage} s JOIN {table} c ON {same} WHERE {part} AND {known} AND ({differs})",
            part=part("s"),
            known=part("c"),
            log=log_name(table),
            columns=column_list(table.columns, "s"),
            stage=STAGE,
            table=table_name(table),
            same=same_key(table, "s", "c"),
            differs=differs,
        ),
        [seen_at],
    )


def _log_gone(
    connection: duckdb.DuckDBPyConnection, table: Table[Any], part: Part, scope: Scope, seen_at: datetime
) -> int:
    return _changed_rows(
        connection,
        fill(
            "INSERT INTO {log} BY NAME SELECT {columns}, 'gone' AS change, CAST(? AS TIMESTAMPTZ) AS seen_at "
            "FROM {table} c WHERE {scope} AND c.seen_at <= ? AND {known} "
            "AND NOT EXISTS (SELECT 1 FROM {stage} s WHERE {part} AND {same})",
            part=part("s"),
            known=part("c"),
            log=log_name(table),
            columns=column_list(table.columns, "c"),
            table=table_name(table),
            scope=scope.sql(),
            stage=STAGE,
            same=same_key(table, "s", "c"),
        ),
        [seen_at, *scope.params, seen_at],
    )


def _replace_current(connection: duckdb.DuckDBPyConnection, table: Table[Any], scope: Scope, seen_at: datetime) -> None:
    if scope.complete:
        connection.execute(
            fill("DELETE FROM {table} WHERE {scope} AND seen_at <= ?", table=table_name(table), scope=scope.sql()),
            [*scope.params, seen_at],
        )
    if not scope.complete or not set(scope.within) <= set(table.key):
        delete_staged_keys(connection, table)
    connection.execute(
        fill(
            "INSERT INTO {table} BY NAME SELECT {columns}, CAST(? AS TIMESTAMPTZ) AS seen_at FROM {stage}",
            table=table_name(table),
            columns=column_list(table.columns),
            stage=STAGE,
        ),
        [seen_at],
    )


def delete_staged_keys(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    """Take the rows out of the current table that the staged ones will stand for."""
    connection.execute(
        fill(
            "DELETE FROM {table} AS c WHERE EXISTS (SELECT 1 FROM {stage} s WHERE {same})",
            table=table_name(table),
            stage=STAGE,
            same=same_key(table, "s", "c"),
        )
    )


def _parts(connection: duckdb.DuckDBPyConnection, table: Table[Any], source: Fragment = STAGE) -> Iterator[Part]:
    """Conditions that cut staged and current rows alike into parts of about PART_ROWS, by a hash of the key."""
    count = 1 + _count(connection, source) // PART_ROWS
    for number in range(count):
        yield partial(_in_part, table, count, number)


def _in_part(table: Table[Any], count: int, number: int, prefix: str) -> Fragment:
    if count == 1:
        return fixed("true")
    return fill(
        "hash({key}) % {count} = {number}",
        key=column_list(table.key, prefix),
        count=fixed(str(count)),
        number=fixed(str(number)),
    )


def same_key(table: Table[Any], left: str, right: str) -> Fragment:
    """The condition under which a row of `left` and one of `right` have the same key."""
    return joined(
        " AND ", (fill("{a} = {b}", a=identifier(left, name), b=identifier(right, name)) for name in table.key)
    )


def _changed_rows(connection: duckdb.DuckDBPyConnection, statement: Fragment, params: list[Any]) -> int:
    row = connection.execute(statement, params).fetchone()
    return int(row[0]) if row else 0


def _count(connection: duckdb.DuckDBPyConnection, source: Fragment, params: list[str] | None = None) -> int:
    row = connection.execute(fill("SELECT count(*) FROM {source}", source=source), params or []).fetchone()
    return int(row[0]) if row else 0
