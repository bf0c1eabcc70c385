"""How a settlement file writes amounts and instants. It follows the marketplace, so it is told from the file itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final, Literal

from integration_assets.contracts.errors import BadDocument
from integration_assets.rules.money import minor_digits
from resources.amazon_parts.text import shown

Sign = Literal[".", ","]
DOT: Final = "."
COMMA: Final = ","
TIME: Final = r"(?:[ T](\d{2}:\d{2}:\d{2})(?:\.0+)?(?: ?(?:UTC|GMT|Z)|\+00:?00)?)?"
"""The time of day after a date. Amazon writes UTC, and other zones are not guessed at."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One way to write a day: its name, a pattern for the day alone, and how DuckDB and Python read it."""

    name: str
    day: str
    directive: str

    @property
    def pattern(self) -> str:
        """Matches a whole value: the day, and the time where there is one."""
        return self.day + TIME

    def instant(self, value: str) -> datetime | None:
        """The value as an instant in UTC; None when it is not written like this or is no day of any calendar."""
        if re.fullmatch(self.pattern, value) is None:
            return None
        try:
            day = datetime.strptime(value[:10], self.directive).replace(tzinfo=UTC)
            # A day alone is the marketplace's: noon in UTC falls on that day in all of Amazon's marketplaces.
            return datetime.combine(day, time.fromisoformat(value[11:19] or "12:00:00"), UTC)
        except ValueError:
            return None


CERTAIN: Final = (
    DateFormat("yyyy-mm-dd", r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    DateFormat("yyyy/mm/dd", r"\d{4}/\d{2}/\d{2}", "%Y/%m/%d"),
    DateFormat("dd.mm.yyyy", r"\d{2}\.\d{2}\.\d{4}", "%d.%m.%Y"),
)
"""Formats that cannot be taken for one another."""

UNCERTAIN: Final = (
    (
        DateFormat("dd/mm/yyyy", r"\d{2}/\d{2}/\d{4}", "%d/%m/%Y"),
        DateFormat("mm/dd/yyyy", r"\d{2}/\d{2}/\d{4}", "%m/%d/%Y"),
    ),
    (
        DateFormat("dd-mm-yyyy", r"\d{2}-\d{2}-\d{4}", "%d-%m-%Y"),
        DateFormat("mm-dd-yyyy", r"\d{2}-\d{2}-\d{4}", "%m-%d-%Y"),
    ),
)
"""Pairs that look alike: only a day after the twelfth tells which one it is."""


def date_format_of(values: Iterable[str], *, firsts: int, seconds: int) -> DateFormat:
    """The format of all these values. BadDocument when they are in none or several, or when two would do.

    `firsts` and `seconds` are the largest first and second numbers of the file's values, for formats that look alike.
    """
    values = [value for value in values if value]
    for certain in CERTAIN:
        if all(re.fullmatch(certain.pattern, value) for value in values):
            return certain
    for day_first, month_first in UNCERTAIN:
        if all(re.fullmatch(day_first.pattern, value) for value in values):
            if firsts > 12 >= seconds:
                return day_first
            if seconds > 12 >= firsts:
                return month_first
            doubt = "both cannot be true" if firsts > 12 else "every day is before the thirteenth"
            raise BadDocument(
                f"Dates such as {shown(values[0], 30)!r} may be {day_first.name} or {month_first.name}: {doubt}.",
                todo="Nothing was taken. Read a later file of the marketplace first, or ask Amazon for this one again.",
            )
    raise BadDocument(
        f"Dates such as {shown(values[0], 30)!r} and {shown(values[-1], 30)!r} are in no format that is known, or in "
        "several.",
        todo=f"Known are {', '.join(each.name for each in CERTAIN)}, with a time in UTC. Nothing was taken.",
    )


@dataclass(frozen=True, slots=True)
class AmountFormat:
    """How amounts are written: the decimal sign, None where no amount has one, and the decimals of the currency."""

    sign: Sign | None
    digits: int

    @property
    def pattern(self) -> str:
        """Matches a whole amount. A sign between thousands is taken only beside a decimal sign: alone it may be one."""
        if self.sign is None:
            return r"-?\d{1,13}"
        # A currency without minor units may be written with zeros for them.
        decimals = rf"\d{{1,{self.digits}}}" if self.digits else "0{1,2}"
        sign, grouping = (r"\.", ",") if self.sign == DOT else (",", r"\.")
        return rf"-?(?:\d{{1,13}}(?:{sign}{decimals})?|\d{{1,3}}(?:{grouping}\d{{3}}){{1,4}}{sign}{decimals})"

    def amount(self, text: str) -> Decimal | None:
        """The amount; None when it is not written like this."""
        if re.fullmatch(self.pattern, text) is None:
            return None
        if self.sign is None:
            return Decimal(text)
        grouping = COMMA if self.sign == DOT else DOT
        return Decimal(text.replace(grouping, "").replace(self.sign, DOT))


def amount_format_of(currency: str, *, dots: int, commas: int, both: int, last_is_dot: int) -> AmountFormat:
    """The format of a file's amounts, from how many hold a dot, a comma, and both.

    `last_is_dot` counts those with both where the dot comes last. BadDocument when two signs are decimal signs.
    """
    digits = minor_digits(currency)
    only_dots, only_commas = dots - both, commas - both
    dot_decimal, comma_decimal = only_dots + last_is_dot, only_commas + both - last_is_dot
    if dot_decimal and comma_decimal:
        raise BadDocument(
            f"Of the amounts {dot_decimal} have a dot and {comma_decimal} a comma for their decimals.",
            todo="Nothing was taken: a file in two formats was edited or put together. Fetch the report again.",
        )
    sign: Sign | None = "." if dot_decimal else "," if comma_decimal else None
    return AmountFormat(sign, digits)
