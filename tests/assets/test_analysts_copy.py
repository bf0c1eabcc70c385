"""The asset `publish.analysts_copy`."""

from pathlib import Path

import duckdb

from integration_assets.contracts.shopify import StockLevel
from integration_assets.publish.analysts_copy import analysts_copy
from tests.assets.rows import make, store
from tests.assets.stage import house, metadata_of

AVAILABLE = "SELECT sum(available) FROM shopify.stock_levels"


def test_an_analyst_who_has_the_copy_open_keeps_it_while_it_is_replaced(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(StockLevel, available=10))
        home.materialize(analysts_copy)
        copy = home.connections.model.published_dir / "analytics.duckdb"
        with duckdb.connect(str(copy), read_only=True) as notebook:
            assert notebook.execute(AVAILABLE).fetchone() == (10,)
            store(home.warehouse, make(StockLevel, available=7))
            home.materialize(analysts_copy)
            assert notebook.execute(AVAILABLE).fetchone() == (10,)
        with duckdb.connect(str(copy), read_only=True) as notebook:
            assert notebook.execute(AVAILABLE).fetchone() == (7,)
            parquet = home.connections.model.published_dir / "parquet" / "shopify" / "stock_levels.parquet"
            assert notebook.execute("SELECT sum(available) FROM read_parquet(?)", [str(parquet)]).fetchone() == (7,)


def test_the_ui_says_where_the_copy_is_and_how_much_is_in_it(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(StockLevel))
        said = metadata_of(home.materialize(analysts_copy), ["publish", "analysts_copy"])
        path = home.connections.model.published_dir / "analytics.duckdb"
        assert said["path"] == str(path)
        with duckdb.connect(str(path), read_only=True) as copy:
            names = copy.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            counts = [len(copy.execute(f'FROM "{schema}"."{table}"').fetchall()) for schema, table in names]
        assert said["tables"] == len(names)
        assert ("raw", "documents") not in names
        assert said["rows"] == sum(counts) > 0
