"""What analysts get: a copy of their own with comments, history and Parquet, replaced in one step."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from integration_assets.contracts.errors import StoreError
from integration_assets.contracts.shopify import STOCK_LEVELS, VARIANTS
from integration_assets.publish import analysts
from integration_assets.publish.analysts import Published, publish
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at, level, variant


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=[STOCK_LEVELS, VARIANTS])
    made.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    made.observe(STOCK_LEVELS, [level("A", 4), level("B", 7)], seen_at=at(2), cursor=("secret-cursor", "x"))
    made.archive(b"a raw report", source="amazon/SETTLEMENT", name="raw-report-name", received_at=at(1))
    return made


def ask(database: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_copy_has_the_tables_the_history_and_the_past(warehouse: Warehouse, tmp_path: Path) -> None:
    published = publish(warehouse, tmp_path / "published")
    assert published == Published(database=tmp_path / "published" / "analytics.duckdb", tables=5, rows=7)
    levels = "SELECT inventory_item_id, available FROM shopify.stock_levels ORDER BY 1"
    assert ask(published.database, levels) == [("A", 4), ("B", 7)]
    past = "SELECT inventory_item_id, available FROM shopify.stock_levels_as_of('2026-03-01 01:30:00+00') ORDER BY 1"
    assert ask(published.database, past) == [("A", 5), ("B", 7)]
    assert ask(published.database, "SELECT table_name FROM meta.freshness ORDER BY 1") == [
        ("raw.documents",),
        ("shopify.stock_levels",),
    ]


def test_two_changes_of_one_instant_end_with_the_later_one_in_the_copy_too(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    for available in (9, 8, 6):
        warehouse.observe(STOCK_LEVELS, [level("A", available)], seen_at=at(3), complete=False)
    database = publish(warehouse, tmp_path / "published").database
    past = "SELECT available FROM shopify.stock_levels_as_of('2026-03-01 03:00:00+00') WHERE inventory_item_id = 'A'"
    assert ask(database, past) == [(6,)]


def test_the_warehouse_is_free_while_the_copy_is_written(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = analysts._connected

    def written_meanwhile(database: Path) -> duckdb.DuckDBPyConnection:
        warehouse.observe(STOCK_LEVELS, [level("C", 1)], seen_at=at(3), complete=False)
        return connected(database)

    monkeypatch.setattr(analysts, "_connected", written_meanwhile)
    database = publish(warehouse, tmp_path / "published").database
    assert ask(database, "SELECT count(*) FROM shopify.stock_levels") == [(2,)]
    assert warehouse.scalar("SELECT count(*) FROM shopify.stock_levels") == 3


def test_no_raw_document_and_no_cursor_is_in_the_copy(warehouse: Warehouse, tmp_path: Path) -> None:
    publish(warehouse, tmp_path / "published")
    content = b"".join(file.read_bytes() for file in (tmp_path / "published").rglob("*") if file.is_file())
    assert b"raw-report-name" not in content
    assert b"secret-cursor" not in content
    assert b"raw-report-name" in warehouse.path.read_bytes()


def test_every_table_is_there_as_parquet(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.observe(VARIANTS, [variant("V1", tags=("a", "b"))], seen_at=at(1))
    target = tmp_path / "published"
    publish(warehouse, target)
    files = sorted(str(file.relative_to(target)) for file in target.rglob("*.parquet"))
    assert files == [
        "parquet/meta/freshness.parquet",
        "parquet/shopify/stock_levels.parquet",
        "parquet/shopify/stock_levels_log.parquet",
        "parquet/shopify/variants.parquet",
        "parquet/shopify/variants_log.parquet",
    ]
    read = duckdb.connect().execute(
        "SELECT tags, price, typeof(price), typeof(updated_at) FROM read_parquet(?)",
        [str(target / "parquet" / "shopify" / "variants.parquet")],
    )
    (found,) = read.fetchall()
    assert (found[0], str(found[1]), *found[2:]) == (["a", "b"], "9.9900", "DECIMAL(18,4)", "TIMESTAMP WITH TIME ZONE")


def test_a_reader_of_the_old_copy_keeps_it_and_a_new_one_sees_the_new(warehouse: Warehouse, tmp_path: Path) -> None:
    target = tmp_path / "published"
    database = publish(warehouse, target).database
    count = "SELECT count(*) FROM shopify.stock_levels"
    with duckdb.connect(str(database), read_only=True) as old_reader:
        warehouse.observe(STOCK_LEVELS, [level("C", 1)], seen_at=at(3), complete=False)
        publish(warehouse, target)
        assert old_reader.execute(count).fetchall() == [(2,)]
    assert ask(database, count) == [(3,)]


def test_parquet_of_a_table_that_is_no_more_is_removed(warehouse: Warehouse, tmp_path: Path) -> None:
    old = tmp_path / "published" / "parquet" / "shopify" / "of_yesterday.parquet"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    publish(warehouse, tmp_path / "published")
    assert not old.exists()


def test_the_copy_opens_with_old_tools(warehouse: Warehouse, tmp_path: Path) -> None:
    database = publish(warehouse, tmp_path / "published").database
    tags = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'analytics'"
    assert ask(database, tags) == [("v1.2.0+",)]


def test_a_failed_publication_leaves_the_old_copy_whole(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "published"
    database = publish(warehouse, target).database
    monkeypatch.setattr("integration_assets.publish.analysts.DATABASE", "no/such/folder.duckdb")
    with pytest.raises(StoreError, match=r"cannot be written to .*published.* The old copy is still whole"):
        publish(warehouse, target)
    assert ask(database, "SELECT count(*) FROM shopify.stock_levels") == [(2,)]
    assert sorted(file.name for file in target.iterdir()) == ["analytics.duckdb", "parquet"]


def test_there_is_nothing_to_publish_before_the_first_write(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)))
    with pytest.raises(StoreError, match="There is no warehouse"):
        publish(warehouse, tmp_path / "published")
