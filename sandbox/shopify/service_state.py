"""Fulfilment services of the shop, the fulfilment orders assigned to them, and what was asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.order_life import ship_from
from sandbox.order_records import FulfillmentOrder, MerchantRequest
from sandbox.people import Person
from sandbox.world import Location, Shop, ShopOrder, ShopOrderLine, Variant, World

FIRST_LOCATION = 70_000_200_000


@dataclass
class Services:
    """The services of the app by their location, and the fulfilment orders assigned to them."""

    names: dict[int, str] = field(default_factory=dict)
    orders: dict[int, FulfillmentOrder] = field(default_factory=dict)


def services_of(shop: Shop) -> Services:
    """What the shop knows of fulfilment services, made at first use."""
    found = shop.extra.get("fulfillment_services")
    if not isinstance(found, Services):
        found = shop.extra["fulfillment_services"] = Services()
    return found


def open_service(world: World, name: str) -> Location:
    """A fulfilment service with the location that comes with it."""
    location = Location(FIRST_LOCATION + world.next_id(), name)
    location.is_fulfillment_service, location.ships_inventory = True, False
    world.shop.locations[location.id] = location
    services_of(world.shop).names[location.id] = name
    return location


def order_from_service(
    world: World,
    location: Location,
    sold: Sequence[tuple[Variant, int]],
    *,
    country: str = "GB",
    tags: Sequence[str] = (),
    submitted: bool = True,
    elsewhere: Sequence[tuple[Variant, int]] = (),
) -> FulfillmentOrder:
    """A customer orders what the service ships, and with it what is shipped from `elsewhere`.

    The shop books the service's units as committed; once `submitted` the service is asked to ship.
    """
    now, shop = world.now(), world.shop
    number = world.next_id()
    person = Person(number)
    lines = [
        ShopOrderLine(
            id=15_500_000_000_000 + world.next_id(),
            variant_id=variant.id,
            sku=variant.sku,
            title=shop.products[variant.product_id].title,
            quantity=units,
            current_quantity=units,
            unit_price=variant.price,
        )
        for variant, units in [*sold, *elsewhere]
    ]
    order = ShopOrder(
        id=6_100_000_000_000 + number,
        name=f"#{1000 + len(shop.orders)}",
        source_identifier=None,
        source_name="web",
        created_at=now,
        processed_at=now,
        updated_at=now,
        currency=shop.currency,
        lines=lines,
        tags=list(tags),
        email=person.email,
        customer=person.shop_customer(),
        address={**person.shop_address(), "countryCodeV2": country},
    )
    shop.orders[order.id] = order
    mine = [(line, units) for line, (_, units) in zip(lines, sold, strict=False)]
    assigned = ship_from(world, order, location.id, mine, is_assigned=True)
    services_of(shop).orders[assigned.id] = assigned
    if submitted:
        submit(world, assigned)
    return assigned


def submit(world: World, assigned: FulfillmentOrder, message: str | None = None) -> None:
    """The merchant asks the service to ship."""
    assigned.request_status, assigned.updated_at = "SUBMITTED", world.now()
    request = MerchantRequest(world.next_id(), "FULFILLMENT_REQUEST", message, world.now())
    assigned.requests.append(request)


def ask_to_cancel(world: World, assigned: FulfillmentOrder, message: str | None = None) -> None:
    """The merchant asks the service not to ship: its own status stays what it was."""
    assigned.updated_at = world.now()
    assigned.requests.append(MerchantRequest(world.next_id(), "CANCELLATION_REQUEST", message, world.now()))
