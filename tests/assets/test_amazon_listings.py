"""The asset `amazon.listings`."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from integration_assets.amazon.listings import listings
from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.errors import BadDocument, ShrunkenSnapshot
from tests.assets.rows import DE, UK
from tests.assets.stage import MONDAY_NINE, Stage, metadata, region_check, stage

LISTED = """
    SELECT marketplace_id, quantity, fulfillment_channel, status FROM amazon.listings
    WHERE region = 'eu' AND seller_sku = ? ORDER BY marketplace_id
"""


def per_region(shop: Stage) -> dict[str, int]:
    return dict(shop.warehouse.query("SELECT region, count(*) FROM amazon.listings GROUP BY region ORDER BY region"))


def test_each_marketplace_s_report_becomes_rows_odd_skus_and_fba_offers_included(tmp_path: Path) -> None:
    with stage(tmp_path, skus=61) as shop:
        with shop.world.lock:
            shop.brand.account("eu").listings["TRAY#2?"].statuses = {UK: "Active"}
        result = shop.materialize(listings)
        assert shop.warehouse.query(LISTED, ["SALT,PEPPER"]) == [
            (UK, 18, "DEFAULT", "Active"),
            (DE, 18, "DEFAULT", "Active"),
        ]
        assert shop.warehouse.query(LISTED, ["TRAY#2?"]) == [(UK, 18, "DEFAULT", "Active")]
        assert [row[1:] for row in shop.warehouse.query(LISTED, ["CELLAR,SALT"])] == [(None, "AMAZON_EU", "Active")] * 2
        told = metadata(result, LISTINGS)
        assert told["dagster/row_count"] == told["rows/eu/UK"] + told["rows/eu/DE"] == told["changed"]
        assert told["rows/eu/UK"] == told["rows/eu/DE"] + 1
        assert region_check(result, LISTINGS) == (True, "Every region account was read.")


def test_a_report_is_kept_byte_for_byte_and_counts_from_the_moment_it_was_asked_for(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(listings)
        kept = shop.warehouse.query("SELECT name, source, sha256, size FROM raw.documents ORDER BY name DESC")
        assert [(name[:6], source) for name, source, _, _ in kept] == [
            ("eu-UK-", "amazon/GET_MERCHANT_LISTINGS_ALL_DATA"),
            ("eu-DE-", "amazon/GET_MERCHANT_LISTINGS_ALL_DATA"),
        ]
        content = shop.warehouse.archived(kept[0][2])
        assert len(content) == kept[0][3]
        lines = content.split(b"\r\n" if b"\r\n" in content else b"\n")
        assert lines[0].startswith(b"item-name\t")
        [(uk_rows,)] = shop.warehouse.query("SELECT count(*) FROM amazon.listings WHERE marketplace_id = ?", [UK])
        assert len([line for line in lines[1:] if line]) == uk_rows
        asked = [call.at for call in shop.calls("createReport")]
        seen = shop.warehouse.query("SELECT DISTINCT seen_at FROM amazon.listings ORDER BY 1")
        assert [at for (at,) in seen] == asked
        assert shop.world.now() - asked[1] >= timedelta(seconds=1)


def test_an_outage_of_one_region_account_does_not_hold_up_the_other_and_is_shown(tmp_path: Path) -> None:
    with stage(tmp_path, regions=("eu", "na")) as shop:
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|revoked"
        result = shop.materialize(listings)
        assert result.success
        assert list(per_region(shop)) == ["na"]
        passed, why = region_check(result, LISTINGS)
        assert passed is False
        assert why.startswith("eu: ")
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|sandbox-eu"
        shop.start_again()
        again = shop.materialize(listings)
        assert list(per_region(shop)) == ["eu", "na"]
        assert region_check(again, LISTINGS) == (True, "Every region account was read.")


def test_an_outage_of_the_only_region_account_fails_the_step_and_changes_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(listings)
        before = shop.state(LISTINGS)
        with shop.world.lock:
            shop.world.accounts["eu"].refresh_token = "Atzr|revoked"
        shop.advance(hours=2)  # the access token has run out as well
        with pytest.raises(dg.Failure) as failed:
            shop.materialize(listings)
        assert failed.value.allow_retries is False
        assert shop.state(LISTINGS) == before


@pytest.mark.parametrize("kind", ["empty_snapshot", "half_snapshot"])
def test_an_empty_or_halved_report_is_a_failed_read_and_changes_nothing(tmp_path: Path, kind: str) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(listings)
        before = shop.state(LISTINGS)
        shop.fault(kind)
        shop.advance(minutes=15)
        with pytest.raises(dg.Failure, match=r"amazon\.listings \(region eu, marketplace_id") as failed:
            shop.materialize(listings)
        assert isinstance(failed.value.__cause__, ShrunkenSnapshot)
        assert shop.state(LISTINGS) == before


def test_a_marketplace_where_nothing_was_ever_listed_may_answer_with_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            for listing in shop.brand.account("eu").listings.values():
                listing.statuses.pop(DE)
        told = metadata(shop.materialize(listings), LISTINGS)
        assert told["dagster/row_count"] == told["rows/eu/UK"]
        assert "rows/eu/DE" not in told


def test_a_region_account_without_any_listing_is_a_failed_read(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.brand.account("eu").listings.clear()
        with pytest.raises(dg.Failure, match="no listing at all in region account eu") as failed:
            shop.materialize(listings)
        assert isinstance(failed.value.__cause__, BadDocument)


def test_what_was_changed_by_hand_on_amazon_is_one_row_of_the_log(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(listings)
        with shop.world.lock:
            shop.brand.account("eu").listings["SALT,PEPPER"].prices[UK] *= 2
        shop.advance(minutes=15)
        assert metadata(shop.materialize(listings), LISTINGS)["changed"] == 1
        assert shop.warehouse.query(
            "SELECT seller_sku, marketplace_id, price, change FROM amazon.listings_log "
            "WHERE change <> 'appeared' AND seen_at > ?",
            [MONDAY_NINE],
        ) == [("SALT,PEPPER", UK, shop.brand.account("eu").listings["SALT,PEPPER"].prices[UK], "changed")]
