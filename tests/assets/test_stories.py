"""The story of an order or a payout, from whatever tables there are: facts, what Instep did, what happened when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cli.stories.order import ORDER
from cli.stories.story import Chapter, Thing, tell
from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.registry import TABLES
from integration_assets.contracts.shopify import ShopifyOrder
from resources.ledger_parts.records import Intention
from tests.assets.rows import make, store
from tests.assets.stage import MONDAY_NINE, House, house

ID = "026-1234567-1234567"
NAMES = frozenset(table.sql_name for table in TABLES)


def traded(home: House) -> None:
    """An order that came into Shopify seven minutes after the buyer placed it, with an exception that is over."""
    order = make(AmazonOrder, amazon_order_id=ID, status="UNSHIPPED", fulfilled_by="MERCHANT", created_at=MONDAY_NINE)
    store(home.warehouse, order)
    store(home.warehouse, make(AmazonOrderItem, amazon_order_id=ID, seller_sku="MUG", quantity_ordered=3))
    seven = MONDAY_NINE + timedelta(minutes=7)
    here = make(ShopifyOrder, shopify_order_id="gid://shopify/Order/7", source_identifier=ID, created_at=seven)
    store(home.warehouse, here)
    home.ledger.raise_exception("oversold", f"eu/{ID}", "operations", "urgent", "Three more.", {"units": 3})
    home.ledger.close_exceptions("oversold", ())
    home.connections.clock.sleep(3600)
    home.ledger.intend_many("order_import", "eu", [Intention(ID, {"units": 3}, "", "a test")])


def test_an_order_is_told_from_both_sides_and_the_ledger(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        traded(home)
        story = tell(home.connections, ORDER, ID, NAMES)
    facts = dict(story.facts)
    assert facts["Amazon"] == "eu, UNSHIPPED, shipped by merchant"
    assert facts["item"].startswith("MUG: 3 ordered")
    assert facts["Shopify"] == "#1001, unfulfilled, gid://shopify/Order/7"
    whats = [what for _, what in story.timeline]
    assert whats.index("ordered on Amazon") < whats.index("in Shopify as #1001")
    assert "exception 1 (oversold): Three more." in whats
    assert "exception 1 (oversold) closed" in whats
    assert whats[-1] == f"order import of {ID} intended"
    assert [when for when, _ in story.timeline] == sorted(when for when, _ in story.timeline)
    assert story.exceptions == []


def test_an_order_that_nobody_knows_is_answered_with_those_like_it(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        traded(home)
        with pytest.raises(ConfigurationError, match=f"Nothing is known of order '026-12'. Like it are: {ID}"):
            tell(home.connections, ORDER, "026-12", NAMES)
        with pytest.raises(ConfigurationError, match="Ids are typed as Amazon has them"):
            tell(home.connections, ORDER, "999-1", NAMES)


def test_what_no_table_could_know_is_said(tmp_path: Path) -> None:
    with house(tmp_path) as home, pytest.raises(ConfigurationError, match="reads nothing that would know of any order"):
        tell(home.connections, ORDER, "123", {"shopify.variants"})


def test_a_chapter_whose_tables_are_not_there_is_left_out(tmp_path: Path) -> None:
    here = Chapter(("amazon.orders",), "SELECT 'orders', count(*) FROM amazon.orders WHERE amazon_order_id = $id")
    nowhere = Chapter(("moon.rocks",), "SELECT 'rocks', count(*) FROM moon.rocks WHERE id = $id")
    thing = Thing("order", "Amazon", known=(here,), like=(), facts=(here, nowhere), timeline=())
    with house(tmp_path) as home:
        traded(home)
        assert tell(home.connections, thing, ID, NAMES).facts == [("orders", "1")]
