"""Many processes at one ledger, and processes that are killed: nothing acknowledged is lost, nothing is given twice."""

from __future__ import annotations

import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest

from resources.clock import SystemClock
from resources.ledger import Ledger

pytest_plugins = ("tests.postgres",)

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from resources.clock import SystemClock
from resources.ledger import Ledger

clock = SystemClock()
with Ledger(sys.argv[1], clock) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(40):
        shared = ledger.intend("stock_push", "eu", "SHARED", {"quantity": number}, "why", sys.argv[2])
        own = ledger.intend("stock_push", "eu", sys.argv[2], {"quantity": number}, "why", sys.argv[2])
        new = ledger.receive("shopify", f"m-{number}", "t", "s", None, {})
        asked = clock.now().timestamp()
        wait = ledger.take("eu/A1", "patchListingsItem", 50.0, 10.0)
        print(shared.sequence, own.sequence, int(new), asked, wait, flush=True)
"""

SENDER = """
import sys
from resources.clock import SystemClock
from resources.ledger import Ledger

ledger = Ledger(sys.argv[1], SystemClock())
number = 0
while True:
    effect = ledger.intend("stock_push", "eu", f"SKU-{number % 3}", {"quantity": number}, "why", "test")
    print(effect.effect_id, "intended", flush=True)
    ledger.begin(effect.effect_id)
    print(effect.effect_id, "sent", flush=True)
    ledger.applied(effect.effect_id, "sub", None)
    print(effect.effect_id, "applied", flush=True)
    number += 1
"""


def started(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_four_processes_lose_nothing_and_share_one_rate(ledger_url: str) -> None:
    workers = [started(WORKER, ledger_url, f"OWN-{number}") for number in range(4)]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        outputs = []
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            output, _ = worker.communicate(timeout=60)
            assert worker.returncode == 0
            outputs.append([line.split() for line in output.splitlines()])
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    lines = [line for output in outputs for line in output]
    assert sorted(int(line[0]) for line in lines) == list(range(1, 161))
    assert [[int(line[1]) for line in output] for output in outputs] == [list(range(1, 41))] * 4
    assert sum(int(line[2]) for line in lines) == 40
    grants = sorted(float(line[3]) + float(line[4]) for line in lines)
    spent = list(accumulate(1 for _ in grants))
    for start, begun in enumerate(grants):
        for end in range(start, len(grants)):
            # `take` asks the clock a moment after the worker did, so the worker sees its grant that moment early.
            assert spent[end] - spent[start] + 1 <= 10 + 50 * (grants[end] - begun + 0.5)
    with Ledger(ledger_url, SystemClock()) as ledger:
        assert ledger.newest("stock_push", "eu")["SHARED"].sequence == 160
        assert len(ledger.inbox_after(0)) == 40
        assert ledger.check() == []


@pytest.mark.parametrize("lines", [4, 20, 38])
def test_a_sender_killed_at_any_moment_loses_nothing_it_was_told(ledger_url: str, lines: int) -> None:
    sender = started(SENDER, ledger_url)
    try:
        assert sender.stdout is not None
        told = [sender.stdout.readline() for _ in range(lines)]
        sender.kill()
        rest, _ = sender.communicate(timeout=30)
    finally:
        sender.kill()
        sender.wait()
    acknowledged = [line.split() for line in (*told, *rest.splitlines(keepends=True)) if line.endswith("\n")]
    assert len(acknowledged) >= lines
    with Ledger(ledger_url, SystemClock()) as ledger:
        assert ledger.check() == []
        for effect_id, state in acknowledged:
            assert state in [event.state for event in ledger.events(int(effect_id))]
        last = max(int(effect_id) for effect_id, _ in acknowledged)
        assert [effect.effect_id for effect in ledger.orphans("stock_push", "eu") if effect.effect_id < last] == []
        for effect in ledger.open_effects("stock_push", "eu"):
            assert effect.state in ("applied", "unknown", "intended")
            assert ledger.events(effect.effect_id)[-1].state == effect.state
        again = ledger.intend("stock_push", "eu", "SKU-0", {"quantity": 1}, "after the crash", "test")
        assert ledger.effect(again.effect_id).state == "intended"
