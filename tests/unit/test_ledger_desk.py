"""Baselines, holds, links and cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integration_assets.contracts.errors import StoreError
from resources.clock import ManualClock
from resources.ledger import Baseline, Hold, Ledger, Link

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_last_accepted_number_is_the_baseline(ledger: Ledger, manual_clock: ManualClock) -> None:
    ledger.set_baseline("eu", "MUG-1", 7, "counted by hand", "maria")
    manual_clock.advance(60)
    ledger.set_baseline("eu", "MUG-1", 6, "one was broken", "maria")
    ledger.set_baseline("na", "MUG-1", 99, "another region", "maria")
    ledger.set_baseline("eu", "MUG-2", 0, "sold out", "jo")
    at = NINE + timedelta(minutes=1)
    assert ledger.baselines("eu") == {
        "MUG-1": Baseline("eu", "MUG-1", "accept", 6, at, "one was broken", "maria"),
        "MUG-2": Baseline("eu", "MUG-2", "accept", 0, at, "sold out", "jo"),
    }
    assert ledger.baselines("fe") == {}


def test_a_hold_opens_once_and_is_updated(ledger: Ledger, manual_clock: ManualClock) -> None:
    assert ledger.hold_on("plan/eu") is None
    first = ledger.open_hold("plan/eu", "40 % to zero")
    manual_clock.advance(60)
    second = ledger.open_hold("plan/eu", "42 % to zero")
    assert second == Hold(first.hold_id, "plan/eu", "42 % to zero", NINE, None, None, None)
    assert ledger.hold_on("plan/eu") == second
    assert ledger.open_holds() == [second]


def test_a_released_hold_is_over_but_not_forgotten(ledger: Ledger, manual_clock: ManualClock) -> None:
    first = ledger.open_hold("plan/eu", "40 % to zero")
    manual_clock.advance(60)
    released = ledger.release_hold("plan/eu", "maria", "summer stock is really gone")
    at = NINE + timedelta(minutes=1)
    assert released == Hold(first.hold_id, "plan/eu", "40 % to zero", NINE, at, "maria", "summer stock is really gone")
    assert ledger.hold_on("plan/eu") is None
    assert ledger.open_holds() == []
    assert ledger.last_hold("plan/eu") == released
    again = ledger.open_hold("plan/eu", "90 % to zero")
    assert again.hold_id > first.hold_id
    assert ledger.last_hold("plan/eu") == again


def test_what_is_not_held_cannot_be_released(ledger: Ledger) -> None:
    ledger.open_hold("plan/na", "40 % to zero")
    with pytest.raises(StoreError, match="Nothing is held under `plan/eu`"):
        ledger.release_hold("plan/eu", "maria", "why not")
    assert ledger.last_hold("plan/eu") is None


def test_what_has_changed_since_it_was_looked_at_is_not_released(ledger: Ledger) -> None:
    looked_at = ledger.open_hold("plan/eu", "40 % to zero")
    ledger.open_hold("plan/eu", "42 % to zero")
    with pytest.raises(StoreError, match="What is held under `plan/eu` has changed: 42 % to zero"):
        ledger.release_hold("plan/eu", "maria", "why not", detail=looked_at.detail)
    assert ledger.release_hold("plan/eu", "maria", "now", detail="42 % to zero").note == "now"


def test_a_link_is_made_once_and_found_from_both_ends(ledger: Ledger) -> None:
    assert ledger.link("order", "026-111", "gid://shopify/Order/1")
    assert not ledger.link("order", "026-111", "gid://shopify/Order/1")
    assert ledger.link("order", "026-222", "gid://shopify/Order/2")
    assert ledger.link("refund", "026-111", "gid://shopify/Refund/9")
    first = Link("order", "026-111", "gid://shopify/Order/1", NINE)
    assert ledger.links("order", left_id="026-111") == [first]
    assert ledger.links("order", right_id="gid://shopify/Order/1") == [first]
    assert len(ledger.links("order")) == 2
    assert ledger.links("shipment") == []
    assert ledger.links_of("order", ["026-111", "026-333"]) == [first]
    assert ledger.links_of("order", []) == []


def test_a_cursor_remembers_how_far_a_reader_came(ledger: Ledger) -> None:
    assert ledger.cursor("amazon.orders/eu") is None
    ledger.set_cursor("amazon.orders/eu", "2026-11-23T08:00:00Z")
    ledger.set_cursor("amazon.orders/eu", "2026-11-23T09:00:00Z")
    ledger.set_cursor("amazon.orders/na", "none")
    assert ledger.cursor("amazon.orders/eu") == "2026-11-23T09:00:00Z"
