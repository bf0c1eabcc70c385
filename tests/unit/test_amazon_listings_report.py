"""The listings report: read by column name, whole or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from integration_assets.contracts.amazon import Listing
from integration_assets.contracts.errors import BadDocument
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.listings_report import parse_listings
from tests.unit.amazon_answers import DE, JP, UK

ENGLISH = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url",
    "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note", "item-condition", "zshop-category1",
    "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3", "will-ship-internationally",
    "expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement", "add-delete",
    "pending-quantity", "fulfillment-channel", "merchant-shipping-group", "status",
)  # fmt: skip
JAPANESE = (
    "出品者SKU", "ASIN 1", "商品名", "商品の説明", "出品ID", "価格", "数量", "出品日", "商品IDタイプ",
    "コンディション説明", "コンディション", "国外へ配送可", "迅速な配送", "商品ID", "在庫数",
    "フルフィルメント・チャンネル", "merchant-shipping-group", "ポイント", "ステータス",
)  # fmt: skip
ROW = {
    "item-name": "Mug",
    "listing-id": "L-1",
    "seller-sku": "SKU-1",
    "price": "12.50",
    "quantity": "7",
    "asin1": "B0001",
    "product-id": "B0001",
    "fulfillment-channel": "DEFAULT",
    "status": "Active",
}


def tsv(*rows: dict[str, str], columns: tuple[str, ...] = ENGLISH, end: str = "\n") -> bytes:
    lines = ["\t".join(columns), *("\t".join(row.get(name, "") for name in columns) for row in rows)]
    return (end.join(lines) + end).encode()


def parsed(content: bytes, *, encoding: str = "utf-8", marketplace: Marketplace = UK) -> list[Listing]:
    return list(parse_listings(content, encoding=encoding, region=marketplace.region, marketplace=marketplace))


def test_a_row_becomes_a_listing() -> None:
    assert parsed(tsv(ROW)) == [
        Listing(
            region="eu",
            marketplace_id="A1F83G8C2ARO7P",
            seller_sku="SKU-1",
            listing_id="L-1",
            asin="B0001",
            title="Mug",
            price=Decimal("12.50"),
            quantity=7,
            fulfillment_channel="DEFAULT",
            status="Active",
            product_id="B0001",
        )
    ]


def test_a_blank_quantity_is_not_zero() -> None:
    fba, none_left = parsed(tsv({**ROW, "quantity": "", "fulfillment-channel": "AMAZON_EU"}, {**ROW, "quantity": "0"}))
    assert (fba.quantity, fba.fulfillment_channel) == (None, "AMAZON_EU")
    assert none_left.quantity == 0


def test_a_blank_price_is_none() -> None:
    assert parsed(tsv({**ROW, "price": "", "asin1": ""}))[0].price is None


def test_quotes_commas_and_odd_blanks_are_characters_like_others() -> None:
    odd = {**ROW, "item-name": 'Screen 24" wide, "new"\u2028\x85', "seller-sku": ' "A,B" '}
    (found,) = parsed(tsv(odd))
    assert (found.title, found.seller_sku) == ('Screen 24" wide, "new"', ' "A,B" ')


def test_columns_are_found_by_name_in_any_order_and_unknown_ones_are_passed_over() -> None:
    columns = ("a-new-column", *reversed(ENGLISH))
    assert parsed(tsv(ROW, columns=columns)) == parsed(tsv(ROW))


def test_windows_line_ends_and_a_missing_last_one_are_fine() -> None:
    assert parsed(tsv(ROW, end="\r\n")) == parsed(tsv(ROW)) == parsed(tsv(ROW).rstrip(b"\n"))


def test_a_japanese_report_is_read_by_its_japanese_headers() -> None:
    row = {
        "出品者SKU": "SKU-1", "ASIN 1": "B0001", "商品名": "マグ①", "出品ID": "L-1", "価格": "1980", "数量": "7",
        "在庫数": "99", "商品ID": "B0001", "フルフィルメント・チャンネル": "DEFAULT", "ステータス": "Active",
    }  # fmt: skip
    content = tsv(row, columns=JAPANESE).decode().encode("cp932")
    (found,) = parsed(content, encoding="cp932", marketplace=JP)
    assert (found.title, found.price, found.quantity, found.status) == ("マグ①", Decimal(1980), 7, "Active")


@pytest.mark.parametrize(
    "columns",
    [
        ("Artikelbezeichnung", "Angebotsnummer", "Händler-SKU", "Preis", "Menge", "ASIN 1", "Produkt-ID", "Versender",
         "Status"),
        ("nom-produit", "id-offre", "sku-vendeur", "prix", "quantité", "asin1", "id-produit", "canal-traitement",
         "état"),
        ("item-name (ürün adı)", "listing-id (liste kaydı numarası)", "seller-sku (satıcı sku)",  # noqa: RUF001 (Turkish)
         "price (fiyat)", "quantity (adet)", "asin1", "product-id (ürün numarası)",  # noqa: RUF001 (Turkish)
         "fulfillment-channel (dağıtım kanalı)", "durum"),  # noqa: RUF001 (Turkish)
        ("item-name", "listing-id", "seller-sku", "price", "quantity", "asin1", "product-id", "fulfilment-channel",
         "status"),
    ],
    ids=["German", "French", "Turkish", "British"],
)  # fmt: skip
def test_other_languages_of_the_account_are_read_too(columns: tuple[str, ...]) -> None:
    content = tsv(dict(zip(columns, ROW.values(), strict=True)), columns=columns)
    assert parsed(content) == parsed(tsv(ROW))


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert parsed(b"\xef\xbb\xbf" + tsv(ROW)) == parsed(tsv(ROW))
    assert parsed(b"\xef\xbb\xbf" + tsv(ROW), encoding="utf-8-sig") == parsed(tsv(ROW))


@pytest.mark.parametrize("column", sorted(ROW))
def test_a_missing_column_is_named(column: str) -> None:
    columns = tuple(name for name in ENGLISH if name != column)
    with pytest.raises(BadDocument, match=f"of UK has no column {column};"):
        parsed(tsv(ROW, columns=columns))


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadDocument, match="has the column quantity 2 times"):
        parsed(tsv(ROW, columns=(*ENGLISH, "Quantity")))


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"\0\0"])
def test_something_else_is_no_report(content: bytes) -> None:
    with pytest.raises(BadDocument, match="has no column"):
        parsed(content)


def test_a_header_alone_has_no_rows() -> None:
    assert parsed(tsv()) == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (b"too\tfew", "line 3: 2 fields; expected 29"),
        (b"", "line 3: 1 fields; expected 29"),
        (b"\t".join([b"x"] * 30), "line 3: 30 fields; expected 29"),
    ],
    ids=["too few", "a blank line", "too many"],
)
def test_a_row_that_does_not_fit_the_header_is_named_by_its_line(damage: bytes, told: str) -> None:
    first, *rest = tsv(ROW, ROW).splitlines(keepends=True)
    with pytest.raises(BadDocument, match=told):
        parsed(first + rest[0] + damage + b"\n" + rest[1])


@pytest.mark.parametrize("quantity", ["-1", "3.0", "1 000", "many", "٣", "1e3", "+3"])
def test_a_quantity_that_is_no_whole_number_is_named_by_its_line(quantity: str) -> None:
    with pytest.raises(BadDocument, match="line 2: the quantity"):
        parsed(tsv({**ROW, "quantity": quantity}))


@pytest.mark.parametrize(
    ("price", "read"), [("12.50", "12.50"), ("12,50", "12.50"), ("12", "12"), ("1234,5", "1234.5"), ("0", "0")]
)
def test_a_price_has_a_point_or_a_comma(price: str, read: str) -> None:
    assert parsed(tsv({**ROW, "price": price}), marketplace=DE)[0].price == Decimal(read)


@pytest.mark.parametrize("price", ["1.234", "1,234", "1.234,50", "EUR 3", "NaN", "-5", "1e3", "٣"])
def test_a_price_that_could_be_two_things_is_refused(price: str) -> None:
    with pytest.raises(BadDocument, match="line 2: the price"):
        parsed(tsv({**ROW, "price": price}), marketplace=DE)


def test_yen_have_no_decimals() -> None:
    assert parsed(tsv({**ROW, "price": "1980.00"}), marketplace=JP)[0].price == 1980
    with pytest.raises(BadDocument, match="in 0 decimals"):
        parsed(tsv({**ROW, "price": "1980.50"}), marketplace=JP)


@pytest.mark.parametrize("sku", ["", "  ", "A\0B"])
def test_a_row_without_a_usable_sku_is_refused(sku: str) -> None:
    with pytest.raises(BadDocument, match="line 2: no SKU"):
        parsed(tsv({**ROW, "seller-sku": sku}))
