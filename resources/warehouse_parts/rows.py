"""From the warehouse's values back to typed rows: lists as tuples, instants aware and in UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integration_assets.contracts.sql import Fragment, column_list, fill, fixed, identifier, joined, table_name
from integration_assets.contracts.table import R, Table

Params = Sequence[Any] | Mapping[str, Any]


def bound(params: Params) -> list[Any] | dict[str, Any]:
    """Parameters as DuckDB takes them: a list for `?`, a dict for `$name`."""
    return dict(params) if isinstance(params, Mapping) else list(params)


def select_rows(table: Table[Any], condition: Fragment, limit: int | None = None) -> Fragment:
    """A SELECT of the contract's columns in the order of the key, made for `builder`.

    An instant is asked for without its zone, which is always UTC here: that spares a look-up per value.
    """
    columns = (
        fill("timezone('UTC', {name})" if column.sql_type == "TIMESTAMPTZ" else "{name}", name=identifier(column.name))
        for column in table.columns
    )
    return fill(
        "SELECT {columns} FROM {table} WHERE {condition} ORDER BY {key} {limit}",
        limit=fixed("") if limit is None else fixed(f"LIMIT {limit:d}"),
        columns=joined(", ", columns),
        table=table_name(table),
        condition=condition,
        key=column_list(table.key),
    )


def builder(table: Table[R]) -> Callable[[tuple[Any, ...]], R]:
    """From the values of a row, in the order of the contract, to its row class."""
    names = [column.name for column in table.columns]
    convert: Mapping[str, Callable[[Any], Any]] = {"TIMESTAMPTZ": _aware, "VARCHAR[]": tuple}
    conversions = [
        (index, convert[column.sql_type]) for index, column in enumerate(table.columns) if column.sql_type in convert
    ]

    def build(values: tuple[Any, ...]) -> R:
        mutable = list(values)
        for index, conversion in conversions:
            if mutable[index] is not None:
                mutable[index] = conversion(mutable[index])
        return table.row(**dict(zip(names, mutable, strict=True)))

    return build


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def in_utc(value: Any) -> Any:
    """An aware instant in UTC; anything else as it is."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value
