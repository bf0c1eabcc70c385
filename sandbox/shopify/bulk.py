"""Bulk queries: taken, carried out slice by slice as sandbox time runs, and served as JSON lines.

The lines come ungrouped: a child can stand anywhere, also before its parent, and names the enclosing connection's node
as `__parentId`. Slashes are escaped, as Shopify's writer does.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from sandbox.faults import fault_for
from sandbox.shopify import gids
from sandbox.shopify.access import granted, need_of
from sandbox.shopify.bulk_rules import bulk_operation_of, node_selection
from sandbox.shopify.context import Context
from sandbox.shopify.problems import user_error
from sandbox.shopify.registry import Connections, Fields
from sandbox.shopify.state import RESULT_LIFE, BulkOperation

AT_ONCE = 5
SLICE = 1_000
START_SECONDS = 1.0
SLICE_SECONDS = 0.5
PATH = "/shopify-storage/bulk"
"""Where results are fetched, without an access token: Shopify's are in a storage bucket."""
WRITTEN = frozenset({"DateTime", "UnsignedInt64"})
"""Scalars that look other in JSON than in Python."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Payload = dict[str, Any]
Read = Callable[[Any, Context], Any]


@dataclass
class _Plan:
    """How a selected object becomes a line: its own values, and the connections whose nodes get their own lines."""

    values: list[tuple[str, Read]] = field(default_factory=list)
    connections: list[tuple[Callable[[Any, Context], Iterator[Any]], _Plan]] = field(default_factory=list)


class BulkQueries:
    """Accepts bulk queries against the schema and carries them out with the resolvers the API uses."""

    def __init__(self, schema: GraphQLSchema, fields: Fields, connections: Connections) -> None:
        self.schema = schema
        self._fields = fields
        self._connections = connections

    def run(self, context: Context, args: dict[str, Any]) -> Payload:
        """Take a bulk query (bulkOperationRunQuery), or say why not."""
        operation, messages = bulk_operation_of(self.schema, args["query"])
        if messages or operation is None:
            errors = [user_error(["query"], message, "INVALID") for message in messages]
            return {"bulkOperation": None, "userErrors": errors}
        going_on = [each for each in context.state.bulk.values() if each.open]
        if len(going_on) >= AT_ONCE:
            names = ", ".join(gids.gid("BulkOperation", each.id) for each in going_on)
            message = f"A bulk query operation for this app and shop is already in progress: {names}."
            return {"bulkOperation": None, "userErrors": [user_error(None, message, "OPERATION_IN_PROGRESS")]}
        bulk = BulkOperation(
            id=context.world.next_id(),
            query=args["query"],
            created_at=context.now,
            key=context.state.hexadecimal(32),
            grouped=bool(args.get("groupObjects")),
        )
        context.state.bulk[bulk.id] = bulk
        context.did("bulk query started", [gids.gid("BulkOperation", bulk.id)])
        breaks = fault_for(context.world, "bulkOperationRunQuery", among={"bulk_failed"}) is not None
        _Run(self, context, bulk, operation.selection_set, breaks=breaks).begin()
        return {"bulkOperation": bulk, "userErrors": []}

    def cancel(self, context: Context, args: dict[str, Any]) -> Payload:
        """Cancel one (bulkOperationCancel); it takes effect a moment later."""
        number = gids.number_of(args["id"], "BulkOperation")
        bulk = context.state.bulk.get(number or 0)
        if bulk is None:
            return {"bulkOperation": None, "userErrors": [user_error(["id"], "Bulk operation does not exist")]}
        if not bulk.open:
            message = f"A bulk operation cannot be canceled when it is {bulk.status.lower()}"
            return {"bulkOperation": bulk, "userErrors": [user_error(None, message)]}
        bulk.status = "CANCELING"
        context.did("bulk query canceled", [args["id"]])
        return {"bulkOperation": bulk, "userErrors": []}

    def plan(self, kind: GraphQLObjectType, chosen: SelectionSetNode, context: Context) -> _Plan:
        """Compile a selection once, so that each object costs little. Raises GraphQLError where scopes do not reach."""
        plan = _Plan()
        for node in chosen.selections:
            if isinstance(node, InlineFragmentNode):
                inner = self.plan(kind, node.selection_set, context)
                plan.values.extend(inner.values)
                plan.connections.extend(inner.connections)
            elif isinstance(node, FieldNode):
                self._plan_field(plan, kind, node, context)
        return plan

    def _plan_field(self, plan: _Plan, kind: GraphQLObjectType, node: FieldNode, context: Context) -> None:
        name = node.name.value
        key = node.alias.value if node.alias else name
        if name == "__typename":
            plan.values.append((key, lambda _record, _context: kind.name))
            return
        known = kind.fields[name]
        named = get_named_type(known.type)
        need = need_of(named.name)
        if not granted(need, context.scopes):
            raise GraphQLError(f"Access denied for {name} field.")
        args = get_argument_values(known, node)
        if named.name.endswith("Connection") and isinstance(named, GraphQLObjectType):
            listing = self._connections[kind.name][name]
            node_type, inner = get_named_type(named.fields["nodes"].type), node_selection(node)
            if inner is not None and isinstance(node_type, GraphQLObjectType):
                below = self.plan(node_type, inner, context)
                plan.connections.append((lambda record, ctx: listing(record, ctx, args).everything(), below))
            return
        read = self._reader(kind, name, args)
        if isinstance(named, GraphQLScalarType | GraphQLEnumType):
            plan.values.append((key, _leaf(read, named, is_list=is_list_type(get_nullable_type(known.type)))))
        elif isinstance(named, GraphQLObjectType) and node.selection_set is not None:
            below = self.plan(named, node.selection_set, context)
            plan.values.append((key, _nested(read, below)))
            plan.connections.extend(_through(read, each) for each in below.connections)

    def _reader(self, kind: GraphQLObjectType, name: str, args: dict[str, Any]) -> Read:
        resolver = self._fields.get(kind.name, {}).get(name)
        if resolver is None:
            return lambda record, _context: record.get(name)
        return (lambda record, context: resolver(record, context, **args)) if args else resolver


class _Run:
    """One bulk query being carried out."""

    def __init__(
        self, queries: BulkQueries, context: Context, bulk: BulkOperation, chosen: SelectionSetNode, *, breaks: bool
    ) -> None:
        self._queries = queries
        self._context = context
        self._bulk = bulk
        self._chosen = chosen
        self._breaks = breaks
        self._roots: Iterator[tuple[Any, _Plan]] = iter(())

    def begin(self) -> None:
        """Put the first slice on the agenda."""
        self._context.world.after(START_SECONDS, self._start)

    def _start(self) -> None:
        if self._bulk.status == "CANCELING":
            self._finish("CANCELED")
            return
        root = self._queries.schema.query_type
        try:
            plan = self._queries.plan(root, self._chosen, self._context) if root is not None else _Plan()
        except GraphQLError:
            self._finish("FAILED", "ACCESS_DENIED")
            return
        self._bulk.status = "RUNNING"
        self._roots = self._as_faults_have_it(
            (record, below) for walk, below in plan.connections for record in walk(None, self._context)
        )
        self._soon()

    def _soon(self) -> None:
        """Plan the next slice by the clock and not by the event's moment, so that others get the lock in between."""
        world = self._context.world
        world.at(world.clock.now() + timedelta(seconds=SLICE_SECONDS), self._slice)

    def _as_faults_have_it(self, roots: Iterator[tuple[Any, _Plan]]) -> Iterator[tuple[Any, _Plan]]:
        if self._context.fault("empty_snapshot") is not None:
            return iter(())
        return itertools.islice(roots, 0, None, 2) if self._context.fault("half_snapshot") is not None else roots

    def _slice(self) -> None:
        bulk = self._bulk
        if bulk.status == "CANCELING":
            self._finish("CANCELED")
            return
        lines: list[str] = []
        taken = 0
        for record, plan in self._roots:
            self._lines(record, plan, None, lines)
            taken += 1
            if taken == SLICE:
                break
        bulk.root_object_count += taken
        bulk.object_count += len(lines)
        if lines:
            if not bulk.grouped:
                self._context.state.dice.shuffle(lines)
            part = ("\n".join(lines) + "\n").encode()
            bulk.file_size += len(part)
            bulk.parts.append(zlib.compress(part, 1))
        if self._breaks:
            self._finish("FAILED", "INTERNAL_SERVER_ERROR")
        elif taken == SLICE:
            self._soon()
        else:
            self._finish("COMPLETED")

    def _lines(self, record: Any, plan: _Plan, parent: str | None, lines: list[str]) -> None:
        values = {key: read(record, self._context) for key, read in plan.values}
        if parent is not None:
            values["__parentId"] = parent
        lines.append(_ENCODE(values).replace("/", "\\/"))
        for walk, below in plan.connections:
            for child in walk(record, self._context):
                self._lines(child, below, values.get("id"), lines)

    def _finish(self, status: str, error_code: str | None = None) -> None:
        bulk, world = self._bulk, self._context.world
        bulk.status, bulk.error_code, bulk.completed_at = status, error_code, world.now()
        payload = {
            "admin_graphql_api_id": gids.gid("BulkOperation", bulk.id),
            "completed_at": bulk.completed_at.isoformat(timespec="seconds"),
            "created_at": bulk.created_at.isoformat(timespec="seconds"),
            "error_code": error_code.lower() if error_code else None,
            "status": status.lower(),
            "type": "query",
        }
        world.webhook_outbox.append(("bulk_operations/finish", payload, bulk.completed_at))


def _leaf(read: Read, kind: GraphQLScalarType | GraphQLEnumType, *, is_list: bool) -> Read:
    if isinstance(kind, GraphQLEnumType) or kind.name not in WRITTEN:
        return read

    def value(record: Any, context: Context) -> Any:
        found = read(record, context)
        if found is None:
            return None
        return [kind.serialize(each) for each in found] if is_list else kind.serialize(found)

    return value


def _nested(read: Read, below: _Plan) -> Read:
    def one(found: Any, context: Context) -> dict[str, Any]:
        return {key: inner(found, context) for key, inner in below.values}

    def value(record: Any, context: Context) -> Any:
        found = read(record, context)
        if isinstance(found, list):
            return [one(each, context) for each in found]
        return None if found is None else one(found, context)

    return value


def _through(
    read: Read, inner: tuple[Callable[[Any, Context], Iterator[Any]], _Plan]
) -> tuple[Callable[[Any, Context], Iterator[Any]], _Plan]:
    """A connection of an object inside the node: its nodes are children of the enclosing connection's node."""
    walk, below = inner

    def through(record: Any, context: Context) -> Iterator[Any]:
        found = read(record, context)
        return iter(()) if found is None else walk(found, context)

    return through, below


def result_of(operations: dict[int, BulkOperation], key: str, now: datetime) -> BulkOperation | None:
    """The operation whose result has this key in its url; None when there is none or it is older than seven days."""
    found = next((each for each in operations.values() if each.key == key), None)
    if found is None or found.completed_at is None or found.completed_at + RESULT_LIFE <= now:
        return None
    return found


def _url(bulk: BulkOperation, context: Context) -> str | None:
    if bulk.status != "COMPLETED" or not bulk.object_count or bulk.completed_at is None:
        return None
    if bulk.completed_at + RESULT_LIFE <= context.now:
        return None
    return f"{context.base_url}{PATH}/{bulk.key}"


def _partial_url(bulk: BulkOperation, context: Context) -> str | None:
    if bulk.status not in ("FAILED", "CANCELED") or not bulk.object_count:
        return None
    return f"{context.base_url}{PATH}/{bulk.key}"


FIELDS: Fields = {
    "BulkOperation": {
        "id": lambda bulk, _: gids.gid("BulkOperation", bulk.id),
        "status": lambda bulk, _: bulk.status,
        "errorCode": lambda bulk, _: bulk.error_code,
        "createdAt": lambda bulk, _: bulk.created_at,
        "completedAt": lambda bulk, _: bulk.completed_at,
        "objectCount": lambda bulk, _: bulk.object_count,
        "rootObjectCount": lambda bulk, _: bulk.root_object_count,
        "fileSize": lambda bulk, _: bulk.file_size if bulk.completed_at and bulk.object_count else None,
        "query": lambda bulk, _: bulk.query,
        "type": lambda _bulk, _: "QUERY",
        "url": _url,
        "partialDataUrl": _partial_url,
    }
}
