"""Every line of a settlement file checked by DuckDB, and the SELECT that types them.

Text first: a value that is not written as the file's own formats have it fails the file, whatever a cast would make of
it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from integration_assets.contracts.errors import BadDocument, StoreError
from integration_assets.contracts.sql import JOINS_AS_WRITTEN, Fragment, fill, fixed, identifier, joined, literal
from resources.amazon_parts.text import shown
from resources.settlement_parts.formats import AmountFormat, DateFormat, amount_format_of, date_format_of
from resources.settlement_parts.layout import COLUMNS
from resources.settlement_parts.unpacking import Text

MEMORY_LIMIT: Final = "128MiB"
BUFFER_BYTES: Final = 8 * 1024 * 1024
FIRST_LINES: Final = 5_000
LINE_NUMBER: Final = "line_number"
WHOLE_NUMBER: Final = "-?[0-9]{1,9}"
DATES: Final = ("settlement-start-date", "settlement-end-date", "deposit-date")
TYPED: Final = (
    ("transaction_type", "transaction-type"),
    ("amount_type", "amount-type"),
    ("amount_description", "amount-description"),
)
CARRIED: Final = (
    ("order_id", "order-id"),
    ("merchant_order_id", "merchant-order-id"),
    ("adjustment_id", "adjustment-id"),
    ("shipment_id", "shipment-id"),
    ("marketplace_name", "marketplace-name"),
    ("fulfillment_id", "fulfillment-id"),
    ("order_item_code", "order-item-code"),
    ("merchant_order_item_id", "merchant-order-item-id"),
    ("merchant_adjustment_item_id", "merchant-adjustment-item-id"),
    ("seller_sku", "sku"),
    ("promotion_id", "promotion-id"),
)
FAULTS: Final = (
    ("amount", "is no amount as the file writes them"),
    ("settlement-id", "is another settlement"),
    ("currency", "is another currency, and two are never added up"),
    ("total-amount", "is another total"),
    ("posted-date-time", "is no instant as the file writes them"),
    ("posted-date", "is no day as the file writes them"),
    ("quantity-purchased", "is no whole number"),
)
"""Columns whose value can fail a line, with what is wrong then. The number of a fault is its place, from 1."""


@dataclass(frozen=True, slots=True)
class Formats:
    """How the file writes amounts, and days; `days` is that of lines which have a day only."""

    amounts: AmountFormat
    instants: DateFormat
    days: DateFormat


@dataclass(frozen=True, slots=True)
class TripleSum:
    """The lines of one kind: how many, and what they come to."""

    triple: tuple[str, str, str]
    lines: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Scanned:
    """What all lines come to, and `select`, which gives them typed.

    It has a column for each of `TYPED` and `CARRIED`, and line_number, amount, quantity, posted_at (TIMESTAMP in UTC)
    and posted_day. `hours` are those that lines were posted in, by the name of their marketplace, which may be empty;
    None for lines that have no instant.
    """

    select: Fragment
    formats: Formats
    lines: int
    amount: Decimal
    triples: tuple[TripleSum, ...]
    hours: dict[tuple[str, datetime | None], int]
    undated: int


@contextmanager
def scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own in memory, whose work lies in `folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": False,
        "temp_directory": str(folder),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(JOINS_AS_WRITTEN)
        try:
            yield connection
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise StoreError(
                f"The settlement file cannot be unpacked in {folder}: {str(error).splitlines()[0]}.",
                todo="Free disk space there and run again.",
            ) from error


def scan(connection: duckdb.DuckDBPyConnection, text: Text) -> Scanned:
    """Check all lines. BadDocument names the first one that does not fit, and then nothing is taken."""
    source = _source(text)
    try:
        formats = _first_formats(connection, text, source)
        lines = _lines(text, source, formats)
        groups = _groups(connection, lines)
        # Whether it is the line that is odd or the first lines that misled, only all of them can tell.
        if any(group.fault for group in groups) and (better := _formats(connection, text, source)) != formats:
            formats = better
            lines = _lines(text, source, formats)
            groups = _groups(connection, lines)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise _misshapen(text, str(error)) from error
    if faulty := [group for group in groups if group.fault]:
        raise _faulty(text, faulty)
    return _summed(lines, formats, groups)


def _source(text: Text) -> Fragment:
    """The lines as text under Amazon's names, with their numbers; a column that the file lacks is empty."""
    names = (LINE_NUMBER, *text.layout.names)
    types = joined(
        ", ",
        (
            fill("{name}: {type}", name=literal(name), type=literal("BIGINT" if name == LINE_NUMBER else "VARCHAR"))
            for name in names
        ),
    )
    columns = joined(
        ", ",
        (
            identifier(name) if name in names else fill("CAST(NULL AS VARCHAR) AS {name}", name=identifier(name))
            for name in (LINE_NUMBER, *COLUMNS)
        ),
    )
    return fill(
        "(SELECT {columns} FROM read_csv({path}, columns = {{{types}}}, delim = '\t', quote = '', escape = '', "
        "comment = '', header = false, auto_detect = false, nullstr = '', null_padding = false, "
        "strict_mode = true, new_line = '\\n', buffer_size = {buffer}))",
        columns=columns,
        path=literal(str(text.path)),
        types=types,
        buffer=fixed(str(BUFFER_BYTES)),
    )


def _first_formats(connection: duckdb.DuckDBPyConnection, text: Text, source: Fragment) -> Formats:
    """The formats of the first lines, nearly always those of the file; of all lines where they leave a doubt."""
    first = fill("(SELECT * FROM {source} LIMIT {lines})", source=source, lines=fixed(str(FIRST_LINES)))
    try:
        return _formats(connection, text, first)
    except BadDocument:
        return _formats(connection, text, source)


def _formats(connection: duckdb.DuckDBPyConnection, text: Text, source: Fragment) -> Formats:
    """The formats of the file, told from all values of these lines and of the summary row."""
    (found,) = connection.execute(
        fill(
            """
            SELECT
                count(*) FILTER (WHERE contains(amount, '.')),
                count(*) FILTER (WHERE contains(amount, ',')),
                count(*) FILTER (WHERE contains(amount, '.') AND contains(amount, ',')),
                count(CASE WHEN contains(amount, ',') AND contains(amount, '.')
                    THEN CASE WHEN instr(reverse(amount), '.') < instr(reverse(amount), ',') THEN 1 END END),
                min(instant), max(instant), min(day), max(day),
                coalesce(max(CASE WHEN dated[3] IN ('/', '-') THEN TRY_CAST(dated[1:2] AS INTEGER) END), 0),
                coalesce(max(CASE WHEN dated[3] IN ('/', '-') THEN TRY_CAST(dated[4:5] AS INTEGER) END), 0)
            FROM (
                SELECT
                    "amount" AS amount,
                    "posted-date-time" AS instant,
                    CASE WHEN "posted-date-time" IS NULL THEN "posted-date" END AS day,
                    coalesce("posted-date-time", "posted-date") AS dated
                FROM {source}
            )
            """,
            source=source,
        )
    ).fetchall()
    dots, commas, both, last_is_dot, first_at, last_at, first_on, last_on, firsts, seconds = found
    summary = text.layout.summary
    total, currency = summary["total-amount"], summary["currency"]
    amounts = amount_format_of(
        currency,
        dots=dots + ("." in total),
        commas=commas + ("," in total),
        both=both + ("." in total and "," in total),
        last_is_dot=last_is_dot + ("," in total and total.rfind(".") > total.rfind(",")),
    )
    heads = [summary[name] for name in DATES if summary[name]]
    for value in heads:
        if re.match(r"\d\d[/-]\d\d[/-]\d{4}", value):
            firsts, seconds = max(firsts, int(value[:2])), max(seconds, int(value[3:5]))
    instants = [value for value in (first_at, last_at) if value] or heads
    days = [value for value in (first_on, last_on) if value] or instants
    wanted = instants or days or ["1970-01-01"]
    return Formats(
        amounts,
        date_format_of(wanted, firsts=firsts, seconds=seconds),
        date_format_of(days or wanted, firsts=firsts, seconds=seconds),
    )


def _lines(text: Text, source: Fragment, formats: Formats) -> Fragment:
    """The SELECT that types every line and says what is wrong with it: 0, or the place of its fault in FAULTS.

    Typed values are right where nothing is wrong. They do not wait for the patterns, which are matched once: whoever
    leaves `fault` out has them for less.
    """
    amounts, summary = formats.amounts, text.layout.summary
    sign = amounts.sign or "."
    plain = fixed('"amount"')
    if amounts.sign is not None:
        grouping = literal("," if sign == "." else ".")
        plain = fill("replace({plain}, {grouping}, '')", plain=plain, grouping=grouping)
    if sign == ",":
        plain = fill("replace({plain}, ',', '.')", plain=plain)
    instant, day = formats.instants, formats.days
    carried = joined(
        ", ",
        [
            *(fill("coalesce({raw}, '') AS {name}", raw=identifier(raw), name=identifier(name)) for name, raw in TYPED),
            *(fill("{raw} AS {name}", raw=identifier(raw), name=identifier(name)) for name, raw in CARRIED),
        ],
    )
    return fill(
        """
        SELECT
            CASE WHEN amount IS NULL OR NOT regexp_full_match(told, {amounts}) THEN 1
                WHEN settlement_id <> {settlement_id} THEN 2
                WHEN currency <> {currency} THEN 3
                WHEN total <> {total} THEN 4
                WHEN posted IS NOT NULL AND (
                    posted_at IS NULL AND posted_day IS NULL OR NOT regexp_full_match(posted, {instants})
                ) THEN 5
                WHEN posted IS NULL AND posted_date IS NOT NULL AND (
                    posted_day IS NULL OR NOT regexp_full_match(posted_date, {days})
                ) THEN 6
                WHEN bought IS NOT NULL AND (quantity IS NULL OR NOT regexp_full_match(bought, {whole})) THEN 7
                ELSE 0 END AS fault,
            * EXCLUDE (settlement_id, currency, total, told, posted, posted_date, bought)
        FROM (
            SELECT
                line_number,
                "settlement-id" AS settlement_id, "currency" AS currency, "total-amount" AS total,
                "amount" AS told, "posted-date-time" AS posted, "posted-date" AS posted_date,
                "quantity-purchased" AS bought,
                TRY_CAST({plain} AS DECIMAL(18, 4)) AS amount,
                TRY_CAST("quantity-purchased" AS BIGINT) AS quantity,
                CASE WHEN length("posted-date-time") > 10 THEN {instant} END AS posted_at,
                CASE WHEN "posted-date-time" IS NULL THEN {day}
                    WHEN length("posted-date-time") = 10 THEN {day_of_instant} END AS posted_day,
                {carried}
            FROM {source}
        )
        """,
        settlement_id=literal(summary["settlement-id"]),
        currency=literal(summary["currency"]),
        total=literal(summary["total-amount"]),
        amounts=literal(amounts.pattern),
        plain=plain,
        whole=literal(WHOLE_NUMBER),
        instants=literal(instant.pattern),
        instant=_instant("posted-date-time", instant),
        days=literal(day.pattern),
        day=_day("posted-date", day),
        day_of_instant=_day("posted-date-time", instant),
        carried=carried,
        source=source,
    )


def _instant(column: str, written: DateFormat) -> Fragment:
    name = identifier(column)
    if written.directive == "%Y-%m-%d":
        return fill("TRY_CAST(left({name}, 19) AS TIMESTAMP)", name=name)
    return fill(
        "try_strptime(left({name}, 10) || ' ' || {name}[12:19], {directive})",
        name=name,
        directive=literal(f"{written.directive} %H:%M:%S"),
    )


def _day(column: str, written: DateFormat) -> Fragment:
    name = identifier(column)
    if written.directive == "%Y-%m-%d":
        return fill("TRY_CAST(left({name}, 10) AS DATE)", name=name)
    return fill(
        "CAST(try_strptime(left({name}, 10), {directive}) AS DATE)", name=name, directive=literal(written.directive)
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Lines that are alike: in their kind, in the hour and marketplace, and in what is wrong with them (0: nothing)."""

    fault: int
    triple: tuple[str, str, str]
    marketplace: str
    hour: datetime | None
    lines: int
    amount: Decimal | None
    first: int
    undated: int


def _groups(connection: duckdb.DuckDBPyConnection, lines: Fragment) -> list[_Group]:
    """All lines, each read once."""
    found = connection.execute(
        fill(
            """
            SELECT
                fault, transaction_type, amount_type, amount_description, coalesce(marketplace_name, ''),
                date_trunc('hour', posted_at),
                count(*), sum(amount), min(line_number),
                count(*) FILTER (posted_at IS NULL AND posted_day IS NULL)
            FROM ({lines})
            GROUP BY ALL ORDER BY ALL
            """,
            lines=lines,
        )
    ).fetchall()
    return [_Group(fault, (one, two, three), *rest) for fault, one, two, three, *rest in found]


def _faulty(text: Text, groups: list[_Group]) -> BadDocument:
    """The refusal of a file, naming its first line with a fault."""
    first = min(groups, key=lambda group: group.first)
    column, wrong = FAULTS[first.fault - 1]
    value = dict(zip(text.layout.names, _line(text, first.first), strict=False)).get(column, "")
    others = sum(group.lines for group in groups) - 1
    return BadDocument(
        f"Line {first.first} of settlement {text.layout.summary['settlement-id']}: {column} {shown(value, 40)!r} "
        f"{wrong}.{f' {others} other lines have faults too.' if others else ''}",
        todo="No line was taken: a settlement is taken whole or not at all. Fetch the report again; if it comes the "
        "same, ask Amazon.",
    )


def _line(text: Text, number: int) -> list[str]:
    """The cells of a line."""
    with text.path.open(encoding="utf-8", newline="\n") as file:
        found = (cells for line in file if int((cells := line.rstrip("\n").split("\t"))[0]) == number)
        return next(found, [""])[1:]


def _misshapen(text: Text, told: str) -> BadDocument:
    place = re.search(r"Line: (\d+)", told)
    where = f"Line {_number_at(text, int(place[1]))}" if place else "A line"
    width = text.layout.width
    return BadDocument(
        f"{where} of settlement {text.layout.summary['settlement-id']} does not have the {width} cells of the header.",
        todo="No line was taken: the file is cut or damaged. Fetch the report again.",
    )


def _number_at(text: Text, place: int) -> int:
    """The number of a line that DuckDB names by its place in the text."""
    with text.path.open("rb") as file:
        return int(next(islice(file, place - 1, place), b"0").split(b"\t")[0])


def _summed(lines: Fragment, formats: Formats, groups: list[_Group]) -> Scanned:
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    amounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    hours: dict[tuple[str, datetime | None], int] = defaultdict(int)
    for group in groups:
        counted[group.triple] += group.lines
        amounts[group.triple] += group.amount or Decimal(0)
        hours[group.marketplace, group.hour] += group.lines
    return Scanned(
        select=lines,
        formats=formats,
        lines=sum(counted.values()),
        amount=sum(amounts.values(), Decimal(0)),
        triples=tuple(TripleSum(triple, counted[triple], amounts[triple]) for triple in sorted(counted)),
        hours=dict(hours),
        undated=sum(group.undated for group in groups),
    )
