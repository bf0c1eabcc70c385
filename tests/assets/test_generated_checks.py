"""The checks made from the contracts: each kind of violation is found by its claim, and stops what comes after it."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.checks import generated
from integration_assets.contracts.amazon import LISTINGS, Listing
from integration_assets.contracts.claims import claims_of
from integration_assets.contracts.reconcile import SkuMap
from integration_assets.contracts.registry import TABLES
from integration_assets.contracts.shopify import BUNDLE_COMPONENTS, VARIANTS, BundleComponent, Variant
from integration_assets.contracts.table import Table
from integration_assets.reconcile.sku_map import sku_map
from resources.warehouse import Warehouse
from tests.assets.rows import make, store
from tests.assets.stage import house

CHECK_OF = {tuple(key.asset_key.path): check for check in generated.CHECKS for key in check.check_keys}


def check_of(table: Table[Any]) -> dg.AssetChecksDefinition:
    return CHECK_OF[table.schema, table.name]


def write(warehouse: Warehouse, statement: str) -> None:
    """Spoil a table behind the product's back."""
    with warehouse.connect() as connection:
        connection.execute(statement)


def test_every_claim_of_every_contract_is_a_blocking_check_of_its_asset() -> None:
    claimed = {(*table.asset_key, claim.name) for table in TABLES for claim in claims_of(table)}
    specs = [spec for check in generated.CHECKS for spec in check.check_specs]
    assert {(*spec.asset_key.path, spec.name) for spec in specs} == claimed
    assert all(spec.blocking for spec in specs)
    assert len(generated.CHECKS) == len(TABLES)


def test_sound_tables_pass(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(Listing), make(Listing, seller_sku="MUG-FBA", quantity=None))
        found = home.judge(check_of(LISTINGS))
        assert {name: check.passed for name, check in found.items()} == {
            "key_is_unique": True,
            "nothing_required_is_empty": True,
            "region_is_a_known_word": True,
            "quantity_is_not_below_0": True,
            "has_rows": True,
        }


@pytest.mark.parametrize(
    ("spoil", "claim", "told"),
    [
        ("INSERT INTO amazon.listings FROM amazon.listings", "key_is_unique", "1 rows break it: There is one row per"),
        ("UPDATE amazon.listings SET region = 'mars'", "region_is_a_known_word", "1 rows break it: region is one of"),
        ("UPDATE amazon.listings SET quantity = -1", "quantity_is_not_below_0", "1 rows break it: quantity is 0 units"),
        ("DELETE FROM amazon.listings", "has_rows", "1 rows break it: There is at least one row"),
    ],
)
def test_a_violation_is_found_by_its_claim_and_by_no_other(tmp_path: Path, spoil: str, claim: str, told: str) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(Listing))
        write(home.warehouse, spoil)
        found = home.judge(check_of(LISTINGS))
        assert [name for name, check in found.items() if not check.passed] == [claim]
        assert (found[claim].description or "").startswith(told)
        assert found[claim].metadata["violations"].value == 1
        assert found[claim].severity == dg.AssetCheckSeverity.ERROR


def test_an_empty_value_where_one_is_required_is_found(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(Variant))
        write(home.warehouse, "ALTER TABLE shopify.variants ALTER product_title DROP NOT NULL")
        write(home.warehouse, "UPDATE shopify.variants SET product_title = NULL")
        found = home.judge(check_of(VARIANTS))
        assert [name for name, check in found.items() if not check.passed] == ["nothing_required_is_empty"]


def test_a_limit_above_zero_is_found(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(BundleComponent))
        write(home.warehouse, "UPDATE shopify.bundle_components SET units = 0")
        found = home.judge(check_of(BUNDLE_COMPONENTS))
        assert [name for name, check in found.items() if not check.passed] == ["units_is_not_below_1"]


def test_a_broken_claim_stops_what_is_built_on_the_table_in_the_same_run(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(Listing), make(Variant), make(SkuMap, seller_sku="OF-THE-LAST-RUN"))
        write(home.warehouse, "UPDATE amazon.listings SET region = 'mars'")

        @dg.asset(key=LISTINGS.asset_key)
        def listings() -> None:
            """What was read just now."""

        result = home.materialize(listings, check_of(LISTINGS), sku_map, raise_on_error=False)
        made = [
            ".".join(event.asset_key.path) for event in result.get_asset_materialization_events() if event.asset_key
        ]
        assert not result.success
        assert made == ["amazon.listings"]
        assert home.warehouse.query("SELECT seller_sku FROM reconcile.sku_map") == [("OF-THE-LAST-RUN",)]
