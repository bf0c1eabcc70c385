"""Setting the prices of a SKU in the marketplaces of an account: one call for all of them, then looking at each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from integration_assets.contracts.prices import Offer
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.prices.positions import KIND
from integration_assets.rules.marketplaces import Marketplace, by_id
from resources.amazon import AmazonAccount
from resources.clock import Clock
from resources.ledger_parts.records import Effect

FIRST_LOOK = timedelta(minutes=2)
Read = Callable[[Mapping[Marketplace, Iterable[str]]], dict[tuple[str, str], Offer]]


@dataclass
class PriceErrand:
    """Carries out `price_push` effects: the subject is a SKU, the payload its prices by marketplace id.

    `read` reads offers. `look_ahead` reads those of many effects in as few calls as there can be.
    """

    account: AmazonAccount
    clock: Clock
    read: Read
    patience: timedelta
    kind: str = KIND
    once: bool = False
    _seen: dict[tuple[str, str], Offer] = field(default_factory=dict)

    def send(self, effect: Effect) -> Receipt:
        """Make the one call. ACCEPTED is no proof; INVALID is a no, with Amazon's reasons."""
        prices = {by_id(place): Decimal(amount) for place, amount in effect.payload["prices"].items()}
        receipt = self.account.patch_prices(effect.subject, prices)
        receipt.must_be_accepted(f"the price of {effect.subject}")
        return Receipt(receipt.submission_id, look_after=FIRST_LOOK)

    def look(self, effect: Effect) -> Sight:
        """See what the marketplaces show now. Until the patience is over, a price not shown yet is no price lost."""
        wanted = {by_id(place): Decimal(amount) for place, amount in effect.payload["prices"].items()}
        if any((place.marketplace_id, effect.subject) not in self._seen for place in wanted):
            self._seen |= self.read({place: [effect.subject] for place in wanted})
        told: list[str] = []
        there = True
        for place, amount in wanted.items():
            offer = self._seen.get((place.marketplace_id, effect.subject))
            shown = offer.price if offer is not None else None
            there = there and shown == amount
            told.append(f"{place.country} shows {'no price' if shown is None else shown}")
        detail = ", ".join(told)
        if there:
            return Sight("there", detail)
        applied_at = effect.applied_at
        if effect.state == "applied" and applied_at is not None and self.clock.now() < applied_at + self.patience:
            return Sight("later", detail)
        return Sight("not_there", detail)

    def look_ahead(self, effects: Iterable[Effect]) -> None:
        """Read what all of these are about, twenty SKUs a call."""
        skus: dict[Marketplace, list[str]] = {}
        for effect in effects:
            for place in effect.payload["prices"]:
                skus.setdefault(by_id(place), []).append(effect.subject)
        if skus:
            self._seen |= self.read(skus)
