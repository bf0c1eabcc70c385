"""A server's Date header is compared with our own clock, whatever else it answers."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from integration_assets.contracts.errors import Unavailable
from resources.clock import ManualClock
from resources.clock_skew import seconds_ahead

NOON = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC)


def asked(date: str | None, *, status: int = 403, way: float = 0.0) -> float | None:
    clock = ManualClock(NOON)

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, "Authorization" in request.headers) == ("HEAD", False)
        clock.advance(way)
        return httpx.Response(status, headers={} if date is None else {"Date": date})

    return seconds_ahead("https://shop.example.com", clock, httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 12:00:40 GMT", 40.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", -3600.0),
        ("Mon, 23 Nov 2026 13:00:00 +0100", 0.0),
        ("Mon, 23 Nov 2026 12:00:00 -0000", 0.0),
    ],
    ids=["the same", "ahead", "behind", "with an offset", "without a zone"],
)
def test_the_difference_is_told_in_seconds(date: str, ahead: float) -> None:
    assert asked(date) == ahead
    assert asked(date, status=200) == ahead


def test_the_way_of_the_answer_counts_half() -> None:
    assert asked("Mon, 23 Nov 2026 12:00:04 GMT", way=8.0) == 0.0


@pytest.mark.parametrize("date", [None, "", "yesterday"], ids=["no header", "empty", "no date"])
def test_a_server_that_does_not_tell_the_time_is_not_compared(date: str | None) -> None:
    assert asked(date) is None


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unavailable, match=r"https://shop\.example\.com could not be reached \(ConnectError\)"):
        seconds_ahead("https://shop.example.com", ManualClock(NOON), httpx.MockTransport(refuse))
