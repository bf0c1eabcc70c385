"""One call to Amazon: its turn from the shared bucket, its token, its answer judged, its error in our own tree.

The library's word for success is not taken. A read is tried again when that can help; a write never is: what Amazon
may have done with it is UnknownOutcome.
"""

from __future__ import annotations

import json
import logging
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx

from integration_assets.contracts.errors import (
    ConfigurationError,
    Denied,
    Rejected,
    RemoteError,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from resources import tenure
from resources.amazon_parts.access import AmazonAccess, Limiter
from resources.amazon_parts.rates import RATES, Rate
from resources.amazon_parts.text import backoff, shown
from resources.amazon_parts.token import AccessToken
from resources.clock import Clock
from resources.ownership import Gate
from resources.trust import trusted

if TYPE_CHECKING:
    from resources.amazon_parts.library import Library

logger = logging.getLogger(__name__)

ATTEMPTS = 5
TIMEOUT_SECONDS = 60.0
CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the five seconds after which many servers hang up, so that a write is not sent into a closed door."""

UNEVEN_SECONDS = 0.5
"""By how much one call may be longer on its way than the next. Amazon counts calls as they arrive, the bucket as they
leave, so as much of the burst is left unused."""

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
DENIED = frozenset({401, 403})
CLOSED_DOOR = frozenset({401, 402, 403, 423})
"""Statuses that are about us, not about the record: credentials, a role, the account."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Amazon answered to an operation: a JSON object. `asked_at` is when the request left."""

    operation: str
    status: int
    body: Mapping[str, Any]
    request_id: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class _Failure:
    error: RemoteError
    again: bool = False
    """Whether a read is worth another try."""


class AmazonClient:
    """The way to one region account. Opened at the first call; close it when done.

    With a `scope` it speaks for the application alone, by a grantless token: for the few operations that want that.
    """

    def __init__(
        self,
        access: AmazonAccess,
        limiter: Limiter,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        gate: Gate | None = None,
        scope: str = "",
    ) -> None:
        self.access = access
        self._scope = scope
        self.gate = gate or Gate()
        self.clock = clock
        self.dice = dice or random.Random()
        self._limiter = limiter
        self._transport = transport
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds))
        self._rates: dict[str, Rate] = {}
        self._http: httpx.Client | None = None
        self._token: AccessToken | None = None
        self._library: Library | None = None

    @property
    def library(self) -> Library:
        """The library's operations, each answering the raw response; to be called through `call`."""
        if self._library is None:
            access = self.access
            self._http = httpx.Client(
                transport=self._transport,
                verify=trusted(),
                timeout=self._timeout,
                limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_SECONDS),
            )
            self._token = AccessToken(self.access, self.clock, self._http, self.dice, scope=self._scope)
            self._library = _open_library(
                endpoint=self.access.url.rstrip("/"),
                http=self._http,
                token=self._token.get,
                now=self.clock.now,
                trust=trusted(),
                gate=lambda method, path, body: self.gate.amazon(access.region, method, path, body, self.clock.now()),
            )
        return self._library

    def close(self) -> None:
        """Close the connections; the next call opens them again."""
        if self._http is not None:
            self._http.close()
        self._http = self._token = self._library = None

    def call(
        self,
        operation: str,
        send: Callable[[Library], httpx.Response],
        *,
        about: str = "",
        effect: bool = False,
        expects: Sequence[str] = (),
    ) -> Answer:
        """Carry out one operation when its turn has come and answer what Amazon said.

        `about` names the record for messages, `effect` says that the call changes something on Amazon, `expects` are
        the keys without which a success is not one. A 401 or 403 gets one fresh token and one more try.
        Raises Throttled, Rejected, Unavailable, Denied or, for an effect, UnknownOutcome, with Amazon's request id;
        LeaseTaken, before an attempt, when the lease that the work is done under was lost.
        """
        name = f"{operation} {about}".rstrip()
        renewed = False
        attempt = 1
        while True:
            self._wait_for_turn(operation)
            tenure.keep()
            outcome, used = self._once(operation, send, name=name, effect=effect, expects=expects)
            if isinstance(outcome, Answer):
                return outcome
            error = outcome.error
            if error.status in DENIED and not renewed and self._token is not None:
                self._token.forget(used)
                renewed = True
                continue
            if isinstance(error, Throttled):
                self._penalise(operation, error)
            if effect or not outcome.again or attempt == ATTEMPTS:
                raise error
            if not isinstance(error, Throttled):
                self.clock.sleep(backoff(attempt, self.dice))
            attempt += 1

    def _once(
        self,
        operation: str,
        send: Callable[[Library], httpx.Response],
        *,
        name: str,
        effect: bool,
        expects: Sequence[str],
    ) -> tuple[Answer | _Failure, str]:
        library = self.library
        used = self._token.get() if self._token is not None else ""
        asked_at = self.clock.now()
        try:
            response = send(library)
        except httpx.HTTPError as error:
            return _of_transport(error, operation, name, effect=effect), used
        request_id = _request_id(response)
        logger.debug("%s answered %d (request %s)", operation, response.status_code, request_id or "unnamed")
        self._learn_rate(operation, response)
        body = _object(response)
        if response.is_success and body is not None and not body.get("errors") and all(key in body for key in expects):
            return Answer(operation, response.status_code, body, request_id, asked_at), used
        return _of_answer(response, body, operation, name, effect=effect), used

    def _wait_for_turn(self, operation: str) -> None:
        """Wait with the connections and a token at hand, so that the call leaves when its turn comes."""
        _ = self.library
        if self._token is not None:
            self._token.get()
        rate = self._rates.get(operation, RATES[operation])
        spare = math.ceil(rate.per_second * UNEVEN_SECONDS)
        burst = max(1, rate.burst - spare)
        self.clock.sleep(self._limiter.take(self.access.account, operation, rate.per_second, burst))

    def _penalise(self, operation: str, error: Throttled) -> None:
        """Nobody calls until a token must have been refilled, plus some jitter: Amazon names no time to wait."""
        rate = self._rates.get(operation, RATES[operation])
        seconds = max(error.retry_after or 0.0, 1.0 / rate.per_second) * self.dice.uniform(1.0, 1.25)
        self._limiter.penalise(self.access.account, operation, seconds)

    def _learn_rate(self, operation: str, response: httpx.Response) -> None:
        try:
            told = float(response.headers.get("x-amzn-ratelimit-limit", ""))
        except ValueError:
            return
        if 0.0 < told < 1000.0:
            self._rates[operation] = Rate(told, RATES[operation].burst)


def _open_library(**arguments: Any) -> Library:
    try:
        from resources.amazon_parts.library import Library
        # imported here, because the library reads the environment while it is imported

        return Library(**arguments)
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            "python-amazon-sp-api cannot be loaded: AWS_ENV or SP_API_DEFAULT_MARKETPLACE is set to a word it does "
            f"not know ({shown(str(error), 60)}).",
            todo="Unset both for this process; the operating model says which endpoint and marketplaces to use.",
        ) from error


def _object(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, numbers with decimals kept exact; {} for a 204, None when there is none."""
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    try:
        body = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _request_id(response: httpx.Response) -> str:
    return shown(response.headers.get("x-amzn-requestid") or response.headers.get("x-amz-request-id") or "", 80)


def _of_transport(error: httpx.HTTPError, operation: str, name: str, *, effect: bool) -> _Failure:
    """The error behind a call without an answer. Only its kind is told: the HTTP layer may quote headers."""
    kind = type(error).__name__
    if effect and not isinstance(error, NEVER_SENT):
        return _Failure(
            UnknownOutcome(
                f"{name}: no answer ({kind}); Amazon may have carried it out.",
                todo="Read back before anything else.",
                operation=operation,
            )
        )
    failure = Unavailable(
        f"{name}: Amazon could not be reached ({kind}).", todo="Try again later.", operation=operation
    )
    return _Failure(failure, again=True)


def _of_answer(
    response: httpx.Response, body: Mapping[str, Any] | None, operation: str, name: str, *, effect: bool
) -> _Failure:
    """The error behind an answer that is no success."""
    status, request_id = response.status_code, _request_id(response)
    code, said = _errors(body)
    told = f"{name} answered {status}{f' {code}' if code else ''} (request {request_id or 'unnamed'}): {said}"
    if status == httpx.codes.TOO_MANY_REQUESTS:
        throttled = Throttled(
            told, retry_after=_retry_after(response), operation=operation, code=code, request_id=request_id
        )
        return _Failure(throttled, again=True)
    if code and 400 <= status < 500:
        return _Failure(_refused(told, operation, status, code, request_id))
    if effect:
        return _Failure(
            UnknownOutcome(
                f"{told}; Amazon may have carried it out.",
                todo="Read back before anything else.",
                operation=operation,
                status=status,
                code=code,
                request_id=request_id,
            )
        )
    unavailable = Unavailable(
        told, todo="Try again later.", operation=operation, status=status, code=code, request_id=request_id
    )
    return _Failure(unavailable, again=status >= 500 or status == 408 or response.is_success)


def _refused(told: str, operation: str, status: int, code: str, request_id: str) -> Denied | Rejected:
    if status in CLOSED_DOOR:
        todo = "Check that the application has the role for it and that the seller's authorisation still stands."
        return Denied(told, todo=todo, operation=operation, status=status, code=code, request_id=request_id)
    todo = "Mend what Amazon names; the same request will be refused again."
    return Rejected(told, todo=todo, operation=operation, status=status, code=code, request_id=request_id)


def _errors(body: Mapping[str, Any] | None) -> tuple[str, str]:
    """Code and text of Amazon's `errors` list; an empty code when there is none."""
    listed = body.get("errors") if body is not None else None
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    if not errors:
        return "", "no list of errors in the answer, so it is not known what was done"
    parts = dict.fromkeys(str(error[key]) for error in errors[:3] for key in ("message", "details") if error.get(key))
    return shown(str(errors[0].get("code") or "unnamed"), 60), shown("; ".join(parts) or "no reason given", 400)


def _retry_after(response: httpx.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0.0 <= seconds < 86_400.0 else None
