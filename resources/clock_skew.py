"""How far a server's clock and ours are apart: times from both sides are compared with each other."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from integration_assets.contracts.errors import Unavailable
from resources.clock import Clock

if TYPE_CHECKING:
    import httpx

ANSWER_WITHIN_SECONDS = 10.0
ROUNDED_DOWN = timedelta(seconds=0.5)
"""A Date header names whole seconds: on average half of one has passed."""


def seconds_ahead(url: str, clock: Clock, transport: httpx.BaseTransport | None = None) -> float | None:
    """Seconds by which the server's clock is ahead of ours, to about a second; None when it does not tell the time.

    Asks without credentials, so any answer will do, a refusal too. Raises Unavailable when there is none.
    """
    import httpx  # here, because most commands never ask

    from resources.trust import trusted

    before = clock.now()
    try:
        with httpx.Client(
            transport=transport, verify=trusted(), timeout=ANSWER_WITHIN_SECONDS, follow_redirects=False
        ) as client:
            response = client.head(url)
    except httpx.HTTPError as error:
        raise Unavailable(f"{url} could not be reached ({type(error).__name__}).") from error
    middle = before + (clock.now() - before) / 2
    try:
        told = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    if told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    return (told + ROUNDED_DOWN - middle).total_seconds()
