"""Resolvers of QueryRoot: single records by id, counts, the shop and the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.order_records import Fulfillment, FulfillmentOrder, Metafield, MetafieldDefinition, Refund
from sandbox.shopify import gids
from sandbox.shopify.access import TYPES, denied, granted
from sandbox.shopify.content import Picture
from sandbox.shopify.context import Context
from sandbox.shopify.goods import invalid_id
from sandbox.shopify.listings import (
    all_items,
    all_locations,
    all_orders,
    all_products,
    all_variants,
    item_of,
    listing_of,
    order_visible,
)
from sandbox.shopify.paging import Listing
from sandbox.shopify.price_lists import PriceList
from sandbox.shopify.problems import unsupported
from sandbox.shopify.registry import Connections, Fields, Resolver
from sandbox.shopify.search_fields import Item
from sandbox.shopify.state import BulkOperation, Job
from sandbox.world import Level, Location, Product, Shop, ShopOrder, Variant, WebhookSubscription

APP_ID = 1
SHOP_ID = 1
TYPE_NAMES: dict[type[Any], str] = {
    BulkOperation: "BulkOperation",
    Item: "InventoryItem",
    Level: "InventoryLevel",
    Location: "Location",
    Picture: "MediaImage",
    PriceList: "PriceList",
    Product: "Product",
    Fulfillment: "Fulfillment",
    FulfillmentOrder: "FulfillmentOrder",
    Metafield: "Metafield",
    MetafieldDefinition: "MetafieldDefinition",
    Refund: "Refund",
    Shop: "Shop",
    ShopOrder: "Order",
    Variant: "ProductVariant",
    WebhookSubscription: "WebhookSubscription",
}
"""What each record is called in the schema."""


AFTER_SALES = {
    "Fulfillment": "fulfillments",
    "FulfillmentOrder": "fulfillment_orders",
    "Refund": "refunds",
}
"""Types whose records hang on an order, and under which name."""


def record_of(context: Context, text: str) -> Any:
    """The record an id names; None where there is none. Raises GraphQLError for types the sandbox does not keep."""
    found = gids.parse(text)
    if found is None:
        raise invalid_id(text)
    shop = context.world.shop
    if found.type == "InventoryItem":
        return item_of(context, found.number)
    if found.type == "InventoryLevel":
        level = shop.levels.get((found.item or 0, found.number))
        return level if level is not None and context.indexes.variants_of(level.item_id) else None
    if found.type == "Shop":
        return shop if found.number == SHOP_ID else None
    if found.type == "Order":
        return order_of(context, found.number)
    if found.type in AFTER_SALES:
        return _after_sales(context, found.type, found.number)
    records: dict[str, dict[int, Any]] = {
        "BulkOperation": context.state.bulk,
        "Location": shop.locations,
        "Product": shop.products,
        "ProductVariant": shop.variants,
        "WebhookSubscription": shop.subscriptions,
    }
    if found.type not in records:
        raise unsupported(f"nodes of the type {found.type}")
    return records[found.type].get(found.number)


def _after_sales(context: Context, type_name: str, number: int) -> Any:
    kind = AFTER_SALES[type_name]
    order = context.indexes.order_with(kind, number)
    if order is None or not order_visible(context, order):
        return None
    return next(each for each in getattr(order, kind) if each.id == number)


def _job(_root: Any, context: Context, *, id: str) -> Job | None:  # noqa: A002 - Shopify's argument name
    return context.state.jobs.get(id.rsplit("/", 1)[-1])


def order_of(context: Context, number: int) -> ShopOrder | None:
    """An order by number, where the app may see one of its age."""
    order = context.world.shop.orders.get(number)
    return order if order is not None and order_visible(context, order) else None


def _typed(type_name: str) -> Resolver:
    """A resolver `field(id:)` of one type: an id of another type is an error."""

    def resolve(_root: Any, context: Context, *, id: str) -> Any:  # noqa: A002 - Shopify's argument name
        if gids.number_of(id, type_name) is None:
            raise invalid_id(id)
        return record_of(context, id)

    return resolve


def _location(_root: Any, context: Context, *, id: str | None = None) -> Location | None:  # noqa: A002 - Shopify's argument name
    if id is None:
        first = context.indexes.location_ids()[:1]
        return context.world.shop.locations[first[0]] if first else None
    found: Location | None = _typed("Location")(None, context, id=id)
    return found


def _nodes(_root: Any, context: Context, *, ids: list[str]) -> list[Any]:
    """Each record in its place: null where there is none, an error where the scopes do not reach."""
    found: list[Any] = []
    for text in ids:
        record = record_of(context, text)
        need = None if record is None else TYPES.get(TYPE_NAMES[type(record)])
        found.append(denied("nodes", need) if need and not granted(need, context.scopes) else record)
    return found


def _node(_root: Any, context: Context, *, id: str) -> Any:  # noqa: A002 - Shopify's argument name
    return _nodes(None, context, ids=[id])[0]


def _count(listing: Callable[[Context, dict[str, Any]], Listing]) -> Resolver:
    """A resolver of a count: capped at `limit`, which is 10,000 where nothing is said."""

    def resolve(_root: Any, context: Context, *, limit: int | None = None, query: str | None = None) -> dict[str, Any]:
        found = listing(context, {"query": query, "sortKey": "ID"})
        if context.fault("empty_snapshot") is not None:
            return {"count": 0, "precision": "EXACT"}
        count = len(found.keys) if found.keep is None else sum(1 for _ in found.everything())
        if limit is not None and count > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return {"count": count, "precision": "EXACT"}

    return resolve


def _installation(_root: Any, context: Context) -> dict[str, Any]:
    shop = context.world.shop
    return {
        "id": gids.gid("AppInstallation", APP_ID),
        "accessScopes": [{"handle": scope, "description": scope.replace("_", " ")} for scope in shop.scopes],
        "app": {
            "id": gids.gid("App", APP_ID),
            "apiKey": shop.client_id,
            "title": "Instep rehearsal",
            "handle": "instep-rehearsal",
        },
    }


def _subscriptions(context: Context, args: dict[str, Any]) -> Listing:
    kept = context.world.shop.subscriptions
    topics, uri = args.get("topics"), args.get("uri")

    def asked_for(subscription: WebhookSubscription) -> bool:
        return (not topics or subscription.topic in topics) and (not uri or subscription.uri == uri)

    return listing_of(
        context, "webhookSubscriptions", sorted(kept), kept.get, args, visible=asked_for if args else None
    )


def _current_bulk(_root: Any, context: Context, *, type: str = "QUERY") -> BulkOperation | None:  # noqa: A002 - Shopify's argument name
    kept = context.state.bulk
    return kept[max(kept)] if kept and type == "QUERY" else None


FIELDS: Fields = {
    "QueryRoot": {
        "shop": lambda _root, context: context.world.shop,
        "currentAppInstallation": _installation,
        "location": _location,
        "locationsCount": _count(all_locations),
        "product": _typed("Product"),
        "productsCount": _count(all_products),
        "productVariant": _typed("ProductVariant"),
        "productVariantsCount": _count(all_variants),
        "inventoryItem": _typed("InventoryItem"),
        "inventoryLevel": _typed("InventoryLevel"),
        "node": _node,
        "nodes": _nodes,
        "fulfillment": _typed("Fulfillment"),
        "fulfillmentOrder": _typed("FulfillmentOrder"),
        "refund": _typed("Refund"),
        "job": _job,
        "order": _typed("Order"),
        "ordersCount": _count(all_orders),
        "bulkOperation": _typed("BulkOperation"),
        "currentBulkOperation": _current_bulk,
        "webhookSubscription": _typed("WebhookSubscription"),
        "webhookSubscriptionsCount": _count(_subscriptions),
    },
    "Shop": {
        "id": lambda _shop, _: gids.gid("Shop", SHOP_ID),
        "name": lambda shop, _: shop.name,
        "myshopifyDomain": lambda shop, _: shop.domain,
        "currencyCode": lambda shop, _: shop.currency,
        "ianaTimezone": lambda shop, _: shop.timezone,
        "plan": lambda _shop, _: {"partnerDevelopment": False, "publicDisplayName": "Basic", "shopifyPlus": False},
    },
}
CONNECTIONS: Connections = {
    "QueryRoot": {
        "locations": lambda _root, context, args: all_locations(context, args),
        "products": lambda _root, context, args: all_products(context, args),
        "productVariants": lambda _root, context, args: all_variants(context, args),
        "inventoryItems": lambda _root, context, args: all_items(context, args),
        "orders": lambda _root, context, args: all_orders(context, args),
        "bulkOperations": lambda _root, context, args: listing_of(
            context, "bulkOperations", sorted(context.state.bulk), context.state.bulk.get, args
        ),
        "webhookSubscriptions": lambda _root, context, args: _subscriptions(context, args),
    }
}
