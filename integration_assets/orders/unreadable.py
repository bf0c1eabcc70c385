"""Orders whose answer made no sense: set aside by name while the others go on, and asked for again with every reading.

They stand in the ledger as open exceptions before the cursor moves past them, so none is lost by that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from integration_assets.contracts.errors import BadDocument, Rejected
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine
from resources.amazon import AmazonAccount
from resources.amazon_parts.shipments import OrderReading
from resources.findings import finding, raise_all, report
from resources.ledger import Ledger
from resources.shopify import Shopify
from resources.shopify_parts.fulfillments import Fulfillments, ShippedOrder
from resources.shopify_parts.orders import OrderRow, UnreadableOrder

ON_AMAZON = "amazon_order_unreadable"
IN_SHOPIFY = "shopify_order_unreadable"
IN_THE_SHOP = "shopify_order_not_read"
ASKED_AT_ONCE = 20
"""Orders set aside that are asked for again with one reading; where there are more, it is their turn later."""
NOT_FOUND = 404
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looked(Generic[T]):
    """What became of orders that were asked for again: those that can be read now, those that still cannot, and why."""

    read: Sequence[T]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SetAside:
    """The orders set aside of one kind, in one region account or shop."""

    ledger: Ledger
    kind: str
    scope: str

    def names(self) -> list[str]:
        """Their ids."""
        found = self.ledger.open_exceptions(self.kind)
        return sorted(one.identity.removeprefix(self.scope) for one in found if one.identity.startswith(self.scope))

    def again(self, read: Sequence[str], look: Callable[[Sequence[str]], Looked[T]]) -> Looked[T]:
        """Ask for those that this reading did not bring anyway, some at a time and each in its turn."""
        waiting = sorted(set(self.names()) - set(read))
        cursor = f"{self.kind}/{self.scope}asked"
        start = bisect_right(waiting, self.ledger.cursor(cursor) or "")
        asked = [*waiting[start:], *waiting[:start]][:ASKED_AT_ONCE]
        if not asked:
            return Looked((), {})
        looked = look(asked)
        self.ledger.set_cursor(cursor, asked[-1])
        later = {one: "" for one in waiting if one not in asked}
        return Looked(looked.read, {**later, **looked.unreadable})

    def keep(self, unreadable: Mapping[str, str]) -> None:
        """Name those that cannot be read, before anything moves past them."""
        where = self.scope.rstrip("/")
        found = [
            finding(self.kind, self.scope + one, {"order": one, "scope": where, "reason": _clause(why)})
            for one, why in unreadable.items()
            if why
        ]
        raise_all(self.ledger, self.kind, found)

    def close(self, unreadable: Mapping[str, str]) -> None:
        """Those that are not among these can be read by now, or are gone."""
        report(self.ledger, self.kind, (), scope=self.scope, keep={self.scope + one for one in unreadable})


def orders_on_amazon(account: AmazonAccount) -> Callable[[Sequence[str]], Looked[OrderReading]]:
    """Ask Amazon for orders one by one; one that it does not know is gone."""

    def look(order_ids: Sequence[str]) -> Looked[OrderReading]:
        read: list[OrderReading] = []
        unreadable: dict[str, str] = {}
        for order_id in order_ids:
            try:
                read.append(account.order_reading(order_id))
            except BadDocument as error:
                unreadable[order_id] = str(error)
            except Rejected as error:
                if error.status != NOT_FOUND:
                    unreadable[order_id] = str(error)
        return Looked(read, unreadable)

    return look


def orders_in_shopify(fulfillments: Fulfillments) -> Callable[[Sequence[str]], Looked[ShippedOrder]]:
    """Ask Shopify for orders all at once."""

    def look(order_ids: Sequence[str]) -> Looked[ShippedOrder]:
        found = fulfillments.of(order_ids)
        return Looked(found.orders, found.unreadable)

    return look


def orders_of_the_shop(shopify: Shopify) -> Callable[[Sequence[str]], Looked[ShopifyOrder | ShopifyOrderLine]]:
    """Ask the shop for orders with their lines, all at once."""

    def look(order_ids: Sequence[str]) -> Looked[ShopifyOrder | ShopifyOrderLine]:
        return parted(shopify.orders_of(order_ids))

    return look


def parted(rows: Iterable[OrderRow]) -> Looked[ShopifyOrder | ShopifyOrderLine]:
    """What could be read of the shop's orders, and what could not."""
    read: list[ShopifyOrder | ShopifyOrderLine] = []
    unreadable: dict[str, str] = {}
    for row in rows:
        if isinstance(row, UnreadableOrder):
            unreadable[row.shopify_order_id] = row.reason
        else:
            read.append(row)
    return Looked(read, unreadable)


def _clause(text: str) -> str:
    """What was said, to stand at the end of a sentence."""
    return text.strip().rstrip(".") or "no reason was given"
