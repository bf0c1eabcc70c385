"""SQL text made of contract names and fixed words only. Values never come in here: they are bound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integration_assets.contracts.table import Column, Table

JOINS_AS_WRITTEN = "SET disabled_optimizers = 'join_order,build_side_probe_side'"
"""For a SELECT over a text file: DuckDB takes one for a few rows, and would build its hash table of the million."""


class Fragment(str):
    """A piece of SQL that is safe to run: built by this module from names and fixed words."""

    __slots__ = ()


def identifier(*parts: str) -> Fragment:
    """`"schema"."table"`, quoted, so that no name can be read as anything but a name."""
    return Fragment(".".join('"' + part.replace('"', '""') + '"' for part in parts))


def literal(text: str) -> Fragment:
    """A quoted text constant, for the places where SQL takes no parameter: comments and allowed values."""
    return Fragment("'" + text.replace("'", "''") + "'")


def fixed(words: str) -> Fragment:
    """Words written in the code or in a contract (a type, a join word), as they stand."""
    return Fragment(words)


def fill(template: str, **parts: Fragment) -> Fragment:
    """The template with its `{gaps}` filled by fragments. TypeError where a part is plain text."""
    for gap, part in parts.items():
        if not isinstance(part, Fragment):
            raise TypeError(f"{gap!r} is plain text; build it with identifier(), literal() or fixed()")
    return Fragment(template.format(**parts))


def joined(separator: str, parts: Iterable[Fragment]) -> Fragment:
    """The fragments with fixed words between them."""
    return Fragment(separator.join(parts))


def table_name(table: Table[Any]) -> Fragment:
    """The current table."""
    return identifier(table.schema, table.name)


def log_name(table: Table[Any]) -> Fragment:
    """The change log of an observed table."""
    return identifier(table.schema, f"{table.name}_log")


def column_list(columns: Iterable[Column | str], prefix: str = "") -> Fragment:
    """Column names with commas between them, each after `prefix.` where one is given."""
    names = (column if isinstance(column, str) else column.name for column in columns)
    return joined(", ", (identifier(prefix, name) if prefix else identifier(name) for name in names))
