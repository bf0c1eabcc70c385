"""The ledger's ground: connections, transactions, migrations and errors, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, Connection, Engine

from integration_assets.contracts.errors import ConfigurationError, InstepError, StoreError
from resources.clock import Clock
from resources.ledger_parts.schema import REVISION, VERSION_TABLE

BUSY_SECONDS = 30
"""How long a process waits for another one's write."""

ATTEMPTS = 6
"""How often a transaction is tried that lost a race or its connection. Only the transaction, never a call outside."""

CHUNK = 1_000
"""Ids in one statement; databases cap the number of parameters."""

MIGRATION_LOCK = 0x1457E9
POSTGRES_DRIVERS = ("postgres", "postgresql", "postgresql+psycopg2")
SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")
LOST_RACES = ("40001", "40P01")
"""PostgreSQL's codes of a serialization failure and of a deadlock: the transaction left nothing behind."""

_WRITE = "ledger_write"
_DURABLE = "ledger_durable"
T = TypeVar("T")
K = TypeVar("K")


class LedgerStore:
    """A database that is opened at the first use. Safe to share between threads; close it when done."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.clock = clock
        self._url = ledger_url(url)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._migrated = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Ledger({self.where})"

    @property
    def where(self) -> str:
        """The database's address, without its password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """True for a file on this machine, False for a PostgreSQL server."""
        return self._url.drivername == "sqlite+pysqlite"

    def close(self) -> None:
        """Give the connections back. The ledger opens again at its next use."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def migrate(self) -> None:
        """Bring the tables to this version. Safe to call always, and from many processes at once.

        Raises StoreError when the database is newer than this program.
        """
        with self._lock:
            self._migrate(self._opened())

    def revision(self) -> str | None:
        """The revision the database is at; None for a database without a ledger."""
        with self._lock:
            return self._transact(self._opened(), _revision)

    def check(self) -> list[str]:
        """What is wrong with the store itself: an empty list when SQLite finds its file whole. Reads all of it."""
        if not self.is_sqlite:
            return self._read(lambda connection: [] if connection.scalar(sa.select(1)) == 1 else ["no answer"])
        found = self._read(lambda connection: list(connection.scalars(sa.text("PRAGMA integrity_check"))))
        return [str(line) for line in found if line != "ok"]

    def _read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database."""
        return self._transact(self._ready(), work)

    def _write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Run `work` as one transaction that is on disk when this returns.

        `work` may run more than once, so it touches nothing but the database. Without `durable` a power cut may
        lose the last moments, a killed process loses nothing.
        """
        engine = self._ready().execution_options(**{_WRITE: True, _DURABLE: durable})
        return self._transact(engine, work)

    def _transact(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, again where that can help; every database error leaves as a StoreError."""
        attempt = 1
        while True:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except (sqlite3.Error, sa.exc.TimeoutError) as error:  # preparing a connection, waiting for a free one
                raise _in_words(error, self.where) from error
            except sa.exc.StatementError as error:
                if isinstance(error.orig, InstepError):
                    raise error.orig from None
                if attempt >= ATTEMPTS or not _worth_another_try(error):
                    raise _in_words(error.orig or error, self.where) from error
            self.clock.sleep(random.uniform(0.01, 0.05) * 2**attempt)
            attempt += 1

    def _ready(self) -> Engine:
        """The engine, once the tables are known to be this program's."""
        with self._lock:
            engine = self._opened()
            if not self._migrated:
                revision = self._transact(engine, _revision)
                if revision != REVISION:
                    if not self.is_sqlite and revision is None:
                        raise StoreError(f"The ledger at {self.where} is not set up.", todo="Run `instep setup`.")
                    if not self.is_sqlite and revision in _known_revisions():
                        raise StoreError(
                            f"The ledger at {self.where} is at revision {revision}, this program needs {REVISION}.",
                            todo="Stop the services, then run `instep setup`.",
                        )
                    self._migrate(engine)
                self._migrated = True
            return engine

    def _migrate(self, engine: Engine) -> None:
        def upgrade(connection: Connection) -> None:
            from alembic import command  # here, because only a database behind this version needs Alembic

            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            revision = _revision(connection)
            if revision == REVISION:
                return
            if revision is not None and revision not in _known_revisions():
                raise StoreError(
                    f"The ledger at {self.where} is at revision {revision}, which this program does not know: "
                    f"a newer version wrote it. This one knows up to {REVISION}.",
                    todo="Update Instep, or point it at its own ledger.",
                )
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        self._transact(engine.execution_options(**{_WRITE: True, _DURABLE: True}), upgrade)
        self._migrated = True

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = _sqlite_engine(self._url) if self.is_sqlite else _postgres_engine(self._url)
        return self._engine


def ledger_url(text: str) -> URL:
    """The address of a ledger, with its driver named: `sqlite:///path` or `postgresql://user:password@host/name`.

    A bare `postgresql://` means psycopg2 here, whatever SQLAlchemy's own default is. Raises ConfigurationError for
    anything else, without repeating the text, because it may hold a password.
    """
    todo = "Expected sqlite:///data/ledger.db or postgresql+psycopg2://user:password@host:5432/name."
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigurationError("The ledger's url cannot be read.", todo=todo) from None
    if url.drivername in POSTGRES_DRIVERS:
        if not url.database:
            raise ConfigurationError("The ledger's url names no database.", todo=todo)
        return url.set(drivername="postgresql+psycopg2")
    if url.drivername not in SQLITE_DRIVERS:
        raise ConfigurationError(f"The ledger cannot be kept in `{url.drivername}`.", todo=todo)
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("The ledger's url names no file, and a ledger in memory forgets.", todo=todo)
    return url.set(drivername="sqlite+pysqlite")


def insert_new(connection: Connection, table: sa.Table) -> sqlite_dialect.Insert | postgresql.Insert:
    """An INSERT that leaves a row alone which is already there."""
    if connection.dialect.name == "sqlite":
        return sqlite_dialect.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def locked_row(
    connection: Connection, table: sa.Table, key: Mapping[str, str], first: Mapping[str, Any]
) -> sa.RowMapping:
    """The row with this key, kept from other writers until the transaction ends; made from `first` when missing."""
    query = sa.select(table).where(*(table.c[name] == value for name, value in key.items())).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        connection.execute(insert_new(connection, table).values(**key, **first))
        row = connection.execute(query).mappings().one()
    return row


def chunks(items: Sequence[K]) -> Iterator[Sequence[K]]:
    """The items in pieces small enough for one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(sa.select(sa.column("version_num", sa.Text)).select_from(sa.table(VERSION_TABLE)))


def _alembic() -> Any:
    from alembic.config import Config  # here, because only a database behind this version needs Alembic

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # here, because only a database behind this version needs Alembic

    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _postgres_engine(url: URL) -> Engine:
    """Read committed with row locks; a connection that died while idle is noticed before it is used."""
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        connect_args={
            "connect_timeout": 10,
            "application_name": "instep ledger",
            "options": f"-c timezone=UTC -c lock_timeout={round(BUSY_SECONDS * 1000)}",
        },
    )


def _sqlite_engine(url: URL) -> Engine:
    """WAL, every commit synced, foreign keys on. Writers queue at BEGIN IMMEDIATE instead of failing half-way."""
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The ledger's folder {path.parent} cannot be made: {error.strerror}.") from error
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        cursor = connection.cursor()
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                if mode != "wal":
                    raise StoreError(
                        f"SQLite cannot use its write-ahead log for {path} (it stayed in mode {mode}).",
                        todo="Keep the ledger on a local disk, or use PostgreSQL.",
                    )
            cursor.execute("PRAGMA foreign_keys = ON")
        finally:
            cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_WRITE):
            connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get(_DURABLE) else 'NORMAL'}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _worth_another_try(error: sa.exc.StatementError) -> bool:
    """True where the transaction left nothing behind and may succeed now: a lost race, a lost connection."""
    if getattr(error.orig, "pgcode", None) in LOST_RACES:
        return True
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated


def _in_words(error: BaseException, where: str) -> StoreError:
    """What happened to the ledger and what to do, for a person. Parameters of a statement are never in it."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    for signs, what, todo in _TROUBLES:
        if any(sign in said.lower() for sign in signs):
            return StoreError(f"The ledger at {where} {what} ({said}).", todo=todo)
    return StoreError(f"The ledger at {where} failed: {type(error).__name__}: {said}.")


_TROUBLES = (
    (
        ("is locked", "is busy", "lock timeout"),
        f"was kept locked by another process for {BUSY_SECONDS} seconds",
        "Look for a stopped or hanging Instep process, or a database browser with an open transaction.",
    ),
    (
        ("disk is full", "no space left", "disk i/o error"),
        "cannot be written",
        "Free some space on its disk; nothing that was confirmed is lost.",
    ),
    (
        ("unable to open", "readonly", "read-only"),
        "cannot be opened for writing",
        "Check that the folder exists and belongs to this user.",
    ),
    (
        ("malformed", "not a database"),
        "is damaged",
        "Stop all services and restore the file from the last backup.",
    ),
    (
        ("connection", "could not translate host", "password", "does not exist", "server closed", "terminating"),
        "cannot be reached",
        "Check that the server runs and that host, port, user, password and database name are right.",
    ),
)
