"""The text of GET_MERCHANT_LISTINGS_ALL_DATA for one marketplace: 29 columns, in the encoding of the region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.amazon.marketplaces import BY_ID, REPORT_ENCODINGS
from sandbox.amazon.quantities import MFN
from sandbox.world import AmazonAccount, AmazonListing

REPORT_TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"
COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "zshop-category1",
    "zshop-browse-path",
    "zshop-storefront-feature",
    "asin1",
    "asin2",
    "asin3",
    "will-ship-internationally",
    "expedited-shipping",
    "zshop-boldface",
    "product-id",
    "bid-for-featured-placement",
    "add-delete",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
)
JAPANESE = {
    "item-name": "商品名",
    "listing-id": "出品ID",
    "seller-sku": "出品者SKU",
    "price": "価格",
    "quantity": "数量",
    "open-date": "出品日",
    "product-id-type": "商品IDタイプ",
    "item-note": "コンディション説明",
    "item-condition": "コンディション",
    "product-id": "商品ID",
    "fulfillment-channel": "フルフィルメント・チャンネル",
    "merchant-shipping-group": "merchant-shipping-group",
    "status": "ステータス",
    "pending-quantity": "在庫数",
    "add-delete": "追加・削除",
}


def listings_of(account: AmazonAccount, marketplace_id: str) -> list[AmazonListing]:
    """The listings of an account in one marketplace."""
    return [each for each in account.listings.values() if marketplace_id in each.statuses]


def listings_report(account: AmazonAccount, marketplace_id: str, listings: Iterable[AmazonListing]) -> bytes:
    """The report's bytes: tab separated, CRLF, quoting off."""
    japanese = BY_ID[marketplace_id].country == "JP"
    header = [JAPANESE.get(column, column) if japanese else column for column in COLUMNS]
    lines = ["\t".join(header), *("\t".join(row) for row in _rows(listings, marketplace_id))]
    codec, _ = REPORT_ENCODINGS[account.region]
    return ("\r\n".join(lines) + "\r\n").encode(codec, "replace")


def _rows(listings: Iterable[AmazonListing], marketplace_id: str) -> Iterator[list[str]]:
    place = BY_ID[marketplace_id]
    for listing in listings:
        merchant = MFN in listing.channels
        price = listing.prices.get(marketplace_id)
        cells = {
            "item-name": listing.title,
            "listing-id": listing.listing_id,
            "seller-sku": listing.sku,
            "price": "" if price is None else str(price),
            "quantity": str(listing.quantity) if merchant else "",
            "open-date": f"{listing.created_at:%d/%m/%Y %H:%M:%S} {'GMT' if place.country == 'UK' else 'UTC'}",
            "item-is-marketplace": "y",
            "product-id-type": "4" if listing.barcode else "1",
            "item-condition": "11",
            "asin1": listing.asin,
            "product-id": listing.barcode or listing.asin,
            "pending-quantity": "0" if merchant else "",
            "fulfillment-channel": next((code for code in listing.channels if code != MFN), MFN),
            "merchant-shipping-group": "Migrated Template" if merchant else "",
            "status": listing.statuses[marketplace_id],
        }
        yield [cells.get(column, "") for column in COLUMNS]
