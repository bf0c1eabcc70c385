"""What a bulk query may look like: the rules Shopify checks before it accepts one."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
)

from sandbox.shopify.validation import validation_errors

MOST_CONNECTIONS = 5
DEEPEST_NESTING = 2


@dataclass
class _Findings:
    connections: int = 0
    deepest: int = 0
    by_nodes: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)
    in_list: bool = False


def bulk_operation_of(schema: GraphQLSchema, text: str) -> tuple[OperationDefinitionNode | None, list[str]]:
    """The query's operation, or the messages that say why it is refused."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, [f"Invalid bulk query: {error.message}"]
    if errors := validation_errors(schema, document):
        return None, [f"Invalid bulk query: {error['message']}" for error in errors]
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1 or any(isinstance(each, FragmentDefinitionNode) for each in document.definitions):
        return None, ["Bulk queries must be a single query without fragments."]
    operation = operations[0]
    if operation.operation is not OperationType.QUERY:
        return None, ["Bulk queries must be a query."]
    if operation.variable_definitions:
        return None, ["Bulk queries cannot use variables."]
    return operation, _refusals(schema, operation)


def _refusals(schema: GraphQLSchema, operation: OperationDefinitionNode) -> list[str]:
    found, root = _Findings(), schema.query_type
    top = [node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    if root is not None:
        _look(schema, root, operation.selection_set, found, depth=0, in_list=False)
    messages = []
    if found.by_nodes:
        names = "', '".join(found.by_nodes)
        messages.append(
            f"All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'{found.by_nodes[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{names}'."
        )
    if "node" in top or "nodes" in top:
        messages.append("Bulk queries cannot contain a top level `node` field.")
    if found.deepest > DEEPEST_NESTING:
        messages.append(f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST_NESTING}.")
    if found.connections > MOST_CONNECTIONS:
        messages.append(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")
    if found.without_id:
        messages.append(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(found.without_id)}."
        )
    if found.in_list:
        messages.append("Queries that contain a connection field within a list field are not currently supported.")
    if not found.connections and not messages:
        messages.append("Bulk queries must contain at least one connection.")
    return messages


def _look(
    schema: GraphQLSchema,
    parent: GraphQLObjectType,
    chosen: SelectionSetNode,
    found: _Findings,
    *,
    depth: int,
    in_list: bool,
) -> None:
    """Note every connection below; `depth` is how many connections stand above."""
    for node in chosen.selections:
        if isinstance(node, InlineFragmentNode):
            _look(schema, parent, node.selection_set, found, depth=depth, in_list=in_list)
        if not isinstance(node, FieldNode) or node.selection_set is None:
            continue
        known = parent.fields[node.name.value].type
        kind = get_named_type(known)
        if not isinstance(kind, GraphQLObjectType):
            continue
        if not kind.name.endswith("Connection"):
            below_list = in_list or is_list_type(get_nullable_type(known))
            _look(schema, kind, node.selection_set, found, depth=depth, in_list=below_list)
            continue
        found.connections += 1
        found.deepest = max(found.deepest, depth)
        found.in_list = found.in_list or in_list
        inner = node_selection(node)
        if inner is None:
            found.by_nodes.append(node.name.value)
            inner = _plain_nodes(node)
        if inner is not None:
            connections_before = found.connections
            node_type = get_named_type(kind.fields["nodes"].type)
            if isinstance(node_type, GraphQLObjectType):
                _look(schema, node_type, inner, found, depth=depth + 1, in_list=False)
            if found.connections > connections_before and not _selects_id(inner):
                found.without_id.append(node.name.value)


def node_selection(connection: FieldNode) -> SelectionSetNode | None:
    """What a connection selects of its nodes through `edges { node { … } }`."""
    edges = _child(connection.selection_set, "edges")
    node = _child(edges.selection_set, "node") if edges is not None else None
    return node.selection_set if node is not None else None


def _plain_nodes(connection: FieldNode) -> SelectionSetNode | None:
    nodes = _child(connection.selection_set, "nodes")
    return nodes.selection_set if nodes is not None else None


def _child(chosen: SelectionSetNode | None, name: str) -> FieldNode | None:
    if chosen is None:
        return None
    fields = (node for node in chosen.selections if isinstance(node, FieldNode))
    return next((node for node in fields if node.name.value == name), None)


def _selects_id(chosen: SelectionSetNode) -> bool:
    return any(
        isinstance(node, FieldNode) and node.name.value == "id" and node.alias is None for node in chosen.selections
    )
