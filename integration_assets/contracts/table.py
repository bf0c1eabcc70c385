"""A warehouse table declared once, as a frozen row class.

The row class is the contract: its fields are the columns, their annotations the types, and `column()` the unit,
the prose and the limits. DDL, casts, checks and the data dictionary are all derived from it.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

SQL_TYPES: Mapping[Any, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    bool: "BOOLEAN",
    Decimal: "DECIMAL(18,4)",
    datetime: "TIMESTAMPTZ",
    date: "DATE",
    tuple[str, ...]: "VARCHAR[]",
}

Kind = Literal["observed", "derived", "kept"]


class Row:
    """Base of every row class; only there so that signatures can say what they take."""

    __slots__ = ()


R = TypeVar("R", bound=Row)


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column: its SQL type, whether it may be empty, its unit, its prose, and the limits a check is made from."""

    name: str
    sql_type: str
    nullable: bool
    unit: str
    prose: str
    minimum: int | None
    allowed: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A warehouse table. `observed` ones keep the current state and a change log; `derived` ones are rebuilt.

    `kept` ones are added to part by part and never thrown away: each part has a version, so they need no log.
    `never_empty` says that no working shop lacks such rows, so that having none is a failed read.
    """

    schema: str
    name: str
    row: type[R]
    key: tuple[str, ...]
    grain: str
    kind: Kind
    team: str
    columns: tuple[Column, ...]
    never_empty: bool = False

    @property
    def sql_name(self) -> str:
        """`schema.table`, as an analyst types it."""
        return f"{self.schema}.{self.name}"

    @property
    def log_name(self) -> str:
        """The change log of an observed table: what changed, and when it was seen."""
        return f"{self.sql_name}_log"

    @property
    def asset_key(self) -> list[str]:
        """The Dagster asset key."""
        return [self.schema, self.name]

    @property
    def prose(self) -> str:
        """What the table says, in the words of its row class."""
        return " ".join((self.row.__doc__ or "").split())


def column(prose: str, *, unit: str = "", minimum: int | None = None, allowed: tuple[str, ...] = ()) -> Any:
    """Declare a column of a row class: what it says, in which unit, and what may stand in it."""
    return dataclasses.field(metadata={"prose": prose, "unit": unit, "minimum": minimum, "allowed": allowed})


def table(
    row: type[R],
    *,
    schema: str,
    name: str,
    key: tuple[str, ...],
    grain: str,
    kind: Kind,
    team: str,
    never_empty: bool = False,
) -> Table[R]:
    """Derive a table from its row class. TypeError names a field whose annotation has no SQL type."""
    hints = typing.get_type_hints(row)
    columns = tuple(_column(row, field, hints[field.name]) for field in dataclasses.fields(row))  # type: ignore[arg-type]
    return Table(
        schema=schema,
        name=name,
        row=row,
        key=key,
        grain=grain,
        kind=kind,
        team=team,
        columns=columns,
        never_empty=never_empty,
    )


def _column(row: type[Row], field: dataclasses.Field[Any], hint: Any) -> Column:
    nullable = False
    if isinstance(hint, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not types.NoneType]
        nullable, hint = True, parts[0]
    if hint not in SQL_TYPES:
        raise TypeError(f"{row.__name__}.{field.name}: no SQL type for {hint!r}; use one of {list(SQL_TYPES)}")
    meta = field.metadata
    return Column(
        name=field.name,
        sql_type=SQL_TYPES[hint],
        nullable=nullable,
        unit=meta["unit"],
        prose=meta["prose"],
        minimum=meta["minimum"],
        allowed=meta["allowed"],
    )
