"""Whether a payout is missing: the settlements of an account follow each other without a pause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

TOLERANCE = timedelta(hours=1)
"""How far the end of a settlement and the start of the next may be apart; some files round to the second before."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a settlement covers. `marketplace_id` is empty where its lines name no marketplace or several."""

    region: str
    currency: str
    marketplace_id: str
    settlement_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of an account that no settlement covers, and the settlements before and after it."""

    region: str
    currency: str
    marketplace_id: str
    before: str
    after: str
    start: datetime
    end: datetime


def gaps(spans: Iterable[Span]) -> list[Gap]:
    """Every gap, account by account: an account is a marketplace and its currency in a region.

    A settlement that names no marketplace counts for every account of its region and currency; those alone are one.
    """
    chains: dict[tuple[str, str], dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for span in spans:
        chains[span.region, span.currency][span.marketplace_id].append(span)
    found: list[Gap] = []
    for _, by_marketplace in sorted(chains.items()):
        anywhere = by_marketplace.pop("", [])
        for _, named in sorted(by_marketplace.items()):
            found += _gaps_of(named, anywhere)
        if not by_marketplace:
            found += _gaps_of(anywhere, [])
    return found


def _gaps_of(own: list[Span], anywhere: list[Span]) -> list[Gap]:
    """The gaps between the first and the last settlement of an account; others may fill them and make none."""
    first, last = min(span.start for span in own), max(span.end for span in own)
    ordered = sorted(
        [*own, *(span for span in anywhere if span.end > first and span.start < last)],
        key=lambda span: (span.start, span.end, span.settlement_id),
    )
    found: list[Gap] = []
    furthest = ordered[0]
    for span in ordered[1:]:
        if span.start - furthest.end > TOLERANCE:
            found.append(
                Gap(
                    region=span.region,
                    currency=span.currency,
                    marketplace_id=own[0].marketplace_id,
                    before=furthest.settlement_id,
                    after=span.settlement_id,
                    start=furthest.end,
                    end=span.start,
                )
            )
        furthest = max(furthest, span, key=lambda each: each.end)
    return found
