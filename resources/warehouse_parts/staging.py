"""Rows on their way into the warehouse: checked against their contract one by one and streamed to a file.

This happens before the warehouse is opened, so that a slow or broken reading keeps nobody out.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from integration_assets.contracts.errors import DataError, StoreError
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, joined, literal
from integration_assets.contracts.table import Column, Row, Table

BATCH = 2000
LEFTOVER_AFTER_SECONDS = 24 * 3600
# Every thread of DuckDB's reader holds buffers of twice this size, its own default being 16 MiB.
LONGEST_ROW_BYTES = 4 * 1024 * 1024
SUFFIX = ".staging.ndjson"
BIGINT = range(-(2**63), 2**63)
FOUR_DECIMALS = Decimal("0.0001")
DECIMAL_END = Decimal(10) ** 14


_quoted = json.JSONEncoder(ensure_ascii=False).encode


class _Unfit(Exception):
    """Why a value cannot stand in its column."""


@dataclasses.dataclass(frozen=True, slots=True)
class Staged:
    """Checked rows in a file, one JSON object a line, every value as text."""

    path: Path
    count: int


@contextmanager
def staged(
    table: Table[Any], rows: Iterable[Row], folder: Path, within: Mapping[str, str] | None = None
) -> Iterator[Staged]:
    """The rows in a file that is gone when the block is left.

    DataError names table, column, key and value of the first row that does not fit the contract, or that lies
    outside of `within`. StoreError when the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        number, name = tempfile.mkstemp(prefix=f"{table.sql_name}-", suffix=SUFFIX, dir=folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    path = Path(name)
    try:
        yield Staged(path, _written(number, table, rows, folder, within or {}))
    finally:
        path.unlink(missing_ok=True)


def selection(table: Table[Any]) -> Fragment:
    """A SELECT over a staged file (its path is the one parameter) with every column cast to its contract's type."""
    casts = (
        fill("CAST({name} AS {type}) AS {name}", name=identifier(column.name), type=fixed(column.sql_type))
        for column in table.columns
    )
    types = (
        fill("{name}: {type}", name=literal(column.name), type=literal(_staged_type(column)))
        for column in table.columns
    )
    return fill(
        "SELECT {casts} FROM read_ndjson(?, columns = {{{types}}}, maximum_object_size = {longest})",
        longest=fixed(str(LONGEST_ROW_BYTES)),
        casts=joined(", ", casts),
        types=joined(", ", types),
    )


def _staged_type(column: Column) -> str:
    return column.sql_type if column.sql_type == "VARCHAR[]" else "VARCHAR"


def _written(number: int, table: Table[Any], rows: Iterable[Row], folder: Path, within: Mapping[str, str]) -> int:
    count = 0
    lines = _lines(table, rows, within)
    with os.fdopen(number, "wb") as file:
        while batch := list(islice(lines, BATCH)):
            try:
                file.write("".join(batch).encode())
                file.flush()
            except OSError as error:
                raise _unwritable(folder, error) from error
            count += len(batch)
    return count


def _lines(table: Table[Any], rows: Iterable[Row], within: Mapping[str, str]) -> Iterator[str]:
    names = [column.name for column in table.columns]
    steps = [
        (column.name, f"{_quoted(column.name)}:", column.nullable, ENCODERS[column.sql_type])
        for column in table.columns
    ]
    # The last name is there twice, because attrgetter answers a single name without a tuple.
    values_of: Callable[[Row], tuple[Any, ...]] = attrgetter(*names, names[-1])
    for row in rows:
        if not isinstance(row, table.row):
            raise DataError(
                f"{table.sql_name} takes rows of {table.row.__name__}, found {type(row).__name__}.",
                todo="Send each kind of row to its own table.",
            )
        fields: list[str] = []
        for (name, label, nullable, to_json), value in zip(steps, values_of(row), strict=False):
            if value is None:
                if not nullable:
                    raise _refused(table, row, name, "must not be empty")
                continue
            try:
                fields.append(label + to_json(value))
            except _Unfit as unfit:
                raise _refused(table, row, name, str(unfit)) from None
        for name, wanted in within.items():
            if getattr(row, name) != wanted:
                raise _refused(table, row, name, f"lies outside of the reading, which was for {wanted!r}")
        yield f"{{{','.join(fields)}}}\n"


def _refused(table: Table[Any], row: Row, name: str, why: str) -> DataError:
    key = ", ".join(f"{part}={getattr(row, part)!r}" for part in table.key)
    value = repr(getattr(row, name))
    shown = value if len(value) <= 80 else value[:77] + "..."
    return DataError(
        f"{table.sql_name}.{name} of {key}: {shown} {why}.", todo="Nothing was stored; the reading has to be mended."
    )


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Rows cannot be staged in {folder}: {error.strerror}.",
        todo="Nothing was stored. Free disk space beside the warehouse and run again.",
    )


def _sweep(folder: Path) -> None:
    """Remove what a killed process left behind; a file of today may be another process's work."""
    oldest = time.time() - LEFTOVER_AFTER_SECONDS
    for leftover in folder.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if leftover.stat().st_mtime < oldest:
                leftover.unlink()


def _varchar(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit("is not text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Unfit("is not text that can be stored (half a surrogate pair)") from None
    return _quoted(str.__str__(value))


def _bigint(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Unfit("is not a whole number")
    if value not in BIGINT:
        raise _Unfit("is too large for 64 bits")
    return f'"{int(value)}"'


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise _Unfit("is not true or false")
    return '"true"' if value else '"false"'


def _decimal(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise _Unfit("is not a Decimal; money is never a float")
    if not value.is_finite():
        raise _Unfit("is not a number")
    if abs(value) >= DECIMAL_END:
        raise _Unfit("is too large for DECIMAL(18,4)")
    rounded = value.quantize(FOUR_DECIMALS)
    if rounded != value:
        raise _Unfit("has more than 4 decimals, and nothing is rounded here")
    return f'"{rounded:f}"'


def _timestamptz(value: Any) -> str:
    if not isinstance(value, datetime):
        raise _Unfit("is not an instant")
    if value.utcoffset() is None:
        raise _Unfit("has no time zone")
    try:
        return f'"{value.astimezone(UTC).isoformat()}"'
    except OverflowError:
        raise _Unfit("is out of range") from None


def _date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _Unfit("is not a date")
    return f'"{value.isoformat()}"'


def _list(value: Any) -> str:
    if not isinstance(value, tuple):
        raise _Unfit("is not a tuple of texts")
    return f"[{','.join(map(_varchar, value))}]"


# From a value to JSON text, always quoted: DuckDB casts it to the contract's type.
ENCODERS: Mapping[str, Callable[[Any], str]] = {
    "VARCHAR": _varchar,
    "BIGINT": _bigint,
    "BOOLEAN": _boolean,
    "DECIMAL(18,4)": _decimal,
    "TIMESTAMPTZ": _timestamptz,
    "DATE": _date,
    "VARCHAR[]": _list,
}
