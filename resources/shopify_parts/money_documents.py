"""The GraphQL documents about money: what orders are worth, what units cost, and the note of fees on an order."""

from __future__ import annotations

_BAG = "{ shopMoney { amount currencyCode } }"

ORDER_MONEY = f"""
query OrderMoney($after: String, $query: String) {{
  orders(first: 250, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id
      updatedAt
      taxesIncluded
      totalPriceSet {_BAG}
      totalDiscountsSet {_BAG}
      totalShippingPriceSet {_BAG}
      totalTaxSet {_BAG}
      totalRefundedSet {_BAG}
    }}
  }}
}}
"""

UNIT_COSTS = """
query UnitCosts($after: String, $query: String) {
  productVariants(first: 250, after: $after, query: $query, sortKey: ID) {
    pageInfo { hasNextPage endCursor }
    nodes { id inventoryItem { id unitCost { amount currencyCode } } }
  }
}
"""

METAFIELDS_SET = """
mutation MetafieldsSet($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id namespace key value }
    userErrors { code elementIndex field message }
  }
}
"""

ORDER_METAFIELDS = """
query OrderMetafields($ids: [ID!]!, $namespace: String!, $key: String!) {
  nodes(ids: $ids) {
    ... on Order {
      id
      metafield(namespace: $namespace, key: $key) { id value }
    }
  }
}
"""
