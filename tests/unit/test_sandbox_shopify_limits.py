"""Costs, the bucket, sizes and the shapes of refusals of the sandbox's Shopify."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import add_fault
from sandbox.shopify.cost import factor
from tests.sandbox_shop import Desk, row, small_world


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


def cost(told: Any) -> tuple[int, int | None]:
    found = told.body["extensions"]["cost"]
    return found["requestedQueryCost"], found["actualQueryCost"]


@pytest.mark.parametrize(("size", "times"), [(0, 0), (1, 1), (2, 1), (10, 4), (50, 7), (100, 9), (250, 11)])
def test_a_page_of_250_is_charged_for_11_nodes(size: int, times: int) -> None:
    assert factor(size) == times


@pytest.mark.parametrize(
    ("text", "requested"),
    [
        ("{ shop { name currencyCode } }", 1),
        ("{ productVariants(first: 250) { nodes { id sku product { id } inventoryItem { id } } } }", 35),
        ("{ productVariants(first: 250) { edges { cursor node { id product { id } inventoryItem { id } } } } }", 35),
        ("{ productVariants(first: 250) { pageInfo { hasNextPage } } }", 2),
        ("{ productVariantsCount { count } }", 10),
        (
            "query ($n: Int = 250) { orders(first: $n) { nodes { id totalPriceSet { shopMoney { amount } } } } }",
            13,
        ),
        ('{ nodes(ids: ["gid://shopify/Product/1", "gid://shopify/Product/2"]) { id ... on Product { title } } }', 1),
        (
            """{ nodes(ids: ["gid://shopify/InventoryLevel/1?inventory_item_id=301"]) { ... on InventoryLevel {
                item { id } location { id } quantities(names: ["available"]) { quantity } } } }""",
            4,
        ),
        ("query ($with: Boolean = false) { shop { name } productVariantsCount @include(if: $with) { count } }", 1),
        ("{ shop { ...Name } } fragment Name on Shop { name plan { shopifyPlus } }", 2),
    ],
)
def test_requested_costs_follow_the_measured_formula(desk: Desk, text: str, requested: int) -> None:
    assert cost(desk.graphql(text))[0] == requested


def test_a_write_costs_the_same_whatever_the_rows(desk: Desk) -> None:
    text = """mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
        inventorySetQuantities(input: $input) @idempotent(key: $key) {
          inventoryAdjustmentGroup { id changes { delta item { id } } } userErrors { code } } }"""
    for rows in ([row(301, 1, 1)], [row(301, 1, 2), row(303, 1, 2)]):
        given = {"name": "available", "reason": "correction", "quantities": rows}
        told = desk.graphql(text, {"input": given, "key": str(len(rows))})
        assert cost(told) == (13, 13)


def test_what_was_not_used_is_given_back(desk: Desk) -> None:
    told = desk.graphql('{ orders(first: 250, query: "tag:amazon") { nodes { id } } }')
    assert told.body["extensions"]["cost"] == {
        "requestedQueryCost": 13,
        "actualQueryCost": 3,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1997, "restoreRate": 100.0},
    }


PAGE = "{ productVariants(first: 250) { nodes { product { id } inventoryItem { id } } } }"


def test_the_bucket_empties_and_fills_with_sandbox_time(desk: Desk) -> None:
    state = desk.world.shop.extra
    desk.graphql("{ shop { name } }")
    state["service"].bucket.available = 30.0
    told = desk.graphql(PAGE)
    assert told.status == 200
    assert told.body == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 35,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 30, "restoreRate": 100.0},
            }
        },
    }
    assert desk.world.requests[-1].outcome == "throttled"
    desk.world.clock.advance(0.05)
    told = desk.graphql(PAGE)
    assert "errors" not in told.body


def test_a_call_can_be_throttled_on_purpose(desk: Desk) -> None:
    add_fault(desk.world, match="shop", kind="throttle", times=1)
    told = desk.graphql("{ shop { name } }")
    assert (told.status, told.code, "data" in told.body) == (200, "THROTTLED", False)
    assert told.body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0


def test_a_query_above_1000_points_is_refused_for_good(desk: Desk) -> None:
    text = """{ orders(first: 250) { nodes { lineItems(first: 250) { nodes {
        variant { inventoryItem { inventoryLevels(first: 250) { nodes { location { id } } } } } } } } } }"""
    told = desk.graphql(text)
    assert told.body == {
        "errors": [
            {
                "message": "Query cost is 3302, which exceeds the single query max cost limit (1000).",
                "extensions": {
                    "code": "MAX_COST_EXCEEDED",
                    "cost": 3302,
                    "maxCost": 1000,
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ]
    }


def test_an_array_of_251_is_too_long(desk: Desk) -> None:
    told = desk.set_quantities([row(301, 1, 1)] * 251)
    assert told.body == {
        "errors": [
            {
                "message": "The input array size of 251 is greater than the maximum allowed of 250.",
                "path": ["inventorySetQuantities", "input", "quantities"],
                "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
            }
        ]
    }


def test_251_ids_are_too_many(desk: Desk) -> None:
    ids = [f"gid://shopify/Product/{number}" for number in range(251)]
    assert (
        desk.graphql("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}).code == "MAX_INPUT_SIZE_EXCEEDED"
    )


def test_an_undefined_field_is_told_in_shopifys_words(desk: Desk) -> None:
    told = desk.graphql("query { productVariants(first: 1) { nodes { skuu } } }")
    assert told.body == {
        "errors": [
            {
                "message": "Field 'skuu' doesn't exist on type 'ProductVariant'",
                "locations": [{"line": 1, "column": 45}],
                "path": ["query", "productVariants", "nodes", "skuu"],
                "extensions": {"code": "undefinedField", "typeName": "ProductVariant", "fieldName": "skuu"},
            }
        ]
    }


def test_a_field_gone_from_the_input_is_an_invalid_variable(desk: Desk) -> None:
    text = """mutation inventorySet($input: InventorySetQuantitiesInput!) {
        inventorySetQuantities(input: $input) @idempotent(key: "k") { userErrors { code } } }"""
    given = {"name": "available", "reason": "correction", "quantities": [], "ignoreCompareQuantity": True}
    told = desk.graphql(text, {"input": given})
    assert told.body == {
        "errors": [
            {
                "message": "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for "
                "ignoreCompareQuantity (Field is not defined on InventorySetQuantitiesInput)",
                "locations": [{"line": 1, "column": 23}],
                "extensions": {
                    "value": given,
                    "problems": [
                        {
                            "path": ["ignoreCompareQuantity"],
                            "explanation": "Field is not defined on InventorySetQuantitiesInput",
                        }
                    ],
                    "code": "INVALID_VARIABLE",
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("ID!", None, "Expected value to not be null"),
        ("ID!", "123", "Invalid global id '123'"),
        ("Int!", "5", "Could not coerce value '5' to Int"),
        ("Int!", 2**31, "Could not coerce value 2147483648 to Int"),
        ("BulkOperationType!", "EXPORT", 'Expected "EXPORT" to be one of: MUTATION, QUERY'),
    ],
)
def test_variables_of_the_wrong_kind_are_refused(desk: Desk, kind: str, value: Any, problem: str) -> None:
    field = {
        "ID!": "node(id: $x) { id }",
        "Int!": "orders(first: $x) { nodes { id } }",
        "BulkOperationType!": "currentBulkOperation(type: $x) { id }",
    }[kind]
    told = desk.graphql(f"query ($x: {kind}) {{ {field} }}", {"x": value})
    assert told.code == "INVALID_VARIABLE"
    assert told.body["errors"][0]["extensions"]["problems"] == [{"path": [], "explanation": problem}]
    assert "data" not in told.body


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ shop(id: 1) { name } }", "argumentNotAccepted"),
        ("{ order { name } }", "missingRequiredArguments"),
        ('{ order(id: "401") { name } }', "argumentLiteralsIncompatible"),
    ],
)
def test_arguments_are_checked_before_anything_runs(desk: Desk, text: str, code: str) -> None:
    told = desk.graphql(text)
    assert told.code == code
    assert "data" not in told.body


@pytest.mark.parametrize(
    "text", ["{ shop { name }", "subscription { shop { name } }", "query A { shop { id } } query B { shop { id } }"]
)
def test_a_document_that_cannot_run_has_no_data(desk: Desk, text: str) -> None:
    told = desk.graphql(text)
    assert told.status == 200
    assert "data" not in told.body
