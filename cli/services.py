"""Starting, awaiting and stopping the processes of a rehearsal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from integration_assets.contracts.errors import InstepError

HOST = "127.0.0.1"
STARTS_WITHIN = 90.0
STOPS_WITHIN = 10.0


def is_free(port: int) -> bool:
    """Whether nothing listens on the port here."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether something at the url answers without an error."""
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def service(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    ready: Callable[[], bool],
    stops_within: float = STOPS_WITHIN,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python COMMAND` in a process group of its own until the context ends.

    InstepError with the end of its log when it stops or does not become ready in time.
    """
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own services
            [sys.executable, *command], env=dict(env), stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        _await(process, ready, log)
        yield process
    finally:
        _stop(process, stops_within)


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    patience = time.monotonic() + STARTS_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > patience:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise InstepError(f"{log.stem} did not start; the end of {log}:\n{tail}")
        time.sleep(0.2)


def _stop(process: subprocess.Popen[bytes], within: float) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=within)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
