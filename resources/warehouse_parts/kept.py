"""Kept tables: a part is put in from a SELECT, in place of what that part held before. Nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from integration_assets.contracts.errors import DataError
from integration_assets.contracts.sql import (
    JOINS_AS_WRITTEN,
    Fragment,
    column_list,
    fill,
    fixed,
    identifier,
    joined,
    table_name,
)
from integration_assets.contracts.table import Table


def put_part(
    connection: duckdb.DuckDBPyConnection,
    table: Table[Any],
    select_sql: str,
    params: Mapping[str, Any],
    *,
    part: Mapping[str, str | int],
    views: Mapping[str, Fragment],
) -> int:
    """Make the answer of a SELECT the whole of a part, and answer how many rows there are.

    `part` names the columns that tell it from others, with their values; `views` are SELECTs that it reads by name.
    DataError when the SELECT does not fit.
    """
    for name, select in views.items():
        connection.execute(fill("CREATE OR REPLACE TEMP VIEW {name} AS {select}", name=identifier(name), select=select))
    condition = joined(" AND ", (fill("{name} = ?", name=identifier(name)) for name in part))
    connection.execute(
        fill("DELETE FROM {table} WHERE {part}", table=table_name(table), part=condition), list(part.values())
    )
    try:
        with _joins_as_written(connection):
            row = connection.execute(
                fill(
                    "INSERT INTO {table} ({columns}) SELECT {columns} FROM ({select})",
                    table=table_name(table),
                    columns=column_list(table.columns),
                    select=fixed(select_sql),
                ),
                dict(params),
            ).fetchone()
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError) as error:
        raise DataError(
            f"{table.sql_name}: the SELECT does not fit: {str(error).splitlines()[0]}.", todo="Nothing was stored."
        ) from error
    return int(row[0]) if row else 0


@contextmanager
def _joins_as_written(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The setting is DuckDB's, not the connection's: it is taken back by one whose transaction has not failed."""
    with connection.cursor() as beside:
        beside.execute(JOINS_AS_WRITTEN)
        try:
            yield
        finally:
            beside.execute("RESET disabled_optimizers")
