"""Runs as forks: they do their work, end when told, and are missed when they are killed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import LaunchRunContext, WorkerStatus

from sensors.run_launcher import ForkingRunLauncher, held, is_held

WITHIN = 60.0


@dg.op
def say_who_works(context: dg.OpExecutionContext) -> None:
    """Leave the number of this process, and stay for as long as the folder says."""
    folder = Path(context.instance.root_directory)
    (folder / "process").write_text(f"{os.getpid()} {os.getppid()}", encoding="ascii")
    while (folder / "stay").exists():
        time.sleep(0.05)


@dg.job(executor_def=dg.in_process_executor)
def small_job() -> None:
    """One op."""
    say_who_works()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    launcher = {"module": ForkingRunLauncher.__module__, "class": ForkingRunLauncher.__name__}
    settings = {"run_launcher": launcher, "telemetry": {"enabled": False}}
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides=settings) as made:
        yield made


def launch(instance: dg.DagsterInstance) -> str:
    """Start the job in a process of its own; the id of its run."""
    job = dg.reconstructable(small_job)
    run = instance.create_run_for_job(small_job, job_code_origin=job.get_python_origin())
    instance.run_launcher.launch_run(LaunchRunContext(run, workspace=None))
    return str(run.run_id)


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not what():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def known(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run


def ended(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    """How the run ends."""
    wait_for(lambda: known(instance, run_id).is_finished)
    return known(instance, run_id).status


def test_a_run_works_in_a_process_that_was_forked_for_it(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert ended(instance, launch(instance)) == dg.DagsterRunStatus.SUCCESS
    first = (tmp_path / "process").read_text(encoding="ascii").split()
    assert ended(instance, launch(instance)) == dg.DagsterRunStatus.SUCCESS
    second = (tmp_path / "process").read_text(encoding="ascii").split()
    assert first[0] != second[0], "each run has its own process"
    assert first[1] == second[1], "and both come of the one that has the code"
    assert first[1] != str(os.getpid())


def test_a_run_that_was_killed_is_missed_and_one_that_is_told_to_end_does(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    (tmp_path / "stay").touch()
    killed = launch(instance)
    wait_for((tmp_path / "process").exists)
    launcher, run = instance.run_launcher, known(instance, killed)
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    os.kill(int((tmp_path / "process").read_text(encoding="ascii").split()[0]), signal.SIGKILL)
    wait_for(lambda: launcher.check_run_worker_health(run).status == WorkerStatus.NOT_FOUND)
    assert not launcher.terminate(killed), "there is nothing left to end"

    (tmp_path / "process").unlink()
    told = launch(instance)
    wait_for((tmp_path / "process").exists)
    assert launcher.terminate(told)
    assert ended(instance, told) == dg.DagsterRunStatus.CANCELED
    assert not launcher.terminate(told)
    assert not launcher.terminate("no-such-run")


def test_a_file_is_held_for_as_long_as_the_process_works(tmp_path: Path) -> None:
    file = tmp_path / "run"
    assert not is_held(file)
    with held(file):
        assert is_held(file)
        assert file.read_text(encoding="ascii") == str(os.getpid())
    assert not file.exists()
    file.write_text("1", encoding="ascii")
    assert not is_held(file), "a number alone says nothing of who lives"
