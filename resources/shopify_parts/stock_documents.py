"""The GraphQL documents that write stock levels and set up the locations of Amazon's stock."""

from __future__ import annotations

_WRITTEN_LEVEL = """
  id
  isActive
  item { id }
  location { id }
  quantities(names: ["available", "on_hand", "committed"]) { name quantity updatedAt }
"""

SET_LEVELS = """
mutation SetLevels($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes(quantityNames: ["available"]) { delta item { id } } }
    userErrors { code field message }
  }
}
"""

STOCK_AT = f"""
mutation StockAt($inventoryItemId: ID!, $locationId: ID!, $key: String!) {{
  inventoryActivate(inventoryItemId: $inventoryItemId, locationId: $locationId) @idempotent(key: $key) {{
    inventoryLevel {{ {_WRITTEN_LEVEL} }}
    userErrors {{ field message }}
  }}
}}
"""

_LOCATION = "id name isActive fulfillsOnlineOrders isFulfillmentService"

ADD_LOCATION = f"""
mutation AddLocation($input: LocationAddInput!) {{
  locationAdd(input: $input) {{
    location {{ {_LOCATION} }}
    userErrors {{ code field message }}
  }}
}}
"""

EDIT_LOCATION = f"""
mutation EditLocation($id: ID!, $input: LocationEditInput!) {{
  locationEdit(id: $id, input: $input) {{
    location {{ {_LOCATION} }}
    userErrors {{ code field message }}
  }}
}}
"""
