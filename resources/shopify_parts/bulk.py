"""A bulk operation from start to rows: run it, wait for it, fetch the whole file, and only then let it be read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

from integration_assets.contracts.errors import BadDocument, Rejected, Unavailable
from resources.shopify_parts import documents as documents
from resources.shopify_parts.access import LOOPBACK
from resources.shopify_parts.graphql import TRIES, GraphQL

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 10.0
DEADLINE_SECONDS = 3600.0
ENDED_WITHOUT_A_FILE = frozenset({"FAILED", "CANCELING", "CANCELED", "EXPIRED"})
CHUNK_BYTES = 1 << 16


def bulk_lines(graphql: GraphQL, document: str) -> Iterator[dict[str, Any]]:
    """Run a bulk query and answer with the objects of its file, in the file's order: children may precede parents.

    By the time this returns, the file is complete on local disk and every line of it is known to be a JSON object, so a
    caller that wants to page instead can still do so. Raises RemoteError or DataError for whatever prevents it; an
    empty result counts as that too, because bulk is only for large shops.
    """
    operation_id = _started(graphql, document)
    state = _finished(graphql, operation_id)
    url, expected = state["url"], int(state["objectCount"])
    if not url or expected < 1:
        raise BadDocument(f"Shopify's bulk operation {operation_id} ended with nothing in it.")
    spool = _downloaded(graphql, str(url))
    try:
        _require(spool, expected, operation_id)
    except BaseException:
        spool.close()
        raise
    return _read_out(spool)


def _started(graphql: GraphQL, document: str) -> str:
    payload = graphql.call(documents.BULK_START, {"query": document})["bulkOperationRunQuery"]
    operation = payload and payload["bulkOperation"]
    if not operation:
        raise BadDocument("Shopify started a bulk operation without saying which.")
    return str(operation["id"])


def _finished(graphql: GraphQL, operation_id: str) -> dict[str, Any]:
    clock, pause = graphql.clock, FIRST_POLL_SECONDS
    deadline = clock.monotonic() + DEADLINE_SECONDS
    while clock.monotonic() < deadline:
        clock.sleep(pause)
        pause = min(LONGEST_POLL_SECONDS, pause * 1.5)
        state: dict[str, Any] | None = graphql.call(documents.BULK_STATE, {"id": operation_id})["bulkOperation"]
        if state is None:
            raise BadDocument(f"Shopify no longer knows its bulk operation {operation_id}.")
        if state["status"] == "COMPLETED":
            return state
        if state["status"] in ENDED_WITHOUT_A_FILE:
            code = str(state["errorCode"] or state["status"])
            raise Rejected(
                f"Shopify's bulk operation {operation_id} ended as {state['status']} ({code}).",
                operation="BulkState",
                code=code,
            )
    raise Unavailable(
        f"Shopify's bulk operation {operation_id} was not done after {DEADLINE_SECONDS / 60:.0f} minutes.",
        operation="BulkState",
    )


def _downloaded(graphql: GraphQL, url: str) -> IO[bytes]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise BadDocument(f"Shopify keeps the bulk file at {parts.scheme}://{parts.hostname}; expected https.")
    for attempt in range(1, TRIES):
        try:
            return _fetched(graphql, url)
        except Unavailable:
            graphql.clock.sleep(graphql.backoff(attempt))
    return _fetched(graphql, url)


def _fetched(graphql: GraphQL, url: str) -> IO[bytes]:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 (closed here on failure, by its reader otherwise)
    try:
        with graphql.download(url) as response:
            _require_ok(response)
            for chunk in response.iter_bytes(CHUNK_BYTES):
                spool.write(chunk)
    except httpx.HTTPError as error:
        spool.close()
        raise Unavailable(f"The download of the bulk file broke off ({type(error).__name__}).") from error
    except BaseException:
        spool.close()
        raise
    return spool


def _require_ok(response: httpx.Response) -> None:
    status = response.status_code
    if status >= 500:
        raise Unavailable(f"The bulk file could not be fetched (HTTP {status}).", status=status)
    if status != 200:
        raise BadDocument(f"The bulk file could not be fetched (HTTP {status}).")


def _require(spool: IO[bytes], expected: int, operation_id: str) -> None:
    """Every object that Shopify says it wrote is there and can be read."""
    found = sum(1 for _ in _objects(spool))
    if found < expected:
        raise BadDocument(
            f"The file of Shopify's bulk operation {operation_id} holds {found} objects; expected {expected}."
        )


def _objects(spool: IO[bytes]) -> Iterator[dict[str, Any]]:
    spool.seek(0)
    for number, line in enumerate(spool, start=1):
        try:
            found = json.loads(line, parse_float=Decimal)
        except ValueError as error:
            raise BadDocument(f"Line {number} of Shopify's bulk file is not JSON.") from error
        if not isinstance(found, dict):
            raise BadDocument(f"Line {number} of Shopify's bulk file is not a JSON object.")
        yield found


def _read_out(spool: IO[bytes]) -> Iterator[dict[str, Any]]:
    with spool:
        yield from _objects(spool)
