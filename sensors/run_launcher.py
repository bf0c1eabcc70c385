"""Starts each run as a fork of a process that has imported the code, and notices when a run's process is gone.

Dagster's own launcher starts a new interpreter for each run: two seconds of imports before the first line of work, and
a run whose process was killed counts as under way until its maximum time. Here a run starts in a fraction of a second,
and run monitoring ends one whose process is gone, so that it is started again.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A launcher is a plug-in of Dagster's, but the names it is made of are not public.
from dagster import DagsterRun, DefaultRunLauncher
from dagster._cli.api import execute_run_command
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

PRELOADED = (
    "integration_assets.definitions",
    "resources.amazon_parts.library",
    "resources.ledger",
    "resources.shopify",
    "resources.warehouse",
    __name__,
)
"""What a run needs at any rate. To import it connects to nothing."""


class ForkingRunLauncher(DefaultRunLauncher):
    """Runs of the daemon on this machine, each in a process of its own.

    A process holds a lock on a file of its run for as long as it lives. So the dead are told from the living, and from
    another process that has the same number by now. The daemon waits for its runs when it is stopped, and has the code
    that was there when its first run started: restart it together with the code server.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """Fork a process that does the run."""
        run, origin = context.dagster_run, context.job_code_origin
        if origin is None:
            raise ValueError(f"Run {run.run_id} does not say where its code is; start it from a code location.")
        work = ExecuteRunArgs(job_origin=origin, run_id=run.run_id, instance_ref=self._instance.get_ref())
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(list(PRELOADED))
        file = self._file_of(run.run_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        forks.Process(target=carry_out, args=(serialize_value(work), file)).start()

    def terminate(self, run_id: str) -> bool:
        """Ask the process to end what it does. False if the run is over or its process is gone."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        file = self._file_of(run_id)
        if not is_held(file):
            return False
        os.kill(int(file.read_text(encoding="ascii")), signal.SIGTERM)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run that has started is there."""
        if is_held(self._file_of(run.run_id)):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its process was killed, or the machine was restarted")

    def _file_of(self, run_id: str) -> Path:
        return Path(self._instance.storage_directory()) / "run_workers" / run_id


def carry_out(work: str, file: Path) -> None:
    """What the process of a run does: Dagster's own command, with the run's file held."""
    with held(file):
        execute_run_command.main([work], standalone_mode=False)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """The file says the number of this process and is locked for as long as it lives, however it ends."""
    with file.open("w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
        file.unlink(missing_ok=True)


def is_held(file: Path) -> bool:
    """Whether a living process holds the file."""
    try:
        with file.open(encoding="ascii") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
