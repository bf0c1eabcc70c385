"""Every GraphQL document of the product against Shopify's own published schema and rules."""

from __future__ import annotations

import gzip
import json
import math
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    build_client_schema,
    get_named_type,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import NoDeprecatedCustomRule

from resources.shopify_parts import (
    content_documents,
    fulfilment_documents,
    money_documents,
    price_list_documents,
    service_documents,
    stock_documents,
)
from resources.shopify_parts import documents as documents
from resources.shopify_parts import order_documents as order_documents

MODULES = (
    documents,
    content_documents,
    order_documents,
    fulfilment_documents,
    money_documents,
    price_list_documents,
    service_documents,
    stock_documents,
)
DOCUMENTS = {
    name: text
    for module in MODULES
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str) and "{" in text
}
BULK = {name: text for name, text in DOCUMENTS.items() if name.endswith("_BULK")}
ONE_BY_ONE = {name: text for name, text in DOCUMENTS.items() if name not in BULK}
LARGEST_COST = 500
FREE = {"MoneyBag", "MoneyV2", "PageInfo"}
Composite = GraphQLObjectType | GraphQLInterfaceType


@cache
def contracts() -> Path:
    """The folder of Shopify's published contracts, named by INSTEP_CONTRACTS."""
    folder = os.environ.get("INSTEP_CONTRACTS")
    if not folder:
        pytest.fail(
            "INSTEP_CONTRACTS is not set: name the folder that holds shopify/admin_2026-10.introspection.json.gz"
        )
    return Path(folder) / "shopify"


@cache
def schema() -> GraphQLSchema:
    """The full official schema. Shopify's own does not pass graphql-core's check of schemas, so that is left out."""
    with gzip.open(contracts() / "admin_2026-10.introspection.json.gz", "rt", encoding="utf-8") as file:
        found = json.load(file)
    return build_client_schema(found.get("data", found), assume_valid=True)


@cache
def told(name: str) -> Any:
    return json.loads((contracts() / name).read_text(encoding="utf-8"))


def operation_of(text: str) -> OperationDefinitionNode:
    (definition,) = parse(text).definitions
    assert isinstance(definition, OperationDefinitionNode)
    return definition


def root_of(operation: OperationDefinitionNode) -> Composite:
    root = schema().mutation_type if operation.operation is OperationType.MUTATION else schema().query_type
    assert root is not None
    return root


def composite(kind: GraphQLOutputType) -> Composite | None:
    named = get_named_type(kind)
    return named if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) else None


def selected(parent: Composite, selections: SelectionSetNode | None) -> Iterator[tuple[Composite, FieldNode]]:
    """The fields directly under a type, those in its inline fragments included."""
    for node in selections.selections if selections else ():
        if isinstance(node, InlineFragmentNode):
            condition = schema().get_type(node.type_condition.name.value) if node.type_condition else parent
            assert isinstance(condition, GraphQLObjectType | GraphQLInterfaceType)
            yield from selected(condition, node.selection_set)
        else:
            assert isinstance(node, FieldNode), "documents use fields and inline fragments only"
            yield parent, node


def everything(parent: Composite, selections: SelectionSetNode | None) -> Iterator[tuple[Composite, FieldNode]]:
    """Every field of a document with the type it is on."""
    for owner, node in selected(parent, selections):
        yield owner, node
        below = composite(owner.fields[node.name.value].type)
        if below is not None:
            yield from everything(below, node.selection_set)


def is_list(kind: GraphQLOutputType) -> bool:
    if isinstance(kind, GraphQLNonNull):
        return is_list(kind.of_type)
    return isinstance(kind, GraphQLList)


def first_of(node: FieldNode) -> int:
    for argument in node.arguments:
        if argument.name.value == "first" and isinstance(argument.value, IntValueNode):
            return int(argument.value.value)
    raise AssertionError(f"{node.name.value} does not say how many it wants")


def cost_of(parent: Composite, selections: SelectionSetNode | None) -> int:
    """Requested points of a selection.

    An object is 1, scalars, money, pageInfo and userErrors nothing, a Count 10, a mutation 10 and what is in it,
    a connection 2 + max(1, floor(2 ln first)) x its node; `nodes(ids:)` does not grow with its ids.
    """
    total = 0
    for owner, node in selected(parent, selections):
        name = node.name.value
        below = composite(owner.fields[name].type)
        if below is None or below.name in FREE or name.lower().endswith("usererrors"):
            continue
        if below.name == "Count":
            total += 10
        elif owner is schema().mutation_type:
            total += 10 + cost_of(below, node.selection_set)
        elif below.name.endswith("Connection"):
            total += 2 + max(1, math.floor(2 * math.log(first_of(node)))) * node_cost(below, node.selection_set)
        else:
            total += 1 + cost_of(below, node.selection_set)
    return total


def node_cost(connection: Composite, selections: SelectionSetNode | None) -> int:
    (nodes,) = [node for _, node in selected(connection, selections) if node.name.value == "nodes"]
    below = composite(connection.fields["nodes"].type)
    assert below is not None
    return 1 + cost_of(below, nodes.selection_set)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_uses_nothing_deprecated(name: str) -> None:
    errors = validate(schema(), parse(DOCUMENTS[name]), [*specified_rules, NoDeprecatedCustomRule])

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_a_document_names_its_one_operation(name: str) -> None:
    operation = operation_of(ONE_BY_ONE[name])

    assert operation.name is not None
    assert operation.name.value.upper() == name.replace("_", "")


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_a_document_asks_for_less_than_500_points(name: str) -> None:
    operation = operation_of(ONE_BY_ONE[name])

    assert cost_of(root_of(operation), operation.selection_set) < LARGEST_COST


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ shop { name } }", 1),
        ("{ productVariantsCount { count } }", 10),
        ("{ productVariants(first: 250) { nodes { id product { id } inventoryItem { id } } } }", 35),
        ("{ productVariants(first: 1) { pageInfo { hasNextPage } nodes { id price } } }", 3),
        ("{ orders(first: 10) { nodes { totalPriceSet { shopMoney { amount } } } } }", 6),
        ("mutation { webhookSubscriptionDelete(id: 1) { deletedWebhookSubscriptionId userErrors { message } } }", 10),
    ],
    ids=["object", "count", "connection of 250", "connection of 1", "money", "mutation"],
)
def test_points_are_counted_as_shopify_was_measured_to_count_them(text: str, points: int) -> None:
    operation = operation_of(text)

    assert cost_of(root_of(operation), operation.selection_set) == points


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_no_page_is_larger_than_250(name: str) -> None:
    sizes = [int(size) for size in re.findall(r"first: (\d+)", ONE_BY_ONE[name])]

    assert all(size <= 250 for size in sizes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mutation_that_must_be_idempotent_says_so(name: str) -> None:
    operation = operation_of(DOCUMENTS[name])
    demanded = set(told("idempotent_mutations_2026-10.json"))
    without = [
        node.name.value
        for _, node in selected(root_of(operation), operation.selection_set)
        if node.name.value in demanded and "idempotent" not in {directive.name.value for directive in node.directives}
    ]

    assert without == []


GO_TO_AMAZON = {"ASSIGNED_ONE", "ASSIGNED_WITH_ADDRESS"}
"""The two that ask where an order goes, because Amazon ships it; the answer passes in memory only."""


@pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - GO_TO_AMAZON))
def test_no_document_asks_for_personal_data(name: str) -> None:
    protected = {entry["field"] for entry in told("access_2026-10.json")["protected_fields"]}
    people = {"Customer", "MailingAddress", "StaffMember", "CustomerEmailAddress", "CustomerPhoneNumber"}
    operation = operation_of(DOCUMENTS[name])
    fields = list(everything(root_of(operation), operation.selection_set))

    assert {f"{owner.name}.{node.name.value}" for owner, node in fields} & protected == set()
    assert {owner.name for owner, _ in fields} & people == set()


def fields_searched(query: str) -> set[str]:
    return set(re.findall(r"(\w+):[<>=']", query))


@pytest.mark.parametrize(
    ("query", "connection", "fields"),
    [
        (documents.variants_after(43000000000001), "productVariants", {"id"}),
        (documents.orders_since(datetime(2026, 11, 23, 10, 0, tzinfo=UTC)), "orders", {"updated_at"}),
    ],
)
def test_a_search_uses_only_fields_that_shopify_knows(query: str, connection: str, fields: set[str]) -> None:
    assert fields_searched(query) == fields
    assert fields <= set(told("query_filters_2026-10.json")[connection])


def test_no_document_has_a_search_written_into_it() -> None:
    searches = [
        (name, argument.value.value)
        for name, text in DOCUMENTS.items()
        for _, node in everything(root_of(operation_of(text)), operation_of(text).selection_set)
        for argument in node.arguments
        if argument.name.value == "query" and isinstance(argument.value, StringValueNode)
    ]

    assert searches == []


def test_the_fields_kept_in_webhooks_belong_to_topics_that_exist_and_change() -> None:
    topics = schema().get_type("WebhookSubscriptionTopic")

    assert set(documents.WEBHOOK_FIELDS) <= set(topics.values)  # type: ignore[union-attr]  # an enum
    assert all({"updated_at", "processed_at"} & set(fields) for fields in documents.WEBHOOK_FIELDS.values())


def connections(
    parent: Composite, selections: SelectionSetNode | None, depth: int = 0, inside_list: bool = False
) -> Iterator[tuple[int, bool, Composite, FieldNode]]:
    """Every connection of a document: how deep it is nested, whether it is inside a list field, its type and node."""
    for owner, node in selected(parent, selections):
        kind = owner.fields[node.name.value].type
        below = composite(kind)
        if below is None:
            continue
        if below.name.endswith("Connection"):
            yield depth + 1, inside_list, below, node
            edges = composite(below.fields["edges"].type)
            assert edges is not None
            for _, edge in selected(below, node.selection_set):
                for _, child in selected(edges, edge.selection_set):
                    inner = composite(edges.fields["node"].type)
                    assert inner is not None
                    yield from connections(inner, child.selection_set, depth + 1, inside_list)
        else:
            yield from connections(below, node.selection_set, depth, inside_list or is_list(kind))


@pytest.mark.parametrize("name", BULK)
def test_a_bulk_document_obeys_the_rules_of_bulk_operations(name: str) -> None:
    operation = operation_of(BULK[name])
    root = root_of(operation)
    found = list(connections(root, operation.selection_set))

    assert operation.operation is OperationType.QUERY
    assert operation.variable_definitions == ()
    assert not {"node", "nodes"} & {node.name.value for _, node in selected(root, operation.selection_set)}
    assert 1 <= len(found) <= 5
    assert max(depth for depth, _, _, _ in found) <= 2
    assert not any(inside_list for _, inside_list, _, _ in found)
    for _, _, connection, node in found:
        assert [child.name.value for _, child in selected(connection, node.selection_set)] == ["edges"]
        (edges,) = [child for _, child in selected(connection, node.selection_set)]
        edge = composite(connection.fields["edges"].type)
        assert edge is not None
        assert [child.name.value for _, child in selected(edge, edges.selection_set)] == ["node"]
        ((_, inner),) = selected(edge, edges.selection_set)
        assert inner.selection_set is not None
        assert "id" in {child.name.value for child in inner.selection_set.selections if isinstance(child, FieldNode)}
        assert not any(child.alias for child in inner.selection_set.selections if isinstance(child, FieldNode))


def test_the_documents_are_all_here() -> None:
    assert sorted(DOCUMENTS) == [
        "ACCEPT_CANCELLATION",
        "ACCEPT_REQUEST",
        "ACCESS_SCOPES",
        "ADD_LOCATION",
        "ASSIGNED",
        "ASSIGNED_ONE",
        "ASSIGNED_WITH_ADDRESS",
        "BULK_START",
        "BULK_STATE",
        "BUNDLE_COMPONENTS",
        "CATALOGUE",
        "CATALOGUE_BULK",
        "CLOSE_REQUEST",
        "CONTENT",
        "EDIT_LOCATION",
        "FULFILLMENT_CREATE",
        "FULFILLMENT_LINES",
        "FULFILLMENT_STATE",
        "LOCATIONS",
        "METAFIELDS_SET",
        "MONEY_STATE",
        "OPEN_SERVICE",
        "ORDERS",
        "ORDERS_BY_MARK",
        "ORDERS_OF",
        "ORDER_BY_MARK",
        "ORDER_CANCEL",
        "ORDER_CREATE",
        "ORDER_LINES",
        "ORDER_MARK",
        "ORDER_MARK_DEFINE",
        "ORDER_METAFIELDS",
        "ORDER_MONEY",
        "ORDER_NOTES",
        "ORDER_PARTS",
        "ORDER_READDRESS",
        "PRICES_OF_LIST",
        "PRICE_LISTS",
        "REFUND_CREATE",
        "REFUND_LINES",
        "REJECT_CANCELLATION",
        "REJECT_REQUEST",
        "RENUMBER_PARCEL",
        "SET_LEVELS",
        "SHIPPED_ORDERS",
        "SHIPPED_ORDERS_OF",
        "SHIPPED_ORDER_WHOLE",
        "SHIP_PARCEL",
        "SHOP",
        "STOCK_AT",
        "STOCK_LEVELS_BULK",
        "STOCK_LEVELS_BY_VARIANT",
        "STOCK_LEVELS_OF_ITEMS",
        "STOCK_LEVELS_OF_LOCATION",
        "SUGGESTED_REFUND",
        "UNIT_COSTS",
        "VARIANTS_COUNT",
        "VARIANTS_THERE",
        "WEBHOOK_SUBSCRIBE",
        "WEBHOOK_SUBSCRIPTIONS",
        "WEBHOOK_UNSUBSCRIBE",
    ]
