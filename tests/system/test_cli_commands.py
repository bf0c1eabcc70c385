"""What a person reads after a first cycle: plan, explain, exceptions, release, sync and doctor on one brand."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from integration_assets.content.positions import scope_of as content_scope
from integration_assets.contracts.amazon import AVAILABILITY
from integration_assets.prices import plans
from integration_assets.prices.holds import price_scope
from integration_assets.stock.gate import scope_of
from integration_assets.stock.pushes import KIND
from resources.ledger_parts.records import Intention
from sandbox.server import Sandbox
from tests.system.cli_stage import ROOT, Home, Said, a_brand, a_home

ODD = "-10 [red]PACK[/] :cat:"
"""Begins like an option, and holds what a terminal library could take for its own."""


class Synced(NamedTuple):
    """A brand, an installation that went through one cycle, and what that printed."""

    sandbox: Sandbox
    home: Home
    said: Said


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with a_brand() as sandbox:
        with sandbox.world.lock:
            variant = sandbox.brand.add_variant(sandbox.brand.add_product("Oddity"), ODD, stock={"Manchester": 9})
            sandbox.brand.list_mfn("eu", ODD, variant, shows=3)
        home = a_home(tmp_path_factory.mktemp("home") / "brand", sandbox.url)
        said = home.run("sync", "--once", "--json")
        sandbox.world.clock.set_speed(1.0)
        sandbox.world.clock.advance(20 * 60)
        yield Synced(sandbox, home, said)


@pytest.fixture
def home(synced: Synced, tmp_path: Path) -> Home:
    """A copy of the installation, for a test that changes something in it."""
    return synced.home.copied_to(tmp_path / "copy")


def test_a_cycle_says_what_it_came_to_in_one_json_document(synced: Synced) -> None:
    assert synced.said.err == ""
    assert synced.said.code == 1
    assert synced.said.out.count("\n") == 1
    summary = synced.said.json
    assert summary["ok"] is True
    assert summary["failed"] == []
    assert (summary["push"]["mode"], summary["push"]["sent"], summary["push"]["rejected"]) == ("live", 13, 2)
    assert summary["drift"] == {"not_yet_pushed": 15, "unmapped": 4}
    assert summary["exceptions"] == 10


def test_a_cycle_that_sends_nothing_on_orders_says_what_is_late_all_the_same(synced: Synced) -> None:
    assert "fulfilment" not in synced.said.json
    with synced.home.doors() as doors:
        [late] = doors.ledger.open_exceptions("ship_by_risk")
        causes = doors.warehouse.query("SELECT cause, amazon_order_id FROM reconcile.fulfilment_lag")
    assert ("not_shipped", late.identity.partition("/")[2]) in causes
    written = {call.operation for call in synced.sandbox.world.requests if call.effect}
    assert written == {"createReport", "patchListingsItem"}, "a report is asked for in order to read"


def test_a_plan_in_a_pipe_is_one_line_a_sku_with_nothing_cut(synced: Synced) -> None:
    said = synced.home.instep("plan")
    assert (said.code, said.err) == (1, "")
    assert "\x1b" not in said.out
    rows = [line.split("\t") for line in said.out.splitlines() if "\t" in line]
    assert rows[0] == ["region", "SKU", "shows", "target", "why"]
    skus = [row[1] for row in rows]
    assert {"BOWL/SET-4", "COTTON-100%", "TEE-GRÖSSE M", "TEA+LEMON", ODD} <= set(skus)
    assert all(len(row) == 5 for row in rows)
    # What Amazon refused a moment ago waits before it is tried again.
    assert said.out.splitlines()[-1].startswith("0 to send, 15 under way or held, 31 in step, 5 excluded; ")


def test_a_plan_for_machines_is_json_and_nothing_else(synced: Synced) -> None:
    said = synced.home.instep("plan", "--json")
    assert (said.code, said.err) == (1, "")
    plan = said.json
    assert set(plan) == {"mode", "stock_read_at", "in_step", "push", "not_sent", "excluded"}
    assert plan["mode"] == "live"
    cotton = next(row for row in plan["not_sent"] if row["seller_sku"] == "COTTON-100%")
    assert (cotton["target"], cotton["shown"], cotton["by_location"]) == (18, 3, {"Leeds": 8, "Manchester": 12})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+00:00", cotton["effect_at"])


def test_json_stays_json_on_a_terminal_that_is_not_utf_8(synced: Synced) -> None:
    said = synced.home.run("plan", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert "TEE-GRÖSSE M" in {row["seller_sku"] for row in said.json["not_sent"]}
    assert said.out.isascii()


def test_on_a_terminal_the_plan_is_a_table_with_whole_skus(synced: Synced) -> None:
    shown = on_a_terminal(synced.home, "plan")
    assert "┃ SKU" in shown
    for sku in ("TEE-GRÖSSE M", "CLOCK-WALL-OAK", ODD):
        assert f"│ {sku} " in shown


def test_a_reader_that_goes_away_ends_the_command_without_a_complaint(synced: Synced) -> None:
    command = "import sys; from cli.main import main; main(sys.argv[1:])"
    writer = subprocess.Popen(
        [sys.executable, "-c", command, "plan"],
        cwd=ROOT,
        env=synced.home._environment(None),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() == 1


@pytest.mark.parametrize(
    ("typed", "sku", "target"),
    [
        (("BOWL/SET-4",), "BOWL/SET-4", 18),
        (("COTTON-100%",), "COTTON-100%", 18),
        (("TEE-GRÖSSE M",), "TEE-GRÖSSE M", 18),
        (("TEA+LEMON",), "TEA+LEMON", 18),
        (("SALT,PEPPER",), "SALT,PEPPER", 18),
        (("HALF  SPACE",), "HALF  SPACE", 18),
        (("--", ODD), ODD, 7),
    ],
    ids=["slash", "percent", "umlaut", "plus", "comma", "two spaces", "leading dash and markup"],
)
def test_a_sku_with_odd_characters_is_explained(synced: Synced, typed: tuple[str, ...], sku: str, target: int) -> None:
    said = synced.home.instep("explain", *typed)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{sku} in eu, ASIN B")
    assert f"  target           {target}; Amazon shows " in said.out


def test_a_story_tells_pool_rule_and_what_happened_in_order(synced: Synced) -> None:
    out = synced.home.instep("explain", "COTTON-100%").out
    assert "  pool             20 available (Leeds 8, Manchester 12)\n" in out
    assert "  buffer           default: 2 units kept back\n" in out
    assert "  verdict          waiting: 20 available" in out
    happened = out.partition("  what happened\n")[2].splitlines()
    assert happened == sorted(happened, key=lambda line: line[: len("    2026-11-23 17:30:22")])
    told = [line[29:] for line in happened]
    assert "Shopify stock at Leeds: 8 available (appeared)" in told
    assert "Amazon showed 3" in told
    assert told[-3:] == ["push of 18 intended by instep sync", "push of 18 sent", "push of 18 applied: accepted"]


def test_a_story_for_machines_is_json_with_the_position_and_the_timeline(synced: Synced) -> None:
    said = synced.home.instep("explain", "LINEN-TOTE", "--region", "eu", "--json")
    assert (said.code, said.err) == (0, "")
    (story,) = said.json
    assert (story["region"], story["status"], story["variant_id"]) == ("eu", "ambiguous", None)
    assert [found["kind"] for found in story["exceptions"]] == ["ambiguous_sku"]
    assert story["position"]["verdict"] == "excluded"


def test_what_amazon_ships_has_a_story_without_a_number_of_ours(synced: Synced) -> None:
    said = synced.home.instep("explain", "JUG-GLASS-FBA")
    assert (said.code, said.err) == (0, "")
    assert "  shipped by       fba\n  mapping          mapped (rule) to gid://shopify/ProductVariant/" in said.out
    assert "target" not in said.out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("explain", "cotton"), "Amazon lists no SKU 'cotton'. Like it are: COTTON-100%."),
        (("explain", "zzz"), "Amazon lists no SKU 'zzz'. SKUs are typed as on Amazon; letter case counts."),
        (("explain", "COTTON-100%", "--region", "na"), "There is no region account 'na'. Declared are: eu."),
        (("plan", "--region", "us"), "There is no region account 'us'. Declared are: eu."),
        (
            ("release", "--restore", "--region", "fe", "COTTON-100%"),
            "There is no region account 'fe'. Add --region with one of: eu.",
        ),
        (("release", "--restore", "NOPE"), "eu has no position for 'NOPE'. `instep plan` lists what is held."),
        (("release", "--breaker"), "The breaker holds no plan of eu. `instep plan` shows what is held."),
        (
            ("accept-snapshot", "amazon.listing"),
            "'amazon.listing' is not a table that is read from a shop. Those are: ",
        ),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(synced: Synced, typed: tuple[str, ...], told: str) -> None:
    said = synced.home.instep(*typed)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"instep: {told}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "typed",
    [("release",), ("release", "A"), ("release", "A", "--restore", "--accept"), ("release", "--breaker", "eu")],
    ids=["nothing", "no word", "both words", "a breaker and a SKU"],
)
def test_a_release_without_one_clear_object_is_refused(synced: Synced, typed: tuple[str, ...]) -> None:
    said = synced.home.instep(*typed)
    assert said.code == 2
    assert said.err == (
        "instep: Say what to let go of: either a SKU with --restore or --accept, or --breaker alone. "
        "For example: instep release --restore --note 'the repricer is off' CUP-01\n"
    )


def test_what_is_in_step_cannot_be_released(home: Home) -> None:
    said = home.instep("release", "--restore", "JUG-GLASS")
    assert said.code == 2
    assert said.err.startswith("instep: 'JUG-GLASS' in eu: nothing holds it. ")


def test_exceptions_are_listed_by_team_in_the_catalogues_words(synced: Synced) -> None:
    said = synced.home.instep("exceptions")
    assert (said.code, said.err) == (1, "")
    assert re.findall(r"^(\w+): (\d+) open", said.out, re.MULTILINE) == [("ecommerce", "8"), ("operations", "2")]
    assert re.findall(r"^  \S.* \((\w+), (\w+)\)$", said.out, re.MULTILINE) == [
        ("ambiguous_sku", "high"),
        ("case_twin", "high"),
        ("mixed_channel", "high"),
        ("push_rejected", "high"),
        ("unmapped_sku", "normal"),
        ("untracked_item", "normal"),
        ("oversold", "urgent"),
        ("ship_by_risk", "urgent"),
    ]
    assert "- Amazon eu refused 18 for MIRROR-OVAL: The product does not match any ASIN" in said.out
    assert (
        "- NAPKIN-RED: orders need 4 units more than the pool has (-4 available, 0 held for Amazon orders). "
        "Amazon eu is told to show none.\n"
    ) in said.out
    # Two SKUs are refused: the steps are told once, for both.
    assert "4. To try again now: `instep release --restore --region eu --note '...' SKU`.\n" in said.out


def test_exceptions_for_machines_carry_facts_and_steps(synced: Synced) -> None:
    said = synced.home.instep("exceptions", "--json")
    assert (said.code, said.err) == (1, "")
    mixed = next(found for found in said.json if found["kind"] == "mixed_channel")
    assert mixed["identity"] == "eu/THROW-WOOL"
    assert mixed["facts"]["channels"] == "AMAZON_EU, DEFAULT"
    assert len(mixed["steps"]) == 2


def test_with_nothing_open_there_is_nothing_to_do(home: Home) -> None:
    with home.doors() as doors:
        for kind in {found.kind for found in doors.ledger.open_exceptions()}:
            doors.ledger.close_exceptions(kind, set())
    assert home.instep("exceptions") == Said(0, "Nothing is open.\n", "")
    assert home.instep("exceptions", "--json").json == []


def test_a_leak_is_shown_and_a_person_can_accept_or_restore(home: Home) -> None:
    pushed(home, "TEA+LEMON", 18)
    showing(home, "TEA+LEMON", 44)
    plan = home.instep("plan", "--json").json
    leak = next(row for row in plan["not_sent"] if row["verdict"] == "leak")
    assert (leak["seller_sku"], leak["leak_units"], leak["shown"]) == ("TEA+LEMON", 26, 44)
    accepted = home.instep("release", "--accept", "--note", "a promotion", "TEA+LEMON")
    assert accepted == Said(0, "TEA+LEMON in eu: 44 stays until our own stock changes.\n", "")
    assert "TEA+LEMON" not in {row["seller_sku"] for row in home.instep("plan", "--json").json["not_sent"]}
    restored = home.instep("release", "--restore", "--note", "it is over", "TEA+LEMON")
    assert restored == Said(0, "TEA+LEMON in eu: 18 is sent with the next cycle.\n", "")
    assert "TEA+LEMON" in {row["seller_sku"] for row in home.instep("plan", "--json").json["push"]}
    assert "released it by restore, Amazon showed 44: it is over\n" in home.instep("explain", "TEA+LEMON").out
    with home.doors() as doors:
        trail = [(entry.action, entry.subject, entry.note) for entry in doors.ledger.audit_trail(2)]
    assert trail == [
        ("release restore", "eu/TEA+LEMON", "it is over"),
        ("release accept", "eu/TEA+LEMON", "a promotion"),
    ]


def test_a_push_that_amazon_never_applied_is_tried_again_when_a_person_says_so(home: Home) -> None:
    waiting = {row["seller_sku"]: row["cause"] for row in home.instep("plan", "--json").json["not_sent"]}
    assert waiting["HOOK-BRASS"] == "accepted_not_applied"
    said = home.instep("release", "--restore", "--note", "the listing is mended", "HOOK-BRASS")
    assert said == Said(0, "HOOK-BRASS in eu: 18 is sent with the next cycle.\n", "")
    assert "HOOK-BRASS" in {row["seller_sku"] for row in home.instep("plan", "--json").json["push"]}


def test_a_plan_that_the_breaker_holds_is_let_go(home: Home) -> None:
    with home.doors() as doors:
        doors.ledger.open_hold(scope_of("eu"), "9 of 20 live SKUs would go to zero at once, more than 20 %")
        intention = Intention("JUG-GLASS", {"quantity": 0, "from": 20}, "sold out", "a test")
        (effect,) = doors.ledger.intend_many(KIND, "eu", [intention])
        doors.ledger.held(effect.effect_id, "too bold")
    doctor = home.instep("doctor").out
    assert "warn    breaker               stock_push/eu is held since " in doctor
    assert "then `instep release --breaker --region eu`." in doctor
    said = home.instep("release", "--breaker", "--region", "eu", "--note", "a clearance")
    assert said == Said(
        0,
        "1 held push of eu go with the next cycle (9 of 20 live SKUs would go to zero at once, more than 20 %).\n",
        "",
    )
    with home.doors() as doors:
        assert doors.ledger.effect(effect.effect_id).state == "intended"
        assert doors.ledger.hold_on(scope_of("eu")) is None


def test_a_preview_says_that_nothing_will_be_sent(home: Home) -> None:
    home.declare('stock_push = "live"', 'stock_push = "preview"')
    pushed(home, "TEA+LEMON", 40)
    said = home.instep("plan")
    assert said.out.startswith("# To be sent (preview)\n")
    assert said.out.endswith(
        'Nothing will be sent: set [mode] stock_push = "live" in the operating model when you are ready.\n'
    )


def test_a_truly_smaller_answer_is_let_through_for_an_hour(home: Home) -> None:
    said = home.instep("accept-snapshot", "amazon.listings", "--note", "half the range is gone")
    assert said.code == 0
    assert re.fullmatch(
        r"amazon\.listings: readings that are much smaller than the last are taken until 20.* UTC\.\n", said.out
    )
    with home.doors() as doors:
        entry = doors.ledger.audit_trail(1)[0]
    assert (entry.action, entry.subject, entry.note) == ("accept snapshot", "amazon.listings", "half the range is gone")


def test_a_doctor_finds_a_synced_installation_in_order(synced: Synced) -> None:
    said = synced.home.instep("doctor", "--json")
    assert (said.code, said.err) == (1, "")
    states = {line["check"]: line["state"] for line in said.json}
    assert states == {
        "operating model": "ok",
        "environment": "ok",
        "clock": "ok",
        "ledger": "ok",
        "open pushes": "ok",
        "breaker": "ok",
        "exceptions": "warn",
        "warehouse": "ok",
        "sources": "ok",
        "disk": "ok",
        "Shopify token": "ok",
        "Shopify API version": "ok",
        "Shopify scopes": "ok",
        "MFN pool": "ok",
        "FBA location eu": "ok",
        "webhooks": "warn",
        "Amazon eu token": "ok",
        "Amazon eu sells in": "ok",
        "Amazon rates": "ok",
        "clock of Shopify": "ok",
        "clock of Amazon eu": "ok",
        "Dagster": "ok",
    }
    assert all(line["todo"] for line in said.json if line["state"] != "ok")


def test_a_cycle_that_cannot_read_the_shops_names_the_steps_and_ends_with_3(synced: Synced, tmp_path: Path) -> None:
    home = a_home(tmp_path / "new", synced.sandbox.url)
    revoked = {"SHOPIFY_CLIENT_SECRET": "x", "SP_API_REFRESH_TOKEN_EU": "x", "INSTEP_OPERATING_MODEL": "/nowhere.toml"}
    said = home.instep("sync", "--once", "--model", str(home.model), env=revoked)
    assert (said.code, said.err) == (3, "")
    failed = re.findall(r"^  failed           (\w+ \w+): ", said.out, re.MULTILINE)
    assert {"shopify locations", "amazon listings"} <= set(failed)
    assert "shopify locations: Shopify refuses the app's credentials for example-brand.myshopify.com" in said.out
    assert said.out.endswith("  drift            none\n  open exceptions  3\n")


def test_no_command_but_sync_loads_dagster_pandas_or_great_expectations(synced: Synced, home: Home) -> None:
    typed = [
        ["plan"],
        ["explain", "COTTON-100%"],
        ["exceptions"],
        ["doctor"],
        ["setup"],
        ["release", "--breaker"],
        ["accept-snapshot", "amazon.listings"],
        ["receive", "--port", synced.sandbox.url.rpartition(":")[2]],
    ]
    script = f"""
import sys
from cli.main import main
for arguments in {typed!r}:
    sys.argv[1:] = arguments
    try:
        main()
    except SystemExit as ended:
        sys.stderr.write(f"{{arguments[0]}} {{ended.code}}\\n")
heavy = ("dagster", "pandas", "great_expectations", "numpy", "graphql")
sys.stderr.write(f"loaded: {{[name for name in heavy if sys.modules.get(name)]}}\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=home._environment(None),
        capture_output=True,
        text=True,
        check=True,
    )
    codes = dict(re.findall(r"^([a-z-]+) (\d)$", done.stderr, re.MULTILINE))
    assert codes == {
        "plan": "1",
        "explain": "0",
        "exceptions": "1",
        "doctor": "1",
        "setup": "0",
        "release": "2",
        "accept-snapshot": "0",
        "receive": "2",
    }
    assert done.stderr.endswith("loaded: []\n")


def on_a_terminal(home: Home, *arguments: str) -> str:
    """What a command shows on a terminal of 200 columns."""
    ours, theirs = pty.openpty()
    env = {**home._environment(None), "TERM": "xterm", "COLUMNS": "200"}
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        shown = b""
        while process.poll() is None or select.select([ours], [], [], 0.1)[0]:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


def pushed(home: Home, sku: str, quantity: int) -> None:
    """Amazon was seen to show a quantity that we had sent."""
    with home.doors() as doors:
        ledger = doors.ledger
        (effect,) = ledger.intend_many(KIND, "eu", [Intention(sku, {"quantity": quantity, "from": None}, "", "a test")])
        ledger.begin(effect.effect_id)
        ledger.applied(effect.effect_id, "a receipt", doors.clock.now(), "accepted")
        ledger.verified(effect.effect_id, f"Amazon shows {quantity}")
    showing(home, sku, quantity)


def showing(home: Home, sku: str, quantity: int) -> None:
    """Amazon shows a quantity now."""
    with home.doors() as doors:
        now = doors.clock.now()
        (known,) = doors.warehouse.rows(AVAILABILITY, "seller_sku = ?", [sku])
        row = replace(known, quantity=quantity, read_at=now)
        doors.warehouse.observe(AVAILABILITY, [row], seen_at=now, complete=False)


def test_an_audit_says_what_is_wrong_and_writes_a_report_that_stands_by_itself(synced: Synced, tmp_path: Path) -> None:
    report = tmp_path / "audit.html"
    said = synced.home.instep("audit", "--html", str(report))
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[:2] == ["# Audit", "severity\tfinding\tcount\tunits\tat stake\towner\twhat to do"]
    risk = "urgent\tAmazon offers units that are not there\t"
    assert [line for line in lines if line.startswith(risk)]
    assert lines[-1] == f"The report is in {report}."
    html = report.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert re.findall(r"(?:src|href)=|url\(|@import|<script", html) == []
    assert html.count('role="img" aria-label="') == html.count("<svg ") > 2
    assert "OLD-LAMP-2019" in html
    assert "<code>instep plan</code>" in html


def test_an_audit_for_machines_is_json_with_money_per_currency(synced: Synced) -> None:
    said = synced.home.instep("audit", "--json")
    kinds = {kind["finding"]: kind for kind in said.json["kinds"]}
    lost = kinds["amazon_sku_without_variant"]
    assert (lost["count"], lost["units"], lost["owner"], lost["severity"]) == (2, 9, "ecommerce", "high")
    assert lost["money"] == {"GBP": "224.10"}
    assert [row["subject"] for row in lost["findings"]] == ["OLD-LAMP-2019", "OLD-VASE-2018"]
    assert kinds["mixed_channel"]["findings"][0]["subject"] == "THROW-WOOL"
    assert said.json["not_looked_at"] == ["prices: set `currency`, and `fx` for other currencies, in `[prices]`"]


def test_an_audit_before_anything_was_read_says_how_to_read(synced: Synced, tmp_path: Path) -> None:
    said = a_home(tmp_path / "new", synced.sandbox.url).instep("audit")
    assert said.code == 2
    assert "`instep audit --refresh` reads both shops first." in said.err


def test_prices_that_are_held_are_let_go_one_by_one_or_whole(home: Home) -> None:
    assert "No plan of prices is held in eu." in home.instep("release-prices").err
    assert "No price of '007-ROPE' is held in eu." in home.instep("release-prices", "007-ROPE").err
    with home.doors() as doors:
        plan = plans.hold(doors.ledger, "eu", "60 of 100 prices would change at once, more than 50 %", [])
        doors.ledger.open_hold(price_scope("eu", "A1F83G8C2ARO7P", "007-ROPE"), "19.90 -> 9.90")
    assert home.instep("release-prices", "007-ROPE").out == (
        "1 price of 007-ROPE: sent with the next cycle, within a day.\n"
    )
    assert f"Look at what would change, then add --plan {plan}." in home.instep("release-prices").err
    other = home.instep("release-prices", "--plan", "12345678")
    assert other.code == 2
    assert f"The plan that is held in eu is another one than 12345678: plan {plan}: 60 of 100" in other.err
    assert home.instep("release-prices", "--plan", plan).out == (
        f"Plan {plan} of the prices of eu: sent with the next cycle, within a day.\n"
    )
    with home.doors() as doors:
        assert [hold.scope for hold in doors.ledger.open_holds() if hold.scope.startswith("price")] == []


def test_what_a_listing_is_to_say_is_let_go_where_it_is_held(home: Home) -> None:
    assert "Nothing that '007-ROPE' says in eu is held." in home.instep("release-content", "007-ROPE").err
    with home.doors() as doors:
        doors.ledger.open_hold(content_scope("eu", "A1F83G8C2ARO7P", "007-ROPE", "title"), "theirs -> ours")
    assert home.instep("release-content", "--note", "ours is right", "007-ROPE").out == (
        "1 part of the listing of 007-ROPE: sent with the next cycle, within a day.\n"
    )
