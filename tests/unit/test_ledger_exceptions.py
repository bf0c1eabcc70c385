"""Exceptions open once, are updated, not repeated, and close when the facts say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    record = ledger.raise_exception("late", "026-1", "operations", "high", "Ship today", {"units": 1}, deadline)
    assert record == ExceptionRecord(
        exception_id=record.exception_id,
        kind="late",
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
    ledger.raise_exception("late", "eu/MUG-1", "operations", "high", "Ship today", {})
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
        ledger.raise_exception("late", "026-1", "operations", "high", "Ship today", {"recipient": "x"})
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
