"""What a cycle raises is in the catalogue, with every fact its sentence and its steps need, and is over when it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integration_assets.contracts.reconcile import DRIFT_CAUSES, FULFILLMENTS, MAP_STATUSES, SkuMap, StockPosition
from integration_assets.rules.breaker import Trip
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.stock.findings import OF_POSITIONS, OF_SKU_MAP, Findings, finding, report_sku_map
from integration_assets.stock.pushes import KIND
from resources.clock import ManualClock
from resources.ledger import ExceptionRecord, Ledger
from resources.ledger_parts.records import Intention

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POSITION = StockPosition(
    region="eu",
    seller_sku="MUG-1",
    variant_id="gid://shopify/ProductVariant/1",
    inventory_item_id="gid://shopify/InventoryItem/1",
    available=20,
    by_location='{"Leeds": 20}',
    held_for_orders=3,
    presumed_sold=1,
    share_percent=100,
    buffer_rule="default: 2 units kept back",
    target=14,
    shown=25,
    shown_at=NINE,
    last_applied=12,
    last_applied_at=NINE,
    effect_state=None,
    effect_at=None,
    verdict="waiting",
    cause="",
    leak_units=0,
    oversold=0,
    last_explained=12,
    last_explained_at=NINE,
    missing="",
    computed_at=NINE,
    reason="20 available: 14 to show; Amazon shows 25",
)
MAPPED = SkuMap(
    region="eu",
    seller_sku="MUG-1",
    asin="B000000001",
    fulfillment="mfn",
    match="exact",
    status="mapped",
    variant_id="gid://shopify/ProductVariant/1",
    inventory_item_id="gid://shopify/InventoryItem/1",
    reason="",
)
TRIP = Trip("9 of 20 live SKUs would go to zero at once, more than 20 %", zeroed=9, moved=11, live=20, limit_percent=20)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(NINE)) as ledger:
        yield ledger


@pytest.fixture
def findings(ledger: Ledger) -> Findings:
    return Findings(ledger, max_attempts=3)


def opened(ledger: Ledger) -> dict[str, ExceptionRecord]:
    """The open exceptions by kind, where each kind is open once."""
    records = ledger.open_exceptions()
    assert len({record.kind for record in records}) == len(records)
    return {record.kind: record for record in records}


def sent(
    ledger: Ledger, sku: str, times: int, *, reference: str = "a-receipt", refused: str = "", lost: bool = False
) -> None:
    """A push of 14 that was sent so often, and is accepted, or refused in the end, or never answered."""
    (effect,) = ledger.intend_many(KIND, "eu", [Intention(sku, {"quantity": 14, "from": 25}, "", "a test")])
    for attempt in range(times):
        if attempt:
            ledger.resend(effect.effect_id)
        ledger.begin(effect.effect_id)
        if refused:
            ledger.rejected(effect.effect_id, refused)
        elif lost:
            ledger.unknown(effect.effect_id, "the answer got lost")
        else:
            ledger.applied(effect.effect_id, reference, NINE, "accepted")


def test_whatever_is_raised_is_in_the_catalogue_with_all_its_facts(ledger: Ledger, findings: Findings) -> None:
    sent(ledger, "push_rejected", 1, refused="The listing is incomplete (90220)")
    sent(ledger, "accepted_not_applied", 3)
    sent(ledger, "in_flight", 3, lost=True)
    positions = [replace(POSITION, seller_sku=cause, cause=cause, oversold=2) for cause in DRIFT_CAUSES]
    positions += [replace(POSITION, seller_sku="in_flight", cause="in_flight", effect_state="unknown")]
    findings.report("eu", positions, TRIP)
    maps = [replace(MAPPED, seller_sku=status, status=status, reason="Why.") for status in MAP_STATUSES]
    maps += [replace(MAPPED, seller_sku=way, fulfillment=way) for way in FULFILLMENTS]
    report_sku_map(ledger, maps, channels={("eu", "mixed"): ["DEFAULT", "AMAZON_EU"]}, never_pushed=())
    records = ledger.open_exceptions()
    assert {record.kind for record in records} == {*OF_POSITIONS, *OF_SKU_MAP}
    for record in records:
        entry = CATALOGUE[record.kind]
        assert entry.facts <= set(record.facts)
        assert record.told == entry.tell(**record.facts)
        assert (record.team, record.severity) == (entry.team, entry.severity)
        assert "{" not in " ".join(entry.steps_for(**record.facts))
        assert record.identity == f"eu/{record.facts.get('seller_sku', '')}"


def test_each_kind_about_a_position_is_told_in_plain_words(ledger: Ledger, findings: Findings) -> None:
    sent(ledger, "REFUSED", 1, refused="The listing is incomplete (90220).")
    sent(ledger, "STUCK", 3, reference="feed-done:77")
    loop = "20 available: 14 to show; Amazon shows 25; written 13 times in 60 minutes while its stock changed twice"
    rows = [
        replace(POSITION, seller_sku="LEAK", cause="ownership_leak", leak_units=-6),
        replace(POSITION, seller_sku="REFUSED", cause="push_rejected"),
        replace(POSITION, seller_sku="STUCK", cause="accepted_not_applied"),
        replace(POSITION, seller_sku="LOOP", cause="loop_held", reason=loop),
        replace(POSITION, seller_sku="OVER", available=3, oversold=1),
    ]
    findings.report("eu", rows, TRIP)
    assert {kind: record.told for kind, record in opened(ledger).items()} == {
        "ownership_leak": (
            "Amazon eu shows 25 of LEAK: -6 units that no push and no order explains. "
            "Nothing is sent for it until somebody decides."
        ),
        "push_rejected": "Amazon eu refused 14 for REFUSED: The listing is incomplete (90220).",
        "stuck_listing": (
            "Amazon eu accepted 14 for STUCK 3 times and still shows 25. Its own answer to the last try is feed 77."
        ),
        "sync_loop": (
            "LOOP on Amazon eu is written in circles: written 13 times in 60 minutes while its stock changed twice."
        ),
        "oversold": (
            "OVER: orders need 1 units more than the pool has (3 available, 4 held for Amazon orders). "
            "Amazon eu is told to show none."
        ),
        "breaker_open": (
            "The plan for Amazon eu is held: 9 of 20 live SKUs would go to zero at once, more than 20 %. "
            "Nothing of it was sent."
        ),
    }


def test_a_bundle_that_is_oversold_counts_what_its_components_make(ledger: Ledger, findings: Findings) -> None:
    findings.report("eu", [replace(POSITION, available=None, held_for_orders=5, presumed_sold=0, oversold=2)], None)
    assert "orders need 2 units more than the pool has (3 available, 5 held" in opened(ledger)["oversold"].told


def test_a_listing_is_stuck_only_when_every_try_is_used_up(ledger: Ledger, findings: Findings) -> None:
    row = replace(POSITION, cause="accepted_not_applied")
    sent(ledger, "MUG-1", 2)
    findings.report("eu", [row], None)
    assert opened(ledger) == {}
    ledger.resend(ledger.history(KIND, "eu", "MUG-1")[0].effect_id)
    ledger.begin(ledger.history(KIND, "eu", "MUG-1")[0].effect_id)
    ledger.applied(ledger.history(KIND, "eu", "MUG-1")[0].effect_id, "a-receipt", NINE, "accepted")
    findings.report("eu", [row], None)
    assert opened(ledger)["stuck_listing"].facts["attempts"] == 3


def test_what_is_over_is_closed_in_its_own_region_only(ledger: Ledger, findings: Findings) -> None:
    leak = replace(POSITION, cause="ownership_leak", leak_units=11)
    findings.report("eu", [leak], TRIP)
    findings.report("na", [replace(leak, region="na")], None)
    findings.report("eu", [POSITION], None)
    assert [(record.kind, record.identity) for record in ledger.open_exceptions()] == [("ownership_leak", "na/MUG-1")]


def test_the_sku_map_speaks_of_every_region_at_once(ledger: Ledger) -> None:
    unmapped = replace(MAPPED, status="unmapped", variant_id=None, reason="No variant in Shopify carries this SKU")
    report_sku_map(ledger, [unmapped, replace(unmapped, region="na")], channels={}, never_pushed=())
    assert [record.identity for record in ledger.open_exceptions()] == ["eu/MUG-1", "na/MUG-1"]
    report_sku_map(ledger, [replace(unmapped, region="na")], channels={}, never_pushed=())
    assert [record.identity for record in ledger.open_exceptions()] == ["na/MUG-1"]
    report_sku_map(ledger, [MAPPED], channels={}, never_pushed=())
    assert ledger.open_exceptions() == []


def test_what_is_never_pushed_need_not_be_counted(ledger: Ledger) -> None:
    row = replace(MAPPED, status="untracked", reason="Shopify does not count the stock of this variant")
    report_sku_map(ledger, [row], channels={}, never_pushed={("eu", "MUG-1")})
    assert ledger.open_exceptions() == []
    report_sku_map(ledger, [row], channels={}, never_pushed={("na", "MUG-1")})
    assert opened(ledger)["untracked_item"].told == (
        "MUG-1 on Amazon eu cannot be kept in step: Shopify does not count the stock of this variant."
    )


def test_a_mixed_offer_names_its_channels(ledger: Ledger) -> None:
    row = replace(MAPPED, fulfillment="mixed", reason="Amazon shows a merchant's and an FBA channel for it")
    report_sku_map(ledger, [row], channels={("eu", "MUG-1"): ["DEFAULT", "AMAZON_EU"]}, never_pushed=())
    assert "at once (AMAZON_EU, DEFAULT). No quantity is sent for it" in opened(ledger)["mixed_channel"].told


def test_a_finding_without_a_fact_of_its_sentence_cannot_be_made() -> None:
    with pytest.raises(KeyError, match="leak_units"):
        finding("ownership_leak", "eu", "MUG-1", {"shown": 3})
