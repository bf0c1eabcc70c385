"""Reading orders from further back than the cursor: page by page, each kept as it comes.

A page of 100 costs one call of searchOrders, which Amazon grants once in 178 seconds after a burst of 20. So pages are
full, one walk covers all marketplaces, and what was read is kept even if the walk breaks off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.shopify import ORDER_LINES, ShopifyOrder, ShopifyOrderLine
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.orders.plan import SINCE_CURSOR
from integration_assets.orders.readings import observations
from integration_assets.orders.unreadable import IN_THE_SHOP, ON_AMAZON, SetAside
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.shopify import Shopify
from resources.shopify_parts.orders import UnreadableOrder
from resources.warehouse import Observation, Warehouse

KEPT_AT_ONCE = 2_000
"""Rows of the shop's orders that are kept in one go."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come: orders read, and the newest change among them."""

    orders: int
    reached: datetime
    since: datetime
    until: datetime

    @property
    def share(self) -> float:
        """How much of the span is behind, from 0 to 1, as Amazon sends the oldest change first."""
        whole = (self.until - self.since).total_seconds()
        return min(max((self.reached - self.since).total_seconds() / whole, 0.0), 1.0) if whole > 0 else 1.0


class Backfill:
    """Reads what both sides know of orders since an instant."""

    def __init__(self, *, amazon: Amazon, shopify: Shopify, warehouse: Warehouse, ledger: Ledger, clock: Clock) -> None:
        self._amazon = amazon
        self._shopify = shopify
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock

    def amazon_orders(self, region: str, since: datetime) -> Iterator[Progress]:
        """Read Amazon's orders that changed since then, and tell after each page. Raises as `AmazonAccount.orders`."""
        account = self._amazon.account(region)
        until = account.settled_until()
        read, reached = 0, since
        for page in account.order_pages(since, updated_before=until):
            SetAside(self._ledger, ON_AMAZON, f"{region}/").keep(page.unreadable)
            self._warehouse.observe_all(observations(page.orders), seen_at=self._clock.now())
            read += len(page.orders)
            reached = max([reached, *(each.order.last_updated_at for each in page.orders)])
            yield Progress(read, reached, since, until)

    def shopify_orders(self, since: datetime) -> Iterator[int]:
        """Read the shop's orders that changed since then: what is there is not made again. How many so far."""
        read, kept = 0, list[ShopifyOrder | ShopifyOrderLine]()
        for row in self._shopify.orders(since):
            if isinstance(row, UnreadableOrder):
                SetAside(self._ledger, IN_THE_SHOP, "").keep({row.shopify_order_id: row.reason})
                continue
            read += isinstance(row, ShopifyOrder)
            if isinstance(row, ShopifyOrder) and len(kept) >= KEPT_AT_ONCE:
                self._keep(kept)
                kept = []
                yield read
            kept.append(row)
        self._keep(kept)
        yield read

    def take_over_from(self, since: datetime) -> None:
        """From now on, orders are imported from this instant on: a person has said so by asking for them."""
        kept = self._ledger.cursor(SINCE_CURSOR)
        if kept is None or datetime.fromisoformat(kept) > since:
            self._ledger.set_cursor(SINCE_CURSOR, since.isoformat())

    def _keep(self, rows: list[ShopifyOrder | ShopifyOrderLine]) -> None:
        self._warehouse.observe_all(
            [
                Observation(
                    table=SHOPIFY_ORDERS, rows=[row for row in rows if isinstance(row, ShopifyOrder)], complete=False
                ),
                Observation(
                    table=ORDER_LINES, rows=[row for row in rows if isinstance(row, ShopifyOrderLine)], complete=False
                ),
            ],
            seen_at=self._clock.now(),
        )
