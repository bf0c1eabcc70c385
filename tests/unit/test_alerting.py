"""Who is told what and when: each step once, many as a digest, nothing at night but what is due before the morning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integration_assets.rules.alerting import Decision, Progress, Quiet, Step, Wishes, decide

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
QUIET = Quiet(time(22), time(7), ZoneInfo("Europe/Berlin"))
LEAK = Step(
    event_id=1,
    event="opened",
    exception_id=1,
    kind="ownership_leak",
    title="Somebody else changed a quantity on Amazon",
    team="ecommerce",
    severity="urgent",
    told="Amazon eu shows 43 of CLOCK.",
)


def steps(*events: str, **more: Any) -> list[Step]:
    """These steps of one exception, each with the exception as it is after the last."""
    more.setdefault("is_closed", events[-1] == "closed")
    return [replace(LEAK, event_id=number, event=event, **more) for number, event in enumerate(events, 1)]


def many(count: int, **more: Any) -> list[Step]:
    return [replace(LEAK, event_id=number, exception_id=number, **more) for number in range(1, count + 1)]


def told(decision: Decision) -> list[tuple[str, int]]:
    assert decision.message is not None
    return [(news.event, news.step.exception_id) for news in decision.message.news]


def test_a_new_exception_is_told_once() -> None:
    first = decide("OPS", steps("opened"), Progress(), Wishes(), NINE)
    assert told(first) == [("opened", 1)]
    assert first.message is not None
    assert first.message.title == "Instep: Somebody else changed a quantity on Amazon (urgent)"
    assert first.message.key == "OPS-1-1-1"
    assert first.after == Progress(seen=1, sent_at=(NINE,))
    assert decide("OPS", [], first.after, Wishes(), NINE).message is None


@pytest.mark.parametrize(
    ("events", "asleep", "heard"),
    [
        (("opened", "acknowledged"), False, "opened"),
        (("acknowledged",), False, None),
        (("snoozed",), True, None),
        (("opened", "snoozed"), True, None),
        (("woken",), False, "woken"),
        (("changed",), False, "changed"),
        (("changed", "due"), False, "due"),
        (("due",), True, "due"),
        (("closed",), False, "closed"),
        (("opened", "closed"), False, None),
        (("closed", "reopened"), False, "reopened"),
    ],
)
def test_what_a_team_hears_of(events: tuple[str, ...], asleep: bool, heard: str | None) -> None:
    decision = decide("OPS", steps(*events, is_asleep=asleep), Progress(), Wishes(), NINE)
    assert (None if decision.message is None else told(decision)[0][0]) == heard
    assert decision.after.seen == len(events)


def test_what_is_less_than_a_channel_wants_is_not_told_unless_it_is_due() -> None:
    wishes = Wishes(least="high")
    assert decide("OPS", steps("opened", severity="normal"), Progress(), wishes, NINE).message is None
    assert told(decide("OPS", steps("due", severity="normal"), Progress(), wishes, NINE)) == [("due", 1)]


def test_a_flood_of_five_thousand_is_one_digest_with_examples_of_each_kind() -> None:
    flood = many(4_000) + [
        replace(
            LEAK, event_id=5_000 + n, exception_id=5_000 + n, kind="oversold", title="More was sold", severity="high"
        )
        for n in range(1_000)
    ]
    decision = decide("OPS", flood, Progress(), Wishes(), NINE)
    message = decision.message
    assert message is not None
    assert message.is_digest
    assert message.title == "Instep: 5,000 exceptions (4000 urgent, 1000 high)"
    assert message.counts == (("Somebody else changed a quantity on Amazon", 4_000), ("More was sold", 1_000))
    assert [news.step.exception_id for news in message.news] == [1, 2, 3, 5_000, 5_001, 5_002]
    assert message.left_out == 4_994
    assert decision.after == Progress(seen=5_999, sent_at=(NINE,))


def test_the_nearest_deadline_stands_first_and_what_is_closed_last() -> None:
    late, soon = NINE + timedelta(hours=9), NINE + timedelta(hours=1)
    found = [
        replace(LEAK, event_id=1, exception_id=1, event="closed", is_closed=True),
        replace(LEAK, event_id=2, exception_id=2, severity="high"),
        replace(LEAK, event_id=3, exception_id=3, deadline_at=late),
        replace(LEAK, event_id=4, exception_id=4, deadline_at=soon),
    ]
    decision = decide("OPS", found, Progress(), Wishes(), NINE)
    assert told(decision) == [("opened", 4), ("opened", 3), ("opened", 2), ("closed", 1)]
    assert decision.message is not None
    assert decision.message.title == "Instep: 3 exceptions (2 urgent, 1 high); 1 closed"


def test_nothing_is_told_in_quiet_hours_and_all_of_it_together_when_they_end() -> None:
    wishes = Wishes(quiet=QUIET)
    waits = decide("OPS", many(3), Progress(), wishes, NIGHT)
    assert (waits.message, waits.waiting, waits.why) == (None, 3, "quiet until 06:00 UTC")
    assert waits.after == Progress()
    morning = decide("OPS", many(3), waits.after, wishes, NIGHT + timedelta(hours=7))
    assert len(told(morning)) == 3


def test_a_deadline_before_the_end_of_the_quiet_hours_is_told_at_night_and_not_again_in_the_morning() -> None:
    wishes = Wishes(quiet=QUIET)
    due = NIGHT + timedelta(hours=8)
    found = [*many(2), replace(LEAK, event_id=3, exception_id=3, deadline_at=due, severity="high")]
    night = decide("OPS", found, Progress(), wishes, NIGHT)
    assert told(night) == [("opened", 3)]
    assert night.after == Progress(seen=0, early=frozenset({3}), sent_at=(NIGHT,))
    assert decide("OPS", found, night.after, wishes, NIGHT).message is None
    morning = decide("OPS", found, night.after, wishes, NIGHT + timedelta(hours=7))
    assert told(morning) == [("opened", 1), ("opened", 2)]
    assert (morning.after.seen, morning.after.early) == (3, frozenset())


def test_a_brand_may_want_to_be_woken_by_what_is_urgent() -> None:
    wishes = Wishes(quiet=QUIET, urgent_in_quiet_hours=True)
    assert len(told(decide("OPS", many(2), Progress(), wishes, NIGHT))) == 2


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 11, 23, 20, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 5, 59, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), None),
        (datetime(2026, 7, 1, 4, 30, tzinfo=UTC), datetime(2026, 7, 1, 5, 0, tzinfo=UTC)),
    ],
    ids=["before", "at their start", "after midnight", "at their end", "in summer time"],
)
def test_quiet_hours_are_in_the_brands_own_time(now: datetime, ends: datetime | None) -> None:
    assert QUIET.end_of(now) == ends


def test_a_channel_is_sent_no_more_letters_an_hour_than_it_wants() -> None:
    wishes = Wishes(most_per_hour=2)
    progress = Progress(sent_at=(NINE - timedelta(minutes=50), NINE - timedelta(minutes=5)))
    full = decide("OPS", many(1), progress, wishes, NINE)
    assert (full.message, full.waiting, full.why) == (None, 1, "2 messages went in the last hour")
    later = decide("OPS", many(3), full.after, wishes, NINE + timedelta(minutes=11))
    assert len(told(later)) == 3
    due = [*many(1), replace(LEAK, event_id=2, exception_id=2, event="due")]
    assert len(told(decide("OPS", due, progress, wishes, NINE))) == 2
