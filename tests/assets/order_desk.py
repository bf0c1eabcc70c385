"""The order import between a market in memory and stores on disk: read, import, compare, one after the other."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from integration_assets.contracts.amazon import ORDER_ITEMS
from integration_assets.contracts.amazon import ORDERS as AMAZON_ORDERS
from integration_assets.contracts.orders import ORDER_MATCH, OrderMatch
from integration_assets.contracts.reconcile import SkuMap
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine, StockLevel, Variant
from integration_assets.orders.cycle import Imported, OrderCycle
from integration_assets.orders.findings import report_matches
from integration_assets.orders.importing import KIND, LINK
from integration_assets.orders.plan import OrderBook
from integration_assets.reconcile.order_match import SQL, UNDER_WAY
from resources.amazon import Amazon
from resources.amazon_parts.access import accesses
from resources.clock import ManualClock
from resources.connections import Connections
from resources.ledger import Effect, Ledger
from resources.operating_model import OperatingModel
from resources.pools import CURSOR as POOL_CURSOR
from resources.shopify import Shopify
from resources.shopify_parts.access import ShopifyAccess
from resources.takeover import takeover_at
from resources.warehouse import Observation, Warehouse
from tests.assets.rows import empty_warehouse, make, store
from tests.assets.stage import CREDENTIALS, MONDAY_NINE, model_of
from tests.order_market import Market, ShopOrder, amount
from tests.system.stage import OpenWarehouse

REGION = "eu"
VARIANTS = {sku: f"gid://shopify/ProductVariant/{number}" for number, sku in enumerate(("MUG", "JUG", "BOWL"), 1)}
SETTLED = timedelta(seconds=151)
OVERLAP = timedelta(minutes=10)
LONG_AGO = MONDAY_NINE - timedelta(days=60)


@dataclass
class Desk:
    """An installation whose doors lead to the market."""

    market: Market
    model: OperatingModel
    warehouse: Warehouse
    ledger: Ledger
    clock: ManualClock
    amazon: Amazon
    shopify: Shopify
    amazon_read_until: datetime = LONG_AGO
    shop_read_until: datetime = LONG_AGO

    @property
    def stock(self) -> dict[str, int]:
        """What the shop has, by SKU."""
        return {sku: self.market.stock[variant] for sku, variant in VARIANTS.items() if variant in self.market.stock}

    def observe(self) -> None:
        """Read both sides, as the observing assets do."""
        self.clock.advance(SETTLED.total_seconds())
        self.read_amazon()
        self.read_levels()
        self.read_shop_orders()

    def read_amazon(self) -> None:
        """Read what Amazon tells of orders by now."""
        now = self.clock.now()
        since = self.amazon_read_until - OVERLAP
        read = list(self.amazon.account(REGION).orders(since))
        self.amazon_read_until = max([self.amazon_read_until, *(order.last_updated_at for order, _ in read)])
        self.warehouse.observe_all(
            [
                Observation(table=AMAZON_ORDERS, rows=[order for order, _ in read], complete=False),
                Observation(table=ORDER_ITEMS, rows=[item for _, items in read for item in items], complete=False),
            ],
            seen_at=now,
            cursor=(f"amazon.orders/{REGION}", now.isoformat()),
        )

    def read_shop_orders(self) -> None:
        """Read the shop's orders and their lines."""
        since, self.shop_read_until = self.shop_read_until - OVERLAP, self.clock.now()
        shop = [order for order in self.market.shop.values() if order.updated_at >= since]
        rows = [*map(_order, shop), *(line for order in shop for line in _lines(order))]
        store(self.warehouse, *rows, seen_at=self.clock.now())

    def read_levels(self) -> None:
        """Read what the shop has in stock."""
        levels = [
            make(StockLevel, inventory_item_id=f"item of {sku}", location_id="leeds", available=units)
            for sku, units in self.stock.items()
        ]
        store(self.warehouse, *levels, seen_at=self.clock.now())

    def cycle(self, origin: str = "the test") -> OrderCycle:
        """An import on these doors."""
        return OrderCycle(
            model=self.model,
            shopify=self.shopify,
            amazon=self.amazon,
            warehouse=self.warehouse,
            ledger=self.ledger,
            clock=self.clock,
            origin=origin,
        )

    def take_in(self) -> Imported:
        """Read both sides and import."""
        self.observe()
        return self.cycle().run(REGION)

    def compare(self) -> dict[str, OrderMatch]:
        """Read both sides and compare them, by Amazon order id."""
        self.observe()
        book = OrderBook(model=self.model, warehouse=self.warehouse, ledger=self.ledger, clock=self.clock)
        asked = {
            "since": book.import_from(),
            "fba": self.model.orders.fba,
            "fresh_since": self.clock.now() - UNDER_WAY,
        }
        self.warehouse.rebuild(ORDER_MATCH, SQL, asked)
        rows = self.warehouse.rows(ORDER_MATCH)
        report_matches(self.ledger, self.warehouse, rows, self.clock, since=book.import_from())
        return {row.amazon_order_id: row for row in rows}

    def effect(self, order_id: str) -> Effect:
        """The newest import of an order."""
        return self.ledger.newest_of(KIND, REGION, [order_id])[order_id]

    def links(self) -> dict[str, str]:
        """Amazon order id -> Shopify order id."""
        return {link.left_id: link.right_id for link in self.ledger.links(LINK)}

    def exceptions(self) -> set[tuple[str, str]]:
        """Kind and order of every open exception."""
        return {(one.kind, one.identity.partition("/")[2]) for one in self.ledger.open_exceptions()}


@contextmanager
def order_desk(
    home: Path, *, seed: int = 7, trouble: float = 0.0, live: bool = True, **settings: object
) -> Iterator[Desk]:
    """An installation that took over an hour ago; `settings` are of the section `[orders]`."""
    clock = ManualClock(MONDAY_NINE)
    base = model_of(home, "http://127.0.0.1:9", (REGION,), "")
    model = base.model_copy(
        update={
            "mode": base.mode.model_copy(update={"order_import": "live" if live else "preview"}),
            "orders": base.orders.model_copy(update=settings),
        }
    )
    connections = Connections(model, CREDENTIALS, clock=clock)
    market = Market(clock, seed=seed, trouble=trouble)
    market.stock = dict.fromkeys(VARIANTS.values(), 10)
    shutil.copytree(_furnished()[0], model.data_dir, dirs_exist_ok=True)
    dice = random.Random(seed)
    amazon = Amazon(
        accesses(model, connections.secrets),
        connections.ledger,
        clock,
        transport=httpx.MockTransport(market.amazon),
        dice=dice,
    )
    shopify = Shopify(
        ShopifyAccess("example-brand.myshopify.com", access_token="sample-not-a-token"),
        clock,
        transport=httpx.MockTransport(market.shopify),
        dice=dice,
    )
    warehouse = OpenWarehouse(model.warehouse_path, clock)
    desk = Desk(market, model, warehouse, connections.ledger, clock, amazon, shopify)
    clock.advance(3600)
    try:
        yield desk
    finally:
        warehouse.close()
        connections.ledger.close()
        amazon.close()
        shopify.close()


@cache
def _furnished() -> tuple[Path, TemporaryDirectory[str]]:
    """The stores of an installation that has just taken over and knows the catalogue: making them takes the longest."""
    folder = TemporaryDirectory(prefix="instep-orders-")
    model = model_of(Path(folder.name), "http://127.0.0.1:9", (REGION,), "")
    connections = Connections(model, CREDENTIALS, clock=ManualClock(MONDAY_NINE))
    takeover_at(connections.ledger, model, connections.clock)
    connections.ledger.set_cursor(POOL_CURSOR, json.dumps({"leeds": "Leeds"}))
    connections.ledger.close()
    empty_warehouse(model.warehouse_path)
    mapped = {sku: {"variant_id": variant, "inventory_item_id": f"item of {sku}"} for sku, variant in VARIANTS.items()}
    store(
        connections.warehouse,
        *(make(Variant, sku=sku, **ids) for sku, ids in mapped.items()),
        *(make(SkuMap, seller_sku=sku, **ids) for sku, ids in mapped.items()),
        seen_at=MONDAY_NINE,
    )
    return model.data_dir, folder


def _order(order: ShopOrder) -> ShopifyOrder:
    mark = order.metafields.get("amazon_order_id")
    return make(
        ShopifyOrder,
        shopify_order_id=order.gid,
        name=order.given.get("name") or f"#{order.number}",
        source_identifier=order.amazon_order_id,
        amazon_order_id=mark or order.amazon_order_id,
        created_at=order.created_at,
        updated_at=order.updated_at,
        cancelled_at=order.cancelled_at,
        fulfillment_status=order.fulfillment_status,
        currency=order.given["currency"],
        total=order.total,
        original_total=order.total,
        tags=tuple(order.tags),
    )


def _lines(order: ShopOrder) -> Iterator[ShopifyOrderLine]:
    skus = {variant: sku for sku, variant in VARIANTS.items()}
    for place, line in enumerate(order.given["lineItems"]):
        yield make(
            ShopifyOrderLine,
            line_item_id=order.line(place),
            shopify_order_id=order.gid,
            variant_id=line.get("variantId"),
            sku=skus.get(line.get("variantId"), line.get("sku")),
            quantity=line["quantity"],
            current_quantity=line["quantity"],
            unit_price=amount(line),
            currency=order.given["currency"],
        )


def later(desk: Desk, **span: float) -> datetime:
    """Let time pass."""
    return desk.clock.advance(timedelta(**span).total_seconds())
