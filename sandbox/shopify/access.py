"""Access scopes: which types and mutations ask for which, and which fields are protected customer data."""

from __future__ import annotations

from typing import NamedTuple

from graphql import GraphQLError

from sandbox.shopify.problems import refusal

DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes"


class Need(NamedTuple):
    """Any one of the scopes will do; `text` is how Shopify says it."""

    scopes: frozenset[str]
    text: str


def _need(*scopes: str, also: str = "") -> Need:
    names = [f"`{scope}` access scope" for scope in scopes]
    text = names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" or {names[-1]}"
    return Need(frozenset(scopes), f"{text}.{also}")


TYPES = {
    "Product": _need("read_products"),
    "ProductVariant": _need("read_products"),
    "ProductVariantComponent": _need("read_products"),
    "InventoryItem": _need("read_inventory", "read_products"),
    "InventoryLevel": _need("read_inventory"),
    "Location": _need("read_locations", "read_inventory"),
    "Order": _need("read_orders"),
    "LineItem": _need("read_orders"),
    "Fulfillment": _need("read_orders"),
    "FulfillmentOrder": _need(
        "read_assigned_fulfillment_orders",
        "read_merchant_managed_fulfillment_orders",
        "read_third_party_fulfillment_orders",
        "read_marketplace_fulfillment_orders",
    ),
    "FulfillmentOrderLineItem": _need(
        "read_assigned_fulfillment_orders",
        "read_merchant_managed_fulfillment_orders",
        "read_third_party_fulfillment_orders",
    ),
    "Refund": _need("read_orders"),
    "RefundLineItem": _need("read_orders"),
    "OrderTransaction": _need("read_orders"),
    "Customer": _need("read_customers"),
}
SHIPS = " Also: The user must have fulfill_and_ship_orders permission."
_SHIPPING = _need(
    "write_assigned_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_third_party_fulfillment_orders",
    also=SHIPS,
)
_OFFLINE = "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens"
MUTATIONS = {
    "inventorySetQuantities": _need(
        "write_inventory", also=" Also: The user must have a permission to update an inventory."
    ),
    "inventoryAdjustQuantities": _need(
        "write_inventory", also=" Also: The user must have a permission to apply changes to inventory quantities."
    ),
    "inventoryActivate": _need(
        "write_inventory", also=" Also: The user must have a permission to activate an inventory item."
    ),
    "orderCreate": _need(
        "write_orders",
        also=f" Also: This mutation is only accessible to apps authenticated using [offline tokens]({_OFFLINE}).",
    ),
    "orderCancel": _need("write_orders", "write_marketplace_orders", also=" Also: This action cannot be reversed."),
    "orderUpdate": Need(
        frozenset(
            {
                "write_marketplace_orders",
                "write_orders",
                "write_pos_staff_member_event_attribution_overrides",
                "write_quick_sale",
            }
        ),
        "`write_orders` access scope, `write_marketplace_orders` access scope or `write_quick_sale` access scope. "
        "Also: The app must have the `write_pos_staff_member_event_attribution_overrides` access scope to assign "
        "events to another staff member.",
    ),
    "fulfillmentCreate": _SHIPPING,
    "fulfillmentTrackingInfoUpdate": _SHIPPING,
    "locationAdd": _need("write_locations"),
    "fulfillmentServiceCreate": _need("write_fulfillments", also=SHIPS),
    "fulfillmentOrderSubmitFulfillmentRequest": _need("write_third_party_fulfillment_orders", also=SHIPS),
    "fulfillmentOrderSubmitCancellationRequest": _need("write_third_party_fulfillment_orders", also=SHIPS),
    "fulfillmentOrderAcceptFulfillmentRequest": _need("write_assigned_fulfillment_orders", also=SHIPS),
    "fulfillmentOrderRejectFulfillmentRequest": _need("write_assigned_fulfillment_orders", also=SHIPS),
    "fulfillmentOrderAcceptCancellationRequest": _need("write_assigned_fulfillment_orders", also=SHIPS),
    "fulfillmentOrderRejectCancellationRequest": _need(
        "write_assigned_fulfillment_orders", also=" Also: The user must have `fulfill_and_ship_orders` permission."
    ),
    "fulfillmentOrderClose": _need("write_assigned_fulfillment_orders", also=SHIPS),
    "locationEdit": _need(
        "write_locations",
        "write_fulfillments",
        also=" Also: `write_locations`: access scope is required to modify merchant-managed locations. "
        "`write_fulfillments`: apps can edit the locations associated with their fulfillment services if they have "
        "this scope. Only the app that created the fulfillment service can edit its associated location.",
    ),
}
UNLISTED_MUTATIONS = {
    "fulfillmentCancel": _need("write_merchant_managed_fulfillment_orders"),
    "metafieldDefinitionCreate": _need("write_orders"),
    "metafieldsSet": _need("write_orders"),
    "refundCreate": _need("write_orders"),
    "tagsAdd": _need("write_orders", "write_products"),
    "tagsRemove": _need("write_orders", "write_products"),
}
"""Mutations of which Shopify publishes no list of scopes: what writing to an order asks for."""
COUNTS = {
    "productsCount": TYPES["Product"],
    "productVariantsCount": TYPES["ProductVariant"],
    "ordersCount": TYPES["Order"],
}
READ_ALL_ORDERS = "read_all_orders"
RECENT_DAYS = 60
"""Older orders are hidden without read_all_orders."""
PROTECTED = frozenset(
    {
        ("Customer", "displayName"),
        ("Customer", "email"),
        ("Customer", "firstName"),
        ("Customer", "lastName"),
        ("Customer", "phone"),
        ("CustomerEmailAddress", "emailAddress"),
        ("MailingAddress", "address1"),
        ("MailingAddress", "address2"),
        ("MailingAddress", "firstName"),
        ("MailingAddress", "formatted"),
        ("MailingAddress", "lastName"),
        ("MailingAddress", "name"),
        ("MailingAddress", "phone"),
        ("MailingAddress", "zip"),
        ("FulfillmentOrderDestination", "address1"),
        ("FulfillmentOrderDestination", "address2"),
        ("FulfillmentOrderDestination", "city"),
        ("FulfillmentOrderDestination", "email"),
        ("FulfillmentOrderDestination", "firstName"),
        ("FulfillmentOrderDestination", "lastName"),
        ("FulfillmentOrderDestination", "phone"),
        ("FulfillmentOrderDestination", "zip"),
        ("Order", "email"),
        ("Order", "phone"),
    }
)
"""Level-2 protected customer data: null and an error where the app is not approved."""


def need_of(type_name: str) -> Need | None:
    """What reading a type, or a connection of it, asks for."""
    return TYPES.get(type_name.removesuffix("Connection"))


def granted(need: Need | None, scopes: frozenset[str]) -> bool:
    """Whether the scopes will do. A write scope brings its read scope."""
    if need is None:
        return True
    held = scopes | {"read_" + scope.removeprefix("write_") for scope in scopes if scope.startswith("write_")}
    return not need.scopes.isdisjoint(held)


def denied(field: str, need: Need) -> GraphQLError:
    """Access denied, in Shopify's words."""
    return refusal(
        f"Access denied for {field} field. Required access: {need.text}",
        "ACCESS_DENIED",
        documentation=DOCUMENTATION,
        requiredAccess=need.text,
    )


def unapproved(field: str) -> GraphQLError:
    """A protected field the app is not approved for; has no code."""
    return GraphQLError(f"This app is not approved to use the {field} field.")
