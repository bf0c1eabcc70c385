"""`python -m tests.bench.child MODULE:FUNCTION ARGUMENTS`: run a function and tell what it took, as a line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def peak_mb() -> float:
    """The peak resident memory of this process in MB.

    Linux counts into `ru_maxrss` what the parent had when it started the child, so /proc is asked first.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


def main() -> None:
    """Import first, so that only the work counts."""
    name, arguments = sys.argv[1:]
    module, _, function = name.partition(":")
    work = getattr(import_module(f"tests.bench.{module}"), function)
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work(*json.loads(arguments))
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": peak_mb()}
    sys.stdout.write("\n" + json.dumps({**took, "answer": answer}) + "\n")


if __name__ == "__main__":
    main()
