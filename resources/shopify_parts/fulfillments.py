"""Fulfillments of Shopify orders: what left, read with what was taken back, and how units are marked as shipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integration_assets.contracts.errors import BadDocument, Rejected, UnknownOutcome
from integration_assets.contracts.fulfilment import Fulfillment, FulfillmentLine, Refund, RefundLine
from integration_assets.rules.amazon_order_ids import amazon_order_id_of
from resources.shopify_parts import fulfilment_documents as documents
from resources.shopify_parts.documents import orders_since
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import PAGING_ENDS, Node, nodes_of, pages
from resources.shopify_parts.parse import count, gid, instant, money, optional_text, text, whole
from resources.shopify_parts.refunds import LONGEST_LIST, mark_in

MOST_PACKAGES = 100
CUT = ("fulfillments", "refunds")
IDS_AT_ONCE = 50
CANCELLED = frozenset({"CANCELLED", "ERROR", "FAILURE"})
OPEN = frozenset({"OPEN", "IN_PROGRESS"})
"""States of a fulfillment order of which something can be marked as shipped."""


@dataclass(frozen=True, slots=True)
class ShippedOrder:
    """What left of an order and what was taken back, whole: what is not named does not exist."""

    shopify_order_id: str
    updated_at: datetime
    fulfillments: tuple[Fulfillment, ...]
    fulfillment_lines: tuple[FulfillmentLine, ...]
    refunds: tuple[Refund, ...]
    refund_lines: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True)
class ShippedOrders:
    """Orders read together. `unreadable` are those that cannot be read whole: order id -> why."""

    orders: list[ShippedOrder]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OpenUnits:
    """Units of an order line that can still be marked as shipped, under the shop's name for them."""

    fulfillment_order_id: str
    fulfillment_order_line_id: str
    location_id: str | None
    line_item_id: str
    remaining: int


@dataclass(frozen=True, slots=True)
class FulfillmentState:
    """How far an order is, read at once: `shipped` are units by order line, `tracking` every number told so far.

    `blocked` are units by order line that wait and cannot be marked as shipped now, because of a hold for example. What
    is neither shipped, open nor blocked was taken off. `is_routed` is false until the shop has decided where an order
    leaves from, which it does a moment after it was made.
    """

    is_cancelled: bool
    shipped: Mapping[str, int]
    tracking: frozenset[str]
    open_units: tuple[OpenUnits, ...]
    blocked: Mapping[str, int]
    is_routed: bool


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the buyer can follow a package by."""

    company: str | None
    number: str | None


class Fulfillments:
    """What left, and marking units as shipped. Errors as for `GraphQL.call`."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql

    def changed(self, updated_since: datetime | None) -> ShippedOrders:
        """Orders changed at that time or later, each once, as it was seen last; None for all there are.

        One that cannot be read whole is named beside the others, and keeps none of them from being read.
        """
        latest: dict[str, ShippedOrder] = {}
        unreadable: dict[str, str] = {}
        query = None if updated_since is None else orders_since(updated_since)
        while True:
            read, oldest_of_page = 0, None
            for page in pages(
                self._graphql, documents.SHIPPED_ORDERS, ("orders",), {"query": query}, limit=PAGING_ENDS
            ):
                read += len(page)
                oldest_of_page = min((_changed_at(node) for node in page), default=oldest_of_page)
                self._take(page, latest, unreadable)
            if read < PAGING_ENDS or oldest_of_page is None:
                return ShippedOrders(list(latest.values()), unreadable)
            further = orders_since(oldest_of_page)
            if further == query:
                raise BadDocument(f"More than {PAGING_ENDS} Shopify orders changed within one second.")
            query = further

    def of(self, shopify_order_ids: Iterable[str]) -> ShippedOrders:
        """These orders as they are now; one that the shop does not have is left out."""
        wanted = list(dict.fromkeys(shopify_order_ids))
        latest: dict[str, ShippedOrder] = {}
        unreadable: dict[str, str] = {}
        for start in range(0, len(wanted), IDS_AT_ONCE):
            some = wanted[start : start + IDS_AT_ONCE]
            self._take(nodes_of(self._graphql, documents.SHIPPED_ORDERS_OF, some), latest, unreadable)
        return ShippedOrders(list(latest.values()), unreadable)

    def state(self, shopify_order_id: str) -> FulfillmentState | None:
        """How far one order is; None when the shop does not have it."""
        node = self._graphql.call(documents.FULFILLMENT_STATE, {"id": shopify_order_id})["order"]
        return None if node is None else _state(node)

    def ship(self, units: Mapping[OpenUnits, int], tracking: Tracking | None) -> str:
        """Mark units of one order and one location as shipped, without a word to the buyer; the fulfillment's id.

        Raises Rejected when the shop says that they cannot be, UnknownOutcome when it does not say.
        """
        of_orders: dict[str, list[dict[str, Any]]] = {}
        for each, quantity in units.items():
            line = {"id": each.fulfillment_order_line_id, "quantity": quantity}
            of_orders.setdefault(each.fulfillment_order_id, []).append(line)
        fulfillment: dict[str, Any] = {
            "lineItemsByFulfillmentOrder": [
                {"fulfillmentOrderId": order_id, "fulfillmentOrderLineItems": lines}
                for order_id, lines in of_orders.items()
            ],
            "notifyCustomer": False,
        }
        if tracking is not None and tracking.number:
            fulfillment["trackingInfo"] = {"company": tracking.company, "number": tracking.number}
        data = self._graphql.call(documents.FULFILLMENT_CREATE, {"fulfillment": fulfillment})
        made = (data["fulfillmentCreate"] or {}).get("fulfillment")
        if made is None:
            raise UnknownOutcome(
                "Shopify said neither yes nor no to a fulfillment.",
                todo="Read what is left to ship before trying again.",
                operation="FulfillmentCreate",
            )
        return str(made["id"])

    def _take(self, nodes: Iterable[Node], latest: dict[str, ShippedOrder], unreadable: dict[str, str]) -> None:
        """Read orders, each for itself. BadDocument for one without an id: it could never be asked for again."""
        for node in nodes:
            order_id, _ = _ids(node)
            unreadable.pop(order_id, None)
            try:
                latest[order_id] = self._order(self._whole(node) if _is_cut(node) else node)
            except BadDocument as error:
                latest.pop(order_id, None)
                unreadable[order_id] = str(error)

    def _whole(self, node: Node) -> Node:
        """An order whose lists may have been cut, asked for by itself with the longest lists there are."""
        found: Node | None = self._graphql.call(documents.SHIPPED_ORDER_WHOLE, {"id": node["id"]})["order"]
        if found is None:
            return node
        for name in CUT:
            if len(found[name]) >= LONGEST_LIST:
                raise BadDocument(
                    f"Shopify order {node['id']} has {LONGEST_LIST} {name} or more, which Shopify never tells whole."
                )
        return found

    def _order(self, node: Node) -> ShippedOrder:
        order_id, amazon_order_id = _ids(node)
        packages, refunds = _all_of(node, "fulfillments"), _all_of(node, "refunds")
        contents: list[FulfillmentLine] = []
        taken_back: list[RefundLine] = []
        for package in packages:
            contents.extend(_merged_lines(package["id"], self._rest(package, "fulfillment", "fulfillmentLineItems")))
        for refund in refunds:
            taken_back.extend(_merged_refund_lines(refund["id"], self._rest(refund, "refund", "refundLineItems")))
        return ShippedOrder(
            shopify_order_id=order_id,
            updated_at=instant(node["updatedAt"]),
            fulfillments=tuple(_fulfillment(order_id, amazon_order_id, each) for each in packages),
            fulfillment_lines=tuple(contents),
            refunds=tuple(_refund(order_id, amazon_order_id, each) for each in refunds),
            refund_lines=tuple(taken_back),
        )

    def _rest(self, node: Node, root: str, name: str) -> list[Node]:
        """All nodes of a connection of which the first page is in hand."""
        connection = node[name]
        found: list[Node] = list(connection["nodes"])
        if connection["pageInfo"]["hasNextPage"]:
            document = documents.FULFILLMENT_LINES if root == "fulfillment" else documents.REFUND_LINES
            after = connection["pageInfo"]["endCursor"]
            for page in pages(self._graphql, document, (root, name), {"id": node["id"]}, after=after):
                found.extend(page)
        return found


def refused_as_done(error: Rejected) -> bool:
    """Whether the shop refused because nothing is left to ship; it says so in words only."""
    return bool(re.search(r"unfulfillable|closed|already", str(error), re.IGNORECASE))


@whole
def _ids(node: Node) -> tuple[str, str | None]:
    return gid(node["id"], "Order"), amazon_order_id_of(optional_text(node["sourceIdentifier"]))


@whole
def _changed_at(node: Node) -> datetime:
    return instant(node["updatedAt"])


def _is_cut(node: Node) -> bool:
    """Whether a list without pages is as long as was asked for, so that more may have been left out."""
    return any(isinstance(node.get(name), list) and len(node[name]) >= MOST_PACKAGES for name in CUT)


def _all_of(node: Node, name: str) -> list[Node]:
    """A list that has no pages."""
    found = node.get(name)
    if not isinstance(found, list) or len(found) >= LONGEST_LIST:
        raise BadDocument(f"Shopify sent {node.get('id')} with no list of {name}, or more than can be read whole.")
    return found


@whole
def _fulfillment(order_id: str, amazon_order_id: str | None, node: Node) -> Fulfillment:
    told = node["trackingInfo"]
    in_transit, delivered = node["inTransitAt"], node["deliveredAt"]
    return Fulfillment(
        fulfillment_id=gid(node["id"], "Fulfillment"),
        shopify_order_id=order_id,
        amazon_order_id=amazon_order_id,
        status=text(node["status"]),
        tracking_company=next((each["company"] for each in told if each["company"]), None),
        tracking_numbers=tuple(text(each["number"]) for each in told if each["number"]),
        created_at=instant(node["createdAt"]),
        updated_at=instant(node["updatedAt"]),
        in_transit_at=None if in_transit is None else instant(in_transit),
        delivered_at=None if delivered is None else instant(delivered),
    )


def _merged_lines(fulfillment_id: str, nodes: Iterable[Node]) -> Iterator[FulfillmentLine]:
    """One row per order line, its units added up."""
    rows: dict[str, FulfillmentLine] = {}
    for node in nodes:
        row = _fulfillment_line(fulfillment_id, node)
        known = rows.get(row.line_item_id)
        units = row.quantity + (known.quantity if known else 0)
        rows[row.line_item_id] = FulfillmentLine(
            fulfillment_id=row.fulfillment_id,
            line_item_id=row.line_item_id,
            variant_id=row.variant_id,
            sku=row.sku,
            quantity=units,
        )
    yield from rows.values()


@whole
def _fulfillment_line(fulfillment_id: str, node: Node) -> FulfillmentLine:
    line = node["lineItem"]
    variant = line["variant"]
    return FulfillmentLine(
        fulfillment_id=gid(fulfillment_id, "Fulfillment"),
        line_item_id=gid(line["id"], "LineItem"),
        variant_id=None if variant is None else gid(variant["id"], "ProductVariant"),
        sku=optional_text(line["sku"]) or None,
        quantity=count(node["quantity"] or 0),
    )


@whole
def _refund(order_id: str, amazon_order_id: str | None, node: Node) -> Refund:
    """The note is only looked through for our mark: staff may have written anything into it."""
    total, created = node["totalRefundedSet"]["presentmentMoney"], node["createdAt"]
    return Refund(
        refund_id=gid(node["id"], "Refund"),
        shopify_order_id=order_id,
        amazon_order_id=amazon_order_id,
        mark=mark_in(node["note"]),
        created_at=None if created is None else instant(created),
        processed_at=instant(node["processedAt"]),
        currency=text(total["currencyCode"]),
        amount=money(total["amount"]),
    )


def _merged_refund_lines(refund_id: str, nodes: Iterable[Node]) -> Iterator[RefundLine]:
    units: dict[tuple[str, str], int] = {}
    for node in nodes:
        line_item_id, restock_type, quantity = _refund_line(node)
        units[line_item_id, restock_type] = units.get((line_item_id, restock_type), 0) + quantity
    for (line_item_id, restock_type), quantity in units.items():
        yield RefundLine(refund_id=refund_id, line_item_id=line_item_id, restock_type=restock_type, quantity=quantity)


@whole
def _refund_line(node: Node) -> tuple[str, str, int]:
    return gid(node["lineItem"]["id"], "LineItem"), text(node["restockType"]), count(node["quantity"])


@whole
def _state(node: Node) -> FulfillmentState:
    shipped: dict[str, int] = {}
    tracking: set[str] = set()
    for package in _all_of(node, "fulfillments"):
        if package["status"] in CANCELLED:
            continue
        tracking.update(text(each["number"]) for each in package["trackingInfo"] if each["number"])
        for line in _first_page(package["fulfillmentLineItems"]):
            line_item_id = gid(line["lineItem"]["id"], "LineItem")
            shipped[line_item_id] = shipped.get(line_item_id, 0) + count(line["quantity"] or 0)
    open_units = tuple(
        OpenUnits(
            fulfillment_order_id=gid(each["id"], "FulfillmentOrder"),
            fulfillment_order_line_id=gid(line["id"], "FulfillmentOrderLineItem"),
            location_id=(each["assignedLocation"]["location"] or {}).get("id"),
            line_item_id=gid(line["lineItem"]["id"], "LineItem"),
            remaining=count(line["remainingQuantity"]),
        )
        for each in _first_page(node["fulfillmentOrders"])
        if each["status"] in OPEN
        for line in _first_page(each["lineItems"])
        if line["remainingQuantity"]
    )
    blocked: dict[str, int] = {}
    routed = _first_page(node["fulfillmentOrders"])
    for each in routed:
        for line in _first_page(each["lineItems"]) if each["status"] not in OPEN else ():
            line_item_id = gid(line["lineItem"]["id"], "LineItem")
            blocked[line_item_id] = blocked.get(line_item_id, 0) + count(line["remainingQuantity"])
    cancelled = node["cancelledAt"] is not None
    return FulfillmentState(cancelled, shipped, frozenset(tracking), open_units, blocked, bool(routed))


def _first_page(connection: Node) -> list[Node]:
    if connection["pageInfo"]["hasNextPage"]:
        raise ValueError("more than one page of what is shipped or left to ship")
    found: list[Node] = connection["nodes"]
    return found
