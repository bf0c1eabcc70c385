"""The asset `actions.stock_push`: what it does in preview and live, and what it shows."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.actions.stock_push import stock_push
from integration_assets.amazon.availability import availability
from integration_assets.amazon.listings import listings
from integration_assets.contracts.actions import STOCK_PUSH
from integration_assets.contracts.errors import InstepError
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.shopify.locations import locations
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from tests.assets.stage import Stage, metadata, stage

UP_TO_THE_PUSH = (locations, variants, stock_levels, listings, availability, sku_map, stock_position)
PUSHES = "SELECT region, seller_sku, from_quantity, to_quantity, state, origin FROM actions.stock_push ORDER BY ALL"


def push(shop: Stage, *, origin: str = "the test", **more: Any) -> dg.ExecuteInProcessResult:
    return shop.materialize(stock_push, config={"actions_stock_push": {"origin": origin}}, **more)


def patched(shop: Stage) -> list[str]:
    return [call.subject for call in shop.calls("patchListingsItem")]


def test_a_changed_count_is_sent_seen_on_amazon_and_told_in_the_table_and_the_ui(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.count("JUG-GLASS", "Manchester", 17)
        shop.materialize(*UP_TO_THE_PUSH)
        result = push(shop, origin="webhook 1-3")
        told = metadata(result, STOCK_PUSH)
        assert patched(shop) == ["JUG-GLASS"]
        assert shop.warehouse.query(PUSHES) == [("eu", "JUG-GLASS", 20, 15, "applied", "webhook 1-3")]
        assert {
            name: told[name] for name in ("dagster/row_count", "mode", "sent", "verified", "breaker", "failed")
        } == {
            "dagster/row_count": 1,
            "mode": "live",
            "sent": 1,
            "verified": 0,
            "breaker": "closed",
            "failed": "none",
        }
        assert [record.data["seller_sku"] for record in told["plan"].records] == ["JUG-GLASS"]
        # What it read right before it sent is a materialisation of availability too.
        read = shop.instance.get_latest_materialization_event(dg.AssetKey(["amazon", "availability"]))
        assert read is not None
        assert read.run_id == result.run_id
        shop.advance(minutes=5)
        told = metadata(push(shop), STOCK_PUSH)
        assert (told["sent"], told["verified"]) == (0, 1)
        assert shop.warehouse.query(PUSHES) == [("eu", "JUG-GLASS", 20, 15, "verified", "webhook 1-3")]
        assert shop.brand.account("eu").listings["JUG-GLASS"].quantity == 15
        assert patched(shop) == ["JUG-GLASS"]


def test_in_preview_the_plan_is_shown_and_nothing_is_sent_or_kept_in_the_ledger(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.connections.model = shop.connections.model.model_copy(
            update={"mode": shop.connections.model.mode.model_copy(update={"stock_push": "preview"})}
        )
        shop.count("JUG-GLASS", "Manchester", 17)
        shop.materialize(*UP_TO_THE_PUSH)
        told = metadata(push(shop), STOCK_PUSH)
        assert (told["mode"], told["sent"]) == ("preview: nothing was sent", 0)
        assert shop.warehouse.query(PUSHES) == [("eu", "JUG-GLASS", 20, 15, "preview", "preview")]
        assert patched(shop) == []
        assert shop.ledger.newest("stock_push", "eu") == {}


@pytest.mark.prove
def test_one_region_account_that_fails_does_not_keep_the_other_from_pushing_and_fails_the_run(tmp_path: Path) -> None:
    with stage(tmp_path, regions=("eu", "na")) as shop:
        sold = [sku for (region, sku) in shop.brand.variant_of if region == "na"]
        in_both = next(sku for sku in sold if shop.brand.account("eu").listings[sku].quantity > 4)
        shop.count(in_both, "Manchester", 18)
        shop.materialize(*UP_TO_THE_PUSH)
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|revoked"
        shop.start_again()
        result = push(shop, raise_on_error=False)
        assert not result.success
        told = metadata(result, STOCK_PUSH)
        assert told["failed"].startswith("eu: ")
        assert {row[:2] for row in shop.warehouse.query(PUSHES)} == {("na", in_both)}
        with pytest.raises(InstepError, match=r"eu: .* reads back what is in doubt"):
            push(shop)


def test_a_plan_that_would_empty_the_shelves_is_held_for_a_person_and_the_ui_says_so(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            for level in shop.world.shop.levels.values():
                level.available = 0
        shop.materialize(*UP_TO_THE_PUSH)
        told = metadata(push(shop), STOCK_PUSH)
        assert "to zero" in told["breaker"]
        assert told["sent"] == 0
        assert patched(shop) == []
        assert {row[4] for row in shop.warehouse.query(PUSHES)} == {"held"}
