"""The month-end pack as files: a CSV for each sheet, one workbook, and a page to read; each replaced in one step.

The pack of a closed month is never written over: it stays, byte for byte, what finance has closed the month with.
What stands in a text cell is never a formula: a SKU or a title may begin with a sign that spreadsheets calculate with.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integration_assets.contracts.errors import StoreError
from integration_assets.publish.month_end import Column, Pack, Sheet
from integration_assets.publish.month_end_page import page
from integration_assets.rules.money import MINOR_DIGITS

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets begin to calculate at; the last four are the wide ones of Japanese keyboards."""
MOST_ROWS = 1_048_575
"""Rows that a sheet of a workbook holds below its heading."""
UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Written:
    """The folder of a pack and its files, in the order of their names.

    `kept` says that they are those of a closed month, which were there; `as_booked` that they have the month's journal
    as it stands in the books.
    """

    folder: Path
    files: tuple[Path, ...]
    kept: bool = False
    as_booked: bool = True


def write(pack: Pack, target: Path) -> Written:
    """Write the pack to `target`/<its name>/ and answer its files.

    Each file is written beside the old one and put in its place; where the month is closed and they are all there, they
    stay. Raises StoreError when it cannot be written.
    """
    folder = target / pack.name
    try:
        there = tuple(folder / name for name in _names(pack))
        if pack.closed and all(file.is_file() for file in there):
            return Written(folder, there, kept=True, as_booked=_as_booked(pack, folder))
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=UNFINISHED, dir=target) as unfinished:
            made = [_csv(pack, sheet, Path(unfinished)) for sheet in pack.sheets]
            made.append(_workbook(pack, Path(unfinished)))
            made.append(Path(unfinished) / f"month_end_{pack.name}.html")
            made[-1].write_text(page(pack), encoding="utf-8")
            files = tuple(file.replace(folder / file.name) for file in sorted(made))
    except OSError as error:
        raise StoreError(
            f"The month-end pack cannot be written to {folder}: {error}.",
            todo="What was there is still whole. Free disk space or mend the folder, then write it again.",
        ) from error
    return Written(folder, files)


def _names(pack: Pack) -> list[str]:
    stem = f"month_end_{pack.name}"
    return sorted([f"{stem}.html", f"{stem}.xlsx", *(f"{stem}_{sheet.name}.csv" for sheet in pack.sheets)])


def _as_booked(pack: Pack, folder: Path) -> bool:
    """Whether the journal in the folder is the one in the books."""
    with TemporaryDirectory(prefix=UNFINISHED, dir=folder.parent) as unfinished:
        made = _csv(pack, pack.sheet("journal"), Path(unfinished))
        return made.read_bytes() == (folder / made.name).read_bytes()


def harmless(text: str) -> str:
    """The text as no spreadsheet takes it for a formula: after an apostrophe where it begins like one."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA_SIGNS) or text.startswith(FORMULA_SIGNS) else text


def _csv(pack: Pack, sheet: Sheet, folder: Path) -> Path:
    """UTF-8 with a mark at its beginning, which Excel needs to know it by; amounts with a dot."""
    file = folder / f"month_end_{pack.name}_{sheet.name}.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.name for column in sheet.columns])
        currency = _place_of(sheet, "currency")
        for row in sheet.rows:
            writer.writerow(
                _as_text(column, value, "" if currency is None else row[currency])
                for column, value in zip(sheet.columns, row, strict=True)
            )
    return file


def _as_text(column: Column, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if column.kind == "money":
        return f"{value:.{MINOR_DIGITS.get(currency, 2)}f}"
    if column.kind == "text":
        return harmless(str(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _workbook(pack: Pack, folder: Path) -> Path:
    """All sheets in one file, written row by row. A sheet too long for a workbook says so and is whole as CSV."""
    from xlsxwriter import Workbook

    file = folder / f"month_end_{pack.name}.xlsx"
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "tmpdir": str(folder),
    }
    with Workbook(str(file), settings) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        formats = {digits: book.add_format({"num_format": _pattern(digits)}) for digits in set(MINOR_DIGITS.values())}
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in (_claims(pack), *pack.sheets):
            tab = book.add_worksheet(sheet.name)
            tab.freeze_panes(1, 0)
            tab.set_column(0, len(sheet.columns) - 1, 16)
            for at, column in enumerate(sheet.columns):
                tab.write_string(0, at, column.name, heading)
            currency = _place_of(sheet, "currency")
            for line, row in enumerate(_that_fit(sheet), start=1):
                for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                    if value is None:
                        continue
                    if isinstance(value, Decimal):
                        # A workbook knows no other number than a double; 15 digits of it are exact.
                        digits = MINOR_DIGITS.get(row[currency], 2) if currency is not None else 2
                        tab.write_number(line, at, value, formats[digits])
                    elif column.kind == "count":
                        tab.write_number(line, at, value)
                    elif isinstance(value, date):
                        tab.write_datetime(line, at, value, day)
                    else:
                        tab.write_string(line, at, str(value))
    return file


def _claims(pack: Pack) -> Sheet:
    """The ties as a sheet of their own, first in the workbook."""
    columns = (
        Column("claim"),
        Column("currency"),
        Column("one_side", "money"),
        Column("other_side", "money"),
        Column("holds"),
    )
    rows = [(tie.claim, tie.currency, tie.left, tie.right, "yes" if tie.holds else "NO") for tie in pack.ties]
    return Sheet("ties", "What has to be the same", columns, rows)


def _that_fit(sheet: Sheet) -> Iterable[tuple[Any, ...]]:
    if len(sheet.rows) <= MOST_ROWS:
        return sheet.rows
    told = f"{len(sheet.rows)} rows are more than a workbook holds: see {sheet.name}.csv"
    return [(told, *[None] * (len(sheet.columns) - 1))]


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


def _place_of(sheet: Sheet, name: str) -> int | None:
    return next((at for at, column in enumerate(sheet.columns) if column.name == name), None)
