"""Effects through the ledger, beside SQLite doing nothing but the same number of durable transactions and rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_assets.stock.pushes import pushes_of
from tests.bench.brand import KIND, REGION, connected, fill_ledger, push_singly, push_together
from tests.bench.measuring import in_child, seconds_of
from tests.bench.report import Figure
from tests.bench.rig import written

NAME = "ledger"
TOLD = "effects on SQLite, every commit on disk before it returns"
STEPS = 4
"""Intended, sent, applied, verified: a transaction each."""


def run(*, quick: bool) -> Iterator[Figure]:
    """Each measurement in a process of its own, on a ledger of its own, the floor on the same disk."""
    single, together, subjects = (20, 500, 1_000) if quick else (1_000, 10_000, 100_000)
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        homes = [str(Path(folder) / name) for name in ("single", "together", "many")]
        for home in homes:
            written(Path(home))
        floor = in_child("ledger:bare_commits", f"{folder}/bare.db", single * STEPS, 1).wall
        taken = in_child("ledger:singly", homes[0], single)
        yield Figure(
            what=f"{single:,} effects, a transaction a step",
            measured=taken.wall,
            floor=floor,
            unit="s",
            floor_is=f"{single * STEPS:,} durable transactions of bare SQLite",
            peak_mb=taken.peak_mb,
        )
        floor = in_child("ledger:bare_commits", f"{folder}/bare.db", STEPS, together).wall
        taken = in_child("ledger:together", homes[1], together)
        yield Figure(
            what=f"{together:,} effects, all in a transaction a step",
            measured=taken.wall,
            floor=floor,
            unit="s",
            floor_is=f"{STEPS} durable transactions of bare SQLite, {together:,} rows in each",
            peak_mb=taken.peak_mb,
        )
        fill_ledger(homes[2], subjects)
        for what, function in (("newest()", "newest"), ("all that a cycle asks", "asked_by_a_cycle")):
            taken = in_child(f"ledger:{function}", homes[2])
            yield Figure(
                what=f"{what}, {subjects:,} subjects",
                measured=taken.answer,
                floor=in_child("ledger:bare_fetch", f"{homes[2]}/data/ledger.db").answer,
                unit="s",
                floor_is="bare SQLite fetching the same effects as tuples",
                peak_mb=taken.peak_mb,
            )


def singly(home: str, count: int) -> None:
    """The way of a PATCH."""
    with connected(home).ledger as ledger:
        push_singly(ledger, range(count))


def together(home: str, count: int) -> None:
    """The way of a feed."""
    with connected(home).ledger as ledger:
        push_together(ledger, range(count))


def newest(home: str) -> float:
    """Seconds of the newest effect of every subject."""
    with connected(home).ledger as ledger:
        ledger.revision()
        return seconds_of(lambda: ledger.newest(KIND, REGION), times=3)


def asked_by_a_cycle(home: str) -> float:
    """Seconds of all that the stock rule asks the ledger before it decides."""
    with connected(home).ledger as ledger:
        ledger.revision()
        return seconds_of(lambda: pushes_of(ledger, REGION, ledger.clock.now()), times=3)


def bare_commits(path: str, commits: int, rows: int) -> None:
    """So many transactions with so many rows each, each on disk before the next one begins."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS effects (subject TEXT, state TEXT, payload TEXT)")
        row = ("MUG-OAK-1", "intended", '{"from":null,"quantity":1}')
        for _ in range(commits):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO effects VALUES (?, ?, ?)", [row] * rows)
            connection.execute("COMMIT")


def bare_fetch(path: str) -> float:
    """Seconds to fetch every effect."""
    with closing(sqlite3.connect(path)) as connection:
        return seconds_of(lambda: connection.execute("SELECT * FROM effects").fetchall(), times=3)
