"""The cost of a query, by the formula measured on real answers.

An object costs 1; scalars, enums, money, pageInfo and userErrors nothing; a connection 2 + max(1, floor(2 ln n)) times
its node; a count 10; a mutation 10 and what its payload holds; `nodes(ids:)` does not grow with the ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

FREE = frozenset({"MoneyBag", "MoneyV2", "PageInfo", "UserError"})
COUNT = 10
MUTATION = 10
_MISSING = object()


def factor(size: int) -> int:
    """How many nodes a connection of this size is charged for."""
    return max(1, math.floor(2 * math.log(size))) if size > 0 else 0


def is_included(node: SelectionNode, variables: dict[str, Any]) -> bool:
    """Whether @skip and @include leave a selection in."""
    for directive in node.directives or ():
        name = directive.name.value
        if name in (GraphQLSkipDirective.name, GraphQLIncludeDirective.name):
            value = next(iter(directive.arguments or ())).value
            wanted = value_from_ast_untyped(value, variables)
            if bool(wanted) == (name == GraphQLSkipDirective.name):
                return False
    return True


class Costs:
    """Costs of one operation of a valid document. `variables` are the raw values as sent, defaults left out."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        root = schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101 - the document was validated
        self._root: GraphQLObjectType = root

    def requested(self) -> int:
        """What is charged before the query runs."""
        return self._operation_cost(_MISSING)

    def actual(self, data: dict[str, Any] | None) -> int:
        """What the answer came to."""
        return self._operation_cost(data) if data else 0

    def _operation_cost(self, data: Any) -> int:
        if self._operation.operation is not OperationType.MUTATION:
            return self._selection(self._root, [self._operation.selection_set], data)
        total = 0
        for key, nodes in self._grouped(self._root, [self._operation.selection_set]).items():
            payload = self._root.fields.get(nodes[0].name.value)
            if payload is not None:
                value = data if data is _MISSING else data.get(key)
                total += MUTATION + self._below(get_named_type(payload.type), nodes, value)
        return total

    def _selection(self, parent: GraphQLNamedType, sets: Iterable[SelectionSetNode], data: Any) -> int:
        if data is None:
            return 0
        sets = list(sets)
        if isinstance(parent, GraphQLInterfaceType):
            return max(
                (self._selection(each, sets, data) for each in self._schema.get_possible_types(parent)), default=0
            )
        if not isinstance(parent, GraphQLObjectType):
            return 0
        total = 0
        for key, nodes in self._grouped(parent, sets).items():
            if (known := parent.fields.get(nodes[0].name.value)) is not None:
                value = data if data is _MISSING or not isinstance(data, dict) else data.get(key)
                total += self._field(get_named_type(known.type), nodes, value)
        return total

    def _field(self, kind: GraphQLNamedType, nodes: list[FieldNode], data: Any) -> int:
        if data is None or is_leaf_type(kind):
            return 0
        if kind.name in FREE or kind.name.endswith("UserError"):
            return 0
        if kind.name == "Count":
            return COUNT
        if kind.name.endswith("Connection"):
            return self._connection(kind, nodes, data)
        if isinstance(data, list):
            return max((1 + self._below(kind, nodes, each) for each in data if each is not None), default=0)
        return 1 + self._below(kind, nodes, data)

    def _below(self, kind: GraphQLNamedType, nodes: list[FieldNode], data: Any) -> int:
        return self._selection(kind, [each.selection_set for each in nodes if each.selection_set is not None], data)

    def _connection(self, kind: GraphQLNamedType, nodes: list[FieldNode], data: Any) -> int:
        if not isinstance(kind, GraphQLObjectType):
            return 0
        sets = [each.selection_set for each in nodes if each.selection_set is not None]
        node_cost, size = 0, self._asked(nodes[0]) if data is _MISSING else 0
        for key, found in self._grouped(kind, sets).items():
            name = found[0].name.value
            if name not in ("nodes", "edges"):
                continue
            node_type = get_named_type(kind.fields[name].type)
            entries = [_MISSING] if data is _MISSING else data.get(key) or []
            size = max(size, 0 if data is _MISSING else len(entries))
            if name == "nodes":
                costs = [self._field(node_type, found, each) for each in entries]
            else:
                costs = [self._below(node_type, found, each) for each in entries]
            node_cost += max(costs, default=0)
        return 2 + factor(size) * node_cost

    def _asked(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                if isinstance(value, VariableNode):
                    given = self._variables.get(value.name.value)
                    if isinstance(given, int):
                        return given
        return 1

    def _grouped(self, parent: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        grouped: dict[str, list[FieldNode]] = {}
        for each in sets:
            for node in self._fields(parent, each):
                grouped.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return grouped

    def _fields(self, parent: GraphQLObjectType, chosen: SelectionSetNode) -> Iterator[FieldNode]:
        for node in chosen.selections:
            if not is_included(node, self._variables):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                name = node.type_condition.name.value if node.type_condition else parent.name
                if self._applies(parent, name):
                    yield from self._fields(parent, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if self._applies(parent, fragment.type_condition.name.value):
                    yield from self._fields(parent, fragment.selection_set)

    def _applies(self, parent: GraphQLObjectType, name: str) -> bool:
        return name == parent.name or any(each.name == name for each in parent.interfaces)
