"""The GraphQL documents of a fulfilment service: what the shop asks of it, what it answers, what has left.

Only ASSIGNED_WITH_ADDRESS and ASSIGNED_ONE ask for an address, which goes to Amazon and nowhere else.
"""

from __future__ import annotations

_REQUEST = """
  id
  status
  requestStatus
  orderId
  orderName
  orderProcessedAt
  order { id tags subtotalLineItemsQuantity }
  lineItems(first: 50) {
    pageInfo { hasNextPage }
    nodes { id inventoryItemId sku remainingQuantity totalQuantity lineItem { id } }
  }
  merchantRequests(first: 3, reverse: true) { nodes { id kind } }
  fulfillments(first: 20, reverse: true) { nodes { id trackingInfo(first: 5) { number } } }
"""

_ADDRESS = """
  destination { id firstName lastName company address1 address2 city province zip countryCode phone }
"""

ASSIGNED = f"""
query Assigned($status: FulfillmentOrderAssignmentStatus!, $after: String) {{
  assignedFulfillmentOrders(first: 10, after: $after, assignmentStatus: $status) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_REQUEST} }}
  }}
}}
"""

ASSIGNED_WITH_ADDRESS = f"""
query AssignedWithAddress($status: FulfillmentOrderAssignmentStatus!, $after: String) {{
  assignedFulfillmentOrders(first: 10, after: $after, assignmentStatus: $status) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_REQUEST} {_ADDRESS} }}
  }}
}}
"""

ASSIGNED_ONE = f"""
query AssignedOne($id: ID!) {{
  fulfillmentOrder(id: $id) {{ {_REQUEST} {_ADDRESS} }}
}}
"""

_ANSWERED = "fulfillmentOrder { id status requestStatus } userErrors { field message }"

ACCEPT_REQUEST = f"""
mutation AcceptRequest($id: ID!, $message: String) {{
  fulfillmentOrderAcceptFulfillmentRequest(id: $id, message: $message) {{ {_ANSWERED} }}
}}
"""

REJECT_REQUEST = f"""
mutation RejectRequest($id: ID!, $message: String, $reason: FulfillmentOrderRejectionReason) {{
  fulfillmentOrderRejectFulfillmentRequest(id: $id, message: $message, reason: $reason) {{ {_ANSWERED} }}
}}
"""

ACCEPT_CANCELLATION = f"""
mutation AcceptCancellation($id: ID!, $message: String) {{
  fulfillmentOrderAcceptCancellationRequest(id: $id, message: $message) {{ {_ANSWERED} }}
}}
"""

REJECT_CANCELLATION = f"""
mutation RejectCancellation($id: ID!, $message: String) {{
  fulfillmentOrderRejectCancellationRequest(id: $id, message: $message) {{ {_ANSWERED} }}
}}
"""

CLOSE_REQUEST = f"""
mutation CloseRequest($id: ID!, $message: String) {{
  fulfillmentOrderClose(id: $id, message: $message) {{ {_ANSWERED} }}
}}
"""

SHIP_PARCEL = """
mutation ShipParcel($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status }
    userErrors { field message }
  }
}
"""

RENUMBER_PARCEL = """
mutation RenumberParcel($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id }
    userErrors { field message }
  }
}
"""

OPEN_SERVICE = """
mutation OpenService($name: String!) {
  fulfillmentServiceCreate(
    name: $name, inventoryManagement: true, trackingSupport: false, requiresShippingMethod: true
  ) {
    fulfillmentService { id serviceName location { id name isActive fulfillsOnlineOrders isFulfillmentService } }
    userErrors { field message }
  }
}
"""
