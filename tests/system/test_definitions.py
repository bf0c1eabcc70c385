"""What Dagster loads: the whole graph as a file that a change of it must change, and everything in it fits together.

Rebuild the file with `python -m tests.system.test_definitions`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest

from cli.demo import DAGSTER
from integration_assets.contracts import actions, desk, reconcile
from integration_assets.contracts.registry import TABLES
from integration_assets.contracts.table import Table
from integration_assets.definitions import ASSETS, definitions
from integration_assets.jobs import JOBS, run_config_for_items, run_config_for_orders, run_config_for_origin
from integration_assets.reading import READ_AGAIN
from resources.connections import Connections
from tests.assets.stage import CREDENTIALS, model_of

GOLDEN = Path(__file__).with_name("asset_graph.json")
REBUILD = "python -m tests.system.test_definitions"
PUBLISHED = {"publish/analysts_copy", "publish/operator_page", "publish/alerts", "publish/month_end_pack"}
OBSERVED = [table for table in TABLES if table.kind == "observed"]


def loaded(home: Path) -> dg.Definitions:
    """The definitions on a plain operating model."""
    return definitions(Connections(model_of(home, "http://127.0.0.1:9", ("eu", "na"), ""), CREDENTIALS))


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return loaded(tmp_path_factory.mktemp("home"))


def specs_of(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def graph_of(defs: dg.Definitions) -> dict[str, Any]:
    """Everything a person would want to see change in a review."""
    repository = defs.get_repository_def()
    jobs = {job.name: defs.resolve_job_def(job.name) for job in JOBS}
    checks = [spec for each in (*(defs.asset_checks or ()), *ASSETS) for spec in _check_specs(each)]
    return {
        "assets": {key: _told(spec) for key, spec in sorted(specs_of(defs).items())},
        "checks": {
            f"{spec.asset_key.to_user_string()}: {spec.name}": "blocks" if spec.blocking else "tells"
            for spec in sorted(checks, key=lambda spec: (spec.asset_key, spec.name))
        },
        "jobs": {
            name: {"steps": sorted(node.name for node in job.graph.node_defs), "tags": dict(job.tags)}
            for name, job in sorted(jobs.items())
        },
        "schedules": {
            schedule.name: f"{schedule.cron_schedule} {schedule.job_name}"
            for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name)
        },
        "sensors": {
            sensor.name: f"every {sensor.minimum_interval_seconds} s {_starts(sensor)}"
            for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
        },
    }


def _starts(sensor: dg.SensorDefinition) -> str:
    return ", ".join(target.job_name for target in sensor.targets) or "starts nothing"


def _check_specs(each: object) -> list[dg.AssetCheckSpec]:
    return list(each.check_specs) if isinstance(each, dg.AssetsDefinition) else []


def _told(spec: dg.AssetSpec) -> dict[str, Any]:
    policy = spec.freshness_policy
    return {
        "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
        "group": spec.group_name,
        "owners": list(spec.owners),
        "kinds": sorted(spec.kinds),
        "fresh": None if policy is None else str(policy.warn_window.to_timedelta()),  # type: ignore[attr-defined]
    }


def test_the_graph_is_the_one_on_file(defs: dg.Definitions) -> None:
    on_file = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert graph_of(defs) == on_file, f"The asset graph has changed. If it was meant to: {REBUILD}"


def test_the_definitions_load_and_resolve(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_table_of_the_registry_is_an_asset_and_says_what_a_person_needs_to_know(defs: dg.Definitions) -> None:
    specs = specs_of(defs)
    assert set(specs) == {f"{table.schema}/{table.name}" for table in TABLES} | PUBLISHED
    for table in TABLES:
        spec = specs[f"{table.schema}/{table.name}"]
        assert spec.description is not None
        assert table.prose in spec.description
        assert f"`{table.sql_name}`" in spec.description
        assert spec.metadata["dagster/table_name"] == table.sql_name
        schema = spec.metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == [column.name for column in table.columns]
        assert all(column.description for column in schema.columns)
    for spec in specs.values():
        assert spec.description
        assert spec.owners
        assert spec.kinds


def test_every_observed_table_says_when_it_is_too_old_and_is_read_again_when_a_failure_may_pass(
    defs: dg.Definitions,
) -> None:
    specs = specs_of(defs)
    assert [table.sql_name for table in OBSERVED if specs["/".join(table.asset_key)].freshness_policy is None] == []
    observed = {dg.AssetKey(table.asset_key) for table in OBSERVED}
    policies = {asset.op.name: asset.op.retry_policy for asset in ASSETS if asset.keys & observed}
    assert policies == dict.fromkeys(policies, READ_AGAIN)
    others = {asset.op.name: asset.op.retry_policy for asset in ASSETS if not asset.keys & observed}
    assert others["actions_stock_push"] is None, "a push is never repeated blindly"


def test_every_asset_has_a_group_and_says_what_it_is_and_whose(defs: dg.Definitions) -> None:
    for key, spec in specs_of(defs).items():
        assert spec.group_name == key.partition("/")[0], key
        assert spec.description, key
        assert spec.description.rstrip().endswith("."), key
        assert [owner.partition(":")[0] for owner in spec.owners] == ["team"], key


def test_what_runs_by_the_clock_says_when_it_is_too_old(defs: dg.Definitions) -> None:
    specs = specs_of(defs)
    by_the_clock: list[Table[Any]] = [*reconcile.TABLES, *desk.TABLES, actions.STOCK_PUSH]
    keys = {"/".join(table.asset_key) for table in by_the_clock}
    keys |= {"publish/analysts_copy", "publish/operator_page", "publish/alerts"}
    assert [key for key in sorted(keys) if specs[key].freshness_policy is None] == []


def test_jobs_schedules_and_sensors_speak_as_people_do(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    told = {schedule.name: schedule.description for schedule in repository.schedule_defs}
    told |= {sensor.name: sensor.description for sensor in repository.sensor_defs}
    assert [name for name, description in told.items() if not (description or "").endswith(".")] == []
    assert all(sensor.name.endswith("_sensor") for sensor in repository.sensor_defs)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_has_steps_a_description_a_place_in_the_queue_and_an_end(defs: dg.Definitions, job: Any) -> None:
    resolved = defs.resolve_job_def(job.name)
    assert resolved.graph.node_defs
    assert resolved.description
    assert int(resolved.tags["dagster/priority"]) in range(-10, 11)
    assert 3600 <= int(resolved.tags["dagster/max_runtime"]) <= 7200


def test_pushes_go_before_everything_else_in_the_queue(defs: dg.Definitions) -> None:
    priorities = {job.name: int(defs.resolve_job_def(job.name).tags["dagster/priority"]) for job in JOBS}
    assert sorted(priorities, key=lambda name: -priorities[name]) == [
        "push_changed_stock",
        "confirm_shipments",
        "read_back_pushes",
        "keep_fulfilment_in_step",
        "ship_by_amazon",
        "take_in_orders",
        "tell_teams",
        "keep_prices_in_step",
        "keep_people_informed",
        "keep_stock_in_step",
        "mirror_fba_stock",
        "keep_content_in_step",
        "collect_settlements",
        "take_in_settlements",
        "close_settlements",
        "audit_listings",
        "judge_data_quality",
        "publish_month_end_pack",
        "publish_analysts_copy",
    ]


def test_the_run_config_of_every_schedule_and_sensor_fits_its_job(defs: dg.Definitions) -> None:
    for schedule in defs.get_repository_def().schedule_defs:
        with dg.build_schedule_context() as context:
            [request] = schedule.evaluate_tick(context).run_requests or []
        assert dg.validate_run_config(defs.resolve_job_def(schedule.job_name), request.run_config)
    items: Mapping[str, Any] = run_config_for_items(["gid://shopify/InventoryItem/1"], origin="webhook 1-1")
    assert dg.validate_run_config(defs.resolve_job_def("push_changed_stock"), items)
    orders: Mapping[str, Any] = run_config_for_orders(["gid://shopify/Order/1"], origin="webhook 1-1")
    assert dg.validate_run_config(defs.resolve_job_def("confirm_shipments"), orders)
    assert dg.validate_run_config(defs.resolve_job_def("read_back_pushes"), run_config_for_origin("read-back"))


def test_a_run_config_with_a_misspelt_op_is_refused(defs: dg.Definitions) -> None:
    wrong: dict[str, Any] = {"ops": {"shopify_stock_level": {"config": {"inventory_item_ids": []}}}}
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(defs.resolve_job_def("push_changed_stock"), wrong)


def test_runs_stay_in_one_process(defs: dg.Definitions) -> None:
    assert defs.executor is dg.in_process_executor
    assert {defs.resolve_job_def(job.name).executor_def.name for job in JOBS} == {"in_process"}


def test_a_push_never_waits_for_great_expectations(defs: dg.Definitions) -> None:
    suites = {"skus_look_like_skus", "quantities_hang_together", "orders_hang_together", "fba_units_add_up"}
    for job in JOBS:
        steps = " ".join(node.name for node in defs.resolve_job_def(job.name).graph.node_defs)
        assert any(suite in steps for suite in suites) == (job.name == "judge_data_quality")


def test_neither_production_nor_the_demo_sends_telemetry() -> None:
    root = Path(__file__).parents[2]
    assert "telemetry:\n  enabled: false" in (root / "dagster.yaml").read_text(encoding="utf-8")
    assert "telemetry:\n  enabled: false" in DAGSTER


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        GOLDEN.write_text(json.dumps(graph_of(loaded(Path(folder))), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{GOLDEN} is rebuilt.\n")
