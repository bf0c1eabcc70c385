"""What the warehouse keeps about itself: the columns it adds to every observed table, and its own three tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integration_assets.contracts.table import Column, Row, Table, column, table

CHANGES = ("appeared", "changed", "gone")


def _added(name: str, sql_type: str, prose: str, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name=name, sql_type=sql_type, nullable=False, unit="", prose=prose, minimum=None, allowed=allowed)


SEEN_AT = _added("seen_at", "TIMESTAMPTZ", "When the row was last seen, changed or not")
CHANGE = _added("change", "VARCHAR", "What happened to the row; a gone one carries its last values", CHANGES)
LOGGED_AT = _added("seen_at", "TIMESTAMPTZ", "When the change was seen")
CHANGED_AT = _added("changed_at", "TIMESTAMPTZ", "When the row was first seen like this")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Row):
    """A raw answer that cannot be asked for again: its bytes lie in the archive under their hash."""

    sha256: str = column("Hash of the bytes, and their name in the archive")
    source: str = column("Where it came from: the report type or the operation")
    name: str = column("The far side's own name for it: a report or document id")
    size: int = column("Length before compression", unit="bytes", minimum=0)
    received_at: datetime = column("When it was first received")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor(Row):
    """How far an incremental reading has come; written together with the rows it stands for."""

    name: str = column("What is read, and for whom")
    value: str = column("Where the next reading starts")
    set_at: datetime = column("When it was set")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(Row):
    """When each table was last written, also when nothing in it had changed."""

    table_name: str = column("The table, with its schema")
    written_at: datetime = column("When it was last written; for an observed table, when the reading was made")
    total: int = column("Rows it held afterwards", unit="rows", minimum=0)


DOCUMENTS = table(
    Document,
    schema="raw",
    name="documents",
    key=("sha256", "source", "name"),
    grain="one row per document and name it came under",
    kind="derived",
    team="engineering",
)
CURSORS = table(
    Cursor,
    schema="meta",
    name="cursors",
    key=("name",),
    grain="one row per incremental reading",
    kind="derived",
    team="engineering",
)
FRESHNESS = table(
    Freshness,
    schema="meta",
    name="freshness",
    key=("table_name",),
    grain="one row per table",
    kind="derived",
    team="engineering",
)
TABLES: tuple[Table[Any], ...] = (DOCUMENTS, CURSORS, FRESHNESS)


def current_columns(contract: Table[Any]) -> tuple[Column, ...]:
    """The columns of the current table: the contract's, and `seen_at` where it is observed."""
    return (*contract.columns, SEEN_AT) if contract.kind == "observed" else contract.columns


def log_columns(contract: Table[Any]) -> tuple[Column, ...]:
    """The columns of the change log: the contract's, what happened, and when it was seen."""
    return (*contract.columns, CHANGE, LOGGED_AT)
