"""A brand in a sandbox, an installation beside it, and a person at the command line, in this process or another."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from cli.main import main
from resources.connections import Connections
from resources.operating_model import load
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running

ROOT = Path(__file__).resolve().parents[2]
CREDENTIALS = {
    "SHOPIFY_CLIENT_ID": "sandbox-client",
    "SHOPIFY_CLIENT_SECRET": "sandbox-secret",
    "SP_API_CLIENT_ID": "amzn1.application-oa2-client.sandbox",
    "SP_API_CLIENT_SECRET": "amzn1.oa2-cs.v1.sandbox",
    "SP_API_REFRESH_TOKEN_EU": "Atzr|sandbox-eu",
}
OPERATING_MODEL = """\
[mode]
stock_push = "live"

[shopify]
shop = "example-brand.myshopify.com"
url = "{url}"
client_id = {{ env = "SHOPIFY_CLIENT_ID" }}
client_secret = {{ env = "SHOPIFY_CLIENT_SECRET" }}

[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK", "DE"]
refresh_token = {{ env = "SP_API_REFRESH_TOKEN_EU" }}
url = "{url}"
token_url = "{url}/auth/o2/token"

[pools.mfn]
locations = ["Manchester", "Leeds"]

[pools.fba.eu]
location = "Amazon FBA EU"

[stock]
buffer = {{ units = 2 }}

[[mapping.rule]]
strip_suffix = "-FBA"

[rehearsal]
clock_url = "{url}/sandbox/clock"
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The whole of the standard output as one JSON document."""
        return json.loads(self.out)


@dataclass
class Home:
    """An installation in a folder of its own; what a person types there ends in `Said`."""

    folder: Path
    env: dict[str, str] = field(default_factory=lambda: dict(CREDENTIALS))

    @property
    def model(self) -> Path:
        """Its operating model."""
        return self.folder / "operating_model.toml"

    @property
    def data(self) -> Path:
        """The folder of its stores."""
        return self.folder / "data"

    def declare(self, old: str, new: str) -> None:
        """Change a line of the operating model."""
        text = self.model.read_text(encoding="utf-8")
        assert old in text
        self.model.write_text(text.replace(old, new), encoding="utf-8")

    def instep(self, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        """Type a command in this process. Its output goes to no terminal."""
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with (
            mock.patch.dict(os.environ, self._environment(env), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main(arguments)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Said(code, out.getvalue(), err.getvalue())

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        """Type a command in a process of its own, with its output in pipes."""
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", *arguments],
            cwd=ROOT,
            env=self._environment(env),
            capture_output=True,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def doors(self) -> Iterator[Connections]:
        """The installation's own stores and clients."""
        connections = Connections(load(self.model), self.env)
        try:
            yield connections
        finally:
            connections.ledger.close()

    def copied_to(self, folder: Path) -> Home:
        """The same installation as it stands, for a test that changes it."""
        shutil.copytree(self.folder, folder)
        return Home(folder, dict(self.env))

    def _environment(self, env: Mapping[str, str] | None) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "INSTEP_CONTRACTS") if name in os.environ}
        return {**kept, **self.env, "INSTEP_OPERATING_MODEL": str(self.model), "COLUMNS": "200", **(env or {})}


def a_home(folder: Path, url: str) -> Home:
    """An installation that speaks to the sandbox at `url` and has done nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder)
    home.model.write_text(OPERATING_MODEL.format(url=url), encoding="utf-8")
    return home


@contextmanager
def a_brand(*, enforce_rates: bool = True) -> Iterator[Sandbox]:
    """A sandbox of 60 SKUs with the planted trouble, where nobody orders, sixty times as fast as the wall."""
    with running(skus=60, clock=SandboxClock(speed=60.0), enforce_rates=enforce_rates) as sandbox:
        yield sandbox
