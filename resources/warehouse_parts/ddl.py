"""From contracts to the warehouse's tables and as-of macros, and from an older file to today's contracts."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from integration_assets.contracts.bookkeeping import CHANGED_AT, LOGGED_AT, current_columns, log_columns
from integration_assets.contracts.sql import (
    Fragment,
    column_list,
    fill,
    fixed,
    identifier,
    joined,
    literal,
    log_name,
)
from integration_assets.contracts.table import Column, Table


@dataclass(frozen=True, slots=True)
class Found:
    """A column as it stands in the file."""

    sql_type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A physical table: where it is, what it says, which columns it has, and whether it may be dropped and rebuilt."""

    schema: str
    name: str
    prose: str
    columns: tuple[Column, ...]
    disposable: bool

    @property
    def sql(self) -> Fragment:
        """The quoted name."""
        return identifier(self.schema, self.name)


def shapes(table: Table[Any]) -> tuple[Shape, ...]:
    """The physical tables of a contract: the current one, and the change log of an observed one."""
    prose = f"{table.prose} Grain: {table.grain}."
    if table.kind != "observed":
        disposable = table.kind == "derived" and table.schema not in {"raw", "meta"}
        return (Shape(table.schema, table.name, prose, current_columns(table), disposable),)
    log_prose = f"Changes of {table.sql_name}: one row per change. {table.prose}"
    return (
        Shape(table.schema, table.name, prose, current_columns(table), disposable=False),
        # What a row said in the past may lack what today's contract asks for, so a log only requires its key.
        Shape(table.schema, f"{table.name}_log", log_prose, _loosened(table), disposable=False),
    )


@functools.cache
def fingerprint(tables: tuple[Table[Any], ...]) -> str:
    """A hash of everything this module would write into an empty file."""
    return hashlib.sha256("\n".join(statements(tables, {})).encode()).hexdigest()


def statements(
    tables: Iterable[Table[Any]], found: Mapping[tuple[str, str], Mapping[str, Found]]
) -> Iterator[Fragment]:
    """What turns a file with the tables `found` into one that fits the contracts. Nothing observed is thrown away."""
    tables = tuple(tables)
    for schema in sorted({table.schema for table in tables}):
        yield fill("CREATE SCHEMA IF NOT EXISTS {schema}", schema=identifier(schema))
    for table in tables:
        for shape in shapes(table):
            yield from _table(shape, found.get((shape.schema, shape.name), {}))
        if table.kind == "observed":
            yield _as_of(table)


def _loosened(table: Table[Any]) -> tuple[Column, ...]:
    required = {*table.key, "change", "seen_at"}
    return tuple(replace(column, nullable=column.name not in required) for column in log_columns(table))


def _table(shape: Shape, found: Mapping[str, Found]) -> Iterator[Fragment]:
    wanted = {column.name: Found(_spelled(column.sql_type), column.nullable) for column in shape.columns}
    if found and shape.disposable and dict(found) != wanted:
        yield fill("DROP TABLE {table}", table=shape.sql)
        found = {}
    if not found:
        columns = joined(", ", (_definition(column) for column in shape.columns))
        yield fill("CREATE TABLE {table} ({columns})", table=shape.sql, columns=columns)
        return
    for column in shape.columns:
        yield from _altered(shape, column, found.get(column.name))
    for name in found.keys() - wanted.keys():  # a retired column keeps its history and is empty from now on
        if not found[name].nullable:
            yield _nullable(shape, name)


def _altered(shape: Shape, column: Column, found: Found | None) -> Iterator[Fragment]:
    where = {"table": shape.sql, "column": identifier(column.name), "type": fixed(column.sql_type)}
    if found is None:  # rows that are there already have no value for it
        yield fill("ALTER TABLE {table} ADD COLUMN {column} {type}", **where)
        return
    if found.sql_type != _spelled(column.sql_type):
        yield fill("ALTER TABLE {table} ALTER COLUMN {column} SET DATA TYPE {type}", **where)
    if column.nullable and not found.nullable:
        yield _nullable(shape, column.name)


def _nullable(shape: Shape, name: str) -> Fragment:
    return fill("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL", table=shape.sql, column=identifier(name))


def _spelled(sql_type: str) -> str:
    """The type as DuckDB's catalogue spells it."""
    return "TIMESTAMP WITH TIME ZONE" if sql_type == "TIMESTAMPTZ" else sql_type


def _definition(column: Column) -> Fragment:
    required = fixed("" if column.nullable else " NOT NULL")
    return fill("{name} {type}{required}", name=identifier(column.name), type=fixed(column.sql_type), required=required)


def comments(tables: Iterable[Table[Any]]) -> Iterator[tuple[str, str, Fragment]]:
    """Schema, table and statement, for each comment that says what a table or a column is.

    They are for the copy that people read: to the warehouse itself they would be nine in ten statements.
    """
    for table in tables:
        for shape in shapes(table):
            for statement in _comments(shape):
                yield shape.schema, shape.name, statement


def _comments(shape: Shape) -> Iterator[Fragment]:
    yield fill("COMMENT ON TABLE {table} IS {prose}", table=shape.sql, prose=literal(shape.prose))
    for column in shape.columns:
        prose = f"{column.prose} ({column.unit})" if column.unit else column.prose
        at = identifier(shape.schema, shape.name, column.name)
        yield fill("COMMENT ON COLUMN {column} IS {prose}", column=at, prose=literal(prose))


def _as_of(table: Table[Any]) -> Fragment:
    """`schema.table_as_of(at)`: the rows as they were known at an instant, read from the log.

    Two changes of a row seen at one instant stand in the log in the order they were written.
    """
    return fill(
        """
        CREATE OR REPLACE MACRO {macro}("at") AS TABLE
        SELECT {columns}, {seen_at} AS {changed_at}
        FROM (
            SELECT * FROM {log}
            WHERE {seen_at} <= CAST("at" AS TIMESTAMPTZ)
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {seen_at} DESC, rowid DESC) = 1
        )
        WHERE "change" <> 'gone'
        """,
        macro=identifier(table.schema, f"{table.name}_as_of"),
        columns=column_list(table.columns),
        seen_at=identifier(LOGGED_AT.name),
        changed_at=identifier(CHANGED_AT.name),
        log=log_name(table),
        key=column_list(table.key),
    )
