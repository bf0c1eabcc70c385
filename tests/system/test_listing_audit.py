"""The audit on the sandbox: it finds all that was planted, invents nothing, and a lane that is out stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.actions.price_push import price_push
from integration_assets.actions.stock_push import stock_push
from integration_assets.amazon.availability import availability
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.offers import offers
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.audit import LISTING_AUDIT, AuditFinding
from integration_assets.contracts.prices import OFFERS, PRICE_PUSH
from integration_assets.reconcile.listing_audit import listing_audit
from integration_assets.reconcile.price_position import price_position
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import stock_position
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import stock_levels
from integration_assets.shopify.variants import variants
from resources.connections import Connections
from tests.assets.stage import CREDENTIALS, Stage, region_check, stage

PRICES = """
[prices]
currency = "GBP"
fx = {{ EUR = "1.17", USD = "1.29" }}
"""
READ = (
    locations,
    variants,
    stock_levels,
    shopify_orders,
    listings,
    availability,
    fba_inventory,
    amazon_orders,
    sku_map,
    stock_position,
    price_position,
    offers,
    listing_audit,
)
WRITES = ("patchListingsItem", "createFeed", "confirmShipment")
BY_STATUS = {
    "unmapped": "amazon_sku_without_variant",
    "case_twin": "case_twin",
    "ambiguous": "duplicate_sku",
    "untracked": "untracked_item",
}


def found(shop: Stage) -> set[tuple[str, str]]:
    return {(row.finding, row.subject) for row in shop.warehouse.rows(LISTING_AUDIT)}


def finding(shop: Stage, name: str, subject: str) -> AuditFinding:
    [row] = shop.warehouse.rows(LISTING_AUDIT, "finding = ? AND subject = ?", [name, subject])
    return row


def planted(shop: Stage) -> Iterator[tuple[str, str]]:
    """The answer key, in the audit's words."""
    for answer in shop.world.answers:
        expected, sku = answer.expected, str(answer.sku)
        if expected["table"] == "reconcile.listing_audit":
            yield expected["finding"], expected["subject"]
        elif expected.get("status") in BY_STATUS:
            yield BY_STATUS[expected["status"]], sku
        elif expected.get("fulfillment") == "mixed":
            yield "mixed_channel", sku
        elif expected["table"] == "reconcile.inventory_drift" and expected["direction"] != "unmapped":
            variant = shop.world.shop.variants[shop.brand.variant_of["eu", sku]]
            there = max(0, shop.brand.available(variant) or 0)
            yield "stock_at_risk" if expected["shown"] > there else "quantity_apart", sku


def unknown_orders(shop: Stage) -> Iterator[tuple[str, str]]:
    """Orders of buyers on Amazon that nobody has typed into the shop, by the truth of the world."""
    typed = {order.source_identifier for order in shop.world.shop.orders.values()}
    for account in shop.world.accounts.values():
        for order in account.orders.values():
            if order.channel_name == "AMAZON" and order.id not in typed:
                if order.status == "SHIPPED":
                    yield "shipped_order_unknown", order.id
                elif order.status in ("UNSHIPPED", "PARTIALLY_SHIPPED") and order.fulfilled_by == "MERCHANT":
                    yield "unshipped_order_unknown", order.id


def not_listed(shop: Stage) -> Iterator[tuple[str, str]]:
    """Active variants with stock that no account lists, by the truth of the world."""
    listed = {sku.casefold() for account in shop.world.accounts.values() for sku in account.listings}
    known = set(shop.brand.variant_of.values())
    for variant in shop.world.shop.variants.values():
        product = shop.world.shop.products[variant.product_id]
        there = sum(
            level.available
            for (item, place), level in shop.world.shop.levels.items()
            if item == variant.item_id and place in shop.brand.pool and level.is_active
        )
        free = variant.id not in known and (variant.sku or "").casefold() not in listed
        if free and product.status == "ACTIVE" and there > 0 and variant.tracked:
            yield "product_not_on_amazon", variant.sku or f"{product.title}, {variant.title} (no SKU)"


def test_an_audit_finds_all_that_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    with stage(tmp_path, trouble=True, listing_trouble=True, skus=75, history_orders=12, more=PRICES) as shop:
        shop.materialize(*READ)
        told = found(shop)
        truth = {*planted(shop), *unknown_orders(shop), *not_listed(shop)}
        assert truth - told == set()
        assert told - truth == set()
        assert [call.operation for call in shop.world.requests if call.operation in WRITES] == []

        apart = finding(shop, "price_apart", "RAKE-OAK in UK")
        assert (apart.amount, apart.currency, apart.severity) == (Decimal("3.00"), "GBP", "high")
        hidden = finding(shop, "suppressed_listing", "SPADE-STEEL in UK")
        assert (hidden.units, hidden.amount, hidden.detail) == (13, Decimal("312.00"), "The main image is missing.")
        lonely = finding(shop, "product_not_on_amazon", "SIEVE-BRASS")
        assert (lonely.region, lonely.units, lonely.amount, lonely.currency) == ("", 4, Decimal("124.00"), "GBP")

        read = len(shop.calls("searchListingsItems"))
        shop.materialize(offers, listing_audit)
        assert len(shop.calls("searchListingsItems")) == read
        assert found(shop) == told


@pytest.mark.prove
def test_an_account_that_is_out_stops_neither_prices_nor_stock_nor_audit_of_the_others(tmp_path: Path) -> None:
    mode = PRICES.replace("[prices]", "[prices]\nmin_prices = 1000")
    with stage(tmp_path, regions=("eu", "na"), listing_trouble=True, history_orders=4, more=mode) as shop:
        shop.materialize(*READ)
        live = shop.connections.model.mode.model_copy(update={"price_push": "live"})
        dead = shop.connections.model.amazon["na"].model_copy(update={"url": "http://127.0.0.1:9"})
        accounts = {**shop.connections.model.amazon, "na": dead}
        clock = shop.connections.clock
        shop.close()
        shop.connections = Connections(
            shop.connections.model.model_copy(update={"mode": live, "amazon": accounts}), CREDENTIALS
        )
        shop.connections.clock = clock
        with shop.world.lock:
            shop.variant("TWINE-JUTE").price = Decimal("25.00")
        shop.count("TWINE-JUTE", "Leeds", 1)
        shop.advance(hours=26)
        result = shop.materialize(
            variants, stock_levels, sku_map, stock_position, price_position, offers, listing_audit, raise_on_error=False
        )
        assert result.success
        passed, why = region_check(result, OFFERS)
        assert not passed
        assert why.startswith("na: ")
        assert {row.region for row in shop.warehouse.rows(LISTING_AUDIT)} >= {"", "eu"}
        assert ("missing_weight", "TWINE-JUTE") in found(shop)

        shop.materialize(price_push, raise_on_error=False)
        sent = [row for row in shop.warehouse.rows(PRICE_PUSH) if row.state == "applied"]
        assert ("eu", "TWINE-JUTE") in {(row.region, row.seller_sku) for row in sent}
        assert {row.region for row in sent} == {"eu"}
        shop.materialize(stock_push, raise_on_error=False)
        quantities = [
            call.subject
            for call in shop.calls("patchListingsItem")
            if call.detail["body"]["patches"][0]["path"] == "/attributes/fulfillment_availability"
        ]
        assert "TWINE-JUTE" in quantities
