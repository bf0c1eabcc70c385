"""A Shopify order through its life: stock claimed, fulfillment orders made, units shipped, removed and given back.

Whoever does it (the API, the staff, the control door) does it here, so stock, states and webhooks always follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox import order_money as sums
from sandbox.order_messages import announce, announce_order, fulfillment_payload, refund_payload
from sandbox.order_records import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    Payment,
    Refund,
    RefundLine,
    ToShip,
    Tracking,
)
from sandbox.world import Location, ShopOrder, ShopOrderLine, Variant, World

FULFILLMENT = 5_200_000_000_000
FULFILLMENT_ORDER = 6_700_000_000_000
LINE = 14_900_000_000_000
REFUND = 880_000_000_000
PAYMENT = 7_300_000_000_000
"""Where the ids of each kind begin."""


class CannotBe(Exception):
    """What was asked for cannot be done to the order; the message is what Shopify says."""


@dataclass(frozen=True)
class TakenBack:
    """Units of a line to take off, and what becomes of them: NO_RESTOCK, CANCEL or RETURN."""

    line: ShopOrderLine
    quantity: int
    restock_type: str = "NO_RESTOCK"
    location_id: int | None = None


def parts_of(world: World, variant: Variant | None, units: int) -> list[tuple[Variant, int]]:
    """What units of a variant take from the shelves: itself, or what the bundle is made of; only what is counted."""
    if variant is None:
        return []
    parts = [(variant, units)]
    if variant.components:
        parts = [(world.shop.variants[each], units * some) for each, some in variant.components]
    return [(part, some) for part, some in parts if part.tracked]


def route(world: World, order: ShopOrder, *, claims: bool, at: datetime | None = None) -> None:
    """Make the fulfillment orders of a new order: each line that is shipped goes to the place with most of it.

    With `claims` its units are committed there and no longer available, below zero where there are not enough.
    """
    now = at or world.now()
    by_place: dict[int, list[ToShip]] = {}
    for line in order.lines:
        variant = world.shop.variants.get(line.variant_id or 0)
        place = best_place(world, variant)
        units = line.unfulfilled
        claimed = 0
        if claims and place is not None and parts_of(world, variant, units):
            _commit(world, variant, place, units)
            claimed = units
        if line.requires_shipping and units and place is not None:
            share = ToShip(LINE + world.next_id(), line.id, units, units, claimed)
            by_place.setdefault(place, []).append(share)
    for place, shares in by_place.items():
        _to_ship(world, order, place, shares, now)


def ship_from(
    world: World, order: ShopOrder, place: int, sold: Sequence[tuple[ShopOrderLine, int]], *, is_assigned: bool = False
) -> FulfillmentOrder:
    """Have a place ship units of an order's lines: they are committed there and no longer available."""
    shares = []
    for line, units in sold:
        _commit(world, world.shop.variants.get(line.variant_id or 0), place, units)
        shares.append(ToShip(LINE + world.next_id(), line.id, units, units, units))
    made = _to_ship(world, order, place, shares, world.now())
    made.is_assigned = is_assigned
    return made


def release(world: World, order: ShopOrder, chosen: FulfillmentOrder) -> None:
    """What a place was to ship and has not is on sale again there."""
    for share in chosen.lines:
        variant = world.shop.variants.get(line_of(order, share.line_id).variant_id or 0)
        _uncommit(world, variant, chosen.location_id, share.claimed)
        _restock(world, variant, chosen.location_id, share.claimed)
        share.claimed = 0


def _to_ship(world: World, order: ShopOrder, place: int, shares: list[ToShip], now: datetime) -> FulfillmentOrder:
    made = FulfillmentOrder(FULFILLMENT_ORDER + world.next_id(), order.id, place, now, now, shares)
    order.fulfillment_orders.append(made)
    world.shop.owners[made.id] = order.id
    return made


def best_place(world: World, variant: Variant | None) -> int | None:
    """The brand's own place that ships a variant: of the active ones that fulfil online orders, the one with most."""
    places = [
        each
        for each in world.shop.locations.values()
        if each.is_active and each.fulfills_online_orders and not each.is_fulfillment_service
    ]
    parts = parts_of(world, variant, 1)
    stocked = [place for place in places if _stocks(world, place, parts)]
    if not (stocked or places):
        return None
    return max(stocked or places, key=lambda place: (_there(world, place, parts), -place.id)).id


def _stocks(world: World, place: Location, parts: Sequence[tuple[Variant, int]]) -> bool:
    levels = (world.shop.levels.get((part.item_id, place.id)) for part, _ in parts)
    return all(level is not None and level.is_active for level in levels)


def _there(world: World, place: Location, parts: Sequence[tuple[Variant, int]]) -> int:
    levels = [(world.shop.levels.get((part.item_id, place.id)), some) for part, some in parts]
    return min((level.available // some if level else 0 for level, some in levels), default=0)


def claimable(world: World, variant: Variant | None, units: int) -> bool:
    """Whether the place that would ship it has the units."""
    parts = parts_of(world, variant, 1)
    place = best_place(world, variant)
    return not parts or (place is not None and _there(world, world.shop.locations[place], parts) >= units)


def _commit(world: World, variant: Variant | None, place: int, units: int) -> None:
    for part, some in parts_of(world, variant, units):
        level = world.level(part.item_id, place)
        world.set_available(part.item_id, place, level.available - some, committed=level.committed + some)


def _uncommit(world: World, variant: Variant | None, place: int, units: int) -> None:
    """What was committed is gone from the place."""
    for part, some in parts_of(world, variant, units):
        level = world.level(part.item_id, place)
        level.committed = max(0, level.committed - some)


def _restock(world: World, variant: Variant | None, place: int, units: int) -> None:
    for part, some in parts_of(world, variant, units):
        world.set_available(part.item_id, place, world.level(part.item_id, place).available + some)


def line_of(order: ShopOrder, line_id: int) -> ShopOrderLine:
    """A line of an order by number."""
    return next(line for line in order.lines if line.id == line_id)


def pay(
    world: World, order: ShopOrder, amount: Decimal, *, gateway: str = "manual", at: datetime | None = None
) -> Payment:
    """The order is paid: a SALE of the amount."""
    now = at or world.now()
    payment = Payment(PAYMENT + world.next_id(), "SALE", "SUCCESS", gateway, amount, now, now)
    order.payments.append(payment)
    order.financial_status = sums.financial_status(order)
    return payment


def fulfill(
    world: World,
    order: ShopOrder,
    wanted: Mapping[int, Mapping[int, int]],
    *,
    tracking: Sequence[Tracking] = (),
    told_buyer: bool = False,
    at: datetime | None = None,
) -> Fulfillment:
    """Units leave: `wanted` is fulfillment order id -> its line id -> units; an empty inner map means all that is left.

    Raises CannotBe in Shopify's words. `at` dates it back, for history; then nothing is announced.
    """
    shares = _shares(order, wanted)
    if not shares:
        raise CannotBe("Fulfillment line items can't be blank.")
    now = at or world.now()
    places = {chosen.location_id for chosen, _, _ in shares}
    if len(places) > 1:
        raise CannotBe("All fulfillment orders must be assigned to the same location.")
    units: dict[int, int] = {}
    for chosen, share, some in shares:
        line = line_of(order, share.line_id)
        claimed = min(some, share.claimed)
        _uncommit(world, world.shop.variants.get(line.variant_id or 0), chosen.location_id, claimed)
        share.remaining -= some
        share.claimed -= claimed
        line.fulfilled += some
        units[line.id] = units.get(line.id, 0) + some
        chosen.updated_at = now
        _settle(chosen)
    fulfillment = Fulfillment(
        id=FULFILLMENT + world.next_id(),
        order_id=order.id,
        name=f"{order.name}-F{len(order.fulfillments) + 1}",
        location_id=places.pop(),
        status="SUCCESS",
        created_at=now,
        updated_at=now,
        lines=[FulfillmentLine(LINE + world.next_id(), line_id, some) for line_id, some in units.items()],
        tracking=list(tracking),
        fulfillment_order_ids=list(dict.fromkeys(chosen.id for chosen, _, _ in shares)),
        told_buyer=told_buyer,
    )
    order.fulfillments.append(fulfillment)
    world.shop.owners[fulfillment.id] = order.id
    touch(world, order, at=now)
    if at is None:
        announce(world, "fulfillments/create", fulfillment_payload(order, fulfillment))
        whole = order.fulfillment_status == "FULFILLED"
        announce_order(world, order, "orders/fulfilled" if whole else "orders/partially_fulfilled", "orders/updated")
    return fulfillment


def _shares(order: ShopOrder, wanted: Mapping[int, Mapping[int, int]]) -> list[tuple[FulfillmentOrder, ToShip, int]]:
    found: list[tuple[FulfillmentOrder, ToShip, int]] = []
    known = {each.id: each for each in order.fulfillment_orders}
    for number, lines in wanted.items():
        chosen = known.get(number)
        if chosen is None:
            raise CannotBe("Fulfillment order does not exist.")
        if not chosen.may_ship:
            raise CannotBe(f"Fulfillment order {number} has an unfulfillable status= {chosen.status.lower()}.")
        shares = {share.id: share for share in chosen.lines}
        for line_number, units in (lines or {share.id: share.remaining for share in chosen.lines}).items():
            share = shares.get(line_number)
            if share is None:
                raise CannotBe("Fulfillment order line item does not exist.")
            if units > share.remaining or units < (1 if lines else 0):
                raise CannotBe("Invalid fulfillment order line item quantity requested.")
            if units:
                found.append((chosen, share, units))
    return found


def _settle(chosen: FulfillmentOrder) -> None:
    if not any(share.remaining for share in chosen.lines):
        chosen.status = "CLOSED"
        if chosen.is_assigned:
            chosen.request_status = "CLOSED"
    elif any(share.remaining < share.total for share in chosen.lines):
        chosen.status = "IN_PROGRESS"


def retrack(world: World, order: ShopOrder, fulfillment: Fulfillment, tracking: Sequence[Tracking]) -> None:
    """The tracking of a fulfillment is replaced, and it is announced."""
    fulfillment.tracking = list(tracking)
    fulfillment.updated_at = world.now()
    touch(world, order)
    announce(world, "fulfillments/update", fulfillment_payload(order, fulfillment))
    announce_order(world, order, "orders/updated")


def unfulfill(world: World, order: ShopOrder, fulfillment: Fulfillment) -> None:
    """A fulfillment is cancelled: its units are to be shipped again, by a new fulfillment order."""
    if fulfillment.status == "CANCELLED":
        return
    now = world.now()
    fulfillment.status, fulfillment.updated_at = "CANCELLED", now
    shares: list[ToShip] = []
    for each in fulfillment.lines:
        line = line_of(order, each.line_id)
        line.fulfilled -= each.quantity
        variant = world.shop.variants.get(line.variant_id or 0)
        for part, some in parts_of(world, variant, each.quantity):
            world.level(part.item_id, fulfillment.location_id).committed += some
        shares.append(ToShip(LINE + world.next_id(), line.id, each.quantity, each.quantity, each.quantity))
    _to_ship(world, order, fulfillment.location_id, shares, now)
    touch(world, order)
    announce(world, "fulfillments/update", fulfillment_payload(order, fulfillment))
    announce_order(world, order, "orders/updated")


def refund(
    world: World,
    order: ShopOrder,
    lines: Sequence[TakenBack],
    *,
    payments: Sequence[Payment] = (),
    shipping: Decimal = Decimal(0),
    note: str | None = None,
    processed_at: datetime | None = None,
    discrepancy_reason: str | None = None,
    told_buyer: bool = False,
) -> Refund:
    """Take units and money back, put the units where their restock type says, and announce it."""
    now = world.now()
    kept = [
        RefundLine(
            LINE + world.next_id(),
            each.line.id,
            each.quantity,
            each.restock_type,
            _take_off(world, order, each),
            *_worth(order, each),
        )
        for each in lines
    ]
    made = Refund(
        id=REFUND + world.next_id(),
        order_id=order.id,
        created_at=now,
        processed_at=processed_at or now,
        lines=kept,
        payments=list(payments),
        shipping=shipping,
        note=note,
        discrepancy_reason=discrepancy_reason,
        told_buyer=told_buyer,
    )
    order.refunds.append(made)
    world.shop.owners[made.id] = order.id
    order.payments.extend(payments)
    if payments:
        order.financial_status = sums.financial_status(order)
    touch(world, order)
    announce(world, "refunds/create", refund_payload(order, made))
    announce_order(world, order, "orders/updated")
    return made


def _worth(order: ShopOrder, taken: TakenBack) -> tuple[Decimal, Decimal]:
    share = sums.share_of(order, taken.line, taken.quantity)
    return share.subtotal, share.tax


def _take_off(world: World, order: ShopOrder, taken: TakenBack) -> int | None:
    """Take units off a line: those that have not left first, unless they are said to be returned. Where they went."""
    line, variant = taken.line, world.shop.variants.get(taken.line.variant_id or 0)
    open_units = 0 if taken.restock_type == "RETURN" else min(taken.quantity, max(0, line.unfulfilled))
    place = taken.location_id
    left = open_units
    for chosen in order.fulfillment_orders:
        for share in chosen.lines if chosen.is_open else ():
            some = min(left, share.remaining) if share.line_id == line.id else 0
            if not some:
                continue
            claimed = min(some, share.claimed)
            _uncommit(world, variant, chosen.location_id, claimed)
            share.remaining -= some
            share.total -= some
            share.claimed -= claimed
            left -= some
            chosen.updated_at = world.now()
            place = place or chosen.location_id
            if not any(each.remaining for each in chosen.lines):
                chosen.status = "CLOSED"
    line.current_quantity -= taken.quantity
    line.returned += taken.quantity - open_units
    if taken.restock_type == "NO_RESTOCK":
        return None
    shipped_from = next((each.location_id for each in order.fulfillments), None)
    place = place or shipped_from or best_place(world, variant)
    if place is not None:
        _restock(world, variant, place, taken.quantity)
    return place


def refund_payment(world: World, parent: Payment, amount: Decimal, *, processed_at: datetime | None = None) -> Payment:
    """A REFUND of money that came in by `parent`; its gateway is the parent's."""
    now = world.now()
    return Payment(
        PAYMENT + world.next_id(), "REFUND", "SUCCESS", parent.gateway, amount, now, processed_at or now, parent.id
    )


def cancel(
    world: World,
    order: ShopOrder,
    *,
    restock: bool,
    gives_back: bool,
    reason: str = "OTHER",
    note: str | None = None,
    told_buyer: bool = False,
) -> None:
    """Cancel an order of which nothing has left: units go off it, and what was paid goes back where it is asked.

    Raises CannotBe in Shopify's words.
    """
    if order.cancelled_at is not None:
        raise CannotBe("Cannot cancel an order that has already been canceled")
    if any(line.fulfilled > line.returned for line in order.lines):
        raise CannotBe("Cannot cancel a fulfilled order, or an order with fulfilled line items")
    now = world.now()
    kind = "CANCEL" if restock else "NO_RESTOCK"
    lines = [TakenBack(line, line.current_quantity, kind) for line in order.lines if line.current_quantity]
    payments: list[Payment] = []
    left = sums.received(order) - sums.refunded(order)
    paid = next((each for each in order.payments if each.is_paid), None)
    if gives_back and paid is not None and left > 0:
        payments.append(refund_payment(world, paid, left))
    order.cancelled_at, order.cancel_reason, order.closed_at = now, reason, now
    if lines or payments:
        shipping = sums.shipping_total(order) - order.shipping_discount if payments else Decimal(0)
        refund(world, order, lines, payments=payments, shipping=shipping, note=note, told_buyer=told_buyer)
    for chosen in order.fulfillment_orders:
        if chosen.is_open:
            chosen.status = "CANCELLED"
    touch(world, order)
    announce_order(world, order, "orders/cancelled", "orders/updated")


def touch(world: World, order: ShopOrder, *, at: datetime | None = None) -> None:
    """The order changed: its fulfillment status follows its lines."""
    order.updated_at = at or world.now()
    kept = [line for line in order.lines if line.current_quantity > 0]
    if any(line.fulfilled for line in order.lines):
        open_units = sum(max(0, line.unfulfilled) for line in kept if line.requires_shipping or line.fulfilled)
        order.fulfillment_status = "PARTIALLY_FULFILLED" if open_units else "FULFILLED"
    elif order.fulfillments:
        order.fulfillment_status = "UNFULFILLED"
