"""What observing assets share: where a reading starts, which failures are tried again, and regions as lanes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from cli.runs import failures
from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.errors import (
    BadDocument,
    ConfigurationError,
    Denied,
    InstepError,
    Rejected,
    ShrunkenSnapshot,
    Throttled,
    Unavailable,
    WarehouseBusy,
)
from integration_assets.reading import retried_while_passing, span_of
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import told_by_region
from tests.assets.stage import QUIET, shared_instance

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EIGHT = NINE - timedelta(hours=1)
MINUTE = timedelta(minutes=1)


# --- spans -------------------------------------------------------------------------------------------------------


def test_the_first_reading_starts_where_the_operating_model_says_or_thirty_days_ago() -> None:
    assert span_of(None, now=NINE, overlap_minutes=10, start=EIGHT).since == EIGHT
    assert span_of(None, now=NINE, overlap_minutes=10, start=None).since == NINE - timedelta(days=30)


def test_a_later_reading_starts_a_little_before_the_last_one_ended() -> None:
    span = span_of("2026-11-23T08:00:00+00:00", now=NINE, overlap_minutes=10, start=NINE - timedelta(days=9))
    assert span.since == EIGHT - 10 * MINUTE


@pytest.mark.parametrize(
    ("changed_at", "reached"),
    [
        ([], "2026-11-23T08:00:00+00:00"),
        ([EIGHT - 5 * MINUTE], "2026-11-23T08:00:00+00:00"),
        ([EIGHT + 5 * MINUTE, EIGHT], "2026-11-23T08:05:00+00:00"),
        ([NINE + timedelta(days=400)], "2026-11-23T09:00:00+00:00"),
    ],
    ids=["nothing found", "only the overlap found", "the newest change", "a far side whose clock is a year ahead"],
)
def test_a_reading_ends_never_before_the_last_one_and_never_in_the_future(
    changed_at: list[datetime], reached: str
) -> None:
    span = span_of("2026-11-23T08:00:00+00:00", now=NINE, overlap_minutes=10, start=None)
    assert span.reached(changed_at) == reached


# --- tried again or not ------------------------------------------------------------------------------------------


def runs_until_it_ends(*errors: InstepError, walks: bool) -> tuple[bool, int]:
    """Whether an asset that fails with these errors, one after the other, comes through; and how often it ran."""
    left, ran = list(errors), 0

    def read() -> None:
        nonlocal ran
        ran += 1
        if left:
            raise left.pop(0)

    if walks:

        @dg.multi_asset(specs=[dg.AssetSpec("shelf")], retry_policy=dg.RetryPolicy(max_retries=2))
        @retried_while_passing
        def shelf() -> Iterator[dg.MaterializeResult[None]]:
            read()
            yield dg.MaterializeResult()

        result = dg.materialize([shelf], run_config=QUIET, instance=shared_instance(), raise_on_error=False)
    else:

        @dg.asset(retry_policy=dg.RetryPolicy(max_retries=2))
        @retried_while_passing
        def table() -> dg.MaterializeResult[None]:
            read()
            return dg.MaterializeResult()

        result = dg.materialize([table], run_config=QUIET, instance=shared_instance(), raise_on_error=False)
    return result.success, ran


@pytest.mark.parametrize("walks", [True, False], ids=["a generator", "a function"])
@pytest.mark.parametrize(
    ("errors", "ended"),
    [
        ((), (True, 1)),
        ((Unavailable("down"),), (True, 2)),
        ((Throttled("slow down"), WarehouseBusy("busy")), (True, 3)),
        ((Unavailable("down"),) * 3, (False, 3)),
        ((ShrunkenSnapshot("half is missing"),), (False, 1)),
        ((BadDocument("garbled"),), (False, 1)),
        ((ConfigurationError("no such shop"),), (False, 1)),
        ((Rejected("no"),), (False, 1)),
        ((Denied("the role is missing"),), (False, 1)),
    ],
)
def test_only_what_may_be_over_by_itself_is_tried_again(
    errors: tuple[InstepError, ...], ended: tuple[bool, int], walks: bool
) -> None:
    assert runs_until_it_ends(*errors, walks=walks) == ended


# --- lanes -------------------------------------------------------------------------------------------------------


def test_every_region_is_worked_on_and_what_failed_is_told_by_its_name() -> None:
    def work(region: str) -> int:
        if region == "eu":
            raise BadDocument("the report is garbled.")
        return len(region)

    lanes = in_each_region(["na", "eu", "fe"], work)
    assert dict(lanes.done) == {"fe": 2, "na": 2}
    assert lanes.told == "eu: the report is garbled."
    check = lanes.check(LISTINGS)
    assert (check.passed, check.description) == (False, "eu: the report is garbled.")
    assert check.metadata["failed"] == dg.JsonMetadataValue(["eu"])


def test_the_error_of_the_only_region_is_raised_as_it_is() -> None:
    def work(_: str) -> int:
        raise BadDocument("the report is garbled.")

    with pytest.raises(BadDocument, match=r"^the report is garbled\.$"):
        in_each_region(["eu"], work)


@pytest.mark.parametrize(
    ("errors", "raised"),
    [
        ({"eu": Unavailable("down"), "na": Throttled("slow down")}, Unavailable),
        ({"eu": Unavailable("down"), "na": BadDocument("garbled")}, InstepError),
        ({"eu": Unavailable("down"), "na": Denied("no")}, InstepError),
    ],
    ids=["each may be over by itself", "one is not", "one is a closed door"],
)
def test_where_all_regions_failed_it_is_tried_again_only_if_every_failure_may_pass(
    errors: dict[str, InstepError], raised: type[InstepError]
) -> None:
    def work(region: str) -> int:
        raise errors[region]

    with pytest.raises(InstepError, match=r"^eu: .*; na: ") as failed:
        in_each_region(["na", "eu"], work)
    assert type(failed.value) is raised


def test_instep_sync_tells_of_a_region_that_was_left_out_of_a_run_that_succeeded() -> None:
    def work(region: str) -> int:
        if region == "eu":
            raise BadDocument("the report is garbled.")
        return 0

    @dg.multi_asset(specs=[dg.AssetSpec(LISTINGS.asset_key)], check_specs=[region_check(LISTINGS)])
    def listings() -> Iterator[dg.MaterializeResult[None]]:
        yield told_by_region(LISTINGS, in_each_region(["eu", "na"], work), rows=0)

    result = dg.materialize([listings], run_config=QUIET, instance=shared_instance())
    assert result.success
    assert failures(result) == ["amazon.listings: eu: the report is garbled."]
