"""The state both services share: one brand's shop, its Amazon accounts, and what was planted to go wrong.

Everything is changed under `World.lock`. Time only moves by `World.catch_up()`, which every request calls first: it
carries out the events that have fallen due, so trading, delayed effects and deliveries follow the sandbox clock.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.order_records import (
    Fulfillment,
    FulfillmentOrder,
    Metafield,
    MetafieldDefinition,
    Payment,
    Refund,
    ShippingLine,
    TaxLine,
)


@dataclass
class Location:
    """A Shopify location. `id` is the number inside the GID."""

    id: int
    name: str
    is_active: bool = True
    fulfills_online_orders: bool = True
    ships_inventory: bool = True
    is_fulfillment_service: bool = False


@dataclass
class Level:
    """An inventory level; on_hand = available + committed (+ other), available may be negative."""

    item_id: int
    location_id: int
    available: int
    committed: int = 0
    other: int = 0
    is_active: bool = True
    updated_at: datetime | None = None

    @property
    def on_hand(self) -> int:
        """Shopify's identity of quantities."""
        return self.available + self.committed + self.other


@dataclass
class Variant:
    """A variant with its inventory item."""

    id: int
    product_id: int
    item_id: int
    sku: str | None
    barcode: str | None
    title: str
    price: Decimal
    tracked: bool
    updated_at: datetime
    components: list[tuple[int, int]] = field(default_factory=list)
    """(component variant id, units) when the variant is a bundle."""
    cost: Decimal | None = None


@dataclass
class Product:
    """A product and its variants' ids."""

    id: int
    title: str
    status: str
    vendor: str
    tags: list[str]
    variant_ids: list[int]
    updated_at: datetime
    description_html: str = ""
    images: list[str] = field(default_factory=list)
    metafields: dict[str, str] = field(default_factory=dict)
    """`namespace.key` -> text."""


@dataclass
class ShopOrderLine:
    """A line of a Shopify order."""

    id: int
    variant_id: int | None
    sku: str | None
    title: str
    quantity: int
    current_quantity: int
    """Units still on the order: not removed and not refunded."""
    unit_price: Decimal
    variant_title: str | None = None
    requires_shipping: bool = True
    taxable: bool = True
    taxes: list[TaxLine] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)
    discount: Decimal = Decimal(0)
    """This line's share of the order's discount, for all units together."""
    fulfilled: int = 0
    returned: int = 0
    """Of the fulfilled units, those that a refund has taken off again."""

    @property
    def unfulfilled(self) -> int:
        """Units on the order that have not left."""
        return self.current_quantity - self.fulfilled + self.returned


@dataclass
class ShopOrder:
    """A Shopify order. `customer` and `address` hold canary personal data that must never be stored by a reader."""

    id: int
    name: str
    source_identifier: str | None
    source_name: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    currency: str
    lines: list[ShopOrderLine]
    tags: list[str] = field(default_factory=list)
    cancelled_at: datetime | None = None
    financial_status: str | None = "PAID"
    fulfillment_status: str = "UNFULFILLED"
    email: str | None = None
    customer: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    billing_address: dict[str, str] = field(default_factory=dict)
    phone: str | None = None
    note: str | None = None
    po_number: str | None = None
    source_url: str | None = None
    test: bool = False
    closed_at: datetime | None = None
    cancel_reason: str | None = None
    taxes_included: bool = False
    order_taxes: list[TaxLine] = field(default_factory=list)
    """Taxes told for the order as a whole; then the lines have none."""
    shipping: list[ShippingLine] = field(default_factory=list)
    shipping_discount: Decimal = Decimal(0)
    discount_code: str | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)
    """Keyed by (namespace, key)."""


@dataclass
class WebhookSubscription:
    """A shop-specific subscription; removed after 8 failed deliveries in a row, as the real one is."""

    id: int
    topic: str
    uri: str
    created_at: datetime
    failures: int = 0


@dataclass
class ShopSettings:
    """What a control door may set of the shop's ways; the defaults are those of a paid shop that does as it says."""

    orders_per_minute: int | None = None
    """How many orders may be made by orderCreate in a minute: 5 in a development store, None without a limit."""
    search_lag_seconds: float = 0.0
    """A search does not find what changed in the last so many seconds."""
    currencies: list[str] | None = None
    """The currencies an order may be in; None for any."""
    job_seconds: float = 1.0
    """How long a job takes that cancels an order."""
    unique_marks: bool = True
    """Whether orderCreate refuses a unique metafield that is taken; else it makes the order without the metafield."""


@dataclass
class Shop:
    """The Shopify store."""

    domain: str = "example-brand.myshopify.com"
    name: str = "Example Brand"
    currency: str = "GBP"
    timezone: str = "Europe/London"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    static_token: str = "shpat_sandbox"
    scopes: list[str] = field(
        default_factory=lambda: [
            "read_products",
            "read_locations",
            "write_locations",
            "read_inventory",
            "write_inventory",
            "read_orders",
            "write_orders",
            "read_merchant_managed_fulfillment_orders",
            "write_merchant_managed_fulfillment_orders",
            "write_fulfillments",
            "write_assigned_fulfillment_orders",
            "write_third_party_fulfillment_orders",
        ]
    )
    locations: dict[int, Location] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    variants: dict[int, Variant] = field(default_factory=dict)
    levels: dict[tuple[int, int], Level] = field(default_factory=dict)
    """Keyed by (inventory item id, location id)."""
    orders: dict[int, ShopOrder] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    """Fulfillment orders, fulfillments and refunds by number -> the order they hang on."""
    subscriptions: dict[int, WebhookSubscription] = field(default_factory=dict)
    definitions: dict[tuple[str, str, str], MetafieldDefinition] = field(default_factory=dict)
    """Keyed by (owner type, namespace, key)."""
    settings: ShopSettings = field(default_factory=ShopSettings)
    extra: dict[str, Any] = field(default_factory=dict)
    """State of the service itself: tokens, cost bucket, idempotency keys, bulk operations."""


@dataclass
class AmazonListing:
    """A listing of a region account. MFN quantity is one number for all its marketplaces."""

    sku: str
    asin: str
    listing_id: str
    title: str
    product_type: str
    barcode: str | None
    prices: dict[str, Decimal]
    """marketplace id -> price in that marketplace's currency."""
    statuses: dict[str, str]
    """marketplace id -> Active | Inactive | Incomplete."""
    channels: list[str]
    """DEFAULT for MFN, AMAZON_EU / AMAZON_NA / AMAZON_JP for FBA; both when the offer is mixed."""
    quantity: int
    """What buyers can buy under DEFAULT: what fulfillmentAvailability shows."""
    attribute_quantity: int
    """What attributes.fulfillment_availability says: may lag or lie."""
    lead_time_days: int | None
    restock_date: str | None
    created_at: datetime
    updated_at: datetime
    fnsku: str | None = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    submitted_prices: dict[str, Decimal] = field(default_factory=dict)
    """marketplace id -> price that the attributes say, where one was submitted: buyers may not see it yet."""
    offer_extras: dict[str, dict[str, Any]] = field(default_factory=dict)
    """marketplace id -> what else stands in purchasable_offer there, such as discounted_price."""
    weight_grams: int | None = 450
    content: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """marketplace id -> content attribute -> its entry, where one was submitted."""
    suppressed: set[str] = field(default_factory=set)
    """marketplace ids where buyers neither find nor buy it."""


@dataclass
class FbaStock:
    """FBA units of one fnsku in one pool (UK, EU, NA, JP)."""

    fnsku: str
    sku: str
    asin: str
    pool: str
    marketplaces: list[str]
    fulfillable: int
    reserved: int = 0
    inbound: int = 0
    unfulfillable: int = 0
    researching: int = 0
    updated_at: datetime | None = None


@dataclass
class AmazonOrderItem:
    """An item of an Amazon order. Amounts beside `unit_price` are for all its units together, never negative."""

    id: str
    sku: str
    asin: str
    title: str
    quantity: int
    """As ordered: cancelled units stay in it."""
    shipped: int
    unit_price: Decimal
    cancelled: int = 0
    shipping: Decimal = Decimal(0)
    gift_wrap: Decimal = Decimal(0)
    promotion: Decimal = Decimal(0)
    shipping_promotion: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    """On the goods; it comes on top of the price."""
    shipping_tax: Decimal = Decimal(0)
    gift_wrap_tax: Decimal = Decimal(0)
    collected_by_amazon: bool = False
    """Whether Amazon pays the taxes to the state."""
    promotion_ids: list[str] = field(default_factory=list)
    points: int = 0
    gift_message: str | None = None
    gift_level: str | None = None
    cancel_request: str | None = None
    """The buyer's reason for asking that it be cancelled."""
    cancelled_by: str | None = None
    """BUYER, MERCHANT or AMAZON."""
    cancel_reason: str | None = None

    @property
    def left(self) -> int:
        """Units that are still to be shipped."""
        return self.quantity - self.cancelled - self.shipped


@dataclass
class AmazonPackage:
    """A package of a merchant-fulfilled order, as it was confirmed. `items` is order item id -> units."""

    reference: str
    carrier_code: str
    carrier_name: str | None
    tracking_number: str
    shipping_method: str | None
    shipped_at: datetime
    created_at: datetime
    items: dict[str, int]
    status: str = "SHIPPED"


@dataclass
class AmazonOrder:
    """An Amazon order in Orders 2026-01-01 terms. `buyer` and `address` hold canary personal data."""

    id: str
    marketplace_id: str
    channel_name: str
    created_at: datetime
    updated_at: datetime
    status: str
    fulfilled_by: str
    items: list[AmazonOrderItem]
    currency: str
    ship_by: datetime | None = None
    buyer: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] | None = None
    packages: dict[str, AmazonPackage] = field(default_factory=dict)
    """Keyed by packageReferenceId."""
    tip: Decimal = Decimal(0)
    programs: list[str] = field(default_factory=list)
    payment_method: str | None = None
    merchant_order_id: str = ""
    """The shop's own number of the order, where it is the echo of a Multi-Channel order."""


@dataclass
class AmazonAccount:
    """One seller account of one region. The refresh token decides which account a token speaks for."""

    region: str
    seller_id: str
    marketplace_ids: list[str]
    refresh_token: str
    client_id: str = "amzn1.application-oa2-client.sandbox"
    client_secret: str = "amzn1.oa2-cs.v1.sandbox"
    listings: dict[str, AmazonListing] = field(default_factory=dict)
    fba: dict[tuple[str, str], FbaStock] = field(default_factory=dict)
    """Keyed by (pool, fnsku)."""
    orders: dict[str, AmazonOrder] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """State of the service itself: tokens, reports, feeds, documents."""


@dataclass
class RequestRecord:
    """One call in the request log. `effect` says what it changed ('' when nothing), `outcome` how it ended."""

    seq: int
    at: datetime
    service: str
    operation: str
    method: str
    path: str
    status: int
    outcome: str
    effect: str
    subject: str
    request_id: str
    cost: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class Fault:
    """A fault switched on at the control door.

    `match` is an operation name or '*'; `kind` one of the names listed in sandbox/faults.py; `times` how many calls it
    hits (None: until removed); `probability` the chance per call.
    """

    id: int
    match: str
    kind: str
    times: int | None = None
    probability: float = 1.0
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Planted:
    """One trouble of the answer key: what was broken, and what a good pipeline says of it."""

    kind: str
    region: str | None
    sku: str | None
    expected: dict[str, Any]
    told: str
    at: datetime


class World:
    """All the state of one sandbox, its clock, its dice and its agenda."""

    def __init__(self, *, seed: int, clock: SandboxClock) -> None:
        self.seed = seed
        self.clock = clock
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.shop = Shop()
        self.accounts: dict[str, AmazonAccount] = {}
        self.requests: list[RequestRecord] = []
        self.faults: dict[int, Fault] = {}
        self.answers: list[Planted] = []
        self.webhook_outbox: list[tuple[str, dict[str, Any], datetime]] = []
        """(topic, payload, triggered at): the Shopify side takes them from here and delivers them."""
        self._ids = itertools.count(1)
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._event = threading.local()

    def now(self) -> datetime:
        """The sandbox's present; inside an event of the agenda, the moment for which it was planned."""
        planned: datetime | None = getattr(self._event, "at", None)
        return planned or self.clock.now()

    def next_id(self) -> int:
        """A number no other record of this world has."""
        return next(self._ids)

    def at(self, when: datetime, event: Callable[[], object]) -> None:
        """Put an event on the agenda."""
        heapq.heappush(self._agenda, (when, self.next_id(), event))

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Put an event on the agenda, `seconds` of sandbox time from now."""
        self.at(self.now() + timedelta(seconds=seconds), event)

    def catch_up(self) -> None:
        """Carry out every event that has fallen due, in order of time; each believes that its own moment is now."""
        with self.lock:
            now = self.clock.now()
            while self._agenda and self._agenda[0][0] <= now:
                when, _, event = heapq.heappop(self._agenda)
                self._event.at = when
                try:
                    event()
                finally:
                    self._event.at = None

    def level(self, item_id: int, location_id: int) -> Level:
        """The level, made with zero units where the item was never stocked."""
        key = (item_id, location_id)
        if key not in self.shop.levels:
            self.shop.levels[key] = Level(item_id, location_id, 0, updated_at=self.now())
        return self.shop.levels[key]

    def set_available(self, item_id: int, location_id: int, available: int, *, committed: int | None = None) -> None:
        """Change a level and announce it as `inventory_levels/update`, whoever did it: the real shop echoes too."""
        with self.lock:
            level = self.level(item_id, location_id)
            level.available = available
            if committed is not None:
                level.committed = committed
            level.updated_at = self.now()
            payload = {
                "inventory_item_id": item_id,
                "location_id": location_id,
                "available": available,
                "updated_at": level.updated_at.isoformat(),
                "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{location_id}?inventory_item_id={item_id}",
            }
            self.webhook_outbox.append(("inventory_levels/update", payload, level.updated_at))
