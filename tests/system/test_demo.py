"""The demo as its user sees it: one command, its story, its score and its exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.demo import prepare
from cli.services import any_free_port
from resources.operating_model import load
from tests.system.test_services import python_without_a_model

ROOT = Path(__file__).resolve().parents[2]


def test_a_shell_that_has_read_the_demos_settings_speaks_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stage = prepare(ui_port=any_free_port(), sandbox_port=any_free_port(), receiver_port=any_free_port())
    asked = '. data/demo/env.sh && echo "$INSTEP_OPERATING_MODEL" && echo "$SP_API_REFRESH_TOKEN_EU"'
    told = subprocess.run(["sh", "-c", asked], env={}, capture_output=True, text=True, check=True).stdout
    assert told == f"{stage.model}\nAtzr|sandbox-eu\n"
    assert load(stage.model).shopify.url == stage.sandbox


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_the_demo_finds_all_that_was_planted_and_ends_in_a_cycle_without_a_write(tmp_path: Path) -> None:
    ports = [str(any_free_port()) for _ in range(3)]
    command = ["demo", "--once", "--ui-port", ports[0], "--sandbox-port", ports[1], "--receiver-port", ports[2]]
    done = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", *command],
        cwd=tmp_path,
        env={**os.environ, **python_without_a_model()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"^\d+ found, 0 missed, 0 invented$", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert "  write calls      0\n" in done.stdout
    assert done.returncode == 0
