"""Literal rows for the warehouse's tests: each helper fills in what its test does not speak of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from integration_assets.contracts.amazon import Availability, FbaInventory, Listing
from integration_assets.contracts.reconcile import InventoryDrift
from integration_assets.contracts.shopify import StockLevel, Variant


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


def level(item: str, available: int, *, location: str = "Leeds", updated_at: datetime | None = None) -> StockLevel:
    return StockLevel(
        inventory_item_id=item,
        location_id=location,
        available=available,
        on_hand=available,
        committed=0,
        is_active=True,
        updated_at=updated_at,
    )


def variant(
    variant_id: str, *, sku: str | None = "MUG", tags: tuple[str, ...] = (), price: Decimal = Decimal("9.99")
) -> Variant:
    return Variant(
        variant_id=variant_id,
        product_id="P1",
        inventory_item_id="I1",
        sku=sku,
        barcode=None,
        product_title="Mug",
        title="Blue",
        product_status="ACTIVE",
        tags=tags,
        price=price,
        is_tracked=True,
        is_bundle=False,
        updated_at=at(1),
    )


def listing(marketplace_id: str, seller_sku: str, *, quantity: int | None = 5, region: str = "eu") -> Listing:
    return Listing(
        region=region,
        marketplace_id=marketplace_id,
        seller_sku=seller_sku,
        listing_id=None,
        asin=None,
        title="Mug",
        price=Decimal("12.50"),
        quantity=quantity,
        fulfillment_channel="DEFAULT",
        status="Active",
        product_id=None,
    )


def availability(seller_sku: str, quantity: int | None, read_at: datetime) -> Availability:
    return Availability(
        region="eu",
        seller_sku=seller_sku,
        fulfillment_channels=("DEFAULT",),
        quantity=quantity,
        product_type="MUG",
        issue_codes=(),
        read_at=read_at,
    )


def fba(fnsku: str, fulfillable: int) -> FbaInventory:
    return FbaInventory(
        region="eu",
        pool="UK",
        fnsku=fnsku,
        seller_sku=f"SKU-{fnsku}",
        asin=None,
        condition=None,
        fulfillable=fulfillable,
        reserved=0,
        inbound=0,
        unfulfillable=0,
        researching=0,
        total=fulfillable,
    )


def drift(seller_sku: str, difference: int) -> InventoryDrift:
    return InventoryDrift(
        region="eu",
        seller_sku=seller_sku,
        direction="over",
        target=0,
        shown=difference,
        difference=difference,
        cause="not_yet_pushed",
        first_seen_at=at(1),
        age_minutes=0,
        reason="",
    )
