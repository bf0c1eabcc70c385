"""Every benchmark still runs and tells a ratio. How fast anything is stands in no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import NAMES

ROOT = Path(__file__).parents[2]


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_and_tells_what_it_measured_beside_its_floor(name: str) -> None:
    command = [sys.executable, "-m", "tests.bench", "--only", name, "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["benchmarks"][name]
    assert figures
    for figure in figures:
        assert figure["floor_is"]
        assert figure["measured"] >= 0
        assert figure["ratio"] > 0
