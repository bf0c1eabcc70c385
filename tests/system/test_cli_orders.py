"""`instep adopt orders` and `instep backfill orders` on a brand whose staff typed Amazon's orders into Shopify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import pytest
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction

from cli.backfill import instant_of
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.variants import variants
from resources.connections import Connections
from sandbox.amazon.ordering import place_order
from sandbox.server import Sandbox
from tests.assets.stage import resources_of
from tests.system.cli_stage import Home, a_brand, a_home

LIVE = 'stock_push = "live"\norder_import = "live"'


class Ordered(NamedTuple):
    """A brand, an installation that has read both sides once, and the order that was placed since."""

    sandbox: Sandbox
    home: Home
    order_id: str


def read(doors: Connections) -> None:
    """What a first cycle reads and compares, without a Dagster run around it."""
    resources = resources_of(doors)
    for asset in (locations, variants, listings, sku_map, amazon_orders, shopify_orders):
        assert isinstance(asset.op.compute_fn, DecoratedOpFunction)
        work = asset.op.compute_fn.decorated_fn
        takes = signature(work).parameters
        config = {name: takes[name].annotation() for name in takes if name == "config"}
        done = work(**{name: resources[name] for name in resources.keys() & takes}, **config)
        if isinstance(done, Iterator):
            list(done)


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordered]:
    with a_brand(enforce_rates=False) as sandbox:
        home = a_home(tmp_path_factory.mktemp("home") / "brand", sandbox.url)
        with home.doors() as doors:
            read(doors)
            doors.close()
        with sandbox.world.lock:
            account = sandbox.brand.account("eu")
            place = account.marketplace_ids[0]
            order = place_order(sandbox.world, account, [("JUG-GLASS", 1)], marketplace_id=place, status="UNSHIPPED")
        sandbox.world.clock.advance(5 * 60)
        yield Ordered(sandbox, home, order.id)


@pytest.mark.prove
def test_what_the_staff_typed_is_adopted_and_only_what_is_missing_is_made(ordered: Ordered) -> None:
    home, shop = ordered.home, ordered.sandbox.world.shop.orders
    listed = home.instep("adopt", "orders", "--json")
    verdicts = Counter(one["verdict"] for one in listed.json)
    assert (listed.code, set(verdicts)) == (1, {"adopt"})
    assert verdicts["adopt"] > 5
    refused = home.instep("adopt", "orders", "--yes")
    assert (refused.code, "not adopted in preview" in refused.err) == (2, True)
    home.declare('stock_push = "live"', LIVE)
    assert "order mark        metafield instep.amazon_order_id, made now" in home.instep("setup").out
    before, count = len(shop), verdicts["adopt"]
    said = home.instep("adopt", "orders", "--yes")
    assert said.code == 0, said
    assert said.out.splitlines()[-1] == f"{count} orders of Amazon orders that another tool made: {count} adopted."
    assert len(shop) == before
    said = home.instep("backfill", "orders", "--since", "2020-01-01", "--json")
    told = said.json["regions"]["eu"]
    assert (said.code, told["mode"], told["amazon_orders"] > 20) == (0, "live", True)
    made = Counter(order.source_identifier for order in shop.values() if order.source_identifier)
    assert made[ordered.order_id] == 1
    assert max(made.values()) == 1
    again = home.instep("backfill", "orders", "--since", "2020-01-01")
    assert (again.code, "0 made, 0 found made, 0 refused" in again.out) == (0, True)


@pytest.mark.parametrize("since", ["yesterday", "2026-11-31", "2026-11-17T09:00:00"])
def test_a_start_that_says_nothing_is_refused(since: str) -> None:
    with pytest.raises(ConfigurationError, match="neither a day nor an instant"):
        instant_of(since)


def test_a_start_in_the_future_is_refused(ordered: Ordered, tmp_path: Path) -> None:
    said = ordered.home.copied_to(tmp_path / "copy").instep("backfill", "orders", "--since", "2999-01-01")
    assert (said.code, "is not in the past" in said.err) == (2, True)
