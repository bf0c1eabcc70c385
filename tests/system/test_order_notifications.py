"""Amazon tells of changed orders on a queue, and a brand that listens: set up, heard, read, made in the shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from integration_assets.actions.order_import import order_import
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.orders import ORDER_IMPORT
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from sandbox.amazon.notifications import order_change
from sandbox.amazon.ordering import place_order
from sensors.listener import Ear, Taken, drain
from sensors.order_hint_sensor import order_hint_sensor
from tests.assets.stage import metadata, stage
from tests.order_queue import KEY, OrderQueue, new_queue, queue_service
from tests.system.cli_stage import Home, a_brand, a_home

SECTION = """
[amazon.eu.notifications]
queue_url = "{queue}"
aws_region = "eu-west-1"
endpoint_url = "{endpoint}"
access_key_id = {{ env = "AWS_KEY_ID" }}
secret_access_key = {{ env = "AWS_KEY" }}

[pools.mfn]"""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with queue_service() as endpoint:
        yield endpoint


def test_a_new_order_is_in_the_shop_before_a_search_could_have_found_it(tmp_path: Path, service: str) -> None:
    with stage(tmp_path, history_orders=6) as shop:
        shop.make_orders()
        shop.materialize(locations, variants, listings, sku_map, stock_levels, amazon_orders, shopify_orders)
        shop.advance(hours=1)
        account, queue = shop.brand.account("eu"), new_queue(service, "orders")
        account.extra["subscriptions"] = {"ORDER_CHANGE": {"subscriptionId": "s-1"}}
        with shop.world.lock:
            place = account.marketplace_ids[0]
            order = place_order(shop.world, account, [("JUG-GLASS", 2)], marketplace_id=place, status="UNSHIPPED")
        word = order_change(shop.world, account, order)
        assert word is not None
        queue.put(word)
        searches, asked = len(shop.calls("searchOrders")), len(shop.calls("getOrder"))
        ears = [
            Ear(
                region="eu",
                seller_id=account.seller_id,
                source=queue.door(),
                ledger=shop.ledger,
                clock=shop.ledger.clock,
            )
        ]
        assert drain(ears) == {"eu": Taken(1, 1, 0, 0)}
        with dg.build_sensor_context(resources={"ledger": shop.ledger, "clock": shop.connections.clock}) as context:
            found = order_hint_sensor(context)
        assert isinstance(found, dg.SensorResult)
        [request] = found.run_requests or []
        ops = request.run_config["ops"]
        config = {name: ops[name]["config"] for name in ("amazon_orders", "actions_order_import")}
        result = shop.materialize(amazon_orders, shopify_orders, order_import, config=config)
        assert metadata(result, ORDER_IMPORT)["made"] == 1
        assert [made.source_identifier for made in shop.world.shop.orders.values()][-1] == order.id
        assert len(shop.calls("searchOrders")) == searches
        assert len(shop.calls("getOrder")) == asked + 2, "one for the hint, one with the address for the import"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, service: str) -> Iterator[tuple[Home, OrderQueue]]:
    with a_brand() as sandbox:
        home = a_home(tmp_path_factory.mktemp("home") / "brand", sandbox.url)
        queue = new_queue(service, "brand")
        home.declare("\n[pools.mfn]", SECTION.format(queue=queue.url, endpoint=service))
        home.env |= {"AWS_KEY_ID": KEY[0], "AWS_KEY": KEY[1]}
        yield home, queue


def test_setup_subscribes_once_and_the_doctor_says_how_things_are(home: tuple[Home, OrderQueue]) -> None:
    brand, queue = home
    before = lines(brand)
    assert before["queue of Amazon eu"].startswith("ok")
    assert before["order changes eu"].startswith("warn nobody is subscribed, so nothing arrives")
    first, second = brand.instep("setup"), brand.instep("setup")
    arn = queue.door().facts().arn
    assert f"order changes eu  told at {arn}, made now\n" in first.out, first
    assert f"order changes eu  told at {arn}, there already\n" in second.out
    assert lines(brand)["order changes eu"] == "ok told on our queue; `instep listen` reads it"
    for number in range(101):
        queue.put(str(number))
    assert lines(brand)["queue of Amazon eu"] == f"warn {arn}, 101 messages in it"
    queue.sqs.purge_queue(QueueUrl=queue.url)


def lines(brand: Home) -> dict[str, str]:
    """The doctor's lines about notifications."""
    found = brand.instep("doctor", "--json").json
    return {line["check"]: f"{line['state']} {line['told']}" for line in found}


def test_what_waits_is_taken_and_counted(home: tuple[Home, OrderQueue]) -> None:
    brand, queue = home
    brand.instep("setup")
    queue.put("<html>")
    said = brand.instep("listen", "--once", "--json")
    assert (said.code, said.json) == (1, {"eu": {"stored": 0, "known": 0, "set_aside": 1}})
    again = brand.instep("listen", "--once")
    assert (again.code, again.out) == (0, "Amazon eu: 0 stored, 0 known before, 0 set aside\n")


def test_a_key_that_is_not_there_or_a_queue_that_is_not_is_told_with_what_to_do(
    home: tuple[Home, OrderQueue], tmp_path: Path
) -> None:
    brand, queue = home
    missing = brand.instep("listen", "--once", env={"AWS_KEY": ""})
    assert (missing.code, "AWS_KEY, needed by amazon.eu.notifications.secret_access_key" in missing.err) == (2, True)
    other = brand.copied_to(tmp_path / "other")
    other.declare(queue.url, queue.url.replace("brand", "nowhere"))
    gone = other.instep("listen", "--once")
    assert (gone.code, "there is no such queue in eu-west-1" in gone.err) == (2, True), gone
    assert lines(other)["order changes eu"].startswith("fails AWS refused get_queue_attributes")


def test_without_a_queue_there_is_nothing_to_listen_to(tmp_path: Path) -> None:
    said = a_home(tmp_path, "http://127.0.0.1:9").instep("listen")
    assert (said.code, "Add [amazon.<region>.notifications]" in said.err) == (2, True)
