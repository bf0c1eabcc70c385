"""Leases and rate buckets: one sender at a time, and never more calls than the far side allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_assets.contracts.errors import LeaseTaken, StoreError
from resources.clock import ManualClock
from resources.ledger import BucketLevel, Ledger

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FastClock(ManualClock):
    """A rehearsal's clock that a test moves."""

    speed = 60.0


class Call(NamedTuple):
    """A caller asks for tokens some time after the one before."""

    gap: float
    tokens: int


def test_a_lease_keeps_a_second_sender_out(ledger: Ledger) -> None:
    with ledger.lease("stock_push/eu", "worker-1") as lease:
        assert (lease.name, lease.holder) == ("stock_push/eu", "worker-1")
        assert lease.expires_at == NINE + timedelta(seconds=60)
        with (
            pytest.raises(LeaseTaken, match="worked on by worker-1 until 2026-11-23 09:01:00 UTC"),
            ledger.lease("stock_push/eu", "worker-2"),
        ):
            raise AssertionError("two senders at once")
        with ledger.lease("stock_push/na", "worker-2") as other:
            assert other.token == 1


def test_a_lease_is_given_back_at_the_end_and_after_an_error(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="broken"), ledger.lease("stock_push/eu", "worker-1"):
        raise ValueError("broken")
    with ledger.lease("stock_push/eu", "worker-2") as lease:
        assert lease.token == 2


def test_an_expired_lease_is_taken_over_and_its_old_holder_is_told(ledger: Ledger, manual_clock: ManualClock) -> None:
    with ledger.lease("stock_push/eu", "worker-1", ttl=60) as first:
        manual_clock.advance(60)
        with ledger.lease("stock_push/eu", "worker-2") as second:
            assert second.token == first.token + 1
            with pytest.raises(LeaseTaken, match="was lost by worker-1"):
                first.renew()
            second.renew()
    with ledger.lease("stock_push/eu", "worker-3") as third:
        assert third.token == 3


def test_the_old_holder_cannot_give_back_what_is_no_longer_its_own(ledger: Ledger, manual_clock: ManualClock) -> None:
    with ledger.lease("stock_push/eu", "worker-1"):
        manual_clock.advance(60)
        second = ledger.lease("stock_push/eu", "worker-2", ttl=600)
        second.__enter__()
    with pytest.raises(LeaseTaken, match="worker-2"), ledger.lease("stock_push/eu", "worker-3"):
        raise AssertionError("two senders at once")
    second.__exit__(None, None, None)


def test_a_renewed_lease_lasts_on(ledger: Ledger, manual_clock: ManualClock) -> None:
    with ledger.lease("stock_push/eu", "worker-1", ttl=60) as lease:
        for _ in range(5):
            manual_clock.advance(50)
            lease.renew()
        assert lease.expires_at == NINE + timedelta(seconds=310)
        with pytest.raises(LeaseTaken), ledger.lease("stock_push/eu", "worker-2"):
            raise AssertionError("two senders at once")


def test_in_a_rehearsal_a_lease_lasts_as_long_on_the_wall(ledger_url: str) -> None:
    clock = FastClock(NINE)
    with Ledger(ledger_url, clock) as ledger, ledger.lease("stock_push/eu", "worker-1", ttl=60) as lease:
        assert lease.expires_at == NINE + timedelta(hours=1)
        clock.advance(3599)
        with pytest.raises(LeaseTaken), ledger.lease("stock_push/eu", "worker-2"):
            raise AssertionError("two senders at once")


def test_a_lease_from_a_clock_that_was_set_back_does_not_hold_for_ever(ledger_url: str) -> None:
    with Ledger(ledger_url, ManualClock(NINE + timedelta(days=5))) as future:
        left = future.lease("stock_push/eu", "killed")
        left.__enter__()
        with Ledger(ledger_url, ManualClock(NINE)) as now, now.lease("stock_push/eu", "worker-1") as lease:
            assert lease.token == 2
        left.__exit__(None, None, None)


def take(ledger: Ledger, rate: float = 2.0, burst: float = 3.0, tokens: float = 1) -> float:
    return ledger.take("eu/A1", "patchListingsItem", rate, burst, tokens)


def test_a_bucket_gives_its_burst_and_then_its_rate(ledger: Ledger) -> None:
    assert [take(ledger) for _ in range(6)] == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]


def test_a_bucket_fills_up_again_but_not_over_its_brim(ledger: Ledger, manual_clock: ManualClock) -> None:
    for _ in range(3):
        take(ledger)
    manual_clock.advance(1.0)
    assert [take(ledger) for _ in range(3)] == [0.0, 0.0, 0.5]
    manual_clock.advance(3600)
    assert [take(ledger) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_several_tokens_are_taken_at_once(ledger: Ledger) -> None:
    assert [take(ledger, tokens=3), take(ledger, tokens=3)] == [0.0, 1.5]


def test_accounts_and_operations_have_buckets_of_their_own(ledger: Ledger) -> None:
    assert ledger.take("eu/A1", "getReport", 1, 1) == 0.0
    assert ledger.take("na/A2", "getReport", 1, 1) == 0.0
    assert ledger.take("eu/A1", "createReport", 1, 1) == 0.0
    assert ledger.take("eu/A1", "getReport", 1, 1) == 1.0


def test_a_slow_rate_is_never_given_early(ledger: Ledger) -> None:
    assert ledger.take("eu/A1", "createReport", 0.0167, 1) == 0.0
    assert ledger.take("eu/A1", "createReport", 0.0167, 1) == pytest.approx(59.8802395, abs=1e-5)


def test_after_too_many_requests_nobody_calls_until_the_penalty_is_over(
    ledger: Ledger, manual_clock: ManualClock
) -> None:
    take(ledger)
    ledger.penalise("eu/A1", "patchListingsItem", 10)
    ledger.penalise("eu/A1", "patchListingsItem", 4)
    assert [take(ledger), take(ledger)] == [10.0, 10.5]
    manual_clock.advance(30)
    assert [take(ledger) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_a_penalty_counts_for_a_bucket_nobody_used_yet(ledger: Ledger, manual_clock: ManualClock) -> None:
    ledger.penalise("eu/A1", "patchListingsItem", 10)
    manual_clock.advance(9)
    assert [take(ledger), take(ledger)] == [1.0, 1.5]


def test_a_bucket_from_a_clock_that_was_set_back_starts_empty_not_days_away(ledger_url: str) -> None:
    with Ledger(ledger_url, ManualClock(NINE + timedelta(days=5))) as future:
        take(future)
        future.penalise("eu/A1", "patchListingsItem", 10)
    with Ledger(ledger_url, ManualClock(NINE)) as now:
        assert [take(now), take(now)] == [0.5, 1.0]


def test_bucket_levels_tell_what_is_left(ledger: Ledger, manual_clock: ManualClock) -> None:
    assert ledger.bucket_levels() == []
    for _ in range(4):
        take(ledger)
    ledger.take("eu/A1", "getReport", 1, 5)
    assert ledger.bucket_levels() == [
        BucketLevel("eu/A1", "getReport", 1.0, 5.0, 4.0, 0.0),
        BucketLevel("eu/A1", "patchListingsItem", 2.0, 3.0, 0.0, 1.0),
    ]
    manual_clock.advance(1.5)
    assert ledger.bucket_levels()[1].tokens == 2.0
    ledger.penalise("eu/A1", "patchListingsItem", 10)
    assert ledger.bucket_levels()[1].wait == 10.0


@pytest.mark.parametrize(("rate", "burst", "tokens"), [(0, 1, 1), (-1, 1, 1), (1, 1, 2), (1, 1, 0)])
def test_a_rate_that_can_never_be_kept_is_refused(ledger: Ledger, rate: float, burst: float, tokens: float) -> None:
    with pytest.raises(StoreError, match="expected rate > 0 and 0 < tokens <= burst"):
        take(ledger, rate, burst, tokens)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([0.0167, 0.5, 2.0, 5.0, 30.0]),
    burst=st.integers(2, 20),
    calls=st.lists(
        st.builds(Call, st.floats(0, 5, allow_nan=False, allow_subnormal=False), st.integers(1, 2)),
        min_size=2,
        max_size=30,
    ),
    callers=st.integers(1, 3),
)
def test_grants_in_any_window_stay_within_burst_and_rate(
    empty_sqlite: Path, tmp_path: Path, rate: float, burst: int, calls: list[Call], callers: int
) -> None:
    path = tmp_path / "buckets.db"
    path.unlink(missing_ok=True)
    path.write_bytes(empty_sqlite.read_bytes())
    clock = ManualClock(NINE)
    ledgers = [Ledger(f"sqlite:///{path}", clock) for _ in range(callers)]
    grants: list[tuple[float, int]] = []
    try:
        for number, call in enumerate(calls):
            clock.advance(call.gap)
            wait = ledgers[number % callers].take("a", "op", rate, burst, call.tokens)
            grants.append((clock.monotonic() + wait, call.tokens))
    finally:
        for ledger in ledgers:
            ledger.close()
    grants.sort()
    before = [0, *accumulate(tokens for _, tokens in grants)]
    for start in range(len(grants)):
        for end in range(start, len(grants)):
            spent = before[end + 1] - before[start]
            assert spent <= burst + rate * (grants[end][0] - grants[start][0]) + 1e-4
