"""The month-end pack: what finance closes a month with, gathered from one state of the warehouse.

Each sheet is a table with typed columns; `month_end_files` writes them. Totals tie to the bank: what was paid in the
month is what its payouts say, what the books say the bank got, and what stands on orders and the account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
Kind = Literal["text", "money", "count", "date"]
Query = Callable[[str, Any], list[tuple[Any, ...]]]
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet; `money` is a Decimal in the currency of its row."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the pack. `name` is its file's and its tab's."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tie:
    """One claim that finance relies on: two sums that have to be the same, in one currency."""

    claim: str
    currency: str
    left: Decimal
    right: Decimal

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything about a month; `region` is empty for all region accounts together.

    A `closed` month is one that nothing is booked into any more.
    """

    month: str
    region: str
    sheets: tuple[Sheet, ...]
    ties: tuple[Tie, ...]
    closed: bool = False

    @property
    def name(self) -> str:
        """`2026-10`, or `2026-10_eu`."""
        return "_".join(filter(None, (self.month, self.region)))

    def sheet(self, name: str) -> Sheet:
        """A sheet by its name. KeyError when there is none."""
        return {sheet.name: sheet for sheet in self.sheets}[name]


def _columns(*texts: str, **others: Kind) -> tuple[Column, ...]:
    return (*map(Column, texts), *(Column(name, kind) for name, kind in others.items()))


SHEETS = (
    Sheet(
        "summary",
        "The month by currency",
        _columns(
            "currency",
            opening="money",
            earned="money",
            banked="money",
            closing="money",
            earned_late="money",
            banked_late="money",
            deposits_booked="money",
            deposits="money",
            payouts="count",
        ),
    ),
    Sheet(
        "payouts",
        "Payouts of the month",
        _columns(
            "settlement_id",
            "region",
            "currency",
            deposit_on="date",
            deposit="money",
            lines_total="money",
            difference="money",
            on_orders="money",
            allocated="money",
            with_account="money",
            moved="money",
            unmapped="money",
            reserve_held="money",
            orders="count",
            orders_in_shopify="count",
            lines="count",
            state="text",
        ),
    ),
    Sheet(
        "accounts",
        "Booked in the month, by account",
        _columns(
            "currency",
            "account",
            "bucket",
            debit="money",
            credit="money",
            balance="money",
        ),
    ),
    Sheet(
        "journal",
        "Journal of the month",
        _columns(
            "entry_id",
            line_number="count",
            settlement_id="text",
            region="text",
            kind="text",
            booked_on="date",
            belongs_on="date",
            account="text",
            bucket="text",
            debit="money",
            credit="money",
            currency="text",
        ),
    ),
    Sheet(
        "orders",
        "Order lines paid in the month",
        _columns(
            "region",
            "order_ref",
            "shopify_order",
            "seller_sku",
            "title",
            "currency",
            units="count",
            sales="money",
            tax="money",
            promotions="money",
            fees="money",
            allocated_fees="money",
            refunds="money",
            unmapped="money",
            paid_out="money",
        ),
    ),
    Sheet(
        "account_fees",
        "Fees that belong to no order",
        _columns(
            "settlement_id",
            "region",
            "currency",
            "bucket",
            "rule",
            amount="money",
            allocated="money",
            amount_left="money",
            left_why="text",
        ),
    ),
    Sheet(
        "differences",
        "Orders that settlements and Shopify differ on",
        _columns(
            "region",
            "order_ref",
            "currency",
            shopify_value="money",
            settled_value="money",
            difference="money",
            main_cause="text",
            state="text",
            reason="text",
        ),
    ),
)
"""Each is read by the SELECT of its name; its columns are in the order of the SELECT."""


def span_of(month: str) -> tuple[date, date]:
    """The first day of a month and of the next one. ConfigurationError for anything but a month such as 2026-10."""
    found = MONTH.fullmatch(month)
    if found is None:
        raise ConfigurationError(f"{month!r} is not a month; expected one such as 2026-10.")
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def month_before(day: date) -> str:
    """The month before the one a day is in: the last one that is over."""
    return f"{day.year - 1}-12" if day.month == 1 else f"{day.year}-{day.month - 1:02d}"


def pack_of(warehouse: Warehouse, model: OperatingModel, month: str, region: str = "") -> Pack:
    """Gather a month. Raises ConfigurationError for a month or region that is none, StoreError without a warehouse."""
    first, following = span_of(month)
    if region and region not in model.amazon:
        raise ConfigurationError(f"{region!r} is no region account; there are {', '.join(sorted(model.amazon))}.")
    span = {"from": first, "until": following, "region": region}
    with warehouse.reading() as query:
        sheets = tuple(_read(query, sheet, span, model) for sheet in SHEETS)
    closed = month <= (model.accounts.closed_through or "")
    return Pack(month, region, sheets, tuple(_ties(sheets)), closed)


def _read(query: Query, sheet: Sheet, span: Mapping[str, Any], model: OperatingModel) -> Sheet:
    sql = (HERE / f"month_end_{sheet.name}.sql").read_text(encoding="utf-8")
    more = {"clearing": model.accounts.clearing} if sheet.name == "summary" else {}
    return replace(sheet, rows=query(sql, {**span, **more}))


def _ties(sheets: tuple[Sheet, ...]) -> list[Tie]:
    """The claims, currency by currency."""
    of = {sheet.name: sheet for sheet in sheets}
    ties: list[Tie] = []
    for currency, opening, earned, banked, closing, _, _, booked, deposits, _ in of["summary"].rows:
        orders = _sum(of["orders"], "paid_out", currency) + _sum(of["account_fees"], "amount_left", currency)
        debit, credit = (_sum(of["journal"], side, currency) for side in ("debit", "credit"))
        lines = _sum(of["payouts"], "lines_total", currency)
        ties += [
            Tie("The bank got what the payouts say", currency, booked, deposits),
            Tie("The payouts are their lines", currency, deposits, lines),
            Tie("The lines stand on orders or with the account", currency, lines, orders),
            Tie("Opening and earned, less paid, is closing", currency, opening + earned - banked, closing),
            Tie("Debits are credits", currency, debit, credit),
        ]
    return ties


def _sum(sheet: Sheet, column: str, currency: str) -> Decimal:
    names = [each.name for each in sheet.columns]
    amount, of = names.index(column), names.index("currency")
    return sum((row[amount] for row in sheet.rows if row[of] == currency), Decimal(0))
