"""`python -m tests.bench [--only NAME] [--quick] [--json]`: run the benchmarks and print what they measured."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from tests.bench.measuring import machine
from tests.bench.report import Figure, dumped, show

NAMES = (
    "start_up",
    "page",
    "drift",
    "settlements",
    "books",
    "positions",
    "ledger",
    "receiver",
    "pacing",
    "calls",
    "action_calls",
    "scale",
    "latency",
)


def main() -> int:
    """1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it works, not how fast it is")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    typed = parser.parse_args()
    results: dict[str, Sequence[Figure]] = {}
    before = machine()
    for name in typed.only or NAMES:
        benchmark = importlib.import_module(f"tests.bench.{name}")
        results[name] = tuple(benchmark.run(quick=typed.quick))
        if not typed.json:
            show(name, benchmark.TOLD, results[name])
    after = machine()
    told = {**before, "load_after": after["load"]}
    if typed.json:
        sys.stdout.write(dumped(results, told) + "\n")
    else:
        sys.stdout.write(
            f"{told['cpus']} CPUs, {told['memory_gb']} GB, Python {told['python']} on {told['system']}; "
            f"load average {told['load']} before, {told['load_after']} after.\n"
        )
    missed = [figure for figures in results.values() for figure in figures if figure.met is False]
    return 1 if missed and not typed.quick else 0


if __name__ == "__main__":
    raise SystemExit(main())
