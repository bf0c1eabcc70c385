"""Orders by their last change, read while they go on changing: each comes once, and none falls between two readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine
from resources.shopify_parts.documents import ORDER_LINES, ORDERS, ORDERS_OF, orders_since
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import PAGING_ENDS, Node, nodes_of, pages
from resources.shopify_parts.parse import gid, instant, order, order_line, whole


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """An order whose answer made no sense, and what was wrong with it; nothing of it was used."""

    shopify_order_id: str
    reason: str


OrderRow = ShopifyOrder | ShopifyOrderLine | UnreadableOrder


def changed_orders(graphql: GraphQL, updated_since: datetime | None) -> Iterator[OrderRow]:
    """Orders changed at that time or later, each followed by its lines, or named as one that cannot be read.

    The first call also asks for the newest change there is. What changes after it is left to the next reading: an order
    that changes meanwhile moves to the end of the list and would come again.
    """
    query = None if updated_since is None else orders_since(updated_since)
    data: Node | None = graphql.call(ORDERS, {"after": None, "query": query, "newest": True})
    newest = data["newest"]["nodes"] if data else []
    until = _changed_at(newest[0]) if newest else None
    seen: set[str] = set()
    while True:
        read, oldest_of_page = 0, None
        chain = {"query": query, "newest": False}
        for page in pages(graphql, ORDERS, ("orders",), chain, first=data, limit=PAGING_ENDS):
            read += len(page)
            changed = [_changed_at(node) for node in page]
            oldest_of_page = min((at for at in changed if at is not None), default=oldest_of_page)
            for changed_at, node in zip(changed, page, strict=True):
                order_id = _id(node)
                if order_id in seen or (until is not None and changed_at is not None and changed_at > until):
                    continue
                seen.add(order_id)
                yield from _order_with_lines(graphql, node)
        if read < PAGING_ENDS or oldest_of_page is None:
            return
        query, data = _further(query, oldest_of_page), None


def orders_of(graphql: GraphQL, order_ids: Iterable[str]) -> Iterator[OrderRow]:
    """These orders as they are now, each followed by its lines; one that the shop does not have is left out."""
    for node in nodes_of(graphql, ORDERS_OF, order_ids):
        yield from _order_with_lines(graphql, node)


def _order_with_lines(graphql: GraphQL, node: Node) -> list[OrderRow]:
    """An order whole, or named as one that cannot be read: it keeps no other from being read."""
    try:
        return [order(node), *_lines(graphql, node["id"], node["lineItems"])]
    except BadDocument as error:
        return [UnreadableOrder(_id(node), str(error))]


@whole
def _id(node: Node) -> str:
    """The order's id. BadDocument for one without: it could never be asked for again."""
    return gid(node["id"], "Order")


def _changed_at(node: Node) -> datetime | None:
    """When it changed; None where that makes no sense, as then the order does not either."""
    try:
        return instant(node["updatedAt"])
    except (KeyError, TypeError, ValueError):
        return None


def _further(query: str | None, oldest_of_last_page: datetime) -> str:
    """Where a chain of pages ends, a new one begins at the last page: the list is sorted as it was, told as it is."""
    further = orders_since(oldest_of_last_page)
    if further == query:
        raise BadDocument(
            f"More than {PAGING_ENDS} Shopify orders changed within {oldest_of_last_page:%Y-%m-%d %H:%M:%S} UTC: "
            "there is no way to read on behind them."
        )
    return further


def _lines(graphql: GraphQL, order_id: str, connection: Node) -> Iterator[ShopifyOrderLine]:
    nodes, after = _first_lines(order_id, connection)
    for node in nodes:
        yield order_line(order_id, node)
    if after is not None:
        for page in pages(graphql, ORDER_LINES, ("order", "lineItems"), {"orderId": order_id}, after=after):
            for node in page:
                yield order_line(order_id, node)


def _first_lines(order_id: str, connection: Node) -> tuple[list[Node], str | None]:
    """The lines that came with the order, and the cursor behind them where there are more."""
    try:
        info = connection["pageInfo"]
        return list(connection["nodes"]), str(info["endCursor"]) if info["hasNextPage"] else None
    except (KeyError, TypeError) as error:
        raise BadDocument(f"Shopify sent order {order_id} without a list of lines that can be read.") from error
