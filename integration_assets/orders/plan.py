"""Which Amazon orders are to be made in Shopify now, from what the stores say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS, AmazonOrder, AmazonOrderItem
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.orders.queries import STOCK, WAITING
from integration_assets.rules.order_routing import Routed, routed
from integration_assets.rules.oversell import shortages
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.pools import known_pool
from resources.takeover import takeover_at
from resources.warehouse import Warehouse

SINCE_CURSOR = "order_import/since"
"""Ledger cursor with the instant from which orders are imported, where a backfill set an earlier one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An Amazon order that nothing in Shopify stands for, what becomes of it, and the units of it there are too few of.

    `short` is by SKU.
    """

    order: AmazonOrder
    items: tuple[AmazonOrderItem, ...]
    routed: Routed
    short: Mapping[str, int]

    @property
    def units(self) -> int:
        """Units that were ordered and not cancelled."""
        return sum(max(item.quantity_ordered - item.quantity_cancelled, 0) for item in self.items)


class OrderBook:
    """Reads what waits to be imported, and what a single order is made of."""

    def __init__(self, *, model: OperatingModel, warehouse: Warehouse, ledger: Ledger, clock: Clock) -> None:
        self._model = model
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock

    def import_from(self) -> datetime:
        """The instant from which orders are imported: the takeover, or what a backfill reached back to."""
        backfilled = self._ledger.cursor(SINCE_CURSOR)
        return self.takeover if backfilled is None else min(self.takeover, datetime.fromisoformat(backfilled))

    @cached_property
    def takeover(self) -> datetime:
        """When this installation took over: what was shipped before it, somebody took off the shop's count."""
        return takeover_at(self._ledger, self._model, self._clock)

    def waiting(self, region: str) -> list[Waiting]:
        """Every order that nothing stands for yet, those with the earliest deadline first."""
        since = self.import_from()
        ids = [row[0] for row in self._warehouse.query(WAITING, {"region": region, "since": since})]
        orders, items = self.rows(ids)
        decided = [(orders[one], items[one], self.routed(orders[one], since)) for one in ids]
        short = self._short(region, [(order, of_order) for order, of_order, to in decided if to.route == "merchant"])
        return [
            Waiting(order, tuple(of_order), to, short.get(order.amazon_order_id, {})) for order, of_order, to in decided
        ]

    def rows(self, amazon_order_ids: Sequence[str]) -> tuple[dict[str, AmazonOrder], dict[str, list[AmazonOrderItem]]]:
        """These orders and their items as last read, by Amazon order id."""
        items: dict[str, list[AmazonOrderItem]] = defaultdict(list)
        if not amazon_order_ids:
            return {}, items
        asked = [list(amazon_order_ids)]
        orders = self._warehouse.rows(ORDERS, "list_contains(?, amazon_order_id)", asked)
        for item in self._warehouse.rows(ORDER_ITEMS, "list_contains(?, amazon_order_id)", asked):
            items[item.amazon_order_id].append(item)
        return {order.amazon_order_id: order for order in orders}, items

    def routed(self, order: AmazonOrder, since: datetime | None = None) -> Routed:
        """What becomes of an order; `since` is `import_from()` where that was asked for already."""
        return routed(
            channel_name=order.channel_name,
            status=order.status,
            fulfilled_by=order.fulfilled_by,
            created_at=order.created_at,
            import_from=since or self.import_from(),
            fba=self._model.orders.fba,
        )

    def variants(self, region: str) -> dict[str, str]:
        """SKU -> variant, of the SKUs that stand for one beyond doubt, whether or not its stock is counted."""
        mapped = self._warehouse.rows(SKU_MAP, "region = ? AND status IN ('mapped', 'untracked')", [region])
        return {row.seller_sku: row.variant_id for row in mapped if row.variant_id is not None}

    def _short(
        self, region: str, orders: Sequence[tuple[AmazonOrder, Sequence[AmazonOrderItem]]]
    ) -> dict[str, dict[str, int]]:
        if not orders:
            return {}
        draws: dict[str, list[tuple[str, int]]] = defaultdict(list)
        available: dict[str, int] = {}
        asked = {"region": region, "pool": list(known_pool(self._ledger))}
        for sku, item, units, there in self._warehouse.query(STOCK, asked):
            draws[sku].append((item, units))
            available[item] = there
        in_turn = sorted(orders, key=lambda pair: (pair[0].created_at, pair[0].amazon_order_id))
        wanted = [
            (order.amazon_order_id, [(item.seller_sku, _left(item)) for item in items if item.seller_sku])
            for order, items in in_turn
        ]
        return shortages(wanted, draws, available)


def _left(item: AmazonOrderItem) -> int:
    return max(item.quantity_ordered - item.quantity_cancelled, 0)
