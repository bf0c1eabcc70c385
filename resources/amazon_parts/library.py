"""python-amazon-sp-api, held on a short rein; nothing else imports it.

It is used for one thing: turning an operation and its arguments into a method, a path and parameters. What it would do
around that is switched off here: adding marketplaces and its own `path` to queries and bodies, repeating keys instead
of joining lists, dropping the arguments of a DELETE, fetching and keeping tokens, five-second timeouts, reading
endpoints from the environment, logging headers, and above all turning an answer it cannot read into success.

Importing this module fails when AWS_ENV or SP_API_DEFAULT_MARKETPLACE hold words the library does not know:
`amazon_client` turns that into a ConfigurationError.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from sp_api.api.feeds.feeds_2021_06_30 import FeedsV20210630
from sp_api.api.finances.finances_2024_06_19 import FinancesV20240619
from sp_api.api.fulfillment_outbound.fulfillment_outbound import FulfillmentOutbound
from sp_api.api.inventories.inventories import Inventories
from sp_api.api.listings_items.listings_items_2021_08_01 import ListingsItemsV20210801
from sp_api.api.notifications.notifications import Notifications
from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101
from sp_api.api.orders.orders_v0 import OrdersV0
from sp_api.api.reports.reports import Reports
from sp_api.api.sellers.sellers import Sellers
from sp_api.base import Client, fill_query_params
from sp_api.base._core import resolve_method
from sp_api.base._transport_httpx import HttpxTransport

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
USER_AGENT = "Instep/0.1 (Language=Python)"
NOT_OURS = {"lwa_app_id": "unused", "lwa_client_secret": "unused"}
"""Given to the library so that it never looks for credentials in the environment or in files."""


class Strict(Client):  # type: ignore[misc]  # the library has no types
    """The library's client with everything between the operation and the wire replaced.

    Its methods answer the `httpx.Response` as it came; `amazon_client` judges it.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        http: httpx.Client,
        token: Callable[[], str],
        now: Callable[[], datetime],
        trust: ssl.SSLContext,
        gate: Callable[[str, str, Any], None],
    ) -> None:
        super().__init__(
            SimpleNamespace(endpoint=endpoint, marketplace_id=None, region=None),
            refresh_token="unused",  # noqa: S106 (a placeholder, so that the library does not look for one)
            credentials=NOT_OURS,
            auth_token_client_class=lambda **_: None,
            verify=trust,
        )
        super().close()
        self._transport: Any = HttpxTransport(client=http)
        self.endpoint = endpoint  # the library prefers SP_API_DEFAULT_MARKETPLACE
        self._token = token
        self._now = now
        self._gate = gate

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries. `host` is left to httpx: the library cuts it from the url as if it were https."""
        return {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "x-amz-access-token": self._token(),
            "x-amz-date": self._now().strftime("%Y%m%dT%H%M%SZ"),
        }

    def _request(
        self,
        path: str,
        *,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        **_ignored: object,
    ) -> httpx.Response:
        method, query, body = resolve_method(dict(params or {}), dict(data or {}))
        query.pop("path", None)
        body.pop("path", None)
        if method not in WITH_BODY:
            query, body = {**query, **body}, {}
        self._gate(method, self._check_version(path), body)
        url = self.endpoint + self._check_version(path)
        if query:
            url = f"{url}?{encoded(query)}"
        content = json.dumps(body, allow_nan=False) if body else None
        response: httpx.Response = self._transport.request(method, url, content=content, headers=self.headers)
        return response


class Listings(Strict, ListingsItemsV20210801):  # type: ignore[misc]  # the library has no types
    """Listings Items 2021-08-01."""


class Orders(Strict, OrdersV20260101):  # type: ignore[misc]  # the library has no types
    """Orders 2026-01-01."""


class Shipments(Strict, OrdersV0):  # type: ignore[misc]  # the library has no types
    """Orders v0, for confirmShipment only: the rest of it is going away."""


class Finances(Strict, FinancesV20240619):  # type: ignore[misc]  # the library has no types
    """Finances 2024-06-19; of its paths in the library only that of listTransactions exists."""


class ReportRequests(Strict, Reports):  # type: ignore[misc]  # the library has no types
    """Reports 2021-06-30."""


class FeedRequests(Strict, FeedsV20210630):  # type: ignore[misc]  # the library has no types
    """Feeds 2021-06-30."""

    def feed_document(self, document_id: str) -> httpx.Response:
        """Ask for the link and no more: the library's own method goes on and downloads with a guessed encoding."""
        return self._request(fill_query_params("/feeds/2021-06-30/documents/{}", document_id))


class OutboundOrders(Strict, FulfillmentOutbound):  # type: ignore[misc]  # the library has no types
    """Fulfillment Outbound 2020-07-01."""


class FbaInventories(Strict, Inventories):  # type: ignore[misc]  # the library has no types
    """FBA Inventory v1."""


class Notices(Strict, Notifications):  # type: ignore[misc]  # the library has no types
    """Notifications v1. Its own methods guess a default for nearly everything; only paths and bodies are sent."""

    def subscription(self, notification_type: str) -> httpx.Response:
        """The subscription of the seller to a type of notification."""
        return self._request(fill_query_params("/notifications/v1/subscriptions/{}", notification_type))

    def subscribe(self, notification_type: str, body: dict[str, Any]) -> httpx.Response:
        """Subscribe the seller to a type of notification."""
        path = fill_query_params("/notifications/v1/subscriptions/{}", notification_type)
        return self._request(path, params={"method": "POST"}, data=body)

    def destinations(self) -> httpx.Response:
        """Where the application may have notifications sent; wants a grantless token."""
        return self._request("/notifications/v1/destinations")

    def add_destination(self, body: dict[str, Any]) -> httpx.Response:
        """Name another place; wants a grantless token."""
        return self._request("/notifications/v1/destinations", params={"method": "POST"}, data=body)


class SellerAccount(Strict, Sellers):  # type: ignore[misc]  # the library has no types
    """Sellers v1."""


class Library:
    """One strict client per API of one account, all on the same connections and the same token."""

    def __init__(
        self,
        *,
        endpoint: str,
        http: httpx.Client,
        token: Callable[[], str],
        now: Callable[[], datetime],
        trust: ssl.SSLContext,
        gate: Callable[[str, str, Any], None],
    ) -> None:
        wired: dict[str, Any] = {
            "endpoint": endpoint,
            "http": http,
            "token": token,
            "now": now,
            "trust": trust,
            "gate": gate,
        }
        self.listings: Any = Listings(**wired)
        self.orders: Any = Orders(**wired)
        self.shipments: Any = Shipments(**wired)
        self.finances: Any = Finances(**wired)
        self.reports: Any = ReportRequests(**wired)
        self.feeds: Any = FeedRequests(**wired)
        self.fba: Any = FbaInventories(**wired)
        self.outbound: Any = OutboundOrders(**wired)
        self.sellers: Any = SellerAccount(**wired)
        self.notices: Any = Notices(**wired)


def encoded(query: Mapping[str, Any]) -> str:
    """A query as Amazon reads it: lists joined by commas, true and false in lower case, spaces as %20, no None."""
    return urlencode({key: _text(value) for key, value in query.items() if value is not None}, quote_via=quote, safe="")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(str(item) for item in value)
    return str(value)
