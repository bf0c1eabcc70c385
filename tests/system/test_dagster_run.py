"""Dagster as it runs in earnest: a code server, a daemon, the receiver and a sandbox, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import httpx
import pytest

from cli.demo import CREDENTIALS, DAGSTER, INSTEP, OPERATING_MODEL, WORKSPACE
from cli.services import HOST, answers, any_free_port, is_free, service
from resources.connections import Connections
from resources.operating_model import load

pytestmark = pytest.mark.prove
ROOT = Path(__file__).parents[2]
PATCHED_WITHIN = 60.0
ENDED_WITHIN = 10.0
"""The child of a code server notices that its parent is gone."""
SKU = "JUG-GLASS"
T = TypeVar("T")


@dataclass
class Installation:
    """The folder, the addresses and the processes."""

    home: Path
    sandbox: str
    receiver: str
    env: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def instep(self, *arguments: str) -> None:
        """Run an instep command to its end."""
        command = [sys.executable, *INSTEP, *arguments]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr

    def control(self, door: str, **body: Any) -> Any:
        """Use the sandbox's control door."""
        return httpx.post(f"{self.sandbox}/sandbox/{door}", json=body, timeout=30).raise_for_status().json()

    def patches(self) -> list[dict[str, Any]]:
        """The quantities that Amazon was sent for the SKU."""
        asked = {"operation": "patchListingsItem", "subject": SKU}
        found: list[dict[str, Any]] = httpx.get(f"{self.sandbox}/sandbox/requests", params=asked, timeout=30).json()
        return found

    def shown(self) -> int:
        """What buyers see of the SKU on Amazon."""
        asked = {"region": "eu", "sku": SKU}
        return int(httpx.get(f"{self.sandbox}/sandbox/amazon/listing", params=asked, timeout=30).json()["quantity"])


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A brand that stands still, read once and in step, with all services running."""
    sandbox, receiver, code = any_free_port(), any_free_port(), any_free_port()
    here = Installation(
        home=tmp_path,
        sandbox=f"http://{HOST}:{sandbox}",
        receiver=f"http://{HOST}:{receiver}",
        env={
            **os.environ,
            **CREDENTIALS,
            "PYTHONPATH": str(ROOT),
            "INSTEP_OPERATING_MODEL": str(tmp_path / "operating_model.toml"),
            "DAGSTER_HOME": str(tmp_path / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        },
    )
    model = OPERATING_MODEL.format(
        modes='stock_push = "live"',
        since="2020-01-01T00:00:00Z",
        sandbox=here.sandbox,
        receiver=here.receiver,
        ui="http://127.0.0.1:3000",
        receiver_port=receiver,
        data_dir=tmp_path / "data",
    )
    (tmp_path / "operating_model.toml").write_text(model, encoding="utf-8")
    (tmp_path / "workspace.yaml").write_text(WORKSPACE.format(port=code), encoding="utf-8")
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(DAGSTER, encoding="utf-8")
    with ExitStack() as services:

        def start(name: str, *command: str, ready: Callable[[], bool]) -> None:
            running = service(command, env=here.env, log=tmp_path / f"{name}.log", ready=ready)
            here.processes.append(services.enter_context(running))

        brand = ("--skus", "60", "--orders-per-hour", "0", "--clock", "fast")
        state = f"{here.sandbox}/sandbox/state"
        start("sandbox", "-m", "sandbox", "--port", str(sandbox), *brand, ready=lambda: answers(state))
        here.instep("setup", "--url", here.receiver)
        health = f"{here.receiver}/healthz"
        start("receiver", *INSTEP, "receive", ready=lambda: answers(health))
        here.instep("sync", "--once")
        module = ("-m", "dagster", "code-server", "start", "-m", "integration_assets.definitions")
        start("code-server", *module, "-h", HOST, "-p", str(code), ready=lambda: not is_free(code))
        start("daemon", "-m", "dagster._daemon", "run", "-w", str(tmp_path / "workspace.yaml"), ready=lambda: True)
        yield here
    wait_for(lambda: not any(group_is_alive(process.pid) for process in here.processes), within=ENDED_WITHIN)


def group_is_alive(pid: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(what: Callable[[], T | None], *, within: float) -> T:
    """The first answer that is something; the test fails when there is none in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing came within {within} s")


def push_runs(here: Installation) -> list[dg.DagsterRun]:
    """The runs that a webhook has started and that are over."""
    with dg.DagsterInstance.from_config(str(here.home / "dagster")) as instance:
        of_webhooks = dg.RunsFilter(job_name="push_changed_stock", statuses=[dg.DagsterRunStatus.SUCCESS])
        return list(instance.get_runs(of_webhooks))


def test_a_count_in_shopify_is_a_quantity_on_amazon_within_a_minute_and_everything_ends_when_told(
    installation: Installation,
) -> None:
    before = len(installation.patches())
    assert installation.shown() == 20
    counted = installation.control("shopify/stock", sku=SKU, location="Manchester", available=15)
    assert counted["before"] == 22

    wait_for(lambda: installation.patches()[before:], within=PATCHED_WITHIN)
    assert wait_for(lambda: installation.shown() == 13 and installation.shown(), within=30) == 13
    [run] = wait_for(lambda: push_runs(installation), within=30)
    assert run.tags["dagster/sensor_name"] == "stock_push_sensor"
    assert run.tags["dagster/priority"] == "10"

    ledger = Connections(load(installation.home / "operating_model.toml"), CREDENTIALS).ledger
    pushed = ledger.newest("stock_push", "eu")[SKU]
    assert (pushed.payload["from"], pushed.payload["quantity"]) == (20, 13)
    # Decided by the webhook's run; a read-back that comes by at that moment may be the one that sends it.
    assert pushed.origin in (f"webhook {run.tags['instep/messages']}", "read-back")
    assert len(installation.patches()) == before + 1
