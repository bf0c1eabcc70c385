"""The warehouse file: opened late, closed at once, by one writer at a time. The only place that connects to DuckDB.

A writer shuts out every other process, readers included, so whoever finds the file taken waits and tries again. DuckDB
itself is started once a process and the file attached to it: starting it takes longer than opening the file.
"""

from __future__ import annotations

import os
import random
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from integration_assets.contracts.errors import StoreError, WarehouseBusy
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, literal
from resources.clock import Clock

PATIENCE_SECONDS = 60.0
# 1.5 and 2.x both read and write this format, so a change of DuckDB can be taken back; texts take a third less time to
# write than in older ones.
STORAGE_VERSION = "v1.4.0"
TAKEN = "Could not set lock on file"
# DuckDB's kinds of error do not tell a full disk from a wrong statement, and differ between versions; its words do.
BROKEN = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
)
FULL = r"No space left|too large|[Cc]ould not write|[Ff]ailed to offload"
DAMAGED = r"[Cc]orrupt|checksum"

_doors: dict[Path, _Door] = {}
_engines: dict[str, duckdb.DuckDBPyConnection] = {}
_guard = threading.Lock()


class _Door:
    """Lets one thread of this process at a time have the file open.

    DuckDB refuses to open a file read-only and read-write at once within a process, and file locks are the
    process's, not the thread's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._inside: int | None = None

    def enter(self, path: Path, seconds: float) -> None:
        if self._inside == threading.get_ident():
            raise StoreError(f"{path} is already open in this thread.", todo="Use the connection that is open.")
        if not self._lock.acquire(timeout=seconds):
            raise WarehouseBusy(
                f"Another thread of this process kept {path} for more than {seconds:g} s.",
                todo="Look for a job that does slow work while it has the warehouse open.",
            )
        self._inside = threading.get_ident()

    def leave(self) -> None:
        self._inside = None
        self._lock.release()


@contextmanager
def opened(
    path: Path, clock: Clock, *, read_only: bool, memory_limit: str, patience: float = PATIENCE_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in UTC, closed when the block is left, however it is left.

    Waits up to `patience` seconds on the wall (a rehearsal's fast clock makes no disk faster), then raises
    WarehouseBusy naming the process that has the file. StoreError when the file is missing, damaged or full.
    """
    path = path.resolve()
    with _guard:
        door = _doors.setdefault(path, _Door(f"warehouse_{len(_doors) + 1}"))
    door.enter(path, patience)
    try:
        file = identifier(door.name)
        connection = _attached(path, file, clock, read_only=read_only, memory_limit=memory_limit, patience=patience)
        try:
            with _pandas_kept_out():
                yield connection
        except duckdb.Error as error:
            if isinstance(error, BROKEN) or re.search(f"{FULL}|{DAMAGED}", str(error)):
                _forget(memory_limit)
                raise _broken(path, error) from error
            raise
        finally:
            _detach(connection, file, memory_limit)
    finally:
        door.leave()


@contextmanager
def _pandas_kept_out() -> Iterator[None]:
    """Keep DuckDB from importing pandas, which it does to look at the first value it binds: 0.3 s and 40 MB a process.

    Where pandas is loaded already, it is free to use it.
    """
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # to Python this means: not to be imported
    try:
        yield
    finally:
        if sys.modules.get("pandas") is None:
            sys.modules.pop("pandas", None)


def _broken(path: Path, error: duckdb.Error) -> StoreError:
    """What went wrong with the file or its disk, and what a person does about it."""
    told = str(error).splitlines()[0]
    if re.search(FULL, told):
        todo = "Nothing was stored. Free disk space beside the warehouse and run again."
    elif isinstance(error, duckdb.OutOfMemoryException):
        todo = "Nothing was stored. Raise the warehouse's memory limit or read less at once."
    else:
        todo = (
            f"Move {path.name} and {path.name}.wal away and run again: the warehouse is rebuilt from both systems. "
            "The raw archive lies beside it and is not affected; the change log starts anew."
        )
    return StoreError(f"The warehouse {path} cannot be used: {told}.", todo=todo)


def _attached(
    path: Path, file: Fragment, clock: Clock, *, read_only: bool, memory_limit: str, patience: float
) -> duckdb.DuckDBPyConnection:
    """A connection to the file alone, which is its default database."""
    _check_place(path, read_only=read_only)
    attach = fill(
        "ATTACH {path} AS {file} ({mode})",
        path=literal(str(path)),
        file=file,
        mode=fixed("READ_ONLY" if read_only else "READ_WRITE"),
    )
    deadline = clock.monotonic() + patience * clock.speed
    while True:
        connection = _cursor(memory_limit)
        try:
            connection.execute(attach)
        except duckdb.Error as error:
            connection.close()
            if TAKEN not in str(error):
                _forget(memory_limit)
                raise _broken(path, error) from error
            if clock.monotonic() >= deadline:
                raise WarehouseBusy(
                    f"{_holder(str(error))} kept the warehouse {path} for more than {patience:g} s.",
                    todo="Analysts read the published copy, never this file: close what holds it, then run again.",
                ) from error
        else:
            return connection.execute(fill("USE {file}", file=file))
        clock.sleep(random.uniform(0.02, 0.12) * clock.speed)


def _detach(connection: duckdb.DuckDBPyConnection, file: Fragment, memory_limit: str) -> None:
    """Let go of the file, whatever state the connection was left in."""
    with suppress(duckdb.Error):  # what was begun and never ended, for which nobody waits any more
        connection.rollback()
    try:
        connection.execute("USE memory")
        connection.execute(fill("DETACH {file}", file=file))
    except duckdb.Error:
        _forget(memory_limit)  # closing everything lets go of the file, too
    finally:
        connection.close()


def _cursor(memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A connection to DuckDB without a file, set as it is for every warehouse. Starts it where it does not run yet."""
    with _guard:
        engine = _engines.get(memory_limit)
        if engine is None:
            config: dict[str, str | bool | int | float | list[str]] = {
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": memory_limit,
                "preserve_insertion_order": False,
                "storage_compatibility_version": STORAGE_VERSION,
            }
            engine = _engines[memory_limit] = duckdb.connect(":memory:", config=config)
            # Under `python -c` DuckDB takes itself to be talked to, and paints a bar into what a machine reads.
            engine.execute("SET enable_progress_bar = false")
            engine.execute("SET GLOBAL TimeZone = 'UTC'")
        return engine.cursor()


def _forget(memory_limit: str) -> None:
    """Start DuckDB anew next time: after some errors it answers nothing any more."""
    with _guard:
        if (engine := _engines.pop(memory_limit, None)) is not None:
            engine.close()


def _leave_to_parent() -> None:
    """In a forked process: DuckDB's threads stayed with the parent; what it started is neither used nor ended here."""
    global _guard
    _guard = threading.Lock()
    _of_parent.append(dict(_engines))
    _engines.clear()
    _doors.clear()


_of_parent: list[dict[str, duckdb.DuckDBPyConnection]] = []
os.register_at_fork(after_in_child=_leave_to_parent)


def _check_place(path: Path, *, read_only: bool) -> None:
    if read_only and not path.exists():
        raise StoreError(
            f"There is no warehouse at {path} yet.",
            todo="Run `instep sync --once`, or materialize the shopify and amazon assets first.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} cannot be made: {error.strerror}.", todo="Set [store] data_dir."
        ) from error


def _holder(message: str) -> str:
    found = re.search(r"held in (.*?\(PID \d+\))", message)
    return found[1] if found else "Another process"
