"""Multi-Channel orders through their life: received, planned, picked, shipped in packages, or not.

What becomes of an order is told by its SKUs: those planted in `stuck`, `lost` and `refused`, and by its size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.ordering import fba_stock
from sandbox.amazon.state import state_of
from sandbox.world import AmazonAccount, AmazonOrder, AmazonOrderItem, FbaStock, World

OPEN = ("New", "Received", "Planning", "Processing")
CANCELLABLE = ("New", "Received", "Planning")
CARRIERS = ("AMZN_UK", "DPD", "UPS")
UNITS_A_PACKAGE = 2
DAYS_TO_SHIP = {"Standard": 3, "Expedited": 2, "Priority": 1, "ScheduledDelivery": 3}


@dataclass
class OutboundItem:
    """A line of a Multi-Channel order."""

    id: str
    sku: str
    quantity: int
    cancelled: int = 0
    unfulfillable: int = 0
    declared: dict[str, str] | None = None


@dataclass
class Package:
    """A parcel and what is in it: (item id, units)."""

    number: int
    carrier: str
    tracking_number: str
    contents: list[tuple[str, int]]
    shipped_at: datetime
    is_numbered: bool = True
    """Whether the carrier has said the tracking number; it may do so after the package has left."""


@dataclass
class Shipment:
    """What leaves from one fulfilment centre."""

    id: str
    centre: str
    packages: list[Package]
    planned_at: datetime
    status: str = "PENDING"


@dataclass
class OutboundOrder:
    """A Multi-Channel order. `request` is what the seller sent, the address with it, as Amazon tells it back."""

    id: str
    request: dict[str, Any]
    marketplace_id: str
    received_at: datetime
    ship_by: datetime
    items: list[OutboundItem]
    echo: AmazonOrder
    status_at: datetime
    status: str = "New"
    shipments: list[Shipment] = field(default_factory=list)


@dataclass
class Outbound:
    """Multi-Channel Fulfilment of one account. SKUs in the sets are planted to go wrong; `pace` is in seconds."""

    orders: dict[str, OutboundOrder] = field(default_factory=dict)
    packages: dict[int, tuple[OutboundOrder, Package]] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    """Orders of these never leave planning."""
    lost: set[str] = field(default_factory=set)
    """Units of these cannot be found when they are picked."""
    refused: set[str] = field(default_factory=set)
    """Orders of these turn out to be invalid after they were accepted."""
    unnumbered: set[str] = field(default_factory=set)
    """Packages of these leave before their carrier has a tracking number for them."""
    pace: dict[str, float] = field(
        default_factory=lambda: {
            "Received": 20,
            "Planning": 60,
            "Processing": 900,
            "shipped": 3 * 3600,
            "numbered": 8 * 3600,
        }
    )


def outbound_of(account: AmazonAccount) -> Outbound:
    """The account's Multi-Channel Fulfilment, made at first use."""
    found = account.extra.get("outbound")
    if not isinstance(found, Outbound):
        found = account.extra["outbound"] = Outbound()
    return found


def place(world: World, account: AmazonAccount, request: dict[str, Any], marketplace_id: str) -> OutboundOrder:
    """Take an order in: its units are reserved, its echo appears among the account's orders."""
    now = world.now()
    items = [
        OutboundItem(
            each["sellerFulfillmentOrderItemId"],
            each["sellerSku"],
            each["quantity"],
            0,
            0,
            each.get("perUnitDeclaredValue"),
        )
        for each in request["items"]
    ]
    order = OutboundOrder(
        request["sellerFulfillmentOrderId"],
        request,
        marketplace_id,
        now,
        now + timedelta(days=DAYS_TO_SHIP[request["shippingSpeedCategory"]]),
        items,
        _echo(world, account, request, marketplace_id),
        status_at=now,
    )
    outbound = outbound_of(account)
    outbound.orders[order.id] = order
    for item in items:
        stock = stock_of(account, item.sku, marketplace_id)
        if stock is not None:
            # What is not there at once is unfulfillable, where the policy lets the rest go.
            item.unfulfillable = max(0, item.quantity - stock.fulfillable)
            _move(world, stock, item.quantity - item.unfulfillable)
    world.after(outbound.pace["Received"], lambda: _step(world, account, order, "Received"))
    return order


def cancel(world: World, account: AmazonAccount, order: OutboundOrder) -> bool:
    """Take back what was not picked yet. False when it is too late."""
    if order.status not in CANCELLABLE:
        return False
    for item in order.items:
        item.cancelled = item.quantity - item.unfulfillable
        _back(world, account, order, item, item.cancelled)
    _become(world, order, "Cancelled")
    return True


def stock_of(account: AmazonAccount, sku: str, marketplace_id: str) -> FbaStock | None:
    """The units of a SKU that serve a marketplace."""
    listing = account.listings.get(sku)
    return None if listing is None else fba_stock(account, listing, marketplace_id)


def _step(world: World, account: AmazonAccount, order: OutboundOrder, status: str) -> None:
    if order.status not in OPEN:
        return
    outbound = outbound_of(account)
    skus = {item.sku for item in order.items}
    if status == "Processing" and skus & outbound.stuck:
        world.after(outbound.pace["Processing"], lambda: _step(world, account, order, status))
        return
    if status == "Received" and skus & outbound.refused:
        for item in order.items:
            _back(world, account, order, item, item.quantity - item.unfulfillable)
            item.unfulfillable = item.quantity
        _become(world, order, "Invalid")
        return
    _become(world, order, status)
    if status == "Received":
        world.after(outbound.pace["Planning"], lambda: _step(world, account, order, "Planning"))
    elif status == "Planning":
        world.after(outbound.pace["Processing"], lambda: _step(world, account, order, "Processing"))
    else:
        _pick(world, account, order)


def _pick(world: World, account: AmazonAccount, order: OutboundOrder) -> None:
    """Plan the shipments: one for each item, with a package for every two units of it."""
    outbound = outbound_of(account)
    dice = state_of(world, account).dice
    for item in order.items:
        if item.sku in outbound.lost:
            _back(world, account, order, item, item.quantity - item.unfulfillable)
            item.unfulfillable = item.quantity
    if order.request.get("fulfillmentPolicy") != "FillAllAvailable" and any(item.unfulfillable for item in order.items):
        for item in order.items:
            _back(world, account, order, item, item.quantity - item.unfulfillable)
            item.unfulfillable = item.quantity
        _become(world, order, "Unfulfillable")
        return
    now = world.now()
    for number, item in enumerate(order.items):
        units = item.quantity - item.unfulfillable
        packages = []
        while units > 0:
            inside = min(UNITS_A_PACKAGE, units)
            units -= inside
            package_number = world.next_id()
            carrier = CARRIERS[package_number % len(CARRIERS)]
            tracking = f"{carrier[:3]}{dice.randrange(10**10):010d}"
            packages.append(Package(package_number, carrier, tracking, [(item.id, inside)], now))
        if packages:
            shipment = Shipment(f"D{world.next_id():07d}x", ("LTN4", "BHX1")[number % 2], packages, now)
            order.shipments.append(shipment)
            later = outbound.pace["shipped"] * (number + 1)
            world.after(later, lambda shipment=shipment: _ship(world, account, order, shipment))  # type: ignore[misc]
    if not order.shipments:
        _become(world, order, "Unfulfillable")


def _ship(world: World, account: AmazonAccount, order: OutboundOrder, shipment: Shipment) -> None:
    if shipment.status != "PENDING":
        return
    shipment.status = "SHIPPED"
    outbound = outbound_of(account)
    by_id = {item.id: item for item in order.items}
    for package in shipment.packages:
        package.shipped_at = world.now()
        if any(by_id[item_id].sku in outbound.unnumbered for item_id, _ in package.contents):
            package.is_numbered = False
            world.after(outbound.pace["numbered"], lambda package=package: _number(package))  # type: ignore[misc]
        outbound.packages[package.number] = (order, package)
        for item_id, units in package.contents:
            item = by_id[item_id]
            stock = stock_of(account, item.sku, order.marketplace_id)
            if stock is not None:
                stock.reserved = max(0, stock.reserved - units)
            for echoed in order.echo.items:
                if echoed.sku == item.sku:
                    echoed.shipped += units
    done = all(each.status == "SHIPPED" for each in order.shipments)
    short = any(item.unfulfillable for item in order.items)
    _become(world, order, ("CompletePartialled" if short else "Complete") if done else "Processing")


def _number(package: Package) -> None:
    package.is_numbered = True


def _become(world: World, order: OutboundOrder, status: str) -> None:
    order.status, order.status_at = status, world.now()
    echoes = {
        "Complete": "SHIPPED",
        "CompletePartialled": "SHIPPED",
        "Cancelled": "CANCELLED",
        "Unfulfillable": "UNFULFILLABLE",
        "Invalid": "UNFULFILLABLE",
    }
    order.echo.status = echoes.get(status, "UNSHIPPED")
    order.echo.updated_at = world.now()


def _move(world: World, stock: FbaStock, units: int) -> None:
    stock.fulfillable -= units
    stock.reserved += units
    stock.updated_at = world.now()


def _back(world: World, account: AmazonAccount, order: OutboundOrder, item: OutboundItem, units: int) -> None:
    stock = stock_of(account, item.sku, order.marketplace_id)
    if stock is not None:
        _move(world, stock, -min(units, stock.reserved))


def _echo(world: World, account: AmazonAccount, request: dict[str, Any], marketplace_id: str) -> AmazonOrder:
    """The order as the account's own orders show it: nobody bought anything on Amazon."""
    market = BY_ID[marketplace_id]
    dice = state_of(world, account).dice
    now = world.now()
    echo = AmazonOrder(
        id=f"S01-{world.next_id():07d}-{dice.randrange(10_000_000):07d}",
        marketplace_id=market.echo_id,
        channel_name="NON_AMAZON",
        created_at=now,
        updated_at=now,
        status="UNSHIPPED",
        fulfilled_by="AMAZON",
        items=[
            AmazonOrderItem(
                id=f"{world.next_id():014d}",
                sku=each["sellerSku"],
                asin=account.listings[each["sellerSku"]].asin,
                title=account.listings[each["sellerSku"]].title,
                quantity=each["quantity"],
                shipped=0,
                unit_price=Decimal(0),
            )
            for each in request["items"]
        ],
        currency=market.currency,
        merchant_order_id=request["sellerFulfillmentOrderId"],
        address=dict(request["destinationAddress"]),
    )
    account.orders[echo.id] = echo
    return echo
