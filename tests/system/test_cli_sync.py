"""`instep sync` at its edges: what a terminal sees meanwhile, and how a cycle that fails ends."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cli.runs
import cli.sync
from integration_assets.contracts.errors import StoreError
from tests.system.cli_stage import Home, a_home

SUMMARY: dict[str, Any] = {
    "ok": True,
    "failed": [],
    "push": {
        "mode": "live",
        "sent": 2,
        "verified": 8,
        "sent_again": 4,
        "rejected": 1,
        "unknown": 0,
        "stuck": 0,
        "breaker": "closed",
    },
    "drift": {"accepted_not_applied": 2, "unmapped": 4},
    "exceptions": 0,
}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Instance:
    """What the progress asks of Dagster."""

    def __init__(self) -> None:
        self.tell: Callable[[Any], None] | None = None

    def add_event_listener(self, _: str, tell: Callable[[Any], None]) -> None:
        self.tell = tell


def step(key: str, what: str) -> SimpleNamespace:
    kinds = ("start", "success", "failure", "skipped")
    event = {f"is_step_{kind}": kind == what for kind in kinds}
    return SimpleNamespace(dagster_event=SimpleNamespace(step_key=key, **event))


def test_a_terminal_is_told_which_step_a_run_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, instance = Terminal(), Instance()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with cli.runs.progress(instance, "a-run", "keep_stock_in_step", steps=3):
        assert instance.tell is not None
        instance.tell(SimpleNamespace(dagster_event=None))
        instance.tell(step("shopify_variants", "start"))
        instance.tell(step("shopify_variants", "success"))
        instance.tell(step("amazon_listings", "start"))
        instance.tell(step("amazon_listings", "failure"))
    assert "amazon listings" in terminal.getvalue()
    assert "2/3" in terminal.getvalue()


def test_where_there_is_no_terminal_there_is_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, instance = io.StringIO(), Instance()
    monkeypatch.setattr(sys, "stderr", pipe)
    with cli.runs.progress(instance, "a-run", "keep_stock_in_step", steps=3):
        assert instance.tell is None
    assert pipe.getvalue() == ""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = a_home(tmp_path / "home", "http://127.0.0.1:9")
    home.declare('\n[rehearsal]\nclock_url = "http://127.0.0.1:9/sandbox/clock"\n', "")
    return home


def test_after_a_cycle_that_failed_the_next_one_comes_at_its_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles = iter([StoreError("The ledger is locked.", todo="Look for a hanging process."), SUMMARY])
    waits: list[float] = []

    def cycle(_: object) -> object:
        outcome = next(cycles)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def sleep(seconds: float) -> None:
        waits.append(round(seconds))
        if len(waits) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(cli.sync, "cycle", cycle)
    monkeypatch.setattr(time, "sleep", sleep)
    said = home.instep("sync", "--every", "60")
    assert (said.code, waits) == (130, [60, 60])
    assert said.err == "instep: The ledger is locked. Look for a hanging process. The next cycle comes at its time.\n"
    assert said.out == (
        "  push (live)      2 sent, 8 verified, 4 to send again, 1 rejected, 0 unknown; breaker: closed\n"
        "  drift            2 accepted not applied, 4 unmapped\n"
        "  open exceptions  0\n"
    )


def test_orders_that_were_made_have_a_line_of_their_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"made": 3, "found_made": 1, "updated": 2, "rejected": 1, "unknown": 0, "put_back": 0, "held": 4}
    monkeypatch.setattr(cli.sync, "cycle", lambda _: {**SUMMARY, "orders": {"mode": "live", **figures}})
    lines = home.instep("sync", "--once").out.splitlines()
    assert lines[1] == "  orders (live)    3 made, 1 found made, 2 updated, 1 refused, 0 unknown; 4 held back"


def test_what_was_done_on_orders_has_a_line_of_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = {"confirmed": 5, "marked as shipped": 2, "cancelled": 1, "refunded": 0, "rejected": 1, "unknown": 0}
    monkeypatch.setattr(cli.sync, "cycle", lambda _: {**SUMMARY, "fulfilment": done})
    lines = home.instep("sync", "--once").out.splitlines()
    assert lines[1] == (
        "  fulfilment       5 confirmed, 2 marked as shipped, 1 cancelled, 0 refunded; 1 refused, 0 unknown"
    )


def test_one_cycle_that_failed_ends_with_3(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def cycle(_: object) -> object:
        raise StoreError("The ledger is locked.")

    monkeypatch.setattr(cli.sync, "cycle", cycle)
    said = home.instep("sync", "--once", "--json")
    assert (said.code, said.out, said.err) == (3, "", "instep: The ledger is locked.\n")


@pytest.mark.parametrize(
    ("more", "code"),
    [({}, 0), ({"exceptions": 1}, 1), ({"failed": ["shopify variants: no answer"], "exceptions": 1}, 3)],
    ids=["all is well", "an exception is open", "a step failed"],
)
def test_the_code_of_a_cycle_says_how_it_went(
    home: Home, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], code: int
) -> None:
    monkeypatch.setattr(cli.sync, "cycle", lambda _: {**SUMMARY, **more})
    assert home.instep("sync", "--once").code == code


def test_in_preview_nothing_is_sent_and_the_summary_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    push = {**SUMMARY["push"], "mode": "preview: nothing was sent"}
    monkeypatch.setattr(cli.sync, "cycle", lambda _: {**SUMMARY, "push": push})
    said = home.instep("sync", "--once")
    assert said.out.startswith("  push (preview)   nothing is sent; `instep plan` shows what would be\n")
