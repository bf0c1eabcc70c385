"""What the sandbox's Shopify says of products, stock and orders: paging, searching, access."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox.faults import add_fault
from sandbox.shopify.schema import CONNECTIONS, FIELDS, schema
from tests.sandbox_shop import START, Desk, small_world

ORDER_IDS = "query ($q: String) { orders(first: 10, query: $q, sortKey: ID) { nodes { id } } }"
VARIANT_IDS = "query ($q: String) { productVariants(first: 10, query: $q) { nodes { id } } }"


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


def numbers(told: Any) -> list[int]:
    """The numbers in the ids of the only connection."""
    (connection,) = told.values()
    return [int(node["id"].rsplit("/", 1)[-1]) for node in connection["nodes"]]


def test_the_shop_and_its_app(desk: Desk) -> None:
    told = desk.graphql(
        """{ shop { id name myshopifyDomain currencyCode ianaTimezone }
            currentAppInstallation { accessScopes { handle } } }"""
    ).data
    assert told["shop"] == {
        "id": "gid://shopify/Shop/1",
        "name": "Example Brand",
        "myshopifyDomain": "example-brand.myshopify.com",
        "currencyCode": "GBP",
        "ianaTimezone": "Europe/London",
    }
    assert {"handle": "write_inventory"} in told["currentAppInstallation"]["accessScopes"]


def test_inactive_locations_are_hidden_unless_asked_for(desk: Desk) -> None:
    text = "query ($all: Boolean) { locations(first: 10, includeInactive: $all) { nodes { name isActive } } }"
    assert [each["name"] for each in desk.graphql(text).data["locations"]["nodes"]] == [
        "Amazon FBA EU",
        "Leeds",
        "Manchester",
    ]
    assert {"name": "Closed", "isActive": False} in desk.graphql(text, {"all": True}).data["locations"]["nodes"]


def test_a_variant_tells_its_product_item_and_components(desk: Desk) -> None:
    told = desk.graphql(
        """{ productVariants(first: 4) { nodes {
            id sku title price updatedAt requiresComponents inventoryQuantity
            product { id title status tags }
            inventoryItem { id tracked requiresShipping unitCost { amount currencyCode } }
            productVariantComponents(first: 5) { nodes { quantity productVariant { id } } } } } }"""
    ).data["productVariants"]["nodes"]
    assert told[0] == {
        "id": "gid://shopify/ProductVariant/201",
        "sku": "CUP-1",
        "title": "Red",
        "price": "19.90",
        "updatedAt": "2026-11-22T10:00:00Z",
        "requiresComponents": False,
        "inventoryQuantity": 4,
        "product": {"id": "gid://shopify/Product/101", "title": "Cup", "status": "ACTIVE", "tags": ["b2b", "kitchen"]},
        "inventoryItem": {
            "id": "gid://shopify/InventoryItem/301",
            "tracked": True,
            "requiresShipping": True,
            "unitCost": {"amount": "4.5", "currencyCode": "GBP"},
        },
        "productVariantComponents": {"nodes": []},
    }
    assert told[1]["inventoryItem"]["tracked"] is False
    assert told[2]["sku"] is None
    assert told[3]["requiresComponents"] is True
    assert told[3]["productVariantComponents"]["nodes"] == [
        {"quantity": 2, "productVariant": {"id": "gid://shopify/ProductVariant/201"}},
        {"quantity": 1, "productVariant": {"id": "gid://shopify/ProductVariant/203"}},
    ]


def test_levels_tell_their_quantities_and_only_available_when(desk: Desk) -> None:
    told = desk.graphql(
        """{ location(id: "gid://shopify/Location/2") { inventoryLevels(first: 10) { nodes {
            id isActive item { id } location { name }
            quantities(names: ["available", "on_hand", "committed", "damaged"]) { name quantity updatedAt } } } } }"""
    ).data["location"]["inventoryLevels"]["nodes"]
    assert told == [
        {
            "id": "gid://shopify/InventoryLevel/2?inventory_item_id=301",
            "isActive": True,
            "item": {"id": "gid://shopify/InventoryItem/301"},
            "location": {"name": "Leeds"},
            "quantities": [
                {"name": "available", "quantity": -1, "updatedAt": "2026-11-22T10:00:00Z"},
                {"name": "on_hand", "quantity": 0, "updatedAt": None},
                {"name": "committed", "quantity": 1, "updatedAt": None},
                {"name": "damaged", "quantity": 0, "updatedAt": None},
            ],
        }
    ]


def test_inactive_levels_are_hidden_unless_asked_for(desk: Desk) -> None:
    text = """query ($all: Boolean) { inventoryItem(id: "gid://shopify/InventoryItem/303") {
        inventoryLevels(first: 5, includeInactive: $all) { nodes { id isActive } }
        inventoryLevel(locationId: "gid://shopify/Location/2", includeInactive: $all) { id } } }"""
    hidden = desk.graphql(text).data["inventoryItem"]
    assert [each["id"] for each in hidden["inventoryLevels"]["nodes"]] == [
        "gid://shopify/InventoryLevel/1?inventory_item_id=303"
    ]
    assert hidden["inventoryLevel"] is None
    shown = desk.graphql(text, {"all": True}).data["inventoryItem"]
    assert shown["inventoryLevels"]["nodes"][1]["isActive"] is False
    assert shown["inventoryLevel"] == {"id": "gid://shopify/InventoryLevel/2?inventory_item_id=303"}


def test_an_unknown_quantity_name_is_an_error(desk: Desk) -> None:
    text = """{ inventoryLevel(id: "gid://shopify/InventoryLevel/1?inventory_item_id=301") {
        quantities(names: ["availble"]) { quantity } } }"""
    assert desk.graphql(text).code == "INVALID_FIELD_ARGUMENTS"


def test_nodes_answer_in_place_and_null_for_the_unknown(desk: Desk) -> None:
    told = desk.graphql(
        """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
            ... on InventoryLevel { quantities(names: ["available"]) { quantity } }
            ... on ProductVariant { sku } } }""",
        {
            "ids": [
                "gid://shopify/InventoryLevel/1?inventory_item_id=301",
                "gid://shopify/ProductVariant/999",
                "gid://shopify/ProductVariant/205",
            ]
        },
    ).data["nodes"]
    assert told == [
        {
            "__typename": "InventoryLevel",
            "id": "gid://shopify/InventoryLevel/1?inventory_item_id=301",
            "quantities": [{"quantity": 5}],
        },
        None,
        {"__typename": "ProductVariant", "id": "gid://shopify/ProductVariant/205", "sku": "PLATE & CO"},
    ]


def test_pages_follow_the_cursor_forwards_and_backwards(desk: Desk) -> None:
    text = """query ($first: Int, $after: String, $last: Int, $before: String, $back: Boolean) {
        productVariants(first: $first, after: $after, last: $last, before: $before, reverse: $back) {
          edges { cursor node { id } } nodes { id }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = desk.graphql(text, {"first": 2}).data
    assert numbers(first) == [201, 202]
    info = first["productVariants"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    assert info["endCursor"] == first["productVariants"]["edges"][1]["cursor"]
    second = desk.graphql(text, {"first": 2, "after": info["endCursor"]}).data
    assert numbers(second) == [203, 204]
    assert second["productVariants"]["pageInfo"]["hasPreviousPage"] is True
    back = desk.graphql(text, {"last": 1, "before": second["productVariants"]["pageInfo"]["startCursor"]}).data
    assert numbers(back) == [202]
    last = desk.graphql(text, {"first": 2, "after": second["productVariants"]["pageInfo"]["endCursor"]}).data
    assert numbers(last) == [205]
    assert last["productVariants"]["pageInfo"]["hasNextPage"] is False
    reverse = desk.graphql(text, {"first": 2, "back": True}).data
    assert numbers(reverse) == [205, 204]
    cursor = reverse["productVariants"]["pageInfo"]["endCursor"]
    assert numbers(desk.graphql(text, {"first": 5, "after": cursor, "back": True}).data) == [203, 202, 201]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "first: 251",
            (
                "first cannot exceed 250. To query larger amounts of data with fewer limits, "
                "bulk operations should be used instead."
            ),
        ),
        ("reverse: true", "you must provide one of first or last"),
        ("first: 1, last: 1", "providing both first and last is not supported"),
        ('first: 1, after: "bm9uc2Vuc2U="', "Invalid cursor for current pagination sort."),
    ],
)
def test_a_page_that_cannot_be_is_a_bad_request(desk: Desk, arguments: str, message: str) -> None:
    told = desk.graphql(f"{{ orders({arguments}) {{ nodes {{ id }} }} }}")
    assert told.body["data"] is None
    assert told.code == "BAD_REQUEST"
    assert told.body["errors"][0]["message"] == message


def test_orders_sort_by_update_and_page_through_ties(desk: Desk) -> None:
    for order in desk.world.shop.orders.values():
        order.updated_at = START - timedelta(hours=1)
        order.created_at = START - timedelta(days=1)
    text = """query ($after: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT) {
        nodes { id } pageInfo { endCursor hasNextPage } } }"""
    first = desk.graphql(text).data
    assert numbers(first) == [401, 402]
    assert numbers(desk.graphql(text, {"after": first["orders"]["pageInfo"]["endCursor"]}).data) == [403]


def test_an_order_tells_what_the_bridge_reads(desk: Desk) -> None:
    told = desk.graphql(
        """{ order(id: "gid://shopify/Order/401") { name sourceIdentifier sourceName createdAt cancelledAt tags
            displayFinancialStatus displayFulfillmentStatus currencyCode email
            shippingAddress { name address1 phone } billingAddress { formatted(withName: true) }
            currentTotalPriceSet { shopMoney { amount currencyCode } } totalPriceSet { shopMoney { amount } }
            lineItems(first: 5) { nodes { id sku quantity currentQuantity variant { id } product { title }
              originalUnitPriceSet { shopMoney { amount } } } } } }"""
    ).data["order"]
    assert told == {
        "name": "#401",
        "sourceIdentifier": "028-0000000-0000001",
        "sourceName": "web",
        "createdAt": "2026-11-22T10:00:00Z",
        "cancelledAt": None,
        "tags": ["amazon", "amazon-mfn"],
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "currencyCode": "GBP",
        "email": "canary@example.invalid",
        "shippingAddress": {"name": "Robin Canary", "address1": "1 Canary Wharf", "phone": "+440"},
        "billingAddress": {"formatted": ["Robin Canary", "1 Canary Wharf", "London E14"]},
        "currentTotalPriceSet": {"shopMoney": {"amount": "19.9", "currencyCode": "GBP"}},
        "totalPriceSet": {"shopMoney": {"amount": "39.8"}},
        "lineItems": {
            "nodes": [
                {
                    "id": "gid://shopify/LineItem/4010",
                    "sku": "CUP-1",
                    "quantity": 2,
                    "currentQuantity": 1,
                    "variant": {"id": "gid://shopify/ProductVariant/201"},
                    "product": {"title": "Cup"},
                    "originalUnitPriceSet": {"shopMoney": {"amount": "19.9"}},
                }
            ]
        },
    }


def test_orders_older_than_60_days_need_read_all_orders(desk: Desk) -> None:
    assert numbers(desk.graphql(ORDER_IDS).data) == [401, 402]
    assert desk.graphql('{ order(id: "gid://shopify/Order/403") { id } }').data == {"order": None}
    desk.world.shop.scopes.append("read_all_orders")
    assert numbers(desk.graphql(ORDER_IDS).data) == [401, 402, 403]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("source_identifier:028-0000000-0000001", [401]),
        ("tag:amazon", [401]),
        ("tag:AMAZON-MFN", [401]),
        ("tag_not:amazon", [402]),
        ("updated_at:>='2026-11-23T00:00:00Z'", [402]),
        ("updated_at:<2026-11-23T00:00:00Z", [401]),
        ("id:>401", [402]),
        ("id:<=401", [401]),
        ("name:#402", [402]),
        ("sku:CUP-1 tag:amazon", [401]),
        ("tag:amazon OR name:402", [401, 402]),
        ("NOT tag:amazon", [402]),
        ("-tag:amazon", [402]),
        ("(tag:amazon OR tag:b2b) AND sku:cup-1", [401]),
        ("source_identifier:028-*", [401]),
        ("status:cancelled", []),
        ("", [401, 402]),
    ],
)
def test_orders_are_found_by_the_fields_shopify_knows(desk: Desk, query: str, found: list[int]) -> None:
    told = desk.graphql(ORDER_IDS, {"q": query})
    assert numbers(told.data) == found
    assert "search" not in told.body["extensions"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sku:CUP-1", [201, 202]),
        ('sku:"PLATE & CO"', [205]),
        ("sku:PLATE", []),
        ("id:>202", [203, 204, 205]),
        ("id:>201 id:<204", [202, 203]),
        ("product_id:101", [201, 202]),
        ("product_status:draft", [203]),
        ("updated_at:>2026-11-22T10:00:00Z", []),
        ("requires_components:true", [204]),
        ("tag:kitchen", [201, 202]),
    ],
)
def test_variants_are_found_without_regard_to_case_and_skus_are_not_unique(
    desk: Desk, query: str, found: list[int]
) -> None:
    assert numbers(desk.graphql(VARIANT_IDS, {"q": query}).data) == found


def test_an_unknown_search_field_is_ignored_with_a_warning_and_everything_comes_back(desk: Desk) -> None:
    told = desk.graphql(ORDER_IDS, {"q": "amazon_order_id:028-0000000-0000001"})
    assert numbers(told.data) == [401, 402]
    assert told.body["extensions"]["search"] == [
        {
            "path": ["orders"],
            "query": "amazon_order_id:028-0000000-0000001",
            "parsed": {"field": "amazon_order_id", "match_all": "028-0000000-0000001"},
            "warnings": [
                {
                    "field": "amazon_order_id",
                    "message": "Invalid search field for this query.",
                    "code": "invalid_field",
                }
            ],
        }
    ]


def test_levels_cannot_be_searched_by_location(desk: Desk) -> None:
    told = desk.graphql(
        """{ location(id: "gid://shopify/Location/1") {
            inventoryLevels(first: 9, query: "location_id:2") { nodes { id } } } }"""
    )
    assert len(told.data["location"]["inventoryLevels"]["nodes"]) == 3
    assert told.body["extensions"]["search"][0]["path"] == ["location", "inventoryLevels"]


def test_what_the_sandbox_cannot_search_it_does_not_answer_wrongly(desk: Desk) -> None:
    assert desk.graphql(VARIANT_IDS, {"q": "option1:Red"}).code == "SANDBOX_UNSUPPORTED"


def test_a_lagging_index_misses_what_changed_a_moment_ago(desk: Desk) -> None:
    desk.world.shop.orders[402].updated_at = START
    add_fault(desk.world, match="orders", kind="search_lag", params={"seconds": 30})
    query = {"q": "updated_at:>=2026-11-22T00:00:00Z"}
    assert numbers(desk.graphql(ORDER_IDS, query).data) == [401]
    assert numbers(desk.graphql(ORDER_IDS).data) == [401, 402]
    desk.world.clock.advance(30)
    assert numbers(desk.graphql(ORDER_IDS, query).data) == [401, 402]


def test_counts_are_capped_and_say_so(desk: Desk) -> None:
    told = desk.graphql(
        """{ productVariantsCount { count precision } all: productsCount(limit: 2) { count precision }
            found: productVariantsCount(query: "sku:CUP-1") { count } locationsCount { count } }"""
    ).data
    assert told == {
        "productVariantsCount": {"count": 5, "precision": "EXACT"},
        "all": {"count": 2, "precision": "AT_LEAST"},
        "found": {"count": 2},
        "locationsCount": {"count": 3},
    }


def test_without_the_scope_a_root_field_is_null_beside_the_others(desk: Desk) -> None:
    desk.world.shop.scopes[:] = ["read_products"]
    told = desk.graphql("{ orders(first: 1) { nodes { id } } shop { name } }")
    assert told.body["data"] == {"shop": {"name": "Example Brand"}, "orders": None}
    assert told.body["errors"] == [
        {
            "message": "Access denied for orders field. Required access: `read_orders` access scope.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["orders"],
            "extensions": {
                "code": "ACCESS_DENIED",
                "documentation": "https://shopify.dev/api/usage/access-scopes",
                "requiredAccess": "`read_orders` access scope.",
            },
        }
    ]


def test_a_customer_needs_a_scope_of_its_own(desk: Desk) -> None:
    text = '{ order(id: "gid://shopify/Order/401") { name customer { email } } }'
    told = desk.graphql(text)
    assert told.body["data"] == {"order": {"name": "#401", "customer": None}}
    assert told.code == "ACCESS_DENIED"
    desk.world.shop.scopes.append("read_customers")
    assert desk.graphql(text).data["order"]["customer"] == {"email": "canary@example.invalid"}


def test_protected_fields_can_come_as_null_with_an_error(desk: Desk) -> None:
    add_fault(desk.world, match="order", kind="protected_fields", times=1)
    told = desk.graphql('{ order(id: "gid://shopify/Order/401") { name email shippingAddress { city phone } } }')
    assert told.body["data"] == {
        "order": {"name": "#401", "email": None, "shippingAddress": {"city": "London", "phone": None}}
    }
    assert [(each["message"], each["path"]) for each in told.body["errors"]] == [
        ("This app is not approved to use the email field.", ["order", "email"]),
        ("This app is not approved to use the phone field.", ["order", "shippingAddress", "phone"]),
    ]


@pytest.mark.parametrize(("kind", "found"), [("empty_snapshot", []), ("half_snapshot", [201, 202])])
def test_a_snapshot_can_come_empty_or_halved_without_an_error(desk: Desk, kind: str, found: list[int]) -> None:
    add_fault(desk.world, match="productVariants", kind=kind, times=1)
    told = desk.graphql("{ productVariants(first: 9) { nodes { id } pageInfo { hasNextPage } } }").data
    assert numbers(told) == found
    assert told["productVariants"]["pageInfo"] == {"hasNextPage": False}


def test_a_page_can_be_answered_once_more(desk: Desk) -> None:
    text = "query ($after: String) { productVariants(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"
    cursor = desk.graphql(text).data["productVariants"]["pageInfo"]["endCursor"]
    add_fault(desk.world, match="productVariants", kind="repeated_page", times=1)
    assert numbers(desk.graphql(text, {"after": cursor}).data) == [201, 202]
    assert numbers(desk.graphql(text, {"after": cursor}).data) == [203, 204]


def test_an_id_of_another_type_is_an_error(desk: Desk) -> None:
    told = desk.graphql('{ location(id: "gid://shopify/Product/101") { name } }')
    assert told.body["data"] == {"location": None}
    assert told.code == "RESOURCE_NOT_FOUND"


def test_records_made_later_are_found(desk: Desk) -> None:
    desk.graphql(VARIANT_IDS)
    variant = desk.world.shop.variants[201]
    desk.world.shop.variants[206] = type(variant)(**(vars(variant) | {"id": 206, "item_id": 306}))
    del desk.world.shop.variants[205]
    assert numbers(desk.graphql(VARIANT_IDS).data) == [201, 202, 203, 204, 206]


def test_every_field_of_the_schema_has_a_resolver_or_a_dictionary_behind_it() -> None:
    answered_as_dictionaries = {
        "AccessScope", "ApiVersion", "App", "AppInstallation", "Attribute", "Count", "FulfillmentOrderAssignedLocation",
        "FulfillmentOrderDestination", "FulfillmentService", "Image",
        "FulfillmentTrackingInfo", "InventoryAdjustmentGroup", "InventoryChange", "InventoryQuantity",
        "MetafieldCapabilities", "MetafieldCapabilityAdminFilterable", "MetafieldCapabilityUniqueValues",
        "MetafieldDefinitionType", "MoneyBag", "MoneyV2", "OrderAdjustment", "PageInfo", "PriceListAdjustment",
            "PriceListParent", "RefundShippingLine",
        "ShippingRefund", "ShopPlan", "SuggestedOrderTransaction", "SuggestedRefund",
    }  # fmt: skip
    missing = [
        f"{kind.name}.{name}"
        for kind in schema().type_map.values()
        if kind.name not in answered_as_dictionaries
        and not kind.name.startswith("__")
        and not kind.name.endswith(("Connection", "Edge", "Payload", "UserError"))
        and kind.name != "Mutation"
        for name in (getattr(kind, "fields", {}) if hasattr(kind, "interfaces") and hasattr(kind, "is_type_of") else {})
        if name not in FIELDS.get(kind.name, {}) and name not in CONNECTIONS.get(kind.name, {})
    ]
    assert missing == []
