"""The warehouse file among processes and threads, and what happens when the machine fails it."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from integration_assets.contracts.errors import StoreError, WarehouseBusy
from integration_assets.contracts.shopify import STOCK_LEVELS
from resources.clock import ManualClock, SystemClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at, level

ROOT = Path(__file__).resolve().parents[2]


class FastClock(ManualClock):
    """A rehearsal's clock: sixty seconds of it pass in one on the wall."""

    speed = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def open_warehouse(path: Path, patience: float = 30.0) -> Warehouse:
    return Warehouse(path, SystemClock(), patience=patience, tables=[STOCK_LEVELS])


@contextmanager
def another_process(doing: str, path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.unit.warehouse_process", doing, str(path), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with process:
            yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_file_that_stays_taken_is_reported_with_who_has_it(path: Path) -> None:
    with another_process("hold", path) as holder:
        assert line_of(holder) == "open"
        with pytest.raises(WarehouseBusy, match=rf"PID {holder.pid}\) kept the warehouse .* for more than 0.1 s"):
            open_warehouse(path, patience=0.1).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
        with pytest.raises(WarehouseBusy, match=rf"PID {holder.pid}\)"):
            open_warehouse(path, patience=0.1).rows(STOCK_LEVELS)
        holder.communicate("done\n")


def test_a_file_that_is_given_back_is_waited_for(path: Path) -> None:
    with another_process("hold", path) as holder:
        assert line_of(holder) == "open"
        assert holder.stdin is not None
        threading.Timer(0.3, holder.stdin.close).start()
        change = open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    assert change.appeared == 1


def test_a_rehearsal_waits_as_long_on_the_wall_as_the_real_thing(path: Path) -> None:
    clock = FastClock(at(1))
    with another_process("hold", path) as holder:
        assert line_of(holder) == "open"
        with pytest.raises(WarehouseBusy):
            Warehouse(path, clock, patience=2.0, tables=[STOCK_LEVELS]).rows(STOCK_LEVELS)
        holder.communicate("done\n")
    assert 120 <= sum(clock.sleeps) <= 127.2
    assert min(clock.sleeps) >= 0.02 * 60
    assert max(clock.sleeps) <= 0.12 * 60


def test_two_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    with another_process("add", path, "left", "6") as left, another_process("add", path, "right", "6") as right:
        assert (left.wait(30), right.wait(30)) == (0, 0)
    warehouse = open_warehouse(path)
    found = warehouse.query(
        "SELECT left(inventory_item_id, 4), count(*) FROM shopify.stock_levels GROUP BY 1 ORDER BY 1"
    )
    assert found == [("left", 6), ("righ", 6)]
    assert warehouse.scalar("SELECT count(*) FROM shopify.stock_levels_log") == 12


def test_threads_that_read_and_write_at_once_get_along(path: Path) -> None:
    warehouse = open_warehouse(path)
    warehouse.observe(STOCK_LEVELS, [level("start", 0)], seen_at=at(1))
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(4):
                own = Warehouse(path, SystemClock(), tables=[STOCK_LEVELS])
                own.observe(STOCK_LEVELS, [level(f"{name}{number}", 1)], seen_at=at(2), complete=False)
                assert own.rows(STOCK_LEVELS, "inventory_item_id = ?", [f"{name}{number}"])
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's to show
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(warehouse.rows(STOCK_LEVELS)) == 13


def test_a_process_that_was_forked_has_a_duckdb_of_its_own(path: Path) -> None:
    with another_process("fork", path) as forking:
        assert [line_of(forking), line_of(forking)] == ["child 2", "parent 2"]
        assert forking.wait(30) == 0


def test_after_a_breakdown_the_file_is_opened_anew(path: Path) -> None:
    warehouse = open_warehouse(path)
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    with pytest.raises(StoreError, match="cannot be used: FATAL"), warehouse.connect():
        raise duckdb.FatalException("FATAL Error: the database has been invalidated")
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5)]
    with another_process("add", path, "other", "1") as other:
        assert other.wait(30) == 0


def test_a_thread_is_not_kept_out_for_ever(path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def keep() -> None:
        with open_warehouse(path).connect():
            entered.set()
            leave.wait(10)

    keeper = threading.Thread(target=keep)
    keeper.start()
    entered.wait(10)
    with pytest.raises(WarehouseBusy, match="Another thread of this process"):
        open_warehouse(path, patience=0.05).rows(STOCK_LEVELS)
    leave.set()
    keeper.join()


def test_opening_it_twice_in_one_thread_is_refused_and_not_waited_for(path: Path) -> None:
    warehouse = open_warehouse(path)
    with warehouse.connect(), pytest.raises(StoreError, match="already open in this thread"):
        warehouse.rows(STOCK_LEVELS)


def test_a_connection_is_closed_when_its_block_fails(path: Path) -> None:
    warehouse = open_warehouse(path)

    def fail() -> None:
        with warehouse.connect() as connection:
            connection.execute("CREATE TABLE half_done (number INTEGER)")
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        fail()
    with another_process("add", path, "other", "1") as other:
        assert other.wait(30) == 0


def test_a_killed_writer_leaves_the_old_snapshot_or_the_new_one(path: Path) -> None:
    dice = random.Random(7)
    for _ in range(4):
        with another_process("snapshots", path) as writer:
            assert line_of(writer) == "stored"
            time.sleep(dice.uniform(0, 0.15))
            writer.kill()
        warehouse = open_warehouse(path)
        ((number, count),) = warehouse.query("SELECT available, count(*) FROM shopify.stock_levels GROUP BY 1")
        assert (number, count) == (int(warehouse.cursor("snapshot") or 0), 3000)
        known = warehouse.query("SELECT available, count(*) FROM shopify.stock_levels_as_of('2027-01-01') GROUP BY 1")
        assert known == [(number, 3000)]
    change = open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(9), max_shrink_percent=100)
    assert (change.appeared, change.gone) == (1, 3000)


@pytest.mark.parametrize("when", ["staging", "writing"])
def test_a_full_disk_stores_nothing_and_says_so(path: Path, when: str) -> None:
    open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    with another_process("full", path, when) as process:
        told = line_of(process)
    assert "File too large" in told
    assert "Nothing was stored. Free disk space beside the warehouse" in told
    assert open_warehouse(path).rows(STOCK_LEVELS) == [level("A", 5)]
    assert [file.name for file in path.parent.iterdir() if "staging" in file.name] == []


def test_a_damaged_file_can_be_moved_away(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match=r"Move warehouse\.duckdb and warehouse\.duckdb\.wal away .* rebuilt"):
        open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    path.unlink()
    assert open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1)).appeared == 1


def test_a_damaged_page_is_told_from_a_lock(path: Path) -> None:
    warehouse = open_warehouse(path)
    warehouse.observe(STOCK_LEVELS, [level(f"I{number}", number) for number in range(5000)], seen_at=at(1))
    content = bytearray(path.read_bytes())
    content[4096 + 200 : len(content)] = bytes(len(content) - 4296)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot be used.*Move"):
        warehouse.rows(STOCK_LEVELS)


def test_there_is_nothing_to_read_before_the_first_write(path: Path) -> None:
    warehouse = open_warehouse(path)
    with pytest.raises(StoreError, match=r"There is no warehouse at .* yet\. Run `instep sync --once`"):
        warehouse.rows(STOCK_LEVELS)
    assert warehouse.cursor("orders/eu") is None
    assert warehouse.written_at(STOCK_LEVELS) is None
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be"):
        open_warehouse(tmp_path / "data" / "warehouse.duckdb").observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))


def test_a_select_that_is_wrong_says_why(path: Path) -> None:
    warehouse = open_warehouse(path)
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    with pytest.raises(StoreError, match=r"cannot answer: Binder Error.*nothing.*Mend the SELECT"):
        warehouse.query("SELECT nothing FROM shopify.stock_levels")
    with pytest.raises(StoreError, match=r"cannot answer: Catalog Error.*after the next write"):
        warehouse.query("SELECT 1 FROM shopify.of_tomorrow")


def test_the_file_stays_readable_for_the_oldest_supported_duckdb(path: Path) -> None:
    open_warehouse(path).observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    with duckdb.connect(str(path), read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'warehouse'").fetchone()
    assert tags == ({"storage_version": "v1.4.0+"},)
