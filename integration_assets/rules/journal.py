"""The books of a settlement: balanced double entry, month by month, that is only ever added to.

What a settlement's lines earned or cost is booked against the clearing account in the month they were posted; the
deposit moves the total from there to the bank. Once both are booked, the clearing account holds nothing of it.
A month that was closed takes nothing more: what belongs to it is booked on the first day that is open, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

Kind = Literal["posting", "reversal"]
KINDS: Final = ("posting", "reversal")
DEPOSIT: Final = "deposit"


@dataclass(frozen=True, slots=True)
class Chart:
    """The accounts of the brand's books: `buckets` says where each kind of line goes, `unnamed` where others go.

    `difference` takes what a settlement's lines lack of its total; it is empty while every settlement balances.
    """

    bank: str
    clearing: str
    difference: str
    unnamed: str
    buckets: Mapping[str, str]

    def account(self, bucket: str) -> str:
        """The account of a bucket."""
        return self.buckets.get(bucket, self.unnamed)


@dataclass(frozen=True, slots=True)
class Movement:
    """What the lines of one bucket came to in one month; `posted_on` is the last day any of them was posted on.

    Days are those of the marketplace, amounts are in minor units and signed as they change the payout.
    """

    posted_on: date
    bucket: str
    amount: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A settlement as it is read now: its movements, and the total that goes to the bank on `deposit_on`."""

    settlement_id: str
    total: int
    deposit_on: date
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal. `reverses` names the entry that a reversal takes back; `sequence` counts the versions.

    `belongs_on` is the day it would have been booked on, had that month not been closed; None where it was.
    """

    entry_id: str
    line_number: int
    sequence: int
    kind: Kind
    booked_on: date
    account: str
    bucket: str
    debit: int
    credit: int
    reverses: str = ""
    belongs_on: date | None = None

    @property
    def day(self) -> date:
        """The day it is of, whenever it was booked."""
        return self.belongs_on or self.booked_on


def entries(statement: Statement, chart: Chart, *, sequence: int = 1) -> list[Line]:
    """The entries of a settlement: one for each month in which lines were posted, and one for the deposit."""
    lines: list[Line] = []
    by_month: dict[str, list[Movement]] = defaultdict(list)
    for movement in statement.movements:
        by_month[f"{movement.posted_on:%Y-%m}"].append(movement)
    for month, movements in sorted(by_month.items()):
        sums: dict[str, int] = defaultdict(int)
        for movement in movements:
            sums[movement.bucket] += movement.amount
        booked_on = max(movement.posted_on for movement in movements)
        sides = [(chart.account(bucket), bucket, -amount) for bucket, amount in sorted(sums.items())]
        sides.append((chart.clearing, "", sum(sums.values())))
        lines += _entry(f"{statement.settlement_id}/{sequence}/{month}", sequence, booked_on, sides)
    booked = sum(movement.amount for movement in statement.movements)
    deposit = [
        (chart.bank, DEPOSIT, statement.total),
        (chart.difference, "difference", booked - statement.total),
        (chart.clearing, "", -booked),
    ]
    return lines + _entry(f"{statement.settlement_id}/{sequence}/{DEPOSIT}", sequence, statement.deposit_on, deposit)


def to_append(
    statement: Statement, chart: Chart, posted: Sequence[Line], *, open_from: date | None = None
) -> list[Line]:
    """What has to be added to the journal for it to say what the settlement says now; nothing when it already does.

    `posted` is all the journal holds of this settlement. Where that says something else, it is reversed line by line
    on the days it was booked on, and the settlement is posted again. Nothing is ever changed or taken out. Before
    `open_from` the books are closed: what would be booked there is booked on that day.
    """
    taken_back = {line.reverses for line in posted if line.kind == "reversal"}
    standing = [line for line in posted if line.kind == "posting" and line.entry_id not in taken_back]
    sequence = 1 + max((line.sequence for line in posted), default=0)
    wanted = entries(statement, chart, sequence=sequence)
    if _content(standing) == _content(wanted):
        return []
    added = [reversal(line, sequence) for line in sorted(standing, key=_place)] + wanted
    return [_in_open_books(line, open_from) for line in added]


def reversal(line: Line, sequence: int) -> Line:
    """The line that takes another one back."""
    return Line(
        entry_id=f"{line.entry_id}/reversed",
        line_number=line.line_number,
        sequence=sequence,
        kind="reversal",
        booked_on=line.booked_on,
        account=line.account,
        bucket=line.bucket,
        debit=line.credit,
        credit=line.debit,
        reverses=line.entry_id,
        belongs_on=line.belongs_on,
    )


def _in_open_books(line: Line, open_from: date | None) -> Line:
    if open_from is None or line.booked_on >= open_from:
        return line
    return replace(line, booked_on=open_from, belongs_on=line.day)


def unbalanced(lines: Iterable[Line]) -> list[str]:
    """The entries whose debits and credits differ: none, ever."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.entry_id] += line.debit - line.credit
    return sorted(entry_id for entry_id, amount in sums.items() if amount)


def _entry(entry_id: str, sequence: int, booked_on: date, sides: Iterable[tuple[str, str, int]]) -> list[Line]:
    """An entry of (account, bucket, amount): above zero is a debit. Sides of nothing are left out."""
    kept = [side for side in sides if side[2]]
    return [
        Line(entry_id, number, sequence, "posting", booked_on, account, bucket, max(0, amount), max(0, -amount))
        for number, (account, bucket, amount) in enumerate(kept, start=1)
    ]


def _content(lines: Iterable[Line]) -> list[tuple[str, date, str, str, int, int]]:
    """What lines say, without the numbers of their version."""
    return sorted(
        (line.entry_id.rpartition("/")[2], line.day, line.account, line.bucket, line.debit, line.credit)
        for line in lines
    )


def _place(line: Line) -> tuple[str, int]:
    return line.entry_id, line.line_number
