"""Drift over a million SKUs, beside DuckDB reading the same tables once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_assets.contracts.reconcile import INVENTORY_DRIFT
from tests.bench.brand import connected
from tests.bench.measuring import in_child
from tests.bench.report import Figure
from tests.bench.rig import written

NAME = "drift"
TOLD = "reconcile.inventory_drift rebuilt from its tables and stored"
SQL = Path(__file__).parents[2] / "integration_assets" / "reconcile" / "inventory_drift.sql"


def run(*, quick: bool) -> Iterator[Figure]:
    """The first rebuild, and the next one, which finds its former state."""
    skus = 20_000 if quick else 1_000_000
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        written(Path(folder))
        in_child("brand:fill_warehouse", folder, skus, 1_000)
        for what in ("first", "again"):
            floor = in_child("drift:scan", folder)
            taken = in_child("drift:rebuild", folder)
            yield Figure(
                what=f"drift over {skus:,} SKUs, {what} ({taken.answer:,} rows)",
                measured=taken.wall,
                floor=floor.wall,
                unit="s",
                floor_is="DuckDB reading the same columns once, in the same file",
                most=3.0,
                most_mb=500,
                peak_mb=taken.peak_mb,
            )


def rebuild(home: str) -> int:
    """What the asset does."""
    stores = connected(home)
    return stores.warehouse.rebuild(INVENTORY_DRIFT, SQL.read_text(encoding="utf-8"), {"now": stores.clock.now()})


def scan(home: str) -> int:
    """Every value that the comparison looks at, read and added up."""
    warehouse = connected(home).warehouse
    return sum(
        int(warehouse.scalar(statement) or 0)
        for statement in (
            "SELECT count(*) FROM reconcile.stock_position WHERE hash(region, seller_sku, target, shown) % 2 = 0",
            "SELECT count(*) FROM reconcile.sku_map WHERE hash(region, seller_sku, status, reason) % 2 = 0",
            "SELECT count(*) FROM amazon.listings WHERE hash(region, seller_sku, quantity) % 2 = 0",
        )
    )
