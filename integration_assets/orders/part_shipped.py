"""Units that had left before their order was made: marked as shipped in Shopify, so that nobody ships them once more.

Amazon knows of them already, and shows them beyond what we have confirmed, so they are never confirmed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integration_assets.contracts.amazon import AmazonOrderItem
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.orders.plan import OrderBook
from resources.ledger import Intention, Ledger
from resources.shopify_parts.order_writes import OrderWrites
from resources.warehouse import Warehouse

KIND = "order_part_shipped"
PART_SHIPPED = "order_part_shipped"
"""Links of an Amazon order (left) with the Shopify order (right) that was made of it after a part had left."""


@dataclass
class PartShipped:
    """Decides which units of orders that were just made are to be shown as shipped."""

    region: str
    book: OrderBook
    writes: OrderWrites
    warehouse: Warehouse
    ledger: Ledger
    origin: str

    def plan(self, *, live: bool) -> list[Intention]:
        """One intention per order of which units had left: the units of each line that are to be shown as shipped.

        Live only, for the lines are asked of Shopify; in preview no such order is made. Raises as `GraphQL.call`.
        """
        made = {link.left_id: link.right_id for link in self.ledger.links(PART_SHIPPED)} if live else {}
        done = self.ledger.last_verified(KIND, self.region, made)
        orders, items = self.book.rows([one for one in made if one not in done])
        over = {
            row.shopify_order_id
            for row in self.warehouse.rows(
                SHOPIFY_ORDERS,
                "list_contains(?, shopify_order_id) AND (cancelled_at IS NOT NULL OR fulfillment_status = 'FULFILLED')",
                [sorted(made.values())],
            )
        }
        found = []
        for one, order in sorted(orders.items()):
            units = sum(item.quantity_fulfilled for item in items[one])
            if order.region != self.region or made[one] in over or not units:
                continue
            lines = self.writes.lines_of_items(made[one])
            if lines is not None:
                payload = {
                    "amazon_order_id": one,
                    "shopify_order_id": made[one],
                    "lines": lines_of(items[one], lines),
                    "units": units,
                }
                found.append(Intention(one, payload, f"{units} units had left before it was made", self.origin))
        return found


def lines_of(
    items: Sequence[AmazonOrderItem], lines_of_items: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, int]:
    """Units of each order line that the units of the items that have left are, the first lines of an item first."""
    found: dict[str, int] = {}
    for item in items:
        left = item.quantity_fulfilled
        for line, units in lines_of_items.get(item.order_item_id, ()):
            some = min(left, units)
            left -= some
            if some:
                found[line] = some
    return dict(sorted(found.items()))
