"""Fulfilment between a market in memory and stores on disk: read both sides, confirm, fulfil, cancel, refund."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS
from integration_assets.contracts.fulfilment import (
    FULFILLMENT_LINES,
    FULFILLMENTS,
    ITEM_CANCELLATIONS,
    ORDER_PACKAGES,
    PACKAGE_ITEMS,
    REFUND_LINES,
    REFUNDS,
    TRANSACTION_LINES,
    TRANSACTIONS,
    Fulfillment,
    FulfillmentLine,
    FulfilmentLag,
    Refund,
    RefundLine,
)
from integration_assets.contracts.reconcile import SKU_MAP, SkuMap
from integration_assets.contracts.shopify import ORDER_LINES, ShopifyOrder, ShopifyOrderLine
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.contracts.table import Row, Table
from integration_assets.fulfilment.cycle import Cycle, Done
from integration_assets.fulfilment.findings import Findings
from integration_assets.fulfilment.journal import CONFIRMATIONS, record
from integration_assets.reconcile.fulfilment_lag import lagging
from resources.amazon import Amazon
from resources.amazon_parts.access import accesses
from resources.amazon_parts.shipments import read_order
from resources.clock import ManualClock
from resources.connections import Connections
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.shopify_parts.access import ShopifyAccess
from resources.shopify_parts.refunds import mark_in
from resources.takeover import takeover_at
from resources.warehouse import Observation, Warehouse
from tests.assets.rows import empty_warehouse, make
from tests.assets.stage import CREDENTIALS, MONDAY_NINE, model_of
from tests.fulfilment_market import InShop, Market, OnAmazon
from tests.system.stage import OpenWarehouse

REGION = "eu"
SKUS = 4
MODES = ("shipment_confirmation", "fba_fulfilment", "order_cancellation", "order_refund")


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
    _told: dict[str, list[Row]] = field(default_factory=dict)

    def cycle(self, origin: str = "the test") -> Cycle:
        """The work on these doors."""
        return Cycle(
            model=self.model,
            shopify=self.shopify,
            amazon=self.amazon,
            warehouse=self.warehouse,
            ledger=self.ledger,
            clock=self.clock,
            origin=origin,
        )

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        return self.clock.advance(timedelta(**span).total_seconds())

    # --- reading --------------------------------------------------------------------------------------------------

    def observe(self) -> None:
        """Read both sides, as the observing assets do."""
        self.read_amazon(self.market.amazon.values())
        self.read_shop(self.market.shop.values())

    def read_amazon(self, orders: Iterable[OnAmazon]) -> None:
        """Read these orders on Amazon, with their packages."""
        read = [read_order(self.market.body(order), region=REGION) for order in orders]
        self._keep(
            (ORDERS, [each.order for each in read]),
            (ORDER_ITEMS, [item for each in read for item in each.items]),
            (ORDER_PACKAGES, [package for each in read for package in each.packages]),
            (PACKAGE_ITEMS, [item for each in read for item in each.package_items]),
            (ITEM_CANCELLATIONS, [item for each in read for item in each.cancellations]),
        )

    def read_shop(self, orders: Iterable[InShop]) -> None:
        """Read these orders in the shop, with what left and what was taken back."""
        booked = list(orders)
        self._keep(
            (SHOPIFY_ORDERS, [_order(each) for each in booked]),
            (ORDER_LINES, [line for each in booked for line in _lines(each)]),
            (FULFILLMENTS, [row for each in booked for row in _fulfillments(each)]),
            (FULFILLMENT_LINES, [row for each in booked for row in _fulfillment_lines(each)]),
            (REFUNDS, [row for each in booked for row in _refunds(each)]),
            (REFUND_LINES, [row for each in booked for row in _refund_lines(each)]),
        )

    def read_transactions(self) -> None:
        """Read what Amazon has posted, through the door."""
        self.later(minutes=3)
        read = self.amazon.account(REGION).transactions(MONDAY_NINE - timedelta(days=10))
        self._keep(
            (TRANSACTIONS, [each.transaction for each in read]),
            (TRANSACTION_LINES, [line for each in read for line in each.lines]),
        )

    def _keep(self, *found: tuple[Table[Any], Sequence[Row]]) -> None:
        """Store what was read; what says the same as the last time costs nothing."""
        news = [
            Observation(table=table, rows=rows, complete=False)
            for table, rows in found
            if rows and self._told.get(table.sql_name) != list(rows)
        ]
        self._told.update((table.sql_name, list(rows)) for table, rows in found)
        if news:
            self.warehouse.observe_all(news, seen_at=self.clock.now())

    # --- working --------------------------------------------------------------------------------------------------

    def confirm(self) -> Done:
        """Read both sides and tell Amazon what it does not know."""
        self.observe()
        done = self.cycle().confirm(REGION)
        live = self.model.mode.shipment_confirmation == "live"
        record(CONFIRMATIONS, self.warehouse, self.ledger, REGION, done.planned, self.clock.now(), live=live)
        return done

    def fulfil(self) -> Done:
        """Read both sides and mark what Amazon has shipped."""
        self.observe()
        return self.cycle().fulfil(REGION)

    def cancel(self) -> Done:
        """Read both sides and take over what Amazon has cancelled."""
        self.observe()
        return self.cycle().cancel(REGION)

    def refund(self) -> Done:
        """Read both sides and what was posted, and record what Amazon has refunded."""
        self.read_transactions()
        self.observe()
        return self.cycle().refund(REGION)

    def lag(self) -> dict[str, FulfilmentLag]:
        """Read both sides and say what is late, by Amazon order id; exceptions are brought up to date."""
        self.observe()
        rows = lagging(self.warehouse, self.ledger, self.model, self.clock)
        Findings(self.ledger).lag([REGION], rows)
        return {row.amazon_order_id: row for row in rows}

    # --- looking --------------------------------------------------------------------------------------------------

    def states(self, kind: str = "shipment_confirmation") -> list[str]:
        """The states of the newest effects of a kind, by subject."""
        newest = self.ledger.newest(kind, REGION)
        return [newest[subject].state for subject in sorted(newest)]

    def exceptions(self) -> set[tuple[str, str]]:
        """Kind and identity, without the region, of every open exception."""
        return {(one.kind, one.identity.partition("/")[2]) for one in self.ledger.open_exceptions()}

    def sent(self, operation: str) -> int:
        """Calls of an operation so far."""
        return self.market.calls[operation]


@contextmanager
def fulfilment_desk(
    home: Path,
    *,
    seed: int = 7,
    trouble: float = 0.0,
    deaths: float = 0.0,
    live: bool = True,
    **settings: object,
) -> Iterator[Desk]:
    """An installation that took over an hour ago; `settings` are of the section `[fulfilment]`."""
    clock = ManualClock(MONDAY_NINE)
    base = model_of(home, "http://127.0.0.1:9", (REGION,), "")
    model = base.model_copy(
        update={
            "mode": base.mode.model_copy(update=dict.fromkeys(MODES, "live" if live else "preview")),
            "fulfilment": base.fulfilment.model_copy(update=settings),
        }
    )
    connections = Connections(model, CREDENTIALS, clock=clock)
    market = Market(clock, seed=seed, trouble=trouble, deaths=deaths)
    empty_warehouse(model.warehouse_path)
    dice = random.Random(seed)
    amazon = Amazon(
        accesses(model, connections.secrets),
        connections.ledger,
        clock,
        transport=httpx.MockTransport(market.on_amazon),
        dice=dice,
    )
    shopify = Shopify(
        ShopifyAccess("example-brand.myshopify.com", access_token="sample-not-a-token"),
        clock,
        transport=httpx.MockTransport(market.on_shopify),
        dice=dice,
    )
    warehouse = OpenWarehouse(model.warehouse_path, clock)
    desk = Desk(market, model, warehouse, connections.ledger, clock, amazon, shopify)
    takeover_at(desk.ledger, model, clock)
    clock.advance(3600)
    warehouse.replace(
        SKU_MAP,
        [
            make(SkuMap, seller_sku=f"SKU-{number}", variant_id=f"gid://shopify/ProductVariant/{number}")
            for number in range(1, SKUS + 1)
        ],
    )
    try:
        yield desk
    finally:
        warehouse.close()
        connections.ledger.close()
        amazon.close()
        shopify.close()


def _order(booked: InShop) -> ShopifyOrder:
    whole = all(booked.shipped(line) >= units for line, units in booked.lines.items())
    some = any(booked.shipped(line) for line in booked.lines)
    return make(
        ShopifyOrder,
        shopify_order_id=booked.gid,
        name=f"#{booked.number}",
        source_identifier=booked.amazon_order_id,
        amazon_order_id=booked.amazon_order_id,
        created_at=booked.created_at,
        cancelled_at=booked.cancelled_at,
        fulfillment_status="FULFILLED" if whole else "PARTIALLY_FULFILLED" if some else "UNFULFILLED",
    )


def _lines(booked: InShop) -> Iterator[ShopifyOrderLine]:
    for line, units in booked.lines.items():
        yield make(
            ShopifyOrderLine,
            line_item_id=line,
            shopify_order_id=booked.gid,
            variant_id=booked.variants[line],
            sku=None,
            quantity=units,
            current_quantity=booked.current(line),
        )


def _fulfillments(booked: InShop) -> Iterator[Fulfillment]:
    for left in booked.left.values():
        yield Fulfillment(
            fulfillment_id=f"gid://shopify/Fulfillment/{left.number}",
            shopify_order_id=booked.gid,
            amazon_order_id=booked.amazon_order_id,
            status=left.status,
            tracking_company=left.company,
            tracking_numbers=(left.tracking,) if left.tracking else (),
            created_at=left.created_at,
            updated_at=left.updated_at,
            in_transit_at=None,
            delivered_at=None,
        )


def _fulfillment_lines(booked: InShop) -> Iterator[FulfillmentLine]:
    for left in booked.left.values():
        for line, units in left.lines.items():
            yield FulfillmentLine(
                fulfillment_id=f"gid://shopify/Fulfillment/{left.number}",
                line_item_id=line,
                variant_id=booked.variants[line],
                sku=None,
                quantity=units,
            )


def _refunds(booked: InShop) -> Iterator[Refund]:
    for back in booked.back:
        yield Refund(
            refund_id=f"gid://shopify/Refund/{back.number}",
            shopify_order_id=booked.gid,
            amazon_order_id=booked.amazon_order_id,
            mark=mark_in(back.note),
            created_at=datetime.fromisoformat(back.processed_at),
            processed_at=datetime.fromisoformat(back.processed_at),
            currency="GBP",
            amount=back.amount,
        )


def _refund_lines(booked: InShop) -> Iterator[RefundLine]:
    for back in booked.back:
        for line in back.lines:
            yield RefundLine(
                refund_id=f"gid://shopify/Refund/{back.number}",
                line_item_id=line["lineItemId"],
                restock_type=line["restockType"],
                quantity=line["quantity"],
            )
