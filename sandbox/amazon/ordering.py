"""Amazon orders through their life: placed, released, shipped, cancelled, and what each step does to stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.order_body import PENDING
from sandbox.amazon.orders import STATUSES
from sandbox.amazon.quantities import MFN, give_back, sell
from sandbox.amazon.state import state_of
from sandbox.people import Person
from sandbox.world import AmazonAccount, AmazonListing, AmazonOrder, AmazonOrderItem, FbaStock, World

PREFIXES = {"UK": "202", "DE": "302", "FR": "405", "IT": "408", "US": "112", "CA": "701", "JP": "250"}
TIME_TO_SHIP = timedelta(days=2)


def order_id(world: World, account: AmazonAccount, marketplace_id: str) -> str:
    """A new order id of the marketplace's own look."""
    dice = state_of(world, account).dice
    prefix = PREFIXES[BY_ID[marketplace_id].country]
    return f"{prefix}-{world.next_id():07d}-{dice.randrange(10_000_000):07d}"


def place_order(
    world: World,
    account: AmazonAccount,
    wanted: Sequence[tuple[str, int]],
    *,
    marketplace_id: str,
    status: str = "PENDING",
    minutes_ago: float = 0,
    takes_stock: bool = True,
) -> AmazonOrder:
    """A buyer orders `wanted` (SKU, units); stock is taken at once, also while the order is pending.

    Raises KeyError for an unknown SKU, ValueError for units, a status or a marketplace that cannot be.
    """
    listings = [account.listings[sku] for sku, _ in wanted]
    if status not in STATUSES:
        raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
    if any(units < 1 for _, units in wanted):
        raise ValueError("an order takes at least 1 unit of each SKU")
    if any(marketplace_id not in listing.statuses for listing in listings):
        raise ValueError(f"not every SKU is listed in marketplace {marketplace_id}")
    merchant = listings[0].channels[0] == MFN
    at = world.now() - timedelta(minutes=minutes_ago)
    number = world.next_id()
    place = BY_ID[marketplace_id]
    person = Person(number)
    items = [
        AmazonOrderItem(
            id=f"{number:06d}{world.next_id():08d}",
            sku=listing.sku,
            asin=listing.asin,
            title=listing.title,
            quantity=units,
            shipped=units if status == "SHIPPED" else 0,
            unit_price=listing.prices.get(marketplace_id, Decimal(0)),
        )
        for listing, (_, units) in zip(listings, wanted, strict=True)
    ]
    order = AmazonOrder(
        id=order_id(world, account, marketplace_id),
        marketplace_id=marketplace_id,
        channel_name="AMAZON",
        created_at=at,
        updated_at=at,
        status=status,
        fulfilled_by="MERCHANT" if merchant else "AMAZON",
        items=items,
        currency=place.currency,
        ship_by=at + TIME_TO_SHIP,
        buyer=person.amazon_buyer(),
        # An address can simply be missing.
        address=None if number % 11 == 0 else person.amazon_address("GB" if place.country == "UK" else place.country),
    )
    account.orders[order.id] = order
    if takes_stock and status != "CANCELLED":
        for listing, item in zip(listings, items, strict=True):
            _take(world, account, listing, marketplace_id, item.quantity, merchant=merchant)
    return order


def _take(
    world: World, account: AmazonAccount, listing: AmazonListing, marketplace_id: str, units: int, *, merchant: bool
) -> None:
    if merchant:
        sell(world, listing, units)
        return
    stock = fba_stock(account, listing, marketplace_id)
    if stock is not None:
        taken = min(units, stock.fulfillable)
        stock.fulfillable -= taken
        stock.reserved += taken
        stock.updated_at = world.now()


def fba_stock(account: AmazonAccount, listing: AmazonListing, marketplace_id: str) -> FbaStock | None:
    """The FBA units of a listing in the pool that serves the marketplace."""
    return account.fba.get((BY_ID[marketplace_id].pool, listing.fnsku or ""))


def release(world: World, order: AmazonOrder) -> bool:
    """Payment is through: the order may be shipped. False when it was no longer pending."""
    if order.status not in PENDING:
        return False
    order.status, order.updated_at = "UNSHIPPED", world.now()
    return True


def ship(world: World, account: AmazonAccount, order: AmazonOrder, *, at: datetime | None = None) -> bool:
    """The order leaves, whole. False when there was nothing to ship."""
    if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
        return False
    order.updated_at = at or world.now()
    for item in order.items:
        units = item.left
        item.shipped += units
        listing = account.listings.get(item.sku)
        if order.fulfilled_by == "AMAZON" and listing is not None and order.marketplace_id in BY_ID:
            stock = fba_stock(account, listing, order.marketplace_id)
            if stock is not None:
                stock.reserved = max(0, stock.reserved - units)
                stock.updated_at = order.updated_at
    shipped(world, order, at=at)
    return True


def shipped(world: World, order: AmazonOrder, *, at: datetime | None = None) -> None:
    """Units have left: the status follows from what is left to ship."""
    order.status = "PARTIALLY_SHIPPED" if any(item.left for item in order.items) else "SHIPPED"
    order.updated_at = at or world.now()


def cancel(
    world: World, account: AmazonAccount, order: AmazonOrder, *, by: str = "BUYER", reason: str = "Changed mind"
) -> bool:
    """Cancel an order that has not left. Only a pending one gives its units back to the merchant's listing."""
    if order.status not in (*PENDING, "UNSHIPPED"):
        return False
    was_pending = order.status in PENDING
    order.status, order.updated_at = "CANCELLED", world.now()
    for item in order.items:
        item.cancelled_by, item.cancel_reason = by, reason
        _back(world, account, order, item, item.quantity - item.cancelled, was_pending=was_pending)
    return True


def cancel_units(
    world: World,
    account: AmazonAccount,
    order: AmazonOrder,
    units: Mapping[str, int],
    *,
    by: str = "BUYER",
    reason: str = "Changed mind",
) -> None:
    """Cancel units of items (by order item id) that have not left; the order is cancelled when none is left.

    Raises KeyError for an item it does not have, ValueError for more units than are left to ship.
    """
    items = {item.id: item for item in order.items}
    for number, some in units.items():
        if not 0 < some <= items[number].left:
            raise ValueError(f"{some} units of order item {number} cannot be cancelled; {items[number].left} are left")
    was_pending = order.status in PENDING
    for number, some in units.items():
        item = items[number]
        item.cancelled += some
        item.cancelled_by, item.cancel_reason = by, reason
        _back(world, account, order, item, some, was_pending=was_pending)
    order.updated_at = world.now()
    if not any(item.left for item in order.items):
        order.status = "SHIPPED" if any(item.shipped for item in order.items) else "CANCELLED"


def _back(
    world: World, account: AmazonAccount, order: AmazonOrder, item: AmazonOrderItem, units: int, *, was_pending: bool
) -> None:
    listing = account.listings.get(item.sku)
    if listing is None:
        return
    if order.fulfilled_by == "MERCHANT":
        if was_pending:
            give_back(world, listing, units)
        return
    stock = fba_stock(account, listing, order.marketplace_id)
    if stock is not None:
        back = min(units, stock.reserved)
        stock.reserved -= back
        stock.fulfillable += back
        stock.updated_at = world.now()
