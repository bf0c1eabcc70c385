"""Checks made from the contracts: each a sentence, and a SELECT that counts the rows which break it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integration_assets.contracts.sql import Fragment, column_list, fill, fixed, identifier, joined, literal, table_name
from integration_assets.contracts.table import Column, Table


@dataclass(frozen=True, slots=True)
class Claim:
    """`told` is true of the table when `sql` answers 0; the name is unique within the table."""

    name: str
    told: str
    sql: Fragment


def claims_of(table: Table[Any]) -> list[Claim]:
    """Every claim the contract makes: the key, required columns, limits, allowed words, and having rows at all."""
    return [
        _key_is_unique(table),
        *_nothing_required_is_empty(table),
        *(claim for column in table.columns for claim in _limits(table, column)),
        *_is_not_empty(table),
    ]


def _key_is_unique(table: Table[Any]) -> Claim:
    return Claim(
        "key_is_unique",
        f"There is {table.grain}; no two share {', '.join(table.key)}.",
        fill(
            "SELECT count(*) FROM (SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1)",
            key=column_list(table.key),
            table=table_name(table),
        ),
    )


def _nothing_required_is_empty(table: Table[Any]) -> Iterator[Claim]:
    required = [column.name for column in table.columns if not column.nullable]
    if required:
        empty = joined(" OR ", (fill("{name} IS NULL", name=identifier(name)) for name in required))
        yield Claim(
            "nothing_required_is_empty",
            f"Every row has {', '.join(required)}.",
            _counting(table, empty),
        )


def _limits(table: Table[Any], column: Column) -> Iterator[Claim]:
    name = identifier(column.name)
    if column.minimum is not None:
        yield Claim(
            f"{column.name}_is_not_below_{column.minimum}",
            f"{column.name} is {column.minimum} {column.unit} or more, where there is one.".replace("  ", " "),
            _counting(table, fill("{name} < {minimum}", name=name, minimum=fixed(str(column.minimum)))),
        )
    if column.allowed:
        words = joined(", ", (literal(word) for word in column.allowed))
        yield Claim(
            f"{column.name}_is_a_known_word",
            f"{column.name} is one of {', '.join(filter(None, column.allowed))}, where there is one.",
            _counting(table, fill("{name} NOT IN ({words})", name=name, words=words)),
        )


def _is_not_empty(table: Table[Any]) -> Iterator[Claim]:
    if table.never_empty:
        yield Claim(
            "has_rows",
            "There is at least one row: none at all is a failed read, not an empty shop.",
            fill("SELECT CAST(count(*) = 0 AS INTEGER) FROM {table}", table=table_name(table)),
        )


def _counting(table: Table[Any], condition: Fragment) -> Fragment:
    return fill("SELECT count(*) FROM {table} WHERE {condition}", table=table_name(table), condition=condition)
