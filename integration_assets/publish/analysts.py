"""The analysts' copy: every table with its comments in one DuckDB file, and as Parquet, each replaced in one step."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from integration_assets.contracts.errors import StoreError
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, literal
from resources.warehouse import Warehouse

DATABASE = "analytics.duckdb"
# Old enough for the notebooks and BI tools that analysts have.
STORAGE_VERSION = "v1.2.0"
MEMORY_LIMIT = "192MiB"
VIEWS = Path(__file__).with_name("views")
ANSWERS = "answers"
STILL = "warehouse_as_it_was.duckdb"
UNFINISHED = ".unfinished-"
LEFTOVER_AFTER_SECONDS = 24 * 3600
COPY = identifier("analysts_copy")
# The index of the raw archive and the cursors of readings say nothing to an analyst.
LEFT_OUT = (
    fill("DROP SCHEMA {copy}.{raw} CASCADE", copy=COPY, raw=identifier("raw")),
    fill("DROP TABLE {copy}.{cursors}", copy=COPY, cursors=identifier("meta", "cursors")),
)


@dataclass(frozen=True, slots=True)
class Published:
    """What was handed out: the DuckDB file, how many tables it has, their rows together, logs included, its views."""

    database: Path
    tables: int
    rows: int
    views: tuple[str, ...] = ()


def publish(warehouse: Warehouse, target: Path) -> Published:
    """Copy the warehouse to `target`/analytics.duckdb and `target`/parquet/<schema>/<table>.parquet.

    Each file is written beside the old one and put in its place: a reader finds a whole file, old or new, and one
    who has the old file open keeps it. The warehouse is held only while the database is copied. Raises
    WarehouseBusy, and StoreError when there is no warehouse yet or the copy cannot be written.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        with TemporaryDirectory(prefix=UNFINISHED, dir=target) as folder:
            unfinished = Path(folder) / DATABASE
            _copy(warehouse, unfinished)
            views = _explained(warehouse, unfinished)
            rows = _parquet(unfinished, Path(folder))
            _put_in_place(Path(folder) / "parquet", target / "parquet")
            database = unfinished.replace(target / DATABASE)
    except OSError as error:
        raise _unwritable(target, error) from error
    return Published(database=database, tables=len(rows), rows=sum(rows.values()), views=tuple(views))


def _copy(warehouse: Warehouse, unfinished: Path) -> None:
    """Write the tables into a file that never held anything else.

    The warehouse is held for as long as its bytes take to copy: writing the tables anew takes fifty times that.
    """
    still = unfinished.with_name(STILL)
    warehouse.copy_to(still)
    attach = "ATTACH {file} AS {copy} (READ_WRITE, STORAGE_VERSION {version})"
    try:
        with _connected(still) as connection:
            connection.execute(fill(attach, file=literal(str(unfinished)), copy=COPY, version=literal(STORAGE_VERSION)))
            source = identifier(still.stem)
            connection.execute(fill("COPY FROM DATABASE {source} TO {copy} (SCHEMA)", source=source, copy=COPY))
            for statement in LEFT_OUT:
                connection.execute(statement)
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'analysts_copy' ORDER BY ALL"
            ).fetchall()
            for schema, name in tables:
                names = {
                    "copy": identifier("analysts_copy", schema, name),
                    "table": identifier(still.stem, schema, name),
                }
                _keep_order(connection, of=name)
                connection.execute(fill("INSERT INTO {copy} SELECT * FROM {table}", **names))
            connection.execute(fill("DETACH {copy}", copy=COPY))
    except duckdb.IOException as error:
        raise _unwritable(unfinished.parent.parent, error) from error
    still.unlink()


def views() -> dict[str, tuple[str, str]]:
    """The views that answer common questions: name -> (what it answers, its SELECT). One file each."""
    found = {}
    for file in sorted(VIEWS.glob("*.sql")):
        told, _, select = file.read_text(encoding="utf-8").partition("\n")
        found[file.stem] = (told.removeprefix("-- "), select)
    return found


def _explained(warehouse: Warehouse, unfinished: Path) -> list[str]:
    """Say in the copy itself what its tables and columns are, and make the views; answers the names of those.

    Views name the copy's own tables; one whose tables are not there is left out.
    """
    made = []
    with _connected(unfinished) as connection:
        there = set(connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall())
        connection.begin()
        for schema, table, statement in warehouse.comments():
            if (schema, table) in there:
                connection.execute(statement)
        connection.commit()
        connection.execute(fill("CREATE SCHEMA {answers}", answers=identifier(ANSWERS)))
        for name, (told, select) in views().items():
            view = identifier(ANSWERS, name)
            try:
                connection.execute(fill("CREATE VIEW {view} AS {select}", view=view, select=fixed(select)))
            except duckdb.CatalogException:
                continue
            connection.execute(fill("COMMENT ON VIEW {view} IS {told}", view=view, told=literal(told)))
            made.append(f"{ANSWERS}.{name}")
    return made


def _parquet(database: Path, folder: Path) -> dict[str, int]:
    """One file per table under `folder`/parquet; answers the rows of each."""
    rows: dict[str, int] = {}
    try:
        with _connected(database) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
            for schema, name in tables:
                file = folder / "parquet" / schema / f"{name}.parquet"
                file.parent.mkdir(parents=True, exist_ok=True)
                _keep_order(connection, of=name)
                written = connection.execute(_to_parquet(schema, name, file)).fetchone()
                rows[f"{schema}.{name}"] = int(written[0]) if written else 0
    except duckdb.IOException as error:
        raise _unwritable(folder.parent, error) from error
    return rows


def _connected(database: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(database), config={"memory_limit": MEMORY_LIMIT})


def _keep_order(connection: duckdb.DuckDBPyConnection, *, of: str) -> None:
    """Keep the order of rows in logs alone, which leaves one core idle.

    The as-of macros tell two changes of one instant apart by the order in which they were logged.
    """
    connection.execute(f"SET preserve_insertion_order = {str(of.endswith('_log')).lower()}")


def _to_parquet(schema: str, name: str, file: Path) -> Fragment:
    return fill(
        "COPY {table} TO {file} (FORMAT parquet, COMPRESSION zstd)",
        table=identifier(schema, name),
        file=literal(str(file)),
    )


def _put_in_place(finished: Path, target: Path) -> None:
    """Move every new file over the old one, and remove those of tables that are no more."""
    files = {file.relative_to(finished) for file in finished.glob("*/*.parquet")}
    for file in sorted(files):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (finished / file).replace(target / file)
    for old in target.glob("*/*.parquet"):
        if old.relative_to(target) not in files:
            old.unlink()


def _sweep(target: Path) -> None:
    """Remove what a killed process left behind; a folder of today may be another process's work."""
    oldest = time.time() - LEFTOVER_AFTER_SECONDS
    for leftover in target.glob(f"{UNFINISHED}*"):
        if leftover.stat().st_mtime < oldest:
            shutil.rmtree(leftover, ignore_errors=True)


def _unwritable(target: Path, error: Exception) -> StoreError:
    return StoreError(
        f"The analysts' copy cannot be written to {target}: {str(error).splitlines()[0]}.",
        todo="The old copy is still whole. Free disk space or mend the folder, then publish again.",
    )
