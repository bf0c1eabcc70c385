"""The shapes resolvers come in: one set serves graphql-core's executor and the bulk queries alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.shopify.context import Context
from sandbox.shopify.paging import Listing
from sandbox.world import ShopOrder

Resolver = Callable[..., Any]
"""(record, context, **arguments) -> the field's value."""
Fields = dict[str, dict[str, Resolver]]
"""Type -> field -> resolver. Fields of answers made as dictionaries need none."""
Connections = dict[str, dict[str, Callable[[Any, Context, dict[str, Any]], Listing]]]
"""Type -> field -> (record, context, arguments) -> what the connection lists."""


class Of(NamedTuple):
    """A record that knows its order only by context: the order, and the record."""

    order: ShopOrder
    record: Any
