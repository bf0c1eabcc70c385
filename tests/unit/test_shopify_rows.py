"""Shopify's answers as our rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import (
    BundleComponent,
    Location,
    ShopifyOrder,
    ShopifyOrderLine,
    StockLevel,
    Variant,
)
from resources.shopify_parts.orders import OrderRow
from tests.unit.shopify_answers import Stand, connection, data, shop_behind

VARIANT: dict[str, Any] = {
    "id": "gid://shopify/ProductVariant/43000000000001",
    "sku": "SAMPLE-1",
    "barcode": None,
    "title": "Blue",
    "price": "19.90",
    "updatedAt": "2026-11-22T10:00:00Z",
    "requiresComponents": False,
    "product": {
        "id": "gid://shopify/Product/8100000000001",
        "title": "Sample cup",
        "status": "ACTIVE",
        "tags": ["summer", "fragile-supply"],
    },
    "inventoryItem": {"id": "gid://shopify/InventoryItem/45000000000001", "tracked": True},
}
LEVEL: dict[str, Any] = {
    "id": "gid://shopify/InventoryLevel/70000000001?inventory_item_id=45000000000002",
    "isActive": True,
    "item": {"id": "gid://shopify/InventoryItem/45000000000002"},
    "location": {"id": "gid://shopify/Location/70000000001"},
    "quantities": [
        {"name": "available", "quantity": -1, "updatedAt": "2026-11-22T10:00:00Z"},
        {"name": "on_hand", "quantity": 0, "updatedAt": None},
        {"name": "committed", "quantity": 1, "updatedAt": None},
    ],
}
LINE: dict[str, Any] = {
    "id": "gid://shopify/LineItem/15500000000001",
    "sku": "SAMPLE-1",
    "quantity": 2,
    "currentQuantity": 1,
    "variant": {"id": "gid://shopify/ProductVariant/43000000000001"},
    "originalUnitPriceSet": {"shopMoney": {"amount": "19.9", "currencyCode": "EUR"}},
}
ORDER: dict[str, Any] = {
    "id": "gid://shopify/Order/6100000000001",
    "name": "AMZ-028-0000000-0000001",
    "sourceIdentifier": "028-0000000-0000001",
    "sourceName": "123456789",
    "createdAt": "2026-11-23T09:00:00Z",
    "processedAt": "2026-11-22T18:04:11Z",
    "updatedAt": "2026-11-23T09:00:01Z",
    "cancelledAt": None,
    "displayFinancialStatus": "PAID",
    "displayFulfillmentStatus": "UNFULFILLED",
    "currentTotalPriceSet": {"shopMoney": {"amount": "43.79", "currencyCode": "EUR"}},
    "totalPriceSet": {"shopMoney": {"amount": "63.69", "currencyCode": "EUR"}},
    "totalTaxSet": {"shopMoney": {"amount": "10.17", "currencyCode": "EUR"}},
    "totalShippingPriceSet": {"shopMoney": {"amount": "3.99", "currencyCode": "EUR"}},
    "totalDiscountsSet": None,
    "totalRefundedSet": {"shopMoney": {"amount": "19.9", "currencyCode": "EUR"}},
    "mark": {"value": "028-0000000-0000009"},
    "tags": ["amazon-mfn", "amazon"],
    "lineItems": connection([LINE]),
}


def catalogue_of(*variants: dict[str, Any], **more: Any) -> list[Variant | BundleComponent]:
    found = {"productVariantsCount": {"count": 1, "precision": "EXACT"}, "productVariants": connection(variants)}
    return list(shop_behind(Stand(Catalogue=data(found), **more)).catalogue())


def levels_of(level: dict[str, Any]) -> list[StockLevel]:
    found = {
        "productVariantsCount": {"count": 1, "precision": "EXACT"},
        "location": {"id": "gid://shopify/Location/70000000001", "inventoryLevels": connection([level])},
    }
    stand = Stand(StockLevelsOfLocation=data(found))
    return list(shop_behind(stand).stock_levels(["gid://shopify/Location/70000000001"]))


def orders_of(order: dict[str, Any]) -> list[OrderRow]:
    newest = {"nodes": [{"id": order["id"], "updatedAt": order["updatedAt"]}]}
    stand = Stand(Orders=data({"newest": newest, "orders": connection([order])}))
    return list(shop_behind(stand).orders(None))


def test_a_variant_is_read_whole() -> None:
    assert catalogue_of(VARIANT) == [
        Variant(
            variant_id="gid://shopify/ProductVariant/43000000000001",
            product_id="gid://shopify/Product/8100000000001",
            inventory_item_id="gid://shopify/InventoryItem/45000000000001",
            sku="SAMPLE-1",
            barcode=None,
            product_title="Sample cup",
            title="Blue",
            product_status="ACTIVE",
            tags=("fragile-supply", "summer"),
            price=Decimal("19.90"),
            is_tracked=True,
            is_bundle=False,
            updated_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        )
    ]


def test_an_empty_sku_is_none_and_blanks_in_one_are_kept() -> None:
    empty = {**VARIANT, "sku": "", "barcode": ""}
    blank = {**VARIANT, "id": "gid://shopify/ProductVariant/43000000000002", "sku": " A 1 "}

    rows = catalogue_of(empty, blank)

    assert [(row.sku, row.barcode) for row in rows if isinstance(row, Variant)] == [(None, None), (" A 1 ", None)]


def test_a_status_of_a_later_version_passes_through() -> None:
    (row,) = catalogue_of({**VARIANT, "product": {**VARIANT["product"], "status": "UNHEARD_OF"}})

    assert isinstance(row, Variant)
    assert row.product_status == "UNHEARD_OF"


def test_the_components_of_a_bundle_follow_the_variants() -> None:
    bundle = {**VARIANT, "id": "gid://shopify/ProductVariant/43000000000009", "requiresComponents": True}
    cup = {"id": "gid://shopify/ProductVariant/43000000000001"}
    lid = {"id": "gid://shopify/ProductVariant/43000000000002"}
    parts = [
        {"id": "gid://shopify/ProductVariantComponent/1", "quantity": 2, "productVariant": cup},
        {"id": "gid://shopify/ProductVariantComponent/2", "quantity": 1, "productVariant": lid},
        {"id": "gid://shopify/ProductVariantComponent/3", "quantity": 1, "productVariant": cup},
    ]
    stand_in = data({"nodes": [{"id": bundle["id"], "productVariantComponents": connection(parts)}]})

    rows = catalogue_of(VARIANT, bundle, BundleComponents=stand_in)

    assert rows[2:] == [
        BundleComponent(bundle_variant_id=bundle["id"], component_variant_id=cup["id"], units=3),
        BundleComponent(bundle_variant_id=bundle["id"], component_variant_id=lid["id"], units=1),
    ]


def test_a_stock_level_may_be_negative_and_its_ids_are_whole() -> None:
    assert levels_of(LEVEL) == [
        StockLevel(
            inventory_item_id="gid://shopify/InventoryItem/45000000000002",
            location_id="gid://shopify/Location/70000000001",
            available=-1,
            on_hand=0,
            committed=1,
            is_active=True,
            updated_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        )
    ]


def test_an_id_with_a_query_part_is_not_cut() -> None:
    location = {"id": "gid://shopify/Location/70000000009?source=service"}

    (level,) = levels_of({**LEVEL, "location": location})

    assert level.location_id == "gid://shopify/Location/70000000009?source=service"


def test_an_inactive_level_is_told_as_inactive() -> None:
    (level,) = levels_of({**LEVEL, "isActive": False})

    assert (level.is_active, level.available) == (False, -1)


def test_a_level_that_never_changed_has_no_instant() -> None:
    quantities = [{**quantity, "updatedAt": None} for quantity in LEVEL["quantities"]]

    (level,) = levels_of({**LEVEL, "quantities": quantities})

    assert level.updated_at is None


@pytest.mark.parametrize(
    "quantities",
    [
        [],
        [
            {"name": "on_hand", "quantity": 0, "updatedAt": None},
            {"name": "committed", "quantity": 1, "updatedAt": None},
        ],
        [{"name": "available", "quantity": None, "updatedAt": None}, *LEVEL["quantities"][1:]],
        [{"name": "available", "quantity": 1.5, "updatedAt": None}, *LEVEL["quantities"][1:]],
        [{"name": "available", "quantity": True, "updatedAt": None}, *LEVEL["quantities"][1:]],
    ],
    ids=["none at all", "available missing", "null", "a fraction", "a boolean"],
)
def test_a_quantity_that_is_not_there_is_not_zero(quantities: list[dict[str, Any]]) -> None:
    with pytest.raises(BadDocument, match=r"InventoryLevel/70000000001\?inventory_item_id=45000000000002"):
        levels_of({**LEVEL, "quantities": quantities})


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "gid://shopify/Product/1"},
        {"price": 19.9},
        {"price": "free"},
        {"price": "NaN"},
        {"updatedAt": "2026-11-22T10:00:00"},
        {"updatedAt": None},
        {"inventoryItem": None},
        {"requiresComponents": None},
        {"product": {**VARIANT["product"], "title": None}},
    ],
    ids=[
        "foreign id",
        "money as a float",
        "money as a word",
        "not a number",
        "no offset",
        "no instant",
        "no item",
        "no flag",
        "no title",
    ],
)
def test_a_variant_in_another_shape_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadDocument):
        catalogue_of({**VARIANT, **changed})


def test_an_order_and_its_lines_are_read_whole() -> None:
    assert orders_of(ORDER) == [
        ShopifyOrder(
            shopify_order_id="gid://shopify/Order/6100000000001",
            name="AMZ-028-0000000-0000001",
            source_identifier="028-0000000-0000001",
            source_name="123456789",
            amazon_order_id="028-0000000-0000009",
            created_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
            processed_at=datetime(2026, 11, 22, 18, 4, 11, tzinfo=UTC),
            updated_at=datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC),
            cancelled_at=None,
            financial_status="PAID",
            fulfillment_status="UNFULFILLED",
            currency="EUR",
            total=Decimal("43.79"),
            original_total=Decimal("63.69"),
            tax=Decimal("10.17"),
            shipping=Decimal("3.99"),
            discounts=None,
            refunded=Decimal("19.9"),
            tags=("amazon", "amazon-mfn"),
        ),
        ShopifyOrderLine(
            line_item_id="gid://shopify/LineItem/15500000000001",
            shopify_order_id="gid://shopify/Order/6100000000001",
            variant_id="gid://shopify/ProductVariant/43000000000001",
            sku="SAMPLE-1",
            quantity=2,
            current_quantity=1,
            unit_price=Decimal("19.9"),
            currency="EUR",
        ),
    ]


def test_a_line_of_a_deleted_variant_and_an_order_of_the_shop_itself_are_read() -> None:
    line = {**LINE, "variant": None, "sku": None}
    order = {
        **ORDER,
        "sourceIdentifier": None,
        "sourceName": "web",
        "displayFinancialStatus": None,
        "cancelledAt": "2026-11-23T10:30:00+01:00",
        "lineItems": connection([line]),
    }

    head, body = orders_of(order)

    assert isinstance(head, ShopifyOrder)
    assert isinstance(body, ShopifyOrderLine)
    assert (head.source_identifier, head.financial_status) == (None, None)
    assert head.cancelled_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert (body.variant_id, body.sku) == (None, None)


def test_locations_are_read_with_those_out_of_use() -> None:
    nodes = [
        {
            "id": "gid://shopify/Location/1",
            "name": "Leeds",
            "isActive": False,
            "fulfillsOnlineOrders": True,
            "isFulfillmentService": False,
        }
    ]

    assert shop_behind(Stand(Locations=data({"locations": connection(nodes)}))).locations() == [
        Location(
            location_id="gid://shopify/Location/1",
            name="Leeds",
            is_active=False,
            fulfills_online_orders=True,
            is_fulfillment_service=False,
        )
    ]


def test_a_subscription_for_orders_asks_for_no_field_about_the_buyer() -> None:
    made = {
        "id": "gid://shopify/WebhookSubscription/1",
        "topic": "ORDERS_CREATE",
        "uri": "https://example.com/webhooks/shopify",
        "includeFields": ["id", "updated_at"],
    }
    stand = Stand(WebhookSubscribe=data({"webhookSubscriptionCreate": {"webhookSubscription": made, "userErrors": []}}))

    subscription = shop_behind(stand).subscribe("ORDERS_CREATE", "https://example.com/webhooks/shopify")

    assert stand.asked == [
        (
            "WebhookSubscribe",
            {
                "topic": "ORDERS_CREATE",
                "subscription": {
                    "uri": "https://example.com/webhooks/shopify",
                    "format": "JSON",
                    "includeFields": [
                        "id",
                        "admin_graphql_api_id",
                        "created_at",
                        "updated_at",
                        "cancelled_at",
                        "source_identifier",
                    ],
                },
            },
        )
    ]
    assert subscription.subscription_id == "gid://shopify/WebhookSubscription/1"
    assert subscription.include_fields == ("id", "updated_at")


def test_subscriptions_are_listed_and_deleted() -> None:
    node = {
        "id": "gid://shopify/WebhookSubscription/1",
        "topic": "INVENTORY_LEVELS_UPDATE",
        "uri": "https://example.com/webhooks/shopify",
        "includeFields": [],
    }
    deleted = {"deletedWebhookSubscriptionId": node["id"], "userErrors": []}
    stand = Stand(
        WebhookSubscriptions=data({"webhookSubscriptions": connection([node])}),
        WebhookUnsubscribe=data({"webhookSubscriptionDelete": deleted}),
    )
    shopify = shop_behind(stand)

    (found,) = shopify.webhook_subscriptions()
    shopify.unsubscribe(found.subscription_id)

    assert (found.topic, found.uri) == ("INVENTORY_LEVELS_UPDATE", "https://example.com/webhooks/shopify")
    assert stand.asked[1] == ("WebhookUnsubscribe", {"id": "gid://shopify/WebhookSubscription/1"})
