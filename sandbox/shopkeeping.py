"""What the brand's staff and customers do in Shopify: orders booked, shipped, cancelled, and announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.brand import Brand
from sandbox.people import Person
from sandbox.world import ShopOrder, ShopOrderLine, Variant

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
) -> ShopOrder:
    """Book a sale: `available` falls and `committed` rises at pool locations, negative where there is not enough.

    `at` dates the order back, for history; then nothing is announced.
    """
    world, shop = brand.world, brand.world.shop
    now = at or world.now()
    number = world.next_id()
    parts = [part for variant, units in sold for part in parts_of(brand, variant, units)]
    person = Person(number)
    order = ShopOrder(
        id=6_100_000_000_000 + number,
        name=f"#{1000 + len(shop.orders)}",
        source_identifier=source_identifier,
        source_name=source_name,
        created_at=now,
        processed_at=processed_at or now,
        updated_at=now,
        currency=shop.currency,
        lines=[
            ShopOrderLine(
                id=15_500_000_000_000 + world.next_id(),
                variant_id=variant.id,
                sku=variant.sku,
                title=shop.products[variant.product_id].title,
                quantity=units,
                current_quantity=units,
                unit_price=variant.price,
            )
            for variant, units in parts
        ],
        tags=list(tags),
        email=person.email,
        customer=person.shop_customer(),
        address=person.shop_address(),
    )
    shop.orders[order.id] = order
    if moves_stock:
        for variant, units in parts:
            _commit(brand, variant, units)
    if at is None:
        world.webhook_outbox.append(("orders/create", order_payload(order), now))
    return order


def _commit(brand: Brand, variant: Variant, units: int) -> None:
    if not variant.tracked:
        return
    levels = [brand.world.level(variant.item_id, place) for place in brand.pool]
    level = max(levels, key=lambda each: each.available)
    world = brand.world
    world.set_available(variant.item_id, level.location_id, level.available - units, committed=level.committed + units)


def ship_order(brand: Brand, order: ShopOrder) -> bool:
    """The order leaves: what was committed is gone. False when it had left or was cancelled."""
    if order.cancelled_at is not None or order.fulfillment_status == "FULFILLED":
        return False
    order.fulfillment_status, order.updated_at = "FULFILLED", brand.world.now()
    for line in order.lines:
        _uncommit(brand, line, restock=False)
    return True


def cancel_order(brand: Brand, order: ShopOrder) -> bool:
    """Cancel and put the units back on sale. False when the order had left or was cancelled before."""
    if order.cancelled_at is not None or order.fulfillment_status == "FULFILLED":
        return False
    now = brand.world.now()
    order.cancelled_at, order.updated_at, order.financial_status = now, now, "REFUNDED"
    for line in order.lines:
        _uncommit(brand, line, restock=True)
        line.current_quantity = 0
    return True


def _uncommit(brand: Brand, line: ShopOrderLine, *, restock: bool) -> None:
    variant = brand.world.shop.variants.get(line.variant_id or 0)
    if variant is None or not variant.tracked:
        return
    left = line.current_quantity
    for place in brand.pool:
        level = brand.world.level(variant.item_id, place)
        units = min(left, level.committed)
        left -= units
        if not units:
            continue
        if restock:
            brand.world.set_available(
                variant.item_id, place, level.available + units, committed=level.committed - units
            )
        else:
            level.committed -= units


def order_payload(order: ShopOrder) -> dict[str, Any]:
    """The body of an orders/create webhook, personal data and all, as the real one has it."""
    total = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    return {
        "id": order.id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.id}",
        "name": order.name,
        "created_at": order.created_at.isoformat(),
        "processed_at": order.processed_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
        "cancelled_at": None,
        "currency": order.currency,
        "current_total_price": str(total),
        "total_price": str(total),
        "financial_status": (order.financial_status or "").lower() or None,
        "fulfillment_status": None,
        "source_identifier": order.source_identifier,
        "source_name": order.source_name,
        "tags": ", ".join(order.tags),
        "email": order.email,
        "phone": order.customer.get("phone"),
        "customer": {
            "first_name": order.customer.get("firstName"),
            "last_name": order.customer.get("lastName"),
            "email": order.email,
        },
        "shipping_address": {
            "name": order.address.get("name"),
            "address1": order.address.get("address1"),
            "city": order.address.get("city"),
            "zip": order.address.get("zip"),
            "phone": order.address.get("phone"),
        },
        "line_items": [
            {
                "id": line.id,
                "admin_graphql_api_id": f"gid://shopify/LineItem/{line.id}",
                "variant_id": line.variant_id,
                "sku": line.sku,
                "title": line.title,
                "quantity": line.quantity,
                "current_quantity": line.current_quantity,
                "price": str(line.unit_price),
            }
            for line in order.lines
        ],
    }
