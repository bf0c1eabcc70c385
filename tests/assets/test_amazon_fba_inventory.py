"""The asset `amazon.fba_inventory`."""

from pathlib import Path

import dagster as dg
import pytest

from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.contracts.amazon import FBA_INVENTORY
from integration_assets.contracts.errors import ShrunkenSnapshot
from tests.assets.stage import metadata, region_check, stage

POOLS = """
    SELECT pool, fulfillable, reserved, inbound, unfulfillable FROM amazon.fba_inventory
    WHERE seller_sku = ? ORDER BY pool
"""


def test_a_pool_that_amazon_shows_under_several_marketplaces_is_counted_once(tmp_path: Path) -> None:
    with stage(tmp_path, more="") as shop:
        result = shop.materialize(fba_inventory)
        # 40 units lie in the pool of the UK and 20 in that of the EU; each marketplace tells of its own pool.
        assert shop.warehouse.query(POOLS, ["JUG-GLASS-FBA"]) == [("EU", 20, 0, 5, 1), ("UK", 40, 0, 5, 1)]
        told = metadata(result, FBA_INVENTORY)
        [(rows, units)] = shop.warehouse.query("SELECT count(*), sum(fulfillable) FROM amazon.fba_inventory")
        assert (told["dagster/row_count"], told["rows/eu"], told["units_fulfillable"]) == (rows, rows, units)
        truth = sum(stock.fulfillable for stock in shop.brand.account("eu").fba.values())
        assert units == truth


@pytest.mark.parametrize("kind", ["empty_snapshot", "half_snapshot"])
def test_an_empty_or_halved_answer_of_an_account_with_units_changes_nothing(tmp_path: Path, kind: str) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(fba_inventory)
        before = shop.state(FBA_INVENTORY)
        shop.fault(kind)
        with pytest.raises(dg.Failure, match=r"amazon\.fba_inventory \(region eu\)") as failed:
            shop.materialize(fba_inventory)
        assert isinstance(failed.value.__cause__, ShrunkenSnapshot)
        assert shop.state(FBA_INVENTORY) == before


def test_an_account_that_never_had_a_unit_with_amazon_may_answer_with_none(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.brand.account("eu").fba.clear()
        assert metadata(shop.materialize(fba_inventory), FBA_INVENTORY)["dagster/row_count"] == 0


def test_an_outage_of_one_region_account_leaves_its_units_as_they_were_known(tmp_path: Path) -> None:
    with stage(tmp_path, regions=("eu", "na")) as shop:
        shop.materialize(fba_inventory)
        in_eu = "SELECT * EXCLUDE (seen_at) FROM amazon.fba_inventory WHERE region = 'eu' ORDER BY ALL"
        before = shop.warehouse.query(in_eu)
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|revoked"
        seen_at = shop.advance(hours=2)
        result = shop.materialize(fba_inventory)
        assert result.success
        assert region_check(result, FBA_INVENTORY)[0] is False
        assert shop.warehouse.query(in_eu) == before
        [(youngest,)] = shop.warehouse.query("SELECT min(seen_at) FROM amazon.fba_inventory WHERE region = 'na'")
        assert youngest >= seen_at
