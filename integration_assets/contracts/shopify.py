"""What the Shopify shop says. No buyer's name, address, e-mail or phone has a column here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.table import Row, column, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Row):
    """A place that holds stock, as Shopify knows it."""

    location_id: str = column("Shopify's id of the location (a GID)")
    name: str = column("Name as typed in Shopify; the operating model names locations by it")
    is_active: bool = column("Whether the location is in use")
    fulfills_online_orders: bool = column("Whether Shopify may route online orders to it")
    is_fulfillment_service: bool = column("Whether a fulfilment service owns it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Row):
    """A thing the shop sells, with the inventory item its stock is counted on."""

    variant_id: str = column("Shopify's id of the variant (a GID)")
    product_id: str = column("Shopify's id of the product (a GID)")
    inventory_item_id: str = column("Shopify's id of the inventory item its stock is counted on (a GID)")
    sku: str | None = column("Stock keeping unit as typed in Shopify; neither unique nor always there")
    barcode: str | None = column("GTIN, EAN or UPC as typed in Shopify")
    product_title: str = column("Title of the product")
    title: str = column("Title of the variant")
    product_status: str = column("ACTIVE, DRAFT, ARCHIVED or what Shopify adds later")
    tags: tuple[str, ...] = column("Tags of the product; buffer rules match on them")
    price: Decimal = column("Price in the shop's currency", unit="shop currency")
    is_tracked: bool = column("Whether Shopify counts its stock; where it does not, quantities mean nothing")
    is_bundle: bool = column("Whether it is made of other variants and has no stock of its own")
    updated_at: datetime = column("When Shopify last changed the variant")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleComponent(Row):
    """What a bundle is made of."""

    bundle_variant_id: str = column("Variant that is the bundle")
    component_variant_id: str = column("Variant that is in it")
    units: int = column("How many of the component one bundle takes", unit="units", minimum=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel(Row):
    """How much of an inventory item a location holds."""

    inventory_item_id: str = column("Shopify's id of the inventory item (a GID)")
    location_id: str = column("Shopify's id of the location (a GID)")
    available: int = column("Units that may still be sold; negative where more was sold than there was", unit="units")
    on_hand: int = column("Units physically there", unit="units")
    committed: int = column("Units sold and not yet shipped", unit="units")
    is_active: bool = column("Whether the item is stocked at the location")
    updated_at: datetime | None = column("When Shopify last changed the available quantity")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyOrder(Row):
    """An order in Shopify, whichever channel it came from."""

    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    name: str = column("Order name as the merchant sees it")
    source_identifier: str | None = column("Id the order has where it came from: the Amazon order id for Amazon orders")
    source_name: str | None = column("Channel that Shopify credits with the order")
    amazon_order_id: str | None = column("Amazon's id of the order it stands for, by our own mark, its source or a tag")
    created_at: datetime = column("When the order was created in Shopify")
    processed_at: datetime = column("When the sale happened")
    updated_at: datetime = column("When Shopify last changed the order")
    cancelled_at: datetime | None = column("When the order was cancelled, if it was")
    financial_status: str | None = column("PAID, REFUNDED and so on, as Shopify says")
    fulfillment_status: str = column("UNFULFILLED, FULFILLED and so on, as Shopify says")
    currency: str = column("Currency of the amounts (ISO 4217)")
    total: Decimal = column("Current total of the order", unit="currency of the order")
    original_total: Decimal = column("Total when it was ordered, before refunds", unit="currency of the order")
    tax: Decimal | None = column("All tax when it was ordered", unit="currency of the order")
    shipping: Decimal | None = column("Shipping when it was ordered, after discounts", unit="currency of the order")
    discounts: Decimal | None = column("All discounts when it was ordered", unit="currency of the order")
    refunded: Decimal | None = column("What was refunded so far", unit="currency of the order")
    tags: tuple[str, ...] = column("Tags of the order")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyOrderLine(Row):
    """A line of a Shopify order."""

    line_item_id: str = column("Shopify's id of the line (a GID)")
    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    variant_id: str | None = column("Variant that was sold, if it still exists")
    sku: str | None = column("SKU as it was when sold")
    quantity: int = column("Units ordered", unit="units", minimum=0)
    current_quantity: int = column("Units still on the order after removals and refunds", unit="units", minimum=0)
    unit_price: Decimal = column("Price of one unit before discounts", unit="currency of the order")
    currency: str = column("Currency of the amounts (ISO 4217)")


LOCATIONS = table(
    Location,
    schema="shopify",
    name="locations",
    key=("location_id",),
    grain="one row per location",
    kind="observed",
    team="operations",
    never_empty=True,
)
VARIANTS = table(
    Variant,
    schema="shopify",
    name="variants",
    key=("variant_id",),
    grain="one row per variant",
    kind="observed",
    team="ecommerce",
    never_empty=True,
)
BUNDLE_COMPONENTS = table(
    BundleComponent,
    schema="shopify",
    name="bundle_components",
    key=("bundle_variant_id", "component_variant_id"),
    grain="one row per bundle and component",
    kind="observed",
    team="ecommerce",
)
STOCK_LEVELS = table(
    StockLevel,
    schema="shopify",
    name="stock_levels",
    key=("inventory_item_id", "location_id"),
    grain="one row per inventory item and location",
    kind="observed",
    team="ecommerce",
    never_empty=True,
)
ORDERS = table(
    ShopifyOrder,
    schema="shopify",
    name="orders",
    key=("shopify_order_id",),
    grain="one row per order",
    kind="observed",
    team="operations",
)
ORDER_LINES = table(
    ShopifyOrderLine,
    schema="shopify",
    name="order_lines",
    key=("line_item_id",),
    grain="one row per order line",
    kind="observed",
    team="operations",
)
TABLES = (LOCATIONS, VARIANTS, BUNDLE_COMPONENTS, STOCK_LEVELS, ORDERS, ORDER_LINES)
