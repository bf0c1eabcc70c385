"""The asset of the catalogue: `shopify.variants` and `shopify.bundle_components`."""

from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from integration_assets.contracts.errors import ShrunkenSnapshot
from integration_assets.contracts.shopify import BUNDLE_COMPONENTS, VARIANTS
from integration_assets.shopify.variants import variants
from tests.assets.stage import Stage, metadata, stage


def variant_ids(shop: Stage) -> dict[str, str]:
    return {
        variant.sku: f"gid://shopify/ProductVariant/{variant.id}"
        for variant in shop.world.shop.variants.values()
        if variant.sku
    }


def test_the_catalogue_is_stored_with_odd_skus_untracked_items_and_bundles(tmp_path: Path) -> None:
    with stage(tmp_path, trouble=True) as shop:
        told = metadata(shop.materialize(variants), VARIANTS)
        assert told["dagster/row_count"] == 60
        assert (told["untracked"], told["without_sku"]) == (1, 2)
        found = shop.warehouse.query(
            "SELECT sku, title, product_title, price, is_tracked, is_bundle, tags FROM shopify.variants "
            "WHERE sku IN ('CAFÉ-AU-LAIT', 'HALF  SPACE', 'GIFT-WRAP', 'SET-BREAKFAST') ORDER BY sku"
        )
        assert found == [
            ("CAFÉ-AU-LAIT", "CAFÉ-AU-LAIT size", "Oddments", Decimal("19.9000"), True, False, ["oddments"]),
            ("GIFT-WRAP", "Gift wrap", "Household", Decimal("19.9000"), False, False, ["household"]),
            ("HALF  SPACE", "HALF  SPACE size", "Oddments", Decimal("19.9000"), True, False, ["oddments"]),
            ("SET-BREAKFAST", "Default Title", "Breakfast Set", Decimal("54.0000"), True, True, []),
        ]
        ids = variant_ids(shop)
        parts = shop.warehouse.query(
            "SELECT component_variant_id, units FROM shopify.bundle_components WHERE bundle_variant_id = ? ORDER BY 2",
            [ids["SET-BREAKFAST"]],
        )
        assert parts == [(ids["MUG-BREAKFAST"], 1), (ids["PLATE-BREAKFAST"], 2)]


def test_what_changes_between_two_readings_is_logged_and_what_does_not_is_not(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(variants)
        with shop.world.lock:
            jug = next(variant for variant in shop.world.shop.variants.values() if variant.sku == "JUG-GLASS")
            jug.price = Decimal("21.50")
        seen_at = shop.advance(minutes=15)
        told = metadata(shop.materialize(variants), VARIANTS)
        assert (told["dagster/row_count"], told["changed"]) == (60, 1)
        changes = shop.warehouse.query(
            "SELECT sku, price, change, seen_at FROM shopify.variants_log WHERE change <> 'appeared'"
        )
        assert changes == [("JUG-GLASS", Decimal("21.5000"), "changed", seen_at)]


def test_a_catalogue_that_lost_a_third_of_its_variants_is_a_failed_read_and_changes_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(variants)
        before = shop.state(VARIANTS), shop.state(BUNDLE_COMPONENTS)
        with shop.world.lock:
            for number in sorted(shop.world.shop.variants)[-20:]:
                gone = shop.world.shop.variants.pop(number)
                shop.world.shop.products[gone.product_id].variant_ids.remove(number)
        shop.advance(minutes=15)
        with pytest.raises(dg.Failure, match="40 rows read, 60 rows known") as failed:
            shop.materialize(variants)
        assert isinstance(failed.value.__cause__, ShrunkenSnapshot)
        assert (shop.state(VARIANTS), shop.state(BUNDLE_COMPONENTS)) == before


def test_an_empty_catalogue_is_a_failed_read_even_the_first_time(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.world.shop.variants.clear()
            shop.world.shop.products.clear()
        with pytest.raises(dg.Failure, match=r"shopify\.variants: 0 rows read, 0 rows known"):
            shop.materialize(variants)
