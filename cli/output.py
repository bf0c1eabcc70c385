"""How commands print: tables for eyes, tab-separated lines for pipes, JSON for machines. Never both on one stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.ledger import Ledger


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """Print a line for a person on the error stream, where no program that reads the answer stumbles over it."""
    sys.stderr.write(f"instep: {line}\n")
    sys.stderr.flush()


def write_json(document: object, *, indent: int | None = 1) -> None:
    """Print a document as JSON: instants in ISO 8601, amounts as text."""
    # A terminal that is not UTF-8 would put other characters into the text, and it would be JSON no more.
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    say(json.dumps(document, default=_readable, ensure_ascii=plain, indent=indent))


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Sequence[str] = ()) -> None:
    """Show rows as a table on a terminal; as tab-separated lines, one a row and nothing cut, anywhere else.

    The columns in `whole` are never broken or cut on a terminal either, as long as it is wide enough for them.
    """
    if not sys.stdout.isatty():
        say(f"# {title}")
        for row in (columns, *rows):
            say("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, no_wrap=column in whole, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # as Text: a SKU may look like markup
    Console(highlight=False).print(table)


def at(instant: datetime | None) -> str:
    """An instant for a person; `never` when there is none."""
    return "never" if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(seconds: float) -> str:
    """A span in the largest unit that says enough: 45 s, 12 min, 7 h, 3 d."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(max(0.0, seconds))} s"


def place_of(ledger: Ledger) -> str:
    """Where a ledger is: its file, or its server's address without the password."""
    return ledger.where.removeprefix("sqlite+pysqlite:///")


def units(value: int | None) -> str:
    """A quantity, or a dash where there is none."""
    return "-" if value is None else str(value)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 SKU, 2 SKUs."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _readable(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
