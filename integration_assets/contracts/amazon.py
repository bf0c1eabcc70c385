"""What Amazon says. A region is one seller account (`na`, `eu`, `fe`). No buyer's data has a column here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.table import Row, column, table

REGIONS = ("na", "eu", "fe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Row):
    """A listing as GET_MERCHANT_LISTINGS_ALL_DATA tells it for one marketplace."""

    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str = column("Amazon's id of the marketplace")
    seller_sku: str = column("SKU as typed on Amazon; letter case counts")
    listing_id: str | None = column("Amazon's id of the listing")
    asin: str | None = column("Amazon Standard Identification Number")
    title: str = column("Title of the listing")
    price: Decimal | None = column("Price of one unit", unit="marketplace currency")
    quantity: int | None = column("Merchant-fulfilled quantity shown; empty for FBA", unit="units", minimum=0)
    fulfillment_channel: str = column("DEFAULT when the merchant ships, AMAZON_… when Amazon does")
    status: str = column("Active, Inactive, Incomplete or what Amazon adds later")
    product_id: str | None = column("External product id (GTIN or ASIN) the listing was made with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability(Row):
    """What Amazon shows for a SKU right now, by searchListingsItems: one number for the whole region account."""

    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon; letter case counts")
    fulfillment_channels: tuple[str, ...] = column("Channel codes of the offer: DEFAULT is MFN, AMAZON_… is FBA")
    quantity: int | None = column("Quantity under DEFAULT; empty when there is none", unit="units", minimum=0)
    product_type: str | None = column("Amazon's product type of the listing")
    issue_codes: tuple[str, ...] = column("Codes of listing issues with severity ERROR")
    read_at: datetime = column("When the reading was asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class FbaInventory(Row):
    """Units in Amazon's warehouses, counted once per pool however many marketplaces list them."""

    region: str = column("Region account", allowed=REGIONS)
    pool: str = column("Pool the units lie in: UK, EU, NA or the country; a pool is counted once")
    fnsku: str = column("Amazon's label on the unit")
    seller_sku: str = column("SKU as typed on Amazon")
    asin: str | None = column("Amazon Standard Identification Number")
    condition: str | None = column("Condition of the units")
    fulfillable: int = column("Units Amazon can ship now", unit="units", minimum=0)
    reserved: int = column("Units reserved for orders, transfers or processing", unit="units", minimum=0)
    inbound: int = column("Units on their way to Amazon", unit="units", minimum=0)
    unfulfillable: int = column("Units Amazon cannot sell", unit="units", minimum=0)
    researching: int = column("Units Amazon is looking for", unit="units", minimum=0)
    total: int = column("All units by Amazon's own sum", unit="units", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonOrder(Row):
    """An order on Amazon, its echo of a Multi-Channel order included."""

    amazon_order_id: str = column("Amazon's id of the order")
    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str | None = column("Amazon's id of the marketplace")
    channel_name: str = column("AMAZON, or NON_AMAZON for the echo of a Multi-Channel order")
    status: str = column("Fulfilment status: PENDING, UNSHIPPED, SHIPPED, CANCELLED and so on")
    fulfilled_by: str | None = column("MERCHANT or AMAZON")
    created_at: datetime = column("When the buyer ordered")
    last_updated_at: datetime = column("When Amazon last changed the order")
    ship_by_at: datetime | None = column("Latest moment to ship without being late")
    deliver_by_at: datetime | None = column("Latest moment the buyer was promised it for")
    service_level: str | None = column("Shipping speed the buyer chose: STANDARD, EXPEDITED and so on")
    currency: str | None = column("Currency of the amounts (ISO 4217)")
    total: Decimal | None = column("Grand total; empty while the order is pending", unit="currency of the order")
    order_charges: Decimal | None = column(
        "Charges that belong to no item, such as a delivery tip; empty while pending", unit="currency of the order"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonOrderItem(Row):
    """An item of an Amazon order."""

    amazon_order_id: str = column("Amazon's id of the order")
    order_item_id: str = column("Amazon's id of the order item")
    seller_sku: str | None = column("SKU as typed on Amazon")
    asin: str | None = column("Amazon Standard Identification Number")
    quantity_ordered: int = column("Units ordered", unit="units", minimum=0)
    quantity_fulfilled: int = column("Units shipped", unit="units", minimum=0)
    quantity_unfulfilled: int = column("Units still to ship", unit="units", minimum=0)
    quantity_cancelled: int = column("Units that were ordered and will not be shipped", unit="units", minimum=0)
    title: str | None = column("Title of the offer")
    gift_wrap_level: str | None = column("Gift wrapping the buyer chose; the buyer's message is not kept")
    currency: str | None = column("Currency of the amounts (ISO 4217)")
    unit_price: Decimal | None = column("Price of one unit; empty while pending", unit="currency of the order")
    item_total: Decimal | None = column("Proceeds of the item", unit="currency of the order")
    item_price: Decimal | None = column("Price of all its units, before promotions", unit="currency of the order")
    shipping_price: Decimal | None = column("Shipping, before promotions", unit="currency of the order")
    gift_wrap_price: Decimal | None = column("Gift wrapping", unit="currency of the order")
    other_charges: Decimal | None = column("Whatever else Amazon charged for it", unit="currency of the order")
    promotion: Decimal | None = column("All discounts, as an amount above zero", unit="currency of the order")
    shipping_promotion: Decimal | None = column("The part of them taken off the shipping", unit="currency of the order")
    tax: Decimal | None = column("All tax, after promotions", unit="currency of the order")
    shipping_tax: Decimal | None = column("The part of it on the shipping", unit="currency of the order")
    gift_wrap_tax: Decimal | None = column("The part of it on gift wrapping", unit="currency of the order")
    tax_collected_by: str | None = column(
        "MARKETPLACE_FACILITATOR where Amazon keeps the tax and remits it; empty where the seller does"
    )


LISTINGS = table(
    Listing,
    schema="amazon",
    name="listings",
    key=("region", "marketplace_id", "seller_sku"),
    grain="one row per region account, marketplace and SKU",
    kind="observed",
    team="ecommerce",
    never_empty=True,
)
AVAILABILITY = table(
    Availability,
    schema="amazon",
    name="availability",
    key=("region", "seller_sku"),
    grain="one row per region account and SKU",
    kind="observed",
    team="ecommerce",
)
FBA_INVENTORY = table(
    FbaInventory,
    schema="amazon",
    name="fba_inventory",
    key=("region", "pool", "fnsku"),
    grain="one row per region account, pool and FNSKU",
    kind="observed",
    team="operations",
)
ORDERS = table(
    AmazonOrder,
    schema="amazon",
    name="orders",
    key=("amazon_order_id",),
    grain="one row per order",
    kind="observed",
    team="operations",
)
ORDER_ITEMS = table(
    AmazonOrderItem,
    schema="amazon",
    name="order_items",
    key=("amazon_order_id", "order_item_id"),
    grain="one row per order item",
    kind="observed",
    team="operations",
)
TABLES = (LISTINGS, AVAILABILITY, FBA_INVENTORY, ORDERS, ORDER_ITEMS)
