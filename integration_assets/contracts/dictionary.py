"""The data dictionary, written from the contracts: `python -m integration_assets.contracts.dictionary FILE`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from integration_assets.contracts import bookkeeping, registry
from integration_assets.contracts.bookkeeping import CHANGE, CHANGED_AT, LOGGED_AT, SEEN_AT
from integration_assets.contracts.table import Column, Table

SCHEMAS = {
    "shopify": "What the Shopify shop says.",
    "amazon": "What Amazon says, per region account.",
    "reconcile": "What comparing the two sides tells. Rebuilt whole.",
    "actions": "What Instep did to the outside, or would do.",
    "raw": "Which raw answers are in the archive. Not in the published copy.",
    "meta": "What the warehouse keeps about itself; only `meta.freshness` is in the published copy.",
}

INTRODUCTION = f"""# Data dictionary

Written from the contracts in `integration_assets/contracts` by `make docs`; do not edit it by hand. The same words
stand in the analysts' copy as comments; `duckdb_tables()` and `duckdb_columns()` show them.

Read the published copy, `data/published/analytics.duckdb` or the Parquet files beside it. It is replaced as a whole,
and whoever has the old one open keeps it until they close it.

- Instants end in `_at` and are TIMESTAMPTZ in UTC. Counts are in units. Amounts are DECIMAL, with their currency
  beside them or in the unit.
- **Observed** tables hold the current state, with one more column: `{SEEN_AT.name}` ({SEEN_AT.prose.lower()}).
- Each of them has a change log, `<table>_log`: the same columns, `{CHANGE.name}` (`appeared`, `changed`, or `gone`
  with the last values) and `{LOGGED_AT.name}` ({LOGGED_AT.prose.lower()}).
- Each of them has a past: the table function `shopify.stock_levels_as_of('2026-11-01 09:00:00+00')` answers the rows as
  they were known then, with `{CHANGED_AT.name}` ({CHANGED_AT.prose.lower()}). Run it with the copy as the current
  database.
- **Derived** tables are calculated from others and have no log.
- **Kept** tables are added to part by part, each part with its version; nothing is taken out of them.
"""


def render(tables: Iterable[Table[Any]]) -> str:
    """The dictionary as Markdown, schema by schema in the order the tables come."""
    lines = [INTRODUCTION]
    for schema, members in groupby(tables, key=lambda table: table.schema):
        lines += [f"## {schema}", "", SCHEMAS.get(schema, ""), ""]
        for table in members:
            lines += [*_table(table), ""]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the dictionary of every table into the file that is named; 2 when none is."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m integration_assets.contracts.dictionary FILE\n")
        return 2
    path = Path(arguments[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render((*registry.TABLES, *bookkeeping.TABLES)), encoding="utf-8")
    return 0


def _table(table: Table[Any]) -> Iterator[str]:
    yield f"### {table.sql_name}"
    yield ""
    yield table.prose
    yield ""
    yield f"{table.kind.capitalize()}; {table.grain}; key `{', '.join(table.key)}`; team {table.team}."
    yield ""
    yield "| column | type | may be empty | unit | what it says |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        yield _row(column)


def _row(column: Column) -> str:
    prose = column.prose
    if column.minimum is not None:
        prose += f"; {column.minimum} or more"
    if column.allowed:
        prose += f"; one of {', '.join(f'`{word}`' for word in column.allowed)}"
    empty = "yes" if column.nullable else ""
    cells = (f"`{column.name}`", column.sql_type, empty, column.unit, prose)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
