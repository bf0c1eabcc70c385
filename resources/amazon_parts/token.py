"""Login with Amazon: one access token per account, fetched when needed, kept in memory only.

Operations that concern the application and no seller take a grantless token, which is asked for by its scope.

The library's own token client is not used: its cache is shared by everything in the process, ignores which
application asked, outlives a 403 and is not locked.
"""

from __future__ import annotations

import random
import threading
from typing import Any

import httpx

from integration_assets.contracts.errors import ConfigurationError, InstepError, Unavailable
from resources.amazon_parts.access import AmazonAccess
from resources.amazon_parts.text import backoff, shown
from resources.clock import Clock

ATTEMPTS = 5
MARGIN_SECONDS = 60.0
"""A token is given up this long before it expires, so that it cannot expire under way."""

REASONS = {
    "invalid_grant": "refresh_token is revoked, mistyped or belongs to another application",
    "invalid_client": "client_id or client_secret is wrong or has expired",
    "unauthorized_client": "the application may not use this refresh_token",
}


class AccessToken:
    """The account's access token. `get` fetches one when there is none; `forget` drops one that Amazon refused."""

    def __init__(
        self, access: AmazonAccess, clock: Clock, http: httpx.Client, dice: random.Random, *, scope: str = ""
    ) -> None:
        self._access = access
        self._scope = scope
        self._clock = clock
        self._http = http
        self._dice = dice
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0
        self._refused: ConfigurationError | None = None

    def get(self) -> str:
        """The token to send now.

        Raises ConfigurationError when Amazon refuses the credentials (from then on without asking again: a person
        must mend them) and Unavailable when Login with Amazon cannot be reached. Either way nothing was sent on.
        """
        with self._lock:
            if self._refused is not None:
                raise self._refused
            if not self._token or self._clock.monotonic() >= self._expires:
                self._token, lifetime = self._fetch()
                self._expires = self._clock.monotonic() + max(lifetime - MARGIN_SECONDS, 0.0)
            return self._token

    def forget(self, token: str) -> None:
        """Drop `token`, unless another thread has already replaced it."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _fetch(self) -> tuple[str, float]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._ask()
            except ConfigurationError as error:
                self._refused = error
                raise
            except Unavailable:
                if attempt == ATTEMPTS:
                    raise
                self._clock.sleep(backoff(attempt, self._dice))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _ask(self) -> tuple[str, float]:
        asked = {"grant_type": "refresh_token", "refresh_token": self._access.refresh_token}
        if self._scope:
            asked = {"grant_type": "client_credentials", "scope": self._scope}
        form = {**asked, "client_id": self._access.client_id, "client_secret": self._access.client_secret}
        try:
            response = self._http.post(self._access.token_url, data=form, headers={"accept": "application/json"})
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Login with Amazon at {self._access.token_url} cannot be reached: {type(error).__name__}.",
                todo="Check the network; it is tried again.",
                operation="getAccessToken",
            ) from error
        body = _object(response)
        token = body.get("access_token")
        if response.status_code == httpx.codes.OK and isinstance(token, str) and _fits_a_header(token):
            lifetime = body.get("expires_in")
            return token, float(lifetime) if isinstance(lifetime, int) and lifetime > 0 else 3600.0
        raise self._refusal(response, body)

    def _refusal(self, response: httpx.Response, body: dict[str, Any]) -> InstepError:
        """ConfigurationError for a no that only a person can mend, Unavailable for everything else."""
        status = response.status_code
        code = str(body.get("error", ""))
        if 400 <= status < 500 and status not in {408, 429} and code not in {"server_error", "temporarily_unavailable"}:
            reason = REASONS.get(code) or self._scrubbed(str(body.get("error_description", ""))) or "no reason given"
            return ConfigurationError(
                f"Login with Amazon refused amazon.{self._access.region} with {status} {shown(code, 60)}: {reason}.",
                todo=f"Check amazon.{self._access.region} client_id, client_secret, refresh_token and token_url.",
            )
        return Unavailable(
            f"Login with Amazon at {self._access.token_url} answered {status} without a usable token.",
            todo="It is tried again.",
            operation="getAccessToken",
            status=status,
            code=shown(code, 60),
            request_id=response.headers.get("x-amzn-requestid", ""),
        )

    def _scrubbed(self, text: str) -> str:
        for secret in (self._access.refresh_token, self._access.client_secret, self._access.client_id):
            text = text.replace(secret, "***")
        return shown(text, 160)


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _fits_a_header(token: str) -> bool:
    """Whether the token can be sent; a bad one would come back inside the error of the HTTP layer."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
