"""The Great Expectations suites: true of the sandbox's brand, and false, in readable words, for what is odd."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg

from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.checks import expectations
from integration_assets.contracts.amazon import AmazonOrder, FbaInventory, Listing
from integration_assets.contracts.settlements import SettlementLine
from integration_assets.contracts.shopify import ShopifyOrder, StockLevel, Variant
from integration_assets.contracts.table import Row
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from tests.assets.rows import NINE, make, store
from tests.assets.stage import house, stage
from tests.assets.test_settlements import take

# Great Expectations is imported once for all of them: it takes seconds.
SUITES = {suite.name: suite for suite in expectations.SUITES}
BEFORE = NINE - timedelta(days=30)
ODD: dict[str, tuple[tuple[Row, ...], tuple[str, ...]]] = {
    "skus_look_like_skus": (
        (make(Variant, sku=" MUG"), make(Variant, variant_id="2", sku=None, price=Decimal(0))),
        (
            "expect_column_values_to_not_match_regex sku: 1 of 2 rows",
            "expect_column_values_to_not_be_null sku: 1 of 2 rows",
            "expect_column_values_to_be_between price: 1 of 2 rows",
        ),
    ),
    "quantities_hang_together": (
        (make(StockLevel, available=2_000_000, on_hand=5),),
        (
            "expect_column_values_to_be_between available: 1 of 1 rows",
            "expect_column_pair_values_a_to_be_greater_than_b on_hand/available: 1 of 1 rows",
        ),
    ),
    "orders_hang_together": (
        (make(ShopifyOrder, updated_at=BEFORE, currency="pounds"),),
        (
            "expect_column_pair_values_a_to_be_greater_than_b updated_at/created_at: 1 of 1 rows",
            "expect_column_values_to_match_regex currency: 1 of 1 rows",
        ),
    ),
    "listings_look_like_listings": (
        (make(Listing, asin="ASIN", seller_sku="S" * 41, status="Incomplete"),),
        (
            "expect_column_values_to_match_regex asin: 1 of 1 rows",
            "expect_column_value_lengths_to_be_between seller_sku: 1 of 1 rows",
            "expect_column_values_to_be_in_set status: 1 of 1 rows",
        ),
    ),
    "fba_units_add_up": (
        (make(FbaInventory, total=4),),
        ("expect_column_pair_values_a_to_be_greater_than_b total/fulfillable: 1 of 1 rows",),
    ),
    "amazon_orders_hang_together": (
        (make(AmazonOrder, amazon_order_id="MUG-1", last_updated_at=BEFORE),),
        (
            "expect_column_values_to_match_regex amazon_order_id: 1 of 1 rows",
            "expect_column_pair_values_a_to_be_greater_than_b last_updated_at/created_at: 1 of 1 rows",
        ),
    ),
    "settlement_lines_look_like_settlement_lines": (
        (
            make(SettlementLine, order_id="MUG", currency="pounds", amount=Decimal(-1), quantity=-1),
            make(SettlementLine, line_number=4, order_id=None, bucket="commission", quantity=None),
            make(SettlementLine, line_number=5, order_id=None, bucket="unmapped", quantity=None),
        ),
        (
            "expect_column_values_to_match_regex order_id: 1 of 3 rows",
            "expect_column_values_to_match_regex currency: 1 of 3 rows",
            "expect_column_values_to_not_be_in_set bucket: 1 of 3 rows",
            "expect_column_values_to_be_between goods: 1 of 3 rows",
            "expect_column_values_to_be_between fee: 1 of 3 rows",
            "expect_column_values_to_be_between units: 1 of 3 rows",
        ),
    ),
}


def test_each_suite_has_something_odd_to_be_tried_on() -> None:
    assert sorted(ODD) == sorted(SUITES)


def test_the_sandbox_s_brand_meets_every_expectation(tmp_path: Path) -> None:
    with stage(tmp_path, trouble=True) as shop:
        shop.materialize(locations, variants, stock_levels, shopify_orders, listings, fba_inventory, amazon_orders)
        take(shop)
        found = shop.judge(*expectations.CHECKS)
        assert {name: (check.passed, check.description) for name, check in found.items()} == {
            name: (True, suite.told) for name, suite in SUITES.items()
        }
        assert all(check.metadata["rows"].value for check in found.values())


def test_what_is_odd_is_told_with_the_column_and_how_many_rows(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, *[row for rows, _ in ODD.values() for row in rows])
        found = home.judge(*expectations.CHECKS)
        odd = {name: (check.description or "").split("; ") for name, check in found.items()}
        assert odd == {name: list(told) for name, (_, told) in ODD.items()}
        assert not any(check.passed for check in found.values())
        assert {check.severity for check in found.values()} == {dg.AssetCheckSeverity.WARN}


def test_a_table_without_rows_meets_every_expectation_for_nothing_is_odd_about_it(tmp_path: Path) -> None:
    [suite] = [suite for suite in expectations.SUITES if suite.name == "fba_units_add_up"]
    with house(tmp_path) as home:
        found = expectations.judge(suite, home.warehouse)
        assert (found.passed, found.metadata) == (True, {"rows": dg.IntMetadataValue(0)})


def test_an_expectation_that_cannot_be_judged_fails_and_says_why(tmp_path: Path) -> None:
    [suite] = [suite for suite in expectations.SUITES if suite.name == "orders_hang_together"]
    broken = dataclasses.replace(
        suite, expectations=lambda e: [e.ExpectColumnValuesToMatchRegex(column="currency", regex="[A-Z")]
    )
    with house(tmp_path) as home:
        store(home.warehouse, make(ShopifyOrder))
        found = expectations.judge(broken, home.warehouse)
        assert not found.passed
        assert (found.description or "").startswith(
            "expect_column_values_to_match_regex currency: could not be judged (unterminated character set"
        )
