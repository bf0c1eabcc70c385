"""A stand-in for Shopify at the HTTP boundary: it says what the test tells it to, and notes what it was asked."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from resources.clock import ManualClock
from resources.shopify import Shopify, ShopifyAccess

SHOP = "sample-shop.myshopify.com"
SERVED = {"X-Shopify-API-Version": "2026-10", "Content-Type": "application/json; charset=utf-8"}
Reply = httpx.Response | Exception | Callable[[dict[str, Any]], httpx.Response]


def answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An answer as Shopify sends it; `body` is written as JSON unless it is bytes already."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers={**SERVED, **(headers or {})})


def data(found: Mapping[str, Any], *, cost: Mapping[str, Any] | None = None) -> httpx.Response:
    """A good answer, with or without what it cost."""
    return answer({"data": found} | ({"extensions": {"cost": cost}} if cost else {}))


def connection(nodes: Sequence[Mapping[str, Any]], *, cursor: str | None = None, more: bool = False) -> dict[str, Any]:
    """A page of a connection."""
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": cursor}}


class Stand:
    """Plays the replies given for each operation, in their order; the last one stays. Files are had by their url."""

    def __init__(self, **replies: Reply | list[Reply]) -> None:
        self.replies = {name: reply if isinstance(reply, list) else [reply] for name, reply in replies.items()}
        self.files: dict[str, Reply | list[Reply]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "GET":
            found = self.files[str(request.url)]
            return self._play(found if isinstance(found, list) else [found], {})
        if request.url.path == "/admin/oauth/access_token":
            name, variables = "access_token", {}
        else:
            asked = json.loads(request.content)
            name, variables = asked["operationName"], asked["variables"]
        self.asked.append((name, variables))
        return self._play(self.replies[name], variables)

    def _play(self, replies: list[Reply], variables: dict[str, Any]) -> httpx.Response:
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)
        return reply(variables)

    @property
    def operations(self) -> list[str]:
        """The names of what was asked, in order."""
        return [name for name, _ in self.asked]


def manual_clock() -> ManualClock:
    """A clock that only moves when somebody waits."""
    return ManualClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


def shop_behind(stand: Stand, clock: ManualClock | None = None, access: ShopifyAccess | None = None) -> Shopify:
    """The product's client, talking to the stand-in."""
    return Shopify(
        access or ShopifyAccess(SHOP, access_token="sample-not-a-token"),
        clock or manual_clock(),
        transport=httpx.MockTransport(stand),
        dice=random.Random(7),
    )
