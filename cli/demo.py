"""`instep demo`: a sandbox brand that trades, the whole pipeline on it, what it found, and the UI to look around in."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from cli.demo_money import allowed_by, expected_of, is_about_money, money_now, newest_payout, told_of
from cli.findings import SET_RIGHT, Finding, findings, is_trouble
from cli.services import HOST, answers, any_free_port, is_free, service
from integration_assets.contracts.errors import ConfigurationError, InstepError

SPEED = "20"
"""How many times as fast the brand trades: what a cycle sends is then read back within a quarter of an hour."""
INSTEP = ("-c", "from cli.main import main; main()")

OPERATING_MODEL = """\
# Written by `instep demo`: the sandbox's brand, rehearsed at the sandbox's own speed.
[mode]
{modes}

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

[money]
allocate = {{ storage = "by_units" }}

# The shop keeps its books in pounds, Amazon.de pays in euros.
[[money.fx]]
from = "GBP"
to = "EUR"
month = "2020-01"
rate = "1.17"

[[mapping.rule]]
strip_suffix = "-FBA"

[orders]
since = {since}

[orders.adopt]
by = ["source_identifier", "name", "tag", "note"]

[fulfilment]
warn_hours = 6

[receiver]
port = {receiver_port}

[alerts]
page_url = "{receiver}"
dagster_url = "{ui}"

[rehearsal]
clock_url = "{sandbox}/sandbox/clock"

[store]
data_dir = "{data_dir}"
"""

REST, MOST_RESTS = 2, 5
"""Minutes after each of the cycles that bring everything to rest, and how many of them there are at the most."""
MODES = (
    "stock_push",
    "fba_mirror",
    "order_import",
    "shipment_confirmation",
    "fba_fulfilment",
    "order_cancellation",
    "order_refund",
)
"""Kinds of effects that the demo has carried out, once it has looked on for a cycle."""
WATCHED_FOR = timedelta(days=7)
"""How far back the demo answers for orders: before that lies the brand's own past."""

LAUNCHER = """\
run_launcher:
  module: sensors.run_launcher
  class: ForkingRunLauncher
"""
DAGSTER = f"""\
{LAUNCHER}telemetry:
  enabled: false
nux:
  enabled: false
run_queue:
  dequeue_interval_seconds: 1
concurrency:
  runs:
    max_concurrent_runs: 4
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
  max_runtime_seconds: 7200
"""

WORKSPACE = """\
load_from:
  - grpc_server:
      host: 127.0.0.1
      port: {port}
      location_name: instep
"""

CREDENTIALS = {
    "SHOPIFY_CLIENT_ID": "sandbox-client",
    "SHOPIFY_CLIENT_SECRET": "sandbox-secret",
    "SP_API_CLIENT_ID": "amzn1.application-oa2-client.sandbox",
    "SP_API_CLIENT_SECRET": "amzn1.oa2-cs.v1.sandbox",
    "SP_API_REFRESH_TOKEN_EU": "Atzr|sandbox-eu",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo lives and how to reach its parts."""

    home: Path
    sandbox: str
    receiver: str
    ui: str
    ui_port: int
    code_port: int
    since: datetime
    env: Mapping[str, str]

    @property
    def data(self) -> Path:
        """The folder of the stores."""
        return self.home / "data"

    @property
    def model(self) -> Path:
        """The operating model."""
        return self.home / "operating_model.toml"

    @property
    def shell(self) -> Path:
        """What a person's shell needs so that `instep` speaks of the demo."""
        return self.home / "env.sh"

    @property
    def workspace(self) -> Path:
        """Dagster's list of code locations."""
        return self.home / "workspace.yaml"


def demo(*, once: bool, ui_port: int, sandbox_port: int, receiver_port: int, skus: int, seed: int) -> int:
    """Tell the story in a few cycles, score it against the sandbox's answer key, and leave the UI running."""
    stage = prepare(ui_port=ui_port, sandbox_port=sandbox_port, receiver_port=receiver_port)
    # Told to stop by anybody, it still stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as services:
        say(f"Starting the sandbox: a brand with {skus} SKUs on Shopify and Amazon (seed {seed}).")
        sandbox = ["-m", "sandbox", "--seed", str(seed), "--port", str(sandbox_port), "--skus", str(skus)]
        sandbox += ["--clock", "fast", "--speed", SPEED, "--product-imports", "--order-trouble", "--settlement-trouble"]
        start(services, stage, "sandbox", sandbox, f"{stage.sandbox}/sandbox/state")
        run_instep(stage, "setup", "--url", stage.receiver)
        start(services, stage, "receiver", [*INSTEP, "receive"], f"{stage.receiver}/healthz")
        perfect = tell(stage)
        if not once:
            start_dagster(services, stage)
        where_to_look(stage, running=not once)
        if not once:
            threading.Event().wait()
    return 0 if perfect else 1


def prepare(*, ui_port: int, sandbox_port: int, receiver_port: int) -> Stage:
    """Make an empty home for the demo. ConfigurationError names every port that is taken, and its option."""
    ports = {"--ui-port": ui_port, "--sandbox-port": sandbox_port, "--receiver-port": receiver_port}
    taken = [f"port {port} is in use, choose another with {name}" for name, port in ports.items() if not is_free(port)]
    if taken:
        raise ConfigurationError("; ".join(taken) + ".", todo="For example: .venv/bin/instep demo --ui-port 3001")
    home = Path("data/demo").resolve()
    shutil.rmtree(home, ignore_errors=True)
    dagster_home = home / "dagster"
    dagster_home.mkdir(parents=True)
    (dagster_home / "dagster.yaml").write_text(DAGSTER, encoding="utf-8")
    stage = Stage(
        home=home,
        sandbox=f"http://{HOST}:{sandbox_port}",
        receiver=f"http://{HOST}:{receiver_port}",
        ui=f"http://{HOST}:{ui_port}",
        ui_port=ui_port,
        code_port=any_free_port(),
        since=datetime.now(UTC) - WATCHED_FOR,
        env={
            **os.environ,
            **CREDENTIALS,
            "INSTEP_OPERATING_MODEL": str(home / "operating_model.toml"),
            "DAGSTER_HOME": str(dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONUNBUFFERED": "1",
        },
    )
    stage.workspace.write_text(WORKSPACE.format(port=stage.code_port), encoding="utf-8")
    names = (*CREDENTIALS, "INSTEP_OPERATING_MODEL", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY")
    exports = "".join(f"export {name}={shlex.quote(stage.env[name])}\n" for name in names)
    stage.shell.write_text(exports, encoding="utf-8")
    write_model(stage, mode="preview")
    return stage


def write_model(stage: Stage, *, mode: str) -> None:
    """Describe the brand, with everything that would be sent in the same mode."""
    stage.model.write_text(
        OPERATING_MODEL.format(
            modes="\n".join(f'{kind} = "{mode}"' for kind in MODES),
            since=f"{stage.since:%Y-%m-%dT%H:%M:%SZ}",
            sandbox=stage.sandbox,
            receiver=stage.receiver,
            receiver_port=stage.receiver.rpartition(":")[2],
            ui=stage.ui,
            data_dir=stage.data,
        ),
        encoding="utf-8",
    )


def tell(stage: Stage) -> bool:
    """Run the cycles and say what each is for. True when all that was planted was found and nothing else."""
    seen: set[Finding] = set()

    def cycle(*, then_minutes: float) -> None:
        run_instep(stage, "sync", "--once")
        seen.update(found_now(stage))
        control(stage, "clock", {"advance": then_minutes * 60})

    control(stage, "trading", {"on": False})
    say("\nFirst it only looks on, as a new installation does: it reads both shops, and nothing is sent.")
    before = last_request(stage)
    cycle(then_minutes=0)
    looked_on = not writes_since(stage, before)
    write_model(stage, mode="live")
    say("\nAn earlier connector has left its orders in the shop. They are taken over, so that none is made twice.")
    run_instep(stage, "adopt", "orders", "--yes")
    say("\nCycle 1: read both shops, compare, push what differs. Amazon then takes its time to apply it.")
    cycle(then_minutes=3)
    control(stage, "trading", {"on": True})
    say("\nCycle 2: read back. In the meantime somebody typed numbers into Seller Central, and the brand trades.")
    cycle(then_minutes=20)
    say("\nCycle 3: what Amazon accepted and never applied is sent again.")
    cycle(then_minutes=20)
    control(stage, "trading", {"on": False})
    say("\nThen trading stops for a moment, and it goes on until everything has come to rest.")
    # A refused decrease is tried again after an hour. Buyers still cancel what they ordered: what is put back on the
    # shelf by that is pushed in the cycle after it.
    for minutes in (30, 10, 61, *[REST] * MOST_RESTS):
        before = last_request(stage)
        cycle(then_minutes=minutes)
        if minutes == REST and not writes_since(stage, before):
            break
    before = last_request(stage)
    say("\nThe last cycle: nothing has changed, so nothing may be written.")
    cycle(then_minutes=0)
    writes = writes_since(stage, before)
    say(f"  write calls      {len(writes)}")
    settle(stage)
    score = score_of(stage, seen)
    print_score(score)
    control(stage, "trading", {"on": True})
    return score.perfect and looked_on and not writes


NAMED_BY = ("status", "cause", "fulfillment")
OF_ORDERS = ("verdict", "cause")
"""Where an answer has the word that a finding about a SKU, or about an order, is named with."""


def settle(stage: Stage) -> None:
    """Collect the brand's settlements, put them on orders and into the books, and explain one of them."""
    say("\nSettlements: Amazon's files are archived and read, each whole or not at all.")
    run_instep(stage, "settlement", "collect")
    say("\nEvery line goes on its order or into a named account; payouts are compared with Shopify, and booked.")
    run_instep(stage, "settlement", "close")
    settlement_id = newest_payout(stage.model)
    if settlement_id is not None:
        say("\nOne payout, explained:")
        run_instep(stage, "explain", "payout", settlement_id)


@dataclass(frozen=True, slots=True)
class Score:
    """The findings held against the answer key: (what, SKU or order, named as) each."""

    found: Sequence[Finding]
    missed: Sequence[Finding]
    invented: Sequence[Finding]

    @property
    def perfect(self) -> bool:
        """All found, nothing invented."""
        return bool(self.found) and not self.missed and not self.invented


def found_now(stage: Stage) -> set[Finding]:
    """What the stores say is wrong at this moment."""
    from resources.connections import connect

    with connect(stage.model) as connections:
        return findings(connections.warehouse)


def score_of(stage: Stage, seen: set[Finding]) -> Score:
    """Compare what the pipeline found in all cycles with what the sandbox planted."""
    found: list[Finding] = []
    missed: list[Finding] = []
    seen = seen | money_now(stage.model)
    expected: set[Finding] = set()
    told: Finding
    for answer in httpx.get(f"{stage.sandbox}/sandbox/answers", timeout=30).json():
        if is_about_money(answer):
            expected |= allowed_by(answer)
            for finding in expected_of(answer):
                expected.add(finding)
                told = told_of(finding, seen)
                (found if told in seen else missed).append((str(answer["kind"]), *told[1:]))
            continue
        want = answer["expected"]
        is_order = "amazon_order_id" in want
        subject = str(want["amazon_order_id"] if is_order else answer["sku"])
        keys, unnamed = (OF_ORDERS, "recorded") if is_order else (NAMED_BY, "held_for_orders")
        word = next((str(want[key]) for key in keys if key in want), unnamed)
        told = (str(want["table"]), subject, word)
        expected.add(told)
        expected |= {("reconcile.inventory_drift", subject, str(cause)) for cause in want.get("drift_allowed", ())}
        if "until" in want:
            # What ends it is what it is scored by: the finding itself may be over before anybody has looked.
            word = str(want["until"])
            told = (SET_RIGHT[word], subject, word)
        (found if told in seen else missed).append((str(answer["kind"]), subject, word))
    invented = sorted(finding for finding in seen - expected if is_trouble(finding, seen))
    return Score(found=found, missed=missed, invented=invented)


def print_score(score: Score) -> None:
    """Show the score as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "planted",
        "SKU, order or settlement",
        "named as",
        "",
        title="What was planted, and what was found",
        title_justify="left",
    )
    for rows, word in (
        (score.found, "[green]found[/]"),
        (score.missed, "[red]missed[/]"),
        (score.invented, "[red]invented[/]"),
    ):
        for what, sku, named in rows:
            table.add_row(what, sku, named, word)
    console = Console(highlight=False)
    console.print()
    console.print(table)
    console.print(f"{len(score.found)} found, {len(score.missed)} missed, {len(score.invented)} invented")


def start(services: ExitStack, stage: Stage, name: str, command: Sequence[str], ready_url: str) -> None:
    """Start a service and wait until it answers at `ready_url`."""
    log = stage.home / f"{name}.log"
    services.enter_context(service(command, env=stage.env, log=log, ready=lambda: answers(ready_url)))


def start_dagster(services: ExitStack, stage: Stage) -> None:
    """Start one warm code server, the daemon and the web UI."""
    say("\nStarting Dagster: code server, daemon and web UI.")
    code = ["-m", "dagster", "code-server", "start", "-m", "integration_assets.definitions"]
    services.enter_context(
        service(
            [*code, "-h", HOST, "-p", str(stage.code_port)],
            env=stage.env,
            log=stage.home / "code-server.log",
            ready=lambda: not is_free(stage.code_port),
        )
    )
    services.enter_context(
        service(
            ["-m", "dagster._daemon", "run", "-w", str(stage.workspace)],
            env=stage.env,
            log=stage.home / "daemon.log",
            ready=lambda: True,
        )
    )
    web = ["-m", "dagster_webserver", "-w", str(stage.workspace), "-h", HOST, "-p", str(stage.ui_port)]
    start(services, stage, "webserver", web, f"{stage.ui}/server_info")


def where_to_look(stage: Stage, *, running: bool) -> None:
    """Say where the story can be looked at."""
    say("")
    if running:
        say(f"Dagster UI        {stage.ui}")
        say(f"Sandbox           {stage.sandbox}/sandbox/state (beside it: answers, requests, clock, faults)")
    page = stage.data / "published" / "operator_page.html"
    say(f"Operator page     {stage.receiver if running else page}")
    say(f"Warehouse         {stage.data / 'warehouse.duckdb'}")
    say(f"Analysts' copy    {stage.data / 'published' / 'analytics.duckdb'}")
    say(f"Operating model   {stage.model}")
    if running:
        say(f"Your own shell    . {stage.shell}   and then, for example: .venv/bin/instep exceptions")
    if running:
        say("\nThe brand goes on trading and the schedules run. Stop with Ctrl-C.")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run_instep(stage: Stage, *arguments: str) -> None:
    """Run an instep command in a process of its own and show what it prints. InstepError when it fails."""
    done = subprocess.run([sys.executable, *INSTEP, *arguments], env=dict(stage.env), check=False)  # noqa: S603 - our own command
    if done.returncode not in (0, 1):
        raise InstepError(
            f"instep {' '.join(arguments)} ended with {done.returncode}.", todo="What it printed is above."
        )


def control(stage: Stage, door: str, body: Mapping[str, Any]) -> None:
    """Use the sandbox's control door."""
    httpx.post(f"{stage.sandbox}/sandbox/{door}", json=dict(body), timeout=60).raise_for_status()


def last_request(stage: Stage) -> int:
    """The number of the newest call in the sandbox's request log."""
    calls = httpx.get(f"{stage.sandbox}/sandbox/requests", timeout=60).json()
    return max((int(call["seq"]) for call in calls), default=0)


def writes_since(stage: Stage, seq: int) -> list[Mapping[str, Any]]:
    """Calls after `seq` that changed something in a shop."""
    calls = httpx.get(f"{stage.sandbox}/sandbox/requests", params={"since": seq}, timeout=60).json()
    return [
        call
        for call in calls
        if call["method"] in ("PATCH", "PUT")
        or call["operation"] == "createFeed"
        or (call["service"] == "shopify" and call["effect"])
    ]
