"""Shopify's lists, read to the end: pages of a connection, nodes by their ids, and variants beyond where paging ends.

None of the ways in which a list can come wrong may pass for its end or go on for ever; each is a BadDocument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from integration_assets.contracts.errors import BadDocument
from resources.shopify_parts.documents import PAGE, variants_after
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.parse import number_of

PAGING_ENDS = 25_000
"""Objects after which Shopify goes no deeper in one chain of pages."""

Node = dict[str, Any]


def pages(
    graphql: GraphQL,
    document: str,
    path: Sequence[str],
    variables: Mapping[str, Any] | None = None,
    *,
    first: Node | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Iterator[list[Node]]:
    """The pages of the connection at `path`, behind `after`, until about `limit` nodes.

    `first` is the data of the first page where it was read already. Raises BadDocument when a page comes twice, when
    more is promised and nothing sent, and when the cursor stands still.
    """
    cursors, seen, read = {after}, set[tuple[str, ...]](), 0
    data = first
    while True:
        if data is None:
            data = graphql.call(document, {**(variables or {}), "after": after})
        where = f"Shopify {'.'.join(path)}, after {read} objects:"
        nodes, more, cursor = _page(data, path, where)
        ids = tuple(str(node["id"]) for node in nodes)
        if ids and ids in seen:
            raise BadDocument(f"{where} the same page came twice.")
        yield nodes
        read += len(nodes)
        if not more or (limit is not None and read >= limit):
            return
        if not nodes:
            raise BadDocument(f"{where} an empty page that promises more.")
        if cursor is None or cursor in cursors:
            raise BadDocument(f"{where} more is promised, but the cursor does not move.")
        seen.add(ids)
        cursors.add(cursor)
        after, data = cursor, None


def variants_by_id(
    graphql: GraphQL, document: str, variables: Mapping[str, Any], *, first: Node | None = None
) -> Iterator[Node]:
    """The nodes of `productVariants` by rising id, going on with a search where a chain of pages ends.

    Raises BadDocument when the ids do not rise: then the search would leave some out.
    """
    last, query, data = 0, None, first
    while True:
        read = 0
        chain = {**variables, "query": query}
        for page in pages(graphql, document, ("productVariants",), chain, first=data, limit=PAGING_ENDS):
            read += len(page)
            for node in page:
                number = number_of(node["id"])
                if number <= last:
                    raise BadDocument(f"Shopify sent variant {number} after variant {last}; expected rising ids.")
                last = number
                yield node
        if read < PAGING_ENDS:
            return
        query, data = variants_after(last), None


def nodes_of(
    graphql: GraphQL, document: str, ids: Iterable[str], variables: Mapping[str, Any] | None = None
) -> Iterator[Node]:
    """The nodes of these ids, 250 a call; an id that the shop does not know is passed over."""
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), PAGE):
        batch = wanted[start : start + PAGE]
        nodes = graphql.call(document, {**(variables or {}), "ids": batch})["nodes"]
        if not isinstance(nodes, list) or len(nodes) != len(batch):
            raise BadDocument(f"Shopify did not answer {len(batch)} ids with as many nodes.")
        yield from (node for node in nodes if node)


def _page(data: Node, path: Sequence[str], where: str) -> tuple[list[Node], bool, str | None]:
    """Nodes, whether more is promised, and the cursor to go on from."""
    found: Any = data
    for name in path:
        found = found.get(name)
        if not isinstance(found, dict):
            raise BadDocument(f"{where} there is no {name}.", todo="It may have been deleted: read its parent again.")
    try:
        nodes, more, cursor = found["nodes"], found["pageInfo"]["hasNextPage"], found["pageInfo"]["endCursor"]
    except (KeyError, TypeError) as error:
        raise BadDocument(f"{where} not a page: expected nodes and pageInfo.") from error
    if not isinstance(more, bool) or not all(isinstance(node, dict) and "id" in node for node in nodes):
        raise BadDocument(f"{where} not a page: expected nodes with ids, and hasNextPage to be true or false.")
    return nodes, more, cursor
