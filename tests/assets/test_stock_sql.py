"""The SELECTs beside the stock rule, each on rows written by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability, Listing
from integration_assets.contracts.reconcile import SkuMap, StockPosition
from integration_assets.contracts.shopify import BundleComponent, ShopifyOrder, StockLevel, Variant
from integration_assets.contracts.table import Row
from integration_assets.stock.queries import CHANGES, COMPONENTS, FACTS, ORDERS, REMEMBERED
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.assets.rows import DE, NINE, empty_warehouse, make, store

POOL = ["leeds", "manchester"]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Fact(NamedTuple):
    """A row of facts.sql."""

    region: str
    sku: str
    status: str
    reason: str
    fulfillment: str
    variant: str | None
    item: str | None
    tracked: bool
    bundle: bool
    tags: list[str]
    locations: list[str] | None
    availables: list[int] | None
    stock_read_at: datetime | None
    shown: int | None
    shown_at: datetime | None
    channels: list[str] | None


class Part(NamedTuple):
    """A row of components.sql."""

    bundle: str
    name: str
    units: int
    item: str | None
    tracked: bool
    tags: list[str]
    available: int | None
    stock_read_at: datetime | None


class Sold(NamedTuple):
    """A row of orders.sql."""

    item: str
    region: str
    sku: str
    each: int
    order_id: str
    created_at: datetime
    status: str
    fulfilled_by: str | None
    channel: str
    ordered: int
    fulfilled: int
    unfulfilled: int
    imported_at: datetime | None
    updated_at: datetime


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(empty_warehouse(tmp_path / "warehouse.duckdb"), ManualClock(NINE))


def facts(warehouse: Warehouse, **asked: Any) -> list[Fact]:
    every = {"regions": ["eu", "na"], "pool": POOL, "items": None, "skus": None}
    return [Fact(*row) for row in warehouse.query(FACTS, {**every, **asked})]


def orders(
    warehouse: Warehouse,
    *,
    items: list[str] | None = None,
    takeover: datetime = NINE - 24 * HOUR,
    baselines: dict[tuple[str, str], datetime] | None = None,
) -> list[Sold]:
    known = baselines or {}
    asked = {
        "items": items,
        "takeover": takeover,
        "base_regions": [region for region, _ in known],
        "base_skus": [sku for _, sku in known],
        "base_since": list(known.values()),
    }
    return [Sold(*row) for row in warehouse.query(ORDERS, asked)]


# --- facts.sql ---------------------------------------------------------------------------------------------------


def test_an_item_is_counted_at_the_pool_s_locations_and_is_as_old_as_its_oldest_level(
    warehouse: Warehouse,
) -> None:
    store(warehouse, make(SkuMap), make(Variant))
    store(warehouse, make(StockLevel, available=7), seen_at=NINE - HOUR)
    store(
        warehouse,
        make(StockLevel, location_id="manchester", available=-2),
        make(StockLevel, location_id="amazon-fba", available=50),
    )
    [fact] = facts(warehouse)
    assert (fact.locations, fact.availables) == (["leeds", "manchester"], [7, -2])
    assert fact.stock_read_at == NINE - HOUR
    assert (fact.tracked, fact.bundle, fact.status) == (True, False, "mapped")


def test_an_item_without_a_level_at_the_pool_has_unknown_stock_and_not_zero(warehouse: Warehouse) -> None:
    store(warehouse, make(SkuMap), make(Variant), make(StockLevel, location_id="amazon-fba", available=50))
    [fact] = facts(warehouse)
    assert (fact.locations, fact.availables, fact.stock_read_at) == (None, None, None)


def test_a_level_that_is_switched_off_counts_as_zero(warehouse: Warehouse) -> None:
    store(warehouse, make(SkuMap), make(Variant), make(StockLevel, available=7, is_active=False))
    [fact] = facts(warehouse)
    assert fact.availables == [0]


def test_a_sku_that_meets_no_variant_has_no_stock_and_is_not_tracked(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(SkuMap, status="unmapped", variant_id=None, inventory_item_id=None, reason="nobody knows it"),
        make(StockLevel),
    )
    [fact] = facts(warehouse)
    assert (fact.tracked, fact.availables, fact.status, fact.reason) == (False, None, "unmapped", "nobody knows it")


def test_what_amazon_shows_is_the_younger_of_the_reading_and_the_reports(warehouse: Warehouse) -> None:
    read = {"READ-LAST": NINE, "REPORTED-LAST": NINE - 2 * HOUR}
    store(warehouse, *[make(SkuMap, seller_sku=sku) for sku in (*read, "REPORTED-ONLY", "NEITHER")], make(Variant))
    store(warehouse, *[make(Availability, seller_sku=sku, quantity=4, read_at=at) for sku, at in read.items()])
    reported = [*read, "REPORTED-ONLY"]
    store(warehouse, *[make(Listing, seller_sku=sku, quantity=6) for sku in reported], seen_at=NINE - 3 * HOUR)
    german = [make(Listing, seller_sku=sku, quantity=5, marketplace_id=DE) for sku in reported]
    store(warehouse, *german, seen_at=NINE - HOUR)
    assert {fact.sku: (fact.shown, fact.shown_at) for fact in facts(warehouse)} == {
        "READ-LAST": (4, NINE),
        "REPORTED-LAST": (5, NINE - HOUR),
        "REPORTED-ONLY": (5, NINE - HOUR),
        "NEITHER": (None, None),
    }


def test_a_report_of_an_fba_offer_says_nothing_of_the_merchant_s_quantity(warehouse: Warehouse) -> None:
    store(warehouse, make(SkuMap), make(Variant), make(Listing, fulfillment_channel="AMAZON_EU", quantity=None))
    [fact] = facts(warehouse)
    assert (fact.shown, fact.shown_at) == (None, None)


def test_a_reading_without_a_quantity_is_a_reading_all_the_same(warehouse: Warehouse) -> None:
    store(warehouse, make(SkuMap), make(Variant), make(Availability, quantity=None))
    [fact] = facts(warehouse)
    assert (fact.shown, fact.shown_at) == (None, NINE)


def test_the_items_asked_for_bring_their_skus_in_every_region_and_the_bundles_they_are_in(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(SkuMap),
        make(SkuMap, region="na"),
        make(SkuMap, seller_sku="SET", variant_id="bundle", inventory_item_id="bundle-item"),
        make(SkuMap, seller_sku="PLATE", variant_id="plate", inventory_item_id="plate-item"),
        make(Variant),
        make(Variant, variant_id="plate", inventory_item_id="plate-item"),
        make(Variant, variant_id="bundle", inventory_item_id="bundle-item", is_bundle=True),
        make(BundleComponent),
    )
    assert [(fact.region, fact.sku) for fact in facts(warehouse, items=["item"])] == [
        ("eu", "MUG"),
        ("eu", "SET"),
        ("na", "MUG"),
    ]
    assert [(fact.region, fact.sku) for fact in facts(warehouse, regions=["na"])] == [("na", "MUG")]
    assert [(fact.region, fact.sku) for fact in facts(warehouse, skus=["PLATE"])] == [("eu", "PLATE")]
    assert facts(warehouse, items=[]) == []


# --- components.sql ----------------------------------------------------------------------------------------------


def test_a_component_is_counted_over_the_pool_and_shared_by_every_bundle_it_is_in(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(Variant, variant_id="cup", inventory_item_id="cup-item", sku="CUP", tags=("glass",)),
        make(Variant, variant_id="wrap", inventory_item_id="wrap-item", sku=None, is_tracked=False),
        make(BundleComponent, bundle_variant_id="pair", component_variant_id="cup", units=2),
        make(BundleComponent, bundle_variant_id="gift", component_variant_id="cup", units=1),
        make(BundleComponent, bundle_variant_id="gift", component_variant_id="wrap", units=1),
        make(BundleComponent, bundle_variant_id="gift", component_variant_id="no-more", units=3),
        make(StockLevel, inventory_item_id="cup-item", location_id="leeds", available=9),
        make(StockLevel, inventory_item_id="cup-item", location_id="manchester", available=4, is_active=False),
        make(StockLevel, inventory_item_id="cup-item", location_id="amazon-fba", available=50),
    )
    assert [Part(*row) for row in warehouse.query(COMPONENTS, {"pool": POOL})] == [
        Part("gift", "CUP", 1, "cup-item", True, ["glass"], 9, NINE),
        Part("gift", "Mug", 1, "wrap-item", False, [], None, None),
        Part("gift", "no-more", 3, None, False, [], None, None),
        Part("pair", "CUP", 2, "cup-item", True, ["glass"], 9, NINE),
    ]


# --- orders.sql --------------------------------------------------------------------------------------------------


def sells(warehouse: Warehouse, *more: Row) -> None:
    """The brand sells mugs; the stock of them was read at nine."""
    store(warehouse, make(SkuMap), make(Variant), make(StockLevel), *more)


def test_an_open_order_that_shopify_does_not_know_is_there_with_its_units(warehouse: Warehouse) -> None:
    sells(
        warehouse,
        make(AmazonOrder, status="PARTIALLY_SHIPPED"),
        make(AmazonOrderItem, order_item_id="1", quantity_ordered=3, quantity_fulfilled=1, quantity_unfulfilled=2),
        make(AmazonOrderItem, order_item_id="2", quantity_ordered=4, quantity_fulfilled=0, quantity_unfulfilled=4),
    )
    [sold] = orders(warehouse)
    assert (sold.item, sold.region, sold.sku, sold.each) == ("item", "eu", "MUG", 1)
    assert (sold.ordered, sold.fulfilled, sold.unfulfilled, sold.imported_at) == (7, 1, 6, None)


def test_an_order_outlives_the_listing_it_came_from(warehouse: Warehouse) -> None:
    store(warehouse, make(Variant), make(Variant, variant_id="v-9", inventory_item_id="item-9", sku="DELISTED"))
    store(warehouse, make(AmazonOrder), make(AmazonOrderItem, seller_sku="DELISTED", quantity_ordered=2))
    assert [(row.item, row.sku, row.ordered) for row in orders(warehouse)] == [("item-9", "DELISTED", 2)]


@pytest.mark.parametrize(
    ("imported_at", "held"),
    [(NINE - 1.1 * MINUTE, False), (NINE - MINUTE, True), (NINE + MINUTE, True)],
    ids=["the stock was read well after it", "clocks may differ by a minute", "the stock was read before it"],
)
def test_an_order_is_out_only_when_the_stock_was_read_after_its_import(
    warehouse: Warehouse, imported_at: datetime, held: bool
) -> None:
    sells(
        warehouse,
        make(AmazonOrder),
        make(AmazonOrderItem),
        make(ShopifyOrder, source_identifier="202-0000001-0000001", created_at=imported_at),
    )
    assert [sold.imported_at for sold in orders(warehouse)] == ([imported_at] if held else [])


def test_the_oldest_level_of_an_item_says_how_old_its_stock_reading_is(warehouse: Warehouse) -> None:
    sells(
        warehouse,
        make(AmazonOrder),
        make(AmazonOrderItem),
        make(ShopifyOrder, source_identifier="202-0000001-0000001", created_at=NINE - 5 * MINUTE),
    )
    store(warehouse, make(StockLevel, location_id="manchester"), seen_at=NINE - 10 * MINUTE)
    assert len(orders(warehouse)) == 1


def test_an_order_that_was_imported_twice_counts_from_its_first_import(warehouse: Warehouse) -> None:
    first, second = NINE + MINUTE, NINE + 2 * MINUTE
    sells(
        warehouse,
        make(AmazonOrder),
        make(AmazonOrderItem),
        make(ShopifyOrder, shopify_order_id="b", source_identifier="202-0000001-0000001", created_at=second),
        make(ShopifyOrder, shopify_order_id="a", source_identifier="202-0000001-0000001", created_at=first),
    )
    [sold] = orders(warehouse)
    assert (sold.ordered, sold.imported_at) == (1, first)


def test_an_import_that_was_cancelled_in_shopify_is_none_while_amazon_wants_the_units(warehouse: Warehouse) -> None:
    cancelled = make(
        ShopifyOrder,
        source_identifier="202-0000001-0000001",
        created_at=NINE - HOUR,
        cancelled_at=NINE - 30 * MINUTE,
    )
    sells(warehouse, make(AmazonOrder), make(AmazonOrderItem), cancelled)
    assert [sold.imported_at for sold in orders(warehouse)] == [None]
    store(warehouse, make(AmazonOrder, status="SHIPPED"))
    assert orders(warehouse) == []


def test_only_orders_that_the_pool_answers_for_are_there(warehouse: Warehouse) -> None:
    told: list[dict[str, Any]] = [
        {"status": "PENDING", "fulfilled_by": None},
        {"status": "CANCELLED"},
        {"status": "UNFULFILLABLE"},
        {"fulfilled_by": "AMAZON"},
        {"channel_name": "NON_AMAZON"},
        {"status": "SHIPPED", "created_at": NINE - 25 * HOUR},
        {"status": "SHIPPED", "created_at": NINE - 24 * HOUR},
        {"status": "UNSHIPPED", "created_at": NINE - 999 * HOUR},
    ]
    sells(
        warehouse,
        *[make(AmazonOrder, amazon_order_id=str(number), **values) for number, values in enumerate(told)],
        *[make(AmazonOrderItem, amazon_order_id=str(number)) for number in range(len(told))],
    )
    assert sorted(sold.order_id for sold in orders(warehouse, takeover=NINE - 24 * HOUR)) == ["0", "6", "7"]


def test_an_order_changed_since_the_number_last_seen_is_there_whatever_its_state(
    warehouse: Warehouse,
) -> None:
    sells(
        warehouse,
        make(AmazonOrder, status="CANCELLED", last_updated_at=NINE - HOUR),
        make(AmazonOrderItem),
        make(AmazonOrder, amazon_order_id="202-0000002-0000002", status="CANCELLED", last_updated_at=NINE - 3 * HOUR),
        make(AmazonOrderItem, amazon_order_id="202-0000002-0000002"),
    )
    of_the_sku = {("eu", "MUG"): NINE - 30 * MINUTE}
    assert [sold.order_id for sold in orders(warehouse, baselines=of_the_sku)] == ["202-0000001-0000001"]
    of_another = {("eu", "PLATE"): NINE - 9 * HOUR, ("na", "MUG"): NINE - 9 * HOUR}
    assert orders(warehouse, baselines=of_another) == []


def test_what_was_ordered_is_the_most_that_amazon_ever_told(warehouse: Warehouse) -> None:
    sells(warehouse, make(AmazonOrder), make(AmazonOrderItem, quantity_ordered=3, quantity_unfulfilled=3))
    store(warehouse, make(AmazonOrderItem, quantity_ordered=1, quantity_unfulfilled=1), seen_at=NINE + MINUTE)
    [sold] = orders(warehouse)
    assert (sold.ordered, sold.unfulfilled) == (3, 1)


def test_an_order_of_a_bundle_draws_on_each_of_its_components_and_shares_them_with_others(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(SkuMap, seller_sku="PAIR", variant_id="pair", inventory_item_id="pair-item"),
        make(SkuMap, seller_sku="GIFT", variant_id="gift", inventory_item_id="gift-item"),
        make(SkuMap, seller_sku="CUP", variant_id="cup", inventory_item_id="cup-item"),
        make(Variant, variant_id="pair", inventory_item_id="pair-item", is_bundle=True),
        make(Variant, variant_id="gift", inventory_item_id="gift-item", is_bundle=True),
        make(Variant, variant_id="cup", inventory_item_id="cup-item"),
        make(Variant, variant_id="wrap", inventory_item_id="wrap-item"),
        make(BundleComponent, bundle_variant_id="pair", component_variant_id="cup", units=2),
        make(BundleComponent, bundle_variant_id="gift", component_variant_id="cup", units=1),
        make(BundleComponent, bundle_variant_id="gift", component_variant_id="wrap", units=1),
        *[make(AmazonOrder, amazon_order_id=sku) for sku in ("PAIR", "GIFT", "CUP")],
        *[make(AmazonOrderItem, amazon_order_id=sku, seller_sku=sku) for sku in ("PAIR", "GIFT", "CUP")],
    )
    assert [(sold.item, sold.sku, sold.each) for sold in orders(warehouse)] == [
        ("cup-item", "CUP", 1),
        ("cup-item", "GIFT", 1),
        ("cup-item", "PAIR", 2),
        ("wrap-item", "GIFT", 1),
    ]
    assert [sold.item for sold in orders(warehouse, items=["wrap-item"])] == ["wrap-item"]


def test_orders_of_several_region_accounts_draw_on_the_same_item(warehouse: Warehouse) -> None:
    sells(
        warehouse,
        make(SkuMap, region="na", seller_sku="MUG-US"),
        make(SkuMap, region="na", seller_sku="MUG", inventory_item_id=None, variant_id=None, status="ignored"),
        make(AmazonOrder),
        make(AmazonOrderItem),
        make(AmazonOrder, amazon_order_id="112-0000001-0000001", region="na"),
        make(AmazonOrderItem, amazon_order_id="112-0000001-0000001", seller_sku="MUG-US"),
        # The same SKU in another account is another SKU.
        make(AmazonOrder, amazon_order_id="112-0000002-0000002", region="na"),
        make(AmazonOrderItem, amazon_order_id="112-0000002-0000002", seller_sku="MUG"),
    )
    assert [(sold.item, sold.region, sold.sku) for sold in orders(warehouse)] == [
        ("item", "na", "MUG-US"),
        ("item", "eu", "MUG"),
    ]


# --- changes.sql and remembered.sql ------------------------------------------------------------------------------


def test_stock_changes_are_counts_of_the_pool_and_orders_on_amazon_within_the_window(warehouse: Warehouse) -> None:
    store(warehouse, make(StockLevel), seen_at=NINE - 2 * HOUR)
    sells(
        warehouse,
        make(AmazonOrder, created_at=NINE - 10 * MINUTE),
        make(AmazonOrderItem),
        make(AmazonOrder, amazon_order_id="202-0000002-0000002", created_at=NINE - 2 * HOUR),
        make(AmazonOrderItem, amazon_order_id="202-0000002-0000002"),
    )
    for minutes, available in ((1, 9), (2, 8), (3, 8), (4, 9)):
        store(warehouse, make(StockLevel, available=available), seen_at=NINE + minutes * MINUTE)
    store(warehouse, make(StockLevel, location_id="amazon-fba", available=3), seen_at=NINE + MINUTE)
    assert warehouse.query(CHANGES, {"pool": POOL, "since": NINE - HOUR}) == [("item", 4)]


def test_what_positions_left_behind_is_found_by_inventory_item(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(StockPosition, presumed_sold=2, missing="[1]", last_explained=8, last_explained_at=NINE),
        make(StockPosition, seller_sku="PLATE", inventory_item_id="plate-item"),
    )
    left = ("eu", "MUG", "item", "variant", 2, "[1]", 8, NINE)
    assert warehouse.query(REMEMBERED, {"items": ["item"]}) == [left]
    assert len(warehouse.query(REMEMBERED, {"items": None})) == 2
