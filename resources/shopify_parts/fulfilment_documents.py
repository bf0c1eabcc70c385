"""The GraphQL documents about what leaves and what is taken back; see `documents.py` for what holds of all of them."""

from __future__ import annotations

_FULFILLMENT_LINE = "id quantity lineItem { id sku variant { id } }"
_REFUND_LINE = "id quantity restockType lineItem { id }"


def _shipped_order(most: int, lines: int) -> str:
    return f"""
  id
  updatedAt
  sourceIdentifier
  fulfillments(first: {most}) {{
    id
    status
    createdAt
    updatedAt
    inTransitAt
    deliveredAt
    trackingInfo(first: 10) {{ company number }}
    fulfillmentLineItems(first: {lines}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_FULFILLMENT_LINE} }}
    }}
  }}
  refunds(first: {most}) {{
    id
    createdAt
    processedAt
    note
    totalRefundedSet {{ presentmentMoney {{ amount currencyCode }} }}
    refundLineItems(first: {lines}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_REFUND_LINE} }}
    }}
  }}
"""


_SHIPPED_ORDER = _shipped_order(100, 50)

SHIPPED_ORDERS = f"""
query ShippedOrders($after: String, $query: String) {{
  orders(first: 50, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_SHIPPED_ORDER} }}
  }}
}}
"""

SHIPPED_ORDERS_OF = f"""
query ShippedOrdersOf($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{ {_SHIPPED_ORDER} }}
  }}
}}
"""

SHIPPED_ORDER_WHOLE = f"""
query ShippedOrderWhole($id: ID!) {{
  order(id: $id) {{ {_shipped_order(250, 10)} }}
}}
"""

FULFILLMENT_LINES = f"""
query FulfillmentLines($id: ID!, $after: String) {{
  fulfillment(id: $id) {{
    id
    fulfillmentLineItems(first: 250, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_FULFILLMENT_LINE} }}
    }}
  }}
}}
"""

REFUND_LINES = f"""
query RefundLines($id: ID!, $after: String) {{
  refund(id: $id) {{
    id
    refundLineItems(first: 250, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_REFUND_LINE} }}
    }}
  }}
}}
"""

FULFILLMENT_STATE = """
query FulfillmentState($id: ID!) {
  order(id: $id) {
    id
    cancelledAt
    fulfillments(first: 250) {
      id
      status
      trackingInfo(first: 10) { company number }
      fulfillmentLineItems(first: 250) {
        pageInfo { hasNextPage endCursor }
        nodes { id quantity lineItem { id } }
      }
    }
    fulfillmentOrders(first: 50) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id
        status
        assignedLocation { location { id } }
        lineItems(first: 250) {
          pageInfo { hasNextPage endCursor }
          nodes { id remainingQuantity lineItem { id } }
        }
      }
    }
  }
}
"""

FULFILLMENT_CREATE = """
mutation FulfillmentCreate($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status }
    userErrors { field message }
  }
}
"""

MONEY_STATE = """
query MoneyState($id: ID!) {
  order(id: $id) {
    id
    cancelledAt
    transactions(first: 100) { id kind status gateway }
    refunds(first: 250) { id note }
    lineItems(first: 250) {
      pageInfo { hasNextPage endCursor }
      nodes { id quantity currentQuantity unfulfilledQuantity }
    }
  }
}
"""

SUGGESTED_REFUND = """
query SuggestedRefund($id: ID!, $lines: [RefundLineItemInput!]!) {
  order(id: $id) {
    id
    suggestedRefund(refundLineItems: $lines, refundShipping: false) {
      amountSet { presentmentMoney { amount currencyCode } }
    }
  }
}
"""

REFUND_CREATE = """
mutation RefundCreate($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id note }
    userErrors { field message }
  }
}
"""

ORDER_CANCEL = """
mutation OrderCancel(
  $orderId: ID!
  $reason: OrderCancelReason!
  $restock: Boolean!
  $refundMethod: OrderCancelRefundMethodInput
  $staffNote: String
) {
  orderCancel(
    orderId: $orderId
    reason: $reason
    restock: $restock
    refundMethod: $refundMethod
    notifyCustomer: false
    staffNote: $staffNote
  ) {
    job { id done }
    orderCancelUserErrors { code field message }
  }
}
"""
