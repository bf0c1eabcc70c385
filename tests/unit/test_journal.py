"""The books of a settlement: balanced, split by month, and only ever added to."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.journal import Chart, Line, Movement, Statement, entries, to_append, unbalanced

CHART = Chart(
    bank="bank",
    clearing="clearing",
    difference="difference",
    unnamed="suspense",
    buckets={"principal": "sales", "commission": "fees", "reserve": "reserve"},
)
OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 6)
PAYOUT = Statement(
    "S1",
    total=7700,
    deposit_on=date(2026, 11, 9),
    movements=(
        Movement(OCTOBER, "principal", 8000),
        Movement(OCTOBER, "commission", -1200),
        Movement(NOVEMBER, "principal", 2000),
        Movement(NOVEMBER, "commission", -300),
        Movement(NOVEMBER, "reserve", -800),
    ),
)
STATEMENTS = st.builds(
    Statement,
    settlement_id=st.just("S1"),
    total=st.integers(-(10**9), 10**9),
    deposit_on=st.dates(date(2026, 9, 1), date(2026, 12, 31)),
    movements=st.lists(
        st.builds(
            Movement,
            st.dates(date(2026, 9, 1), date(2026, 12, 31)),
            st.sampled_from(["principal", "commission", "reserve", "unmapped"]),
            st.integers(-(10**9), 10**9),
        ),
        max_size=10,
    ).map(tuple),
)


def told(lines: list[Line]) -> list[tuple[str, str, int, int]]:
    return [(line.entry_id, line.account, line.debit, line.credit) for line in lines]


def balance(lines: list[Line]) -> dict[tuple[date, str], int]:
    """What stands on each account on each day, where it is not nothing."""
    sums: dict[tuple[date, str], int] = {}
    for line in lines:
        key = line.booked_on, line.account
        sums[key] = sums.get(key, 0) + line.debit - line.credit
    return {key: amount for key, amount in sums.items() if amount}


def test_a_settlement_is_booked_in_the_months_its_lines_were_posted_and_paid_through_the_clearing_account() -> None:
    assert told(entries(PAYOUT, CHART)) == [
        ("S1/1/2026-10", "fees", 1200, 0),
        ("S1/1/2026-10", "sales", 0, 8000),
        ("S1/1/2026-10", "clearing", 6800, 0),
        ("S1/1/2026-11", "fees", 300, 0),
        ("S1/1/2026-11", "sales", 0, 2000),
        ("S1/1/2026-11", "reserve", 800, 0),
        ("S1/1/2026-11", "clearing", 900, 0),
        ("S1/1/deposit", "bank", 7700, 0),
        ("S1/1/deposit", "clearing", 0, 7700),
    ]


def test_a_bucket_without_an_account_goes_where_somebody_will_look() -> None:
    lines = entries(Statement("S1", 500, NOVEMBER, (Movement(NOVEMBER, "unmapped", 500),)), CHART)
    assert told(lines)[0] == ("S1/1/2026-11", "suspense", 0, 500)


def test_what_the_lines_lack_of_the_total_stands_on_an_account_of_its_own() -> None:
    lines = entries(replace(PAYOUT, total=7650), CHART)
    assert told(lines)[-3:] == [
        ("S1/1/deposit", "bank", 7650, 0),
        ("S1/1/deposit", "difference", 50, 0),
        ("S1/1/deposit", "clearing", 0, 7700),
    ]


def test_a_negative_total_is_paid_by_the_bank() -> None:
    lines = entries(Statement("S1", -500, NOVEMBER, (Movement(NOVEMBER, "commission", -500),)), CHART)
    assert told(lines)[-2:] == [("S1/1/deposit", "bank", 0, 500), ("S1/1/deposit", "clearing", 500, 0)]


def test_what_is_booked_already_is_not_booked_again() -> None:
    assert to_append(PAYOUT, CHART, entries(PAYOUT, CHART)) == []


def test_a_revised_settlement_is_reversed_and_posted_again() -> None:
    first = entries(Statement("S1", 500, NOVEMBER, (Movement(NOVEMBER, "principal", 500),)), CHART)
    revised = Statement("S1", 400, NOVEMBER, (Movement(NOVEMBER, "principal", 400),))
    added = to_append(revised, CHART, first)
    assert told(added) == [
        ("S1/1/2026-11/reversed", "sales", 500, 0),
        ("S1/1/2026-11/reversed", "clearing", 0, 500),
        ("S1/1/deposit/reversed", "bank", 0, 500),
        ("S1/1/deposit/reversed", "clearing", 500, 0),
        ("S1/2/2026-11", "sales", 0, 400),
        ("S1/2/2026-11", "clearing", 400, 0),
        ("S1/2/deposit", "bank", 400, 0),
        ("S1/2/deposit", "clearing", 0, 400),
    ]
    assert to_append(revised, CHART, first + added) == []


def test_nothing_is_booked_into_a_closed_month() -> None:
    first = to_append(PAYOUT, CHART, [], open_from=date(2026, 11, 1))
    assert {(line.entry_id, str(line.booked_on), line.belongs_on) for line in first} == {
        ("S1/1/2026-10", "2026-11-01", OCTOBER),
        ("S1/1/2026-11", "2026-11-06", None),
        ("S1/1/deposit", "2026-11-09", None),
    }
    assert to_append(PAYOUT, CHART, first, open_from=date(2026, 11, 1)) == []
    assert to_append(PAYOUT, CHART, first, open_from=date(2026, 12, 1)) == []
    added = to_append(replace(PAYOUT, total=7650), CHART, first, open_from=date(2026, 12, 1))
    assert {(line.entry_id, str(line.booked_on), line.day) for line in added} == {
        ("S1/1/2026-10/reversed", "2026-12-01", OCTOBER),
        ("S1/1/2026-11/reversed", "2026-12-01", NOVEMBER),
        ("S1/1/deposit/reversed", "2026-12-01", date(2026, 11, 9)),
        ("S1/2/2026-10", "2026-12-01", OCTOBER),
        ("S1/2/2026-11", "2026-12-01", NOVEMBER),
        ("S1/2/deposit", "2026-12-01", date(2026, 11, 9)),
    }


@given(st.lists(st.tuples(STATEMENTS, st.integers(9, 12)), min_size=1, max_size=4))
def test_however_often_it_is_revised_a_closed_month_is_never_touched(
    versions: list[tuple[Statement, int]],
) -> None:
    journal: list[Line] = []
    closed = 9
    for version, month in versions:
        closed = max(closed, month)
        added = to_append(version, CHART, journal, open_from=date(2026, closed, 1))
        assert all(line.booked_on >= date(2026, closed, 1) for line in added)
        journal += added
        assert to_append(version, CHART, journal, open_from=date(2026, closed, 1)) == []
    assert unbalanced(journal) == []
    by_day: dict[tuple[date, str], int] = {}
    for line in journal:
        key = line.day, line.account
        by_day[key] = by_day.get(key, 0) + line.debit - line.credit
    assert {key: amount for key, amount in by_day.items() if amount} == balance(entries(versions[-1][0], CHART))


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_after_any_revisions_the_journal_balances_and_says_what_the_last_one_says(versions: list[Statement]) -> None:
    journal: list[Line] = []
    for version in versions:
        kept = list(journal)
        journal += to_append(version, CHART, journal)
        assert journal[: len(kept)] == kept
    assert unbalanced(journal) == []
    assert balance(journal) == balance(entries(versions[-1], CHART))
    assert len({(line.entry_id, line.line_number) for line in journal}) == len(journal)


@given(STATEMENTS)
def test_once_paid_the_clearing_account_holds_nothing_of_the_settlement(statement: Statement) -> None:
    lines = entries(statement, CHART)
    assert sum(line.debit - line.credit for line in lines if line.account == "clearing") == 0
    assert sum(line.debit - line.credit for line in lines if line.account == "bank") == statement.total
