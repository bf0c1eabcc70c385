"""Exceptions open once, are updated, not repeated, and close when the facts say so."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_assets.contracts.errors import StoreError
from resources.clock import ManualClock
from resources.ledger import AuditEntry, ExceptionRecord, Finding, Ledger

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def leak(ledger: Ledger, subject: str = "eu/MUG-1", units: int = 3) -> ExceptionRecord:
    told = f"Amazon shows {units} units more than we sent"
    return ledger.raise_exception("ownership_leak", subject, "ecommerce", "high", told, {"units": units})


def identities(ledger: Ledger) -> list[str]:
    return [record.identity for record in ledger.open_exceptions()]


def test_an_exception_opens_with_all_its_facts(ledger: Ledger) -> None:
    deadline = NINE + timedelta(days=1)
    record = ledger.raise_exception("oversold", "026-1", "operations", "high", "Ship today", {"units": 1}, deadline)
    assert record == ExceptionRecord(
        exception_id=record.exception_id,
        kind="oversold",
        identity="026-1",
        team="operations",
        severity="high",
        told="Ship today",
        facts={"units": 1},
        opened_at=NINE,
        updated_at=NINE,
        deadline_at=deadline,
        closed_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        note=None,
    )
    assert ledger.open_exceptions() == [record]


def test_the_same_trouble_is_updated_not_repeated(ledger: Ledger, manual_clock: ManualClock) -> None:
    first = leak(ledger, units=3)
    manual_clock.advance(60)
    assert leak(ledger, units=3) == first
    second = leak(ledger, units=5)
    assert second.exception_id == first.exception_id
    assert (second.facts, second.opened_at, second.updated_at) == ({"units": 5}, NINE, NINE + timedelta(minutes=1))
    assert len(ledger.open_exceptions()) == 1


def test_an_acknowledgement_stays_while_the_trouble_lasts(ledger: Ledger) -> None:
    leak(ledger, units=3)
    seen = ledger.acknowledge("ownership_leak", "eu/MUG-1", "maria", "asking the agency")
    assert (seen.acknowledged_by, seen.acknowledged_at, seen.note) == ("maria", NINE, "asking the agency")
    assert leak(ledger, units=4).acknowledged_by == "maria"


def test_what_is_not_open_cannot_be_acknowledged(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="No exception ownership_leak eu/MUG-1 is open"):
        ledger.acknowledge("ownership_leak", "eu/MUG-1", "maria", "seen")


def test_exceptions_close_when_the_facts_no_longer_show_them(ledger: Ledger, manual_clock: ManualClock) -> None:
    first = leak(ledger, "eu/MUG-1")
    leak(ledger, "eu/MUG-2")
    ledger.raise_exception("oversold", "eu/MUG-1", "operations", "high", "Ship today", {})
    manual_clock.advance(60)
    assert ledger.close_exceptions("ownership_leak", keep={"eu/MUG-2"}) == 1
    assert sorted(identities(ledger)) == ["eu/MUG-1", "eu/MUG-2"]
    assert [record.identity for record in ledger.open_exceptions("ownership_leak")] == ["eu/MUG-2"]
    again = leak(ledger, "eu/MUG-1")
    assert again.exception_id > first.exception_id
    assert again.acknowledged_by is None


def test_facts_about_one_region_close_nothing_in_another(ledger: Ledger) -> None:
    for subject in ("eu/MUG-1", "na/MUG-1", "eu_MUG"):
        leak(ledger, subject)
    assert ledger.close_exceptions("ownership_leak", keep=set(), scope="eu/") == 1
    assert identities(ledger) == ["na/MUG-1", "eu_MUG"]


def test_many_findings_are_one_transaction(ledger: Ledger) -> None:
    leak(ledger, "eu/SKU-0007", units=1)
    findings = [Finding(f"eu/SKU-{number:04}", "moved", {"units": number}) for number in range(1_500)]
    records = ledger.raise_exceptions("ownership_leak", "ecommerce", "high", findings)
    assert [record.identity for record in records[:3]] == ["eu/SKU-0000", "eu/SKU-0001", "eu/SKU-0002"]
    assert records[7].facts == {"units": 7}
    assert len(ledger.open_exceptions()) == 1_500
    assert ledger.raise_exceptions("ownership_leak", "ecommerce", "high", []) == []


def test_facts_are_free_of_personal_data(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="personal data"):
        ledger.raise_exception("oversold", "026-1", "operations", "high", "Ship today", {"recipient": "x"})
    assert ledger.open_exceptions() == []


def test_the_audit_trail_names_who_did_what_newest_first(ledger: Ledger, manual_clock: ManualClock) -> None:
    ledger.audit("maria", "release hold", "plan/eu", "summer stock is gone")
    manual_clock.advance(60)
    ledger.audit("jo", "accept number", "eu/MUG-1", "counted")
    assert ledger.audit_trail() == [
        AuditEntry(NINE + timedelta(minutes=1), "jo", "accept number", "eu/MUG-1", "counted"),
        AuditEntry(NINE, "maria", "release hold", "plan/eu", "summer stock is gone"),
    ]
    assert len(ledger.audit_trail(limit=1)) == 1


def steps(ledger: Ledger, subject: str = "eu/MUG-1") -> list[tuple[str, str, str]]:
    story = ledger.exception_story("ownership_leak", subject)
    return [(step.event, step.who, step.detail) for step in story]


def test_an_exception_that_comes_back_is_another_one_with_the_whole_history(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    first = leak(ledger)
    manual_clock.advance(60)
    leak(ledger, units=5)
    ledger.close_exceptions("ownership_leak", keep=())
    again = leak(ledger)
    assert (first.occurrence, again.occurrence) == (1, 2)
    assert steps(ledger) == [("opened", "instep", ""), ("closed", "instep", ""), ("reopened", "instep", "for time 2")]
    assert [step.exception_id for step in ledger.exception_story("ownership_leak", "eu/MUG-1")] == [
        first.exception_id,
        first.exception_id,
        again.exception_id,
    ]


def test_a_deadline_or_severity_that_changes_is_a_step_and_a_number_that_changes_is_none(ledger: Ledger) -> None:
    ledger.raise_exception("ownership_leak", "eu/MUG-1", "ecommerce", "high", "3 units", {"units": 3})
    ledger.raise_exception("ownership_leak", "eu/MUG-1", "ecommerce", "high", "4 units", {"units": 4})
    ledger.raise_exception("ownership_leak", "eu/MUG-1", "ecommerce", "urgent", "4 units", {"units": 4}, NINE)
    assert steps(ledger)[1:] == [
        ("changed", "instep", "severity high -> urgent, deadline none -> 2026-11-23 09:00 UTC")
    ]


def test_whoever_acknowledges_by_number_is_in_the_history_and_in_the_audit_trail(ledger: Ledger) -> None:
    number = leak(ledger).exception_id
    ledger.acknowledge_number(number, "maria", "asking the agency")
    assert steps(ledger)[1:] == [("acknowledged", "maria", "asking the agency")]
    assert ledger.audit_trail() == [
        AuditEntry(NINE, "maria", "acknowledged exception", f"{number} ownership_leak eu/MUG-1", "asking the agency")
    ]


def test_a_snoozed_exception_wakes_when_its_time_has_come(ledger: Ledger, manual_clock: ManualClock) -> None:
    number = leak(ledger).exception_id
    ledger.acknowledge_number(number, "maria", "after the count", until=NINE + timedelta(hours=2))
    assert ledger.let_time_pass(due_within=timedelta(hours=4)) == 0
    manual_clock.advance(2 * 3600)
    assert ledger.let_time_pass(due_within=timedelta(hours=4)) == 1
    assert steps(ledger)[1:] == [
        ("snoozed", "maria", "until 2026-11-23 11:00 UTC: after the count"),
        ("woken", "instep", ""),
    ]
    assert ledger.exception(number).snoozed_until is None


def test_an_exception_cannot_sleep_until_a_moment_that_has_passed(ledger: Ledger) -> None:
    number = leak(ledger).exception_id
    with pytest.raises(StoreError, match="has passed"):
        ledger.acknowledge_number(number, "maria", "", until=NINE)
    with pytest.raises(StoreError, match="No exception number 99 is open"):
        ledger.acknowledge_number(99, "maria", "")


def test_a_deadline_that_comes_near_is_noted_once_and_again_when_it_moves(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    def late(deadline: datetime) -> None:
        ledger.raise_exception("ownership_leak", "eu/MUG-1", "operations", "high", "Ship it", {}, deadline)

    late(NINE + timedelta(hours=6))
    assert ledger.let_time_pass(due_within=timedelta(hours=4)) == 0
    manual_clock.advance(2 * 3600)
    assert [ledger.let_time_pass(due_within=timedelta(hours=4)) for _ in range(2)] == [1, 0]
    late(NINE + timedelta(hours=5))
    assert ledger.let_time_pass(due_within=timedelta(hours=4)) == 1
    assert [detail for event, _, detail in steps(ledger) if event == "due"] == [
        "by 2026-11-23 15:00 UTC",
        "by 2026-11-23 14:00 UTC",
    ]


def test_steps_are_read_after_a_cursor_by_team(ledger: Ledger) -> None:
    record = leak(ledger)
    seen = ledger.newest_exception_step()
    ledger.raise_exception("oversold", "026-1", "operations", "high", "Ship today", {})
    ledger.close_exceptions("ownership_leak", keep=())
    told = [(step.event, of.kind) for step, of in ledger.exception_steps(seen)]
    assert told == [("opened", "oversold"), ("closed", "ownership_leak")]
    assert [of.kind for _, of in ledger.exception_steps(seen, teams={"operations"})] == ["oversold"]
    assert ledger.exceptions_since(NINE)[0].exception_id == record.exception_id
    assert [open_one.kind for open_one in ledger.exceptions_since(NINE + timedelta(seconds=1))] == ["oversold"]


def test_a_ledger_of_before_knows_when_its_exceptions_were_opened_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger:
        leak(ledger)
        ledger.raise_exception("oversold", "026-1", "operations", "high", "Ship today", {})
        ledger.close_exceptions("oversold", keep=())
    with sqlite3.connect(path) as old:
        old.executescript(
            "DROP TABLE exception_events; DROP INDEX ix_exceptions_identity;"
            "ALTER TABLE exceptions DROP COLUMN occurrence; ALTER TABLE exceptions DROP COLUMN snoozed_until;"
            "ALTER TABLE buckets DROP COLUMN penalties; ALTER TABLE buckets DROP COLUMN penalties_since;"
            "ALTER TABLE buckets DROP COLUMN penalised_at;"
            "UPDATE instep_ledger_version SET version_num = '0001';"
        )
    old.close()
    with Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger:
        assert [(step.event, of.kind) for step, of in ledger.exception_steps(0)] == [
            ("opened", "ownership_leak"),
            ("opened", "oversold"),
            ("closed", "oversold"),
        ]
