"""Tables derived from others: staged rows or a SELECT, checked against the contract and put in place."""

from __future__ import annotations

import re
from typing import Any

import duckdb

from integration_assets.contracts.errors import DataError
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, joined, table_name
from integration_assets.contracts.table import Table
from resources.warehouse_parts.rows import Params, bound
from resources.warehouse_parts.snapshots import STAGE, check_keys, delete_staged_keys, same_key


def delete_all(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    """Empty the table."""
    connection.execute(fill("DELETE FROM {table}", table=table_name(table)))


def make_room_for_all(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    """Take out everything, for the staged rows to be the whole of the table.

    In a table that says when its rows were computed, rows younger than the staged ones stay, and theirs do not come in.
    """
    if not _dated(table):
        delete_all(connection, table)
        return
    connection.execute(
        fill(
            "DELETE FROM {table} WHERE computed_at <= "
            "coalesce((SELECT max(CAST(computed_at AS TIMESTAMPTZ)) FROM {stage}), computed_at)",
            table=table_name(table),
            stage=STAGE,
        )
    )
    _drop_overtaken(connection, table)


def make_room_for_keys(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    """Take out the rows that the staged ones will stand for, younger ones excepted."""
    if _dated(table):
        _drop_overtaken(connection, table)
    delete_staged_keys(connection, table)


def _drop_overtaken(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> None:
    connection.execute(
        fill(
            "DELETE FROM {stage} AS s WHERE EXISTS (SELECT 1 FROM {table} AS c WHERE {same} "
            "AND c.computed_at > CAST(s.computed_at AS TIMESTAMPTZ))",
            table=table_name(table),
            stage=STAGE,
            same=same_key(table, "s", "c"),
        )
    )


def _dated(table: Table[Any]) -> bool:
    return any(column.name == "computed_at" for column in table.columns)


def put_select(connection: duckdb.DuckDBPyConnection, table: Table[Any], select_sql: str, params: Params) -> int:
    """Make the answer of a SELECT the whole of the table, and answer how many rows there are.

    DataError when it fails or does not fit the contract. One that reads the table itself is loaded beside it first.
    """
    if re.search(rf"\b{table.name}\b", select_sql):
        stage_select(connection, table, select_sql, params)
        delete_all(connection, table)
        return insert_staged(connection, table)
    _describe(connection, table, fixed(select_sql), params)
    delete_all(connection, table)
    count = _insert(connection, table, fill("({select})", select=fixed(select_sql)), params)
    check_keys(connection, table, table_name(table))
    return count


def insert_staged(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> int:
    """Add the staged rows and answer how many. DataError when a value does not fit its column."""
    return _insert(connection, table, STAGE)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table[Any], source: Fragment, params: Params = ()) -> int:
    casts = joined(
        ", ",
        (
            fill("CAST({name} AS {type}) AS {name}", name=identifier(column.name), type=fixed(column.sql_type))
            for column in table.columns
        ),
    )
    statement = fill(
        "INSERT INTO {table} BY NAME SELECT {casts} FROM {source}", table=table_name(table), casts=casts, source=source
    )
    try:
        row = connection.execute(statement, bound(params)).fetchone()
    except (duckdb.DataError, duckdb.IntegrityError) as error:
        raise DataError(
            f"{table.sql_name}: a calculated value does not fit its column: {str(error).splitlines()[0]}.",
            todo="Nothing was stored; the SELECT has to be mended.",
        ) from error
    return int(row[0]) if row else 0


def stage_select(connection: duckdb.DuckDBPyConnection, table: Table[Any], select_sql: str, params: Params) -> None:
    """Load the answer of a SELECT into the temporary table. DataError when it fails or does not fit the contract."""
    _executed(
        connection,
        table,
        fill("CREATE OR REPLACE TEMP TABLE {stage} AS {select}", stage=STAGE, select=fixed(select_sql)),
        params,
    )
    _describe(connection, table, fill("FROM {stage}", stage=STAGE))
    check_keys(connection, table)


def _executed(
    connection: duckdb.DuckDBPyConnection, table: Table[Any], statement: Fragment, params: Params
) -> list[Any]:
    try:
        return connection.execute(statement, bound(params)).fetchall()
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        raise DataError(
            f"{table.sql_name}: the SELECT fails: {str(error).splitlines()[0]}.", todo="Nothing was stored."
        ) from error


def _describe(connection: duckdb.DuckDBPyConnection, table: Table[Any], select: Fragment, params: Params = ()) -> None:
    """DataError unless the SELECT has the contract's columns, and nothing floating where that is exact."""
    described = _executed(connection, table, fill("DESCRIBE {select}", select=select), params)
    found = {str(row[0]): str(row[1]) for row in described}
    wanted = {column.name: column.sql_type for column in table.columns}
    wrong = [f"lacks {name}" for name in wanted.keys() - found.keys()]
    wrong += [f"has {name}, which the contract does not know" for name in found.keys() - wanted.keys()]
    wrong += [
        f"{name} is {found[name]} where the contract says {sql_type}"
        for name, sql_type in wanted.items()
        if name in found and _would_round(found[name], sql_type)
    ]
    if wrong:
        raise DataError(
            f"{table.sql_name}: the SELECT {'; '.join(sorted(wrong))}.", todo="Nothing was stored; mend the SELECT."
        )


def _would_round(found: str, wanted: str) -> bool:
    """Whether a cast could lose digits without a word."""
    if wanted == "BIGINT":
        return found in {"FLOAT", "DOUBLE"} or (found.startswith("DECIMAL") and not found.endswith(",0)"))
    if wanted.startswith("DECIMAL"):
        scale = int(found.rstrip(")").rsplit(",", 1)[1]) if found.startswith("DECIMAL") else 0
        return found in {"FLOAT", "DOUBLE"} or scale > 4
    return False
