"""From a change of stock in Shopify to the PATCH at Amazon, through receiver, inbox, sensor, queue and run.

Beside it stands the least that Dagster makes possible: an empty sensor of the same interval that launches a job of one
op in an instance of the same kind, but with Dagster's own launcher of runs. The two take turns, so that both see the
same machine.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.demo import DAGSTER, LAUNCHER
from sensors.stock_push_sensor import stock_push_sensor
from tests.bench.measuring import percentile
from tests.bench.report import Figure
from tests.bench.rig import Rig, at_rest, installed, orchestrated, receiving

NAME = "latency"
TOLD = "a change of stock in Shopify, through Dagster, to the PATCH at Amazon"
PATIENCE = 120.0
REST_SECONDS = (1.0, 6.0)
"""Changes come at any moment of the sensor's interval."""
MODULE = "integration_assets.definitions"


def run(*, quick: bool) -> Iterator[Figure]:
    """Measure changes and empty launches in turns."""
    changes = 1 if quick else 30
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        home = Path(folder)
        with installed(home / "instep", skus=60 if quick else 300, speed=60.0) as rig:
            rig.instep("setup", "--url", rig.receiver)
            skus = [row.seller_sku for row in at_rest(rig)]
            rig.post("clock", speed=1.0)
            events = home / "empty"
            (events / "dagster").mkdir(parents=True)
            (events / "dagster" / "dagster.yaml").write_text(_with_dagsters_own_launcher(), encoding="utf-8")
            env = {
                **rig.env,
                "DAGSTER_HOME": str(events / "dagster"),
                "INSTEP_BENCH_EVENTS": str(events),
                "INSTEP_BENCH_INTERVAL": str(stock_push_sensor.minimum_interval_seconds),
            }
            with (
                receiving(rig),
                orchestrated(rig.home, MODULE, rig.env),
                orchestrated(events, "tests.bench.empty_definitions", env),
            ):
                pushed, launched = _taken_in_turns(rig, events, skus, changes)
        yield from _figures(pushed, launched)


def _with_dagsters_own_launcher() -> str:
    """The demo's dagster.yaml, but for the launcher of runs, which is a part of what is measured."""
    assert LAUNCHER in DAGSTER
    return DAGSTER.replace(LAUNCHER, "")


def _figures(pushed: list[float], launched: list[float]) -> Iterator[Figure]:
    floor_is = f"event to op start of an empty sensor and job, {len(launched)} times in turns with the changes"
    for percent in (50, 95):
        yield Figure(
            what=f"change to PATCH, p{percent} of {len(pushed)}",
            measured=percentile(pushed, percent),
            floor=percentile(launched, percent),
            unit="s",
            floor_is=floor_is,
            most=10.0 if percent == 95 else None,
            most_ratio=1.3 if percent == 95 else None,
        )


def _taken_in_turns(rig: Rig, events: Path, skus: list[str], changes: int) -> tuple[list[float], list[float]]:
    dice = random.Random(7)
    pushed, launched = [], []
    _launch(events, "warm-up")
    _change(rig, skus[-1], 41)
    for number in range(changes):
        time.sleep(dice.uniform(*REST_SECONDS))
        launched.append(_launch(events, f"{number:04d}"))
        time.sleep(dice.uniform(*REST_SECONDS))
        pushed.append(_change(rig, skus[number % (len(skus) - 1)], 20 + number))
    return pushed, launched


def _launch(events: Path, name: str) -> float:
    """Seconds from an event to the start of the op."""
    start = time.time()
    (events / f"{name}.event").touch()
    started = events / f"{name}.started"
    while not (started.exists() and started.read_text(encoding="ascii")):
        _not_for_ever(start, "the empty op")
        time.sleep(0.05)
    return float(started.read_text(encoding="ascii")) - start


def _change(rig: Rig, sku: str, available: int) -> float:
    """Seconds of the sandbox's clock from a count in Shopify to the PATCH, as the sandbox logged it."""
    seq, start = rig.last_call(), time.time()
    changed_at = datetime.fromisoformat(rig.get("clock")["now"])
    rig.post("shopify/stock", sku=sku, location="Manchester", available=available)
    while not (calls := rig.calls_since(seq, operation="patchListingsItem", subject=sku)):
        _not_for_ever(start, f"the PATCH of {sku}")
        time.sleep(0.1)
    return (datetime.fromisoformat(calls[0]["at"]) - changed_at).total_seconds()


def _not_for_ever(start: float, what: str) -> None:
    if time.time() - start > PATIENCE:
        raise RuntimeError(f"{what} did not come within {PATIENCE:.0f} s.")
