"""What a file is that is no settlement file, where it shows: the most common mix-ups, each with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

INSTEAD: Final = "Download the report as flat file V2 (Seller Central, Payments, Reports) and give it as it came."
BEGINNINGS: Final = (
    ("%PDF", "It is a PDF."),
    ("PK\x03\x04", "It is an Excel workbook or another zip archive."),
    ("PK", "It is an Excel workbook or another zip archive."),
    ("\xd0\xcf\x11\xe0", "It is an old Excel workbook."),
    ("<", "It is XML or HTML."),
    ("{", "It is JSON."),
    ("[", "It is JSON."),
)
SEPARATORS: Final = ((",", "commas"), (";", "semicolons"), ("|", "bars"))


def told_of(lines: Sequence[str]) -> str:
    """What the first lines say the file is, as a sentence; empty where they say nothing."""
    first = next((line.lstrip("\ufeff \t") for line in lines if line.strip()), "")
    if not first:
        return "It is empty."
    for beginning, told in BEGINNINGS:
        if first.startswith(beginning):
            return told
    plain = first.casefold()
    if "settlement-id" in plain or "settlement id" in plain:
        for sign, words in SEPARATORS:
            if plain.count(sign) >= 5 and "\t" not in first:
                return f"Its cells are separated by {words} where Amazon has tabs: it was saved anew or is another."
    if plain.startswith(('"includes amazon', '"date/time"', "date/time")):
        return "It is a date range report."
    return ""
