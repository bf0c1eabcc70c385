"""Who we are to Shopify: the shop's address, the app's credentials, and the token they are exchanged for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from integration_assets.contracts.errors import ConfigurationError, Denied, Throttled, Unavailable
from resources.clock import Clock

SHOP_HOST = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
API_VERSION = re.compile(r"\d{4}-\d{2}")
OAUTH_CODE = re.compile(r"[a-z_]{1,60}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RENEW_BEFORE_SECONDS = 60.0
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 (a path)
TOKEN_OPERATION = "access_token"  # noqa: S105 (the name of a call)


@dataclass(frozen=True, slots=True)
class ShopifyAccess:
    """Where the shop is and what opens it: either the app's `client_id` and `client_secret`, or an `access_token`.

    `url` stays empty for the real thing, which is `https://{shop}`. Raises ConfigurationError when a secret would go
    anywhere but to the shop: the shop must be a `*.myshopify.com` host, and another `url` must be https, or on this
    machine.
    """

    shop: str
    url: str = ""
    api_version: str = "2026-10"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not SHOP_HOST.fullmatch(self.shop):
            raise ConfigurationError(
                f"[shopify] shop is {self.shop!r}; expected the shop's own host, such as example-brand.myshopify.com.",
                todo="Take it from the address of the Shopify admin: no https://, no path, no custom domain.",
            )
        if not API_VERSION.fullmatch(self.api_version):
            raise ConfigurationError(
                f"[shopify] api_version is {self.api_version!r}; expected a quarter such as 2026-10."
            )
        parts = urlsplit(self.base_url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or local):
            raise ConfigurationError(
                f"[shopify] url leads to {parts.hostname or 'no host'} by {parts.scheme or 'no scheme'}; expected an "
                "https address, or http on this machine (127.0.0.1), without a user or a query.",
                todo="Leave url out to talk to the shop itself.",
            )
        if not self.access_token and not (self.client_id and self.client_secret):
            raise ConfigurationError(
                f"No credentials for {self.shop}.",
                todo="Set [shopify] client_id and client_secret of an app from the Dev Dashboard, or access_token.",
            )

    @property
    def base_url(self) -> str:
        """Where to send the calls, without a slash at the end."""
        return (self.url or f"https://{self.shop}").rstrip("/")

    @property
    def graphql_url(self) -> str:
        """Where the documents go."""
        return f"{self.base_url}/admin/api/{self.api_version}/graphql.json"


class TokenKeeper:
    """Holds the token in memory and exchanges the credentials for a new one a minute before it runs out."""

    def __init__(self, access: ShopifyAccess, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._token = access.access_token
        self._scopes: frozenset[str] | None = None
        self._good_until: float | None = None

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the last exchange said the token may do; None when there was none, as with a ready-made token."""
        return self._scopes

    def token(self, client: httpx.Client) -> str:
        """A token that is good for another minute at least.

        Raises ConfigurationError when Shopify refuses the credentials, Throttled or Unavailable when it cannot say.
        """
        if self._access.access_token:
            return self._token
        if self._good_until is None or self._clock.monotonic() >= self._good_until:
            self._exchange(client)
        return self._token

    def forget(self) -> bool:
        """Drop the token after a 401; whether another one can be asked for."""
        self._good_until = None
        return not self._access.access_token

    def _exchange(self, client: httpx.Client) -> None:
        asked = self._clock.monotonic()
        try:
            response = client.post(
                self._access.base_url + TOKEN_PATH,
                data={
                    "grant_type": "client_credentials",
                    "client_id": self._access.client_id,
                    "client_secret": self._access.client_secret,
                },
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                f"{self._access.shop} could not be asked for a token: {type(error).__name__}.",
                operation=TOKEN_OPERATION,
            ) from error
        answer = _object(response)
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response, answer)
        token, scope, expires_in = answer.get("access_token"), answer.get("scope"), answer.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(scope, str) and isinstance(expires_in, int)):
            raise Unavailable(
                f"{self._access.shop} answered a request for a token with something else: expected access_token, "
                "scope and expires_in.",
                operation=TOKEN_OPERATION,
                status=response.status_code,
            )
        self._token = token
        self._scopes = with_implied(part.strip() for part in scope.split(",") if part.strip())
        self._good_until = asked + max(0.0, expires_in - RENEW_BEFORE_SECONDS)

    def _refusal(self, response: httpx.Response, answer: Mapping[str, Any]) -> Exception:
        status = response.status_code
        if status in (429, 430):
            return Throttled(
                f"{self._access.shop} gives no token just now (HTTP {status}).",
                retry_after=retry_after(response),
                operation=TOKEN_OPERATION,
            )
        if status >= 500:
            return Unavailable(
                f"{self._access.shop} failed to give a token (HTTP {status}).", operation=TOKEN_OPERATION, status=status
            )
        if status in (402, 423):
            return Denied(
                f"{self._access.shop} is {'frozen' if status == 402 else 'locked'} (HTTP {status}).",
                todo="The shop's owner has to open it again.",
                operation=TOKEN_OPERATION,
                status=status,
            )
        code = str(answer.get("error") or "")
        named = f", {code}" if OAUTH_CODE.fullmatch(code) else ""
        if code == "shop_not_permitted" or b"shop_not_permitted" in response.content:
            return ConfigurationError(
                f"Shopify does not let this app into {self._access.shop} (shop_not_permitted).",
                todo="App and shop must be in the same organisation, and the app must be installed on the shop.",
            )
        return ConfigurationError(
            f"Shopify refuses the app's credentials for {self._access.shop} (HTTP {status}{named}).",
            todo="Check [shopify] shop, client_id and client_secret, and that the app is installed on the shop.",
        )


def with_implied(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes and what they imply: who may write a thing may read it, and Shopify then does not list the latter."""
    named = frozenset(scopes)
    return named | {"read_" + scope.removeprefix("write_") for scope in named if scope.startswith("write_")}


def retry_after(response: httpx.Response) -> float | None:
    """Seconds from the Retry-After header; None when there is none or it cannot be read."""
    try:
        seconds = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty for anything else, such as an HTML page."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
