"""The executable schema: the SDL file beside this module with the resolvers set on its fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_directive_values,
    get_named_type,
    value_from_ast_untyped,
)

from sandbox.shopify import (
    after_sales,
    bulk,
    content,
    fulfillment_services,
    goods,
    location_writes,
    metafields,
    order_writes,
    price_lists,
    refund_writes,
    root,
    sales,
    shipping_writes,
    stock_writes,
    subscriptions,
)
from sandbox.shopify.access import MUTATIONS as MUTATION_NEEDS
from sandbox.shopify.access import PROTECTED, UNLISTED_MUTATIONS, Need, denied, granted, need_of, unapproved
from sandbox.shopify.context import Context
from sandbox.shopify.idempotency import DEMANDED, once
from sandbox.shopify.money import stamp
from sandbox.shopify.paging import Listing, Page, page_of
from sandbox.shopify.registry import Connections, Fields, Resolver

SDL = ("schema", "schema_locations", "schema_fulfillment_services", "schema_content", "schema_price_lists")
"""The files of the schema beside this module: the base, then what extends it."""


def _together(*parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Resolvers of several modules: each may have fields of any type."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        for kind, fields in part.items():
            found.setdefault(kind, {}).update(fields)
    return found


FIELDS: Fields = _together(
    root.FIELDS,
    goods.FIELDS,
    sales.FIELDS,
    after_sales.FIELDS,
    fulfillment_services.FIELDS,
    metafields.FIELDS,
    content.FIELDS,
    price_lists.FIELDS,
    bulk.FIELDS,
    subscriptions.FIELDS,
    {"InventoryAdjustmentGroup": {"changes": stock_writes.changes_of}},
)
CONNECTIONS: Connections = _together(
    root.CONNECTIONS,
    goods.CONNECTIONS,
    sales.CONNECTIONS,
    after_sales.CONNECTIONS,
    fulfillment_services.CONNECTIONS,
    metafields.CONNECTIONS,
    content.CONNECTIONS,
    price_lists.CONNECTIONS,
)
Mutation = Callable[[Context, dict[str, Any]], dict[str, Any]]
EMPTY = {
    "inventoryActivate": {"inventoryLevel": None},
    "inventoryAdjustQuantities": {"inventoryAdjustmentGroup": None},
    "inventorySetQuantities": {"inventoryAdjustmentGroup": None},
    "refundCreate": {"refund": None, "order": None},
}
"""Payloads without a result, of the mutations that take an idempotency key."""


def sdl() -> str:
    """The whole schema as text."""
    return "\n".join(Path(__file__).with_name(f"{name}.graphql").read_text(encoding="utf-8") for name in SDL)


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The schema, made once: it holds no state of any world."""
    made = build_schema(sdl(), assume_valid=True)
    queries = bulk.BulkQueries(made, FIELDS, CONNECTIONS)
    mutations: dict[str, Mutation] = {
        "bulkOperationRunQuery": queries.run,
        "bulkOperationCancel": queries.cancel,
        "fulfillmentCancel": shipping_writes.cancel,
        "fulfillmentCreate": shipping_writes.create,
        "fulfillmentTrackingInfoUpdate": shipping_writes.update_tracking,
        "inventoryActivate": stock_writes.activate,
        "inventoryAdjustQuantities": stock_writes.adjust_quantities,
        "inventorySetQuantities": stock_writes.set_quantities,
        "metafieldDefinitionCreate": metafields.define,
        "metafieldsSet": metafields.set_values,
        "orderCancel": refund_writes.cancel_order,
        "orderCreate": order_writes.create,
        "orderUpdate": order_writes.update,
        "refundCreate": refund_writes.create,
        "tagsAdd": order_writes.add_tags,
        "tagsRemove": order_writes.remove_tags,
        "locationAdd": location_writes.add,
        "locationEdit": location_writes.edit,
        "webhookSubscriptionCreate": subscriptions.create,
        "webhookSubscriptionDelete": subscriptions.delete,
        "webhookSubscriptionUpdate": subscriptions.update,
        **fulfillment_services.MUTATIONS,
    }
    for kind in made.type_map.values():
        if isinstance(kind, GraphQLScalarType):
            _set_scalar(kind)
        elif isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = _type_name
        elif kind is made.mutation_type:
            for name, known in kind.fields.items():
                known.resolve = _mutation(made, name, mutations[name])
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, known in kind.fields.items():
                _set_resolver(kind, name, known)
    return made


def _set_scalar(kind: GraphQLScalarType) -> None:
    """Set how a scalar is written; graphql-core 3.3 reads it under another name than 3.2."""
    writers: dict[str, Callable[[Any], str]] = {"DateTime": _instant, "UnsignedInt64": str}
    if kind.name in writers:
        for attribute in ("serialize", "coerce_output_value"):
            setattr(kind, attribute, writers[kind.name])


def _instant(value: datetime | str) -> str:
    return value if isinstance(value, str) else stamp(value)


def _type_name(record: Any, _info: GraphQLResolveInfo, _kind: Any) -> str:
    return root.TYPE_NAMES[type(record)]


def _set_resolver(kind: GraphQLObjectType, name: str, known: GraphQLField) -> None:
    if name in CONNECTIONS.get(kind.name, {}):
        known.resolve = _guarded(name, known, _connection(CONNECTIONS[kind.name][name]))
    elif name in FIELDS.get(kind.name, {}):
        known.resolve = _guarded(name, known, _plain(FIELDS[kind.name][name]))
        if (kind.name, name) in PROTECTED:
            known.resolve = _protected(name, known.resolve)
    elif kind.name.endswith("Connection"):
        known.resolve = {"edges": _edges, "nodes": _nodes, "pageInfo": _page_info}[name]


def _plain(resolver: Resolver) -> Resolver:
    return lambda record, info, **args: resolver(record, info.context, **args)


def _connection(listing: Callable[[Any, Context, dict[str, Any]], Listing]) -> Resolver:
    def resolve(record: Any, info: GraphQLResolveInfo, **args: Any) -> Page:
        context: Context = info.context
        context.path = info.path.as_list()
        return page_of(listing(record, context, args), args, context)

    return resolve


def _edges(page: Page, _info: GraphQLResolveInfo) -> Any:
    return page.edges


def _nodes(page: Page, _info: GraphQLResolveInfo) -> Any:
    return [edge.node for edge in page.edges]


def _page_info(page: Page, _info: GraphQLResolveInfo) -> dict[str, Any]:
    return {
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "startCursor": page.edges[0].cursor if page.edges else None,
        "endCursor": page.edges[-1].cursor if page.edges else None,
    }


def _guarded(name: str, known: GraphQLField, resolver: Resolver) -> Resolver:
    """Ask for the scope where the field leads to a type that needs one."""
    need = need_of(get_named_type(known.type).name)
    if need is None:
        return resolver
    asked: Need = need

    def resolve(record: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
        if not granted(asked, info.context.scopes):
            raise denied(name, asked)
        return resolver(record, info, **args)

    return resolve


def _protected(name: str, resolver: Resolver) -> Resolver:
    def resolve(record: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
        if info.context.fault("protected_fields") is not None:
            raise unapproved(name)
        return resolver(record, info, **args)

    return resolve


def _mutation(made: GraphQLSchema, name: str, run: Mutation) -> Resolver:
    directive = made.get_directive("idempotent")

    def resolve(_root: Any, info: GraphQLResolveInfo, **args: Any) -> dict[str, Any]:
        context: Context = info.context
        need = MUTATION_NEEDS.get(name) or UNLISTED_MUTATIONS.get(name)
        if need is not None and not granted(need, context.scopes):
            raise denied(name, need)
        if name not in DEMANDED or directive is None:
            return run(context, args)
        node = info.field_nodes[0]
        values = get_directive_values(directive, node, info.variable_values)
        sent = {each.name.value: value_from_ast_untyped(each.value, context.variables) for each in node.arguments or ()}
        return once(context, name, (values or {}).get("key"), sent, EMPTY[name], lambda: run(context, args))

    return resolve
