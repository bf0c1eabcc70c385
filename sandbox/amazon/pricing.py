"""The price of a listing in each marketplace: submitted, shown to buyers a while later, typed over by people.

`attributes.purchasable_offer` says what was submitted last; `offers` what buyers see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.state import state_of
from sandbox.world import AmazonAccount, AmazonListing, World

KEYS = ("marketplace_id", "currency", "audience", "our_price")
"""What names an offer, and its price; everything else in it is kept by `merge` and dropped by `replace`."""


@dataclass(frozen=True)
class Price:
    """A new price with tax in one marketplace, and what came with it."""

    marketplace_id: str
    amount: Decimal
    replaces: bool = False
    extras: dict[str, Any] = field(default_factory=dict)


def read_price(account: AmazonAccount, listing: AmazonListing, entry: dict[str, Any], *, replaces: bool) -> Price | str:
    """One entry of purchasable_offer, or what is wrong with it."""
    place = BY_ID.get(str(entry.get("marketplace_id")))
    if place is None or place.id not in account.marketplace_ids or place.id not in listing.statuses:
        return "'marketplace_id' is not one where this SKU is listed."
    if entry.get("currency") != place.currency:
        return f"'currency' must be {place.currency} in {place.name}."
    try:
        amount = Decimal(str(entry["our_price"][0]["schedule"][0]["value_with_tax"]))
    except (KeyError, IndexError, TypeError, InvalidOperation):
        return "'our_price' holds no price."
    if amount <= 0 or amount != round(amount, place.digits):
        return f"'value_with_tax' is not a price in {place.currency}."
    return Price(place.id, amount, replaces, {key: value for key, value in entry.items() if key not in KEYS})


def submit_price(
    world: World, account: AmazonAccount, listing: AmazonListing, price: Price, *, never: bool = False
) -> None:
    """Take a submitted price: the attributes say it at once, buyers see it after the account's lag, or never."""
    state = state_of(world, account)
    place = price.marketplace_id
    kept = {} if price.replaces else listing.offer_extras.get(place, {})
    listing.offer_extras[place] = {**kept, **price.extras}
    listing.submitted_prices[place] = price.amount
    listing.updated_at = world.now()
    if never or listing.sku in state.never_applied:
        return

    def apply() -> None:
        if listing.submitted_prices.get(place) == price.amount:
            listing.prices[place] = price.amount
            listing.updated_at = world.now()

    world.after(state.dice.uniform(*state.apply_seconds), apply)


def type_price(world: World, account: AmazonAccount, sku: str, marketplace_id: str, amount: Decimal) -> Decimal:
    """A person or a repricer sets a price elsewhere: it shows at once. Answers what was shown before.

    Raises KeyError for a SKU or a marketplace that it is not listed in.
    """
    with world.lock:
        listing = account.listings[sku]
        before = listing.prices[marketplace_id]
        listing.prices[marketplace_id] = listing.submitted_prices[marketplace_id] = amount
        listing.updated_at = world.now()
        return before


def submitted_offer(listing: AmazonListing, marketplace_id: str) -> dict[str, Any]:
    """The entry of attributes.purchasable_offer for a marketplace."""
    amount = listing.submitted_prices.get(marketplace_id, listing.prices[marketplace_id])
    return {
        "marketplace_id": marketplace_id,
        "currency": BY_ID[marketplace_id].currency,
        "audience": "ALL",
        "our_price": [{"schedule": [{"value_with_tax": float(amount)}]}],
        **listing.offer_extras.get(marketplace_id, {}),
    }
