"""What people type about exceptions: list, look at one, see to it, let it sleep; and what the watchdog answers cron."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.ack import moment_of
from integration_assets.contracts.errors import ConfigurationError
from tests.post import endpoint
from tests.system.cli_stage import Home, a_home

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REHEARSAL = '[rehearsal]\nclock_url = "http://127.0.0.1:9/sandbox/clock"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An installation by the wall's clock, with a leak of 25 units and four units oversold."""
    home = a_home(tmp_path / "home", "http://127.0.0.1:9")
    home.declare(REHEARSAL, "")
    with home.doors() as doors:
        leak = {"region": "eu", "seller_sku": "CLOCK", "shown": 43, "leak_units": 25}
        doors.ledger.raise_exception("ownership_leak", "eu/CLOCK", "ecommerce", "urgent", "43 of CLOCK.", leak)
        units = {"region": "eu", "seller_sku": "CUP", "units": 4, "available": 1, "held": 5}
        doors.ledger.raise_exception("oversold", "eu/CUP", "operations", "urgent", "Four more.", units)
    return home


def test_the_list_shows_the_numbers_that_ack_takes_and_may_be_one_teams(home: Home) -> None:
    said = home.instep("exceptions")
    assert said.code == 1
    assert "    number 1, open since " in said.out
    assert "ecommerce: 1 open exception" in said.out
    assert "operations: 1 open exception" in said.out
    assert "ecommerce" not in home.instep("exceptions", "--team", "operations").out
    assert home.instep("exceptions", "--team", "finance").out == "Nothing is open.\n"
    wrong = home.instep("exceptions", "--team", "sales")
    assert (wrong.code, wrong.err) == (
        2,
        "instep: There is no team 'sales'. Teams are ecommerce, operations, finance, engineering.\n",
    )


def test_an_exception_is_seen_to_and_its_history_tells_by_whom(home: Home) -> None:
    said = home.instep("ack", "1", "2", "--note", "asking the agency", "--until", "2d")
    assert said.code == 0
    assert said.out.splitlines()[0].startswith("1 ownership_leak eu/CLOCK: seen to by ")
    assert "told again at" in said.out
    one = home.instep("exceptions", "1")
    assert one.code == 1
    assert "  number 1, snoozed, 25 units; seen by " in one.out
    assert "asking the agency; sleeps until " in one.out
    assert "    1. Run `instep explain CLOCK` to see who wrote what and when." in one.out
    assert "  snoozed by " in one.out
    history = home.instep("exceptions", "1", "--json").json["history"]
    assert [step["event"] for step in history] == ["opened", "snoozed"]
    with home.doors() as doors:
        assert [entry.action for entry in doors.ledger.audit_trail()] == ["snoozed exception"] * 2


def test_one_that_came_back_is_told_with_what_was_before(home: Home) -> None:
    with home.doors() as doors:
        doors.ledger.close_exceptions("oversold", ())
        doors.ledger.raise_exception("oversold", "eu/CUP", "operations", "urgent", "Two more.", {"units": 2})
    said = home.instep("exceptions", "3")
    assert "number 3, open, 2 units; for time 2" in said.out
    assert "opened, as number 2" in said.out
    assert "reopened: for time 2" in said.out
    assert home.instep("exceptions", "2").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("7",), 3, "No exception number 7 is open."),
        (("1", "--until", "soon"), 2, "--until 'soon' cannot be read."),
        (("1", "--until", "2020-01-01"), 2, "--until '2020-01-01' has passed"),
    ],
)
def test_what_cannot_be_acknowledged_is_told(home: Home, arguments: tuple[str, ...], code: int, told: str) -> None:
    said = home.instep("ack", *arguments)
    assert said.code == code
    assert told in said.err


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30min", NOW + timedelta(minutes=30)),
        ("4h", NOW + timedelta(hours=4)),
        ("1w", NOW + timedelta(weeks=1)),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T09:00+01:00", datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
    ],
)
def test_until_takes_spans_and_moments(text: str, moment: datetime) -> None:
    assert moment_of(text, NOW) == moment
    with pytest.raises(ConfigurationError, match="cannot be read"):
        moment_of(f"{text} or so", NOW)


def test_the_watch_answers_cron_tells_the_teams_and_beats_only_while_all_is_well(home: Home) -> None:
    with endpoint() as slack, endpoint() as heart:
        text = home.model.read_text(encoding="utf-8")
        text += '\n[alerts]\nfallback = [{ env = "ALL" }]\nheartbeat = { env = "HEART" }\n'
        home.model.write_text(text, encoding="utf-8")
        home.env |= {"ALL": f"slack+{slack.url}", "HEART": heart.url}
        well = home.instep("watch")
        assert (well.code, well.err) == (0, "")
        assert well.out.splitlines() == [
            "daemon     not looked at: DAGSTER_HOME is not set",
            "service    well",
            "open       2 exceptions",
            "alerts     ALL (ecommerce, operations, finance, engineering): 1 sent",
            "heartbeat  sent",
        ]
        assert (len(slack.bodies), heart.asked) == (1, 1)
        with home.doors() as doors:
            facts = {"job": "take_in_orders", "step": "amazon orders", "detail": "down"}
            doors.ledger.raise_exception("failed_run", "take_in_orders", "engineering", "high", "It failed.", facts)
        ill = home.instep("watch", "--json")
        assert ill.code == 1
        assert ill.json["wrong"] == [{"number": 3, "kind": "failed_run", "told": "It failed."}]
        assert ill.json["heartbeat"] == "held back"
        assert (len(slack.bodies), heart.asked) == (2, 1)
