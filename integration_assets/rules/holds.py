"""Which Amazon orders still hold units that Shopify's own count does not know to be sold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NOT_COMING: Final = frozenset({"CANCELLED", "UNFULFILLABLE"})
SKEW: Final = timedelta(seconds=15)
"""How far the shop's clock and ours may be apart: a reading that is hardly younger may not know an order yet."""
PENDING: Final = frozenset({"PENDING", "PENDING_AVAILABILITY"})


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One item of an Amazon order, in units of the thing its stock is counted on; a bundle's item is multiplied out.

    `quantity_ordered` is the most units Amazon ever told for the item, so that a cancellation is seen as one.
    `shopify_created_at` is when Shopify created the order's counterpart, None while there is none.
    `last_updated_at` is when Amazon last changed the order, None when that is not known.
    """

    amazon_order_id: str
    created_at: datetime
    status: str
    fulfilled_by: str | None
    channel_name: str
    quantity_ordered: int
    quantity_fulfilled: int
    quantity_unfulfilled: int
    shopify_created_at: datetime | None
    last_updated_at: datetime | None = None

    def times(self, units: int) -> OrderFact:
        """The same item in units of a component of which one unit of the item takes `units`."""
        return OrderFact(
            self.amazon_order_id,
            self.created_at,
            self.status,
            self.fulfilled_by,
            self.channel_name,
            self.quantity_ordered * units,
            self.quantity_fulfilled * units,
            self.quantity_unfulfilled * units,
            self.shopify_created_at,
            self.last_updated_at,
        )


def ships_from_pool(order: OrderFact) -> bool:
    """Whether the merchant's own stock answers for the order.

    Amazon ships FBA orders from its own, and a NON_AMAZON order is the echo of a Multi-Channel order that the shop
    already counted. An order that does not say who ships it is taken for the merchant's: a wrong hold hides stock for
    a while, a missing one sells it twice.
    """
    return order.fulfilled_by != "AMAZON" and order.channel_name != "NON_AMAZON"


def live_units(order: OrderFact) -> int:
    """Units of the item that were shipped or still have to be.

    A pending order has all its units to come, whatever its item says. Where an item names neither shipped nor unshipped
    units there is no word of what became of it, so all that was ordered counts.
    """
    if order.status in NOT_COMING:
        return 0
    told = order.quantity_fulfilled + order.quantity_unfulfilled
    if order.status in PENDING or told == 0:
        return max(order.quantity_ordered, told)
    return told


def units_held(order: OrderFact, *, stock_read_at: datetime | None, takeover_at: datetime | None) -> int:
    """Units this order item keeps back from the pool as it was read at `stock_read_at`.

    The hold ends when the reading is younger than the order's counterpart in Shopify: before that the pool may still
    count the units. What was shipped without a counterpart is gone all the same, so it stays held; only of orders from
    before `takeover_at` it is believed that somebody took the shipped units off the shop's count. `takeover_at` None
    means that nothing was taken over yet.
    """
    if not ships_from_pool(order):
        return 0
    imported_at = order.shopify_created_at
    if imported_at is not None and stock_read_at is not None and stock_read_at > imported_at + SKEW:
        return 0
    units = live_units(order)
    if takeover_at is None or order.created_at < takeover_at:
        units = 0 if order.status == "SHIPPED" else units - order.quantity_fulfilled
    return max(0, units)


def held_units(orders: Iterable[OrderFact], *, stock_read_at: datetime | None, takeover_at: datetime | None) -> int:
    """Units of all these orders that the pool as read at `stock_read_at` may still count as available.

    Give every order that draws on the inventory item: those of all its SKUs, regions and bundles. In whatever order.
    """
    return sum(units_held(order, stock_read_at=stock_read_at, takeover_at=takeover_at) for order in orders)
