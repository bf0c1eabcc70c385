"""A stand-in for Amazon at the HTTP boundary: it says what the test tells it to, and notes what it was asked.

It answers over an `httpx` transport, or, where the library itself is under test, as a real server on 127.0.0.1.
"""

from __future__ import annotations

import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from integration_assets.rules.marketplaces import Marketplace, by_country
from integration_assets.rules.ownership import Declared, claims_of
from resources.amazon import Amazon, AmazonAccount
from resources.amazon_parts.access import AmazonAccess
from resources.clock import ManualClock
from resources.ownership import Gate

URL = "https://sellingpartnerapi-eu.amazon.com"
STORE = "https://store-eu.s3.eu-west-1.amazonaws.com"
SELLER = "A1EXAMPLE"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UK, DE, JP = by_country("UK"), by_country("DE"), by_country("JP")


@dataclass(frozen=True)
class Reply:
    """An answer; `fault` replaces it by a connection that breaks (`drop`) or stays silent (`hang`)."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire; `target` is path and query, undecoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {key: value for key, (value,) in found.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answering = Reply | Exception | Callable[[Asked], Reply]


def ok(body: Any, *, status: int = 200, request_id: str = "req-1", **headers: str) -> Reply:
    """A JSON answer as Amazon gives it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = {"content-type": "application/json", "x-amzn-RequestId": request_id}
    return Reply(status, content, found | {key.replace("_", "-"): value for key, value in headers.items()})


def error(status: int, code: str = "InvalidInput", message: str = "Invalid input", **headers: str) -> Reply:
    """A refusal with Amazon's list of errors."""
    return ok({"errors": [{"code": code, "message": message, "details": ""}]}, status=status, **headers)


def document(data: bytes, *, packed: bool = False, content_type: str = "text/plain") -> Reply:
    """A document as the store gives it."""
    body = gzip.compress(data, mtime=0) if packed else data
    return Reply(200, body, {"content-type": content_type})


class Stand:
    """Replies by `METHOD /path`, played in their order; the last one stays. The most exact path wins."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Answering]] = {}
        self.asked: list[Asked] = []
        self.tokens = 0
        self._lock = threading.Lock()
        self.on("POST /auth/o2/token", self._token)

    def on(self, what: str, *replies: Answering) -> Stand:
        self.replies[what] = list(replies)
        return self

    def sent(self, what: str) -> list[Asked]:
        """What was asked, by `METHOD /path`, in order."""
        return [one for one in self.asked if f"{one.method} {one.path}" == what]

    def calls(self) -> list[str]:
        """Everything that was asked but tokens."""
        return [f"{one.method} {one.path}" for one in self.asked if one.path != "/auth/o2/token"]

    def _token(self, _: Asked) -> Reply:
        self.tokens += 1
        body = {"access_token": f"Atza|canary-{self.tokens}", "token_type": "bearer", "expires_in": 3600}
        return ok(body, request_id="lwa-1")

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            what = f"{asked.method} {asked.path}"
            if what not in self.replies:
                raise AssertionError(f"nobody told the stand-in what to say to {what}")
            left = self.replies[what]
            reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, Reply) else reply(asked)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """As an `httpx.MockTransport` handler. The store's documents are had under their path alone."""
        target = request.url.raw_path.decode("ascii")
        reply = self.answer(Asked(request.method, target, dict(request.headers), request.read()))
        if reply.fault == "drop":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if reply.fault == "hang":
            raise httpx.ReadTimeout("timed out")
        headers = {"content-length": str(len(reply.body)), **reply.headers}
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body))


class Turns:
    """Hands out turns at once, or after the seconds it was given; notes who asked."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.taken: list[tuple[str, str, float, float]] = []
        self.penalties: list[tuple[str, str, float]] = []
        self.on_take: Callable[[], None] = lambda: None

    def take(self, account: str, operation: str, rate: float, burst: float) -> float:
        self.on_take()
        self.taken.append((account, operation, rate, burst))
        return self.waits.pop(0) if self.waits else 0.0

    def penalise(self, account: str, operation: str, seconds: float) -> None:
        self.penalties.append((account, operation, seconds))


def access(*, url: str = URL, marketplaces: tuple[Marketplace, ...] = (UK, DE), region: str = "eu") -> AmazonAccess:
    """Credentials that open nothing."""
    local = url.startswith("http://")
    return AmazonAccess(
        region=region,
        seller_id=SELLER,
        marketplaces=marketplaces,
        url=url,
        client_id="sample-client",
        client_secret="canary-secret",
        refresh_token="canary-refresh",
        token_url=f"{url}/auth/o2/token" if local else "https://api.amazon.com/auth/o2/token",
    )


@dataclass
class Desk:
    """An account on the stand-in, with everything a test looks at."""

    account: AmazonAccount
    stand: Stand
    clock: ManualClock
    turns: Turns


def desk(stand: Stand | None = None, *, turns: Turns | None = None, granted: AmazonAccess | None = None) -> Desk:
    """An account that talks to the stand-in over a transport, of a brand whose product pages lead its listings."""
    stand, turns, clock = stand or Stand(), turns or Turns(), ManualClock(START)
    entry, gate = granted or access(), Gate(claims_of(Declared(content=[("*", "*")])))
    amazon = Amazon([entry], turns, clock, transport=httpx.MockTransport(stand), dice=random.Random(7), gate=gate)
    return Desk(amazon.account(entry.region), stand, clock, turns)


@contextmanager
def served(stand: Stand, *, measured: bool = True) -> Iterator[str]:
    """The stand-in as a real server; answers its url. Not `measured`: no length is added to the headers given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            asked = Asked(
                self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)
            )
            reply = stand.answer(asked)
            if reply.fault == "hang":
                time.sleep(0.5)
            if reply.fault:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for key, value in reply.headers.items():
                self.send_header(key, value)
            if measured and reply.status != 204 and "content-length" not in {key.lower() for key in reply.headers}:
                self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.handle_any
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
