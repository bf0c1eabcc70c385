"""The production `dagster.yaml` and `workspace.yaml`, loaded by Dagster itself against a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths

from tests.postgres import PostgresServer

pytest_plugins = ("tests.postgres",)

ROOT = Path(__file__).parents[2]


@dg.asset
def mugs() -> dg.MaterializeResult[None]:
    """Something small to materialise."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as name:
        yield name


@pytest.fixture
def instance(
    postgres_server: PostgresServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    settings = {
        "DAGSTER_PG_HOST": postgres_server.host,
        "DAGSTER_PG_PORT": str(postgres_server.port),
        "DAGSTER_PG_USER": postgres_server.user,
        "DAGSTER_PG_PASSWORD": postgres_server.password,
        "DAGSTER_PG_DATABASE": database,
        "DAGSTER_FILES": str(tmp_path),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.from_config(str(ROOT)) as loaded:
        yield loaded


def test_a_materialization_is_stored_in_postgres_and_nothing_in_the_checkout(
    instance: dg.DagsterInstance, postgres_server: PostgresServer, database: str, tmp_path: Path
) -> None:
    before = {path.name for path in ROOT.iterdir()}
    result = dg.materialize([mugs], instance=instance)
    assert result.success
    event = instance.get_latest_materialization_event(dg.AssetKey("mugs"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["dagster/row_count"].value == 3
    assert postgres_server.run("SELECT run_id, status FROM runs", database) == [(result.run_id, "SUCCESS")]
    stored = postgres_server.run("SELECT DISTINCT run_id FROM event_logs", database)
    assert stored == [(result.run_id,)]
    assert any(tmp_path.rglob("*")), "the runs' files go to DAGSTER_FILES"
    assert {path.name for path in ROOT.iterdir()} == before


def test_the_instance_is_set_up_for_production(instance: dg.DagsterInstance) -> None:
    assert instance.telemetry_enabled is False
    assert instance.nux_enabled is False
    assert instance.run_monitoring_enabled is True
    assert instance.run_monitoring_max_runtime_seconds == 7200
    assert instance.run_retries_enabled is True
    assert instance.run_retries_max_retries == 1
    assert instance.run_retries_retry_on_asset_or_op_failure is False
    concurrency = instance.get_concurrency_config()
    assert concurrency.run_queue_config is not None
    assert concurrency.run_queue_config.max_concurrent_runs == 6


def test_every_secret_and_every_place_comes_from_the_environment() -> None:
    text = (ROOT / "dagster.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ +(\w+): \{env: (\w+)\}$", text, flags=re.MULTILINE) == [
        ("hostname", "DAGSTER_PG_HOST"),
        ("port", "DAGSTER_PG_PORT"),
        ("username", "DAGSTER_PG_USER"),
        ("password", "DAGSTER_PG_PASSWORD"),
        ("db_name", "DAGSTER_PG_DATABASE"),
        ("base_dir", "DAGSTER_FILES"),
        ("base_dir", "DAGSTER_FILES"),
    ]
    assert (
        re.findall(r"^ +(?:hostname|port|username|password|db_name|base_dir): [^{\s]", text, flags=re.MULTILINE) == []
    )


def test_the_workspace_names_one_code_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTEP_CODE_HOST", "127.0.0.1")
    monkeypatch.setenv("INSTEP_CODE_PORT", "4266")
    origins = location_origins_from_yaml_paths([str(ROOT / "workspace.yaml")])
    assert len(origins) == 1
    server = origins[0]
    assert isinstance(server, GrpcServerCodeLocationOrigin)
    assert (server.location_name, server.host, server.port) == ("instep", "127.0.0.1", 4266)
