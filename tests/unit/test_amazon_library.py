"""What python-amazon-sp-api does when it is left alone, and what it may do here: each trap, with and without the rein.

The first half of each test shows the bare library, so that a library that mends its ways is noticed too.
"""

from __future__ import annotations

import io
import logging
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import sp_api.auth.access_token_client
from sp_api.api import Feeds, FulfillmentOutbound, Orders, Reports
from sp_api.api import ListingsItems as BareListings
from sp_api.auth import AccessTokenClient
from sp_api.base import SellingApiException
from sp_api.util import throttle_retry

from integration_assets.contracts.errors import ConfigurationError, Denied, Throttled, Unavailable, UnknownOutcome
from resources.amazon import AmazonAccount
from resources.amazon_parts.library import Listings
from resources.clock import ManualClock
from tests.unit.amazon_answers import SELLER, START, Reply, Stand, Turns, access, error, ok, served

ROOT = Path(__file__).resolve().parents[2]
PATCH = f"PATCH /listings/2021-08-01/items/{SELLER}/SKU-1"
GET = f"GET /listings/2021-08-01/items/{SELLER}/SKU-1"
SEARCH = f"GET /listings/2021-08-01/items/{SELLER}"
DELETE = f"DELETE /listings/2021-08-01/items/{SELLER}/SKU-1"
ACCEPTED = {"sku": "SKU-1", "status": "ACCEPTED", "submissionId": "sub-1", "issues": []}
ITEM = {"sku": "SKU-1", "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 4}]}


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def url(stand: Stand) -> Iterator[str]:
    with served(stand) as where:
        yield where
    sp_api.auth.access_token_client.cache.clear()


@pytest.fixture
def account(url: str) -> Iterator[AmazonAccount]:
    account = AmazonAccount(access(url=url), Turns(), ManualClock(START))
    yield account
    account.close()


def bare(url: str, *, timeout: float | None = 5.0) -> dict[str, Any]:
    """How the library is told of a local server."""

    class LocalTokens(AccessTokenClient):  # type: ignore[misc]  # the library has no types
        scheme, host = "http://", url.removeprefix("http://")

    return {
        "marketplace": SimpleNamespace(endpoint=url, marketplace_id="ATVPDKIKX0DER", region="us-east-1"),
        "refresh_token": "canary-refresh",
        "credentials": {"lwa_app_id": "sample-client", "lwa_client_secret": "canary-secret"},
        "auth_token_client_class": LocalTokens,
        "timeout": timeout,
    }


def closed(client: Any) -> None:
    client._transport.close()
    client._auth._transport.close()


@pytest.fixture
def strict(url: str) -> Iterator[Any]:
    """The rein alone, for operations that the product does not call."""
    with httpx.Client() as http:
        yield Listings(
            endpoint=url,
            http=http,
            token=lambda: "Atza|strict",
            now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
            trust=ssl.create_default_context(),
            gate=lambda *_request: None,
        )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, b"<html>Service Unavailable</html>", {"content-type": "text/html"}),
        Reply(500, b""),
        Reply(400, b'{"message": "Bad Request"}'),
        Reply(502, b'{"errors": []}'),
    ],
    ids=["a web page", "nothing", "a message without a list of errors", "an empty list of errors"],
)
def test_e1_a_failure_without_a_list_of_errors_is_not_success(
    stand: Stand, url: str, account: AmazonAccount, reply: Reply
) -> None:
    stand.on(PATCH, reply)
    client = BareListings(version="2021-08-01", **bare(url))
    assert client.patch_listings_item(SELLER, "SKU-1", marketplaceIds="X", body={"patches": []}).errors in (None, [])
    closed(client)

    with pytest.raises(UnknownOutcome, match="SKU SKU-1 answered"):
        account.patch_quantity("SKU-1", 3)


def test_e2_a_401_is_tried_once_with_a_fresh_token_and_then_named(
    stand: Stand, url: str, account: AmazonAccount
) -> None:
    stand.on(GET, error(401, "Unauthorized", "Access denied", request_id="req-401"))
    stand.on(PATCH, error(401, "Unauthorized", "Access denied", request_id="req-401"))
    client = BareListings(version="2021-08-01", **bare(url))
    with pytest.raises(SellingApiException) as found:
        client.get_listings_item(SELLER, "SKU-1")
    assert found.value.code == 999
    closed(client)

    with pytest.raises(Denied, match="req-401") as refused:
        account.patch_quantity("SKU-1", 3)
    assert (refused.value.status, refused.value.code, refused.value.request_id) == (401, "Unauthorized", "req-401")


def test_e2_and_e8_a_silent_server_is_an_error_of_ours_within_our_own_time(stand: Stand, url: str) -> None:
    stand.on(PATCH, Reply(fault="hang"))
    stand.on(GET, Reply(fault="hang"))
    client = BareListings(version="2021-08-01", **bare(url, timeout=0.1))
    with pytest.raises(httpx.TimeoutException):
        client.get_listings_item(SELLER, "SKU-1")
    closed(client)

    account = AmazonAccount(access(url=url), Turns(), ManualClock(START))
    account._client._timeout = httpx.Timeout(0.1)
    with pytest.raises(UnknownOutcome, match="ReadTimeout"):
        account.patch_quantity("SKU-1", 3)
    account.close()
    assert len(stand.sent(PATCH)) == 1


def test_e8_the_default_is_a_minute_and_not_five_seconds(stand: Stand, url: str, account: AmazonAccount) -> None:
    client = BareListings(version="2021-08-01", **bare(url, timeout=None))
    assert client._transport._client.timeout == httpx.Timeout(5.0)
    assert client._auth._transport._client.timeout == httpx.Timeout(5.0)
    closed(client)

    library = account._client.library
    assert library.listings._transport._client.timeout == httpx.Timeout(60.0, connect=10.0)
    assert stand.asked == []


def test_e3_no_marketplace_and_no_path_is_slipped_into_a_query_or_a_body(
    stand: Stand, url: str, account: AmazonAccount
) -> None:
    stand.on(PATCH, ok(ACCEPTED))
    stand.on("POST /feeds/2021-06-30/documents", ok({"feedDocumentId": "d", "url": "x"}, status=201))
    stand.on("POST /fba/outbound/2020-07-01/fulfillmentOrders", ok({}))
    listings = BareListings(version="2021-08-01", **bare(url))
    listings.patch_listings_item(SELLER, "SKU-1", body={"patches": []})
    assert sorted(stand.asked[-1].query) == ["MarketplaceId", "MarketplaceIds", "marketplaceIds", "marketplace_ids"]
    feeds = Feeds(**bare(url))
    feeds.create_feed_document(None, "application/json")
    assert sorted(stand.asked[-1].json) == ["MarketplaceIds", "contentType", "marketplaceIds", "path"]
    outbound = FulfillmentOutbound(**bare(url))
    outbound.create_fulfillment_order(sellerFulfillmentOrderId="o-1")
    assert "MarketplaceIds" in stand.asked[-1].json
    for client in (listings, feeds, outbound):
        closed(client)

    account.patch_quantity("SKU-1", 3)
    assert stand.asked[-1].query == {
        "marketplaceIds": "A1F83G8C2ARO7P",
        "includedData": "issues",
        "issueLocale": "en_US",
    }
    account._client.library.feeds.create_feed_document(None, "application/json")
    assert stand.asked[-1].json == {"contentType": "application/json"}


def test_e4_a_delete_keeps_the_marketplace_it_was_given(stand: Stand, url: str, strict: Any) -> None:
    stand.on(DELETE, ok(ACCEPTED))
    client = BareListings(version="2021-08-01", **bare(url))
    client.delete_listings_item(SELLER, "SKU-1", marketplaceIds="A1PA6795UKMFR9")
    assert stand.asked[-1].query["marketplaceIds"] == "ATVPDKIKX0DER"
    closed(client)

    strict.delete_listings_item(SELLER, "SKU-1", marketplaceIds="A1PA6795UKMFR9")
    assert stand.asked[-1].query == {"marketplaceIds": "A1PA6795UKMFR9"}
    assert stand.asked[-1].body == b""


def test_e5_orders_are_read_from_the_version_that_stays(stand: Stand, url: str, account: AmazonAccount) -> None:
    stand.on("GET /orders/v0/orders", ok({"payload": {"Orders": []}}))
    stand.on("GET /orders/2026-01-01/orders", ok({"orders": []}))
    client = Orders(**bare(url))
    client.get_orders(CreatedAfter="2026-01-01T00:00:00Z")
    assert stand.asked[-1].path == "/orders/v0/orders"
    closed(client)

    assert list(account.orders(datetime(2026, 11, 1, tzinfo=UTC))) == []
    assert stand.asked[-1].path == "/orders/2026-01-01/orders"


def test_e6_lists_are_joined_by_commas(stand: Stand, url: str, account: AmazonAccount) -> None:
    stand.on(SEARCH, ok({"numberOfResults": 0, "items": []}))
    client = BareListings(version="2021-08-01", **bare(url))
    client.search_listings_items(SELLER, identifiers=["A", "B"], identifiersType="SKU")
    assert stand.asked[-1].target.count("identifiers=") == 2
    closed(client)

    account.search_availability(["A", "B"])
    assert stand.asked[-1].query["identifiers"] == "A,B"
    assert stand.asked[-1].query["includedData"] == "summaries,fulfillmentAvailability,issues"


def test_e7_a_report_is_taken_as_bytes_and_read_in_its_own_encoding(
    stand: Stand, url: str, account: AmazonAccount
) -> None:
    where = {"reportDocumentId": "d-1", "url": f"{url}/document?X-Amz-Signature=canary-signature"}
    stand.on("GET /reports/2021-06-30/documents/d-1", ok(where))
    stand.on("GET /document", Reply(200, "Größe\t1".encode(), {"content-type": "text/plain"}))
    client = Reports(**bare(url))
    assert client.get_report_document("d-1", download=True).payload["document"] == "GrÃ¶Ã\x9fe\t1"
    closed(client)

    stand.on("GET /reports/2021-06-30/reports", ok({"reports": [finished("r-1", "d-1")]}))
    (report,) = account.reports(["GET_MERCHANT_LISTINGS_ALL_DATA"], datetime(2026, 11, 1, tzinfo=UTC))
    found = account.report_document(report)
    assert (found.content.decode(found.encoding), found.encoding) == ("Größe\t1", "utf-8")


def test_e7_a_report_that_is_not_there_is_not_a_report(stand: Stand, url: str, account: AmazonAccount) -> None:
    stand.on("GET /reports/2021-06-30/documents/d-1", ok({"reportDocumentId": "d-1", "url": f"{url}/document"}))
    stand.on("GET /document", Reply(503, b"slow down"))
    client = Reports(**bare(url))
    assert client.get_report_document("d-1", download=True).payload["document"] == "slow down"
    closed(client)

    stand.on("GET /reports/2021-06-30/reports", ok({"reports": [finished("r-1", "d-1")]}))
    (report,) = account.reports(["GET_MERCHANT_LISTINGS_ALL_DATA"], datetime(2026, 11, 1, tzinfo=UTC))
    with pytest.raises(Unavailable, match="answered 503"):
        account.report_document(report)


def test_e7_a_feed_document_is_utf_8(stand: Stand, url: str, account: AmazonAccount) -> None:
    stand.on("POST /feeds/2021-06-30/documents", ok({"feedDocumentId": "d", "url": f"{url}/upload"}, status=201))
    stand.on("POST /feeds/2021-06-30/feeds", ok({"feedId": "f-1"}, status=202))
    stand.on("PUT /upload", Reply(200))
    client = Feeds(**bare(url))
    with pytest.raises(UnicodeEncodeError):
        client.create_feed_document(io.StringIO("10 €"), "application/json")
    closed(client)

    assert account.submit_quantity_feed({"SKU-€": 3}) == "f-1"
    (upload,) = stand.sent("PUT /upload")
    assert upload.json["messages"][0]["sku"] == "SKU-€"
    assert upload.headers["content-type"] == "application/json; charset=UTF-8"


def test_e9_the_library_is_not_left_to_repeat_a_write(stand: Stand, url: str, account: AmazonAccount) -> None:
    quota = error(429, "QuotaExceeded", "You exceeded your quota")
    stand.on(PATCH, quota, ok(ACCEPTED))
    client = BareListings(version="2021-08-01", **bare(url))
    patch = throttle_retry(tries=2, delay=0)(client.patch_listings_item)
    patch(SELLER, "SKU-1", marketplaceIds="X", body={"patches": []})
    assert len(stand.sent(PATCH)) == 2
    closed(client)

    stand.asked.clear()
    stand.on(PATCH, quota, ok(ACCEPTED))
    with pytest.raises(Throttled, match="QuotaExceeded"):
        account.patch_quantity("SKU-1", 3)
    assert len(stand.sent(PATCH)) == 1


def test_e10_a_token_is_not_kept_after_a_403_nor_shared_between_applications(
    stand: Stand, url: str, account: AmazonAccount
) -> None:
    expired = error(403, "Unauthorized", "The access token you provided has expired.")
    stand.on(GET, expired, expired, ok(ITEM))
    client = BareListings(version="2021-08-01", **bare(url))
    for _ in range(2):
        with pytest.raises(SellingApiException):
            client.get_listings_item(SELLER, "SKU-1")
    assert stand.tokens == 1
    other = bare(url)
    other["credentials"] = {"lwa_app_id": "another-client", "lwa_client_secret": "another"}
    client_of_another = BareListings(version="2021-08-01", **other)
    client_of_another.get_listings_item(SELLER, "SKU-1")
    assert stand.tokens == 1
    closed(client)
    closed(client_of_another)

    stand.on(PATCH, expired, ok(ACCEPTED))
    assert account.patch_quantity("SKU-1", 3).status == "ACCEPTED"
    assert stand.tokens == 3
    first, second = stand.sent(PATCH)
    assert (first.headers["x-amz-access-token"], second.headers["x-amz-access-token"]) == (
        "Atza|canary-2",
        "Atza|canary-3",
    )


def test_e11_no_token_no_secret_and_no_signature_is_logged_at_debug(
    stand: Stand, url: str, account: AmazonAccount, caplog: pytest.LogCaptureFixture
) -> None:
    stand.on(GET, ok(ITEM))
    loggers = ["", "sp_api", "sp_api.base.client", "httpx", "httpcore", "resources"]
    for name in loggers:
        caplog.set_level(logging.DEBUG, logger=name)
    client = BareListings(version="2021-08-01", **bare(url))
    client.get_listings_item(SELLER, "SKU-1")
    assert "Atza|canary-1" in caplog.text
    closed(client)

    caplog.clear()
    stand.on(PATCH, ok(ACCEPTED))
    stand.on("GET /reports/2021-06-30/reports", ok({"reports": [finished("r-1", "d-1")]}))
    where = {"reportDocumentId": "d-1", "url": f"{url}/document?X-Amz-Signature=canary-signature"}
    stand.on("GET /reports/2021-06-30/documents/d-1", ok(where))
    stand.on("GET /document", Reply(200, b"a\tb", {"content-type": "text/plain"}))
    account.patch_quantity("SKU-1", 3)
    (report,) = account.reports(["GET_MERCHANT_LISTINGS_ALL_DATA"], datetime(2026, 11, 1, tzinfo=UTC))
    account.report_document(report)
    assert "patchListingsItem answered 200 (request req-1)" in caplog.text
    assert "canary" not in caplog.text
    assert "Atza" not in caplog.text


def test_the_environment_does_not_choose_the_endpoint(stand: Stand, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "JP")
    client = BareListings(version="2021-08-01", **bare(url))
    assert client.endpoint == "https://sellingpartnerapi-fe.amazon.com"
    closed(client)

    stand.on(PATCH, ok(ACCEPTED))
    account = AmazonAccount(access(url=url), Turns(), ManualClock(START))
    assert account.patch_quantity("SKU-1", 3).status == "ACCEPTED"
    account.close()
    assert stand.asked[-1].query["marketplaceIds"] == "A1F83G8C2ARO7P"


def test_an_environment_the_library_cannot_live_in_is_a_mistake_that_says_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "ATLANTIS")
    account = AmazonAccount(access(url=url), Turns(), ManualClock(START))
    with pytest.raises(ConfigurationError, match="SP_API_DEFAULT_MARKETPLACE is set to a word it does not know"):
        account.patch_quantity("SKU-1", 3)
    account.close()


def test_a_house_word_in_aws_env_is_a_mistake_that_says_so() -> None:
    code = (
        "from integration_assets.contracts.errors import ConfigurationError\n"
        "from resources.amazon_parts.client import _open_library\n"
        "try:\n    _open_library()\n"
        "except ConfigurationError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AWS_ENV": "staging", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "AWS_ENV or SP_API_DEFAULT_MARKETPLACE is set to a word it does not know" in done.stdout
    assert "Unset both for this process" in done.stdout


@pytest.mark.parametrize(
    ("sku", "path"),
    [
        ("A/B", "A%2FB"),
        ("A+B", "A%2BB"),
        ("A B", "A%20B"),
        ("50%", "50%25"),
        ("A%2FB", "A%252FB"),
        ("Größe", "Gr%C3%B6%C3%9Fe"),
        ("A,B", "A%2CB"),
        ("A?B#C&D", "A%3FB%23C%26D"),
        ("{0}", "%7B0%7D"),
        ("../X", "..%2FX"),
    ],
)
def test_a_sku_stands_in_the_path_as_it_is_written(stand: Stand, account: AmazonAccount, sku: str, path: str) -> None:
    what = f"PATCH /listings/2021-08-01/items/{SELLER}/{path}"
    stand.on(what, ok({**ACCEPTED, "sku": sku}))
    assert account.patch_quantity(sku, 3).seller_sku == sku
    assert stand.asked[-1].path == f"/listings/2021-08-01/items/{SELLER}/{path}"


def test_a_space_in_a_query_is_not_a_plus(stand: Stand, account: AmazonAccount) -> None:
    stand.on(SEARCH, ok({"numberOfResults": 0, "items": []}))
    account.search_availability(["A B", "C+D", "ü&1=2"])
    assert "identifiers=A%20B%2CC%2BD%2C%C3%BC%261%3D2&" in stand.asked[-1].target


def test_the_host_header_is_the_host(stand: Stand, url: str, account: AmazonAccount) -> None:
    stand.on(PATCH, ok(ACCEPTED))
    account.patch_quantity("SKU-1", 3)
    assert stand.asked[-1].headers["host"] == url.removeprefix("http://")
    assert stand.asked[-1].headers["x-amz-date"] == "20261123T090000Z"


def finished(report_id: str, document_id: str) -> dict[str, Any]:
    return {
        "reportId": report_id,
        "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA",
        "processingStatus": "DONE",
        "createdTime": "2026-11-23T08:00:00Z",
        "marketplaceIds": ["A1F83G8C2ARO7P"],
        "reportDocumentId": document_id,
    }
