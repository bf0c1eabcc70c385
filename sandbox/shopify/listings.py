"""Every connection of the shop as a Listing: its ids, its search, its sort and what hides records."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sandbox.shopify.access import READ_ALL_ORDERS, RECENT_DAYS
from sandbox.shopify.context import Context
from sandbox.shopify.paging import Listing
from sandbox.shopify.search import Search, understand
from sandbox.shopify.search_fields import Item, changed_at
from sandbox.world import Level, Location, Product, ShopOrder, Variant

Keep = Callable[[Any], bool]
SortValue = Callable[[Any], Any]


def listing_of(
    context: Context,
    kind: str,
    ids: Sequence[int],
    fetch: Callable[[int], Any],
    args: dict[str, Any],
    *,
    sort: SortValue | None = None,
    visible: Keep | None = None,
) -> Listing:
    """The records among `ids` (ascending) that the query finds and that are `visible`, in the order asked for.

    Sorted by id nothing is read beforehand; sorted by `sort` every record is.
    """
    search = understand(kind, args.get("query"))
    _warn(context, search)
    low = 0 if search.low is None else bisect_left(ids, search.low)
    high = len(ids) if search.high is None else bisect_right(ids, search.high)
    bounded = ids if (low, high) == (0, len(ids)) else ids[low:high]
    keep = _together(_found(context, search), visible)
    descending = bool(args.get("reverse"))
    if sort is None:
        return Listing(bounded, fetch, keep, descending)
    pairs = [(sort(record), number) for number in bounded if (record := fetch(number)) and (not keep or keep(record))]
    pairs.sort()
    return Listing(pairs, lambda key: fetch(key[1]), None, descending)


def _warn(context: Context, search: Search) -> None:
    if search.warnings:
        entry = {
            "path": [step for step in context.path if isinstance(step, str)],
            "query": search.query,
            "parsed": search.parsed,
            "warnings": search.warnings,
        }
        if entry not in context.search:
            context.search.append(entry)


def _found(context: Context, search: Search) -> Keep | None:
    """What the search finds; with a lagging index, not what changed a moment ago."""
    world, keep = context.world, search.keep
    lag = context.fault("search_lag") if search.query else None
    seconds = float(lag.params.get("seconds", 60)) if lag else world.shop.settings.search_lag_seconds
    if not seconds or not search.query:
        return None if keep is None else lambda record: keep(world, record)
    known_until = context.now - timedelta(seconds=seconds)
    return lambda record: changed_at(world, record) <= known_until and (keep is None or keep(world, record))


def _together(left: Keep | None, right: Keep | None) -> Keep | None:
    if left is None or right is None:
        return left or right
    return lambda record: left(record) and right(record)


VARIANT_SORTS: dict[str, SortValue | None] = {
    "ID": None,
    "SKU": lambda variant: variant.sku or "",
    "TITLE": lambda variant: variant.title,
}
PRODUCT_SORTS: dict[str, SortValue | None] = {
    "ID": None,
    "TITLE": lambda product: product.title,
    "UPDATED_AT": lambda product: product.updated_at,
    "VENDOR": lambda product: product.vendor,
}
ORDER_SORTS: dict[str, SortValue | None] = {
    "ID": None,
    "CREATED_AT": lambda order: order.created_at,
    "PROCESSED_AT": lambda order: order.processed_at,
    "UPDATED_AT": lambda order: order.updated_at,
}


def variant_sort(context: Context, name: str) -> SortValue | None:
    """How variants sort by a ProductVariantSortKeys value."""
    if name == "POSITION":
        return lambda variant: context.world.shop.products[variant.product_id].variant_ids.index(variant.id)
    if name == "INVENTORY_QUANTITY":
        return lambda variant: total_available(context, variant.item_id)
    return VARIANT_SORTS[name]


def all_variants(context: Context, args: dict[str, Any]) -> Listing:
    """QueryRoot.productVariants."""
    variants = context.world.shop.variants
    sort = variant_sort(context, args.get("sortKey", "ID"))
    return listing_of(context, "productVariants", context.indexes.variant_ids(), variants.get, args, sort=sort)


def variants_of_product(context: Context, product: Product, args: dict[str, Any]) -> Listing:
    """Product.variants."""
    variants = context.world.shop.variants
    ids = sorted(each for each in product.variant_ids if each in variants)
    sort = variant_sort(context, args.get("sortKey", "POSITION"))
    return listing_of(context, "productVariants", ids, variants.get, args, sort=sort)


def variants_of_item(context: Context, item: Item, args: dict[str, Any]) -> Listing:
    """InventoryItem.variants."""
    variants = context.world.shop.variants
    return listing_of(context, "productVariants", context.indexes.variants_of(item.id), variants.get, args)


def all_products(context: Context, args: dict[str, Any]) -> Listing:
    """QueryRoot.products."""
    products = context.world.shop.products
    sort = PRODUCT_SORTS[args.get("sortKey", "ID")]
    return listing_of(context, "products", context.indexes.product_ids(), products.get, args, sort=sort)


def item_of(context: Context, item_id: int) -> Item | None:
    """An inventory item by number; None where no variant is sold from it."""
    found = context.indexes.variants_of(item_id)
    return Item(item_id, context.world.shop.variants[found[0]]) if found else None


def all_items(context: Context, args: dict[str, Any]) -> Listing:
    """QueryRoot.inventoryItems."""
    return listing_of(
        context, "inventoryItems", context.indexes.item_ids(), lambda number: item_of(context, number), args
    )


def order_visible(context: Context, order: ShopOrder) -> bool:
    """Whether the app may see an order of this age: beyond 60 days it takes read_all_orders."""
    return READ_ALL_ORDERS in context.scopes or order.created_at >= context.now - timedelta(days=RECENT_DAYS)


def all_orders(context: Context, args: dict[str, Any]) -> Listing:
    """QueryRoot.orders, as far back as the app may see."""
    orders = context.world.shop.orders
    sort = ORDER_SORTS[args.get("sortKey", "PROCESSED_AT")]
    return listing_of(
        context,
        "orders",
        context.indexes.order_ids(),
        orders.get,
        args,
        sort=sort,
        visible=lambda order: order_visible(context, order),
    )


def all_locations(context: Context, args: dict[str, Any]) -> Listing:
    """QueryRoot.locations; inactive ones and those of fulfillment services only where they are asked for."""
    locations = context.world.shop.locations
    sort: SortValue | None = None if args.get("sortKey", "NAME") == "ID" else lambda location: location.name

    def visible(location: Location) -> bool:
        in_use = location.is_active or bool(args.get("includeInactive"))
        return in_use and (not location.is_fulfillment_service or bool(args.get("includeLegacy")))

    ids = context.indexes.location_ids()
    return listing_of(context, "locations", ids, locations.get, args, sort=sort, visible=visible)


def levels_at(context: Context, location: Location, args: dict[str, Any]) -> Listing:
    """Location.inventoryLevels, by item; inactive ones only with includeInactive."""
    levels = context.world.shop.levels
    ids = context.indexes.items_at(location.id)
    return listing_of(
        context,
        "Location.inventoryLevels",
        ids,
        lambda item_id: levels.get((item_id, location.id)),
        args,
        visible=_level_visible(context, args),
    )


def levels_of(context: Context, item: Item, args: dict[str, Any]) -> Listing:
    """InventoryItem.inventoryLevels, by location; inactive ones only with includeInactive."""
    levels = context.world.shop.levels
    ids = context.indexes.locations_of(item.id)
    return listing_of(
        context,
        "InventoryItem.inventoryLevels",
        ids,
        lambda location_id: levels.get((item.id, location_id)),
        args,
        visible=_level_visible(context, args),
    )


def _level_visible(context: Context, args: dict[str, Any]) -> Keep:
    """A level goes with its item, and the item with its last variant."""
    inactive_too = bool(args.get("includeInactive"))
    variants_of = context.indexes.variants_of

    def visible(level: Level) -> bool:
        return (inactive_too or level.is_active) and bool(variants_of(level.item_id))

    return visible


def components_of(variant: Variant, context: Context) -> Listing:
    """ProductVariant.productVariantComponents, keyed by position."""
    variants = context.world.shop.variants
    components = [(each, units) for each, units in variant.components if each in variants]
    return Listing(
        range(len(components)), lambda at: (variant, variants[components[at][0]], components[at][1], at), None
    )


def total_available(context: Context, item_id: int) -> int:
    """Available units over every active level of an item."""
    levels = context.world.shop.levels
    places = context.indexes.locations_of(item_id)
    return sum(level.available for at in places if (level := levels[item_id, at]).is_active)
