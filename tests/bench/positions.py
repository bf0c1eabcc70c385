"""Decisions about stock: the rules alone, and with the facts gathered from the stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_assets.rules.buffer import Buffer, promise
from integration_assets.rules.evidence import Baseline
from integration_assets.rules.holds import OrderFact
from integration_assets.rules.position import Facts, Newest, Policy, decide
from integration_assets.stock.positions import Positions
from integration_assets.stock.queries import FACTS
from tests.bench.brand import POOL, REGION, connected, sku
from tests.bench.measuring import in_child, seconds_of
from tests.bench.report import Figure
from tests.bench.rig import written

NAME = "positions"
TOLD = "what each SKU may be promised"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORDERS_A_DAY = 50_000


def run(*, quick: bool) -> Iterator[Figure]:
    """Rules on facts in memory; then the whole way at two sizes, every SKU with a verified push in the ledger."""
    count = 2_000 if quick else 100_000
    yield Figure(
        what=f"rules only, {count:,} SKUs",
        measured=in_child("positions:decided", count).answer,
        floor=in_child("positions:promised", count).answer,
        unit="s",
        floor_is="the stock equation alone: share, buffer and thresholds of the same numbers",
    )
    for skus in (2_000,) if quick else (100_000, 1_000_000):
        with TemporaryDirectory(prefix="instep-bench-") as folder:
            written(Path(folder))
            in_child("brand:fill_warehouse", folder, skus, min(ORDERS_A_DAY, skus))
            in_child("brand:fill_ledger", folder, skus)
            floor, taken = in_child("positions:fetched", folder), in_child("positions:computed", folder)
        yield Figure(
            what=f"facts gathered and decided, {skus:,} SKUs",
            measured=taken.wall,
            floor=floor.wall,
            unit="s",
            floor_is="DuckDB joining the facts and handing them over as tuples, nothing decided",
            peak_mb=taken.peak_mb,
            note=f"{skus / taken.wall:,.0f} SKUs a second; the floor peaks at {floor.peak_mb:,.0f} MB",
        )


def facts_of(count: int) -> list[Facts]:
    """Ordinary SKUs: stocked at two locations, pushed before, every tenth with an order that holds units."""
    return [
        Facts(
            region=REGION,
            seller_sku=sku(number),
            now=NOON,
            available={"Manchester": number % 60, "Leeds": number % 17},
            stock_read_at=NOON,
            orders=(_order(number),) if number % 10 == 0 else (),
            sku_orders=(_order(number),) if number % 10 == 0 else (),
            takeover_at=NOON - timedelta(days=1),
            buffer=Buffer(units=2),
            baseline=Baseline(number % 60, NOON - timedelta(hours=2), NOON - timedelta(hours=1)),
            shown=number % 60,
            shown_at=NOON - timedelta(minutes=1),
            newest=Newest("verified", number % 60, NOON - timedelta(hours=2)),
        )
        for number in range(count)
    ]


def _order(number: int) -> OrderFact:
    return OrderFact(
        amazon_order_id=f"202-{number:07d}-0000001",
        created_at=NOON - timedelta(minutes=30),
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        channel_name="AMAZON",
        quantity_ordered=1,
        quantity_fulfilled=0,
        quantity_unfulfilled=1,
        shopify_created_at=None,
        last_updated_at=NOON - timedelta(minutes=30),
    )


def decided(count: int) -> float:
    """Seconds of the rules."""
    facts, policy = facts_of(count), Policy()
    return seconds_of(lambda: [decide(one, policy) for one in facts], times=5)


def promised(count: int) -> float:
    """Seconds of the equation."""
    buffer = Buffer(units=2)
    return seconds_of(lambda: [promise(buffer, number % 60 + number % 17) for number in range(count)], times=5)


def computed(home: str) -> int:
    """What the asset does before it stores."""
    stores = connected(home)
    rows = Positions(model=stores.model, warehouse=stores.warehouse, ledger=stores.ledger, clock=stores.clock).compute()
    return len(rows)


def fetched(home: str) -> int:
    """The facts as DuckDB has them."""
    asked = {"regions": [REGION], "pool": list(json.loads(POOL)), "items": None, "skus": None}
    return len(connected(home).warehouse.query(FACTS, asked))
