"""A tiny shop made by hand for the tests of the sandbox's Shopify, and a desk to call it without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.shopify.app import ShopifyApp
from sandbox.world import Level, Location, Product, ShopOrder, ShopOrderLine, Variant, World

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
EARLIER = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOKEN = "shpat_sandbox"
STOCK = "gid://shopify/InventoryItem/{}"
PLACE = "gid://shopify/Location/{}"


def small_world() -> World:
    """Five variants (one a bundle, one untracked, one without SKU), three places and a closed one, three orders.

    The clock stands still at START.
    """
    world = World(seed=1, clock=SandboxClock(start=START, speed=0))
    shop = world.shop
    shop.locations = {
        1: Location(1, "Manchester"),
        2: Location(2, "Leeds"),
        3: Location(3, "Amazon FBA EU", fulfills_online_orders=False),
        4: Location(4, "Closed", is_active=False),
    }
    shop.products = {
        101: Product(101, "Cup", "ACTIVE", "Sample", ["kitchen", "b2b"], [201, 202], EARLIER),
        102: Product(102, "Plate", "DRAFT", "Sample", [], [203], EARLIER),
        103: Product(103, "Set", "ACTIVE", "Other", [], [204, 205], EARLIER),
    }
    shop.variants = {
        201: _variant(201, 101, "CUP-1", "Red", cost=Decimal("4.50")),
        202: _variant(202, 101, "cup-1", "Blue", tracked=False),
        203: _variant(203, 102, None, "Default Title"),
        204: _variant(204, 103, "SET-1", "Boxed", components=[(201, 2), (203, 1)]),
        205: _variant(205, 103, "PLATE & CO", "Plain"),
    }
    for item, place, available, committed in ((301, 1, 5, 1), (301, 2, -1, 1), (303, 1, 7, 0), (305, 1, 0, 0)):
        shop.levels[item, place] = Level(item, place, available, committed, updated_at=EARLIER)
    shop.levels[303, 2] = Level(303, 2, 12, is_active=False, updated_at=EARLIER)
    shop.orders = {
        401: _order(401, "028-0000000-0000001", START - timedelta(days=1), ["amazon", "amazon-mfn"]),
        402: _order(402, None, START - timedelta(hours=2), []),
        403: _order(403, None, START - timedelta(days=90), []),
    }
    return world


def _variant(number: int, product: int, sku: str | None, title: str, **more: Any) -> Variant:
    values = {"barcode": None, "price": Decimal("19.90"), "tracked": True, "updated_at": EARLIER, **more}
    return Variant(id=number, product_id=product, item_id=number + 100, sku=sku, title=title, **values)


def _order(number: int, source: str | None, created_at: datetime, tags: list[str]) -> ShopOrder:
    return ShopOrder(
        id=number,
        name=f"#{number}",
        source_identifier=source,
        source_name="web",
        created_at=created_at,
        processed_at=created_at,
        updated_at=created_at,
        currency="GBP",
        lines=[ShopOrderLine(number * 10, 201, "CUP-1", "Cup", 2, 1, Decimal("19.90"))],
        tags=tags,
        email="canary@example.invalid",
        customer={"firstName": "Robin", "lastName": "Canary", "email": "canary@example.invalid", "phone": "+440"},
        address={"name": "Robin Canary", "address1": "1 Canary Wharf", "city": "London", "zip": "E14", "phone": "+440"},
    )


@dataclass
class Told:
    """What a call was answered."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The data of a GraphQL answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def code(self) -> str:
        """The code of the first error."""
        code: str = self.body["errors"][0]["extensions"]["code"]
        return code


class Desk:
    """Calls the sandbox's Shopify as the HTTP door does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = ShopifyApp(world)

    def graphql(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = TOKEN,
        version: str = "2026-10",
    ) -> Told:
        """POST a document."""
        headers = {"content-type": "application/json"} | ({"x-shopify-access-token": token} if token else {})
        body = json.dumps({"query": text, "variables": variables}).encode()
        reply = self.app.graphql({"version": version}, headers, body, "http://shop.test")
        return Told(reply.status, reply.headers, json.loads(reply.body) if reply.body else None)

    def set_quantities(self, rows: list[dict[str, Any]], *, key: str = "key-1", name: str = "available") -> Told:
        """inventorySetQuantities with everything it asks for."""
        text = """
            mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
              inventorySetQuantities(input: $input) @idempotent(key: $key) {
                inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } } }
                userErrors { code field message }
              }
            }"""
        given = {"name": name, "reason": "correction", "quantities": rows}
        return self.graphql(text, {"input": given, "key": key})

    def run_bulk(self, query: str, *, grouped: bool = False) -> Told:
        """bulkOperationRunQuery."""
        text = """
            mutation ($query: String!, $grouped: Boolean!) {
              bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
                bulkOperation { id status url }
                userErrors { code field message }
              }
            }"""
        return self.graphql(text, {"query": query, "grouped": grouped})

    def bulk(self, bulk_id: str) -> dict[str, Any]:
        """One bulk operation."""
        text = """
            query ($id: ID!) {
              bulkOperation(id: $id) {
                status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt
              }
            }"""
        found: dict[str, Any] = self.graphql(text, {"id": bulk_id}).data["bulkOperation"]
        return found

    def download(self, url: str, headers: Mapping[str, str] | None = None) -> Told:
        """GET a bulk result: its lines."""
        reply = self.app.download({"key": url.rsplit("/", 1)[-1]}, dict(headers or {}), b"", "http://shop.test")
        content = b"".join(reply.parts) if reply.parts is not None else reply.body
        lines = [json.loads(line) for line in content.splitlines()] if reply.status == 200 else content.decode()
        return Told(reply.status, reply.headers, lines)


def row(item: int, place: int, quantity: int, **more: Any) -> dict[str, Any]:
    """A row of inventorySetQuantities; changeFromQuantity is null unless told."""
    ids = {"inventoryItemId": STOCK.format(item), "locationId": PLACE.format(place)}
    return {**ids, "quantity": quantity, "changeFromQuantity": None, **more}
