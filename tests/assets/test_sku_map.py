"""The asset `reconcile.sku_map`: one row for each way in which a SKU can meet the shop."""

from datetime import timedelta
from pathlib import Path

from integration_assets.contracts.amazon import LISTINGS, Availability, Listing
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.contracts.shopify import Variant
from integration_assets.reconcile.sku_map import LISTED, sku_map
from tests.assets.rows import DE, NINE, make, store
from tests.assets.stage import house, metadata

MINUTE = timedelta(minutes=1)
MAPPING = """
[mapping]
override = {{ "OLD-MUG" = "MUG" }}
[[mapping.rule]]
ignore = ["amzn.gr.*"]
"""


def test_every_listed_sku_has_one_row_with_how_it_was_matched_and_why_not(tmp_path: Path) -> None:
    with house(tmp_path, more=MAPPING) as home:
        store(
            home.warehouse,
            make(Variant),
            make(Variant, variant_id="t1", inventory_item_id="tote-1", sku="TOTE", product_title="Tote"),
            make(Variant, variant_id="t2", inventory_item_id="tote-2", sku="TOTE", product_title="Tote (old)"),
            make(Variant, variant_id="b", inventory_item_id="blue-item", sku="MUG-BLUE"),
            make(Variant, variant_id="w", inventory_item_id="wrap-item", sku="WRAP", is_tracked=False),
            make(Variant, variant_id="s", inventory_item_id="set-item", sku="SET", is_tracked=False, is_bundle=True),
            make(Listing),
            make(Listing, marketplace_id=DE),
            make(Listing, seller_sku="MUG-FBA", fulfillment_channel="AMAZON_EU", quantity=None),
            make(Listing, seller_sku="OLD-MUG"),
            make(Listing, seller_sku="Mug-Blue"),
            make(Listing, seller_sku="TOTE"),
            make(Listing, seller_sku="WRAP"),
            make(Listing, seller_sku="SET"),
            make(Listing, seller_sku="LAMP"),
            make(Listing, seller_sku="amzn.gr.MUG-1"),
        )
        told = metadata(home.materialize(sku_map), SKU_MAP)
        assert home.warehouse.query(
            "SELECT seller_sku, fulfillment, match, status, inventory_item_id FROM reconcile.sku_map ORDER BY 1"
        ) == [
            ("LAMP", "mfn", "none", "unmapped", None),
            ("MUG", "mfn", "exact", "mapped", "item"),
            ("MUG-FBA", "fba", "rule", "mapped", "item"),
            ("Mug-Blue", "mfn", "none", "case_twin", None),
            ("OLD-MUG", "mfn", "override", "mapped", "item"),
            ("SET", "mfn", "exact", "mapped", "set-item"),
            ("TOTE", "mfn", "exact", "ambiguous", None),
            ("WRAP", "mfn", "exact", "untracked", "wrap-item"),
            ("amzn.gr.MUG-1", "mfn", "none", "ignored", None),
        ]
        assert [told[f"status/{status}"] for status in ("mapped", "unmapped", "ambiguous", "case_twin")] == [4, 1, 1, 1]
        assert told["dagster/row_count"] == 9
        unexplained = "SELECT seller_sku FROM reconcile.sku_map WHERE status <> 'mapped' AND reason = ''"
        assert home.warehouse.query(unexplained) == []


def test_every_channel_that_amazon_names_counts_so_that_who_ships_is_never_a_guess(tmp_path: Path) -> None:
    fba = {"fulfillment_channel": "AMAZON_EU", "quantity": None}
    with house(tmp_path) as home:
        store(
            home.warehouse,
            make(Listing, seller_sku="REPORTED"),
            make(Listing, seller_sku="READ-SINCE-AS-FBA"),
            make(Listing, seller_sku="WAS-FBA", **fba),
            make(Listing, seller_sku="READ-BEFORE-AS-FBA"),
            make(Listing, seller_sku="FBA-IN-GERMANY"),
            make(Listing, seller_sku="FBA-IN-GERMANY", marketplace_id=DE, **fba),
            make(Listing, seller_sku="BOTH"),
            make(Listing, seller_sku="ALL-SAY-FBA", **fba),
            make(Listing, seller_sku="READ-AS-NOTHING"),
            make(Availability, seller_sku="READ-SINCE-AS-FBA", fulfillment_channels=("AMAZON_EU",), quantity=None),
            make(Availability, seller_sku="WAS-FBA"),
            make(
                Availability,
                seller_sku="READ-BEFORE-AS-FBA",
                fulfillment_channels=("AMAZON_EU",),
                quantity=None,
                read_at=NINE - 2 * MINUTE,
            ),
            make(Availability, seller_sku="BOTH", fulfillment_channels=("AMAZON_EU", "DEFAULT")),
            make(Availability, seller_sku="READ-AS-NOTHING", fulfillment_channels=(), quantity=None),
            seen_at=NINE - MINUTE,
        )
        home.materialize(sku_map)
        found = home.warehouse.query("SELECT seller_sku, fulfillment FROM reconcile.sku_map")
        assert dict(found) == {
            "REPORTED": "mfn",
            "READ-SINCE-AS-FBA": "mixed",
            "WAS-FBA": "mixed",
            "READ-BEFORE-AS-FBA": "mixed",
            "FBA-IN-GERMANY": "mixed",
            "BOTH": "mixed",
            "READ-AS-NOTHING": "mfn",
            "ALL-SAY-FBA": "fba",
        }


def test_a_sku_of_two_accounts_is_two_rows_and_one_of_two_marketplaces_is_one(tmp_path: Path) -> None:
    with house(tmp_path, regions=("eu", "na")) as home:
        store(
            home.warehouse,
            make(Listing, asin="B000000002"),
            make(Listing, marketplace_id=DE, asin="B000000001"),
            make(Listing, region="na", marketplace_id="ATVPDKIKX0DER", asin=None),
        )
        assert home.warehouse.query(LISTED) == [
            ("eu", "MUG", "B000000001", ["DEFAULT"]),
            ("na", "MUG", None, ["DEFAULT"]),
        ]


def test_a_listing_that_is_gone_is_gone_from_the_map(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(Variant), make(Listing), make(Listing, seller_sku="LAMP"))
        home.materialize(sku_map)
        of_the_report = {"region": "eu", "marketplace_id": make(Listing).marketplace_id}
        home.warehouse.observe(
            LISTINGS, [make(Listing)], seen_at=NINE + MINUTE, within=of_the_report, max_shrink_percent=100
        )
        home.materialize(sku_map)
        assert home.warehouse.query("SELECT seller_sku FROM reconcile.sku_map") == [("MUG",)]
