"""Every GraphQL document that Instep sends to Shopify, and the search strings that go into their variables.

Each public constant is one whole document, valid on 2026-07 and 2026-10, asking for no personal data. The ones
named `*_BULK` are the text of a bulk operation and obey its stricter rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from resources.shopify_parts.order_documents import MARK_KEY, NAMESPACE

PAGE = 250
"""Rows a page may hold, and ids one `nodes(ids:)` may name."""

ORDER_FIELDS_IN_WEBHOOKS = (
    "id",
    "admin_graphql_api_id",
    "created_at",
    "updated_at",
    "cancelled_at",
    "source_identifier",
)
WEBHOOK_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ORDERS_CANCELLED": ORDER_FIELDS_IN_WEBHOOKS,
    "ORDERS_CREATE": ORDER_FIELDS_IN_WEBHOOKS,
    "ORDERS_FULFILLED": ORDER_FIELDS_IN_WEBHOOKS,
    "ORDERS_PARTIALLY_FULFILLED": ORDER_FIELDS_IN_WEBHOOKS,
    "ORDERS_UPDATED": ORDER_FIELDS_IN_WEBHOOKS,
    "FULFILLMENTS_CREATE": ("id", "admin_graphql_api_id", "order_id", "created_at", "updated_at"),
    "FULFILLMENTS_UPDATE": ("id", "admin_graphql_api_id", "order_id", "created_at", "updated_at"),
    "REFUNDS_CREATE": ("id", "admin_graphql_api_id", "order_id", "created_at", "processed_at"),
}
"""What to leave in the webhooks that would otherwise carry a buyer's name and address, by topic. Each list keeps an
instant that changes, because Shopify does not send a webhook whose fields are the same as the last time."""


def variants_after(variant_number: int) -> str:
    """Search for `productVariants`: everything with a higher number, to go on where paging ends at 25,000."""
    return f"id:>{variant_number}"


def orders_since(updated_at: datetime) -> str:
    """Search for `orders`: everything changed at `updated_at` or later."""
    return f"updated_at:>='{updated_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"


_VARIANT = """
  id
  sku
  barcode
  title
  price
  updatedAt
  requiresComponents
  product { id title status tags }
  inventoryItem { id tracked }
"""

_LEVEL = """
  id
  isActive
  item { id }
  location { id }
  quantities(names: ["available", "on_hand", "committed"]) { name quantity updatedAt }
"""

_ORDER_LINE = """
  id
  sku
  quantity
  currentQuantity
  variant { id }
  originalUnitPriceSet { shopMoney { amount currencyCode } }
"""

_BULK_STATE = """
  id
  status
  errorCode
  objectCount
  url
"""

SHOP = """
query Shop {
  shop { name myshopifyDomain currencyCode ianaTimezone }
}
"""

ACCESS_SCOPES = """
query AccessScopes {
  currentAppInstallation { accessScopes { handle } }
}
"""

LOCATIONS = """
query Locations($after: String) {
  locations(first: 250, after: $after, includeInactive: true, includeLegacy: true) {
    pageInfo { hasNextPage endCursor }
    nodes { id name isActive fulfillsOnlineOrders isFulfillmentService }
  }
}
"""

VARIANTS_COUNT = """
query VariantsCount {
  productVariantsCount(limit: null) { count precision }
}
"""

CATALOGUE = f"""
query Catalogue($after: String, $query: String, $count: Boolean!) {{
  productVariantsCount(limit: null) @include(if: $count) {{ count precision }}
  productVariants(first: 250, after: $after, query: $query, sortKey: ID) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_VARIANT} }}
  }}
}}
"""

CATALOGUE_BULK = f"""
{{
  productVariants {{
    edges {{
      node {{
        {_VARIANT}
        productVariantComponents {{ edges {{ node {{ id quantity productVariant {{ id }} }} }} }}
      }}
    }}
  }}
}}
"""

BUNDLE_COMPONENTS = """
query BundleComponents($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant {
      id
      productVariantComponents(first: 250) {
        pageInfo { hasNextPage endCursor }
        nodes { id quantity productVariant { id } }
      }
    }
  }
}
"""

STOCK_LEVELS_OF_LOCATION = f"""
query StockLevelsOfLocation($locationId: ID!, $after: String, $count: Boolean!) {{
  productVariantsCount(limit: null) @include(if: $count) {{ count precision }}
  location(id: $locationId) {{
    id
    inventoryLevels(first: 250, after: $after, includeInactive: true) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_LEVEL} }}
    }}
  }}
}}
"""

STOCK_LEVELS_BULK = f"""
{{
  inventoryItems {{
    edges {{
      node {{
        id
        inventoryLevels(includeInactive: true) {{ edges {{ node {{ {_LEVEL} }} }} }}
      }}
    }}
  }}
}}
"""

STOCK_LEVELS_BY_VARIANT = f"""
query StockLevelsByVariant($locationId: ID!, $after: String, $query: String) {{
  productVariants(first: 250, after: $after, query: $query, sortKey: ID) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id
      inventoryItem {{
        id
        inventoryLevel(locationId: $locationId, includeInactive: true) {{ {_LEVEL} }}
      }}
    }}
  }}
}}
"""

STOCK_LEVELS_OF_ITEMS = f"""
query StockLevelsOfItems($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on InventoryItem {{
      id
      inventoryLevels(first: 250, includeInactive: true) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ {_LEVEL} }}
      }}
    }}
  }}
}}
"""

_ORDER = f"""
id
name
sourceIdentifier
sourceName
createdAt
processedAt
updatedAt
cancelledAt
displayFinancialStatus
displayFulfillmentStatus
currentTotalPriceSet {{ shopMoney {{ amount currencyCode }} }}
totalPriceSet {{ shopMoney {{ amount currencyCode }} }}
totalTaxSet {{ shopMoney {{ amount currencyCode }} }}
totalShippingPriceSet {{ shopMoney {{ amount currencyCode }} }}
totalDiscountsSet {{ shopMoney {{ amount currencyCode }} }}
totalRefundedSet {{ shopMoney {{ amount currencyCode }} }}
mark: metafield(namespace: "{NAMESPACE}", key: "{MARK_KEY}") {{ value }}
tags
lineItems(first: 50) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{ {_ORDER_LINE} }}
}}
"""

ORDERS = f"""
query Orders($after: String, $query: String, $newest: Boolean!) {{
  newest: orders(first: 1, sortKey: UPDATED_AT, reverse: true) @include(if: $newest) {{
    nodes {{ id updatedAt }}
  }}
  orders(first: 250, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_ORDER} }}
  }}
}}
"""

ORDERS_OF = f"""
query OrdersOf($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{ {_ORDER} }}
  }}
}}
"""

ORDER_LINES = f"""
query OrderLines($orderId: ID!, $after: String) {{
  order(id: $orderId) {{
    id
    lineItems(first: 250, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_ORDER_LINE} }}
    }}
  }}
}}
"""

BULK_START = f"""
mutation BulkStart($query: String!) {{
  bulkOperationRunQuery(query: $query) {{
    bulkOperation {{ {_BULK_STATE} }}
    userErrors {{ code field message }}
  }}
}}
"""

BULK_STATE = f"""
query BulkState($id: ID!) {{
  bulkOperation(id: $id) {{ {_BULK_STATE} }}
}}
"""

WEBHOOK_SUBSCRIPTIONS = """
query WebhookSubscriptions($after: String) {
  webhookSubscriptions(first: 250, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id topic uri includeFields }
  }
}
"""

WEBHOOK_SUBSCRIBE = """
mutation WebhookSubscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id topic uri includeFields }
    userErrors { field message }
  }
}
"""

WEBHOOK_UNSUBSCRIBE = """
mutation WebhookUnsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
}
"""
