"""The analysts' copy of a brand that has traded a little: one of everything that the guide and the views ask for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from integration_assets.contracts.actions import StockPush
from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.reconcile import InventoryDrift, SkuMap, StockPosition
from integration_assets.contracts.shopify import ShopifyOrder, StockLevel, Variant
from integration_assets.publish.analysts import publish
from integration_assets.reconcile.exceptions import exceptions
from integration_assets.reconcile.service_health import service_health
from tests.assets.rows import make, store
from tests.assets.stage import MONDAY_NINE, House, house


def a_copy(folder: Path) -> Path:
    """Fill a warehouse in the folder by hand, publish it, and answer where the copy is."""
    with house(folder) as home:
        _trade(home)
        return publish(home.warehouse, home.connections.model.published_dir).database


def _trade(home: House) -> None:
    """A SKU that is out of step, an order on both sides, a push that took two minutes, an exception."""
    store(home.warehouse, make(Variant, product_title="Mug", title="Blue"))
    store(home.warehouse, make(StockLevel, available=18))
    store(home.warehouse, make(SkuMap, seller_sku="OLD-LAMP", status="unmapped"))
    store(home.warehouse, make(StockPosition, target=18, shown=43, verdict="leak", cause="ownership_leak"))
    store(home.warehouse, make(InventoryDrift, target=18, shown=43, difference=25, cause="ownership_leak"))
    order = make(AmazonOrder, fulfilled_by="MERCHANT", created_at=MONDAY_NINE)
    store(home.warehouse, order)
    store(home.warehouse, make(AmazonOrderItem, amazon_order_id=order.amazon_order_id, quantity_ordered=3))
    later = MONDAY_NINE + timedelta(minutes=7)
    store(home.warehouse, make(ShopifyOrder, source_identifier=order.amazon_order_id, created_at=later))
    seen_at = MONDAY_NINE + timedelta(seconds=120)
    store(home.warehouse, make(StockPush, state="verified", attempts=2, decided_at=MONDAY_NINE, verified_at=seen_at))
    facts = {"region": "eu", "seller_sku": "MUG", "units": 2, "available": 1, "held": 3}
    home.ledger.raise_exception("oversold", "eu/MUG", "operations", "urgent", "Two more.", facts)
    home.materialize(service_health, exceptions)
