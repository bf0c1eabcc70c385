"""`instep ack`: a person says that they see to an exception, and whether it may sleep until then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.main import OK
from cli.output import at, say
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError

SPAN = re.compile(r"(\d{1,4})(min|h|d|w)")
UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
EXPECTED = "a span such as 4h, 2d or 1w, or a moment such as 2026-12-01 or 2026-12-01T09:00+01:00"


def ack(model: Path | None, *, numbers: Sequence[int], note: str, until: str | None) -> int:
    """Acknowledge the open exceptions with these numbers; with `until` nobody is told of them again before then.

    StoreError for a number that is not open; those before it are done.
    """
    from resources.connections import connect

    with connect(model) as connections:
        moment = None if until is None else moment_of(until, connections.clock.now())
        for number in numbers:
            record = connections.ledger.acknowledge_number(number, who(), note, moment)
            rest = f"; told again at {at(moment)}" if moment else ""
            say(f"{record.exception_id} {record.kind} {record.identity}: seen to by {record.acknowledged_by}{rest}")
    return OK


def moment_of(text: str, now: datetime) -> datetime:
    """When that is, in UTC. ConfigurationError for what is neither a span nor a moment, or has passed."""
    span = SPAN.fullmatch(text.strip())
    if span is not None:
        return now + int(span[1]) * UNITS[span[2]]
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"--until {text!r} cannot be read.", todo=f"Give {EXPECTED}.") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment <= now:
        raise ConfigurationError(f"--until {text!r} has passed: it is {at(now)}.", todo=f"Give {EXPECTED}.")
    return moment
