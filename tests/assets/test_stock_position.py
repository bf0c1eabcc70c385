"""The asset `reconcile.stock_position`, on facts written by hand."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability
from integration_assets.contracts.reconcile import STOCK_POSITION, SkuMap
from integration_assets.contracts.shopify import BundleComponent, Location, ShopifyOrder, StockLevel, Variant
from integration_assets.contracts.sql import column_list, fill, table_name
from integration_assets.reconcile.stock_position import stock_position
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.pools import remember_pool
from tests.assets.rows import NINE, make, store
from tests.assets.stage import House, house, metadata

MINUTE = timedelta(minutes=1)
POOL = (make(Location, location_id="leeds", name="Leeds"), make(Location, location_id="man", name="Manchester"))
RULES = """
[[stock.rule]]
match = {{ tag = "fragile" }}
buffer = {{ percent = 25, units = 3 }}
[[stock.rule]]
match = {{ sku = "BY-HAND" }}
never_push = true
"""


def open_shop(home: House, **listed: Mapping[str, Any]) -> None:
    """A shop with two pool locations, and its listed SKUs: each with what its variant, levels and listing say."""
    remember_pool(home.ledger, home.connections.model, POOL)
    for sku, told in listed.items():
        ids = {"variant_id": sku, "inventory_item_id": f"{sku}-item"}
        store(
            home.warehouse,
            make(Variant, **ids, sku=sku, **told.get("variant", {})),
            *[
                make(StockLevel, inventory_item_id=ids["inventory_item_id"], location_id=place, available=units)
                for place, units in told.get("stock", {}).items()
            ],
            make(SkuMap, seller_sku=sku, **{**ids, **told.get("map", {})}),
            make(Availability, seller_sku=sku, quantity=told.get("shown", 0), read_at=NINE),
        )


def positions(home: House, *columns: str) -> list[tuple[Any, ...]]:
    wanted = column_list(("seller_sku", *columns))
    return home.warehouse.query(
        fill("SELECT {wanted} FROM {positions} ORDER BY 1", wanted=wanted, positions=table_name(STOCK_POSITION))
    )


def pushed(ledger: Ledger, sku: str, quantity: int) -> None:
    """A quantity of ours that was sent and seen on Amazon."""
    [effect] = ledger.intend_many(
        "stock_push", "eu", [Intention(subject=sku, payload={"quantity": quantity, "from": None}, reason="", origin="")]
    )
    ledger.begin(effect.effect_id)
    ledger.applied(effect.effect_id, "receipt", NINE)
    ledger.verified(effect.effect_id, "seen")


def test_the_target_is_what_the_pool_has_less_holds_and_buffer(tmp_path: Path) -> None:
    with house(tmp_path, more=RULES) as home:
        open_shop(
            home,
            FRAGILE={"stock": {"leeds": 20}, "variant": {"tags": ("fragile",)}, "shown": 15},
            HELD={"stock": {"leeds": 10}, "shown": 8},
            NEGATIVE={"stock": {"leeds": -4}, "shown": 6},
            SPREAD={"stock": {"leeds": 7, "man": -2}, "shown": 3},
        )
        store(
            home.warehouse,
            make(AmazonOrder, status="PENDING"),
            make(AmazonOrderItem, seller_sku="HELD", quantity_ordered=3, quantity_unfulfilled=3),
        )
        result = home.materialize(stock_position)
        assert positions(home, "available", "held_for_orders", "target", "shown", "verdict", "cause") == [
            ("FRAGILE", 20, 0, 15, 15, "in_step", ""),
            ("HELD", 10, 3, 5, 8, "push", "not_yet_pushed"),
            ("NEGATIVE", -4, 0, 0, 6, "push", "not_yet_pushed"),
            ("SPREAD", 5, 0, 3, 3, "in_step", ""),
        ]
        [(by_location,)] = home.warehouse.query(
            "SELECT by_location FROM reconcile.stock_position WHERE seller_sku = 'SPREAD'"
        )
        assert json.loads(by_location) == {"Leeds": 7, "Manchester": -2}
        told = metadata(result, STOCK_POSITION)
        assert (told["verdict/in_step"], told["verdict/push"], told["units_promised"], told["units_held"]) == (
            2,
            2,
            23,
            3,
        )


def test_what_may_not_be_sent_has_a_row_with_the_reason_and_no_target(tmp_path: Path) -> None:
    with house(tmp_path, more=RULES) as home:
        stock = {"leeds": 10}
        listed: dict[str, dict[str, Any]] = {
            "BY-HAND": {"stock": stock},
            "FBA": {"stock": stock, "map": {"fulfillment": "fba"}},
            "MIXED": {"stock": stock, "map": {"fulfillment": "mixed"}},
            "NO-LEVEL": {},
            "TWIN": {"stock": stock, "map": {"status": "case_twin", "reason": "only letter case differs"}},
            "UNTRACKED": {"stock": stock, "variant": {"is_tracked": False}},
        }
        open_shop(home, **listed)
        home.materialize(stock_position)
        assert positions(home, "target", "verdict", "reason") == [
            ("BY-HAND", None, "excluded", "the operating model says that its quantity is never pushed"),
            (
                "MIXED",
                None,
                "excluded",
                "the offer is both merchant's and Amazon's: a quantity could turn Amazon's part into the merchant's",
            ),
            ("NO-LEVEL", None, "excluded", "its stock was not read"),
            ("TWIN", None, "excluded", "only letter case differs"),
            ("UNTRACKED", None, "excluded", "Shopify does not count its stock"),
        ]


def test_a_bundle_is_the_least_of_what_its_components_make_after_their_own_buffers(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        open_shop(
            home,
            CUP={"stock": {"leeds": 9}, "shown": 7},
            PLATE={"stock": {"leeds": 31}, "shown": 29},
            SET={"variant": {"is_bundle": True}, "stock": {"leeds": 99}, "shown": 13},
        )
        store(
            home.warehouse,
            make(BundleComponent, bundle_variant_id="SET", component_variant_id="CUP", units=2),
            make(BundleComponent, bundle_variant_id="SET", component_variant_id="PLATE", units=1),
            # Two sets are sold: they hold four cups.
            make(AmazonOrder),
            make(AmazonOrderItem, seller_sku="SET", quantity_ordered=2, quantity_unfulfilled=2),
        )
        home.materialize(stock_position)
        assert positions(home, "available", "held_for_orders", "target", "verdict") == [
            ("CUP", 9, 4, 3, "push"),
            ("PLATE", 31, 2, 27, "push"),
            ("SET", None, 2, 1, "push"),
        ]


def test_an_imported_order_is_held_until_the_stock_was_read_after_its_import(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        open_shop(home, MUG={"stock": {"leeds": 10}, "shown": 8})
        store(
            home.warehouse,
            make(AmazonOrder),
            make(AmazonOrderItem, quantity_ordered=2, quantity_unfulfilled=2),
            make(ShopifyOrder, source_identifier="202-0000001-0000001", created_at=NINE),
        )
        home.materialize(stock_position)
        assert positions(home, "available", "held_for_orders", "target") == [("MUG", 10, 2, 6)]
        levels = make(StockLevel, inventory_item_id="MUG-item", available=8, committed=2)
        store(home.warehouse, levels, seen_at=NINE + 2 * MINUTE)
        home.materialize(stock_position)
        assert positions(home, "available", "held_for_orders", "target") == [("MUG", 8, 0, 6)]


def test_two_region_accounts_share_the_pool_by_their_percent(tmp_path: Path) -> None:
    with house(tmp_path, regions=("eu", "na")) as home:
        open_shop(home, MUG={"stock": {"leeds": 21}})
        abroad = make(SkuMap, region="na", seller_sku="MUG", variant_id="MUG", inventory_item_id="MUG-item")
        store(home.warehouse, abroad)
        home.materialize(stock_position)
        shares = home.warehouse.query(
            "SELECT region, share_percent, available, target FROM reconcile.stock_position ORDER BY region"
        )
        assert shares == [("eu", 70, 21, 12), ("na", 30, 21, 4)]


def test_a_number_that_nobody_of_ours_wrote_is_a_leak_and_is_not_overwritten(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        open_shop(home, MUG={"stock": {"leeds": 10}, "shown": 8})
        pushed(home.ledger, "MUG", 8)
        store(home.warehouse, make(Availability, quantity=33, read_at=NINE + 5 * MINUTE))
        home.connections.clock.sleep(600)
        home.materialize(stock_position)
        assert positions(home, "target", "shown", "last_applied", "verdict", "cause", "leak_units") == [
            ("MUG", 8, 33, 8, "leak", "ownership_leak", 25)
        ]


def test_only_the_items_named_are_decided_again(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        open_shop(home, MUG={"stock": {"leeds": 10}, "shown": 8}, PLATE={"stock": {"leeds": 5}, "shown": 3})
        home.materialize(stock_position)
        store(
            home.warehouse,
            make(StockLevel, inventory_item_id="MUG-item", available=6),
            make(StockLevel, inventory_item_id="PLATE-item", available=4),
            seen_at=NINE + MINUTE,
        )
        config = {"reconcile_stock_position": {"inventory_item_ids": ["MUG-item"]}}
        told = metadata(home.materialize(stock_position, config=config), STOCK_POSITION)
        assert told["dagster/row_count"] == 1
        assert positions(home, "available", "target") == [("MUG", 6, 4), ("PLATE", 5, 3)]
