"""Settlement files (flat file V2), read offline: whole, to the last digit, or not at all.

What a file says stands in `SettlementFile`; its typed lines lie in a Parquet file for as long as the block is open.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from integration_assets.contracts.errors import BadDocument, StoreError
from resources.amazon_parts.text import shown
from resources.settlement_parts.scan import DATES, Staged, TripleSum, scratch, stage
from resources.settlement_parts.unpacking import Text, as_text, head_of, pieces_of

DAYLESS = "SELECT count(*) FROM read_parquet($stage) WHERE posted_at IS NULL AND posted_day IS NULL"

__all__ = ["SettlementFile", "TripleSum", "pieces_of", "settlement_file", "settlement_id_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFile:
    """What a settlement file says, and how it says it.

    `sum` is of all lines, `difference` the sum less the total: nothing when it balances. `stage` is the Parquet file,
    its rows in the order of the file; `first_line` is the number of the first one in the file. `by_position` says that
    the header's words are not known and Amazon's usual order was taken for it.
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
    marketplaces: Mapping[str, int]
    encoding: str
    decimal: str | None
    date_format: str
    columns: int
    by_position: bool
    stage: Path
    first_line: int
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
        """A SELECT over the staged lines, `read_parquet($stage, file_row_number = true)`; `$stage` is filled in."""
        return self.connection.execute(sql, {"stage": str(self.stage), **params}).fetchall()


@contextmanager
def settlement_file(pieces: Iterable[bytes], folder: Path | None = None) -> Iterator[SettlementFile]:
    """Read a settlement file from its unpacked bytes; `pieces_of` gives those of a file on disk.

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
                yield _read(connection, text, stage(connection, text, here))
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


def _read(connection: duckdb.DuckDBPyConnection, text: Text, staged: Staged) -> SettlementFile:
    summary, formats = text.layout.summary, staged.formats
    total = formats.amounts.amount(summary["total-amount"])
    if total is None:
        raise BadDocument(
            f"The total {shown(summary['total-amount'], 40)!r} of settlement {summary['settlement-id']} is no amount "
            "as the file writes them.",
            todo="Nothing was taken. Fetch the report again.",
        )
    start, end, deposit = (_instant(text, staged, name) for name in DATES)
    found = SettlementFile(
        settlement_id=summary["settlement-id"],
        currency=summary["currency"],
        start=start,
        end=end,
        deposit=deposit,
        total=total,
        sum=staged.amount,
        lines=staged.lines,
        triples=staged.triples,
        marketplaces=staged.marketplaces,
        encoding=text.encoding,
        decimal=formats.amounts.sign,
        date_format=formats.instants.name,
        columns=text.layout.width,
        by_position=text.layout.by_position,
        stage=staged.path,
        first_line=text.layout.body_from,
        connection=connection,
    )
    if found.by_position and not found.balanced:
        raise BadDocument(
            f"The header of settlement {found.settlement_id} is in words that are not known, and read in Amazon's "
            f"usual order of columns its lines miss the total by {found.difference}.",
            todo="Nothing was taken. Look at the header; new names are added in resources/settlement_parts/layout.py.",
        )
    if end is None and deposit is None and found.query(DAYLESS, {}) != [(0,)]:
        raise BadDocument(
            f"Settlement {found.settlement_id} says neither when it ends nor when it is paid, and has lines without a "
            "day: the month they belong to cannot be told.",
            todo="Nothing was taken. Fetch the report again.",
        )
    return found


def _instant(text: Text, staged: Staged, name: str) -> datetime | None:
    """A date of the summary row; empty where it has none. BadDocument when it is not written as the lines are."""
    value = text.layout.summary[name]
    if not value:
        return None
    found = staged.formats.instants.instant(value)
    if found is None:
        raise BadDocument(
            f"The {name} {shown(value, 40)!r} of settlement {text.layout.summary['settlement-id']} is not written "
            f"{staged.formats.instants.name} as its lines are.",
            todo="Nothing was taken: the dates cannot be told. Fetch the report again.",
        )
    return found
