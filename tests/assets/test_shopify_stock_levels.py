"""The asset `shopify.stock_levels`."""

from pathlib import Path

import dagster as dg
import pytest

from integration_assets.contracts.errors import BadDocument, ShrunkenSnapshot
from integration_assets.contracts.shopify import STOCK_LEVELS
from integration_assets.shopify.locations import locations
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from tests.assets.stage import MONDAY_NINE, metadata, stage

LEVELS = """
    SELECT v.sku, l.name, s.available, s.on_hand, s.committed
    FROM shopify.stock_levels AS s
    JOIN shopify.variants AS v USING (inventory_item_id)
    JOIN shopify.locations AS l USING (location_id)
    WHERE v.sku = ?
    ORDER BY l.name
"""


def test_the_levels_of_the_pool_are_stored_and_those_of_other_places_are_not(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.count("STOOL-OAK", "Manchester", 4, committed=3)
        told = metadata(shop.materialize(locations, variants, stock_levels), STOCK_LEVELS)
        # The 50 units in the mirror of FBA stock and the 30 in the closed location are not the pool's.
        assert shop.warehouse.query(LEVELS, ["STOOL-OAK"]) == [
            ("STOOL-OAK", "Leeds", 0, 0, 0),
            ("STOOL-OAK", "Manchester", 4, 7, 3),
        ]
        assert shop.warehouse.query(LEVELS, ["SHELF-PINE"]) == [
            ("SHELF-PINE", "Leeds", 0, 0, 0),
            ("SHELF-PINE", "Manchester", 5, 5, 0),
        ]
        assert shop.warehouse.query(LEVELS, ["BENCH-OAK"]) == [
            ("BENCH-OAK", "Leeds", 10, 10, 0),
            ("BENCH-OAK", "Manchester", -2, -2, 0),
        ]
        [(levels, units)] = shop.warehouse.query("SELECT count(*), sum(available) FROM shopify.stock_levels")
        assert (told["dagster/row_count"], told["read"], told["units_available"]) == (levels, levels, units)


def test_a_changed_count_is_one_row_of_the_log_and_every_level_is_as_young_as_the_reading(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(locations, variants, stock_levels)
        shop.count("JUG-GLASS", "Manchester", 21)
        seen_at = shop.advance(minutes=15)
        told = metadata(shop.materialize(stock_levels), STOCK_LEVELS)
        assert told["changed"] == 1
        changes = shop.warehouse.query(
            "SELECT inventory_item_id, available, change FROM shopify.stock_levels_log WHERE seen_at > ?", [MONDAY_NINE]
        )
        assert changes == [(shop.item("JUG-GLASS"), 21, "changed")]
        assert shop.warehouse.query("SELECT DISTINCT seen_at FROM shopify.stock_levels") == [(seen_at,)]


def test_a_push_reads_only_the_items_it_is_told_of_and_leaves_the_others_their_age(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(locations, variants, stock_levels)
        shop.count("JUG-GLASS", "Manchester", 21)
        shop.count("BENCH-OAK", "Leeds", 9)
        seen_at = shop.advance(minutes=1)
        config = {"shopify_stock_levels": {"inventory_item_ids": [shop.item("JUG-GLASS")]}}
        told = metadata(shop.materialize(stock_levels, config=config), STOCK_LEVELS)
        assert (told["read"], told["changed"]) == (2, 1)
        younger = "SELECT DISTINCT inventory_item_id, seen_at FROM shopify.stock_levels WHERE seen_at > ?"
        assert shop.warehouse.query(younger, [MONDAY_NINE]) == [(shop.item("JUG-GLASS"), seen_at)]
        assert [row[2] for row in shop.warehouse.query(LEVELS, ["BENCH-OAK"])] == [10, -2]


def test_no_level_at_all_is_a_failed_read_and_never_a_shop_with_nothing_to_sell(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(locations, stock_levels)
        before = shop.state(STOCK_LEVELS)
        with shop.world.lock:
            shop.world.shop.levels.clear()
        with pytest.raises(dg.Failure, match=r"no stock level at all for .*Leeds") as failed:
            shop.materialize(stock_levels)
        assert isinstance(failed.value.__cause__, BadDocument)
        assert shop.state(STOCK_LEVELS) == before


def test_a_reading_with_a_third_of_the_levels_missing_is_a_failed_read_and_changes_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(locations, stock_levels)
        before = shop.state(STOCK_LEVELS)
        with shop.world.lock:
            for key in sorted(shop.world.shop.levels)[::3]:
                del shop.world.shop.levels[key]
        with pytest.raises(dg.Failure, match=r"shopify\.stock_levels: \d+ rows read, \d+ rows known") as failed:
            shop.materialize(stock_levels)
        assert isinstance(failed.value.__cause__, ShrunkenSnapshot)
        assert shop.state(STOCK_LEVELS) == before
