"""The door for webhooks: verify, store, answer. Nothing is looked up or decided here; the inbox is read by sensors.

A webhook is answered with 200 only when it is on disk. Anything else makes Shopify send it again, for four hours.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from integration_assets.contracts.errors import BadDocument, ConfigurationError, StoreError
from resources.ledger_parts.records import Delivery
from sensors.pages import RUNBOOK, Pages
from sensors.shopify_webhooks import ForeignShop, delivery_of, header, is_signed

PATH = "/webhooks/shopify"
LARGEST_BODY_BYTES = 1 << 20
ANSWER_WITHIN_SECONDS = 4.5
"""Shopify waits 5 s. A commit that takes longer may still happen; the repeat is then recognised as one."""

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """What the receiver needs of the ledger."""

    def receive_many(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Store messages in one transaction; for each, False when it was there already."""
        ...

    def inbox_head(self) -> int:
        """The number of the newest message."""
        ...


class Postbox:
    """Commits whatever arrived during the last commit in one transaction: a burst costs few syncs of the disk."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._batch: list[Delivery] = []
        self._commit: asyncio.Task[list[bool]] | None = None
        self._running: asyncio.Task[list[bool]] | None = None

    async def put(self, delivery: Delivery) -> bool:
        """Wait until the message is on disk; False when it was there already. Raises StoreError."""
        if self._commit is None:
            self._commit = asyncio.create_task(self._commit_after(self._running))
            self._running = self._commit
        commit, position = self._commit, len(self._batch)
        self._batch.append(delivery)
        return (await asyncio.shield(commit))[position]

    async def _commit_after(self, previous: asyncio.Task[list[bool]] | None) -> list[bool]:
        if previous is not None:
            await asyncio.wait([previous])
        batch, self._batch, self._commit = self._batch, [], None
        return await asyncio.to_thread(self._inbox.receive_many, batch)


def receiver(ledger: Inbox, secrets: Sequence[str], shop: str, pages: Pages | None = None) -> Starlette:
    """The application: `POST /webhooks/shopify`, `GET /healthz`, and the operator page at `/` where `pages` has one.

    `secrets` are all that Shopify may sign with (two during a rotation), `shop` the one myshopify.com host whose
    webhooks are taken. Raises ConfigurationError without a secret, because then anyone could sign.
    """
    accepted = tuple(secrets)
    if not accepted or not all(accepted):
        raise ConfigurationError(
            "The receiver has no secret to verify webhooks with, or an empty one.",
            todo="Set [shopify] webhook_secret, or client_secret, in the operating model.",
        )
    postbox = Postbox(ledger)

    async def webhook(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse(f"larger than {LARGEST_BODY_BYTES} bytes", status_code=413)
        if not is_signed(body, header(request.headers, "hmac-sha256"), accepted):
            log.warning("A webhook with a wrong signature was refused.")
            return PlainTextResponse("wrong signature", status_code=401)
        try:
            delivery = delivery_of(request.headers, body, shop)
        except ForeignShop as error:
            log.warning("%s", error)
            return PlainTextResponse("another shop", status_code=403)
        except BadDocument as error:
            log.warning("%s", error)
            return PlainTextResponse("cannot be read", status_code=400)
        if delivery is None:
            log.info("A webhook was not kept: nothing acts on its topic.")
            return PlainTextResponse("not needed")
        return PlainTextResponse("stored" if await postbox.put(delivery) else "known")

    async def healthz(_: Request) -> Response:
        return JSONResponse({"inbox_head": await asyncio.to_thread(ledger.inbox_head)})

    return Starlette(
        routes=[
            Route(PATH, _in_time(webhook), methods=["POST"]),
            Route("/healthz", _in_time(healthz), methods=["GET"]),
            *([] if pages is None else [Route("/", pages.show, methods=["GET"])]),
            *([] if pages is None else [Route(f"/{RUNBOOK}", pages.show_runbook, methods=["GET"])]),
        ]
    )


def serve(
    ledger: Inbox,
    secrets: Sequence[str],
    shop: str,
    *,
    host: str = "127.0.0.1",
    port: int = 4300,
    pages: Pages | None = None,
    tell: Callable[[str], None] = log.info,
) -> None:
    """Run the receiver until the process is told to stop; `tell` hears where it listens once it does.

    Raises StoreError when the ledger cannot be used, ConfigurationError when the port is taken.
    """
    app = receiver(ledger, secrets, shop, pages)
    ledger.inbox_head()
    with listening(host, port) as listener:
        bound = listener.getsockname()
        tell(f"receiving webhooks at http://{f'[{host}]' if ':' in host else host}:{bound[1]}{PATH}")
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any free one. Raises ConfigurationError when it cannot."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigurationError(
            f"The receiver cannot listen on {host} port {port}: {(error.strerror or str(error)).partition(' (')[0]}.",
            todo="Stop what uses the port, or choose another with --port or [receiver] port in the operating model.",
        ) from error


def _in_time(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """503 when the ledger is down or slow: Shopify then sends the webhook again, and it is not lost."""

    async def answered(request: Request) -> Response:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                return await answer(request)
        except StoreError as error:
            log.error("The ledger could not take a webhook: %s", error)  # noqa: TRY400 (the message says it all)
        except TimeoutError:
            log.error("The ledger did not answer within %s s.", ANSWER_WITHIN_SECONDS)  # noqa: TRY400
        except ClientDisconnect:
            log.info("The sender hung up before its webhook was read.")
        return PlainTextResponse("not stored, send it again", status_code=503)

    return answered


async def _body(request: Request) -> bytes | None:
    """The raw body as it was signed; None as soon as it is too large to be a webhook."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            return None
    return bytes(body)
