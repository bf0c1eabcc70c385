"""A page of the sandbox's Shopify costs what it holds, not what the shop holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.shopify.context import Context
from sandbox.shopify.listings import all_variants, levels_at
from sandbox.shopify.paging import page_of
from sandbox.shopify.state import state_of
from sandbox.world import Level, Location, Product, Variant, World
from tests.sandbox_shop import EARLIER, START, Desk

COUNT = 30_000


class Counting(dict[Any, Any]):
    """A dictionary that counts how often a record is read."""

    reads = 0

    def __getitem__(self, key: Any) -> Any:
        self.reads += 1
        return super().__getitem__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        self.reads += 1
        return super().get(key, default)


def large_world() -> World:
    world = World(seed=1, clock=SandboxClock(start=START, speed=0))
    world.shop.locations[1] = Location(1, "Manchester")
    world.shop.products[1] = Product(1, "Cup", "ACTIVE", "Sample", [], [], EARLIER)
    world.shop.variants = Counting()
    world.shop.levels = Counting()
    for number in range(1, COUNT + 1):
        world.shop.variants[number] = Variant(
            number, 1, number, f"SKU-{number}", None, "Red", Decimal(1), tracked=True, updated_at=EARLIER
        )
        world.shop.levels[number, 1] = Level(number, 1, 1, updated_at=EARLIER)
    return world


def context_of(world: World) -> Context:
    scopes = frozenset(world.shop.scopes)
    return Context(world, state_of(world), scopes, "http://shop.test", "2026-10", "productVariants", {})


def test_a_page_in_the_middle_reads_its_own_records_only() -> None:
    world = large_world()
    context, variants, levels = context_of(world), world.shop.variants, world.shop.levels
    args: dict[str, Any] = {"first": 250, "query": "id:>15000"}
    first = page_of(all_variants(context, args), args, context)
    assert isinstance(variants, Counting)
    assert isinstance(levels, Counting)
    variants.reads = levels.reads = 0
    args["after"] = first.edges[-1].cursor
    page = page_of(all_variants(context, args), args, context)
    assert [page.edges[0].node.id, page.edges[-1].node.id] == [15251, 15500]
    assert variants.reads <= 251
    page_args = {"first": 250, "query": "inventory_item_id:>20000"}
    page = page_of(levels_at(context, world.shop.locations[1], page_args), page_args, context)
    assert page.edges[0].node.item_id == 20001
    assert levels.reads <= 251


def test_paging_ends_at_25_000_objects_and_goes_on_by_a_filter() -> None:
    desk = Desk(large_world())
    text = """query ($after: String, $query: String) { productVariants(first: 250, after: $after, query: $query) {
        nodes { id } pageInfo { endCursor hasNextPage } } }"""
    cursor, pages = None, 0
    while True:
        told = desk.graphql(text, {"after": cursor})
        if "errors" in told.body:
            break
        cursor = told.data["productVariants"]["pageInfo"]["endCursor"]
        pages += 1
        desk.world.clock.advance(1)
    assert pages == 100
    assert told.code == "BAD_REQUEST"
    more = desk.graphql(text, {"query": "id:>25000"}).data["productVariants"]
    assert more["nodes"][0] == {"id": "gid://shopify/ProductVariant/25001"}
