"""What holds for every test of every room."""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from resources.clock import SystemClock
from resources.warehouse import Warehouse

gc.set_threshold(100_000, 50, 50)


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Spare the machine what costs each test process a tenth of its time.

    The garbage collector need not look through what was imported, which stays; and DuckDB's second thread, which waits
    for work most of the time, waits busily.
    """
    gc.collect()
    gc.freeze()
    with (
        TemporaryDirectory() as folder,
        Warehouse(Path(folder) / "any.duckdb", SystemClock(), tables=[]).connect() as connection,
    ):
        connection.execute("SET threads = 1")
