"""The GraphQL documents that read the price lists of markets."""

from __future__ import annotations

PRICE_LISTS = """
query PriceLists($after: String) {
  priceLists(first: 50, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name currency }
  }
}
"""

PRICES_OF_LIST = """
query PricesOfList($id: ID!, $after: String) {
  priceList(id: $id) {
    id
    currency
    prices(first: 250, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { originType price { amount currencyCode } variant { id } }
    }
  }
}
"""
