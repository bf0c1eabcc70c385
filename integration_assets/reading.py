"""What all observing assets share: which failures are tried again, and where an incremental reading starts."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar, cast

import dagster as dg

from integration_assets.contracts.errors import Denied, InstepError, Throttled, Unavailable, WarehouseBusy

P = ParamSpec("P")
R = TypeVar("R")

READ_AGAIN = dg.RetryPolicy(max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For readings only, in seconds on the wall; the clients have waited for the far side before it comes to this."""
PASSING = (Unavailable, Throttled, WarehouseBusy)
FIRST_READ = timedelta(days=30)
"""How far back orders are read at the very first time, where the operating model names no start."""


def retried_while_passing(read: Callable[P, R]) -> Callable[P, R]:
    """Leave the step's retry policy only what may be over by itself; anything else fails the step at once.

    A refused credential or a shrunken answer is the same a minute later, and a person should hear of it now.
    """
    if inspect.isgeneratorfunction(read):

        @functools.wraps(read)
        def walk(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with _final_unless_passing():
                yield from cast("Iterator[Any]", read(*args, **kwargs))

        return cast("Callable[P, R]", walk)

    @functools.wraps(read)
    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        with _final_unless_passing():
            return read(*args, **kwargs)

    return once


@contextmanager
def _final_unless_passing() -> Iterator[None]:
    try:
        yield
    except Denied as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except PASSING:
        raise
    except InstepError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


@dataclass(frozen=True, slots=True)
class Span:
    """One incremental reading: what changed from `since` on. `kept` is where the last one ended."""

    since: datetime
    kept: datetime | None
    now: datetime

    def reached(self, changed_at: Iterable[datetime]) -> str:
        """Where this reading ended: never before the last one, never in the future, whatever the far side's clock."""
        newest = max(changed_at, default=self.since)
        return max(self.kept or self.since, min(newest, self.now)).astimezone(UTC).isoformat()


def span_of(kept: str | None, *, now: datetime, overlap_minutes: int, start: datetime | None) -> Span:
    """Start `overlap_minutes` before the last reading ended, for what was late to show.

    The first reading starts at `start`, or thirty days ago.
    """
    if kept is None:
        return Span(start or now - FIRST_READ, None, now)
    ended = datetime.fromisoformat(kept)
    return Span(ended - timedelta(minutes=overlap_minutes), ended, now)
