"""A million settlement lines put on orders, shared out, compared and booked, beside DuckDB reading them as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from integration_assets.contracts.money import (
    ACCOUNT_FEES,
    JOURNAL,
    ORDER_FEES,
    ORDER_MARGIN,
    PAYOUTS,
    SETTLEMENT_DRIFT,
)
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.money.books import additions
from integration_assets.money.declared import rates, sharing, without_decimals, zones
from integration_assets.money.drift import drift
from integration_assets.reconcile import account_fees, order_fees, order_margin, payouts
from resources.connections import Connections
from tests.bench.brand import connected
from tests.bench.measuring import in_child
from tests.bench.report import Figure
from tests.bench.rig import written

NAME = "books"
TOLD = "settlement lines from the warehouse to fees on orders, shares, margins, differences, payouts and the journal"
SHARING = '\n[money]\nallocate = { storage = "by_sku", advertising = "by_revenue", subscription = "by_units" }\n'
STEPS = ("fees", "margins", "differences", "paid", "journal")
FILE = "lines.csv"


def run(*, quick: bool) -> Iterator[Figure]:
    """Each step by itself, in the order of the assets."""
    orders = 4_000 if quick else 166_667
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        written(Path(folder))
        model = Path(folder) / "operating_model.toml"
        model.write_text(model.read_text(encoding="utf-8") + SHARING, encoding="utf-8")
        in_child("books:fill", folder, orders)
        floor = in_child("books:scan", folder)
        for step in STEPS:
            taken = in_child(f"books:{step}", folder)
            yield Figure(
                what=f"{step} of {orders * 6 + 96:,} lines ({taken.answer:,} rows)",
                measured=taken.wall,
                floor=floor.wall,
                unit="s",
                floor_is="DuckDB's read_csv and sum of the same lines",
                most_mb=500,
                peak_mb=taken.peak_mb,
            )


def fill(home: str, orders: int) -> None:
    """Write books.sql's tables, and the lines as a file for the floor."""
    stores = connected(home)
    stores.warehouse.replace(SKU_MAP, [])
    values = {"orders": orders, "now": stores.clock.now()}
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with stores.warehouse.connect() as connection:
        for statement in text.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            connection.execute(statement, used)
        connection.execute(f"COPY amazon.settlement_lines TO '{Path(home) / FILE}' (HEADER)")


def scan(home: str) -> float:
    """The floor."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        found = connection.execute("SELECT sum(amount) FROM read_csv(?)", [str(Path(home) / FILE)]).fetchone()
    return float(found[0]) if found else 0.0


def fees(home: str) -> int:
    """What the assets order_fees and account_fees do."""

    def work(stores: Connections) -> int:
        shared = sharing(stores.model)
        rows = stores.warehouse.rebuild(ORDER_FEES, order_fees.SQL, shared | without_decimals())
        return rows + stores.warehouse.rebuild(ACCOUNT_FEES, account_fees.SQL, shared)

    return _done(home, work)


def margins(home: str) -> int:
    """What the asset order_margin does."""
    return _done(
        home,
        lambda stores: stores.warehouse.rebuild(
            ORDER_MARGIN, order_margin.SQL, rates(stores.model) | without_decimals()
        ),
    )


def differences(home: str) -> int:
    """What the asset settlement_drift does."""
    return _done(
        home,
        lambda stores: stores.warehouse.replace(
            SETTLEMENT_DRIFT, drift(stores.warehouse, stores.model, stores.clock.now())
        ),
    )


def paid(home: str) -> int:
    """What the asset payouts does."""
    return _done(home, lambda stores: stores.warehouse.rebuild(PAYOUTS, payouts.SQL, zones()))


def journal(home: str) -> int:
    """What the asset journal does."""
    return _done(
        home,
        lambda stores: stores.warehouse.update(JOURNAL, additions(stores.warehouse, stores.model, stores.clock.now())),
    )


def _done(home: str, work: Callable[[Connections], int]) -> int:
    return work(connected(home))
