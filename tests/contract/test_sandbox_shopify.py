"""The sandbox's Shopify against Shopify's own published schema: a true subset, in every name and every sign."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    is_required_argument,
    is_required_input_field,
)

from sandbox.shopify.access import MUTATIONS, PROTECTED, TYPES
from sandbox.shopify.idempotency import DEMANDED
from sandbox.shopify.schema import sdl
from sandbox.shopify.search_fields import FIELDS, VALID


def contract(name: str) -> Any:
    root = os.environ.get("INSTEP_CONTRACTS")
    if not root:
        pytest.fail("INSTEP_CONTRACTS is not set: it names the folder that holds shopify/ and amazon/ contracts")
    path = Path(root) / "shopify" / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(text)


@pytest.fixture(scope="module")
def official() -> GraphQLSchema:
    found = contract("admin_2026-10.introspection.json.gz")
    return build_client_schema(found.get("data", found), assume_valid=True)


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return build_schema(sdl())


def own_types(ours: GraphQLSchema) -> list[GraphQLNamedType]:
    return [kind for name, kind in ours.type_map.items() if not name.startswith("__")]


def argument_differences(
    where: str, mine: Mapping[str, GraphQLArgument], theirs: Mapping[str, GraphQLArgument]
) -> list[str]:
    found = [
        f"{where}({name}:) {argument.type} = {argument.default_value} is not {theirs.get(name)}"
        for name, argument in mine.items()
        if name not in theirs
        or (str(argument.type), argument.default_value) != (str(theirs[name].type), theirs[name].default_value)
    ]
    left_out = [name for name, argument in theirs.items() if is_required_argument(argument) and name not in mine]
    return found + [f"{where} leaves out the required argument {name}" for name in left_out]


def input_differences(
    where: str, mine: Mapping[str, GraphQLInputField], theirs: Mapping[str, GraphQLInputField]
) -> list[str]:
    found = [
        f"{where}.{name} is not the published one"
        for name, field in mine.items()
        if name not in theirs
        or (str(field.type), field.default_value) != (str(theirs[name].type), theirs[name].default_value)
    ]
    left_out = [name for name, field in theirs.items() if is_required_input_field(field) and name not in mine]
    return found + [f"{where} leaves out the required field {name}" for name in left_out]


def differences(mine: GraphQLNamedType, theirs: GraphQLNamedType | None) -> list[str]:
    """What a type of ours has otherwise than the published one of its name."""
    if theirs is None or type(theirs) is not type(mine):
        return [f"{mine.name} is not published as what it is here"]
    found: list[str] = []
    if isinstance(mine, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
        missing = {each.name for each in mine.interfaces} - {each.name for each in theirs.interfaces}
        found.extend(f"{mine.name} does not implement {name}" for name in missing)
        for name, field in mine.fields.items():
            other = theirs.fields.get(name)
            where = f"{mine.name}.{name}"
            if other is None or str(other.type) != str(field.type):
                found.append(f"{where}: {field.type} is not {other and other.type}")
            else:
                found.extend(argument_differences(where, field.args, other.args))
    if isinstance(mine, GraphQLEnumType):
        assert isinstance(theirs, GraphQLEnumType)
        found.extend(f"{mine.name}.{value} is not published" for value in mine.values if value not in theirs.values)
    if isinstance(mine, GraphQLInputObjectType):
        assert isinstance(theirs, GraphQLInputObjectType)
        found.extend(input_differences(mine.name, mine.fields, theirs.fields))
    return found


def test_the_sdl_is_a_true_subset_of_the_published_schema(ours: GraphQLSchema, official: GraphQLSchema) -> None:
    kinds = own_types(ours)
    assert len(kinds) > 90
    assert [line for kind in kinds for line in differences(kind, official.type_map.get(kind.name))] == []


def test_the_roots_have_their_published_names(ours: GraphQLSchema, official: GraphQLSchema) -> None:
    assert ours.query_type is not None
    assert ours.mutation_type is not None
    assert (ours.query_type.name, ours.mutation_type.name) == ("QueryRoot", "Mutation")
    assert official.query_type is not None
    assert official.query_type.name == "QueryRoot"


def test_enums_that_answers_hold_are_whole(ours: GraphQLSchema, official: GraphQLSchema) -> None:
    names = (
        "BulkOperationErrorCode", "BulkOperationStatus", "BulkOperationUserErrorCode", "CurrencyCode",
        "InventorySetQuantitiesUserErrorCode", "OrderDisplayFinancialStatus", "OrderDisplayFulfillmentStatus",
        "ProductStatus", "WebhookSubscriptionTopic",
    )  # fmt: skip
    for name in names:
        mine, theirs = ours.type_map[name], official.type_map[name]
        assert isinstance(mine, GraphQLEnumType)
        assert isinstance(theirs, GraphQLEnumType)
        assert set(mine.values) == set(theirs.values)


def test_the_idempotent_directive_is_the_published_one(ours: GraphQLSchema, official: GraphQLSchema) -> None:
    mine, theirs = ours.get_directive("idempotent"), official.get_directive("idempotent")
    assert mine is not None
    assert theirs is not None
    assert mine.locations == theirs.locations
    assert argument_differences("@idempotent", mine.args, theirs.args) == []


def test_a_difference_would_be_noticed(official: GraphQLSchema) -> None:
    wrong = build_schema(
        """type QueryRoot { shop: Shop, orders(first: Int): OrderConnection!, skus: [String] }
        type Shop { id: ID!, name: String, currencyCode: CurrencyCode! }
        type OrderConnection { nodes: [Order!]! } type Order { id: ID! } enum CurrencyCode { GBP QQQ }
        schema { query: QueryRoot }"""
    )
    found = [line for kind in own_types(wrong) for line in differences(kind, official.type_map.get(kind.name))]
    assert sorted(found) == [
        "CurrencyCode.QQQ is not published",
        "QueryRoot.shop: Shop is not Shop!",
        "QueryRoot.skus: [String] is not None",
        "Shop.name: String is not String!",
    ]


def test_the_mutations_that_demand_a_key_are_the_published_ones(ours: GraphQLSchema) -> None:
    published = set(contract("idempotent_mutations_2026-10.json"))
    assert ours.mutation_type is not None
    assert published & set(ours.mutation_type.fields) == DEMANDED


def test_the_search_fields_are_the_published_ones() -> None:
    published = contract("query_filters_2026-10.json")
    assert {kind: sorted(names) for kind, names in VALID.items() if kind in published} == {
        kind: sorted(published[kind]) for kind in VALID if kind in published
    }
    assert set(VALID) - set(published) == {"productVariantsCount"}


def test_what_the_sandbox_searches_by_is_searchable() -> None:
    for kind, names in FIELDS.items():
        valid = VALID["Location.inventoryLevels" if kind == "levels" else kind]
        assert set(names) <= valid, kind


def test_scopes_are_among_the_published_ones() -> None:
    published = contract("access_2026-10.json")
    for name, need in TYPES.items():
        wanted = published["types"].get(name, {}).get("scopes") or ["read_products"]
        assert need.scopes <= set(wanted), name
    for name, need in MUTATIONS.items():
        assert published["mutations"][name]["scopes"] == sorted(need.scopes)
        assert published["mutations"][name]["text"] == need.text


def test_protected_fields_are_the_published_ones_the_sandbox_has(ours: GraphQLSchema) -> None:
    published = {tuple(each["field"].split(".")) for each in contract("access_2026-10.json")["protected_fields"]}
    mine = {
        (kind.name, name) for kind in own_types(ours) if isinstance(kind, GraphQLObjectType) for name in kind.fields
    }
    assert published & mine == {each for each in PROTECTED if each in published}
