"""Turns runs that fail or succeed into exceptions that open or close, and has the teams told of what is new."""

import dagster as dg

from integration_assets.jobs import TELL_TEAMS
from integration_assets.service.alerts import Desk
from integration_assets.service.runs import run_failed, run_succeeded, told_of_error
from resources.alerts import Alerts
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from sensors.batches import alert_key

RUNNING = dg.DefaultSensorStatus.RUNNING
UNNAMED = "__ASSET_JOB"
"""What Dagster calls a run that a person starts from the asset graph: no job of ours, so nobody is told of it."""


@dg.run_failure_sensor(
    name="failed_run_sensor",
    minimum_interval_seconds=15,
    default_status=RUNNING,
    description="Opens an exception for a job whose run has failed, with the step and what its error says.",
)
def failed_run_sensor(context: dg.RunFailureSensorContext, ledger: dg.ResourceParam[Ledger]) -> None:
    """Tell of the first step that failed; a run that died without one is told by its own message."""
    job = context.dagster_run.job_name
    if job.startswith(UNNAMED):
        return
    step, error = failure_of(context)
    run_failed(ledger, job, step, error)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="succeeded_run_sensor",
    minimum_interval_seconds=15,
    default_status=RUNNING,
    description="Closes the exception of a job whose run has gone through again.",
)
def succeeded_run_sensor(context: dg.RunStatusSensorContext, ledger: dg.ResourceParam[Ledger]) -> None:
    """What was said of the job's last run is over."""
    run_succeeded(ledger, context.dagster_run.job_name)


@dg.sensor(
    job=TELL_TEAMS,
    minimum_interval_seconds=15,
    default_status=RUNNING,
    description="Has the teams told when an exception has opened, closed or changed since they last were.",
)
def alerts_sensor(
    model: dg.ResourceParam[OperatingModel],
    ledger: dg.ResourceParam[Ledger],
    alerts: dg.ResourceParam[Alerts],
    clock: dg.ResourceParam[Clock],
) -> dg.RunRequest | dg.SkipReason:
    """Look whether a channel is behind. While what is behind has to wait, it is tried each quarter of an hour."""
    if not Desk(model, ledger, alerts, clock).has_news():
        return dg.SkipReason("Everybody has been told.")
    return dg.RunRequest(run_key=alert_key(ledger.newest_exception_step(), clock.now()))


def failure_of(context: dg.RunFailureSensorContext) -> tuple[str, str]:
    """The step that failed and what may be told of its error."""
    for event in context.get_step_failure_events():
        data = event.event_specific_data
        error = getattr(data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return (event.step_key or "a step").replace("_", " "), told_of_error(error.cls_name or "", error.message)
    return "its start", "the process ended, or the run took longer than it may"
