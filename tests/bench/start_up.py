"""How long a person waits for `instep --help`, and a run worker for its code location."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measuring import ROOT, seconds_of
from tests.bench.report import Figure
from tests.bench.rig import Rig, written

NAME = "start_up"
TOLD = "processes that start"


def run(*, quick: bool) -> Iterator[Figure]:
    """Start each program in turn with its floor, so that both see the same machine."""
    times = 3 if quick else 21
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        rig = written(Path(folder))
        helped, nothing = _in_turns(rig, [_instep(), "--help"], [sys.executable, "-c", "pass"], times)
        located, imported = _in_turns(
            rig,
            [sys.executable, "-c", "import integration_assets.definitions"],
            [sys.executable, "-c", "import dagster"],
            times,
        )
    yield Figure(what="instep --help", measured=helped, floor=nothing, unit="s", floor_is="python -c pass", most=0.3)
    yield Figure(what="import the code location", measured=located, floor=imported, unit="s", floor_is="import dagster")


def _instep() -> str:
    """The command as it was installed beside this interpreter."""
    return str(Path(sys.executable).with_name("instep"))


def _in_turns(rig: Rig, measured: Sequence[str], floor: Sequence[str], times: int) -> tuple[float, float]:
    """Median seconds of both, after one start each that fills the caches."""
    taken: tuple[list[float], list[float]] = ([], [])
    for round_ in range(times + 1):
        for command, found in zip((measured, floor), taken, strict=True):
            seconds = seconds_of(partial(_start, rig, command))
            if round_:
                found.append(seconds)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _start(rig: Rig, command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, env=rig.env, check=True, stdout=subprocess.DEVNULL)
