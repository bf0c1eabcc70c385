"""Every line of a settlement file checked and typed by DuckDB, into a Parquet file.

Text first: a value that is not written as the file's own formats have it fails the file, whatever a cast would make of
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from integration_assets.contracts.errors import BadDocument, StoreError
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, joined, literal
from resources.amazon_parts.text import shown
from resources.settlement_parts.formats import AmountFormat, DateFormat, amount_format_of, date_format_of
from resources.settlement_parts.layout import COLUMNS
from resources.settlement_parts.unpacking import Text

MEMORY_LIMIT: Final = "128MiB"
BUFFER_BYTES: Final = 8 * 1024 * 1024
ROW_GROUP: Final = 122_880
FIRST_LINES: Final = 5_000
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
class Staged:
    """The typed lines in a Parquet file, in the order of the file, and what they come to."""

    path: Path
    formats: Formats
    lines: int
    amount: Decimal
    triples: tuple[TripleSum, ...]
    marketplaces: dict[str, int]


@contextmanager
def scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own in memory, whose work lies in `folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": True,
        "temp_directory": str(folder),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        try:
            yield connection
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise StoreError(
                f"The settlement file cannot be unpacked in {folder}: {str(error).splitlines()[0]}.",
                todo="Free disk space there and run again.",
            ) from error


def stage(connection: duckdb.DuckDBPyConnection, text: Text, folder: Path) -> Staged:
    """Type all lines into `folder`. BadDocument names the first line that does not fit, and then nothing is taken."""
    source = _source(text)
    path = folder / "settlement.parquet"
    staged = fill("read_parquet({path}, file_row_number = true)", path=literal(str(path)))
    try:
        formats = _first_formats(connection, text, source)
        _type(connection, path, _lines(text, source, formats))
        fault = _first_fault(connection, staged)
        # Whether it is the line that is odd or the first lines that misled, only all of them can tell.
        if fault is not None and (better := _formats(connection, text, source)) != formats:
            formats = better
            _type(connection, path, _lines(text, source, formats))
            fault = _first_fault(connection, staged)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise _misshapen(text, str(error)) from error
    if fault is not None:
        raise _faulty(text, *fault)
    return _summed(connection, path, staged, formats)


def _type(connection: duckdb.DuckDBPyConnection, path: Path, lines: Fragment) -> None:
    """Write the typed lines. Without dictionaries: they would cost as much again, and the file is read once."""
    connection.execute(
        fill(
            "COPY ({lines}) TO {path} "
            "(FORMAT parquet, COMPRESSION lz4, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE {group})",
            lines=lines,
            path=literal(str(path)),
            group=fixed(str(ROW_GROUP)),
        )
    )


def _source(text: Text) -> Fragment:
    """The lines as text under Amazon's names; a column that the file lacks is empty."""
    types = joined(", ", (fill("{name}: 'VARCHAR'", name=literal(name)) for name in text.layout.names))
    present = set(text.layout.names)
    columns = joined(
        ", ",
        (
            identifier(name) if name in present else fill("CAST(NULL AS VARCHAR) AS {name}", name=identifier(name))
            for name in COLUMNS
        ),
    )
    return fill(
        "(SELECT {columns} FROM read_csv({path}, columns = {{{types}}}, delim = '\t', quote = '', escape = '', "
        "comment = '', header = false, skip = {skip}, auto_detect = false, nullstr = '', null_padding = false, "
        "strict_mode = true, new_line = '\\n', buffer_size = {buffer}))",
        columns=columns,
        path=literal(str(text.path)),
        types=types,
        skip=fixed(str(text.skip)),
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
    """The SELECT that types every line and says what is wrong with it: 0, or the place of its fault in FAULTS."""
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
            CASE WHEN amount IS NULL THEN 1
                WHEN settlement_id <> {settlement_id} THEN 2
                WHEN currency <> {currency} THEN 3
                WHEN total <> {total} THEN 4
                WHEN posted IS NOT NULL AND posted_at IS NULL AND posted_day IS NULL THEN 5
                WHEN posted IS NULL AND posted_date IS NOT NULL AND posted_day IS NULL THEN 6
                WHEN bought IS NOT NULL AND quantity IS NULL THEN 7
                ELSE 0 END AS fault,
            * EXCLUDE (settlement_id, currency, total, posted, posted_date, bought)
        FROM (
            SELECT
                "settlement-id" AS settlement_id, "currency" AS currency, "total-amount" AS total,
                "posted-date-time" AS posted, "posted-date" AS posted_date, "quantity-purchased" AS bought,
                CASE WHEN regexp_full_match("amount", {amounts}) THEN TRY_CAST({plain} AS DECIMAL(18, 4)) END AS amount,
                CASE WHEN regexp_full_match("quantity-purchased", {whole})
                    THEN CAST("quantity-purchased" AS BIGINT) END AS quantity,
                CASE WHEN regexp_full_match("posted-date-time", {instants}) AND length("posted-date-time") > 10
                    THEN {instant} END AS posted_at,
                CASE WHEN "posted-date-time" IS NULL
                    THEN CASE WHEN regexp_full_match("posted-date", {days}) THEN {day} END
                    WHEN length("posted-date-time") = 10 AND regexp_full_match("posted-date-time", {instants})
                    THEN {day_of_instant} END AS posted_day,
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


def _first_fault(connection: duckdb.DuckDBPyConnection, staged: Fragment) -> tuple[int, int, int] | None:
    """How many lines have a fault, which row is the first, and what is wrong with it; None when all is well."""
    (found,) = connection.execute(
        fill(
            "SELECT count(*), min(file_row_number), arg_min(fault, file_row_number) FROM {staged} WHERE fault > 0",
            staged=staged,
        )
    ).fetchall()
    return found if found[0] else None


def _faulty(text: Text, count: int, row: int, fault: int) -> BadDocument:
    """The refusal of a file, naming its first line with a fault."""
    column, wrong = FAULTS[fault - 1]
    number = text.layout.body_from + row
    cells = _line(text, row)
    value = dict(zip(text.layout.names, cells, strict=False)).get(column, "")
    others = f" {count - 1} other lines have faults too." if count > 1 else ""
    return BadDocument(
        f"Line {number} of settlement {text.layout.summary['settlement-id']}: {column} {shown(value, 40)!r} {wrong}."
        f"{others}",
        todo="No line was taken: a settlement is taken whole or not at all. Fetch the report again; if it comes the "
        "same, ask Amazon.",
    )


def _line(text: Text, row: int) -> list[str]:
    """The cells of the line that DuckDB counts as `row`: it passes over empty lines."""
    with text.path.open(encoding="utf-8", newline="\n") as file:
        filled = (line.rstrip("\n") for number, line in enumerate(file) if number >= text.skip and line != "\n")
        for at, line in enumerate(filled):
            if at == row:
                return line.split("\t")
    return []


def _misshapen(text: Text, told: str) -> BadDocument:
    place = re.search(r"Line: (\d+)", told)
    where = f"Line {int(place[1]) - text.skip + text.layout.body_from - 1}" if place else "A line"
    width = text.layout.width
    return BadDocument(
        f"{where} of settlement {text.layout.summary['settlement-id']} does not have the {width} cells of the header.",
        todo="No line was taken: the file is cut or damaged. Fetch the report again.",
    )


def _summed(connection: duckdb.DuckDBPyConnection, path: Path, staged: Fragment, formats: Formats) -> Staged:
    triples = connection.execute(
        fill(
            "SELECT transaction_type, amount_type, amount_description, count(*), sum(amount) FROM {staged} "
            "GROUP BY ALL ORDER BY ALL",
            staged=staged,
        )
    ).fetchall()
    places = connection.execute(
        fill("SELECT coalesce(marketplace_name, ''), count(*) FROM {staged} GROUP BY ALL ORDER BY ALL", staged=staged)
    ).fetchall()
    sums = tuple(TripleSum((first, second, third), lines, amount) for first, second, third, lines, amount in triples)
    return Staged(
        path=path,
        formats=formats,
        lines=sum(each.lines for each in sums),
        amount=sum((each.amount for each in sums), Decimal(0)),
        triples=sums,
        marketplaces=dict(places),
    )
