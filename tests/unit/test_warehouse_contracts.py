"""How tables follow the contracts: what the copy says of them, and files made by an older contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from integration_assets.contracts.errors import StoreError
from integration_assets.contracts.shopify import STOCK_LEVELS
from integration_assets.contracts.table import Row, Table, column, table
from integration_assets.publish.analysts import publish
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at, level


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Row):
    """Where things lie; it's the "old" contract."""

    shelf_id: str = column("Id of the shelf")
    units: int = column("What lies there", unit="units")
    color: str = column("Its color")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfOfToday(Row):
    """Where things lie, with its width and without its color."""

    shelf_id: str = column("Id of the shelf")
    units: int | None = column("What lies there", unit="units")
    counted_at: datetime | None = column("When it was counted")  # noqa: RUF009 - column() declares a field


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfInWords(Row):
    """Where things lie, the units as text."""

    shelf_id: str = column("Id of the shelf")
    units: str = column("What lies there, in words")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfByNumber(Row):
    """Where things lie, the id as a number."""

    shelf_id: int = column("Number of the shelf")
    units: int = column("What lies there", unit="units")


def contract(row: type[Row], kind: str = "observed") -> Table[Row]:
    made = table(
        row,
        schema="shop",
        name="shelves",
        key=("shelf_id",),
        grain="one per shelf",
        kind="observed",
        team="finance",
    )
    return made if kind == "observed" else replace(made, kind="derived")


def open_warehouse(folder: Path, shelves: Table[Row]) -> Warehouse:
    return Warehouse(folder / "warehouse.duckdb", ManualClock(at(12)), tables=[shelves])


def test_the_copy_says_what_tables_and_columns_are(tmp_path: Path) -> None:
    shelves = contract(Shelf)
    warehouse = open_warehouse(tmp_path, shelves)
    warehouse.observe(shelves, [Shelf(shelf_id="A", units=1, color="red")], seen_at=at(1))
    with duckdb.connect(str(publish(warehouse, tmp_path / "published").database), read_only=True) as copy:
        assert copy.execute(
            "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'shop' ORDER BY table_name"
        ).fetchall() == [
            ("shelves", 'Where things lie; it\'s the "old" contract. Grain: one per shelf.'),
            ("shelves_log", 'Changes of shop.shelves: one row per change. Where things lie; it\'s the "old" contract.'),
        ]
        assert copy.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'shelves' ORDER BY column_index"
        ).fetchall() == [
            ("shelf_id", "Id of the shelf"),
            ("units", "What lies there (units)"),
            ("color", "Its color"),
            ("seen_at", "When the row was last seen, changed or not"),
        ]


def test_every_table_is_there_after_the_first_write_of_any(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)))
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    made = {
        f"{schema}.{name}" for schema, name in warehouse.query("SELECT schema_name, table_name FROM duckdb_tables()")
    }
    assert {"amazon.listings", "amazon.listings_log", "reconcile.stock_position", "meta.cursors"} <= made
    assert "reconcile.stock_position_log" not in made


def test_an_observed_table_keeps_its_history_when_its_contract_grows_and_shrinks(tmp_path: Path) -> None:
    old, today = contract(Shelf), contract(ShelfOfToday)
    open_warehouse(tmp_path, old).observe(old, [Shelf(shelf_id="A", units=1, color="red")], seen_at=at(1))
    warehouse = open_warehouse(tmp_path, today)
    change = warehouse.observe(
        today,
        [
            ShelfOfToday(shelf_id="A", units=None, counted_at=at(2)),
            ShelfOfToday(shelf_id="B", units=2, counted_at=None),
        ],
        seen_at=at(2),
    )
    assert (change.appeared, change.changed) == (1, 1)
    log = "SELECT shelf_id, units, color, counted_at, change FROM shop.shelves_log ORDER BY seen_at, shelf_id"
    assert warehouse.query(log) == [
        ("A", 1, "red", None, "appeared"),
        ("A", None, None, at(2), "changed"),
        ("B", 2, None, None, "appeared"),
    ]
    assert warehouse.query("SELECT * FROM shop.shelves_as_of(?)", [at(1)]) == [("A", 1, None, at(1))]


def test_a_derived_table_is_made_anew_when_its_contract_changes(tmp_path: Path) -> None:
    old, today = contract(Shelf, "derived"), contract(ShelfInWords, "derived")
    open_warehouse(tmp_path, old).replace(old, [Shelf(shelf_id="A", units=1, color="red")])
    warehouse = open_warehouse(tmp_path, today)
    warehouse.update(today, [ShelfInWords(shelf_id="B", units="two")])
    assert warehouse.rows(today) == [ShelfInWords(shelf_id="B", units="two")]


def test_a_changed_type_takes_the_old_values_along(tmp_path: Path) -> None:
    old, today = contract(Shelf), contract(ShelfInWords)
    open_warehouse(tmp_path, old).observe(old, [Shelf(shelf_id="A", units=1, color="red")], seen_at=at(1))
    warehouse = open_warehouse(tmp_path, today)
    warehouse.observe(today, [ShelfInWords(shelf_id="A", units="1")], seen_at=at(2))
    assert warehouse.query("SELECT units, change FROM shop.shelves_log") == [("1", "appeared")]


def test_a_type_that_old_values_do_not_fit_is_refused_and_the_file_left_alone(tmp_path: Path) -> None:
    old, today = contract(Shelf), contract(ShelfByNumber)
    open_warehouse(tmp_path, old).observe(old, [Shelf(shelf_id="A", units=1, color="red")], seen_at=at(1))
    with pytest.raises(StoreError, match=r"cannot be brought to today's contracts: .*Move the file away"):
        open_warehouse(tmp_path, today).observe(today, [ShelfByNumber(shelf_id=1, units=1)], seen_at=at(2))
    assert open_warehouse(tmp_path, old).rows(old) == [Shelf(shelf_id="A", units=1, color="red")]
