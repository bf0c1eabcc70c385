"""Amazon orders of every look, told field by field: what a buyer's screen, Amazon's staff or a Monday may bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.amazon.marketplaces import BY_COUNTRY
from sandbox.amazon.ordering import TIME_TO_SHIP, order_id, place_order
from sandbox.amazon.orders import STATUSES
from sandbox.people import Person
from sandbox.world import AmazonAccount, AmazonOrder, AmazonOrderItem, World

AMOUNTS = {
    "price": "unit_price",
    "shipping": "shipping",
    "gift_wrap": "gift_wrap",
    "promotion": "promotion",
    "shipping_promotion": "shipping_promotion",
    "tax": "tax",
    "shipping_tax": "shipping_tax",
    "gift_wrap_tax": "gift_wrap_tax",
}
"""Names of a line told at the door -> fields of the item. `price` is for one unit, the others for all of them."""
WORDS = ("gift_message", "gift_level", "cancel_request", "cancelled_by", "cancel_reason")
COUNTS = ("points", "cancelled", "shipped")


def place_special(world: World, account: AmazonAccount, country: str, told: Mapping[str, Any]) -> AmazonOrder:
    """Place the order that is told: see the control door for the names. Raises KeyError and ValueError.

    A line with `unlisted` has a SKU that the account does not list; its price must be told.
    """
    place = BY_COUNTRY[country]
    lines = told.get("items") or [{"sku": told["sku"], "units": told.get("units", 1)}]
    status = told.get("status", "PENDING")
    listed = [line for line in lines if not line.get("unlisted")]
    if len(listed) == len(lines):
        order = place_order(
            world,
            account,
            [(line["sku"], int(line.get("units", 1))) for line in lines],
            marketplace_id=place.id,
            status=status,
            minutes_ago=float(told.get("minutes_ago", 0)),
            takes_stock=bool(told.get("takes_stock", True)),
        )
    else:
        order = _unlisted(world, account, country, lines, told)
    for item, line in zip(order.items, lines, strict=True):
        _dress(item, line)
    if told.get("echo"):
        order.channel_name, order.marketplace_id = "NON_AMAZON", place.echo_id
        order.fulfilled_by, order.merchant_order_id = "AMAZON", str(told.get("merchant_order_id", "MCF-1"))
    if told.get("address") is not None:
        order.address = address_of(told["address"])
    if "ship_by_hours" in told:
        order.ship_by = world.now() + timedelta(hours=float(told["ship_by_hours"]))
    order.tip = Decimal(str(told.get("tip", 0)))
    order.payment_method = told.get("payment_method")
    order.programs = list(told.get("programs", ()))
    return order


def _unlisted(
    world: World, account: AmazonAccount, country: str, lines: list[dict[str, Any]], told: Mapping[str, Any]
) -> AmazonOrder:
    place, number = BY_COUNTRY[country], world.next_id()
    status = told.get("status", "PENDING")
    if status not in STATUSES:
        raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
    at = world.now() - timedelta(minutes=float(told.get("minutes_ago", 0)))
    person = Person(number)
    order = AmazonOrder(
        id=order_id(world, account, place.id),
        marketplace_id=place.id,
        channel_name="AMAZON",
        created_at=at,
        updated_at=at,
        status=status,
        fulfilled_by=str(told.get("fulfilled_by", "MERCHANT")),
        items=[],
        currency=place.currency,
        ship_by=at + TIME_TO_SHIP,
        buyer=person.amazon_buyer(),
        address=person.amazon_address("GB" if country == "UK" else country),
    )
    for line in lines:
        listing = account.listings.get(line["sku"])
        units = int(line.get("units", 1))
        order.items.append(
            AmazonOrderItem(
                id=f"{number:06d}{world.next_id():08d}",
                sku=line["sku"],
                asin=listing.asin if listing else "B000000000",
                title=listing.title if listing else str(line.get("title", line["sku"])),
                quantity=units,
                shipped=units if status == "SHIPPED" else 0,
                unit_price=listing.prices.get(place.id, Decimal(0)) if listing else Decimal(str(line["price"])),
            )
        )
    account.orders[order.id] = order
    return order


def _dress(item: AmazonOrderItem, line: Mapping[str, Any]) -> None:
    for name, kept in AMOUNTS.items():
        if name in line:
            setattr(item, kept, Decimal(str(line[name])))
    for name in WORDS:
        if name in line:
            setattr(item, name, line[name])
    for name in COUNTS:
        if name in line:
            setattr(item, name, int(line[name]))
    item.collected_by_amazon = bool(line.get("collected_by_amazon", item.collected_by_amazon))
    item.promotion_ids = list(line.get("promotion_ids", item.promotion_ids))


def address_of(told: Any) -> dict[str, str] | None:
    """An address as it is told: fields of CustomerAddress, a number that stands for a person, or false for none."""
    if told is False:
        return None
    if isinstance(told, int):
        return Person(told).amazon_address("GB")
    return {str(name): str(value) for name, value in dict(told).items()}


def item_named(order: AmazonOrder, told: Mapping[str, Any]) -> AmazonOrderItem:
    """The item that `item` (its id) or `sku` names; the first where neither is told. Raises KeyError."""
    number, sku = told.get("item"), told.get("sku")
    for item in order.items:
        if (number is None and sku is None) or item.id == number or item.sku == sku:
            return item
    raise KeyError(str(number or sku))
