"""No buyer is written down anywhere: not in a store, the archive, the copy, Dagster's own storage or a log."""

import gzip
import logging
from pathlib import Path

import duckdb
import pytest

from integration_assets.actions.fba_fulfilment import fba_fulfilment
from integration_assets.actions.order_cancellation import order_cancellation
from integration_assets.actions.order_import import order_import
from integration_assets.actions.order_refund import order_refund
from integration_assets.actions.shipment_confirmation import shipment_confirmation
from integration_assets.actions.stock_push import stock_push
from integration_assets.amazon.availability import availability
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.amazon.transactions import transactions
from integration_assets.publish.alerts import alerts
from integration_assets.publish.analysts_copy import analysts_copy
from integration_assets.publish.operator_page import operator_page
from integration_assets.reconcile.account_health import account_health
from integration_assets.reconcile.exceptions import exceptions
from integration_assets.reconcile.fulfilment_lag import fulfilment_lag
from integration_assets.reconcile.inventory_drift import inventory_drift
from integration_assets.reconcile.order_match import order_match
from integration_assets.reconcile.service_health import service_health
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.reconcile.trend import trend
from integration_assets.shopify.fulfillments import fulfillments
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from sandbox.amazon.ordering import place_order
from sandbox.people import CANARIES
from sandbox.world import AmazonOrder
from tests.assets.stage import Stage, stage

WHOLE_CYCLE = (
    locations,
    variants,
    stock_levels,
    shopify_orders,
    listings,
    availability,
    fba_inventory,
    amazon_orders,
    sku_map,
    order_import,
    order_match,
    stock_position,
    inventory_drift,
    stock_push,
    fulfillments,
    transactions,
    shipment_confirmation,
    fba_fulfilment,
    order_cancellation,
    order_refund,
    fulfilment_lag,
    account_health,
    analysts_copy,
    service_health,
    exceptions,
    trend,
    operator_page,
    alerts,
)


def contents(home: Path) -> dict[str, bytes]:
    """What every file under the folder holds; compressed ones and databases unpacked."""
    found: dict[str, bytes] = {}
    for file in home.rglob("*"):
        if not file.is_file():
            continue
        data = file.read_bytes()
        name = str(file.relative_to(home))
        if file.suffix == ".gz":
            data = gzip.decompress(data)
        elif file.suffix == ".duckdb":
            # DuckDB compresses text, so a look at the file's bytes would prove nothing.
            with duckdb.connect(str(file), read_only=True) as database:
                tables = database.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
                rows = [database.execute(f'FROM "{schema}"."{table}"').fetchall() for schema, table in tables]
            data += repr(rows).encode()
        found[name] = data.lower()
    return found


def buy(shop: Stage, place: int) -> AmazonOrder:
    """A buyer with an address orders on Amazon."""
    with shop.world.lock:
        account = shop.brand.account("eu")
        market = account.marketplace_ids[place % 2]
        while True:
            order = place_order(shop.world, account, [("JUG-GLASS", 1)], marketplace_id=market, status="UNSHIPPED")
            if order.address:
                return order


def test_after_a_whole_cycle_no_buyer_is_found_in_anything_on_disk_nor_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with stage(tmp_path, trouble=True, first_run=True) as shop:
        shop.make_orders()
        assert shop.materialize(*WHOLE_CYCLE).success
        bought = [buy(shop, place) for place in range(3)]
        shop.advance(minutes=5)
        shop.fault("invalid", "orderCreate", times=1)
        assert shop.materialize(*WHOLE_CYCLE).success
        made = {order.source_identifier: order for order in shop.world.shop.orders.values()}
        passed_on = [made[order.id].address for order in bought if order.id in made and order.address]
        assert passed_on, "addresses reach Shopify"
        assert all(CANARIES[0] in repr(address).lower() for address in passed_on)
        assert len(passed_on) < len(bought), "one order was refused, and said why"
        [(orders,)] = shop.warehouse.query("SELECT count(*) FROM amazon.orders")
        buyers = {order.buyer["buyerName"].lower() for order in shop.brand.account("eu").orders.values()}
        assert orders > 30
        assert len(buyers) > 30
        assert all(CANARIES[0] in buyer for buyer in buyers)
        kept = contents(tmp_path)
        folders = {"/".join(name.split("/")[:2]) for name in kept}
        assert {"data/warehouse.duckdb", "data/ledger.db", "data/archive", "data/published"} <= folders
        assert any(name.startswith("dagster/") for name in kept)
        assert b"jug-glass" in kept["data/warehouse.duckdb"]
        kept["the log"] = caplog.text.lower().encode()
        told = [(name, canary) for name, data in kept.items() for canary in CANARIES if canary.encode() in data]
        assert told == []
