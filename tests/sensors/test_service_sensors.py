"""A run that fails opens an exception, its next success closes it, and the teams are told when there is news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from cli.daemon import daemon_of, last_runs
from integration_assets.contracts.errors import Unavailable
from resources.alerts import Alerts
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.operating_model_parts.types import EnvRef
from sensors.batches import alert_key
from sensors.service_sensors import UNNAMED, alerts_sensor, failed_run_sensor, succeeded_run_sensor
from tests.assets.stage import QUIET, model_of, shared_instance

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHANNEL = '\n[alerts]\nfallback = [{{ env = "ALL" }}]\n'


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(NINE)) as ledger:
        yield ledger


@pytest.fixture
def model(tmp_path: Path) -> OperatingModel:
    return model_of(tmp_path, "http://127.0.0.1:9", ("eu",), CHANNEL)


def ran(error: Exception | None, name: str = "take_in_orders") -> dg.ExecuteInProcessResult:
    """A run of a job with one step that raises the error, or goes through."""

    @dg.op(name="amazon_orders")
    def step() -> None:
        if error is not None:
            raise error

    @dg.job(name=name)
    def job() -> None:
        step()

    return job.execute_in_process(instance=shared_instance(), run_config=QUIET, raise_on_error=False)


def tell_of(result: dg.ExecuteInProcessResult, ledger: Ledger) -> None:
    """Have the sensor that watches for such a run look at it."""
    [event] = [each for each in result.all_events if each.event_type_value in ("PIPELINE_FAILURE", "PIPELINE_SUCCESS")]
    sensor = succeeded_run_sensor if result.success else failed_run_sensor
    context = dg.build_run_status_sensor_context(
        sensor_name=sensor.name,
        dagster_event=event,
        dagster_instance=shared_instance(),
        dagster_run=result.dagster_run,
        resources={"ledger": ledger},
    )
    sensor(context if result.success else context.for_run_failure())


def told(ledger: Ledger) -> list[str]:
    return [record.told for record in ledger.open_exceptions("failed_run")]


def test_a_failed_run_is_told_with_its_step_and_what_the_error_says(ledger: Ledger) -> None:
    tell_of(ran(Unavailable("Amazon eu is down.", todo="It is tried again.")), ledger)
    assert told(ledger) == ["The run of take_in_orders failed at amazon orders: Amazon eu is down. It is tried again."]
    tell_of(ran(None), ledger)
    assert told(ledger) == []


def test_what_a_stranger_error_says_is_not_kept(ledger: Ledger) -> None:
    tell_of(ran(KeyError("Jane Doe, 1 High Street")), ledger)
    assert told(ledger) == [
        "The run of take_in_orders failed at amazon orders: KeyError, an error that the program did not expect."
    ]


def test_a_run_that_a_person_starts_from_the_graph_is_no_job(ledger: Ledger) -> None:
    tell_of(ran(Unavailable("Amazon eu is down."), name=UNNAMED), ledger)
    assert told(ledger) == []


def test_the_teams_are_told_when_a_channel_is_behind(ledger: Ledger, model: OperatingModel) -> None:
    clock = ManualClock(NINE)
    alerts = Alerts(model, {EnvRef(env="ALL"): "https://example.com"}, clock)

    def tick() -> dg.RunRequest | dg.SkipReason:
        resources = {"model": model, "ledger": ledger, "alerts": alerts, "clock": clock}
        with dg.build_sensor_context(instance=shared_instance(), resources=resources) as context:
            found = alerts_sensor(context)
        assert isinstance(found, dg.RunRequest | dg.SkipReason)
        return found

    assert isinstance(tick(), dg.SkipReason)
    ledger.raise_exception("oversold", "eu/CUP", "operations", "urgent", "Four more.", {})
    request = tick()
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == "alerts/1/20261123090"


def test_what_has_to_wait_is_tried_each_quarter_of_an_hour() -> None:
    keys = {alert_key(7, NINE + timedelta(minutes=minute)) for minute in range(60)}
    assert len(keys) == 4


def test_the_watchdog_reads_dagsters_own_stores_for_the_newest_run_of_each_job() -> None:
    ran(None, name="job_that_heals")
    ran(Unavailable("Amazon eu is down."), name="job_that_falls_ill")
    ran(Unavailable("Amazon eu is down."), name="job_that_heals")
    ran(None, name="job_that_heals")
    failed = last_runs(shared_instance())
    assert (failed["job_that_heals"], failed["job_that_falls_ill"]) == (False, True)


def test_without_a_dagster_home_there_is_no_daemon_to_watch(tmp_path: Path) -> None:
    assert daemon_of({}) is None
    assert daemon_of({"DAGSTER_HOME": str(tmp_path / "none")}) is None
