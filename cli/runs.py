"""Dagster's jobs run in this process, for whoever works without Dagster's services.

The runs are kept in $DAGSTER_HOME where that is set, so the UI shows them; otherwise nothing of them is kept.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.connections import Connections
    from resources.ledger import Ledger

WIDEST_STEP = 32
QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Runs:
    """Runs jobs one after another; `by` is who Dagster's UI says has launched them."""

    def __init__(self, connections: Connections, instance: Any, by: str) -> None:
        from integration_assets.definitions import definitions

        self._definitions = definitions(connections)
        self._ledger = connections.ledger
        self._instance = instance
        self._by = by

    def run(self, name: str, config: Mapping[str, Any] | None = None) -> Any:
        """Run a job to its end and answer its result; that it failed is an exception until it succeeds."""
        job, run_id = self._definitions.resolve_job_def(name), str(uuid.uuid4())
        with progress(self._instance, run_id, name, steps=len(job.graph.node_names())):
            done = job.execute_in_process(
                run_config={**(config or {}), **QUIET},
                instance=self._instance,
                raise_on_error=False,
                run_id=run_id,
                tags={"user": self._by},
            )
        note(self._ledger, name, done)
        return done


@contextmanager
def runs(connections: Connections, *, by: str) -> Iterator[Runs]:
    """Jobs of the product on these connections."""
    import dagster as dg

    with ExitStack() as stack:
        kept = os.environ.get("DAGSTER_HOME")
        instance = stack.enter_context(dg.DagsterInstance.get() if kept else dg.DagsterInstance.ephemeral())
        yield Runs(connections, instance, by)


@contextmanager
def progress(instance: Any, run_id: str, job: str, *, steps: int) -> Iterator[None]:
    """Show on the terminal which step a run is at; nothing where the error stream is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{words_of(job):<{WIDEST_STEP}}", total=steps)

        def told(event: Any) -> None:
            step = event.dagster_event
            if step is not None and step.is_step_start:
                bar.update(task, description=f"{words_of(step.step_key or job):<{WIDEST_STEP}}")
            elif step is not None and (step.is_step_success or step.is_step_failure or step.is_step_skipped):
                bar.advance(task)

        instance.add_event_listener(run_id, told)
        yield


def words_of(key: str) -> str:
    """A step's or a job's name as words."""
    return key.replace("_", " ")


def note(ledger: Ledger, job: str, result: Any) -> None:
    """Open or close the exception about the job's last run, as the sensors do where Dagster's daemon runs."""
    from integration_assets.service.runs import run_failed, run_succeeded, told_of_error

    if result.success:
        run_succeeded(ledger, job)
        return
    step, error = "its start", None
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            step, error = words_of(event.step_key), _root(event.step_failure_data.error)
            break
    told = "it ended without an error" if error is None else told_of_error(error.cls_name or "", error.message)
    run_failed(ledger, job, step, told)


def failures(result: Any) -> list[str]:
    """Each step of a run that failed, with what its error says, and each reading that left a region account out."""
    from integration_assets.regions import EVERY_REGION_ANSWERED

    steps = [
        f"{words_of(event.step_key)}: {_first_line(event.step_failure_data)}"
        for event in result.all_events
        if event.is_step_failure
    ]
    left_out = [
        f"{'.'.join(check.asset_key.path)}: {check.description}"
        for check in result.get_asset_check_evaluations()
        if check.check_name == EVERY_REGION_ANSWERED and not check.passed
    ]
    return steps + left_out


def _root(error: Any) -> Any:
    """The error that the others came of."""
    while error.cause is not None:
        error = error.cause
    return error


def _first_line(failure: Any) -> str:
    if failure.error is None:
        return "failed"
    error = _root(failure.error)
    # Dagster puts the class before the message. Our own, named with its module, says nothing to a person; a bare
    # TypeError is all there is to go by.
    message = str(error.message).strip()
    kind, _, told = message.partition(": ")
    return (told if "." in kind and " " not in kind else message).partition("\n")[0] or "failed"
