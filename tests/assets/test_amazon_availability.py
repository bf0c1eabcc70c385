"""The asset `amazon.availability`, and which SKUs it reads."""

from datetime import timedelta
from pathlib import Path

from integration_assets.amazon.availability import LONGEST_UNREAD, availability
from integration_assets.amazon.listings import listings
from integration_assets.contracts.amazon import AVAILABILITY, Availability, Listing
from tests.assets.rows import DE, NINE, make, store
from tests.assets.stage import house, metadata, region_check, stage


def test_the_walk_reads_who_ships_and_how_many_amazon_shows(tmp_path: Path) -> None:
    with stage(tmp_path, trouble=True) as shop:
        result = shop.materialize(listings, availability)
        found = shop.warehouse.query(
            "SELECT seller_sku, fulfillment_channels, quantity FROM amazon.availability "
            "WHERE seller_sku IN ('SALT,PEPPER', 'CELLAR,SALT', 'THROW-WOOL') ORDER BY seller_sku"
        )
        assert found == [
            ("CELLAR,SALT", ["AMAZON_EU"], None),
            ("SALT,PEPPER", ["DEFAULT"], 18),
            ("THROW-WOOL", ["AMAZON_EU", "DEFAULT"], 4),
        ]
        told = metadata(result, AVAILABILITY)
        [(skus,)] = shop.warehouse.query("SELECT count(DISTINCT seller_sku) FROM amazon.listings")
        assert told["dagster/row_count"] == told["read/eu"] == skus
        assert region_check(result, AVAILABILITY) == (True, "Every region account was read.")


def test_the_next_walk_within_the_day_asks_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        shop.materialize(listings, availability)
        before = len(shop.calls("searchListingsItems"))
        shop.advance(minutes=15)
        told = metadata(shop.materialize(availability), AVAILABILITY)
        assert told["read/eu"] == 0
        assert len(shop.calls("searchListingsItems")) == before


def test_the_longest_unread_come_first_and_a_changed_channel_is_due_at_once(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        hour = timedelta(hours=1)
        store(
            home.warehouse,
            make(Listing, seller_sku="NEVER-READ"),
            make(Listing, seller_sku="READ-TODAY"),
            make(Listing, seller_sku="READ-TODAY", marketplace_id=DE),
            make(Listing, seller_sku="READ-YESTERDAY"),
            make(Listing, seller_sku="READ-LONG-AGO"),
            make(Listing, seller_sku="NOW-FBA", fulfillment_channel="AMAZON_EU", quantity=None),
            make(Listing, seller_sku="CONVERTED"),
            make(Listing, region="na", seller_sku="ELSEWHERE"),
            make(Availability, seller_sku="READ-TODAY", read_at=NINE - 2 * hour),
            make(Availability, seller_sku="READ-YESTERDAY", read_at=NINE - 25 * hour),
            make(Availability, seller_sku="READ-LONG-AGO", read_at=NINE - 50 * hour),
            make(Availability, seller_sku="NOW-FBA", read_at=NINE - hour),
            make(
                Availability,
                seller_sku="CONVERTED",
                fulfillment_channels=("AMAZON_EU", "DEFAULT"),
                read_at=NINE - hour / 2,
            ),
        )
        asked = {"region": "eu", "before": NINE - 24 * hour, "most": 10, "turn": "1"}
        due = ["NEVER-READ", "READ-LONG-AGO", "READ-YESTERDAY", "NOW-FBA", "CONVERTED"]
        assert [sku for (sku,) in home.warehouse.query(LONGEST_UNREAD, asked)] == due
        assert [sku for (sku,) in home.warehouse.query(LONGEST_UNREAD, {**asked, "most": 2})] == due[:2]


def test_skus_that_amazon_never_answers_for_do_not_keep_the_others_from_their_turn(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        old = NINE - timedelta(hours=30)
        silent = [f"SILENT-{number}" for number in range(6)]
        store(
            home.warehouse,
            *(make(Listing, seller_sku=sku) for sku in (*silent, "OLD-1", "OLD-2")),
            *(make(Availability, seller_sku=sku, read_at=old) for sku in ("OLD-1", "OLD-2")),
        )
        asked = {"region": "eu", "before": NINE - timedelta(hours=24), "most": 4}
        walks = [[sku for (sku,) in home.warehouse.query(LONGEST_UNREAD, {**asked, "turn": f"{n}"})] for n in range(9)]
        assert all({"OLD-1", "OLD-2"} <= set(walk) for walk in walks)
        assert {sku for walk in walks for sku in walk} == {*silent, "OLD-1", "OLD-2"}
