"""Settlement files (flat file V2), read offline: whole, to the last digit, or not at all.

What a file says stands in `SettlementFile`; its lines can be selected for as long as the block is open.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from integration_assets.contracts.errors import BadDocument, StoreError
from integration_assets.contracts.sql import Fragment, fill, identifier
from resources.amazon_parts.text import shown
from resources.settlement_parts.scan import DATES, Scanned, TripleSum, scan, scratch
from resources.settlement_parts.unpacking import Pieces, Text, as_text, head_of, pieces_of

LINES = "lines_of_file"
"""The view that gives the typed lines of the file to a SELECT."""

__all__ = ["SettlementFile", "TripleSum", "pieces_of", "settlement_file", "settlement_id_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFile:
    """What a settlement file says, and how it says it.

    `sum` is of all lines, `difference` the sum less the total: nothing when it balances. `hours` are those that lines
    were posted in, by the name of their marketplace. `select` gives the typed lines, to any connection.
    `by_position` says that the header's words are not known and Amazon's usual order was taken for it.
    """

    settlement_id: str
    currency: str
    start: datetime | None
    end: datetime | None
    deposit: datetime | None
    total: Decimal
    sum: Decimal
    lines: int
    triples: tuple[TripleSum, ...]
    hours: Mapping[tuple[str, datetime | None], int]
    encoding: str
    decimal: str | None
    date_format: str
    columns: int
    by_position: bool
    select: Fragment
    connection: duckdb.DuckDBPyConnection

    @property
    def difference(self) -> Decimal:
        """The lines less the total."""
        return self.sum - self.total

    @property
    def balanced(self) -> bool:
        """Whether the lines are the total, to the last digit."""
        return self.difference == 0

    def query(self, sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The answer of a SELECT over the view `lines_of_file`."""
        return self.connection.execute(sql, dict(params)).fetchall()


@contextmanager
def settlement_file(pieces: Pieces, folder: Path | None = None) -> Iterator[SettlementFile]:
    """Read a settlement file from its unpacked bytes; `pieces_of` gives those of a file on disk.

    They are asked for a second time where the file is not UTF-8 with plain ends of its lines.

    Works in a folder of its own inside `folder`, by default where the system keeps temporary files. BadDocument says
    which line cannot be read, or what cannot be told from the file; StoreError when the disk is full.
    """
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="settlement-", dir=folder) as place:
            here = Path(place)
            text = as_text(pieces, here)
            with scratch(here) as connection:
                scanned = scan(connection, text)
                connection.execute(
                    fill("CREATE TEMP VIEW {name} AS {select}", name=identifier(LINES), select=scanned.select)
                )
                yield _read(connection, text, scanned)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise StoreError(
            f"The settlement file cannot be read: {error.strerror}.",
            todo="Give the path of a file that is there and may be read.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The settlement file cannot be read: {error.strerror or error}.",
            todo="Look whether the file is there and the disk has room, and run again.",
        ) from error


def settlement_id_of(data: bytes) -> str:
    """The id that a settlement file gives itself in its summary row; empty where it cannot be told."""
    try:
        return head_of(data).summary["settlement-id"]
    except BadDocument:
        return ""


def _read(connection: duckdb.DuckDBPyConnection, text: Text, scanned: Scanned) -> SettlementFile:
    summary, formats = text.layout.summary, scanned.formats
    total = formats.amounts.amount(summary["total-amount"])
    if total is None:
        raise BadDocument(
            f"The total {shown(summary['total-amount'], 40)!r} of settlement {summary['settlement-id']} is no amount "
            "as the file writes them.",
            todo="Nothing was taken. Fetch the report again.",
        )
    start, end, deposit = (_instant(text, scanned, name) for name in DATES)
    found = SettlementFile(
        settlement_id=summary["settlement-id"],
        currency=summary["currency"],
        start=start,
        end=end,
        deposit=deposit,
        total=total,
        sum=scanned.amount,
        lines=scanned.lines,
        triples=scanned.triples,
        hours=scanned.hours,
        encoding=text.encoding,
        decimal=formats.amounts.sign,
        date_format=formats.instants.name,
        columns=text.layout.width,
        by_position=text.layout.by_position,
        select=scanned.select,
        connection=connection,
    )
    if found.by_position and not found.balanced:
        raise BadDocument(
            f"The header of settlement {found.settlement_id} is in words that are not known, and read in Amazon's "
            f"usual order of columns its lines miss the total by {found.difference}.",
            todo="Nothing was taken. Look at the header; new names are added in resources/settlement_parts/layout.py.",
        )
    if end is None and deposit is None and scanned.undated:
        raise BadDocument(
            f"Settlement {found.settlement_id} says neither when it ends nor when it is paid, and has lines without a "
            "day: the month they belong to cannot be told.",
            todo="Nothing was taken. Fetch the report again.",
        )
    return found


def _instant(text: Text, scanned: Scanned, name: str) -> datetime | None:
    """A date of the summary row; empty where it has none. BadDocument when it is not written as the lines are."""
    value = text.layout.summary[name]
    if not value:
        return None
    found = scanned.formats.instants.instant(value)
    if found is None:
        raise BadDocument(
            f"The {name} {shown(value, 40)!r} of settlement {text.layout.summary['settlement-id']} is not written "
            f"{scanned.formats.instants.name} as its lines are.",
            todo="Nothing was taken: the dates cannot be told. Fetch the report again.",
        )
    return found
