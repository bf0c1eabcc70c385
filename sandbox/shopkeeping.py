"""What the brand's staff and customers do in Shopify: orders booked, shipped, cancelled, and announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sandbox import order_money as sums
from sandbox.brand import Brand
from sandbox.order_life import CannotBe, cancel, fulfill, pay, route
from sandbox.order_messages import announce_order
from sandbox.order_records import Tracking
from sandbox.people import Person
from sandbox.world import ShopOrder, ShopOrderLine, Variant

CARRIERS = (("Royal Mail", "RM"), ("DPD", "DP"), ("DHL", "DH"), ("Evri", "EV"))
"""Who takes the brand's parcels, and how their tracking numbers begin."""

Part = tuple[Variant, int]
"""A variant that has stock of its own, and units of it."""


def parts_of(brand: Brand, variant: Variant, units: int) -> list[Part]:
    """What a sale takes from the shelves: the variant itself, or what a bundle is made of."""
    if not variant.components:
        return [(variant, units)]
    variants = brand.world.shop.variants
    return [(variants[component_id], units * each) for component_id, each in variant.components]


def book_order(
    brand: Brand,
    sold: Sequence[tuple[Variant, int]],
    *,
    source_identifier: str | None = None,
    source_name: str = "web",
    processed_at: datetime | None = None,
    at: datetime | None = None,
    moves_stock: bool = True,
    tags: Sequence[str] = (),
    name: str | None = None,
    note: str | None = None,
    unit_price: Decimal | None = None,
    currency: str | None = None,
    as_sold: bool = False,
) -> ShopOrder:
    """Book a sale: `available` falls and `committed` rises at pool locations, negative where there is not enough.

    `at` dates the order back, for history; then nothing is announced. Its lines are what a bundle is made of, at their
    own prices; with `as_sold` the bundle itself, at its price.
    """
    world, shop = brand.world, brand.world.shop
    now = at or world.now()
    number = world.next_id()
    parts = list(sold) if as_sold else [part for variant, units in sold for part in parts_of(brand, variant, units)]
    person = Person(number)
    order = ShopOrder(
        id=6_100_000_000_000 + number,
        name=name or f"#{1000 + len(shop.orders)}",
        source_identifier=source_identifier,
        source_name=source_name,
        created_at=now,
        processed_at=processed_at or now,
        updated_at=now,
        currency=currency or shop.currency,
        lines=[
            ShopOrderLine(
                id=15_500_000_000_000 + world.next_id(),
                variant_id=variant.id,
                sku=variant.sku,
                title=shop.products[variant.product_id].title,
                quantity=units,
                current_quantity=units,
                unit_price=variant.price if unit_price is None else unit_price,
            )
            for variant, units in parts
        ],
        tags=list(tags),
        note=note,
        email=person.email,
        customer=person.shop_customer(),
        address=person.shop_address(),
    )
    shop.orders[order.id] = order
    pay(world, order, sums.total(order), at=now)
    route(world, order, claims=moves_stock, at=now)
    if at is None:
        announce_order(world, order, "orders/create")
    return order


def ship_order(
    brand: Brand,
    order: ShopOrder,
    *,
    units: int | None = None,
    tracking: Sequence[Tracking] | None = None,
    at: datetime | None = None,
) -> bool:
    """The order leaves, from each place in a fulfillment of its own; or only the first `units` of it.

    False when nothing was left to ship. `at` dates it back, for history; then nothing is announced.
    """
    left = units
    shipped = False
    for chosen in [each for each in order.fulfillment_orders if each.is_open]:
        wanted: dict[int, int] = {}
        for share in chosen.lines:
            some = share.remaining if left is None else min(share.remaining, left)
            left = None if left is None else left - some
            if some:
                wanted[share.id] = some
        if wanted:
            carried = [parcel(order)] if tracking is None else tracking
            fulfill(brand.world, order, {chosen.id: wanted}, tracking=carried, at=at)
            shipped = True
    return shipped


def parcel(order: ShopOrder) -> Tracking:
    """A parcel of the order: carrier and number follow from what has left before."""
    number = order.id + 1_000_003 * len(order.fulfillments)
    carrier, prefix = CARRIERS[number % len(CARRIERS)]
    return Tracking(f"{prefix}{number % 1_000_000_000:09d}GB", carrier)


def cancel_order(brand: Brand, order: ShopOrder) -> bool:
    """Cancel, give the money back, put the units on sale again. False when something had left or it was cancelled."""
    try:
        cancel(brand.world, order, restock=True, gives_back=True, reason="CUSTOMER")
    except CannotBe:
        return False
    return True


def claim_past(brand: Brand, order: ShopOrder) -> None:
    """What is left to ship of an order of the past is committed: stock was counted after it was sold."""
    for chosen in order.fulfillment_orders:
        for share in chosen.lines if chosen.is_open else ():
            line = next(each for each in order.lines if each.id == share.line_id)
            variant = brand.world.shop.variants.get(line.variant_id or 0)
            if variant is not None and variant.tracked:
                brand.world.level(variant.item_id, chosen.location_id).committed += share.remaining
                share.claimed = share.remaining
