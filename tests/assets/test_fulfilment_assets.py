"""Fulfilment as Dagster runs it, between the sandbox's Shopify and its Amazon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.actions.fba_fulfilment import fba_fulfilment
from integration_assets.actions.order_cancellation import order_cancellation
from integration_assets.actions.order_refund import order_refund
from integration_assets.actions.shipment_confirmation import shipment_confirmation
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.amazon.transactions import transactions
from integration_assets.contracts.fulfilment import (
    ACCOUNT_HEALTH,
    FBA_FULFILMENT,
    FULFILMENT_LAG,
    ORDER_CANCELLATION,
    ORDER_REFUND,
    SHIPMENT_CONFIRMATION,
    TRANSACTIONS,
)
from integration_assets.reconcile.account_health import account_health
from integration_assets.reconcile.fulfilment_lag import fulfilment_lag
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.fulfillments import fulfillments
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.variants import variants
from sandbox.amazon.finances import refund_order
from sandbox.amazon.ordering import cancel, place_order, ship
from sandbox.order_records import Tracking
from sandbox.shopkeeping import book_order, ship_order
from sandbox.world import AmazonOrder, ShopOrder
from tests.assets.stage import Stage, metadata, stage

MODES = ("shipment_confirmation", "fba_fulfilment", "order_cancellation", "order_refund")
READ = (shopify_orders, amazon_orders, fulfillments, transactions)
WORK = (shipment_confirmation, fba_fulfilment, order_cancellation, order_refund, fulfilment_lag, account_health)


@contextmanager
def live_stage(home: Path) -> Iterator[Stage]:
    """A brand whose catalogue was read, on which every kind of effect is live."""
    with stage(home, history_orders=0) as shop:
        connections = shop.connections
        mode = connections.model.mode.model_copy(update=dict.fromkeys(MODES, "live"))
        connections.model = connections.model.model_copy(update={"mode": mode})
        shop.materialize(variants, listings, sku_map)
        shop.materialize(*READ)
        shop.advance(minutes=5)
        yield shop


def sold(shop: Stage, sku: str, units: int) -> tuple[AmazonOrder, ShopOrder]:
    """An order on Amazon that is to be shipped, and the one in Shopify that stands for it."""
    with shop.world.lock:
        account = shop.brand.account("eu")
        order = place_order(
            shop.world, account, [(sku, units)], marketplace_id=account.marketplace_ids[0], status="UNSHIPPED"
        )
        number = shop.brand.variant_of["eu", sku]
        variant = shop.world.shop.variants[number]
        booked = book_order(shop.brand, [(variant, units)], source_identifier=order.id, source_name="amazon")
    return order, booked


def fba_sku(shop: Stage) -> str:
    """An offer of Amazon's own that has units."""
    account = shop.brand.account("eu")
    return next(
        sku
        for (_, sku) in shop.brand.variant_of
        if account.listings[sku].channels[0] != "DEFAULT"
        and not shop.world.shop.variants[shop.brand.variant_of["eu", sku]].components
    )


def test_a_parcel_that_leaves_in_shopify_is_confirmed_on_amazon_and_seen_there(tmp_path: Path) -> None:
    with live_stage(tmp_path) as shop:
        order, booked = sold(shop, "JUG-GLASS", 3)
        shop.advance(minutes=30)
        with shop.world.lock:
            ship_order(shop.brand, booked, units=2, tracking=[Tracking("1Z999AA10123456784", "UPS")])
            ship_order(shop.brand, booked, tracking=[Tracking("77", "Bike courier")])
        shop.advance(minutes=5)
        told = metadata(shop.materialize(*READ, *WORK), SHIPMENT_CONFIRMATION)
        assert (told["mode"], told["sent"], told["rejected"]) == ("live", 2, 0)
        assert order.status == "SHIPPED"
        assert [
            (each.carrier_code, each.carrier_name, each.tracking_number, sum(each.items.values()))
            for each in order.packages.values()
        ] == [("UPS", None, "1Z999AA10123456784", 2), ("Other", "Bike courier", "77", 1)]
        shop.advance(minutes=15)
        result = shop.materialize(*READ, *WORK)
        assert metadata(result, SHIPMENT_CONFIRMATION)["verified"] == 2
        assert (len(shop.calls("confirmShipment")), len(shop.calls("getOrder"))) == (2, 0)
        assert order.id not in {row.amazon_order_id for row in shop.warehouse.rows(FULFILMENT_LAG)}
        rows = shop.warehouse.query(
            "SELECT state, carrier_code, units FROM actions.shipment_confirmation ORDER BY units DESC"
        )
        assert rows == [("verified", "UPS", 2), ("verified", "Other", 1)]
        health = {(row.figure, row.window_days): row for row in shop.warehouse.rows(ACCOUNT_HEALTH)}
        assert (health["valid_tracking", 7].counted, health["valid_tracking", 7].percent) == (2, Decimal("50.0000"))
        assert health["late_shipment", 30].within_limit


@pytest.mark.prove
def test_a_webhook_reads_only_the_orders_it_names(tmp_path: Path) -> None:
    with live_stage(tmp_path) as shop:
        (first, booked), (second, other) = sold(shop, "JUG-GLASS", 1), sold(shop, "JUG-GLASS", 1)
        shop.advance(minutes=5)
        shop.materialize(shopify_orders, amazon_orders)
        cursor = shop.warehouse.cursor("shopify.fulfillments")
        with shop.world.lock:
            for each in (booked, other):
                ship_order(shop.brand, each)
        config = {"shopify_fulfillments": {"shopify_order_ids": [f"gid://shopify/Order/{booked.id}"]}}
        shop.materialize(fulfillments, shipment_confirmation, config=config)
        assert (first.status, second.status) == ("SHIPPED", "UNSHIPPED")
        assert shop.warehouse.cursor("shopify.fulfillments") == cursor
        shop.materialize(fulfillments, shipment_confirmation)
        assert (second.status, len(shop.calls("confirmShipment"))) == ("SHIPPED", 2)


@pytest.mark.prove
def test_an_outage_page_instead_of_an_answer_is_no_confirmation(tmp_path: Path) -> None:
    with live_stage(tmp_path) as shop:
        order, booked = sold(shop, "JUG-GLASS", 1)
        with shop.world.lock:
            ship_order(shop.brand, booked)
        shop.advance(minutes=5)
        shop.fault("status_503_html", "confirmShipment", times=1)
        told = metadata(shop.materialize(*READ, shipment_confirmation), SHIPMENT_CONFIRMATION)
        assert (told["unknown"], told["sent"], order.status) == (1, 0, "UNSHIPPED")
        shop.advance(minutes=5)
        shop.materialize(*READ, shipment_confirmation)
        assert (order.status, len(order.packages)) == ("SHIPPED", 1)


@pytest.mark.prove
def test_what_amazon_ships_cancels_and_refunds_comes_to_shopify_once(tmp_path: Path) -> None:
    with live_stage(tmp_path) as shop:
        account = shop.brand.account("eu")
        by_amazon, of_amazon = sold(shop, fba_sku(shop), 1)
        gone, dropped = sold(shop, "JUG-GLASS", 2)
        given, back = sold(shop, "JUG-GLASS", 2)
        before = shop.brand.available(shop.variant("JUG-GLASS"))
        with shop.world.lock:
            ship_order(shop.brand, back)
            ship(shop.world, account, by_amazon)
            cancel(shop.world, account, gone)
        shop.advance(minutes=5)
        shop.materialize(*READ, *WORK)
        with shop.world.lock:
            refund_order(shop.world, account, given, {given.items[0].id: 1}, deferred=True)
        shop.advance(minutes=5)
        for _ in range(2):
            result = shop.materialize(*READ, *WORK)
            shop.advance(minutes=5)
        assert of_amazon.fulfillment_status == "FULFILLED"
        assert not any(each.told_buyer for each in of_amazon.fulfillments)
        assert dropped.cancelled_at is not None
        assert shop.brand.available(shop.variant("JUG-GLASS")) == (before or 0) + 2
        [refund] = back.refunds
        [(amount,)] = shop.warehouse.query("SELECT amount FROM actions.order_refund WHERE state = 'verified'")
        assert (refund.note or "").startswith("Recorded by Instep: amazon-refund/")
        assert amount == -shop.warehouse.scalar(
            "SELECT sum(l.amount) FROM amazon.transaction_lines AS l JOIN amazon.transactions USING (transaction_id) "
            "WHERE transaction_type = 'Refund' AND l.path LIKE 'Sales/%'"
        )
        assert [metadata(result, table)["sent"] for table in (FBA_FULFILMENT, ORDER_CANCELLATION, ORDER_REFUND)] == [
            0,
            0,
            0,
        ]
        shop.advance(hours=24 * 8)
        shop.materialize(*READ, *WORK)
        [(status,)] = shop.warehouse.query("SELECT status FROM amazon.transactions WHERE transaction_type = 'Refund'")
        assert (status, len(back.refunds)) == ("DEFERRED_RELEASED", 1)
        assert metadata(shop.materialize(transactions), TRANSACTIONS)["dagster/row_count"] > 1
