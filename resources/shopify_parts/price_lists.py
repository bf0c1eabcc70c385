"""The price lists of markets: what each variant costs there, fixed by hand or adjusted from the shop's own price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.prices import ListPrice
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import Node, pages
from resources.shopify_parts.parse import gid, money, text, whole
from resources.shopify_parts.price_list_documents import PRICE_LISTS, PRICES_OF_LIST


@dataclass(frozen=True, slots=True)
class PriceListInfo:
    """A price list of the shop, and the currency of its prices (ISO 4217)."""

    price_list_id: str
    name: str
    currency: str


def price_lists(graphql: GraphQL) -> list[PriceListInfo]:
    """Every price list of the shop."""
    found = pages(graphql, PRICE_LISTS, ("priceLists",))
    return [PriceListInfo(str(node["id"]), str(node["name"]), str(node["currency"])) for page in found for node in page]


def prices_of(graphql: GraphQL, wanted: PriceListInfo) -> Iterator[ListPrice]:
    """Every price on a list, 250 a call; a variant that it says nothing of is absent. BadDocument for a broken walk."""
    after: str | None = None
    seen: set[str] = set()
    while True:
        node = graphql.call(PRICES_OF_LIST, {"id": wanted.price_list_id, "after": after})["priceList"]
        if node is None:
            raise BadDocument(f"Price list {wanted.name!r} is gone from Shopify while it was read.")
        found = node["prices"]
        for price in found["nodes"]:
            row = _price(price, wanted)
            if row.variant_id in seen:
                raise BadDocument(f"Price list {wanted.name!r} names variant {row.variant_id} twice.")
            seen.add(row.variant_id)
            yield row
        if not found["pageInfo"]["hasNextPage"]:
            return
        cursor = found["pageInfo"]["endCursor"]
        if cursor is None or cursor == after or not found["nodes"]:
            raise BadDocument(f"Price list {wanted.name!r}: more is promised, but the cursor does not move.")
        after = cursor


@whole
def _price(node: Node, wanted: PriceListInfo) -> ListPrice:
    amount, currency = money(node["price"]["amount"]), text(node["price"]["currencyCode"])
    if currency != wanted.currency:
        raise BadDocument(f"Price list {wanted.name!r} is in {wanted.currency}, and has a price in {currency}.")
    return ListPrice(
        list_name=wanted.name,
        variant_id=gid(node["variant"]["id"], "ProductVariant"),
        price=amount,
        currency=currency,
        origin=str(node["originType"]),
    )
