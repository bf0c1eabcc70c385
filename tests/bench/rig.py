"""An installation to measure on: a folder, an operating model, and the real processes around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cli.demo import CREDENTIALS, DAGSTER, INSTEP, WORKSPACE
from cli.services import HOST, answers, any_free_port, is_free, service
from integration_assets.contracts.reconcile import STOCK_POSITION, StockPosition
from resources.connections import Connections
from resources.operating_model import load
from tests.bench.measuring import ROOT

OPERATING_MODEL = """\
[mode]
stock_push = "live"

[shopify]
shop = "example-brand.myshopify.com"
url = "{sandbox}"
client_id = {{ env = "SHOPIFY_CLIENT_ID" }}
client_secret = {{ env = "SHOPIFY_CLIENT_SECRET" }}

[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK", "DE"]
refresh_token = {{ env = "SP_API_REFRESH_TOKEN_EU" }}
url = "{sandbox}"
token_url = "{sandbox}/auth/o2/token"

[pools.mfn]
locations = ["Manchester", "Leeds"]

[pools.fba.eu]
location = "Amazon FBA EU"

[stock]
buffer = {{ units = 2 }}
feed_from = {feed_from}

[breaker]
max_zeroed_percent = 100

[[mapping.rule]]
strip_suffix = "-FBA"

[receiver]
port = {receiver_port}

[store]
data_dir = "data"
"""
REHEARSAL = """
[rehearsal]
clock_url = "{sandbox}/sandbox/clock"
"""
NOBODY = "http://127.0.0.1:9"
"""An address for what makes no call at all."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A home with an operating model that points at a sandbox."""

    home: Path
    sandbox: str
    receiver: str

    @property
    def env(self) -> dict[str, str]:
        """The environment of everything that runs in it."""
        return {
            **os.environ,
            **CREDENTIALS,
            "INSTEP_OPERATING_MODEL": str(self.home / "operating_model.toml"),
            "DAGSTER_HOME": str(self.home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def skus_file(self) -> Path:
        """Where the sandbox writes the SKUs that the merchant ships, once it serves."""
        return self.home / "merchant_skus.json"

    def get(self, door: str, **query: Any) -> Any:
        """Ask the sandbox's control door."""
        answer = httpx.get(f"{self.sandbox}/sandbox/{door}", params=query, timeout=300)
        return answer.raise_for_status().json()

    def post(self, door: str, **body: Any) -> Any:
        """Use the sandbox's control door."""
        answer = httpx.post(f"{self.sandbox}/sandbox/{door}", json=body, timeout=300)
        return answer.raise_for_status().json()

    def instep(self, *arguments: str) -> str:
        """Run an instep command in a process of its own and answer what it printed. RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, *INSTEP, *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"instep {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def cycle(self) -> None:
        """One whole cycle, in a process of its own. RuntimeError when any of it fails."""
        summary = json.loads(self.instep("sync", "--once", "--json"))
        if not summary["ok"]:
            raise RuntimeError(f"A cycle failed: {summary['failed']}")

    def last_call(self) -> int:
        """The number of the newest call in the sandbox's log."""
        return int(self.get("state")["requests"])

    def calls_since(self, seq: int, **only: str) -> list[Mapping[str, Any]]:
        """The calls after that number, oldest first."""
        calls: list[Mapping[str, Any]] = self.get("requests", since=seq, **only)
        return calls


def written(home: Path, sandbox: str = NOBODY, *, feed_from: int = 500) -> Rig:
    """A home with everything in it that the processes read, none of them running."""
    home.mkdir(parents=True, exist_ok=True)
    receiver_port = any_free_port()
    model = OPERATING_MODEL + ("" if sandbox == NOBODY else REHEARSAL)
    model = model.format(sandbox=sandbox, receiver_port=receiver_port, feed_from=feed_from)
    (home / "operating_model.toml").write_text(model, encoding="utf-8")
    (home / "dagster.yaml").write_text(DAGSTER, encoding="utf-8")
    return Rig(home, sandbox, f"http://{HOST}:{receiver_port}")


@contextmanager
def installed(
    home: Path,
    *,
    skus: int,
    speed: float = 1.0,
    enforce_rates: bool = True,
    trouble: bool = False,
    feed_from: int = 500,
) -> Iterator[Rig]:
    """A sandbox process, quiet and without buyers, and a home that points at it."""
    sandbox_port = any_free_port()
    rig = written(home, f"http://{HOST}:{sandbox_port}", feed_from=feed_from)
    command = ["-m", "tests.bench.shop", "--port", str(sandbox_port), "--skus", str(skus), "--speed", str(speed)]
    command += ["--merchant-skus", str(rig.skus_file)]
    command += [] if enforce_rates else ["--no-rates"]
    command += ["--trouble"] if trouble else []
    with service(command, env=rig.env, log=home / "sandbox.log", ready=rig.skus_file.exists):
        yield rig


def at_rest(rig: Rig) -> list[StockPosition]:
    """Read everything and push until all is in step; the positions whose stock at Manchester may be changed."""
    for _ in range(3):
        rig.cycle()
        rig.post("clock", advance=180)
        rows = connected(rig).warehouse.rows(
            STOCK_POSITION, "verdict = 'in_step' AND target > 5 AND by_location LIKE '%Manchester%'"
        )
        unsettled = connected(rig).warehouse.scalar(
            "SELECT count(*) FROM reconcile.stock_position WHERE verdict = 'push'"
        )
        if rows and not unsettled:
            return rows
    raise RuntimeError("The brand did not come to rest before the benchmark.")


def connected(rig: Rig) -> Connections:
    """The stores and clients of a rig, in this process."""
    return Connections(load(rig.home / "operating_model.toml"), CREDENTIALS)


@contextmanager
def receiving(rig: Rig) -> Iterator[None]:
    """The webhook receiver as a process."""
    with service(
        [*INSTEP, "receive"],
        env=rig.env,
        log=rig.home / "receiver.log",
        ready=lambda: answers(f"{rig.receiver}/healthz"),
    ):
        yield


@contextmanager
def orchestrated(home: Path, module: str, env: Mapping[str, str]) -> Iterator[None]:
    """One warm code server for the module and the Dagster daemon, as `instep demo` starts them."""
    port = any_free_port()
    workspace = home / "workspace.yaml"
    workspace.write_text(WORKSPACE.format(port=port), encoding="utf-8")
    code = ["-m", "dagster", "code-server", "start", "-m", module, "-h", HOST, "-p", str(port)]
    with (
        service(code, env=env, log=home / "code-server.log", ready=lambda: not is_free(port)),
        service(
            ["-m", "dagster._daemon", "run", "-w", str(workspace)],
            env=env,
            log=home / "daemon.log",
            ready=lambda: True,
        ),
    ):
        yield
