"""Resolvers of products, variants, inventory items, levels and locations."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.listings import (
    components_of,
    item_of,
    levels_at,
    levels_of,
    total_available,
    variants_of_item,
    variants_of_product,
)
from sandbox.shopify.money import money, price
from sandbox.shopify.paging import Listing
from sandbox.shopify.problems import refusal
from sandbox.shopify.registry import Connections, Fields
from sandbox.shopify.search_fields import Item
from sandbox.world import Level, Location, Product, Variant

QUANTITY_NAMES = (
    "available",
    "committed",
    "damaged",
    "incoming",
    "on_hand",
    "quality_control",
    "reserved",
    "safety_stock",
)
Component = tuple[Variant, Variant, int, int]


def quantity(level: Level, name: str) -> int:
    """A quantity by name. The level's other units are counted as reserved."""
    figures = {
        "available": level.available,
        "committed": level.committed,
        "on_hand": level.on_hand,
        "reserved": level.other,
    }
    return figures.get(name, 0)


def quantities(level: Level, _context: Context, *, names: list[str]) -> list[dict[str, Any]]:
    """InventoryLevel.quantities. Only `available` tells when it changed."""
    if unknown := [name for name in names if name not in QUANTITY_NAMES]:
        raise refusal(f"The quantity name {unknown[0]} is invalid.", "INVALID_FIELD_ARGUMENTS")
    return [
        {
            "id": f"gid://shopify/InventoryQuantity/{level.location_id}?inventory_item_id={level.item_id}&name={name}",
            "name": name,
            "quantity": quantity(level, name),
            "updatedAt": level.updated_at if name == "available" else None,
        }
        for name in names
    ]


def _handle(product: Product) -> str:
    return re.sub(r"[^a-z0-9]+", "-", product.title.casefold()).strip("-") or f"product-{product.id}"


def _level_of_item(item: Item, context: Context, *, locationId: str, includeInactive: bool = False) -> Level | None:  # noqa: N803 - Shopify's argument names
    number = _number(locationId, "Location")
    return _shown(context.world.shop.levels.get((item.id, number)), includeInactive)


def _level_at_location(
    location: Location,
    context: Context,
    *,
    inventoryItemId: str,  # noqa: N803 - Shopify's argument names
    includeInactive: bool = False,  # noqa: N803 - Shopify's argument names
) -> Level | None:
    number = _number(inventoryItemId, "InventoryItem")
    return _shown(context.world.shop.levels.get((number, location.id)), includeInactive)


def _shown(level: Level | None, inactive_too: bool) -> Level | None:
    return level if level is not None and (level.is_active or inactive_too) else None


def _number(text: str, type_name: str) -> int:
    number = gids.number_of(text, type_name)
    if number is None:
        raise invalid_id(text)
    return number


def invalid_id(text: str) -> GraphQLError:
    """An id of another type than the argument asks for."""
    return refusal(f"Invalid id: {text}", "RESOURCE_NOT_FOUND")


def _item_of_level(level: Level, context: Context) -> Item:
    item = item_of(context, level.item_id)
    if item is None:
        raise refusal("The inventory item does not exist.", "RESOURCE_NOT_FOUND")
    return item


def _cost(item: Item, context: Context) -> dict[str, Any] | None:
    cost: Decimal | None = item.variant.cost
    return None if cost is None else money(cost, context.world.shop.currency)


def _own_variants(product: Product, context: Context) -> list[Variant]:
    variants = context.world.shop.variants
    return [variants[each] for each in product.variant_ids if each in variants]


def _same_sku(item: Item, context: Context) -> int:
    sku = item.variant.sku
    return sum(1 for each in context.world.shop.variants.values() if sku and each.sku == sku)


def _product(variant: Variant, context: Context) -> Product:
    return context.world.shop.products[variant.product_id]


def _display_name(variant: Variant, context: Context) -> str:
    title = _product(variant, context).title
    return title if variant.title == "Default Title" else f"{title} - {variant.title}"


def _components(variant: Variant, context: Context, _args: dict[str, Any]) -> Listing:
    return components_of(variant, context)


FIELDS: Fields = {
    "Location": {
        "id": lambda location, _: gids.gid("Location", location.id),
        "legacyResourceId": lambda location, _: location.id,
        "name": lambda location, _: location.name,
        "isActive": lambda location, _: location.is_active,
        "fulfillsOnlineOrders": lambda location, _: location.fulfills_online_orders,
        "shipsInventory": lambda location, _: location.ships_inventory,
        "isFulfillmentService": lambda location, _: location.is_fulfillment_service,
        "hasActiveInventory": lambda location, context: bool(context.indexes.items_at(location.id)),
        "inventoryLevel": _level_at_location,
    },
    "Product": {
        "id": lambda product, _: gids.gid("Product", product.id),
        "legacyResourceId": lambda product, _: product.id,
        "title": lambda product, _: product.title,
        "handle": lambda product, _: _handle(product),
        "status": lambda product, _: product.status,
        "vendor": lambda product, _: product.vendor,
        "productType": lambda _product, _: "",
        "tags": lambda product, _: sorted(product.tags),
        "isGiftCard": lambda _product, _: False,
        "totalInventory": lambda product, context: sum(
            total_available(context, each.item_id) for each in _own_variants(product, context) if each.tracked
        ),
        "tracksInventory": lambda product, context: any(each.tracked for each in _own_variants(product, context)),
        "hasOnlyDefaultVariant": lambda product, context: (
            [each.title for each in _own_variants(product, context)] == ["Default Title"]
        ),
        "hasVariantsThatRequiresComponents": lambda product, context: any(
            each.components for each in _own_variants(product, context)
        ),
        "variantsCount": lambda product, context: {
            "count": len(_own_variants(product, context)),
            "precision": "EXACT",
        },
        "updatedAt": lambda product, _: product.updated_at,
    },
    "ProductVariant": {
        "id": lambda variant, _: gids.gid("ProductVariant", variant.id),
        "legacyResourceId": lambda variant, _: variant.id,
        "sku": lambda variant, _: variant.sku,
        "barcode": lambda variant, _: variant.barcode,
        "title": lambda variant, _: variant.title,
        "displayName": _display_name,
        "price": lambda variant, _: price(variant.price),
        "compareAtPrice": lambda _variant, _: None,
        "inventoryPolicy": lambda _variant, _: "DENY",
        "inventoryQuantity": lambda variant, context: total_available(context, variant.item_id),
        "inventoryItem": lambda variant, _: Item(variant.item_id, variant),
        "product": _product,
        "requiresComponents": lambda variant, _: bool(variant.components),
        "taxable": lambda _variant, _: True,
        "availableForSale": lambda variant, context: (
            not variant.tracked or total_available(context, variant.item_id) > 0
        ),
        "position": lambda variant, context: _product(variant, context).variant_ids.index(variant.id) + 1,
        "updatedAt": lambda variant, _: variant.updated_at,
    },
    "ProductVariantComponent": {
        "id": lambda component, _: gids.gid("ProductVariantComponent", component[0].id * 1000 + component[3]),
        "productVariant": lambda component, _: component[1],
        "quantity": lambda component, _: component[2],
    },
    "InventoryItem": {
        "id": lambda item, _: gids.gid("InventoryItem", item.id),
        "legacyResourceId": lambda item, _: item.id,
        "sku": lambda item, _: item.variant.sku,
        "tracked": lambda item, _: item.variant.tracked,
        "requiresShipping": lambda _item, _: True,
        "unitCost": _cost,
        "updatedAt": lambda item, _: item.variant.updated_at,
        "duplicateSkuCount": _same_sku,
        "locationsCount": lambda item, context: {
            "count": len(context.indexes.locations_of(item.id)),
            "precision": "EXACT",
        },
        "variant": lambda item, _: item.variant,
        "inventoryLevel": _level_of_item,
    },
    "InventoryLevel": {
        "id": lambda level, _: gids.level_gid(level),
        "isActive": lambda level, _: level.is_active,
        "item": _item_of_level,
        "location": lambda level, context: context.world.shop.locations[level.location_id],
        "quantities": quantities,
        "updatedAt": lambda level, context: level.updated_at or context.now,
    },
}
CONNECTIONS: Connections = {
    "Location": {"inventoryLevels": lambda location, context, args: levels_at(context, location, args)},
    "Product": {"variants": lambda product, context, args: variants_of_product(context, product, args)},
    "ProductVariant": {"productVariantComponents": _components},
    "InventoryItem": {
        "inventoryLevels": lambda item, context, args: levels_of(context, item, args),
        "variants": lambda item, context, args: variants_of_item(context, item, args),
    },
}
