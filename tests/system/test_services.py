"""Starting and stopping the processes of a rehearsal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.services import any_free_port, is_free, service
from integration_assets.contracts.errors import InstepError

ROOT = Path(__file__).resolve().parents[2]


def python_without_a_model() -> dict[str, str]:
    """An environment in which the project can be imported from anywhere and names no operating model."""
    return {"PYTHONPATH": str(ROOT), "INSTEP_OPERATING_MODEL": "", "DAGSTER_HOME": ""}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_port_is_free_until_somebody_listens_on_it() -> None:
    port = any_free_port()
    assert is_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)


def test_a_service_runs_until_its_block_ends(tmp_path: Path) -> None:
    port = any_free_port()
    command = ["-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with service(command, env=os.environ, log=tmp_path / "web.log", ready=lambda: not is_free(port)) as process:
        assert is_alive(process.pid)
    assert process.poll() is not None


def test_a_service_that_ends_at_once_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = ["-c", "import sys; sys.exit('the port is taken by somebody else')"]
    with (
        pytest.raises(InstepError, match="the port is taken by somebody else"),
        service(command, env=os.environ, log=tmp_path / "web.log", ready=lambda: False),
    ):
        pass


def test_a_service_that_ignores_the_first_word_is_stopped_with_its_children(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    stubborn = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(ready)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    with service(
        ["-c", stubborn], env=os.environ, log=tmp_path / "s.log", ready=ready.exists, stops_within=0.5
    ) as process:
        while not (text := ready.read_text()):
            time.sleep(0.05)
    assert process.returncode == -signal.SIGKILL
    for _ in range(100):
        if not is_alive(int(text)):
            break
        time.sleep(0.05)
    assert not is_alive(int(text))


def test_a_taken_port_is_told_with_the_option_to_choose_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", "demo", "--ui-port", str(port)],
            cwd=tmp_path,
            env={**os.environ, **python_without_a_model()},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {port} is in use, choose another with --ui-port" in done.stderr
