"""Observing, comparing and planning at 10,000 and 100,000 SKUs: processor time and peak memory of each step.

Both services are the sandbox in a process of its own without rates, and only our side is counted, so what stands here
is what the machine must do; what the published rates add is computed in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measuring import Taken, in_child
from tests.bench.report import Figure
from tests.bench.rig import Rig, connected, installed

NAME = "scale"
TOLD = "processor time of our side, each step in a process of its own"
SPEED = 60.0
OBSERVED = (
    ("shopify_catalogue", "shopify.variants"),
    ("shopify_stock_levels", "shopify.stock_levels"),
    ("amazon_listings", "amazon.listings"),
)
DERIVED = (
    ("reconcile_sku_map", "reconcile.sku_map"),
    ("reconcile_stock_position", "reconcile.stock_position"),
    ("reconcile_inventory_drift", "reconcile.inventory_drift"),
)


def run(*, quick: bool) -> Iterator[Figure]:
    """Each size on a sandbox of its own; a small brand first, as the floor of what one change costs."""
    small, sizes = (60, (300,)) if quick else (300, (10_000, 100_000))
    with _at_size(small) as rig:
        for _ in _figures(rig, small):
            pass
        floor = _push_of_one(rig)
    for skus in sizes:
        with _at_size(skus) as rig:
            yield from _figures(rig, skus)
            taken = _push_of_one(rig)
        yield Figure(
            what=f"{skus:,} SKUs: push of one changed item",
            measured=taken.cpu,
            floor=floor.cpu,
            unit="s",
            floor_is=f"the same with {small} SKUs; every SKU has been pushed before",
            peak_mb=taken.peak_mb,
            note=f"{taken.wall:.1f} s on the wall, with {small} SKUs {floor.wall:.1f} s",
        )


@contextmanager
def _at_size(skus: int) -> Iterator[Rig]:
    with (
        TemporaryDirectory(prefix="instep-bench-") as folder,
        installed(Path(folder), skus=skus, speed=SPEED, enforce_rates=False) as rig,
    ):
        yield rig


def _figures(rig: Rig, skus: int) -> Iterator[Figure]:
    home = str(rig.home)
    in_child("steps:materialized", home, "shopify_locations", "shopify_orders", "amazon_orders", env=rig.env)
    for steps, floor_is, function in (
        (OBSERVED, "the rows parsed by json and loaded by DuckDB", "parsed_and_loaded"),
        (DERIVED, "the rows loaded by DuckDB", "loaded"),
    ):
        for step, table in steps:
            taken = in_child("steps:materialized", home, step, env=rig.env)
            path = f"{home}/{table}.ndjson"
            rows = in_child("steps:exported", home, table, path, env=rig.env).answer
            yield Figure(
                what=f"{skus:,} SKUs: {table}, {rows:,} rows",
                measured=taken.cpu,
                floor=in_child(f"steps:{function}", path, env=rig.env).cpu,
                unit="s",
                floor_is=floor_is,
                peak_mb=taken.peak_mb,
                note=f"{taken.wall:.1f} s on the wall",
            )
    nothing = in_child("steps:nothing", env=rig.env)
    taken = in_child("steps:planned", home, env=rig.env)
    yield Figure(
        what=f"{skus:,} SKUs: plan",
        measured=taken.cpu,
        floor=in_child("steps:loaded", f"{home}/reconcile.stock_position.ndjson", env=rig.env).cpu,
        unit="s",
        floor_is="the positions loaded by DuckDB",
        peak_mb=taken.peak_mb,
        note=f"{taken.wall:.1f} s on the wall; a process that only imports it all weighs {nothing.peak_mb:,.0f} MB",
    )


def _push_of_one(rig: Rig) -> Taken:
    """What a single change costs when every SKU has been pushed before: it should not grow with the catalogue."""
    home = str(rig.home)
    in_child("steps:pushed_before", home, env=rig.env)
    in_child("steps:materialized", home, "reconcile_stock_position", env=rig.env)
    ((sku, item),) = connected(rig).warehouse.query(
        "SELECT seller_sku, inventory_item_id FROM reconcile.stock_position "
        "WHERE verdict = 'in_step' AND target > 5 AND by_location LIKE '%Manchester%' ORDER BY seller_sku LIMIT 1"
    )
    rig.post("shopify/stock", sku=sku, location="Manchester", available=77)
    seq = rig.last_call()
    taken = in_child("steps:pushed_items", home, [item], env=rig.env)
    if not rig.calls_since(seq, operation="patchListingsItem"):
        raise RuntimeError(f"The change of {sku} was not pushed.")
    return taken
