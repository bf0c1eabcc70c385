"""Literal rows for a warehouse that is filled by hand: each test names what it speaks of, the rest is filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integration_assets.contracts import registry
from integration_assets.contracts.actions import StockPush
from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability, FbaInventory, Listing
from integration_assets.contracts.money import OrderMargin, OrderMoney, UnitCost
from integration_assets.contracts.reconcile import InventoryDrift, SkuMap, StockPosition
from integration_assets.contracts.settlements import Settlement, SettlementLine
from integration_assets.contracts.shopify import (
    BundleComponent,
    Location,
    ShopifyOrder,
    ShopifyOrderLine,
    StockLevel,
    Variant,
)
from integration_assets.contracts.table import R, Row, Table
from resources.clock import ManualClock
from resources.warehouse import Observation, Warehouse

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UK, DE = "A1F83G8C2ARO7P", "A1PA6795UKMFR9"
TABLES: dict[type[Row], Table[Any]] = {table.row: table for table in registry.TABLES}
ORDINARY: dict[type[Row], dict[str, Any]] = {
    Location: {
        "location_id": "leeds",
        "name": "Leeds",
        "is_active": True,
        "fulfills_online_orders": True,
        "is_fulfillment_service": False,
    },
    Variant: {
        "variant_id": "variant",
        "product_id": "product",
        "inventory_item_id": "item",
        "sku": "MUG",
        "barcode": None,
        "product_title": "Mug",
        "title": "Blue",
        "product_status": "ACTIVE",
        "tags": (),
        "price": Decimal("9.99"),
        "is_tracked": True,
        "is_bundle": False,
        "updated_at": NINE - timedelta(days=9),
    },
    BundleComponent: {"bundle_variant_id": "bundle", "component_variant_id": "variant", "units": 1},
    StockLevel: {
        "inventory_item_id": "item",
        "location_id": "leeds",
        "available": 10,
        "on_hand": 10,
        "committed": 0,
        "is_active": True,
        "updated_at": None,
    },
    ShopifyOrder: {
        "shopify_order_id": "order",
        "name": "#1001",
        "source_identifier": None,
        "source_name": "web",
        "amazon_order_id": None,
        "created_at": NINE - timedelta(hours=1),
        "processed_at": NINE - timedelta(hours=1),
        "updated_at": NINE - timedelta(hours=1),
        "cancelled_at": None,
        "financial_status": "PAID",
        "fulfillment_status": "UNFULFILLED",
        "currency": "GBP",
        "total": Decimal("9.99"),
        "original_total": Decimal("9.99"),
        "tax": None,
        "shipping": None,
        "discounts": None,
        "refunded": None,
        "tags": (),
    },
    ShopifyOrderLine: {
        "line_item_id": "line",
        "shopify_order_id": "order",
        "variant_id": "variant",
        "sku": "MUG",
        "quantity": 1,
        "current_quantity": 1,
        "unit_price": Decimal("9.99"),
        "currency": "GBP",
    },
    Listing: {
        "region": "eu",
        "marketplace_id": UK,
        "seller_sku": "MUG",
        "listing_id": None,
        "asin": "B000000001",
        "title": "Mug",
        "price": Decimal("9.99"),
        "quantity": 8,
        "fulfillment_channel": "DEFAULT",
        "status": "Active",
        "product_id": None,
    },
    Availability: {
        "region": "eu",
        "seller_sku": "MUG",
        "fulfillment_channels": ("DEFAULT",),
        "quantity": 8,
        "product_type": "MUG",
        "issue_codes": (),
        "read_at": NINE,
    },
    FbaInventory: {
        "region": "eu",
        "pool": "UK",
        "fnsku": "X001",
        "seller_sku": "MUG-FBA",
        "asin": "B000000001",
        "condition": "NewItem",
        "fulfillable": 5,
        "reserved": 1,
        "inbound": 2,
        "unfulfillable": 0,
        "researching": 0,
        "total": 8,
    },
    AmazonOrder: {
        "amazon_order_id": "202-0000001-0000001",
        "region": "eu",
        "marketplace_id": UK,
        "channel_name": "AMAZON",
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "created_at": NINE - timedelta(hours=1),
        "last_updated_at": NINE - timedelta(hours=1),
        "ship_by_at": None,
        "deliver_by_at": None,
        "service_level": "STANDARD",
        "currency": "GBP",
        "total": Decimal("9.99"),
        "order_charges": Decimal(0),
    },
    AmazonOrderItem: {
        "amazon_order_id": "202-0000001-0000001",
        "order_item_id": "1",
        "seller_sku": "MUG",
        "asin": "B000000001",
        "quantity_ordered": 1,
        "quantity_fulfilled": 0,
        "quantity_unfulfilled": 1,
        "quantity_cancelled": 0,
        "title": "Mug",
        "gift_wrap_level": None,
        "currency": "GBP",
        "unit_price": Decimal("9.99"),
        "item_total": Decimal("9.99"),
        "item_price": Decimal("9.99"),
        "shipping_price": Decimal(0),
        "gift_wrap_price": Decimal(0),
        "other_charges": Decimal(0),
        "promotion": Decimal(0),
        "shipping_promotion": Decimal(0),
        "tax": Decimal(0),
        "shipping_tax": Decimal(0),
        "gift_wrap_tax": Decimal(0),
        "tax_collected_by": None,
    },
    SkuMap: {
        "region": "eu",
        "seller_sku": "MUG",
        "asin": "B000000001",
        "fulfillment": "mfn",
        "match": "exact",
        "status": "mapped",
        "variant_id": "variant",
        "inventory_item_id": "item",
        "reason": "",
    },
    StockPosition: {
        "region": "eu",
        "seller_sku": "MUG",
        "variant_id": "variant",
        "inventory_item_id": "item",
        "available": 10,
        "by_location": '{"Leeds": 10}',
        "held_for_orders": 0,
        "presumed_sold": 0,
        "share_percent": 100,
        "buffer_rule": "default: 2 units",
        "target": 8,
        "shown": 8,
        "shown_at": NINE,
        "last_applied": None,
        "last_applied_at": None,
        "effect_state": None,
        "effect_at": None,
        "verdict": "in_step",
        "cause": "",
        "leak_units": 0,
        "oversold": 0,
        "last_explained": None,
        "last_explained_at": None,
        "computed_at": NINE,
        "missing": "",
        "reason": "10 available, 2 kept back: 8 to show",
    },
    InventoryDrift: {
        "region": "eu",
        "seller_sku": "MUG",
        "direction": "over",
        "target": 8,
        "shown": 9,
        "difference": 1,
        "cause": "not_yet_pushed",
        "first_seen_at": NINE,
        "age_minutes": 0,
        "reason": "10 available, 2 kept back: 8 to show",
    },
    StockPush: {
        "effect_id": "1",
        "region": "eu",
        "seller_sku": "MUG",
        "from_quantity": 9,
        "to_quantity": 8,
        "state": "verified",
        "attempts": 1,
        "decided_at": NINE,
        "sent_at": NINE,
        "verified_at": NINE,
        "origin": "the test",
        "reason": "",
    },
    OrderMoney: {
        "shopify_order_id": "order",
        "updated_at": NINE,
        "currency": "GBP",
        "taxes_included": False,
        "total": Decimal("9.99"),
        "discounts": Decimal(0),
        "shipping": Decimal(0),
        "tax": Decimal(0),
        "refunded": Decimal(0),
    },
    OrderMargin: {
        "region": "eu",
        "order_ref": "202-0000001-0000001",
        "order_item_code": "1",
        "seller_sku": "MUG",
        "currency": "GBP",
        "shopify_order_id": "order",
        "line_item_id": "line",
        "units": 1,
        "revenue": Decimal("9.99"),
        "tax": Decimal(0),
        "promotions": Decimal(0),
        "commission": Decimal("-1.50"),
        "fulfilment": Decimal(0),
        "other_fees": Decimal(0),
        "allocated_fees": Decimal(0),
        "refunds": Decimal(0),
        "unmapped": Decimal(0),
        "paid_out": Decimal("8.49"),
        "cost_of_goods": Decimal("-3.00"),
        "margin": Decimal("5.49"),
    },
    UnitCost: {"variant_id": "variant", "currency": "GBP", "unit_cost": Decimal("3.00")},
    Settlement: {
        "region": "eu",
        "report_id": "R1",
        "settlement_id": "S1",
        "version": 1,
        "is_current": True,
        "status": "taken",
        "reason": "",
        "document_sha256": "0" * 64,
        "start_at": NINE - timedelta(days=16),
        "end_at": NINE - timedelta(days=2),
        "deposit_at": NINE,
        "currency": "GBP",
        "total_amount": Decimal(0),
        "sum_amount": Decimal(0),
        "difference": Decimal(0),
        "is_balanced": True,
        "lines": 0,
        "unmapped_lines": 0,
        "unmapped_amount": Decimal(0),
        "marketplace_id": UK,
        "encoding": "utf-8",
        "decimal_sign": ".",
        "date_format": "yyyy-mm-dd",
        "columns": 24,
        "created_at": NINE - timedelta(days=1),
        "read_at": NINE,
    },
    SettlementLine: {
        "region": "eu",
        "settlement_id": "S1",
        "version": 1,
        "line_number": 3,
        "transaction_type": "Order",
        "amount_type": "ItemPrice",
        "amount_description": "Principal",
        "amount": Decimal("9.99"),
        "currency": "GBP",
        "bucket": "principal",
        "is_balance_movement": False,
        "belongs_to": "order",
        "order_ref": "202-0000001-0000001",
        "order_id": "202-0000001-0000001",
        "merchant_order_id": None,
        "adjustment_id": None,
        "shipment_id": None,
        "marketplace_name": "Amazon.co.uk",
        "fulfillment_id": "MFN",
        "order_item_code": "1",
        "merchant_order_item_id": None,
        "merchant_adjustment_item_id": None,
        "seller_sku": "MUG",
        "quantity": 1,
        "promotion_id": None,
        "posted_at": NINE - timedelta(days=3),
        "posted_on": (NINE - timedelta(days=3)).date(),
    },
}


def make(row: type[R], **given: Any) -> R:
    """An ordinary row with these values in it."""
    return row(**{**ORDINARY[row], **given})


@cache
def _empty() -> bytes:
    """A warehouse file with every table in it. Making the tables takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        Warehouse(path, ManualClock(NINE)).replace(registry.TABLES[-1], [])
        return path.read_bytes()


def empty_warehouse(path: Path) -> Path:
    """Put a warehouse without a row there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_empty())
    return path


def store(warehouse: Warehouse, *rows: Row, seen_at: datetime = NINE) -> None:
    """Put rows into their tables, over those with the same key."""
    by_table: dict[Table[Any], list[Row]] = {}
    for row in rows:
        by_table.setdefault(TABLES[type(row)], []).append(row)
    observed = [
        Observation(table=table, rows=of_table, complete=False)
        for table, of_table in by_table.items()
        if table.kind == "observed"
    ]
    if observed:
        warehouse.observe_all(observed, seen_at=seen_at)
    for table, of_table in by_table.items():
        if table.kind != "observed":
            warehouse.update(table, of_table)
