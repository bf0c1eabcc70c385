"""Connections: a window on sorted keys, walked from one end, with opaque cursors.

Keys are ids, or (value, id) pairs where something else than the id sorts. A page costs what it walks over.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.shopify.context import Context
from sandbox.shopify.problems import refusal

MOST = 250
DEEPEST = 25_000
"""How many objects can be paged through; further on only by a filter (`id:>N`) or a bulk query."""


@dataclass
class Listing:
    """What a connection lists: `keys` ascending, `fetch` a key's record (None: gone), `keep` which records count."""

    keys: Sequence[Any]
    fetch: Callable[[Any], Any]
    keep: Callable[[Any], bool] | None = None
    descending: bool = False

    def walk(self, low: int, high: int, *, backwards: bool) -> Iterator[tuple[Any, Any]]:
        """(key, record) of the positions low <= i < high that are kept."""
        span = range(high - 1, low - 1, -1) if backwards else range(low, high)
        for at in span:
            record = self.fetch(self.keys[at])
            if record is not None and (self.keep is None or self.keep(record)):
                yield self.keys[at], record

    def everything(self) -> Iterator[Any]:
        """Every record in order, for a bulk query."""
        for _, record in self.walk(0, len(self.keys), backwards=self.descending):
            yield record


@dataclass
class Edge:
    """A record at its place in a connection. `depth` counts the objects paged through up to here."""

    key: Any
    node: Any
    depth: int

    @property
    def cursor(self) -> str:
        """Where the next page goes on."""
        value, number = self.key if isinstance(self.key, tuple) else (self.key, self.key)
        text = value.isoformat() if isinstance(value, datetime) else value
        body = {"last_id": number, "last_value": text, "depth": self.depth}
        return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


@dataclass
class Page:
    """The part of a connection that was asked for."""

    edges: list[Edge]
    has_next: bool
    has_previous: bool


def page_of(listing: Listing, args: dict[str, Any], context: Context) -> Page:
    """The page that `first`/`after` or `last`/`before` ask for.

    Raises GraphQLError (BAD_REQUEST) for no size, both sizes, more than 250, a foreign cursor and a page that ends
    beyond 25,000 objects.
    """
    size, from_end = _size(args)
    listing = _as_faults_have_it(listing, context)
    low, high = 0, len(listing.keys)
    depth = 0
    repeated = context.fault("repeated_page") if args.get("after") else None
    for name in ("after", "before"):
        if not args.get(name):
            continue
        key, reached = _read_cursor(args[name], listing)
        if (name == "after") != listing.descending:
            low = max(low, bisect_right(listing.keys, key))
        else:
            high = min(high, bisect_left(listing.keys, key))
        depth = reached if name == "after" else depth
    if repeated is not None:
        low, high = (0, low) if not listing.descending else (high, len(listing.keys))
        from_end = True
    walked = listing.walk(low, high, backwards=from_end != listing.descending)
    found: list[tuple[Any, Any]] = []
    more = False
    for pair in walked:
        if len(found) == size:
            more = True
            break
        found.append(pair)
    if from_end:
        found.reverse()
    if depth + len(found) > DEEPEST:
        message = f"Cannot page through more than {DEEPEST} objects. Narrow the query or use a bulk operation."
        raise refusal(message, "BAD_REQUEST")
    edges = [Edge(key, record, depth + at) for at, (key, record) in enumerate(found, start=1)]
    if repeated is not None:
        return Page(edges, has_next=True, has_previous=more)
    return Page(
        edges,
        has_next=bool(args.get("before")) if from_end else more,
        has_previous=more if from_end else bool(args.get("after")),
    )


def _size(args: dict[str, Any]) -> tuple[int, bool]:
    first: int | None
    last: int | None
    first, last = args.get("first"), args.get("last")
    if first is not None and last is not None:
        raise refusal("providing both first and last is not supported", "BAD_REQUEST")
    name, size = ("last", last) if first is None else ("first", first)
    if size is None:
        raise refusal("you must provide one of first or last", "BAD_REQUEST")
    if size > MOST:
        message = (
            f"{name} cannot exceed {MOST}. To query larger amounts of data with fewer limits, bulk operations should "
            "be used instead."
        )
        raise refusal(message, "BAD_REQUEST")
    if size < 0:
        raise refusal(f"{name} cannot be negative", "BAD_REQUEST")
    return size, last is not None


def _as_faults_have_it(listing: Listing, context: Context) -> Listing:
    if context.in_list:
        return listing
    if context.fault("empty_snapshot") is not None:
        return Listing([], listing.fetch)
    if context.fault("half_snapshot") is not None:
        keys = listing.keys[len(listing.keys) // 2 :] if listing.descending else listing.keys[: len(listing.keys) // 2]
        return Listing(keys, listing.fetch, listing.keep, listing.descending)
    return listing


def _read_cursor(text: str, listing: Listing) -> tuple[Any, int]:
    try:
        body = json.loads(base64.b64decode(text, validate=True))
        number, value, depth = body["last_id"], body["last_value"], body["depth"]
        example = listing.keys[0] if listing.keys else number
        if not isinstance(example, tuple):
            return int(number), int(depth)
        kind = type(example[0])
        revived = datetime.fromisoformat(value) if kind is datetime else kind(value)
        return (revived, int(number)), int(depth)
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise refusal("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None
