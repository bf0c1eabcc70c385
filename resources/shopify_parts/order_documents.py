"""The documents that make, find and mark Shopify orders of Amazon orders.

Our mark is a metafield of type `id` with the Amazon order id: its values are unique in the shop, and an order is found
by it directly, not by the search that lags behind. A second metafield holds a fingerprint of Amazon's address.
"""

from __future__ import annotations

NAMESPACE = "instep"
MARK_KEY = "amazon_order_id"
ADDRESS_KEY = "amazon_address"
AT_ONCE = 25
"""Orders that one document looks for."""

_FOUND = f"""
  id
  cancelledAt
  displayFulfillmentStatus
  tags
  address: metafield(namespace: "{NAMESPACE}", key: "{ADDRESS_KEY}") {{ value }}
"""

ORDER_MARK_DEFINE = """
mutation OrderMarkDefine($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition { id }
    userErrors { code field message }
  }
}
"""

ORDER_CREATE = f"""
mutation OrderCreate($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput!) {{
  orderCreate(order: $order, options: $options) {{
    order {{
      id
      mark: metafield(namespace: "{NAMESPACE}", key: "{MARK_KEY}") {{ value }}
    }}
    userErrors {{ code field message }}
  }}
}}
"""

ORDERS_BY_MARK = f"""
query OrdersByMark({", ".join(f"$v{number}: String!" for number in range(AT_ONCE))}) {{
{
    "".join(
        f'''  o{number}: orderByIdentifier(
    identifier: {{ customId: {{ namespace: "{NAMESPACE}", key: "{MARK_KEY}", value: $v{number} }} }}
  ) {{ id }}
'''
        for number in range(AT_ONCE)
    )
}}}
"""

ORDER_BY_MARK = f"""
query OrderByMark($value: String!) {{
  orderByIdentifier(identifier: {{ customId: {{ namespace: "{NAMESPACE}", key: "{MARK_KEY}", value: $value }} }}) {{
    {_FOUND}
  }}
}}
"""

ORDER_PARTS = """
query OrderParts($id: ID!, $after: String) {
  order(id: $id) {
    id
    lineItems(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id quantity customAttributes { key value } }
    }
  }
}
"""

ORDER_READDRESS = f"""
mutation OrderReaddress($input: OrderInput!) {{
  orderUpdate(input: $input) {{
    order {{ {_FOUND} }}
    userErrors {{ field message }}
  }}
}}
"""

ORDER_MARK = """
mutation OrderMark($metafields: [MetafieldsSetInput!]!, $id: ID!, $tags: [String!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id }
    userErrors { code field message }
  }
  tagsAdd(id: $id, tags: $tags) {
    node { id }
    userErrors { field message }
  }
}
"""

ORDER_NOTES = """
query OrderNotes($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Order { id note }
  }
}
"""

VARIANTS_THERE = """
query VariantsThere($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant { id }
  }
}
"""
