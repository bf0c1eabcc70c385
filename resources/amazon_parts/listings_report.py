"""GET_MERCHANT_LISTINGS_ALL_DATA: tab-separated, no quoting, and headed in the language of the seller account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from io import BytesIO, TextIOWrapper

from integration_assets.contracts.amazon import Listing
from integration_assets.contracts.errors import BadDocument
from integration_assets.rules.marketplaces import Marketplace

REPORT_TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item-name": ("商品名", "artikelbezeichnung", "nom-produit", "nome dell'articolo", "título del producto",
                  "nazwa-produktu", "商品名称"),
    "listing-id": ("出品id", "angebotsnummer", "id-offre", "numero offerta", "identificador del listing",
                   "identyfikator-oferty", "商品编号"),
    "seller-sku": ("出品者sku", "händler-sku", "sku-vendeur", "sku venditore", "sku del vendedor", "sku-sprzedawcy",
                   "卖家 sku"),
    "price": ("価格", "preis", "prix", "prezzo", "precio", "cena", "价格"),
    "quantity": ("数量", "menge", "quantité", "quantità", "cantidad", "ilość"),
    "asin1": ("asin 1",),
    "product-id": ("商品id", "produkt-id", "id-produit", "identificativo del prodotto", "identificador del producto",
                   "identyfikator-produktu", "商品编码"),
    "fulfillment-channel": ("fulfilment-channel", "フルフィルメント・チャンネル", "versender", "canal-traitement",
                            "canale di gestione", "canal de gestión logística", "kanał-realizacji", "配送渠道"),
    "status": ("ステータス", "état", "stato", "estado", "durum", "状态"),
}  # fmt: skip
"""The columns we need, by Amazon's English name in lower case, and what they are called on other accounts.

Turkish headers are English ones with the translation in brackets, which is cut off. The Japanese 在庫数 is the pending
quantity, not the quantity.
"""

DECIMAL = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
DIGITS = re.compile(r"[0-9]+")


def parse_listings(content: bytes, *, encoding: str, region: str, marketplace: Marketplace) -> Iterator[Listing]:
    """The listings of one marketplace, row by row.

    A missing column, a row that is longer or shorter than the header, a NUL and a number that is none are
    BadDocument naming the line: half a report is no report. Columns we do not know are passed over. A blank quantity
    is None, as for every FBA listing; it is never zero.
    """
    what = f"{REPORT_TYPE} of {marketplace.country}"
    lines = TextIOWrapper(BytesIO(content), encoding=encoding, errors="strict", newline="\n")
    header = _cells(lines.readline())
    places = _places(header, what)
    for number, line in enumerate(lines, start=2):
        cells = _cells(line)
        if len(cells) != len(header):
            raise BadDocument(
                f"{what}, line {number}: {len(cells)} fields; expected {len(header)} as in the header.",
                todo="Nothing of the report was used; the raw document is kept.",
            )
        row = {name: cells[place].strip() if name != "seller-sku" else cells[place] for name, place in places.items()}
        yield _listing(row, f"{what}, line {number}", region, marketplace)


def _listing(row: Mapping[str, str], what: str, region: str, marketplace: Marketplace) -> Listing:
    sku = row["seller-sku"]
    if not sku.strip() or "\0" in "".join(row.values()):
        raise BadDocument(f"{what}: no SKU, or a NUL character in it.")
    return Listing(
        region=region,
        marketplace_id=marketplace.marketplace_id,
        seller_sku=sku,
        listing_id=row["listing-id"] or None,
        asin=row["asin1"] or None,
        title=row["item-name"],
        price=_price(row["price"], what, marketplace.minor_digits),
        quantity=_quantity(row["quantity"], what),
        fulfillment_channel=row["fulfillment-channel"],
        status=row["status"],
        product_id=row["product-id"] or None,
    )


def _cells(line: str) -> list[str]:
    return line.removesuffix("\n").removesuffix("\r").split("\t")


def _places(header: Sequence[str], what: str) -> dict[str, int]:
    """Where each column stands."""
    names = [_plain(cell) for cell in header]
    places: dict[str, int] = {}
    missing = []
    for column, others in COLUMNS.items():
        found = [place for place, name in enumerate(names) if name == column or name in others]
        if len(found) > 1:
            raise BadDocument(f"{what} has the column {column} {len(found)} times.")
        if found:
            places[column] = found[0]
        else:
            missing.append(column)
    if missing:
        raise BadDocument(
            f"{what} has no column {', '.join(missing)}; it has: {', '.join(cell[:40] for cell in header[:40])}.",
            todo="If the header is in another language, set the report language to English in Seller Central.",
        )
    return places


def _plain(cell: str) -> str:
    """A header as we know it: lower case, without a byte order mark, blanks around it or a translation in brackets."""
    return re.sub(r"\s*\([^)]*\)$", "", cell.strip('\ufeff "')).casefold()


def _price(cell: str, what: str, minor_digits: int) -> Decimal | None:
    """A price with a point or a comma before its decimals; thousands are never separated in this report."""
    if not cell:
        return None
    price = Decimal(cell.replace(",", ".")) if DECIMAL.fullmatch(cell) else None  # 1.234 and 1,234 could be either
    if price is None or (minor_digits == 0 and price != price.to_integral_value()):
        raise BadDocument(f"{what}: the price {cell[:40]!r} is no amount in {minor_digits} decimals.")
    return price


def _quantity(cell: str, what: str) -> int | None:
    if not cell:
        return None
    if not DIGITS.fullmatch(cell):
        raise BadDocument(f"{what}: the quantity {cell[:40]!r} is no whole number.")
    return int(cell)
