"""The Shopify side over ASGI: tokens, GraphQL and bulk results, with the faults that strike at the door and the log."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.connection import cut
from sandbox.faults import fault_for
from sandbox.requests import log, new_request_id
from sandbox.shopify import engine, tokens
from sandbox.shopify.bulk import PATH, result_of
from sandbox.shopify.state import BulkOperation, state_of
from sandbox.world import Fault, World

VERSIONS = ("2026-07", "2026-10")
"""What is served: an older version falls forward to the first."""
JSON = "application/json; charset=utf-8"
DOWNLOAD = "bulkDownload"
HTML = b"<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
AFTER = frozenset({"status_500_after", "timeout_after", "reset_after", "slow"})
BEFORE: dict[str, tuple[int, Any, dict[str, str]]] = {
    "status_500_empty": (500, None, {}),
    "status_403_no_errors": (403, {"message": "Forbidden"}, {}),
    "status_400_errors": (400, {"errors": {"query": "Required parameter missing or invalid"}}, {}),
    "shop_locked": (423, {"errors": "Locked"}, {}),
    "shop_frozen": (402, {"errors": "Payment Required"}, {}),
    "shop_rejected": (430, {"errors": "Shopify Security Rejection"}, {}),
    "too_many_requests": (
        429,
        {"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."},
        {"retry-after": "2.0"},
    ),
}
"""Faults that answer with a status before anything happens: status, body and headers."""
DOOR = frozenset({*BEFORE, *AFTER, "status_503_html", "timeout_before", "expired_token"})


@dataclass
class Reply:
    """An HTTP answer. `cut_after` None: it is sent; else the connection is cut after so many seconds instead.

    `parts` are sent one after the other where the body is large; with `broken` the connection is cut before the last.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut_after: float | None = None
    parts: Iterator[bytes] | None = None
    length: int = 0
    broken: bool = False


def routes(world: World) -> list[Route]:
    """The routes of one world's Shopify: token, GraphQL and bulk results (the last without a token)."""
    app = ShopifyApp(world)
    return [
        Route("/admin/oauth/access_token", Door(app.token), methods=["POST"]),
        Route("/admin/api/{version}/graphql.json", Door(app.graphql), methods=["POST"]),
        Route(PATH + "/{key}", Door(app.download), methods=["GET"]),
    ]


class Door:
    """An ASGI endpoint that reads the request, has it answered in a thread and sends or cuts."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or cut its connection where a fault says so."""
        request = Request(scope, receive)
        body = await request.body()
        base_url = str(request.base_url).rstrip("/")
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply: Reply = await run_in_threadpool(self._answer, dict(request.path_params), headers, body, base_url)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.cut_after is not None:
            await asyncio.sleep(reply.cut_after)
            await _cut(send)
            return
        length = reply.length if reply.parts is not None else len(reply.body)
        told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        told.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": told})
        for part in reply.parts or ():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if reply.broken:
            return
        await send({"type": "http.response.body", "body": reply.body})


async def _cut(send: Send) -> None:
    """Cut the connection; behind a middleware the best that can be done is an answer that breaks off."""
    if hasattr(getattr(send, "__self__", None), "transport"):
        await cut(send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


class ShopifyApp:
    """Answers requests under the world's lock, after the world has caught up."""

    def __init__(self, world: World) -> None:
        self.world = world

    def token(self, _path: dict[str, str], headers: dict[str, str], body: bytes, _base_url: str) -> Reply:
        """POST /admin/oauth/access_token, as a form or as JSON."""
        with self.world.lock:
            self.world.catch_up()
            call = _Visit(self.world, tokens.OPERATION, "POST", "/admin/oauth/access_token")
            if (reply := call.stopped()) is not None:
                return reply
            status, answer = tokens.grant(self.world, _form(headers, body))
            outcome = "ok" if status == 200 else "refused"
            return call.done(Reply(status, _encode(answer), {"content-type": JSON}), outcome)

    def graphql(self, path: dict[str, str], headers: dict[str, str], body: bytes, base_url: str) -> Reply:
        """POST /admin/api/{version}/graphql.json."""
        given = _graphql_body(headers, body)
        text = given.get("query") if given is not None else None
        name = given.get("operationName") if given is not None else None
        readable = isinstance(text, str) and bool(text.strip())
        variables = (given or {}).get("variables") or {}
        readable = readable and isinstance(variables, dict)
        operation = engine.operation_name(str(text), name, variables) if readable else ""
        with self.world.lock:
            self.world.catch_up()
            call = _Visit(self.world, operation, "POST", f"/admin/api/{path['version']}/graphql.json")
            served = self._served(path["version"], operation)
            if served is None:
                return call.done(_json(404, {"errors": "Not Found"}), "refused")
            if not tokens.is_good(self.world, headers.get("x-shopify-access-token")):
                return call.done(_json(401, {"errors": tokens.UNAUTHORIZED}), "refused")
            if (reply := call.stopped()) is not None:
                return reply
            if not readable:
                return call.done(_json(400, {"errors": {"query": "Required parameter missing or invalid"}}), "refused")
            answered = engine.answer(
                self.world,
                text=str(text),
                variables=variables,
                name=name,
                version=served,
                base_url=base_url,
                request_id=call.request_id,
            )
            reply = Reply(200, b"", {"content-type": JSON, "x-shopify-api-version": served})
            reply = call.done(reply, answered.outcome, answered)
        if reply.status == 200 and reply.cut_after is None:
            reply.body = _encode(answered.body)
        return reply

    def download(self, path: dict[str, str], headers: dict[str, str], _body: bytes, _base_url: str) -> Reply:
        """GET a bulk result. An access token has no business here and is refused."""
        with self.world.lock:
            self.world.catch_up()
            call = _Visit(self.world, DOWNLOAD, "GET", f"{PATH}/{path['key']}")
            if (reply := call.stopped()) is not None:
                return reply
            if "x-shopify-access-token" in headers:
                return call.done(_xml(400, "InvalidArgument", "Send no access token to the storage"), "refused")
            bulk = result_of(state_of(self.world).bulk, path["key"], self.world.now())
            if bulk is None or fault_for(self.world, DOWNLOAD, among={"expired_url"}) is not None:
                return call.done(_xml(403, "ExpiredToken", "The url is unknown or has expired"), "refused")
            broken = fault_for(self.world, DOWNLOAD, among={"truncated_document"}) is not None
            reply = Reply(
                200,
                headers={"content-type": "application/jsonl"},
                parts=_parts(bulk, broken=broken),
                length=bulk.file_size,
                broken=broken,
            )
            return call.done(reply, "cut_after" if broken else "ok")

    def _served(self, version: str, operation: str) -> str | None:
        """The version that answers; None where the asked one is none or not out yet."""
        if not re.fullmatch(r"\d{4}-(01|04|07|10)", version) or version > VERSIONS[-1]:
            return None
        fault = fault_for(self.world, operation, among={"wrong_version"}) if self.world.faults else None
        if fault is not None:
            return str(fault.params.get("version", VERSIONS[0]))
        return version if version in VERSIONS else VERSIONS[0]


class _Visit:
    """One request on its way through the door faults and into the log."""

    def __init__(self, world: World, operation: str, method: str, path: str) -> None:
        self.request_id = new_request_id()
        self._world = world
        self._operation = operation
        self._method = method
        self._path = path
        self._fault: Fault | None = None

    def stopped(self) -> Reply | None:
        """The answer of a fault that lets nothing happen; None when the call goes on."""
        self._fault = fault_for(self._world, self._operation, among=DOOR) if self._world.faults else None
        if self._fault is None or self._fault.kind in AFTER:
            return None
        kind, self._fault = self._fault, None
        if kind.kind == "timeout_before":
            return self.done(Reply(0, cut_after=float(kind.params.get("seconds", 1))), "cut_before")
        if kind.kind == "status_503_html":
            return self.done(Reply(503, HTML, {"content-type": "text/html"}), "failed")
        if kind.kind == "expired_token":
            state_of(self._world).tokens.clear()
            return self.done(_json(401, {"errors": tokens.UNAUTHORIZED}), "refused")
        status, body, headers = BEFORE[kind.kind]
        reply = Reply(status, b"" if body is None else _encode(body), {"content-type": JSON, **headers})
        outcome = "failed" if status >= 500 else "throttled" if status == 429 else "refused"
        return self.done(reply, outcome)

    def done(self, reply: Reply, outcome: str, answered: engine.Answered | None = None) -> Reply:
        """Log the call and answer it, unless a fault strikes now that the effect has happened."""
        fault, told = self._fault, answered or engine.Answered({})
        if fault is not None and fault.kind == "slow":
            reply.delay = float(fault.params.get("seconds", 2))
        elif fault is not None and fault.kind == "status_500_after":
            reply, outcome = Reply(500), "failed"
        elif fault is not None:
            held = float(fault.params.get("seconds", 1)) if fault.kind == "timeout_after" else 0.0
            reply, outcome = Reply(0, cut_after=held), "cut_after"
        reply.headers["x-request-id"] = self.request_id
        log(
            self._world,
            service="shopify",
            operation=self._operation,
            method=self._method,
            path=self._path,
            status=0 if reply.cut_after is not None else reply.status,
            outcome=outcome,
            effect=told.effect,
            subject=told.subject,
            request_id=self.request_id,
            cost=told.cost,
            detail=told.detail,
        )
        return reply


def _parts(bulk: BulkOperation, *, broken: bool) -> Iterator[bytes]:
    for at, part in enumerate(bulk.parts, start=1):
        content = zlib.decompress(part)
        yield content[: len(content) // 2] if broken and at == len(bulk.parts) else content


def _form(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    if headers.get("content-type", "").startswith("application/json"):
        try:
            found = json.loads(body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _graphql_body(headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
    if headers.get("content-type", "").startswith("application/graphql"):
        return {"query": body.decode("utf-8", "replace")}
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _json(status: int, body: Any) -> Reply:
    return Reply(status, _encode(body), {"content-type": JSON})


def _xml(status: int, code: str, message: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, text.encode(), {"content-type": "application/xml"})
