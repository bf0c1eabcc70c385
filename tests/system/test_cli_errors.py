"""A command that cannot do its work says why in one message on the error stream, and ends with the documented code."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import cli.plan
from resources.ledger_parts import store
from tests.system.cli_stage import ROOT, Home, Said, a_home

NOBODY = "http://127.0.0.1:9"
COMMANDS = (
    ("plan",),
    ("explain", "CUP-01"),
    ("exceptions",),
    ("sync", "--once"),
    ("setup",),
    ("receive",),
    ("release", "--breaker"),
    ("release", "--restore", "CUP-01"),
    ("accept-snapshot", "amazon.listings"),
)
EVERY_COMMAND = pytest.mark.parametrize("typed", COMMANDS, ids=" ".join)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An installation on the wall clock that never did anything, and whose shops answer to nobody."""
    home = a_home(tmp_path / "home", NOBODY)
    home.declare(f'\n[rehearsal]\nclock_url = "{NOBODY}/sandbox/clock"\n', "")
    return home


@EVERY_COMMAND
def test_without_an_operating_model_every_command_says_where_one_is_looked_for(
    tmp_path: Path, typed: tuple[str, ...]
) -> None:
    said = Home(tmp_path).instep(*typed)
    assert said == Said(
        2,
        "",
        f"instep: {tmp_path}/operating_model.toml: the operating model cannot be read (No such file or directory). "
        "Write one (docs/operating_model.md explains every key) or say where it is in INSTEP_OPERATING_MODEL.\n",
    )


@EVERY_COMMAND
def test_every_command_takes_the_operating_model_that_is_named(home: Home, typed: tuple[str, ...]) -> None:
    said = home.instep(*typed, "--model", "/nowhere.toml")
    assert said.code == 2
    assert said.err.startswith("instep: /nowhere.toml: the operating model cannot be read")


def test_mistakes_in_the_operating_model_are_told_all_at_once(home: Home) -> None:
    home.declare("buffer =", "bufer =")
    home.declare('"DE"]', '"XX"]')
    said = home.instep("plan", "--json")
    assert (said.code, said.out) == (2, "")
    assert "2 mistakes; nothing runs until all is mended" in said.err
    assert "stock.bufer: unknown key; did you mean buffer?" in said.err


@pytest.mark.parametrize("typed", [("sync", "--once"), ("setup",), ("receive",)], ids=" ".join)
def test_variables_that_are_missing_are_named_before_anything_is_made(home: Home, typed: tuple[str, ...]) -> None:
    said = home.instep(*typed, env={"SHOPIFY_CLIENT_SECRET": "", "SP_API_CLIENT_ID": ""})
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "instep: 2 environment variables are not set; set and start again:\n"
        "  SHOPIFY_CLIENT_SECRET, needed by shopify.client_secret\n"
        "  SP_API_CLIENT_ID, needed by amazon.eu.client_id\n"
    )
    assert not home.data.exists()


@pytest.mark.parametrize(
    "typed",
    [
        ("plan",),
        ("plan", "--json"),
        ("explain", "A"),
        ("release", "--accept", "A"),
        ("accept-snapshot", "amazon.orders"),
    ],
    ids=" ".join,
)
def test_before_the_first_cycle_there_is_nothing_to_tell_and_nothing_is_made(
    home: Home, typed: tuple[str, ...]
) -> None:
    said = home.instep(*typed)
    assert said == Said(
        2, "", f"instep: There is no warehouse at {home.data}/warehouse.duckdb yet. Run `instep sync --once` first.\n"
    )
    assert not (home.data / "warehouse.duckdb").exists()


@pytest.mark.parametrize("typed", [("plan", "--json"), ("sync", "--once", "--json"), ("setup",)], ids=" ".join)
def test_a_rehearsal_whose_sandbox_does_not_answer_ends_at_once(tmp_path: Path, typed: tuple[str, ...]) -> None:
    home = a_home(tmp_path / "home", NOBODY)
    if typed[0] == "plan":
        home.data.mkdir()
        (home.data / "warehouse.duckdb").touch()
    said = home.instep(*typed)
    assert (said.code, said.out) == (3, "")
    assert said.err == (
        "instep: The rehearsal clock at http://127.0.0.1:9/sandbox/clock does not answer: [Errno 111] Connection "
        "refused. Start the sandbox, or take `clock_url` out of [rehearsal] in the operating model.\n"
    )


def test_a_shop_that_cannot_be_reached_ends_the_setup_with_3(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    said = home.instep("setup")
    assert said.code == 3
    assert said.out == f"ledger            ready at {home.data}/ledger.db\n"
    assert said.err == "instep: example-brand.myshopify.com could not be asked for a token: ConnectError.\n"


@pytest.mark.parametrize(
    "url", ["hooks.example.com", "http://hooks.example.com", "https://", "ftp://hooks.example.com"]
)
def test_an_address_that_shopify_cannot_deliver_to_is_refused(home: Home, url: str) -> None:
    said = home.instep("setup", "--url", url)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"instep: Shopify cannot deliver webhooks to {url!r}: expected an https address")


def test_a_ledger_that_another_process_keeps_locked_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    home.data.mkdir()
    assert home.instep("exceptions") == Said(0, "Nothing is open.\n", "")
    with sqlite3.connect(home.data / "ledger.db", isolation_level=None) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        said = home.instep("exceptions")
        other.execute("ROLLBACK")
    other.close()
    assert (said.code, said.out) == (3, "")
    assert "was kept locked by another process" in said.err
    assert "Look for a stopped or hanging Instep process" in said.err


def test_a_port_that_is_taken_is_reported_with_the_way_to_choose_another(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = home.instep("receive", "--port", str(port))
    assert said == Said(
        2,
        "",
        f"instep: The receiver cannot listen on 127.0.0.1 port {port}: Address already in use. Stop what uses the "
        "port, or choose another with --port or [receiver] port in the operating model.\n",
    )


def test_a_host_that_is_none_of_ours_is_reported(home: Home) -> None:
    said = home.instep("receive", "--host", "192.0.2.1")
    assert said.code == 2
    assert said.err.startswith("instep: The receiver cannot listen on 192.0.2.1 port 4300: ")


def test_a_receiver_says_where_it_listens_and_stops_with_ctrl_c(home: Home) -> None:
    receiver = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "receive", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, **home._environment(None)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert receiver.stderr is not None
    told = receiver.stderr.readline()
    assert told.startswith("instep: receiving webhooks at http://127.0.0.1:")
    assert told.endswith("/webhooks/shopify\n")
    wait_for(told.split(" at ")[1].strip().replace("/webhooks/shopify", "/healthz"))
    receiver.send_signal(2)
    out, err = receiver.communicate(timeout=20)
    assert (receiver.returncode, out, err) == (130, "", "")


def wait_for(url: str) -> None:
    """Wait until the receiver answers: before that, Ctrl-C finds it half started."""
    patience = time.monotonic() + 30
    while True:
        try:
            assert httpx.get(url, timeout=5).is_success
        except httpx.TransportError:
            assert time.monotonic() < patience
            time.sleep(0.02)
        else:
            return


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("plan", "--frobnicate"), "No such option: --frobnicate"),
        (("explain",), "Missing argument"),
        (("explain", "-ODD"), "No such option: -O"),
        (("explain", "A", "B"), "cannot be told. Name one SKU, or order and its id"),
        (("receive", "--port", "65536"), "Invalid value for '--port'"),
        (("sync", "--every", "5"), "Invalid value for '--every'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_that_is_mistyped_ends_with_2(home: Home, typed: tuple[str, ...], told: str) -> None:
    said = home.instep(*typed)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_ctrl_c_ends_with_130_and_without_a_trace(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.plan, "plan", interrupted)
    said = home.instep("plan")
    assert (said.code, said.out) == (130, "")
    assert "Traceback" not in said.err


def test_help_lists_every_command_and_the_exit_codes(home: Home) -> None:
    said = home.instep("--help")
    assert (said.code, said.err) == (0, "")
    for command in ("doctor", "setup", "sync", "plan", "explain", "exceptions", "release", "receive", "demo"):
        assert f" {command} " in said.out
    assert "Exit codes: 0 all is well; 1 something is there that a person must see to" in said.out
