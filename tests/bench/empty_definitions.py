"""The floor of change-to-PATCH: a sensor that looks at a folder and an op that says when it began. Nothing else."""

import os
import time
from pathlib import Path

import dagster as dg

FOLDER = Path(os.environ["INSTEP_BENCH_EVENTS"])
INTERVAL_SECONDS = int(os.environ["INSTEP_BENCH_INTERVAL"])


@dg.op
def say_when() -> None:
    """Leave the moment at which this op began."""
    now = time.time()
    for event in FOLDER.glob("*.event"):
        event.with_suffix(".started").write_text(str(now), encoding="ascii")
        event.unlink()


@dg.job(executor_def=dg.in_process_executor)
def empty() -> None:
    """One op."""
    say_when()


@dg.sensor(job=empty, minimum_interval_seconds=INTERVAL_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def empty_sensor() -> dg.RunRequest | dg.SkipReason:
    """One run for the events there are."""
    events = sorted(event.stem for event in FOLDER.glob("*.event"))
    return dg.RunRequest(run_key=events[0]) if events else dg.SkipReason("No event.")


defs = dg.Definitions(jobs=[empty], sensors=[empty_sensor])
