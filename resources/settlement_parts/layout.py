"""The head of a settlement file (flat file V2): where the header is, which column is which, and the summary row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from integration_assets.contracts.errors import BadDocument
from resources.amazon_parts.text import shown
from resources.settlement_parts.foreign import INSTEAD, told_of

COLUMNS: Final = (
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
)
"""The columns in Amazon's usual order; older files lack the last one."""

LATER: Final = "promotion-id"
JAPANESE: Final[Mapping[str, tuple[str, ...]]] = {
    "settlement-id": ("決済番号", "決済ID", "精算ID"),
    "settlement-start-date": ("決済開始日", "決済期間開始日", "精算開始日"),
    "settlement-end-date": ("決済終了日", "決済期間終了日", "精算終了日"),
    "deposit-date": ("振込日", "入金日", "支払日"),
    "total-amount": ("合計金額", "合計", "総額"),
    "currency": ("通貨", "通貨コード"),
    "transaction-type": ("トランザクションの種類", "トランザクションタイプ", "取引の種類"),
    "order-id": ("注文番号", "注文ID"),
    "merchant-order-id": ("出品者注文番号", "販売者注文ID"),
    "adjustment-id": ("調整ID", "調整番号"),
    "shipment-id": ("出荷ID", "配送ID", "出荷番号"),
    "marketplace-name": ("マーケットプレイス名", "マーケットプレイス"),
    "amount-type": ("金額の種類", "金額タイプ"),
    "amount-description": ("金額の説明", "金額の詳細", "金額説明"),
    "amount": ("金額",),
    "fulfillment-id": ("フルフィルメントID", "フルフィルメント"),
    "posted-date": ("計上日", "投稿日"),
    "posted-date-time": ("計上日時", "投稿日時"),
    "order-item-code": ("注文商品番号", "注文商品コード", "注文品目コード"),
    "merchant-order-item-id": ("出品者注文商品番号", "出品者注文商品ID"),
    "merchant-adjustment-item-id": ("出品者調整商品番号", "出品者調整商品ID"),
    "sku": ("出品者SKU", "商品管理番号"),
    "quantity-purchased": ("購入数量", "数量", "購入数"),
    "promotion-id": ("プロモーションID", "プロモーション番号"),
}
"""Names of a Japanese header. None has been published; a header in other words is read by Amazon's usual order."""

LOOKED_AT: Final = 40
"""Lines among which the header is looked for: some files begin with a few lines of prose."""

_NAMES: Final = {name: name for name in COLUMNS} | {
    "".join(word.split()).casefold(): name for name, words in JAPANESE.items() for word in words
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's head. `names` has a name for each column, the file's own where it is none of Amazon's.

    `by_position` says that the header is in words nobody knows and Amazon's usual order was taken for it. `body_from`
    is the number of the first line after the summary row, counted from 1.
    """

    names: tuple[str, ...]
    by_position: bool
    summary: Mapping[str, str]
    header_line: int
    body_from: int

    @property
    def width(self) -> int:
        """How many columns the header has."""
        return len(self.names)


def layout_of(lines: Sequence[str]) -> Layout:
    """The layout, from the first lines of a file without their ends. BadDocument where there is none or a doubt."""
    at, names, by_position = _header(lines)
    for number in range(at + 1, len(lines)):
        if lines[number]:
            return Layout(names, by_position, _summary(lines[number], names, number + 1), at + 1, number + 2)
    raise BadDocument("The settlement file ends after its header.", todo="Fetch the report again.")


def _header(lines: Sequence[str]) -> tuple[int, tuple[str, ...], bool]:
    """The place of the header, its names, and whether they were taken by position."""
    head = list(lines[:LOOKED_AT])
    best: tuple[int, list[str]] = (0, [])
    for at, line in enumerate(head):
        names = [_known(cell) for cell in line.split("\t")]
        known = [name for name in names if name in COLUMNS]
        if len(known) > len(best[1]):
            best = (at, known)
        if set(COLUMNS) - {LATER} <= set(known):
            twice = sorted({name for name in known if known.count(name) > 1})
            if twice:
                raise BadDocument(
                    f"The header of the settlement file has {', '.join(twice)} twice: which one counts is not known.",
                    todo="The file is kept as it came; look at its header.",
                )
            return at, _distinct(names), False
    for at, line in enumerate(head):
        cells = line.split("\t")
        if _in_usual_order(cells):
            return at, COLUMNS[: len(cells)], True
    if len(best[1]) >= len(COLUMNS) // 2:
        lacking = [name for name in COLUMNS if name not in best[1] and name != LATER]
        raise BadDocument(
            f"The header of the settlement file (line {best[0] + 1}) lacks {', '.join(lacking)}.",
            todo="Only flat file V2 is read; look whether the file is another report or its columns have changed.",
        )
    told = told_of(head) or f"It begins with {shown(head[0] if head else '', 60)!r}."
    raise BadDocument(
        "This is no settlement file (flat file V2): none of its first lines is a header with settlement-id, "
        f"total-amount and amount. {told}",
        todo=INSTEAD,
    )


def _in_usual_order(cells: Sequence[str]) -> bool:
    """Whether it may be a header in foreign words: as many as Amazon's, no two alike, none of them out of place."""
    if len(cells) not in (len(COLUMNS), len(COLUMNS) - 1) or len(set(cells)) < len(cells):
        return False
    foreign = sum(not cell.isascii() for cell in cells)
    return foreign * 2 > len(cells) and all(
        name == usual for name, usual in zip(map(_known, cells), COLUMNS, strict=False) if name in COLUMNS
    )


def _known(cell: str) -> str:
    """Amazon's name of a column, however it is written; the cell itself where it is none."""
    plain = "".join(cell.strip("\ufeff \"'").split()).casefold()
    return _NAMES.get(plain) or _NAMES.get(
        cell.strip("\ufeff \"'").casefold().replace(" ", "-").replace("_", "-"), cell
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names with a number on those that are not Amazon's, so that no two are the same."""
    return tuple(name if name in COLUMNS else f"column {number}" for number, name in enumerate(names, start=1))


def _summary(line: str, names: Sequence[str], number: int) -> Mapping[str, str]:
    """The cells of the summary row by column. It may end early, since nothing follows the currency."""
    cells = line.split("\t")
    if len(cells) > len(names):
        raise BadDocument(
            f"Line {number} of the settlement file has {len(cells)} cells where the header has {len(names)}.",
            todo="The file is damaged or was edited; fetch the report again.",
        )
    row = dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True))
    missing = [name for name in ("settlement-id", "total-amount", "currency") if not row[name]]
    if missing or row["amount"]:
        what = f"has no {' and no '.join(missing)}" if missing else "has an amount of its own"
        raise BadDocument(
            f"Line {number} of the settlement file should sum it up and {what}: the total cannot be told.",
            todo="The file is damaged or was edited; fetch the report again.",
        )
    return row
