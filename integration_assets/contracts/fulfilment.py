"""What leaves, what is taken back, and what was done about it, from all rooms: shipments, cancellations, refunds.

No buyer's data has a column here, and no free text that people write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

LAG_CAUSES = ("not_shipped", "not_confirmed", "confirmed_late", "fba_not_recorded")
FIGURES = ("late_shipment", "cancellation", "valid_tracking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfillment(Row):
    """A package that left, as the shop tells it."""

    fulfillment_id: str = column("Shopify's id of the fulfillment (a GID)")
    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    amazon_order_id: str | None = column("The order's id where it came from, if that is Amazon")
    status: str = column("SUCCESS, CANCELLED and so on, as Shopify says")
    tracking_company: str | None = column("Carrier as the shop names it")
    tracking_numbers: tuple[str, ...] = column("Tracking numbers, in the shop's order")
    created_at: datetime = column("When it was marked as shipped")
    updated_at: datetime = column("When Shopify last changed it")
    in_transit_at: datetime | None = column("When the carrier first had it")
    delivered_at: datetime | None = column("When the buyer had it")


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentLine(Row):
    """Units of an order line in a package."""

    fulfillment_id: str = column("Shopify's id of the fulfillment (a GID)")
    line_item_id: str = column("Shopify's id of the order line (a GID)")
    variant_id: str | None = column("Variant that was sold, if it still exists")
    sku: str | None = column("SKU as it was when sold")
    quantity: int = column("Units in the package", unit="units", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Row):
    """Money or units taken back on a Shopify order."""

    refund_id: str = column("Shopify's id of the refund (a GID)")
    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    amazon_order_id: str | None = column("The order's id where it came from, if that is Amazon")
    mark: str | None = column("What on Amazon it stands for, where we recorded it; empty where somebody else did")
    created_at: datetime | None = column("When it was recorded in Shopify")
    processed_at: datetime = column("When it happened")
    currency: str = column("Currency of the amount (ISO 4217)")
    amount: Decimal = column("Money given back", unit="currency of the refund")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine(Row):
    """Units of an order line in a refund."""

    refund_id: str = column("Shopify's id of the refund (a GID)")
    line_item_id: str = column("Shopify's id of the order line (a GID)")
    restock_type: str = column("NO_RESTOCK, CANCEL, RETURN and so on, as Shopify says")
    quantity: int = column("Units taken off the order", unit="units", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPackage(Row):
    """A package of a merchant-fulfilled order, as Amazon accepted it."""

    amazon_order_id: str = column("Amazon's id of the order")
    package_reference_id: str = column("The seller's number of the package within the order")
    status: str | None = column("PENDING, SHIPPED, IN_TRANSIT, DELIVERED and so on, as Amazon says")
    carrier: str | None = column("Carrier as Amazon has it")
    tracking_number: str | None = column("Tracking number as Amazon has it")
    accepted_at: datetime | None = column("When Amazon took the confirmation: what lateness is counted by")
    ship_at: datetime | None = column("When it was handed over, as the seller said")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageItem(Row):
    """Units of an order item in a package that Amazon accepted."""

    amazon_order_id: str = column("Amazon's id of the order")
    package_reference_id: str = column("The seller's number of the package within the order")
    order_item_id: str = column("Amazon's id of the order item")
    quantity: int = column("Units in the package", unit="units", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCancellation(Row):
    """Who asked for an item of an Amazon order to be cancelled, and who cancelled it. Reasons are not kept."""

    amazon_order_id: str = column("Amazon's id of the order")
    order_item_id: str = column("Amazon's id of the order item")
    requested_by: str | None = column("BUYER where the buyer has asked for it")
    cancelled_by: str | None = column("BUYER, MERCHANT or AMAZON where it was done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(Row):
    """A movement of money on the seller's Amazon account. A deferred one that is released stays one row."""

    transaction_id: str = column("Amazon's id of the transaction")
    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str | None = column("Amazon's id of the marketplace")
    transaction_type: str = column("Shipment, Refund and so on, as Amazon says")
    status: str | None = column("DEFERRED, DEFERRED_RELEASED or RELEASED")
    posted_at: datetime = column("When Amazon posted it")
    amazon_order_id: str | None = column("Amazon's id of the order, where it is about one")
    deferred_transaction_id: str | None = column("The deferred transaction that this one only releases")
    currency: str = column("Currency of the amount (ISO 4217)")
    amount: Decimal = column("What the seller gains by it; below zero what is lost", unit="currency of the transaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionLine(Row):
    """One amount of a transaction that is not broken down any further."""

    transaction_id: str = column("Amazon's id of the transaction")
    line: int = column("Its place in the transaction, from 1", minimum=1)
    item: int | None = column("Which item of the transaction, from 1; empty where it belongs to none", minimum=1)
    seller_sku: str | None = column("SKU as typed on Amazon")
    quantity: int | None = column("Units that Amazon names with it", unit="units")
    path: str = column("What it is for, from the largest heading down, such as ProductCharges/OurPricePrincipal")
    currency: str = column("Currency of the amount (ISO 4217)")
    amount: Decimal = column("What the seller gains by it; below zero what is lost", unit="currency of the transaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLag(Row):
    """An Amazon order whose shipment is late, or about to be, on one of the two sides."""

    amazon_order_id: str = column("Amazon's id of the order")
    region: str = column("Region account", allowed=REGIONS)
    shopify_order_id: str | None = column("Shopify's id of the order (a GID), where there is one")
    cause: str = column("What has not happened, or happened too late", allowed=LAG_CAUSES)
    units: int = column("Units it concerns", unit="units", minimum=0)
    ship_by_at: datetime | None = column("Latest moment to ship without being late")
    hours_left: Decimal | None = column("Time until then; below zero once it has passed", unit="hours")
    shipped_at: datetime | None = column("When the first package left, as Shopify says")
    accepted_at: datetime | None = column("When Amazon took the last confirmation")
    effect_state: str | None = column("How far our own confirmation or fulfillment has come")
    endangers: str | None = column("The account-health figure it counts against", allowed=FIGURES)
    reason: str = column("What is the matter, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth(Row):
    """A shipping figure by which Amazon judges a seller, counted as Amazon counts it."""

    region: str = column("Region account", allowed=REGIONS)
    figure: str = column("Late shipments, cancellations by the seller, packages with valid tracking", allowed=FIGURES)
    window_days: int = column("How many days back it looks", unit="days", minimum=1)
    counted: int = column("Orders, or packages, that are judged", unit="orders or packages", minimum=0)
    hits: int = column("Those that were late, cancelled, or validly tracked", unit="orders or packages", minimum=0)
    percent: Decimal | None = column("Hits among those judged; empty where there are none to judge", unit="percent")
    limit_percent: Decimal = column("Amazon's limit", unit="percent")
    within_limit: bool = column("Whether the figure keeps to the limit")
    one_more_costs: Decimal | None = column("What one more of the bad kind adds or takes", unit="percentage points")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAnOrder(Row):
    """What every effect about an order tells: how far it has come."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and subject")
    region: str = column("Region account", allowed=REGIONS)
    subject: str = column("What it is about: it is done once, or has one value at a time")
    amazon_order_id: str = column("Amazon's id of the order")
    shopify_order_id: str | None = column("Shopify's id of the order (a GID)")
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When the far side was seen to have it")
    origin: str = column("What set it off: a webhook, the schedule, a person")
    reason: str = column("Why, in plain words, and what the far side said")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentConfirmation(OfAnOrder):
    """A package of ours told to Amazon, or its tracking put right there."""

    package_reference_id: str = column("Our number of the package within the order")
    is_correction: bool = column("Whether it only puts right what Amazon has already")
    carrier_code: str = column("Carrier as Amazon knows it; Other where it does not")
    carrier_name: str | None = column("Carrier in words, where the code is Other")
    tracking_number: str = column("Tracking number")
    ship_at: datetime = column("When it left")
    units: int = column("Units in the package", unit="units", minimum=0)
    ship_by_at: datetime | None = column("Latest moment to ship without being late")


@dataclass(frozen=True, slots=True, kw_only=True)
class FbaFulfilment(OfAnOrder):
    """Units that Amazon has shipped, marked as shipped on the Shopify order."""

    units: int = column("Units that are to be marked as shipped in all", unit="units", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancellation(OfAnOrder):
    """Units that will not be shipped to an Amazon buyer, taken off the Shopify order."""

    is_whole: bool = column("Whether nothing of the order is left")
    units: int = column("Units taken off", unit="units", minimum=0)
    restock: bool = column("Whether they go back on sale")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefund(OfAnOrder):
    """A refund made on Amazon, recorded on the Shopify order."""

    posted_at: datetime = column("When Amazon posted it")
    units: int = column("Units refunded whole", unit="units", minimum=0)
    currency: str = column("Currency of the amount (ISO 4217)")
    amount: Decimal = column("Money given back to the buyer", unit="currency of the refund", minimum=0)


FULFILLMENTS = table(
    Fulfillment,
    schema="shopify",
    name="fulfillments",
    key=("fulfillment_id",),
    grain="one row per fulfillment",
    kind="observed",
    team="operations",
)
FULFILLMENT_LINES = table(
    FulfillmentLine,
    schema="shopify",
    name="fulfillment_lines",
    key=("fulfillment_id", "line_item_id"),
    grain="one row per fulfillment and order line",
    kind="observed",
    team="operations",
)
REFUNDS = table(
    Refund,
    schema="shopify",
    name="refunds",
    key=("refund_id",),
    grain="one row per refund",
    kind="observed",
    team="finance",
)
REFUND_LINES = table(
    RefundLine,
    schema="shopify",
    name="refund_lines",
    key=("refund_id", "line_item_id", "restock_type"),
    grain="one row per refund, order line and kind of restocking",
    kind="observed",
    team="finance",
)
ORDER_PACKAGES = table(
    OrderPackage,
    schema="amazon",
    name="order_packages",
    key=("amazon_order_id", "package_reference_id"),
    grain="one row per order and package",
    kind="observed",
    team="operations",
)
PACKAGE_ITEMS = table(
    PackageItem,
    schema="amazon",
    name="package_items",
    key=("amazon_order_id", "package_reference_id", "order_item_id"),
    grain="one row per package and order item",
    kind="observed",
    team="operations",
)
ITEM_CANCELLATIONS = table(
    ItemCancellation,
    schema="amazon",
    name="item_cancellations",
    key=("amazon_order_id", "order_item_id"),
    grain="one row per order item that somebody wanted cancelled, or cancelled",
    kind="observed",
    team="operations",
)
TRANSACTIONS = table(
    Transaction,
    schema="amazon",
    name="transactions",
    key=("transaction_id",),
    grain="one row per transaction",
    kind="observed",
    team="finance",
)
TRANSACTION_LINES = table(
    TransactionLine,
    schema="amazon",
    name="transaction_lines",
    key=("transaction_id", "line"),
    grain="one row per transaction and amount",
    kind="observed",
    team="finance",
)
FULFILMENT_LAG = table(
    FulfilmentLag,
    schema="reconcile",
    name="fulfilment_lag",
    key=("amazon_order_id",),
    grain="one row per Amazon order that is late or about to be",
    kind="derived",
    team="operations",
)
ACCOUNT_HEALTH = table(
    AccountHealth,
    schema="reconcile",
    name="account_health",
    key=("region", "figure", "window_days"),
    grain="one row per region account, figure and window",
    kind="derived",
    team="operations",
)
SHIPMENT_CONFIRMATION = table(
    ShipmentConfirmation,
    schema="actions",
    name="shipment_confirmation",
    key=("effect_id",),
    grain="one row per intended confirmation or correction",
    kind="derived",
    team="operations",
)
FBA_FULFILMENT = table(
    FbaFulfilment,
    schema="actions",
    name="fba_fulfilment",
    key=("effect_id",),
    grain="one row per intended change of an order",
    kind="derived",
    team="operations",
)
ORDER_CANCELLATION = table(
    OrderCancellation,
    schema="actions",
    name="order_cancellation",
    key=("effect_id",),
    grain="one row per intended cancellation",
    kind="derived",
    team="operations",
)
ORDER_REFUND = table(
    OrderRefund,
    schema="actions",
    name="order_refund",
    key=("effect_id",),
    grain="one row per intended refund",
    kind="derived",
    team="finance",
)
OF_ORDERS = (ORDER_PACKAGES, PACKAGE_ITEMS, ITEM_CANCELLATIONS)
"""What the reading of Amazon's orders brings along."""
OBSERVED = (FULFILLMENTS, FULFILLMENT_LINES, REFUNDS, REFUND_LINES, TRANSACTIONS, TRANSACTION_LINES)
COMPARED = (FULFILMENT_LAG, ACCOUNT_HEALTH)
ACTED = (SHIPMENT_CONFIRMATION, FBA_FULFILMENT, ORDER_CANCELLATION, ORDER_REFUND)
TABLES = (*OBSERVED, *OF_ORDERS, *COMPARED, *ACTED)
