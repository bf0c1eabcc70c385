"""The claims about the business: true of a brand in order, and each false for what it was written against."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.checks import business
from integration_assets.contracts.actions import StockPush
from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability, Listing
from integration_assets.contracts.reconcile import InventoryDrift, SkuMap, StockPosition
from integration_assets.contracts.shopify import Location
from integration_assets.contracts.table import Row
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.assets.rows import DE, NINE, empty_warehouse, make, store
from tests.assets.stage import house

HOUR = timedelta(hours=1)
IN_ORDER = (
    make(Location),
    make(Listing),
    make(Listing, marketplace_id=DE),
    make(Availability),
    make(AmazonOrder),
    make(AmazonOrderItem),
    make(SkuMap),
    make(StockPosition),
    make(StockPush),
)
FBA: dict[str, Any] = {"fulfillment_channels": ("AMAZON_EU",), "quantity": None}
BROKEN: dict[str, tuple[tuple[Row, ...], str]] = {
    "no_target_above_what_can_be_promised": ((make(StockPosition, available=10, held_for_orders=4),), "eu/MUG"),
    "no_target_for_what_amazon_ships": ((make(SkuMap, fulfillment="mixed"),), "eu/MUG"),
    "no_unit_is_promised_to_two_regions": (
        (make(StockPosition, target=7), make(StockPosition, region="na", target=4)),
        "item",
    ),
    "every_mapped_sku_has_a_position": ((make(SkuMap, seller_sku="PLATE"),), "eu/PLATE"),
    "amazon_promises_nothing_that_is_not_there": ((make(InventoryDrift),), "eu/MUG"),
    "every_merchant_sku_is_mapped": ((make(SkuMap, seller_sku="LAMP", status="unmapped"),), "eu/LAMP"),
    "every_open_order_holds_its_units": (
        (make(AmazonOrderItem, order_item_id="2", seller_sku="LAMP"),),
        "202-0000001-0000001 (LAMP)",
    ),
    "marketplaces_show_one_quantity": ((make(Listing, quantity=3), make(Listing, marketplace_id=DE)), "eu/MUG"),
    "no_open_push_for_what_amazon_ships": ((make(StockPush, state="applied"), make(Availability, **FBA)), "eu/MUG"),
    "no_push_is_left_undone": ((make(StockPush, state="applied", decided_at=NINE - 3 * HOUR),), "eu/MUG"),
    "no_push_is_left_in_doubt": ((make(StockPush, state="unknown"),), "eu/MUG"),
}


def test_each_claim_has_a_violation_to_be_tried_on() -> None:
    assert sorted(BROKEN) == sorted(claim.name for claim in business.CLAIMS)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of a brand in order: everything was read three hours ago."""
    path = empty_warehouse(tmp_path_factory.mktemp("brand") / "warehouse.duckdb")
    store(Warehouse(path, ManualClock(NINE)), *IN_ORDER, seen_at=NINE - 3 * HOUR)
    return path


@pytest.fixture
def warehouse(in_order: Path, tmp_path: Path) -> Warehouse:
    path = tmp_path / "warehouse.duckdb"
    shutil.copy(in_order, path)
    return Warehouse(path, ManualClock(NINE))


def broken_by(warehouse: Warehouse, name: str) -> list[str]:
    [claim] = [claim for claim in business.CLAIMS if claim.name == name]
    return [row[0] for row in warehouse.query(claim.sql)]


def test_a_brand_in_order_breaks_no_claim(warehouse: Warehouse) -> None:
    assert {name: broken_by(warehouse, name) for name in BROKEN} == {name: [] for name in BROKEN}


@pytest.mark.parametrize("claim", sorted(BROKEN))
def test_a_violation_is_found_and_named(warehouse: Warehouse, claim: str) -> None:
    rows, named = BROKEN[claim]
    store(warehouse, *rows, seen_at=NINE - 2 * HOUR)
    if listed := [row for row in rows if isinstance(row, Listing)]:
        store(warehouse, *listed)
    assert broken_by(warehouse, claim) == [named]


def test_each_claim_is_a_check_of_its_asset_that_names_what_breaks_it(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, *IN_ORDER)
        store(home.warehouse, make(StockPosition, available=10, held_for_orders=4))
        found = home.judge(*business.CHECKS)
        told = {name: (check.passed, check.severity) for name, check in found.items()}
        assert told == {
            claim.name: (claim.name != "no_target_above_what_can_be_promised", claim.severity)
            for claim in business.CLAIMS
        }
        broken = found["no_target_above_what_can_be_promised"]
        assert broken.description == "Broken by 1: eu/MUG"
        assert broken.metadata["broken"].value == 1
        assert found["no_push_is_left_in_doubt"].description == "Of no push it is unknown whether it was applied."


@pytest.mark.parametrize(
    ("claim", "rows"),
    [
        ("every_open_order_holds_its_units", (make(AmazonOrder, status="SHIPPED"), make(SkuMap, status="unmapped"))),
        (
            "every_open_order_holds_its_units",
            (make(AmazonOrder, fulfilled_by="AMAZON"), make(SkuMap, status="unmapped")),
        ),
        ("every_open_order_holds_its_units", (make(SkuMap, status="ignored"),)),
        ("marketplaces_show_one_quantity", (make(Listing, quantity=3),)),
        ("no_open_push_for_what_amazon_ships", (make(Availability, **FBA),)),
        ("no_target_above_what_can_be_promised", (make(StockPosition, available=None),)),
    ],
    ids=[
        "a shipped order holds nothing",
        "an order that Amazon ships holds nothing",
        "an ignored SKU is not ours to hold",
        "a difference that came up just now",
        "a push that is over",
        "a bundle has no count of its own",
    ],
)
def test_what_only_looks_like_a_violation_is_none(warehouse: Warehouse, claim: str, rows: tuple[Row, ...]) -> None:
    store(warehouse, *rows)
    assert broken_by(warehouse, claim) == []


def test_only_what_must_stop_a_push_blocks() -> None:
    blocking = {spec.name for check in business.CHECKS for spec in check.check_specs if spec.blocking}
    assert blocking == {
        "no_target_above_what_can_be_promised",
        "no_target_for_what_amazon_ships",
        "no_open_push_for_what_amazon_ships",
    }
    severe = {claim.name for claim in business.CLAIMS if claim.severity is dg.AssetCheckSeverity.ERROR}
    assert severe == blocking
