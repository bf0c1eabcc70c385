"""The searchable fields of each connection: all that Shopify knows, and how the sandbox reads those it can."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.shopify.state import BulkOperation
from sandbox.world import Level, Location, Product, ShopOrder, Variant, WebhookSubscription, World

_PRODUCT = (
    "barcode bundles category_id collection_id combined_listing_role created_at delivery_profile_id error_feedback "
    "gift_card handle has_only_composites has_only_default_variant has_variant_with_components id inventory_total "
    "is_price_reduced metafields.{namespace}.{key} out_of_stock_somewhere price product_configuration_owner "
    "product_publication_status product_type publication_ids publishable_status published_at published_status sku "
    "status tag tag_not title tracks_inventory updated_at variant_id variant_title vendor"
)
_VARIANT = (
    "barcode collection delivery_profile_id exclude_composite exclude_variants_with_components gift_card id "
    "inventory_quantity location_id managed managed_by option1 option2 option3 product_id product_ids "
    "product_publication_status product_status product_type publishable_status published_status requires_components "
    "sku tag tag_not taxable title updated_at vendor"
)
_ORDER = (
    "cart_token channel channel_id chargeback_status checkout_token confirmation_number created_at credit_card_last4 "
    "current_total_price customer_id delivery_method discount_code email financial_status fraud_protection_level "
    "fulfillment_location_id fulfillment_status gateway id location_id metafields.{namespace}.{key} name payment_id "
    "payment_provider_id po_number processed_at reference_location_id return_status risk_level sales_channel sku "
    "source_identifier source_name status subtotal_line_items_quantity tag tag_not test total_weight updated_at"
)
_LOCATION = (
    "active address1 address2 city country created_at geolocated id legacy location_id name pickup_in_store province "
    "zip"
)
_LEVEL = "created_at id inventory_group_id inventory_item_id updated_at"
VALID: dict[str, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        "products": _PRODUCT,
        "productsCount": _PRODUCT,
        "productVariants": _VARIANT,
        "productVariantsCount": "",
        "orders": _ORDER,
        "ordersCount": _ORDER,
        "locations": _LOCATION,
        "locationsCount": _LOCATION,
        "inventoryItems": "created_at id sku updated_at",
        "Location.inventoryLevels": _LEVEL,
        "InventoryItem.inventoryLevels": _LEVEL,
        "bulkOperations": "created_at id operation_type status",
        "webhookSubscriptions": "created_at id updated_at",
        "webhookSubscriptionsCount": "created_at endpoint id topic updated_at",
    }.items()
}
VALID["productVariantsCount"] = VALID["productVariants"]


@dataclass(frozen=True)
class Item:
    """An inventory item: its number, its level's or variant's last change, and the variant it is first sold as."""

    id: int
    variant: Variant


def _text(value: str) -> str:
    return value.casefold()


def _flag(value: str) -> bool:
    return {"true": True, "false": False}[value.casefold()]


def _number(value: str) -> int:
    return int(value.rsplit("/", 1)[-1])


def _instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


@dataclass(frozen=True)
class Field:
    """How a field is read. `values` answers what a record has, `convert` reads what was asked for.

    `convert` raises ValueError or KeyError for what it cannot read. Text is matched whole, without regard to case, or
    by its beginning where the value ends in an asterisk.
    """

    values: Callable[[World, Any], Iterable[Any]]
    convert: Callable[[str], Any] = _text

    @property
    def is_text(self) -> bool:
        """Whether wildcards mean something."""
        return self.convert is _text


def _texts(read: Callable[[World, Any], Iterable[str | None]]) -> Field:
    return Field(lambda world, record: [each.casefold() for each in read(world, record) if each is not None])


def _one(read: Callable[[World, Any], Any], convert: Callable[[str], Any]) -> Field:
    return Field(lambda world, record: (read(world, record),), convert)


def _product(world: World, variant: Variant) -> Product:
    return world.shop.products[variant.product_id]


def _available(world: World, variant: Variant) -> int:
    levels = world.shop.levels
    return sum(
        levels[key].available
        for location_id in world.shop.locations
        if (key := (variant.item_id, location_id)) in levels and levels[key].is_active
    )


def _variants(world: World, product: Product) -> list[Variant]:
    return [world.shop.variants[each] for each in product.variant_ids if each in world.shop.variants]


def _order_status(_world: World, order: ShopOrder) -> Iterable[str]:
    cancelled = order.cancelled_at is not None
    return ("any", "cancelled", "not_closed") if cancelled else ("any", "open", "not_closed")


def _level_changed(world: World, level: Level) -> datetime:
    return level.updated_at or world.now()


FIELDS: dict[str, dict[str, Field]] = {
    "productVariants": {
        "id": _one(lambda _, variant: variant.id, _number),
        "sku": _texts(lambda _, variant: (variant.sku,)),
        "barcode": _texts(lambda _, variant: (variant.barcode,)),
        "title": _texts(lambda _, variant: (variant.title,)),
        "updated_at": _one(lambda _, variant: variant.updated_at, _instant),
        "product_id": _one(lambda _, variant: variant.product_id, _number),
        "product_status": _texts(lambda world, variant: (_product(world, variant).status,)),
        "vendor": _texts(lambda world, variant: (_product(world, variant).vendor,)),
        "tag": _texts(lambda world, variant: _product(world, variant).tags),
        "requires_components": _one(lambda _, variant: bool(variant.components), _flag),
        "inventory_quantity": _one(_available, int),
        "location_id": Field(
            lambda world, variant: [at for at in world.shop.locations if (variant.item_id, at) in world.shop.levels],
            _number,
        ),
    },
    "products": {
        "id": _one(lambda _, product: product.id, _number),
        "title": _texts(lambda _, product: (product.title,)),
        "status": _texts(lambda _, product: (product.status,)),
        "vendor": _texts(lambda _, product: (product.vendor,)),
        "tag": _texts(lambda _, product: product.tags),
        "updated_at": _one(lambda _, product: product.updated_at, _instant),
        "sku": _texts(lambda world, product: [each.sku for each in _variants(world, product)]),
        "barcode": _texts(lambda world, product: [each.barcode for each in _variants(world, product)]),
        "variant_id": Field(lambda _, product: product.variant_ids, _number),
    },
    "inventoryItems": {
        "id": _one(lambda _, item: item.id, _number),
        "sku": _texts(lambda _, item: (item.variant.sku,)),
        "updated_at": _one(lambda _, item: item.variant.updated_at, _instant),
    },
    "orders": {
        "id": _one(lambda _, order: order.id, _number),
        "name": _texts(lambda _, order: (order.name, order.name.removeprefix("#"))),
        "email": _texts(lambda _, order: (order.email,)),
        "created_at": _one(lambda _, order: order.created_at, _instant),
        "processed_at": _one(lambda _, order: order.processed_at, _instant),
        "updated_at": _one(lambda _, order: order.updated_at, _instant),
        "tag": _texts(lambda _, order: order.tags),
        "sku": _texts(lambda _, order: [line.sku for line in order.lines]),
        "source_identifier": _texts(lambda _, order: (order.source_identifier,)),
        "source_name": _texts(lambda _, order: (order.source_name,)),
        "status": Field(_order_status),
        "financial_status": _texts(lambda _, order: (order.financial_status,)),
        "fulfillment_status": _texts(lambda _, order: (order.fulfillment_status,)),
    },
    "locations": {
        "id": _one(lambda _, location: location.id, _number),
        "location_id": _one(lambda _, location: location.id, _number),
        "name": _texts(lambda _, location: (location.name,)),
        "active": _one(lambda _, location: location.is_active, _flag),
    },
    "levels": {"updated_at": _one(_level_changed, _instant)},
    "bulkOperations": {
        "id": _one(lambda _, operation: operation.id, _number),
        "status": _texts(lambda _, operation: (operation.status,)),
        "operation_type": _texts(lambda _, _operation: ("query",)),
        "created_at": _one(lambda _, operation: operation.created_at, _instant),
    },
    "webhookSubscriptions": {
        "id": _one(lambda _, subscription: subscription.id, _number),
        "created_at": _one(lambda _, subscription: subscription.created_at, _instant),
    },
}
ALIASES = {
    "productVariantsCount": "productVariants",
    "productsCount": "products",
    "ordersCount": "orders",
    "locationsCount": "locations",
    "webhookSubscriptionsCount": "webhookSubscriptions",
}
ID_FIELDS = {"Location.inventoryLevels": ("inventory_item_id",), "InventoryItem.inventoryLevels": ()}
"""The field that bounds the sorted ids, where it is not `id`."""
FREE_TEXT = {
    "productVariants": ("title", "sku", "barcode"),
    "products": ("title", "vendor", "tag", "sku", "barcode"),
    "inventoryItems": ("sku",),
    "orders": ("name", "tag", "sku", "source_identifier", "email"),
    "locations": ("name",),
}
"""The fields that a term without a field is looked for in."""


def fields_of(kind: str) -> dict[str, Field]:
    """The fields the sandbox reads on this connection."""
    name = "levels" if kind.endswith("inventoryLevels") else ALIASES.get(kind, kind)
    return FIELDS[name]


Record = Variant | Product | ShopOrder | Location | Level | Item | BulkOperation | WebhookSubscription


def changed_at(world: World, record: Record) -> datetime:
    """When the search index should have learned of the record's last change."""
    if isinstance(record, Variant | Product | ShopOrder):
        return record.updated_at
    if isinstance(record, Item):
        return record.variant.updated_at
    if isinstance(record, Level):
        return _level_changed(world, record)
    if isinstance(record, BulkOperation | WebhookSubscription):
        return record.created_at
    return datetime.min.replace(tzinfo=world.now().tzinfo)
