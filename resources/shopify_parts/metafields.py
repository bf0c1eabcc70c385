"""Metafields on orders: what an app keeps with them, set and read by owner, namespace and key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from integration_assets.contracts.errors import BadDocument
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.money_documents import METAFIELDS_SET, ORDER_METAFIELDS
from resources.shopify_parts.pages import nodes_of

AT_ONCE = 25
"""Metafields that one call may set; all of them are set or none."""


@dataclass(frozen=True, slots=True)
class Metafield:
    """A JSON metafield of one record; `value` is the JSON text as it is to be kept."""

    owner_id: str
    namespace: str
    key: str
    value: str


def set_metafields(graphql: GraphQL, metafields: Sequence[Metafield]) -> list[str]:
    """Set up to 25 JSON metafields in one call, all or none; the values that Shopify now shows.

    Raises Rejected when Shopify says no to any of them, UnknownOutcome when the answer got lost or is no answer, and
    ValueError for more than 25.
    """
    if len(metafields) > AT_ONCE:
        raise ValueError(f"{len(metafields)} metafields; at most {AT_ONCE} go in a call")
    inputs = [
        {"ownerId": each.owner_id, "namespace": each.namespace, "key": each.key, "type": "json", "value": each.value}
        for each in metafields
    ]
    made = (graphql.call(METAFIELDS_SET, {"metafields": inputs})["metafieldsSet"] or {}).get("metafields") or []
    return [node["value"] for node in made]


def order_metafields(graphql: GraphQL, order_ids: Iterable[str], namespace: str, key: str) -> dict[str, str | None]:
    """The value of a metafield on each of these orders, None where it has none; an order that is gone is left out."""
    values: dict[str, str | None] = {}
    for node in nodes_of(graphql, ORDER_METAFIELDS, order_ids, {"namespace": namespace, "key": key}):
        if "id" not in node:
            raise BadDocument("Shopify answered an order's id with another record.")
        kept = node["metafield"]
        values[node["id"]] = None if kept is None else kept["value"]
    return values
