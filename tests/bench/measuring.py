"""Taking times and peak memory: in this process, or of a function in a process of its own."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a function took in a process of its own, imports left out: seconds, peak resident MB, and its answer.

    `cpu` counts all threads. The peak is the process's, so it has the interpreter and the imports in it.
    """

    wall: float
    cpu: float
    peak_mb: float
    answer: Any


def in_child(function: str, *arguments: Any, env: Mapping[str, str] | None = None) -> Taken:
    """Run `module:function` of this package in a fresh process; arguments and answer travel as JSON.

    RuntimeError with the end of what it wrote when it fails.
    """
    command = [sys.executable, "-m", "tests.bench.child", function, json.dumps(arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.splitlines()[-30:])
        raise RuntimeError(f"{function} ended with {done.returncode}:\n{tail}")
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


def seconds_of(work: Callable[[], Any], *, times: int = 1) -> float:
    """The median of the wall seconds that the work takes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent are not above."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def machine() -> dict[str, Any]:
    """The machine in general words, and how busy it is at this moment."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(pages * page / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 2),
    }
