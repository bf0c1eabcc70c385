"""What a GraphQL document would write: every root field of every mutation in it, with its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from integration_assets.contracts.errors import NotOurs

if TYPE_CHECKING:
    from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class RootField:
    """A field of a mutation, by its own name whatever its alias, and its arguments with the variables put in."""

    name: str
    arguments: Mapping[str, Any]


def root_fields(document: str, variables: Mapping[str, Any]) -> list[RootField]:
    """Every root field that a mutation of the document has, aliases, inline fragments and named ones included.

    A query has none. Raises NotOurs for what cannot be read: nobody can say what it would write.
    """
    if "mutation" not in document:
        return []
    from graphql import OperationDefinitionNode, OperationType

    return [
        field
        for definition in _parsed(document).definitions
        if isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION
        for field in _fields(document, definition, {**_defaults(definition), **variables})
    ]


def _fields(document: str, operation: OperationDefinitionNode, variables: dict[str, Any]) -> Iterator[RootField]:
    from graphql import (
        FieldNode,
        FragmentDefinitionNode,
        FragmentSpreadNode,
        InlineFragmentNode,
        value_from_ast_untyped,
    )

    fragments: dict[str, FragmentDefinitionNode] = {
        each.name.value: each for each in _parsed(document).definitions if isinstance(each, FragmentDefinitionNode)
    }
    left: list[SelectionSetNode] = [operation.selection_set]
    spread: set[str] = set()
    while left:
        for selection in left.pop().selections:
            if isinstance(selection, FieldNode):
                given = {each.name.value: value_from_ast_untyped(each.value, variables) for each in selection.arguments}
                yield RootField(selection.name.value, given)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in fragments:
                    raise _unreadable(f"it has no fragment {name}")
                if name not in spread:
                    spread.add(name)
                    left.append(fragments[name].selection_set)
            elif isinstance(selection, InlineFragmentNode):
                left.append(selection.selection_set)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The values of variables that are not given."""
    from graphql import value_from_ast_untyped

    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }


@lru_cache(maxsize=128)
def _parsed(document: str) -> DocumentNode:
    from graphql import GraphQLSyntaxError, parse

    try:
        return parse(document, no_location=True)
    except GraphQLSyntaxError as error:
        raise _unreadable(error.message) from error


def _unreadable(why: str) -> NotOurs:
    return NotOurs(
        f"Nothing was sent: a document for Shopify that mentions a mutation cannot be read ({why}).",
        todo="Mend the document: what it would write has to be known before it goes out.",
        operation="Shopify document",
    )
