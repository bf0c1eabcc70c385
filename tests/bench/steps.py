"""Single steps of a cycle for `in_child`: everything is imported with this module, so that only the work counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import duckdb

from cli.plan import positions
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.reconcile import STOCK_POSITION
from integration_assets.contracts.registry import TABLES
from integration_assets.definitions import definitions
from integration_assets.jobs import PUSH_CHANGED_STOCK, run_config_for_items
from integration_assets.reconcile.inventory_drift import inventory_drift
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from resources.connections import Connections, connect
from resources.ledger_parts.records import Intention
from tests.bench.brand import AT_ONCE, KIND, REGION

ASSETS = {
    asset.op.name: asset
    for asset in (
        locations,
        variants,
        stock_levels,
        shopify_orders,
        listings,
        amazon_orders,
        sku_map,
        stock_position,
        inventory_drift,
    )
}


def connected(home: str) -> Connections:
    """The stores and clients of a home."""
    return connect(Path(home) / "operating_model.toml")


def materialized(home: str, *names: str) -> None:
    """One asset after the other, as a run does it."""
    stores = connected(home)
    resources = {name: getattr(stores, name) for name in ("model", "clock", "ledger", "warehouse", "shopify", "amazon")}
    with dg.DagsterInstance.ephemeral() as instance:
        for name in names:
            dg.materialize([ASSETS[name]], resources=resources, instance=instance)


def planned(home: str) -> int:
    """What `instep plan` computes."""
    return len(positions(connected(home), None))


def pushed_items(home: str, items: Sequence[str]) -> None:
    """The run that the sensor starts for changed items."""
    job = definitions(connected(home)).resolve_job_def(PUSH_CHANGED_STOCK.name)
    with dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(run_config=run_config_for_items(items, origin="benchmark"), instance=instance)


def pushed_before(home: str) -> int:
    """Give every SKU a verified push of what Amazon shows now, as after months of work."""
    stores = connected(home)
    shown = [
        Intention(row.seller_sku, {"quantity": row.shown, "from": None}, row.reason, "benchmark")
        for row in stores.warehouse.rows(STOCK_POSITION, "shown IS NOT NULL AND target IS NOT NULL")
    ]
    with stores.ledger as ledger:
        for start in range(0, len(shown), AT_ONCE):
            ids = [effect.effect_id for effect in ledger.intend_many(KIND, REGION, shown[start : start + AT_ONCE])]
            ledger.begin_many(ids)
            ledger.applied_many(ids, "feed-done:1", ledger.clock.now())
            ledger.verified_many(ids)
    return len(shown)


def exported(home: str, table: str, path: str) -> int:
    """The rows of a table as NDJSON, for the floors; how many."""
    with connected(home).warehouse.connect(read_only=True) as connection:
        contract = next(one for one in TABLES if one.sql_name == table)
        columns = ", ".join(column.name for column in contract.columns)
        connection.execute(f"COPY (SELECT {columns} FROM {table}) TO '{path}' (FORMAT json)")  # noqa: S608 - a contract's
    with Path(path).open("rb") as file:
        return sum(1 for _ in file)


def parsed_and_loaded(path: str) -> None:
    """The floor of a reading: each row parsed by the json module, and all of them loaded by DuckDB."""
    with Path(path).open("rb") as file:
        for line in file:
            json.loads(line)
    loaded(path)


def loaded(path: str) -> None:
    """The floor of a derived table: its rows loaded by DuckDB from NDJSON into a file."""
    database = Path(path).with_suffix(".duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE rows AS SELECT * FROM read_ndjson(?)", [path])
    database.unlink()


def nothing() -> None:
    """What a process weighs that has imported everything and done nothing."""
