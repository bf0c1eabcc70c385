"""The watchdog's rules: a silent daemon, ticks that fail in a row, a change that waits too long, runs that failed."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_assets import fba, fulfilment, mcf, money, orders, prices, stock
from integration_assets.service.watch import Daemon, Waits, look, of_lag, of_the_daemon, waiting
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.ledger_parts.records import Delivery, Intention
from resources.operating_model import OperatingModel
from resources.operating_model_parts.sections import Mode
from resources.warehouse import Warehouse
from tests.assets.stage import model_of

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ALIVE = Daemon(silent_for=timedelta(seconds=20))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NINE)


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        yield ledger


@pytest.fixture
def model(tmp_path: Path) -> OperatingModel:
    return model_of(tmp_path, "http://127.0.0.1:9", ("eu",), "")


def told(ledger: Ledger) -> dict[str, str]:
    return {record.kind: record.told for record in ledger.open_exceptions()}


def test_a_silent_daemon_is_told_until_it_lives_again(ledger: Ledger) -> None:
    of_the_daemon(ledger, Daemon(silent_for=timedelta(minutes=9), faulty=("SENSOR",)))
    assert told(ledger) == {
        "daemon_silent": "Dagster's daemon was last alive 9 min ago (with errors in SENSOR). No schedule and no sensor "
        "runs; nothing is pushed."
    }
    of_the_daemon(ledger, ALIVE)
    assert told(ledger) == {}


def test_where_no_daemon_ever_ran_none_is_missed(ledger: Ledger) -> None:
    of_the_daemon(ledger, Daemon())
    assert told(ledger) == {}


def test_a_sensor_is_told_of_when_three_ticks_in_a_row_failed(ledger: Ledger) -> None:
    once = Daemon(failing={"stock_push_sensor": ["The ledger is locked."] * 2})
    of_the_daemon(ledger, once)
    assert told(ledger) == {}
    of_the_daemon(ledger, Daemon(failing={"stock_push_sensor": ["The ledger is locked."] * 3}))
    assert told(ledger)["failed_tick"].startswith("The last 3 ticks of stock_push_sensor failed: The ledger is locked.")


def test_a_failed_run_that_no_sensor_told_of_is_told_and_one_that_was_keeps_its_words(ledger: Ledger) -> None:
    of_the_daemon(ledger, Daemon(last_run_failed={"take_in_orders": True, "tell_teams": False}))
    assert "take_in_orders failed at a step: its error stands at the run" in told(ledger)["failed_run"]
    of_the_daemon(ledger, Daemon(last_run_failed={"take_in_orders": False}))
    assert told(ledger) == {}


def test_the_change_that_waits_longest_is_told_when_it_waits_too_long(ledger: Ledger) -> None:
    limit = timedelta(minutes=45)
    waits = [Waits("stock of eu/VASE", NINE), Waits("3 webhooks that nobody has read", NINE - timedelta(hours=2))]
    of_lag(ledger, waits, limit, NINE + timedelta(minutes=10))
    assert told(ledger)["push_lag"].startswith(
        "The oldest change that is not sent yet has waited for 2 h: 3 webhooks that nobody has read."
    )
    of_lag(ledger, waits[:1], limit, NINE + timedelta(minutes=10))
    assert told(ledger) == {}


def test_what_waits_is_found_in_the_inbox_and_in_the_ledger(
    ledger: Ledger, model: OperatingModel, clock: ManualClock
) -> None:
    ledger.receive_many(
        [Delivery("shopify", f"m{n}", "inventory_levels/update", "gid://x/1", None, {}) for n in range(3)]
    )
    clock.advance(60)
    ledger.intend_many("stock_push", "eu", [Intention("VASE", {"quantity": 3}, "", "a test")])
    found = waiting(model, ledger, None, Daemon(inbox_read_to=1))
    assert found == [
        Waits("2 webhooks that nobody has read", NINE),
        Waits("stock push of eu/VASE", NINE + timedelta(minutes=1)),
    ]
    assert waiting(model, ledger, None, Daemon(inbox_read_to=3))[0].what == "stock push of eu/VASE"


def test_what_is_paused_does_not_wait(ledger: Ledger, model: OperatingModel, clock: ManualClock) -> None:
    ledger.intend_many("stock_push", "eu", [Intention("VASE", {"quantity": 3}, "", "a test")])
    clock.advance(60)
    ledger.intend_many("tracking_correction", "eu", [Intention("026-1/1", {}, "", "a test")])
    ledger.intend_many("stock_push", "gone", [Intention("VASE", {"quantity": 3}, "", "a test")])
    live = Mode(stock_push="live", shipment_confirmation="live")
    both = ["stock push of eu/VASE", "tracking correction of eu/026-1/1"]
    assert told_to_wait(model, live, ledger) == both
    assert told_to_wait(model, live.model_copy(update={"stock_push": "preview"}), ledger) == both[1:]
    assert told_to_wait(model, Mode(), ledger) == []


def test_every_kind_of_effect_has_a_mode() -> None:
    rooms = [room.__path__ for room in (fba, fulfilment, mcf, money, orders, prices, stock)]
    modules = [
        importlib.import_module(f"integration_assets.{Path(path).name}.{found.name}")
        for [path] in rooms
        for found in pkgutil.iter_modules([path])
    ]
    errands = {
        errand.kind
        for module in modules
        for _, errand in inspect.getmembers(module, inspect.isclass)
        if hasattr(errand, "kind") and hasattr(errand, "once")
    }
    assert {
        "order_import",
        "order_update",
        "shipment_confirmation",
        "mcf_cancel",
        "fba_mirror",
        "price_push",
    } <= errands
    assert [kind for kind in sorted({*errands, "stock_push"}) if Mode().sends(kind)] == []


def told_to_wait(model: OperatingModel, mode: Mode, ledger: Ledger) -> list[str]:
    return [wait.what for wait in waiting(model.model_copy(update={"mode": mode}), ledger, None, None)]


def test_a_new_installation_is_well(ledger: Ledger, model: OperatingModel, clock: ManualClock, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "none.duckdb", clock)
    assert look(model=model, ledger=ledger, warehouse=warehouse, daemon=ALIVE, clock=clock) == []
    assert told(ledger) == {}


def test_a_warehouse_that_cannot_be_read_is_said_and_the_rest_is_looked_at(
    ledger: Ledger, model: OperatingModel, clock: ManualClock, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"this is no database" * 100)
    daemon = Daemon(silent_for=timedelta(hours=1))
    unseen = look(model=model, ledger=ledger, warehouse=Warehouse(broken, clock), daemon=daemon, clock=clock)
    assert len(unseen) == 1
    assert set(told(ledger)) == {"daemon_silent"}
