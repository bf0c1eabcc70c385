"""`instep doctor`: each fault is named with what to do about it, and none hides another."""

from __future__ import annotations

import http.server
import shutil
import sqlite3
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster._daemon.types import DaemonHeartbeat

from cli import health, health_here, health_there
from cli.health import Patient
from integration_assets.contracts.shopify import LOCATIONS, Location
from resources.clock import ManualClock
from resources.operating_model import load
from sandbox.faults import add_fault
from sandbox.server import Sandbox
from tests.system.cli_stage import Home, a_brand, a_home

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    # So many doctors in so short a time would be throttled.
    with a_brand(enforce_rates=False) as sandbox:
        yield sandbox


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path) -> Iterator[Home]:
    """An installation that has done nothing yet."""
    yield a_home(tmp_path / "home", sandbox.url)
    with sandbox.world.lock:
        sandbox.world.faults.clear()
        sandbox.world.shop.subscriptions.clear()


def looked_at(home: Home, *, code: int, **env: str) -> dict[str, dict[str, str]]:
    """The doctor's lines by check."""
    said = home.instep("doctor", "--json", env=env)
    found = [each for each in said.json if each["state"] != "ok"]
    assert (said.code, said.err) == (code, ""), found
    return {line["check"]: line for line in said.json}


def line(state: str, told: str, todo: str = "") -> dict[str, str]:
    return {"state": state, "told": told, "todo": todo}


def without_name(found: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name != "check"}


def test_a_new_installation_is_told_what_to_make_and_nothing_is_made_by_looking(home: Home) -> None:
    found = looked_at(home, code=1)
    assert without_name(found["ledger"]) == line(
        "warn", f"there is none at {home.data}/ledger.db yet", "Run `instep setup`, which makes it."
    )
    assert without_name(found["warehouse"]) == line(
        "warn", f"there is none at {home.data}/warehouse.duckdb yet", "Run `instep sync --once`."
    )
    assert [name for name, each in found.items() if each["state"] == "fails"] == []
    assert not home.data.exists()


def test_for_eyes_each_check_is_one_line_and_what_to_do_stands_under_it(home: Home) -> None:
    said = home.instep("doctor")
    assert f"ok      operating model       {home.model}, quantities are sent\n" in said.out
    assert (
        "warn    webhooks              no receiver is declared: changes are found by the schedule alone, "
        "up to 15 minutes late\n"
        "                              to do: Set receiver.public_url, run `instep receive`, then `instep setup`.\n"
    ) in said.out


def test_after_the_setup_ledger_and_webhooks_are_in_order(home: Home) -> None:
    home.declare("[rehearsal]", '[receiver]\npublic_url = "https://hooks.example.com/"\n\n[rehearsal]')
    assert looked_at(home, code=1)["webhooks"]["told"].startswith("no subscription to INVENTORY_LEVELS_UPDATE, ")
    made = home.instep("setup")
    assert made.out.splitlines() == [
        f"ledger            ready at {home.data}/ledger.db",
        "MFN pool          Leeds, Manchester",
        "FBA mirror eu     Amazon FBA EU is ready",
        "Amazon eu         sells in UK, DE",
        "webhooks          7 topics to https://hooks.example.com/webhooks/shopify, 7 made now",
    ]
    found = looked_at(home, code=1)
    assert without_name(found["ledger"]) == line("ok", f"{home.data}/ledger.db, revision 0002, whole")
    assert without_name(found["webhooks"]) == line("ok", "7 topics to https://hooks.example.com/webhooks/shopify")
    assert home.instep("setup").out.endswith(", 0 made now\n")


def test_webhooks_that_lead_elsewhere_are_named_with_the_place(home: Home) -> None:
    assert home.instep("setup", "--url", "https://old.example.com").code == 0
    assert looked_at(home, code=1)["webhooks"]["state"] == "ok"
    home.declare("[rehearsal]", '[receiver]\npublic_url = "https://new.example.com"\n\n[rehearsal]')
    told = looked_at(home, code=1)["webhooks"]
    assert told["state"] == "warn"
    assert told["told"].endswith("; some lead to https://old.example.com/webhooks/shopify")
    assert told["todo"] == "Run `instep setup`."


def test_each_missing_scope_is_named(home: Home, sandbox: Sandbox) -> None:
    kept = list(sandbox.world.shop.scopes)
    sandbox.world.shop.scopes[:] = ["read_products", "read_locations", "write_inventory"]
    try:
        found = looked_at(home, code=2)
    finally:
        sandbox.world.shop.scopes[:] = kept
    assert found["Shopify scopes"]["told"].startswith("missing: read_orders (reading the shop)")
    assert found["Shopify scopes"]["todo"].startswith("Add them to the app's scopes")


def test_another_api_version_than_the_one_asked_for_is_a_fault(home: Home, sandbox: Sandbox) -> None:
    add_fault(sandbox.world, match="*", kind="wrong_version")
    found = looked_at(home, code=2)
    assert "answered as API version 2026-07 where 2026-10 was asked for" in found["Shopify token"]["told"]
    assert found["Amazon eu token"]["state"] == "ok"


def test_a_version_that_ends_soon_is_told_in_time(home: Home) -> None:
    patient = Patient(load(home.model), home.env)
    patient.clock = ManualClock(datetime(2027, 7, 4, tzinfo=UTC))
    assert health_there._version(patient).state == "warn"
    assert health_there._version(patient).told == "2026-10 is served, until 2027-10-01 at least"
    patient = Patient(load(home.model), home.env)
    patient.clock = ManualClock(datetime(2027, 7, 2, tzinfo=UTC))
    assert health_there._version(patient).state == "ok"


def test_a_pool_location_that_is_not_there_is_named_with_those_that_are(home: Home) -> None:
    home.declare('"Leeds"]', '"Leds"]')
    found = looked_at(home, code=2)
    assert found["MFN pool"]["told"] == "pools.mfn.locations: 'Leds' is not a location in Shopify"
    assert "'Leeds'" in found["MFN pool"]["todo"]
    assert found["FBA location eu"]["state"] == "ok"
    assert found["webhooks"]["state"] == "warn"


def test_an_fba_location_must_be_there_and_open(home: Home, sandbox: Sandbox) -> None:
    mirror = sandbox.world.shop.locations[sandbox.brand.locations["Amazon FBA EU"]]
    mirror.is_active = False
    try:
        assert looked_at(home, code=2)["FBA location eu"]["told"] == "Amazon FBA EU is closed in Shopify"
    finally:
        mirror.is_active = True
    home.declare('location = "Amazon FBA EU"', 'location = "FBA"')
    assert looked_at(home, code=2)["FBA location eu"]["told"] == "'FBA' is not a location in Shopify"


def test_without_an_fba_location_nothing_is_wrong(home: Home) -> None:
    home.declare('[pools.fba.eu]\nlocation = "Amazon FBA EU"\n', "")
    told = looked_at(home, code=1)["FBA location eu"]
    assert without_name(told) == line("ok", "none is declared: FBA stock of eu is seen in the warehouse only")


def test_an_account_that_does_not_sell_where_the_model_says_is_a_fault_of_the_configuration(home: Home) -> None:
    home.declare('["UK", "DE"]', '["UK", "SE"]')
    found = looked_at(home, code=2)
    assert found["Amazon eu token"]["state"] == "ok"
    assert found["Amazon eu sells in"]["told"] == "the account does not sell in SE"


def test_a_refused_amazon_token_does_not_hide_the_shop(home: Home) -> None:
    found = looked_at(home, code=2, SP_API_REFRESH_TOKEN_EU="Atzr|of-somebody-else")
    assert found["Amazon eu token"]["told"].startswith("Login with Amazon refused amazon.eu with 400 invalid_grant")
    assert "Amazon eu sells in" not in found
    assert found["Shopify token"]["state"] == "ok"


def test_refused_shopify_credentials_do_not_hide_amazon(home: Home) -> None:
    found = looked_at(home, code=2, SHOPIFY_CLIENT_SECRET="wrong")
    assert found["Shopify token"]["told"].startswith("Shopify refuses the app's credentials for example-brand")
    assert "Shopify scopes" not in found
    assert found["Amazon eu sells in"]["told"] == "UK, DE"


def test_variables_that_are_missing_are_named_at_once_and_only_their_own_side_is_not_tried(home: Home) -> None:
    found = looked_at(home, code=2, SHOPIFY_CLIENT_ID="", SHOPIFY_CLIENT_SECRET="")
    assert found["environment"]["told"] == (
        "2 environment variables are not set; set and start again:\n"
        "  SHOPIFY_CLIENT_ID, needed by shopify.client_id\n"
        "  SHOPIFY_CLIENT_SECRET, needed by shopify.client_secret"
    )
    assert found["Shopify token"]["state"] == "fails"
    assert found["Amazon eu sells in"]["state"] == "ok"


def test_an_operating_model_with_mistakes_is_told_whole(home: Home) -> None:
    home.declare("buffer =", "bufer =")
    said = home.instep("doctor", "--json")
    assert said.code == 2
    assert [each["check"] for each in said.json] == ["operating model", "Dagster"]
    assert "stock.bufer: unknown key; did you mean buffer?" in said.json[0]["told"]


def test_with_the_shops_out_of_reach_the_stores_are_looked_at_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LONGEST_WAIT_SECONDS", 0.0)
    assert home.instep("setup").code == 0
    url = load(home.model).shopify.url
    home.declare(url, "http://127.0.0.1:9")
    found = looked_at(home, code=3)
    assert found["clock"]["told"].startswith("The rehearsal clock at http://127.0.0.1:9/sandbox/clock does not answer")
    assert found["ledger"]["state"] == "ok"
    assert found["disk"]["state"] == "ok"
    assert found["Shopify token"]["told"] == "example-brand.myshopify.com could not be asked for a token: ConnectError."
    assert found["Amazon eu token"]["state"] == "fails"
    # Ages by another clock than the rehearsal's would mean nothing.
    assert {"sources", "Amazon rates", "clock of Shopify"} & set(found) == set()


def test_a_damaged_ledger_is_told_and_the_rest_is_looked_at(home: Home) -> None:
    home.data.mkdir()
    (home.data / "ledger.db").write_bytes(b"not a database at all" * 100)
    found = looked_at(home, code=3)
    assert f"The ledger at sqlite+pysqlite:///{home.data}/ledger.db is damaged" in found["ledger"]["told"]
    assert found["ledger"]["todo"] == "Stop all services and restore the file from the last backup."
    assert "exceptions" not in found
    assert found["Amazon eu sells in"]["state"] == "ok"


def test_a_ledger_of_another_revision_is_left_alone(home: Home) -> None:
    assert home.instep("setup").code == 0
    with sqlite3.connect(home.data / "ledger.db") as database:
        database.execute("UPDATE instep_ledger_version SET version_num = '9999'")
    database.close()
    found = looked_at(home, code=3)
    assert found["ledger"]["told"] == f"{home.data}/ledger.db is at revision 9999, this program needs 0002"


def test_a_warehouse_that_is_being_written_is_no_fault(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_here, "WAREHOUSE_PATIENCE_SECONDS", 0.05)
    opened, done = threading.Event(), threading.Event()
    with home.doors() as doors:

        def write() -> None:
            with doors.warehouse.connect():
                opened.set()
                done.wait(30)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert opened.wait(30)
            found = looked_at(home, code=1)
        finally:
            done.set()
            writer.join()
    assert found["warehouse"]["state"] == "warn"
    assert found["warehouse"]["todo"] == "A run in progress lets go of it within seconds; look again."


def test_sources_that_were_read_too_long_ago_or_never_are_named(home: Home) -> None:
    with home.doors() as doors:
        place = Location(
            location_id="gid://shopify/Location/1",
            name="Leeds",
            is_active=True,
            fulfills_online_orders=True,
            is_fulfillment_service=False,
        )
        doors.warehouse.observe(LOCATIONS, [place], seen_at=doors.clock.now() - timedelta(days=5, minutes=1))
    told = looked_at(home, code=1)["sources"]["told"]
    assert told.startswith("read too long ago: shopify.locations 5 d ago; never read: shopify.variants, ")
    assert "amazon.orders" in told


@pytest.mark.parametrize(
    ("free", "state", "code"),
    [(100 << 20, "fails", 3), (1 << 30, "warn", 1), (50 << 30, "ok", 1)],
    ids=["none to speak of", "little", "enough"],
)
def test_a_disk_that_is_nearly_full_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, free: int, state: str, code: int
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - the shape that shutil answers with
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, (1 << 40) - free, free))
    assert looked_at(home, code=code)["disk"]["state"] == state


def test_an_allowance_that_is_used_up_is_told_and_not_waited_for(home: Home) -> None:
    assert home.instep("setup").code == 0
    with home.doors() as doors:
        doors.ledger.penalise("amazon/eu/A1EXAMPLE", "getMarketplaceParticipations", 7200)
    found = looked_at(home, code=1)
    assert found["Amazon eu token"]["told"] == (
        "not asked: getMarketplaceParticipations has been called as often as Amazon allows"
    )
    assert found["Amazon rates"]["told"].startswith("eu getMarketplaceParticipations: none of ")


def test_a_check_that_breaks_does_not_stop_the_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Patient) -> Iterator[health.Line]:
        raise ZeroDivisionError("a mistake of ours")

    checks = tuple((name, broken if name == "disk" else check) for name, check in health_here.OF_THIS_MACHINE)
    monkeypatch.setattr(health_here, "OF_THIS_MACHINE", checks)
    found = looked_at(home, code=3)
    assert found["disk"]["told"] == "the check broke: ZeroDivisionError: a mistake of ours"
    assert found["Shopify token"]["state"] == "ok"


@pytest.mark.parametrize(
    ("ours", "state", "told"),
    [
        (NOON + timedelta(seconds=3), "ok", "3 s behind ours"),
        (NOON - timedelta(hours=1), "warn", "3600 s ahead of ours"),
        (NOON + timedelta(minutes=2), "warn", "120 s behind ours"),
    ],
    ids=["nearly the same", "ours is slow", "ours is fast"],
)
def test_clocks_that_disagree_are_told_with_by_how_much(tmp_path: Path, ours: datetime, state: str, told: str) -> None:
    with a_server_at(NOON) as url:
        patient = Patient(load(a_home(tmp_path / "home", url).model), {})
        patient.clock, patient.tells_time = ManualClock(ours + timedelta(seconds=0.5)), True
        lines = list(health_there.clocks(patient))
    assert [(each.check, each.state, each.told) for each in lines] == [
        ("clock of Shopify", state, told),
        ("clock of Amazon eu", state, told),
    ]


def test_the_daemon_of_a_dagster_home_is_alive_silent_or_was_never_there(home: Home, tmp_path: Path) -> None:
    def told(**env: str) -> tuple[str, str]:
        (found,) = list(health_here.dagster_home(env))
        return found.state, found.told

    assert told() == ("ok", "DAGSTER_HOME is not set: `instep sync` needs none, UI and schedules do")
    assert looked_at(home, code=2, DAGSTER_HOME="/nowhere")["Dagster"]["told"] == "DAGSTER_HOME=/nowhere is no folder"
    place = tmp_path / "dagster"
    place.mkdir()
    (place / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    assert looked_at(home, code=1, DAGSTER_HOME=str(place))["Dagster"]["told"] == f"no daemon has run in {place} yet"
    beat(place, time.time() - 3600)
    assert looked_at(home, code=1, DAGSTER_HOME=str(place))["Dagster"]["todo"] == "Start `dagster-daemon run`."
    beat(place, time.time())
    assert looked_at(home, code=1, DAGSTER_HOME=str(place))["Dagster"]["state"] == "ok"


def beat(place: Path, timestamp: float) -> None:
    """The scheduler's daemon says that it lives."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(place)) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(timestamp, "SCHEDULER", "a-test", []))


@contextmanager
def a_server_at(moment: datetime) -> Iterator[str]:
    """A server whose clock stands at a moment; it refuses everything, as the shops do to strangers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(403)

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the library's shape
            return f"{moment:%a, %d %b %Y %H:%M:%S GMT}"

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
