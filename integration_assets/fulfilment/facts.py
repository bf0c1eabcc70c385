"""Amazon orders beside the Shopify orders that stand for them, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS, AmazonOrder, AmazonOrderItem
from integration_assets.contracts.fulfilment import (
    FULFILLMENT_LINES,
    FULFILLMENTS,
    REFUNDS,
    Fulfillment,
    FulfillmentLine,
    Refund,
)
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.contracts.shopify import BUNDLE_COMPONENTS, ORDER_LINES, ShopifyOrder
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.contracts.table import Row, Table
from integration_assets.fulfilment.queries import LINKED
from integration_assets.rules.order_lines import Item, Line, Pairing, pair
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.takeover import takeover_at
from resources.warehouse import Warehouse

LINK = "amazon_order"
"""The ledger's links from an Amazon order id to the Shopify order that was made or adopted for it."""
GONE = frozenset({"CANCELLED", "ERROR", "FAILURE"})
"""States of a fulfillment that is none."""
R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """An Amazon order and the one Shopify order that stands for it. `shop` is empty until a reading knows it."""

    order: AmazonOrder
    items: tuple[AmazonOrderItem, ...]
    shopify_order_id: str
    shop: ShopifyOrder | None
    pairing: Pairing
    packages: tuple[Fulfillment, ...]
    contents: tuple[FulfillmentLine, ...]
    refunds: tuple[Refund, ...]

    @property
    def amazon_order_id(self) -> str:
        """Amazon's id of the order."""
        return self.order.amazon_order_id

    def shipped(self) -> dict[str, int]:
        """Units of each order line that Shopify shows as shipped."""
        live = {package.fulfillment_id for package in self.packages if package.status not in GONE}
        units: dict[str, int] = defaultdict(int)
        for line in self.contents:
            if line.fulfillment_id in live:
                units[line.line_item_id] += line.quantity
        return dict(units)


class Book:
    """Reads orders of both sides from the stores, only those that are asked for."""

    def __init__(self, *, model: OperatingModel, warehouse: Warehouse, ledger: Ledger, clock: Clock) -> None:
        self.model = model
        self.warehouse = warehouse
        self.ledger = ledger
        self.clock = clock

    def takeover(self) -> datetime:
        """The moment from which this installation answers for what happens."""
        return takeover_at(self.ledger, self.model, self.clock)

    def linked(self, region: str, amazon_order_ids: Sequence[str]) -> list[LinkedOrder]:
        """These Amazon orders, those of them that have a Shopify order, in the order of their ids."""
        pairs = self._pairs(region, amazon_order_ids)
        if not pairs:
            return []
        asked = [sorted(pairs)]
        orders = self.warehouse.rows(ORDERS, "list_contains(?, amazon_order_id)", asked)
        items = _grouped(
            self.warehouse.rows(ORDER_ITEMS, "list_contains(?, amazon_order_id)", asked), "amazon_order_id"
        )
        in_shop = [sorted(set(pairs.values()))]
        shop = {
            row.shopify_order_id: row
            for row in self.warehouse.rows(SHOPIFY_ORDERS, "list_contains(?, shopify_order_id)", in_shop)
        }
        packages = _grouped(self._of(FULFILLMENTS, in_shop), "shopify_order_id")
        contents = _grouped(self._contents(packages.values()), "fulfillment_id")
        refunds = _grouped(self._of(REFUNDS, in_shop), "shopify_order_id")
        lines = _grouped(self._of(ORDER_LINES, in_shop), "shopify_order_id")
        products = _Products(self.warehouse, region, [item for each in items.values() for item in each])
        found = []
        for order in orders:
            shopify_order_id = pairs[order.amazon_order_id]
            of_packages = packages.get(shopify_order_id, [])
            in_packages = [line for each in of_packages for line in contents.get(each.fulfillment_id, [])]
            booked = [
                Line(row.line_item_id, row.variant_id, row.sku, row.quantity) for row in lines.get(shopify_order_id, [])
            ]
            of_order = items.get(order.amazon_order_id, [])
            found.append(
                LinkedOrder(
                    order=order,
                    items=tuple(of_order),
                    shopify_order_id=shopify_order_id,
                    shop=shop.get(shopify_order_id),
                    pairing=pair(map(products.item, of_order), booked or _as_shipped(in_packages)),
                    packages=tuple(of_packages),
                    contents=tuple(in_packages),
                    refunds=tuple(refunds.get(shopify_order_id, [])),
                )
            )
        return found

    def _pairs(self, region: str, amazon_order_ids: Sequence[str]) -> dict[str, str]:
        """Amazon order id -> Shopify order id. What we made or adopted ourselves needs no word of the shop's."""
        if not amazon_order_ids:
            return {}
        rows = self.warehouse.query(LINKED, {"region": region, "candidates": list(amazon_order_ids)})
        pairs: dict[str, str] = dict(rows)
        for link in self.ledger.links_of(LINK, [one for one in amazon_order_ids if one not in pairs]):
            pairs.setdefault(link.left_id, link.right_id)
        return pairs

    def _of(self, table: Table[R], shopify_order_ids: list[list[str]]) -> list[R]:
        return self.warehouse.rows(table, "list_contains(?, shopify_order_id)", shopify_order_ids)

    def _contents(self, packages: Iterable[Sequence[Fulfillment]]) -> list[FulfillmentLine]:
        ids = [package.fulfillment_id for each in packages for package in each]
        return self.warehouse.rows(FULFILLMENT_LINES, "list_contains(?, fulfillment_id)", [ids]) if ids else []


class _Products:
    """What the SKUs of some items are mapped to, and what bundles among them are made of."""

    def __init__(self, warehouse: Warehouse, region: str, items: Sequence[AmazonOrderItem]) -> None:
        skus = sorted({item.seller_sku for item in items if item.seller_sku})
        mapped = warehouse.rows(SKU_MAP, "region = ? AND list_contains(?, seller_sku)", [region, skus])
        self._variants = {row.seller_sku: row.variant_id for row in mapped if row.variant_id}
        bundles = [sorted(set(self._variants.values()))]
        self._components: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in warehouse.rows(BUNDLE_COMPONENTS, "list_contains(?, bundle_variant_id)", bundles):
            self._components[row.bundle_variant_id].append((row.component_variant_id, row.units))

    def item(self, item: AmazonOrderItem) -> Item:
        variant = self._variants.get(item.seller_sku or "")
        return Item(
            order_item_id=item.order_item_id,
            seller_sku=item.seller_sku,
            ordered=item.quantity_ordered,
            left=item.quantity_ordered - item.quantity_cancelled,
            variant_id=variant,
            components=tuple(self._components.get(variant or "", ())),
        )


def _grouped(rows: Iterable[R], by: str) -> dict[str, list[R]]:
    found: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    return found


def _as_shipped(contents: Iterable[FulfillmentLine]) -> list[Line]:
    """The lines of an order that no reading of orders knows yet, as far as its packages tell them."""
    lines: dict[str, Line] = {}
    for row in contents:
        known = lines.get(row.line_item_id)
        quantity = row.quantity + (known.quantity if known else 0)
        lines[row.line_item_id] = Line(row.line_item_id, row.variant_id, row.sku, quantity)
    return list(lines.values())
