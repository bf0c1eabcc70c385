"""What Dagster's own stores say of its daemon, its ticks and its runs; no service of Dagster's needs to run for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration_assets.service.runs import told_of_error
from integration_assets.service.watch import TICKS_IN_A_ROW, Daemon

if TYPE_CHECKING:
    import dagster as dg

INBOX_SENSOR = "stock_push_sensor"
RUNS = 200


def daemon_of(env: Mapping[str, str]) -> Daemon | None:
    """The daemon of the Dagster home that the environment names; None where it names none."""
    home = env.get("DAGSTER_HOME", "")
    if not home or not Path(home).is_dir():
        return None
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        return seen_in(instance)


def seen_in(instance: dg.DagsterInstance) -> Daemon:
    """Read heartbeats, the last ticks of all that is on, and the newest runs."""
    beats = instance.get_daemon_heartbeats()
    silent = min((time.time() - beat.timestamp for beat in beats.values()), default=None)
    failing: dict[str, list[str]] = {}
    read_to = None
    for state in instance.all_instigator_state():
        name = state.origin.instigator_name
        if name == INBOX_SENSOR:
            read_to = int(getattr(state.instigator_data, "cursor", None) or 0)
        if state.status.value in ("RUNNING", "DECLARED_IN_CODE", "AUTOMATICALLY_RUNNING"):
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=TICKS_IN_A_ROW)
            errors = [_error(tick.error) for tick in ticks if tick.status.value == "FAILURE"]
            if errors and len(errors) == len(ticks):
                failing[name] = errors
    return Daemon(
        silent_for=None if silent is None else timedelta(seconds=silent),
        faulty=tuple(sorted(name for name, beat in beats.items() if beat.errors)),
        failing=failing,
        last_run_failed=last_runs(instance),
        inbox_read_to=read_to,
    )


def last_runs(instance: dg.DagsterInstance) -> dict[str, bool]:
    """Of each job whether its newest finished run failed; what a person starts from the graph is no job."""
    newest: dict[str, bool] = {}
    for record in instance.get_run_records(limit=RUNS):
        run = record.dagster_run
        if run.is_finished and not run.job_name.startswith("__"):
            newest.setdefault(run.job_name, not run.is_success and run.status.value != "CANCELED")
    return newest


def _error(error: Any) -> str:
    while error is not None and error.cause is not None:
        error = error.cause
    return "no error was kept" if error is None else told_of_error(error.cls_name or "", error.message)
