"""Every kind of exception says who mends it, how, and when it is over."""

from __future__ import annotations

import pytest

from integration_assets.rules.exception_kinds.kind import ExceptionKind
from integration_assets.rules.exceptions import CATALOGUE

EVERY_KIND = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=list(CATALOGUE))


def test_the_kinds_that_work_can_raise_are_all_there() -> None:
    assert set(CATALOGUE) == {
        "ownership_leak",
        "breaker_open",
        "sync_loop",
        "stuck_listing",
        "push_rejected",
        "unmapped_sku",
        "ambiguous_sku",
        "case_twin",
        "mixed_channel",
        "untracked_item",
        "suspect_snapshot",
        "oversold",
        "order_not_importable",
        "order_missing",
        "unmapped_order_line",
        "order_oversold",
        "order_without_address",
        "shipped_units_open",
        "amazon_order_unreadable",
        "shopify_order_unreadable",
        "duplicate_order",
        "order_amounts_differ",
        "order_state_differs",
        "ship_by_risk",
        "unconfirmed_shipment",
        "rejected_confirmation",
        "fba_status_lag",
        "refund_not_recorded",
        "cancellation_not_recorded",
        "shopify_cancelled_amazon_order",
        "shopify_refunded_amazon_order",
        "account_health_at_risk",
        "stale_source",
        "unknown_outcome",
        "throttled",
        "credentials",
        "missing_webhook",
        "failed_run",
        "settlement_drift",
        "unexplained_difference",
        "order_not_settled",
        "exchange_rate_missing",
        "fees_note_refused",
        "unbalanced_settlement",
        "unreadable_settlement",
        "missing_settlement",
        "unmapped_fee",
        "daemon_silent",
        "failed_tick",
        "push_lag",
        "dead_channel",
        "fba_mirror_edited",
        "fba_mirror_refused",
        "price_leak",
        "price_move_held",
        "price_plan_held",
        "price_refused",
        "price_not_shown",
        "content_leak",
        "content_unfit",
        "content_refused",
        "content_not_shown",
        "mcf_stuck",
        "mcf_failed",
        "mcf_too_late",
        "mcf_held",
        "mcf_parcel_refused",
        "shopify_order_not_read",
        "notifications_unread",
        "notification_set_aside",
    }


@EVERY_KIND
def test_a_kind_says_all_a_person_needs(kind: ExceptionKind) -> None:
    assert CATALOGUE[kind.name] is kind
    assert kind.team in {"ecommerce", "operations", "finance", "engineering"}
    assert kind.record_owner in {"Shopify", "Amazon", "Instep"}
    assert kind.severity in {"urgent", "high", "normal"}
    assert len(kind.steps) >= 2
    for sentence in (kind.told, kind.closes_when, *kind.steps):
        assert sentence.endswith(".")
    assert kind.title
    assert not kind.title.endswith(".")


@EVERY_KIND
def test_the_sentence_and_the_steps_are_filled_in_from_the_same_facts(kind: ExceptionKind) -> None:
    facts = {name: f"<{name}>" for name in kind.facts}
    told = " ".join((kind.tell(**facts), *kind.steps_for(**facts)))
    assert "{" not in told
    assert all(f"<{name}>" in told for name in facts)


@pytest.mark.parametrize("kind", ["ownership_leak", "sync_loop", "stuck_listing", "push_rejected", "unknown_outcome"])
def test_what_holds_a_sku_tells_the_command_that_lets_it_go(kind: str) -> None:
    facts = dict.fromkeys(CATALOGUE[kind].facts, "x") | {"seller_sku": "MUG-1", "region": "eu"}
    steps = CATALOGUE[kind].steps_for(**facts)
    assert any("`instep release --restore --region eu --note '...' MUG-1`" in step for step in steps)


def test_a_leak_can_be_accepted_as_well() -> None:
    steps = CATALOGUE["ownership_leak"].steps_for(seller_sku="MUG-1", region="eu")
    assert steps[-1] == (
        "To keep Amazon's until the stock changes: `instep release --accept --region eu --note '...' MUG-1`."
    )


def test_an_open_breaker_tells_how_it_is_released() -> None:
    assert "`instep release --breaker --region eu --note '...'`" in CATALOGUE["breaker_open"].steps_for(region="eu")[-1]


def test_a_sku_with_signs_in_it_is_quoted_in_commands() -> None:
    steps = CATALOGUE["ownership_leak"].steps_for(seller_sku="MUG 1; rm -rf", region="eu")
    assert steps[0] == "Run `instep explain 'MUG 1; rm -rf'` to see who wrote what and when."


def test_a_sku_that_begins_like_an_option_is_not_taken_for_one() -> None:
    steps = CATALOGUE["ownership_leak"].steps_for(seller_sku="-10 PACK", region="eu")
    assert steps[0] == "Run `instep explain -- '-10 PACK'` to see who wrote what and when."


def test_a_leak_reads_like_a_sentence() -> None:
    assert CATALOGUE["ownership_leak"].tell(
        region="eu", shown=99, seller_sku="MUG-1", leak_units=91, note="unused"
    ) == (
        "Amazon eu shows 99 of MUG-1: 91 units that no push and no order explains. "
        "Nothing is sent for it until somebody decides."
    )


def test_a_fact_that_is_missing_is_named() -> None:
    with pytest.raises(KeyError, match="seller_sku"):
        CATALOGUE["unmapped_sku"].tell(region="eu", reason="x")
