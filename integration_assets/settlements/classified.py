"""The lines of a settlement file with their buckets, and what they come to by bucket, by order and unmapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integration_assets.rules.marketplaces import MARKETPLACES, Marketplace
from integration_assets.rules.settlement_kinds import MCF_MARKETPLACE, UNMAPPED, Kinds, Triple
from resources.settlement_files import SettlementFile, TripleSum

SQL = Path(__file__).with_name("lines.sql").read_text(encoding="utf-8")
EPOCH = datetime(1970, 1, 1, 12, tzinfo=UTC)
NO_HOUR = datetime(1970, 1, 1)  # noqa: DTZ001 - DuckDB's TIMESTAMP, which lines.sql takes for lines without an instant


@dataclass(frozen=True, slots=True)
class Classified:
    """A settlement file and what its kinds of lines are."""

    file: SettlementFile
    bucket_of: Mapping[Triple, tuple[str, str]]
    marketplace: Marketplace | None

    @property
    def buckets(self) -> dict[str, Decimal]:
        """What the lines of each bucket come to; all of them together are the sum of the file."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for each in self.file.triples:
            sums[self.bucket_of[each.triple][0]] += each.amount
        return dict(sorted(sums.items()))

    @property
    def unmapped(self) -> tuple[TripleSum, ...]:
        """The kinds that nobody has named."""
        return tuple(each for each in self.file.triples if self.bucket_of[each.triple][0] == UNMAPPED)

    def orders(self) -> dict[str, Decimal]:
        """What the lines of each order come to, by the id it has where it was sold."""
        found = self.file.query(
            f"SELECT order_ref, sum(amount) FROM ({SQL}) WHERE order_ref IS NOT NULL GROUP BY ALL ORDER BY ALL",  # noqa: S608 - a file of ours
            self.params(region="", version=1),
        )
        return dict(found)

    def params(self, *, region: str, version: int) -> dict[str, Any]:
        """The parameters of lines.sql."""
        kinds = [
            {"transaction_type": first, "amount_type": second, "amount_description": third, "bucket": b, "about": a}
            for (first, second, third), (b, a) in self.bucket_of.items()
        ]
        hours = [{"marketplace_name": name, "hour": hour or NO_HOUR} for name, hour in self.file.hours]
        places = [self._place(name) for name in sorted({name for name, _ in self.file.hours} | {""})]
        return {
            "kinds": kinds,
            "places": places,
            "hours": hours,
            "region": region,
            "settlement_id": self.file.settlement_id,
            "version": version,
            "currency": self.file.currency,
        }

    def _place(self, name: str) -> dict[str, Any]:
        """What the lines that name a marketplace have in common: when its days begin, and the last one settled."""
        place = marketplace_named(name)
        timezone = place.timezone if place else self.timezone
        end = self.file.end or self.file.deposit or EPOCH
        return {
            "marketplace_name": name,
            "timezone": timezone,
            "is_multi_channel": name.casefold().startswith(MCF_MARKETPLACE),
            "last_day": end.astimezone(ZoneInfo(timezone)).date(),
        }

    @property
    def timezone(self) -> str:
        """Where the settlement's days begin, for lines that name no marketplace."""
        return self.marketplace.timezone if self.marketplace else timezone_of_currency(self.file.currency)


def classified(file: SettlementFile, kinds: Kinds) -> Classified:
    """The file with the bucket of each of its kinds, unmapped where nobody has named it."""
    bucket_of: dict[Triple, tuple[str, str]] = {}
    for each in file.triples:
        kind = kinds.find(each.triple)
        bucket_of[each.triple] = (kind.bucket, kind.about) if kind else (UNMAPPED, "order")
    return Classified(file, bucket_of, _marketplace_of(file))


def marketplace_named(name: str) -> Marketplace | None:
    """The marketplace that a settlement line names, in any case; also as the channel of a Multi-Channel order.

    None for a name that is none of Amazon's.
    """
    plain = name.casefold().removeprefix("www.")
    if plain.startswith(MCF_MARKETPLACE):
        country = plain.removeprefix(MCF_MARKETPLACE).strip().upper() or "US"
        return next((place for place in MARKETPLACES if place.country == {"GB": "UK"}.get(country, country)), None)
    # The simulated stores of an account are named sim1.stores.amazon.com.
    plain = plain.rpartition("stores.")[2] if "stores." in plain else plain
    return next((place for place in MARKETPLACES if place.name.casefold() == plain), None)


def timezone_of_currency(currency: str) -> str:
    """Where days begin for a currency, when nothing says more: the first marketplace that has it, Germany for euros."""
    places = [place for place in MARKETPLACES if place.currency == currency]
    named = next((place for place in places if place.country == "DE"), places[0] if places else None)
    return named.timezone if named else "UTC"


def _marketplace_of(file: SettlementFile) -> Marketplace | None:
    """The marketplace of the settlement: the one of its currency that most lines name, or the only one there is."""
    counted: dict[Marketplace, int] = defaultdict(int)
    for (name, _), lines in file.hours.items():
        place = marketplace_named(name)
        if place is not None and place.currency == file.currency:
            counted[place] += lines
    if counted:
        return max(counted, key=lambda place: (counted[place], place.marketplace_id))
    places = [place for place in MARKETPLACES if place.currency == file.currency]
    return places[0] if len(places) == 1 else None
