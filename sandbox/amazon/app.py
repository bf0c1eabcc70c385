"""The Amazon side over ASGI: routing, tokens, rates, faults and the log round every operation.

Paths are matched before their percent signs are decoded, because a SKU may hold a slash. The Host header is
not looked at.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox.amazon.call import Answer, Call, Operation, Problem, encode, invalid
from sandbox.amazon.documents import download, upload
from sandbox.amazon.lwa import GRANTLESS_TOKEN, account_of, grant
from sandbox.amazon.lwa import OPERATION as TOKEN_OPERATION
from sandbox.amazon.operations import OPERATIONS, SUBMISSIONS
from sandbox.amazon.state import state_of
from sandbox.connection import cut
from sandbox.faults import DOOR, fault_for
from sandbox.requests import log, new_request_id
from sandbox.world import AmazonAccount, Fault, World

PREFIXES = (
    "/listings/",
    "/orders/",
    "/feeds/",
    "/reports/",
    "/fba/",
    "/finances/",
    "/sellers/",
    "/notifications/",
    "/auth/o2/",
    "/documents/",
)
JSON = "application/json"
NO_CONTENT = 204
AFTER = ("status_500_after", "timeout_after", "reset_after")
HTML = b"<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"


@dataclass
class Reply:
    """An HTTP answer. `cut_after` None: it is sent; else the connection is cut after so many seconds instead."""

    status: int
    body: bytes
    headers: dict[str, str]
    delay: float = 0.0
    cut_after: float | None = None


class AmazonApp:
    """Answers everything under PREFIXES."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or cut its connection where a fault says so."""
        request = Request(scope, receive)
        body = await request.body()
        host, port = scope["server"]
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        with self.world.lock:
            self.world.catch_up()
            reply = self.answer(
                method=scope["method"],
                raw_path=raw_path.decode("ascii", "replace"),
                query=parse_qs(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True),
                headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
                body=body,
                base_url=f"http://{host}:{port}",
            )
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.cut_after is not None:
            await asyncio.sleep(reply.cut_after)
            await cut(send)
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        if reply.status != NO_CONTENT:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    def answer(
        self,
        *,
        method: str,
        raw_path: str,
        query: dict[str, list[str]],
        headers: dict[str, str],
        body: bytes,
        base_url: str,
    ) -> Reply:
        """The answer to one request, under the world's lock."""
        segments = [unquote(part) for part in raw_path.strip("/").split("/")]
        if segments[0] == "documents" and len(segments) == 2:
            return self._document(method, segments[1], query, headers, body)
        if segments == ["auth", "o2", "token"]:
            return self._token(method, headers, body)
        visit = Visit(self.world, method, raw_path, query, base_url)
        for operation in OPERATIONS:
            if operation.method == method and (path := operation.match(segments)) is not None:
                return visit.carry_out(operation, path, headers, body)
        return visit.unknown()

    def _document(
        self, method: str, document_id: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> Reply:
        if method == "PUT":
            stored = upload(self.world, document_id, query, headers.get("content-type"), body)
        else:
            stored = download(self.world, document_id, query)
        told = {"content-type": stored.content_type}
        if stored.content_encoding:
            told["content-encoding"] = stored.content_encoding
        return Reply(stored.status, stored.body, told)

    def _token(self, method: str, headers: dict[str, str], body: bytes) -> Reply:
        form: dict[str, str] = {}
        if headers.get("content-type", "").startswith(JSON):
            try:
                form = {str(name): str(value) for name, value in json.loads(body or b"{}").items()}
            except (ValueError, AttributeError):
                form = {}
        else:
            form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        fault = fault_for(self.world, TOKEN_OPERATION, among=DOOR)
        request_id = new_request_id()
        if fault and fault.kind not in AFTER and fault.kind != "slow":
            reply, outcome = _faulty(fault, request_id)
            region = ""
        else:
            token = grant(self.world, form)
            reply = Reply(token.status, encode(token.body), {"content-type": JSON, "x-amzn-requestid": request_id})
            outcome, region = "ok" if token.status == 200 else "refused", token.region
            if fault:
                reply, outcome = _after(fault, reply, outcome)
        log(
            self.world,
            service="amazon",
            operation=TOKEN_OPERATION,
            method=method,
            path="/auth/o2/token",
            status=0 if reply.cut_after is not None else reply.status,
            outcome=outcome,
            subject=region,
            request_id=request_id,
        )
        return reply


class Visit:
    """One request of an operation, from the token check to the log."""

    def __init__(self, world: World, method: str, raw_path: str, query: dict[str, list[str]], base_url: str) -> None:
        self.world = world
        self.method = method
        self.raw_path = raw_path
        self.query = query
        self.base_url = base_url
        self.request_id = new_request_id()

    def unknown(self) -> Reply:
        """A path that is no operation of ours."""
        problem = Problem(404, "NotFound", "The resource is unknown to this sandbox.", f"{self.method} {self.raw_path}")
        return self._refuse("unknown", problem, region="")

    def carry_out(self, operation: Operation, path: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        """Token, quota, fault, operation: in the order in which the real service looks at them."""
        fault = fault_for(self.world, operation.name, among=DOOR)
        try:
            account = self._caller(operation, headers.get("x-amz-access-token"), fault)
        except Problem as problem:
            return self._refuse(operation.name, problem, region="")
        state = state_of(self.world, account)
        throttled = fault is not None and fault.kind == "throttle"
        in_quota = not state.enforce_rates or state.take(self.world, operation.name, operation.rate, operation.burst)
        if throttled or not in_quota:
            return self._refuse(operation.name, _quota_exceeded(), region=account.region)
        if fault and fault.kind not in AFTER and fault.kind != "slow":
            reply, outcome = _faulty(fault, self.request_id)
            self._log(operation.name, reply, outcome, Answer(subject=path.get("sku", "")), account.region, path)
            return reply
        call = Call(self.world, account, state, operation.name, self.base_url, path, self.query, _parsed(body, headers))
        try:
            answer = self._answer(operation, call)
        except Problem as problem:
            return self._refuse(operation.name, problem, region=account.region, call=call)
        told = {
            "content-type": JSON,
            "x-amzn-requestid": self.request_id,
            "x-amzn-ratelimit-limit": str(operation.rate),
        }
        if answer.status == NO_CONTENT:
            del told["content-type"]
        content = b"" if answer.status == NO_CONTENT else encode(answer.body)
        reply, outcome = Reply(answer.status, content, told), answer.outcome
        if fault:
            reply, outcome = _after(fault, reply, outcome)
        self._log(operation.name, reply, outcome, answer, account.region, path, call.body)
        return reply

    def _answer(self, operation: Operation, call: Call) -> Answer:
        if call.body is _UNREADABLE:
            raise invalid("The request body is not JSON")
        if operation.name == "createFeed" and call.state.enforce_rates:
            name, rate, burst = SUBMISSIONS
            if not call.state.take(self.world, name, rate, burst):
                raise _quota_exceeded("Too many listings feeds were submitted for the product data of this account.")
        return operation.answer(call)

    def _caller(self, operation: Operation, token: str | None, fault: Fault | None) -> AmazonAccount:
        """The account that a call is for; what concerns the application alone is kept with its first one."""
        if not operation.grantless:
            return self._account(token, fault)
        if token != GRANTLESS_TOKEN:
            details = "This operation takes a grantless token."
            raise Problem(403, "Unauthorized", "Access to requested resource is denied.", details)
        return next(iter(self.world.accounts.values()))

    def _account(self, token: str | None, fault: Fault | None) -> AmazonAccount:
        denied = "Access to requested resource is denied."
        if not token:
            raise Problem(403, "Unauthorized", denied, "Access token is missing in the request header.")
        account = account_of(self.world, token)
        if account is None:
            details = "The access token you provided is revoked, malformed or invalid."
            raise Problem(403, "Unauthorized", denied, details)
        state = state_of(self.world, account)
        if fault and fault.kind == "expired_token":
            state.tokens[token] = self.world.now()
        if state.tokens[token] <= self.world.now():
            raise Problem(403, "Unauthorized", denied, "The access token you provided has expired.")
        return account

    def _refuse(self, operation: str, problem: Problem, *, region: str, call: Call | None = None) -> Reply:
        told = {"content-type": JSON, "x-amzn-requestid": self.request_id}
        reply = Reply(problem.status, encode(problem.body), told)
        outcome = "throttled" if problem.status == 429 else "refused"
        path = call.path if call else {}
        body = call.body if call and call.body is not _UNREADABLE else None
        self._log(operation, reply, outcome, Answer(subject=path.get("sku", "")), region, path, body)
        return reply

    def _log(
        self,
        operation: str,
        reply: Reply,
        outcome: str,
        answer: Answer,
        region: str,
        path: dict[str, str],
        body: Any = None,
    ) -> None:
        log(
            self.world,
            service="amazon",
            operation=operation,
            method=self.method,
            path=self.raw_path,
            status=0 if reply.cut_after is not None else reply.status,
            outcome=outcome,
            effect=answer.effect,
            subject=answer.subject,
            request_id=self.request_id,
            detail={"region": region, "path": path, "query": self.query, "body": body, **answer.detail},
        )


_UNREADABLE = object()


def _parsed(body: bytes, headers: dict[str, str]) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return _UNREADABLE if headers.get("content-type", "").startswith(JSON) else None


def _quota_exceeded(details: str = "") -> Problem:
    return Problem(429, "QuotaExceeded", "You exceeded your quota for the requested resource.", details)


def _faulty(fault: Fault, request_id: str) -> tuple[Reply, str]:
    """The answer of a fault that stops the call before anything happens, and its outcome for the log."""
    told = {"content-type": JSON, "x-amzn-requestid": request_id}
    if fault.kind == "timeout_before":
        return Reply(0, b"", {}, cut_after=float(fault.params.get("seconds", 1))), "cut_before"
    if fault.kind == "status_503_html":
        return Reply(503, HTML, {"content-type": "text/html", "x-amzn-requestid": request_id}), "failed"
    if fault.kind == "status_500_empty":
        return Reply(500, b"", {"x-amzn-requestid": request_id}), "failed"
    if fault.kind == "status_403_no_errors":
        return Reply(403, encode({"message": "Forbidden"}), told), "refused"
    if fault.kind == "throttle":
        return Reply(429, encode(_quota_exceeded().body), told), "throttled"
    problem = invalid("The service could not handle the request.", "An outage that looks like a mistake of yours.")
    return Reply(400, encode(problem.body), told), "refused"


def _after(fault: Fault, reply: Reply, outcome: str) -> tuple[Reply, str]:
    """The answer of a fault that strikes when the effect has happened."""
    if fault.kind == "slow":
        reply.delay = float(fault.params.get("seconds", 2))
        return reply, outcome
    if fault.kind == "status_500_after":
        return Reply(500, b"", {"x-amzn-requestid": reply.headers["x-amzn-requestid"]}), "failed"
    held = float(fault.params.get("seconds", 1)) if fault.kind == "timeout_after" else 0.0
    return Reply(0, b"", {}, cut_after=held), "cut_after"
