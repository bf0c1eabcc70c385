"""Orders by their last change, read while they go on changing: each comes once, and none falls between two readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine
from resources.shopify_parts.documents import ORDER_LINES, ORDERS, orders_since
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import PAGING_ENDS, Node, pages
from resources.shopify_parts.parse import instant, order, order_line


def changed_orders(graphql: GraphQL, updated_since: datetime | None) -> Iterator[ShopifyOrder | ShopifyOrderLine]:
    """Orders changed at that time or later, each followed by its lines.

    The first call also asks for the newest change there is. What changes after it is left to the next reading: an order
    that changes meanwhile moves to the end of the list and would come again.
    """
    query = None if updated_since is None else orders_since(updated_since)
    data: Node | None = graphql.call(ORDERS, {"after": None, "query": query, "newest": True})
    newest = data["newest"]["nodes"] if data else []
    until = instant(newest[0]["updatedAt"]) if newest else None
    seen: set[str] = set()
    while True:
        read, oldest_of_page = 0, None
        chain = {"query": query, "newest": False}
        for page in pages(graphql, ORDERS, ("orders",), chain, first=data, limit=PAGING_ENDS):
            read += len(page)
            found = [order(node) for node in page]
            oldest_of_page = min((one.updated_at for one in found), default=oldest_of_page)
            for one, node in zip(found, page, strict=True):
                if one.shopify_order_id in seen or (until is not None and one.updated_at > until):
                    continue
                seen.add(one.shopify_order_id)
                yield one
                yield from _lines(graphql, one.shopify_order_id, node["lineItems"])
        if read < PAGING_ENDS or oldest_of_page is None:
            return
        query, data = _further(query, oldest_of_page), None


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
    for node in connection["nodes"]:
        yield order_line(order_id, node)
    if connection["pageInfo"]["hasNextPage"]:
        after = connection["pageInfo"]["endCursor"]
        for page in pages(graphql, ORDER_LINES, ("order", "lineItems"), {"orderId": order_id}, after=after):
            for node in page:
                yield order_line(order_id, node)
