"""What Shopify knows of money: the worth of orders by heading, and what a unit costs the brand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.money import OrderMoney, UnitCost
from resources.shopify_parts.documents import orders_since
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.money_documents import ORDER_MONEY, UNIT_COSTS
from resources.shopify_parts.pages import PAGING_ENDS, Node, pages, variants_by_id
from resources.shopify_parts.parse import gid, instant, whole


def order_money(graphql: GraphQL, updated_since: datetime) -> list[OrderMoney]:
    """The worth of every order changed at that time or later, each once, as it was last seen.

    The greatest `updated_at` in the answer is a safe cursor: an order that changes meanwhile moves to the end of the
    list and is taken from there. Raises BadDocument when more orders changed in one second than can be paged through.
    """
    found: dict[str, OrderMoney] = {}
    since = updated_since
    while True:
        read, newest = 0, since
        for page in pages(graphql, ORDER_MONEY, ("orders",), {"query": orders_since(since)}, limit=PAGING_ENDS):
            read += len(page)
            for order in map(worth, page):
                found[order.shopify_order_id] = order
                newest = max(newest, order.updated_at)
        if read < PAGING_ENDS:
            return list(found.values())
        if newest <= since:
            raise BadDocument(
                f"More than {PAGING_ENDS} Shopify orders changed within {since:%Y-%m-%d %H:%M:%S} UTC: "
                "there is no way to read on behind them."
            )
        since = newest


def unit_costs(graphql: GraphQL) -> Iterator[UnitCost]:
    """What a unit of each variant costs; variants whose cost nobody entered, or the app may not see, are left out."""
    for node in variants_by_id(graphql, UNIT_COSTS, {}):
        cost = unit_cost(node)
        if cost is not None:
            yield cost


@whole
def worth(node: Node) -> OrderMoney:
    """A node of ORDER_MONEY."""
    total, currency = _amount(node["totalPriceSet"]["shopMoney"])
    return OrderMoney(
        shopify_order_id=gid(node["id"], "Order"),
        updated_at=instant(node["updatedAt"]),
        currency=currency,
        taxes_included=_flag(node["taxesIncluded"]),
        total=total,
        discounts=_or_nothing(node["totalDiscountsSet"], currency),
        shipping=_in(currency, node["totalShippingPriceSet"]),
        tax=_or_nothing(node["totalTaxSet"], currency),
        refunded=_in(currency, node["totalRefundedSet"]),
    )


@whole
def unit_cost(node: Node) -> UnitCost | None:
    """A node of UNIT_COSTS; None where there is no cost."""
    cost = node["inventoryItem"]["unitCost"]
    if cost is None:
        return None
    amount, currency = _amount(cost)
    return UnitCost(variant_id=gid(node["id"], "ProductVariant"), currency=currency, unit_cost=amount)


def _or_nothing(bag: Any, currency: str) -> Decimal:
    """Discounts and tax, which Shopify leaves empty on an order that has none."""
    return Decimal(0) if bag is None else _in(currency, bag)


def _in(currency: str, bag: Any) -> Decimal:
    """The shop's side of a MoneyBag, which is in one currency throughout an order."""
    amount, found = _amount(bag["shopMoney"])
    if found != currency:
        raise ValueError("expected all amounts in the shop's currency")
    return amount


def _amount(money: Any) -> tuple[Decimal, str]:
    """A MoneyV2, exactly as written."""
    amount, currency = money["amount"], money["currencyCode"]
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise TypeError("expected an amount as text and its currency")
    value = Decimal(amount)
    if not value.is_finite():
        raise ValueError("expected an amount")
    return value, currency


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value
