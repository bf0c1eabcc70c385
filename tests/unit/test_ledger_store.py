"""The ledger's ground: addresses, migrations, durability, and what is said when something is wrong."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import ConfigurationError, StoreError
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.ledger_parts import store as ledger_store
from resources.ledger_parts.schema import METADATA, REVISION, VERSION_TABLE
from resources.ledger_parts.store import ledger_url as address_of

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a place where no ledger is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/folder/ledger.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path}/ledger.db", ManualClock(NINE)) as ledger:
        yield ledger


def intend(ledger: Ledger, quantity: int = 5) -> int:
    return ledger.intend("stock_push", "eu", "MUG-1", {"quantity": quantity}, "why", "test").effect_id


@pytest.mark.parametrize(
    ("written", "driver"),
    [
        ("sqlite:////tmp/ledger.db", "sqlite+pysqlite"),
        ("sqlite+pysqlite:///ledger.db", "sqlite+pysqlite"),
        ("postgresql://u:p@db/instep", "postgresql+psycopg2"),
        ("postgres://u:p@db/instep", "postgresql+psycopg2"),
        ("postgresql+psycopg2://u:p@db/instep", "postgresql+psycopg2"),
    ],
)
def test_an_address_gets_the_driver_that_is_installed(written: str, driver: str) -> None:
    assert address_of(written).drivername == driver


@pytest.mark.parametrize(
    "written",
    ["", "data/ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://u:hunter2@db/x", "postgresql://u:hunter2@db"],
)
def test_an_address_that_cannot_be_used_is_refused_at_once_without_its_password(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Expected sqlite:///data/ledger\.db or postgresql") as refused:
        Ledger(written, ManualClock(NINE))
    assert "hunter2" not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with (
        Ledger("postgresql://u:hunter2@127.0.0.1:1/instep", ManualClock(NINE)) as ledger,
        pytest.raises(StoreError, match=r"u:\*\*\*@127.0.0.1:1/instep cannot be reached") as failed,
    ):
        ledger.inbox_head()
    assert "hunter2" not in str(failed.value)
    assert "hunter2" not in repr(ledger)


def test_a_new_file_is_made_and_migrated_at_the_first_use(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "ledger.db"
    with Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger:
        assert not path.exists()
        assert ledger.inbox_head() == 0
        assert ledger.revision() == REVISION


def test_a_new_postgres_waits_for_setup(postgres_url: str) -> None:
    with Ledger(postgres_url, ManualClock(NINE)) as ledger:
        assert ledger.revision() is None
        with pytest.raises(StoreError, match=r"is not set up\. Run `instep setup`"):
            ledger.inbox_head()
        ledger.migrate()
        ledger.migrate()
        assert ledger.inbox_head() == 0


def test_the_migrations_build_the_schema_that_the_code_uses(new_url: str) -> None:
    with Ledger(new_url, ManualClock(NINE)) as ledger:
        ledger.migrate()
        differences = ledger._read(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True}),
                METADATA,
            )
        )
        assert differences == []
        assert ledger.revision() == REVISION == max(ledger_store._known_revisions())


def test_many_can_migrate_at_the_same_time(new_url: str) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            with Ledger(new_url, ManualClock(NINE)) as ledger:
                ledger.migrate()
                intend(ledger)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Ledger(new_url, ManualClock(NINE)) as ledger:
        assert ledger.newest("stock_push", "eu")["MUG-1"].sequence == 4


def test_a_ledger_from_a_newer_version_is_left_alone(ledger_url: str) -> None:
    set_revision = sa.text(f"UPDATE {VERSION_TABLE} SET version_num = :revision")  # noqa: S608 - a constant
    with Ledger(ledger_url, ManualClock(NINE)) as ledger:
        ledger._write(lambda connection: connection.execute(set_revision, {"revision": "9999"}))
        try:
            with Ledger(ledger_url, ManualClock(NINE)) as later:
                for use in (later.inbox_head, later.migrate):
                    with pytest.raises(StoreError, match=r"is at revision 9999, which this program does not know"):
                        use()
        finally:
            ledger._write(lambda connection: connection.execute(set_revision, {"revision": REVISION}))


def test_an_older_postgres_waits_for_setup(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(ledger_url, ManualClock(NINE)) as ledger:
        intend(ledger)
    if ledger_url.startswith("postgresql"):
        monkeypatch.setattr(ledger_store, "REVISION", "9998")
        with (
            Ledger(ledger_url, ManualClock(NINE)) as ledger,
            pytest.raises(StoreError, match="this program needs 9998"),
        ):
            ledger.inbox_head()
    with Ledger(ledger_url, ManualClock(NINE)) as ledger:
        assert ledger.revision() == REVISION


def test_what_is_confirmed_is_on_disk(file_ledger: Ledger) -> None:
    def settings(connection: Connection) -> list[object]:
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    full, normal = 2, 1
    assert file_ledger._write(settings) == ["wal", full, 1, 30_000]
    assert file_ledger._write(settings, durable=False) == ["wal", normal, 1, 30_000]
    assert file_ledger._write(settings) == ["wal", full, 1, 30_000]


def test_a_ledger_opens_again_after_it_was_closed(ledger: Ledger) -> None:
    effect_id = intend(ledger)
    ledger.close()
    ledger.close()
    assert ledger.effect(effect_id).state == "intended"


def test_threads_that_meet_at_a_new_subject_take_turns(ledger: Ledger) -> None:
    subjects = [f"SKU-{number}" for number in range(15)]
    meeting = threading.Barrier(4)

    def work() -> None:
        for subject in subjects:
            meeting.wait(timeout=30)
            ledger.intend("stock_push", "eu", subject, {"quantity": 1}, "why", "test")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for subject in subjects:
        history = ledger.history("stock_push", "eu", subject)
        assert [effect.sequence for effect in history] == [4, 3, 2, 1]
        assert [effect.state for effect in history] == ["intended", "superseded", "superseded", "superseded"]


def test_a_subject_that_appears_while_another_looks_for_it_is_waited_for(postgres_url: str) -> None:
    clock = ManualClock(NINE)
    with Ledger(postgres_url, clock) as slow, Ledger(postgres_url, clock) as quick:
        slow.migrate()
        overtake_after = ["FOR UPDATE OF effect_subjects", "LEFT OUTER JOIN effects"]
        engine = slow._ready()

        @sa.event.listens_for(engine, "after_cursor_execute")
        def overtake(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if overtake_after and overtake_after[0] in statement:
                overtake_after.pop(0)
                intend(quick)

        last = intend(slow)
        history = slow.history("stock_push", "eu", "MUG-1")
        assert [effect.sequence for effect in history] == [3, 2, 1]
        assert [effect.state for effect in history] == ["intended", "superseded", "superseded"]
        assert history[0].effect_id == last


def test_a_lock_that_is_not_given_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "BUSY_SECONDS", 0.05)
    path = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger:
        effect_id = intend(ledger)
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="was kept locked by another process"):
                intend(ledger)
            assert ledger.effect(effect_id).state == "intended"
        assert ledger.begin(effect_id).state == "sent"


def test_a_lock_on_postgres_that_is_not_given_back_is_told(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "BUSY_SECONDS", 0.05)
    with Ledger(postgres_url, ManualClock(NINE)) as ledger, Ledger(postgres_url, ManualClock(NINE)) as other:
        ledger.migrate()
        intend(ledger)
        locked = sa.text("SELECT subject FROM effect_subjects FOR UPDATE")

        def hold_on(connection: Connection) -> None:
            connection.execute(locked)
            with pytest.raises(StoreError, match="was kept locked by another process"):
                intend(other)

        ledger._write(hold_on)
        assert intend(other) == 2


def test_a_full_disk_stops_the_work_before_the_call_and_loses_nothing(file_ledger: Ledger) -> None:
    effect_id = intend(file_ledger)
    pages = file_ledger._read(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    file_ledger._read(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar())
    done = [effect_id]

    def fill() -> None:
        while len(done) < 2_000:
            done.append(intend(file_ledger))

    with pytest.raises(StoreError, match=r"cannot be written .* Free some space"):
        fill()
    file_ledger.close()
    assert len(file_ledger.history("stock_push", "eu", "MUG-1", limit=5_000)) == len(done)
    assert file_ledger.check() == []


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("buy milk\n" * 200)
    with (
        Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger,
        pytest.raises(StoreError, match=r"is damaged .*restore the file from the last backup"),
    ):
        ledger.inbox_head()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        Ledger(f"sqlite:///{tmp_path}/file/ledger.db", ManualClock(NINE)) as ledger,
        pytest.raises(StoreError, match=r"folder .* cannot be made"),
    ):
        ledger.inbox_head()


def test_a_whole_store_has_nothing_to_report(ledger: Ledger) -> None:
    intend(ledger)
    assert ledger.check() == []


@pytest.mark.parametrize(
    "trouble",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE EXCEPTION 'lost a race' USING ERRCODE = '40001'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$",
    ],
    ids=["the server restarts", "serialization failure", "deadlock"],
)
def test_a_transaction_that_lost_a_race_is_tried_again(postgres_url: str, trouble: str) -> None:
    tries: list[int] = []

    def work(connection: Connection) -> str:
        tries.append(1)
        if len(tries) < 3:
            connection.exec_driver_sql(trouble)
        return "done"

    clock = ManualClock(NINE)
    with Ledger(postgres_url, clock) as ledger:
        ledger.migrate()
        assert ledger._write(work) == "done"
    assert (len(tries), len(clock.sleeps)) == (3, 2)


def test_a_race_that_is_always_lost_is_given_up(postgres_url: str) -> None:
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(1)
        connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$")

    with Ledger(postgres_url, ManualClock(NINE)) as ledger:
        ledger.migrate()
        with pytest.raises(StoreError, match="lost"):
            ledger._write(work)
    assert len(tries) == 6


def test_an_idle_connection_that_died_is_replaced_unseen(postgres_url: str) -> None:
    clock = ManualClock(NINE)
    with Ledger(postgres_url, clock) as ledger, Ledger(postgres_url, clock) as other:
        ledger.migrate()
        intend(ledger)
        out = sa.text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert other._read(lambda connection: connection.scalar(out)) == 1
        assert intend(ledger) == 2
