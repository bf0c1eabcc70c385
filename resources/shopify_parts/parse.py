"""Shopify's JSON to our rows. A field that is missing or of another kind is a BadDocument, never a default.

Enums stay the strings Shopify sent, so that a value added in a later version passes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import (
    BundleComponent,
    Location,
    ShopifyOrder,
    ShopifyOrderLine,
    StockLevel,
    Variant,
)
from integration_assets.rules.amazon_order_ids import amazon_order_id_of

P = ParamSpec("P")
T = TypeVar("T")
Node = Mapping[str, Any]


def whole(parse: Callable[P, T]) -> Callable[P, T]:
    """Turn whatever goes wrong in a parser, whose last argument is the node, into a BadDocument naming the record."""

    @wraps(parse)
    def parsed(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
            node = args[-1]
            record = node.get("id") if isinstance(node, Mapping) else None
            raise BadDocument(
                f"Shopify sent {record or 'a record without an id'} in a shape that {parse.__name__} cannot read: "
                f"{type(error).__name__} {error}.",
                todo="Nothing of this answer was used; if it stays, the API has changed.",
            ) from error

    return parsed


@whole
def location(node: Node) -> Location:
    """A node of LOCATIONS."""
    return Location(
        location_id=gid(node["id"], "Location"),
        name=text(node["name"]),
        is_active=flag(node["isActive"]),
        fulfills_online_orders=flag(node["fulfillsOnlineOrders"]),
        is_fulfillment_service=flag(node["isFulfillmentService"]),
    )


@whole
def variant(node: Node) -> Variant:
    """A node of CATALOGUE or a line of CATALOGUE_BULK. An empty SKU or barcode is none at all."""
    product, item = node["product"], node["inventoryItem"]
    return Variant(
        variant_id=gid(node["id"], "ProductVariant"),
        product_id=gid(product["id"], "Product"),
        inventory_item_id=gid(item["id"], "InventoryItem"),
        sku=optional_text(node["sku"]) or None,
        barcode=optional_text(node["barcode"]) or None,
        product_title=text(product["title"]),
        title=text(node["title"]),
        product_status=text(product["status"]),
        tags=texts(product["tags"]),
        price=money(node["price"]),
        is_tracked=flag(item["tracked"]),
        is_bundle=flag(node["requiresComponents"]),
        updated_at=instant(node["updatedAt"]),
    )


@whole
def bundle_component(bundle_variant_id: str, node: Node) -> BundleComponent:
    """A node of `productVariantComponents`, or its line in CATALOGUE_BULK."""
    return BundleComponent(
        bundle_variant_id=gid(bundle_variant_id, "ProductVariant"),
        component_variant_id=gid(node["productVariant"]["id"], "ProductVariant"),
        units=count(node["quantity"]),
    )


def one_per_component(components: Iterable[BundleComponent]) -> Iterator[BundleComponent]:
    """Add up the units where a bundle lists the same component twice."""
    units: dict[tuple[str, str], int] = {}
    for component in components:
        key = component.bundle_variant_id, component.component_variant_id
        units[key] = units.get(key, 0) + component.units
    for (bundle, part), total in units.items():
        yield BundleComponent(bundle_variant_id=bundle, component_variant_id=part, units=total)


@whole
def stock_level(node: Node) -> StockLevel:
    """An inventory level. A quantity that is not there is an error: it must never pass for zero."""
    quantities = {quantity["name"]: quantity for quantity in node["quantities"]}
    changed_at = quantities["available"]["updatedAt"]
    return StockLevel(
        inventory_item_id=gid(node["item"]["id"], "InventoryItem"),
        location_id=gid(node["location"]["id"], "Location"),
        available=count(quantities["available"]["quantity"]),
        on_hand=count(quantities["on_hand"]["quantity"]),
        committed=count(quantities["committed"]["quantity"]),
        is_active=flag(node["isActive"]),
        updated_at=None if changed_at is None else instant(changed_at),
    )


@whole
def order(node: Node) -> ShopifyOrder:
    """A node of ORDERS, without its lines."""
    total = node["currentTotalPriceSet"]["shopMoney"]
    cancelled_at = node["cancelledAt"]
    tags, source_identifier = texts(node["tags"]), optional_text(node["sourceIdentifier"]) or None
    return ShopifyOrder(
        shopify_order_id=gid(node["id"], "Order"),
        name=text(node["name"]),
        source_identifier=source_identifier,
        source_name=optional_text(node["sourceName"]) or None,
        amazon_order_id=amazon_order_id_of((node["mark"] or {}).get("value"), source_identifier, *tags),
        created_at=instant(node["createdAt"]),
        processed_at=instant(node["processedAt"]),
        updated_at=instant(node["updatedAt"]),
        cancelled_at=None if cancelled_at is None else instant(cancelled_at),
        financial_status=optional_text(node["displayFinancialStatus"]),
        fulfillment_status=text(node["displayFulfillmentStatus"]),
        currency=text(total["currencyCode"]),
        total=money(total["amount"]),
        original_total=money(node["totalPriceSet"]["shopMoney"]["amount"]),
        tax=_told_amount(node["totalTaxSet"]),
        shipping=_told_amount(node["totalShippingPriceSet"]),
        discounts=_told_amount(node["totalDiscountsSet"]),
        refunded=_told_amount(node["totalRefundedSet"]),
        tags=tags,
    )


@whole
def order_line(order_id: str, node: Node) -> ShopifyOrderLine:
    """A node of `lineItems`. The variant of a line may have been deleted since."""
    price, sold = node["originalUnitPriceSet"]["shopMoney"], node["variant"]
    return ShopifyOrderLine(
        line_item_id=gid(node["id"], "LineItem"),
        shopify_order_id=gid(order_id, "Order"),
        variant_id=None if sold is None else gid(sold["id"], "ProductVariant"),
        sku=optional_text(node["sku"]) or None,
        quantity=count(node["quantity"]),
        current_quantity=count(node["currentQuantity"]),
        unit_price=money(price["amount"]),
        currency=text(price["currencyCode"]),
    )


def _told_amount(bag: Node | None) -> Decimal | None:
    """The shop money of a bag; Shopify leaves some out where there is none."""
    return None if bag is None else money(bag["shopMoney"]["amount"])


def gid(value: Any, kind: str) -> str:
    """A global id of one kind, whole: some carry a query part that belongs to them. Raises ValueError."""
    if not isinstance(value, str) or not value.startswith(f"gid://shopify/{kind}/"):
        raise ValueError(f"expected an id of a {kind}")
    return value


def number_of(variant_id: str) -> int:
    """The number in a variant's global id, by which Shopify sorts. Raises BadDocument."""
    try:
        return int(gid(variant_id, "ProductVariant").rsplit("/", maxsplit=1)[1])
    except ValueError as error:
        raise BadDocument(
            f"Shopify calls a variant {variant_id!r}; expected an id such as gid://shopify/ProductVariant/1."
        ) from error


def instant(value: Any) -> datetime:
    """An ISO 8601 instant as aware UTC. Raises ValueError for one without an offset."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError("expected an instant with an offset")
    return at.astimezone(UTC)


def text(value: Any) -> str:
    """A text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def optional_text(value: Any) -> str | None:
    """A text, or nothing where Shopify says null. Raises TypeError."""
    return None if value is None else text(value)


def texts(values: Any) -> tuple[str, ...]:
    """Sorted, because their order means nothing and would count as a change."""
    return tuple(sorted(text(value) for value in values))


def flag(value: Any) -> bool:
    """True or false. Raises TypeError."""
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value


def count(value: Any) -> int:
    """Whole units. Bulk files write counts as numbers or as strings; a boolean or a fraction is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("expected a whole number")
    return int(value)


def money(value: Any) -> Decimal:
    """An amount, which Shopify writes as a string, exactly as written."""
    amount = Decimal(text(value))
    if not amount.is_finite():
        raise ValueError("expected an amount")
    return amount
