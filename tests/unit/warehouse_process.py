"""Another process at the warehouse, for tests that need one: `python -m tests.unit.warehouse_process DOING PATH`."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from integration_assets.contracts.errors import StoreError
from integration_assets.contracts.shopify import STOCK_LEVELS, StockLevel
from resources.clock import SystemClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at, level

ROWS_OF_A_SNAPSHOT = 3000


def hold(warehouse: Warehouse) -> None:
    """Keep the file open until a line comes in."""
    with warehouse.connect():
        say("open")
        sys.stdin.readline()


def add(warehouse: Warehouse, name: str, times: int) -> None:
    """Write `times` rows of one's own, one transaction each."""
    for number in range(times):
        warehouse.observe(STOCK_LEVELS, [level(f"{name}{number}", number)], seen_at=at(1), complete=False)


def snapshots_for_ever(warehouse: Warehouse) -> None:
    """One whole snapshot after the other, all rows of each with one and the same quantity; says when one is in."""
    number = int(warehouse.cursor("snapshot") or 0)
    while True:
        number += 1
        rows = (level(f"I{index}", number) for index in range(ROWS_OF_A_SNAPSHOT))
        warehouse.observe(
            STOCK_LEVELS,
            rows,
            seen_at=at(1) + timedelta(seconds=number),
            cursor=("snapshot", str(number)),
            max_shrink_percent=100,
        )
        say("stored")


def run_out_of_disk(warehouse: Warehouse, when: str) -> None:
    """Hit the largest file size allowed: while rows are staged, or while DuckDB writes them."""

    def rows() -> Iterator[StockLevel]:
        if when == "staging":
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for index in range(20_000):
            yield level(f"gid://shopify/InventoryItem/{index * 7919 % 1_000_003}", index * 31 % 997)
        if when == "writing":
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    try:
        warehouse.observe(STOCK_LEVELS, rows(), seen_at=at(2))
    except StoreError as error:
        say(str(error))


def fork(warehouse: Warehouse) -> None:
    """Write, fork, and write in the child too while DuckDB runs in the parent; says how many rows each of them sees."""
    add(warehouse, "parent", 1)
    with warehouse.connect(read_only=True):
        child = os.fork()
    if child == 0:
        add(warehouse, "child", 1)
        say(f"child {len(warehouse.rows(STOCK_LEVELS))}")
        os._exit(0)
    os.waitpid(child, 0)
    say(f"parent {len(warehouse.rows(STOCK_LEVELS))}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(doing: str, path: str, *arguments: str) -> None:
    warehouse = Warehouse(Path(path), SystemClock(), tables=[STOCK_LEVELS])
    if doing == "hold":
        hold(warehouse)
    elif doing == "add":
        add(warehouse, arguments[0], int(arguments[1]))
    elif doing == "snapshots":
        snapshots_for_ever(warehouse)
    elif doing == "full":
        run_out_of_disk(warehouse, arguments[0])
    elif doing == "fork":
        fork(warehouse)


if __name__ == "__main__":
    main(*sys.argv[1:])
