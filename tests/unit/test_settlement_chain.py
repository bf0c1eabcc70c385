"""Whether a payout is missing between two others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integration_assets.rules.settlement_chain import Span, gaps

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
FIRST = datetime(2026, 6, 1, 15, 0, 13, tzinfo=UTC)


def span(
    number: int, place: str = DE, *, days: int = 14, early: timedelta = timedelta(0), currency: str = "EUR"
) -> Span:
    start = FIRST + timedelta(days=14 * number)
    return Span("eu", currency, place, f"{place}{number}", start, start + timedelta(days=days) - early)


def found(*spans: Span) -> list[tuple[str, str, str]]:
    return [(gap.marketplace_id, gap.before, gap.after) for gap in gaps(spans)]


def test_settlements_that_follow_each_other_leave_no_gap() -> None:
    assert found(span(2), span(0), span(1)) == []
    assert found(span(0, early=timedelta(seconds=1)), span(1)) == []
    assert found(span(0)) == []


def test_a_gap_is_told_with_the_settlements_around_it() -> None:
    assert found(span(0), span(2), span(4)) == [(DE, f"{DE}0", f"{DE}2"), (DE, f"{DE}2", f"{DE}4")]
    (gap,) = gaps([span(0), span(2)])
    assert (gap.start, gap.end) == (FIRST + timedelta(days=14), FIRST + timedelta(days=28))


def test_each_marketplace_of_a_currency_is_an_account_of_its_own() -> None:
    assert found(span(0), span(1, FR), span(2)) == [(DE, f"{DE}0", f"{DE}2")]
    assert found(span(0, currency="GBP"), span(2)) == []


def test_a_settlement_that_names_no_marketplace_may_be_any_accounts() -> None:
    assert found(span(0), span(1, ""), span(2)) == []
    assert found(span(0, ""), span(2, "")) == [("", "0", "2")]


def test_a_long_settlement_covers_short_ones() -> None:
    assert found(span(0, days=60), span(1), span(3)) == []
