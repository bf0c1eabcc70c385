"""The merchant-fulfilled quantity of a listing and everything that moves it: sales, people, submissions."""

from __future__ import annotations

from datetime import datetime

from sandbox.amazon.state import state_of
from sandbox.world import AmazonAccount, AmazonListing, World

MFN = "DEFAULT"


def show(listing: AmazonListing, quantity: int, *, at: datetime) -> None:
    """Make `quantity` what buyers see, never less than 0, and the status that follows from it."""
    listing.quantity = max(0, quantity)
    listing.updated_at = at
    if listing.channels == [MFN]:
        for marketplace, status in listing.statuses.items():
            if status in ("Active", "Inactive"):
                listing.statuses[marketplace] = "Active" if listing.quantity else "Inactive"


def sell(world: World, listing: AmazonListing, units: int) -> None:
    """A buyer's order takes units at once, also while it is pending. Attributes keep the old number."""
    show(listing, listing.quantity - units, at=world.now())


def give_back(world: World, listing: AmazonListing, units: int) -> None:
    """A pending order that is cancelled gives its units back."""
    show(listing, listing.quantity + units, at=world.now())


def edit_in_seller_central(world: World, account: AmazonAccount, sku: str, quantity: int) -> int:
    """A person types a number in Seller Central: it shows at once. Answers what was shown before.

    Raises KeyError for a SKU the account does not have, ValueError for a negative number or an FBA listing.
    """
    with world.lock:
        listing = account.listings[sku]
        if quantity < 0:
            raise ValueError(f"quantity is {quantity}, expected 0 or more")
        if MFN not in listing.channels:
            raise ValueError(f"{sku} is fulfilled by Amazon: nobody can type a quantity for it")
        before = listing.quantity
        show(listing, quantity, at=world.now())
        listing.attribute_quantity = quantity
        return before


def submit(
    world: World,
    account: AmazonAccount,
    listing: AmazonListing,
    quantity: int,
    *,
    never: bool = False,
    in_order: bool = True,
) -> None:
    """Take a submitted quantity: attributes show it at once, buyers see it after the account's lag, or never.

    Submissions of one kind keep their order (`in_order`); one of a feed may overtake or be overtaken.
    """
    state = state_of(world, account)
    listing.attribute_quantity = quantity
    listing.updated_at = world.now()
    if never or listing.sku in state.never_applied:
        return
    number = world.next_id()

    def apply() -> None:
        if in_order:
            if state.newest_patch.get(listing.sku, 0) > number:
                return
            state.newest_patch[listing.sku] = number
        show(listing, quantity, at=world.now())
        for told in list(state.on_applied):
            told(listing.sku, quantity)

    world.after(state.dice.uniform(*state.apply_seconds), apply)
