"""One document to Shopify and back: token, points budget, every layer of errors, and as many tries as are safe."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx

from integration_assets.contracts.errors import Denied, Throttled, Unavailable
from resources import tenure
from resources.clock import Clock
from resources.ownership import Gate
from resources.shopify_parts.access import ShopifyAccess, TokenKeeper
from resources.shopify_parts.errors import (
    Operation,
    graphql_refusal,
    http_refusal,
    search_refusal,
    user_refusal,
    version_refusal,
)
from resources.trust import trusted

TRIES = 5
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
WORTH_WAITING_SECONDS = 0.001
TIMEOUT = httpx.Timeout(30.0, connect=5.0, write=15.0, pool=5.0)
CERTAINLY_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class PointsBudget:
    """What the shop said it lets us spend, and what each document cost when it was last sent.

    The bucket is shared with every process of the app, so this is an estimate that each answer puts right; where it is
    wrong, Shopify says THROTTLED and the call is made again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._costs: dict[str, float] = {}
        self._available = self._maximum = self._restore_rate = 0.0
        self._at: float | None = None

    def wait_for(self, operation: str) -> float:
        """Seconds until the bucket holds what the operation asked for the last time; 0.0 when it does or is unknown."""
        if self._at is None or operation not in self._costs:
            return 0.0
        refilled = self._available + (self._clock.monotonic() - self._at) * self._restore_rate
        missing = min(self._costs[operation], self._maximum) - min(refilled, self._maximum)
        return max(0.0, missing / self._restore_rate)

    def learn(self, operation: str, answer: Mapping[str, Any]) -> None:
        """Take cost and level from an answer; one that names neither changes nothing."""
        try:
            cost = answer["extensions"]["cost"]
            status = cost["throttleStatus"]
            available, maximum = float(status["currentlyAvailable"]), float(status["maximumAvailable"])
            restore_rate, requested = float(status["restoreRate"]), float(cost["requestedQueryCost"])
        except (KeyError, TypeError, ValueError):
            return
        if restore_rate > 0:
            self._available, self._maximum, self._restore_rate = available, maximum, restore_rate
            self._at = self._clock.monotonic()
            self._costs[operation] = requested


class GraphQL:
    """The Admin GraphQL endpoint of one shop. The connection is opened at the first call."""

    def __init__(
        self,
        access: ShopifyAccess,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        gate: Gate | None = None,
        asked_to_wait: Callable[[str, float], None] | None = None,
    ) -> None:
        self.access = access
        self.gate = gate or Gate()
        self.clock = clock
        self.tokens = TokenKeeper(access, clock)
        self._transport = transport
        self._dice = dice or random.Random()
        self._budget = PointsBudget(clock)
        self._client: httpx.Client | None = None
        self._asked_to_wait = asked_to_wait

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def call(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a document and answer with its `data`, checked on every layer.

        Reads are tried five times. A write is tried again only where it was certainly not applied; otherwise
        UnknownOutcome. Raises Throttled, Unavailable, Denied, Rejected, UnknownOutcome, BadDocument or
        ConfigurationError; NotOurs, before anything is sent, for a write to what somebody else owns; LeaseTaken, before
        an attempt, when the lease that the work is done under was lost.
        """
        operation = Operation.of(document)
        self.gate.shopify(document, variables or {})
        body = {"query": document, "variables": dict(variables or {}), "operationName": operation.name}
        for attempt in range(1, TRIES):
            try:
                return self._once(operation, body)
            except Throttled as error:
                wait = self.backoff(attempt) if error.retry_after is None else error.retry_after
                if self._asked_to_wait is not None:
                    self._asked_to_wait(operation.name, wait)
                if wait > LONGEST_WAIT_SECONDS:
                    raise
            except Denied:
                raise
            except Unavailable:
                wait = self.backoff(attempt)
            self.clock.sleep(wait)
        return self._once(operation, body)

    def backoff(self, attempt: int) -> float:
        """Seconds to wait after the attempt of this number; full jitter: anything up to a bound that doubles."""
        return self._dice.uniform(0.0, min(LONGEST_WAIT_SECONDS, FIRST_BACKOFF_SECONDS * 2.0**attempt))

    @contextmanager
    def download(self, url: str) -> Iterator[httpx.Response]:
        """Open a file that Shopify keeps elsewhere, without showing our token there. httpx's errors pass through."""
        with self._open().stream("GET", url) as response:
            yield response

    def _once(self, operation: Operation, body: Mapping[str, Any]) -> dict[str, Any]:
        wait = self._budget.wait_for(operation.name)
        if wait > WORTH_WAITING_SECONDS:
            self.clock.sleep(wait)
        tenure.keep()
        response = self._post(operation, body)
        if response.status_code == 401 and self.tokens.forget():
            response = self._post(operation, body)
        if refusal := http_refusal(response, operation):
            raise refusal
        request_id = response.headers.get("X-Request-Id", "")
        try:
            answer = json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise operation.failed("the answer is not JSON", status=200, request_id=request_id) from error
        if not isinstance(answer, dict):
            raise operation.failed("the answer is not a JSON object", status=200, request_id=request_id)
        self._budget.learn(operation.name, answer)
        refusal = (
            version_refusal(response, self.access.api_version, operation)
            or graphql_refusal(answer, operation, request_id)
            or search_refusal(answer, operation)
            or user_refusal(answer["data"], operation, request_id)
        )
        if refusal:
            raise refusal
        data: dict[str, Any] = answer["data"]
        return data

    def _post(self, operation: Operation, body: Mapping[str, Any]) -> httpx.Response:
        client = self._open()
        headers = {"X-Shopify-Access-Token": self.tokens.token(client), "Accept": "application/json"}
        try:
            return client.post(self.access.graphql_url, json=body, headers=headers)
        except CERTAINLY_NOT_SENT as error:
            raise Unavailable(
                f"Shopify {operation.name}: {self.access.shop} could not be reached ({type(error).__name__}).",
                operation=operation.name,
            ) from error
        except httpx.HTTPError as error:
            raise operation.failed(f"the call broke off ({type(error).__name__})") from error

    def _open(self) -> httpx.Client:
        if self._client is None:
            self._client = httpx.Client(
                transport=self._transport, verify=trusted(), timeout=TIMEOUT, follow_redirects=False
            )
        return self._client
