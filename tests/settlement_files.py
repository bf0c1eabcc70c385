"""Settlement files (flat file V2) in every dialect: the same lines, written as each marketplace writes them."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

COLUMNS = [
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
]
JAPANESE = [
    "決済番号",
    "決済開始日",
    "決済終了日",
    "振込日",
    "合計金額",
    "通貨",
    "トランザクションの種類",
    "注文番号",
    "出品者注文番号",
    "調整ID",
    "出荷ID",
    "マーケットプレイス名",
    "金額の種類",
    "金額の説明",
    "金額",
    "フルフィルメントID",
    "計上日",
    "計上日時",
    "注文商品番号",
    "出品者注文商品番号",
    "出品者調整商品番号",
    "出品者SKU",
    "購入数量",
    "プロモーションID",
]
START, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC)
DEPOSIT = datetime(2026, 6, 17, tzinfo=UTC)


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `order` names its columns, `headers` are the words it has for them."""

    name: str
    currency: str = "USD"
    decimal: str = "."
    digits: int = 2
    instant: str = "%Y-%m-%d %H:%M:%S UTC"
    day: str = "%Y-%m-%d"
    encoding: str = "utf-8"
    newline: str = "\n"
    mark: bytes = b""
    preamble: tuple[str, ...] = ()
    order: tuple[str, ...] = tuple(COLUMNS)
    headers: tuple[str, ...] = ()
    repeats_head: bool = True


US = Dialect("us")
DIALECTS = (
    US,
    Dialect("us_old", order=tuple(COLUMNS[:-1])),
    Dialect("us_short_days", day="%m/%d/%y"),
    Dialect("de", "EUR", ",", instant="%d.%m.%Y %H:%M:%S UTC", day="%d.%m.%Y", repeats_head=False),
    Dialect(
        "fr_windows", "EUR", ",", instant="%d/%m/%Y %H:%M:%S UTC", day="%d/%m/%Y", encoding="cp1252", newline="\r\n"
    ),
    Dialect("ca_dotted", "CAD", instant="%d.%m.%Y %H:%M:%S UTC", day="%d.%m.%Y", newline="\r\n"),
    Dialect("sg_preamble", "SGD", mark=codecs.BOM_UTF8, preamble=("Settlement report", "\tSeller: 1", "")),
    Dialect("jp", "JPY", digits=0, instant="%Y/%m/%d %H:%M:%S UTC", day="%Y/%m/%d", encoding="cp932"),
    Dialect(
        "jp_headers",
        "JPY",
        digits=0,
        instant="%Y/%m/%d %H:%M:%S UTC",
        day="%Y/%m/%d",
        encoding="cp932",
        headers=tuple(JAPANESE),
        repeats_head=False,
    ),
    Dialect("mx_shuffled", "MXN", order=tuple(reversed(COLUMNS)), repeats_head=False),
    Dialect("wide", encoding="utf-16", newline="\r\n"),
)


@dataclass(frozen=True)
class Line:
    """A settlement line, free of any dialect. `more` are cells by column."""

    transaction_type: str
    amount_type: str
    amount_description: str
    amount: Decimal
    posted_at: datetime
    more: dict[str, str] = field(default_factory=dict)


def written(
    lines: Sequence[Line], dialect: Dialect = US, *, total: Decimal | None = None, settlement_id: str = "11000000001"
) -> bytes:
    """The file with these lines; `total` is what its summary row says, by default their sum."""
    amount = sum((line.amount for line in lines), Decimal(0)) if total is None else total
    summary = {
        "settlement-id": settlement_id,
        "settlement-start-date": START.strftime(dialect.instant),
        "settlement-end-date": END.strftime(dialect.instant),
        "deposit-date": DEPOSIT.strftime(dialect.instant),
        "total-amount": number(amount, dialect),
        "currency": dialect.currency,
    }
    head = {"settlement-id": settlement_id, "currency": dialect.currency} if dialect.repeats_head else {}
    rows = [summary, *(head | _cells(line, dialect) for line in lines)]
    names = dict(zip(COLUMNS, dialect.headers or COLUMNS, strict=False))
    text = [
        *dialect.preamble,
        "\t".join(names[column] for column in dialect.order),
        *("\t".join(row.get(column, "") for column in dialect.order) for row in rows),
    ]
    return dialect.mark + "".join(line + dialect.newline for line in text).encode(dialect.encoding)


def number(amount: Decimal, dialect: Dialect) -> str:
    """An amount as the dialect has it."""
    return f"{amount:.{dialect.digits}f}".replace(".", dialect.decimal)


def in_currency(lines: Sequence[Line], dialect: Dialect) -> list[Line]:
    """The lines with amounts that the dialect's currency can say."""
    return [replace(line, amount=Decimal(f"{line.amount:.{dialect.digits}f}")) for line in lines]


def _cells(line: Line, dialect: Dialect) -> dict[str, str]:
    return {
        "transaction-type": line.transaction_type,
        "amount-type": line.amount_type,
        "amount-description": line.amount_description,
        "amount": number(line.amount, dialect),
        "posted-date": line.posted_at.strftime(dialect.day),
        "posted-date-time": line.posted_at.strftime(dialect.instant),
        **line.more,
    }


def sold(order_id: str, amount: str, **more: str) -> Line:
    """The price of an item of an order; keywords are cells, with `_` for `-`."""
    cells = {name.replace("_", "-"): value for name, value in more.items()}
    at = datetime(2026, 6, 14, 9, 10, 7, tzinfo=UTC)
    return Line("Order", "ItemPrice", "Principal", Decimal(amount), at, {"order-id": order_id, **cells})


def other(description: str, amount: str, *, transaction_type: str = "other-transaction", **more: str) -> Line:
    """A line of the account."""
    cells = {name.replace("_", "-"): value for name, value in more.items()}
    at = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)
    return Line(transaction_type, "other-transaction", description, Decimal(amount), at, cells)
