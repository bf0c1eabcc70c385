"""Calls the sandbox's Amazon side as any program would, over HTTP; for tests of the sandbox itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from sandbox.server import Sandbox

UK, DE = "A1F83G8C2ARO7P", "A1PA6795UKMFR9"
Check = Callable[[httpx.Response], None]


class AmazonCaller:
    """One account's calls. `check` sees every answer of an operation before it is handed on."""

    def __init__(self, sandbox: Sandbox, region: str = "eu", *, check: Check | None = None) -> None:
        self.sandbox = sandbox
        self.account = sandbox.world.accounts[region]
        self.http = httpx.Client(base_url=sandbox.url, timeout=10)
        self.check = check
        self.token = self.new_token()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def ask_token(self, **form: str) -> httpx.Response:
        """POST /auth/o2/token with the account's own values unless others are given."""
        own = {
            "grant_type": "refresh_token",
            "refresh_token": self.account.refresh_token,
            "client_id": self.account.client_id,
            "client_secret": self.account.client_secret,
        }
        return self.http.post("/auth/o2/token", data={**own, **form})

    def new_token(self) -> str:
        """A fresh access token."""
        return str(self.ask_token().json()["access_token"])

    def call(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, *, token: str | None = None
    ) -> httpx.Response:
        """Call an operation. Parts of the path must be quoted by the caller."""
        answer = self.http.request(
            method,
            path,
            params=query,
            json=body,
            headers={"x-amz-access-token": self.token if token is None else token},
        )
        if self.check is not None:
            self.check(answer)
        return answer

    def get_item(self, sku: str, marketplace: str = UK, included: str = "summaries,fulfillmentAvailability") -> Any:
        """getListingsItem."""
        query = {"marketplaceIds": marketplace, "includedData": included}
        return self.call("GET", self.listing_path(sku), query)

    def listing_path(self, sku: str) -> str:
        """The path of a listing, with every odd character quoted."""
        return f"{self.listings_path}/{quote(sku, safe='')}"

    @property
    def listings_path(self) -> str:
        """The path of the account's listings."""
        return f"/listings/2021-08-01/items/{self.account.seller_id}"

    def shown(self, sku: str) -> int:
        """The quantity buyers see."""
        return int(self.get_item(sku).json()["fulfillmentAvailability"][0]["quantity"])

    def patch(self, sku: str, quantity: Any, *, op: str = "merge", mode: str | None = None, **more: Any) -> Any:
        """patchListingsItem of the merchant's quantity."""
        entry = {"fulfillment_channel_code": "DEFAULT", "quantity": quantity, **more}
        patch = {"op": op, "path": "/attributes/fulfillment_availability", "value": [entry]}
        query = {"marketplaceIds": UK} | ({"mode": mode} if mode else {})
        return self.call("PATCH", self.listing_path(sku), query, {"productType": "PRODUCT", "patches": [patch]})

    def search(self, **query: Any) -> httpx.Response:
        """searchListingsItems."""
        return self.call("GET", self.listings_path, {"marketplaceIds": f"{UK},{DE}", **query})

    def orders(self, **query: Any) -> httpx.Response:
        """searchOrders."""
        return self.call("GET", "/orders/2026-01-01/orders", query)

    def fba(self, marketplace: str = DE, **query: Any) -> httpx.Response:
        """getInventorySummaries."""
        own = {"granularityType": "Marketplace", "granularityId": marketplace, "marketplaceIds": marketplace}
        return self.call("GET", "/fba/inventory/v1/summaries", own | query)

    def advance(self, seconds: float) -> None:
        """Let sandbox time pass."""
        answer = self.http.post("/sandbox/clock", json={"advance": seconds})
        assert answer.status_code == 200, answer.text

    def fault(self, kind: str, match: str, **more: Any) -> None:
        """Switch a fault on."""
        answer = self.http.post("/sandbox/faults", json={"kind": kind, "match": match, **more})
        assert answer.status_code == 200, answer.text

    def report(self, marketplace: str = UK) -> tuple[dict[str, Any], bytes, str]:
        """Ask for the listings report, wait, fetch: its last status, its bytes and their content type."""
        wanted = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [marketplace]}
        report_id = self.call("POST", "/reports/2021-06-30/reports", None, wanted).json()["reportId"]
        self.advance(60)
        status = self.call("GET", f"/reports/2021-06-30/reports/{report_id}").json()
        if "reportDocumentId" not in status:
            return status, b"", ""
        content, kind = self.document(status["reportDocumentId"])
        return status, content, kind

    def document(self, document_id: str) -> tuple[bytes, str]:
        """The unpacked bytes of a report document and their content type."""
        place = self.call("GET", f"/reports/2021-06-30/documents/{document_id}").json()
        answer = self.http.get(place["url"])
        assert answer.status_code == 200, answer.text
        return gzip.decompress(answer.content), answer.headers["content-type"]

    def submit_feed(self, messages: list[dict[str, Any]], seller_id: str | None = None) -> str:
        """Upload a listings feed and submit it; answers its id."""
        kind = "application/json; charset=UTF-8"
        place = self.call("POST", "/feeds/2021-06-30/documents", None, {"contentType": kind}).json()
        header = {"sellerId": seller_id or self.account.seller_id, "version": "2.0", "issueLocale": "en_GB"}
        content = json.dumps({"header": header, "messages": messages}, ensure_ascii=False).encode()
        answer = self.http.put(place["url"], content=content, headers={"content-type": kind})
        assert answer.status_code == 200, answer.text
        feed = {
            "feedType": "JSON_LISTINGS_FEED",
            "marketplaceIds": [UK],
            "inputFeedDocumentId": place["feedDocumentId"],
        }
        return str(self.call("POST", "/feeds/2021-06-30/feeds", None, feed).json()["feedId"])

    def feed(self, feed_id: str) -> dict[str, Any]:
        """getFeed."""
        answer: dict[str, Any] = self.call("GET", f"/feeds/2021-06-30/feeds/{feed_id}").json()
        return answer

    def feed_result(self, feed_id: str) -> dict[str, Any]:
        """The processing report of a feed that is done."""
        document_id = self.feed(feed_id)["resultFeedDocumentId"]
        place = self.call("GET", f"/feeds/2021-06-30/documents/{document_id}").json()
        answer: dict[str, Any] = json.loads(gzip.decompress(self.http.get(place["url"]).content))
        return answer


def quantity_message(number: int, sku: str, quantity: int, *, operation: str = "PATCH") -> dict[str, Any]:
    """A feed message that sets a quantity."""
    entry = {"fulfillment_channel_code": "DEFAULT", "quantity": quantity}
    message: dict[str, Any] = {
        "messageId": number,
        "sku": sku,
        "operationType": operation,
        "productType": "PRODUCT",
    }
    if operation == "PATCH":
        message["patches"] = [{"op": "merge", "path": "/attributes/fulfillment_availability", "value": [entry]}]
    else:
        message["attributes"] = {"fulfillment_availability": [entry]}
    return message
