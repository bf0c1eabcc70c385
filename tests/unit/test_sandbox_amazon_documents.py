"""Reports, settlements, feeds and FBA inventory of the sandbox's Amazon: their time, their bytes, their faults."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import running
from tests.amazon_caller import DE, UK, AmazonCaller, quantity_message

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REPORTS = "/reports/2021-06-30/reports"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"


@pytest.fixture
def amazon() -> Iterator[AmazonCaller]:
    with (
        running(seed=7, skus=80, clock=SandboxClock(start=NOW, speed=0)) as sandbox,
        AmazonCaller(sandbox) as caller,
    ):
        yield caller


def rows(content: bytes, encoding: str) -> list[dict[str, str]]:
    lines = [line.split("\t") for line in content.decode(encoding).splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def ask(amazon: AmazonCaller, kind: str = LISTINGS, marketplaces: tuple[str, ...] = (UK,)) -> httpx.Response:
    return amazon.call("POST", REPORTS, None, {"reportType": kind, "marketplaceIds": list(marketplaces)})


def test_a_report_takes_its_time(amazon: AmazonCaller) -> None:
    path = f"{REPORTS}/{ask(amazon).json()['reportId']}"
    statuses = []
    for seconds in (0, 6, 60):
        amazon.advance(seconds)
        statuses.append(amazon.call("GET", path).json()["processingStatus"])
    assert statuses == ["IN_QUEUE", "IN_PROGRESS", "DONE"]


def test_the_listings_report_has_29_columns_and_no_quantity_for_fba(amazon: AmazonCaller) -> None:
    _, content, kind = amazon.report()
    found = {row["seller-sku"]: row for row in rows(content, "cp1252")}
    assert kind == "text/plain; charset=Cp1252"
    assert len(found["007-ROPE"]) == 29
    assert (found["007-ROPE"]["quantity"], found["007-ROPE"]["fulfillment-channel"]) == ("18", "DEFAULT")
    assert (found["JUG-GLASS-FBA"]["quantity"], found["JUG-GLASS-FBA"]["fulfillment-channel"]) == ("", "AMAZON_EU")
    assert found["TEE-GRÖSSE M"]["status"] == "Active"
    assert len(found) == len([each for each in amazon.account.listings.values() if UK in each.statuses])


@pytest.mark.parametrize(
    ("region", "marketplace", "charset", "codec", "sku_column"),
    [
        ("na", "ATVPDKIKX0DER", "UTF-8", "utf-8", "seller-sku"),
        ("fe", "A1VC38T7YXB528", "Windows-31J", "cp932", "出品者SKU"),
    ],
)
def test_encoding_and_headers_of_the_report_depend_on_the_region(
    region: str, marketplace: str, charset: str, codec: str, sku_column: str
) -> None:
    plan = Plan(skus=150, regions=("eu", "na", "fe"))
    with running(plan=plan, clock=SandboxClock(start=NOW, speed=0)) as sandbox, AmazonCaller(sandbox, region) as amazon:
        _, content, kind = amazon.report(marketplace)
        found = rows(content, codec)
        assert kind == f"text/plain; charset={charset}"
        assert {row[sku_column] for row in found} == set(amazon.account.listings)


def test_the_url_of_a_document_lives_five_minutes(amazon: AmazonCaller) -> None:
    status, _, _ = amazon.report()
    place = amazon.call("GET", f"/reports/2021-06-30/documents/{status['reportDocumentId']}").json()
    assert place["compressionAlgorithm"] == "GZIP"
    amazon.advance(299)
    assert amazon.http.get(place["url"]).status_code == 200
    amazon.advance(2)
    expired = amazon.http.get(place["url"])
    assert (expired.status_code, expired.headers["content-type"]) == (403, "application/xml")
    assert "Request has expired" in expired.text
    again = amazon.call("GET", f"/reports/2021-06-30/documents/{status['reportDocumentId']}").json()
    assert amazon.http.get(again["url"]).status_code == 200


def test_the_storage_unpacks_for_clients_that_ask_for_it(amazon: AmazonCaller) -> None:
    status, content, _ = amazon.report()
    path = f"/reports/2021-06-30/documents/{status['reportDocumentId']}"
    place = amazon.call("GET", path, {"enableContentEncodingUrlHeader": "true"}).json()
    answer = amazon.http.get(place["url"])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == content


def fetched(amazon: AmazonCaller) -> httpx.Response:
    status, _, _ = amazon.report()
    place = amazon.call("GET", f"/reports/2021-06-30/documents/{status['reportDocumentId']}").json()
    return amazon.http.get(place["url"])


@pytest.mark.parametrize("kind", ["truncated_document", "corrupt_gzip"])
def test_a_damaged_document_is_no_sound_gzip(amazon: AmazonCaller, kind: str) -> None:
    sound = fetched(amazon)
    amazon.fault(kind, "downloadDocument")
    status = {each.document_id for each in amazon.sandbox.world.accounts["eu"].extra["service"].reports.values()}
    place = amazon.call("GET", f"/reports/2021-06-30/documents/{next(iter(status - {None}))}").json()
    damaged = amazon.http.get(place["url"])
    assert gzip.decompress(sound.content)
    with pytest.raises((EOFError, zlib.error, gzip.BadGzipFile)):
        gzip.decompress(damaged.content)


def test_an_html_page_can_stand_where_a_report_should_be(amazon: AmazonCaller) -> None:
    fetched(amazon)
    amazon.fault("html_document", "downloadDocument", times=1)
    report = next(iter(amazon.sandbox.world.accounts["eu"].extra["service"].reports.values()))
    place = amazon.call("GET", f"/reports/2021-06-30/documents/{report.document_id}").json()
    answer = amazon.http.get(place["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize(
    ("kind", "status", "count"),
    [
        ("empty_snapshot", "DONE", 0),
        ("half_snapshot", "DONE", 39),
        ("report_cancelled", "CANCELLED", 0),
        ("report_fatal", "FATAL", 0),
    ],
)
def test_a_report_can_tell_less_than_there_is(amazon: AmazonCaller, kind: str, status: str, count: int) -> None:
    amazon.fault(kind, "createReport", times=1)
    report, content, _ = amazon.report()
    assert report["processingStatus"] == status
    if status == "DONE":
        assert len(rows(content, "cp1252")) == count
    elif status == "FATAL":
        assert b"errorDetails" in content


def test_settlements_cannot_be_asked_for(amazon: AmazonCaller) -> None:
    answer = ask(amazon, SETTLEMENT)
    assert answer.status_code == 400
    assert "report type 1118 is not allowed" in answer.json()["errors"][0]["message"]


def test_a_report_is_for_one_marketplace_of_the_account(amazon: AmazonCaller) -> None:
    assert ask(amazon, marketplaces=(UK, DE)).status_code == 400
    assert ask(amazon, marketplaces=("ATVPDKIKX0DER",)).status_code == 400


def settlements(amazon: AmazonCaller) -> list[list[dict[str, str]]]:
    listed = amazon.call("GET", REPORTS, {"reportTypes": SETTLEMENT}).json()["reports"]
    files = []
    for report in listed:
        content, kind = amazon.document(report["reportDocumentId"])
        assert kind == "text/plain"
        files.append(rows(content, "utf-8"))
    return files


def test_settlements_lie_ready_and_balance_to_the_cent(amazon: AmazonCaller) -> None:
    files = settlements(amazon)
    assert sorted(file[0]["currency"] for file in files) == ["EUR", "EUR", "GBP", "GBP"]
    for file in files:
        amounts = [Decimal(row["amount"].replace(",", ".")) for row in file[1:]]
        assert sum(amounts) == Decimal(file[0]["total-amount"].replace(",", "."))
        assert len(amounts) > 20
        assert {row["currency"] for row in file[1:]} == {""}


def test_a_settlement_speaks_the_dialect_of_its_marketplace(amazon: AmazonCaller) -> None:
    by_currency = {file[0]["currency"]: file for file in settlements(amazon)}
    dotted = r"\d\d\.\d\d\.2026 \d\d:\d\d:\d\d UTC"
    for currency, amount in (("GBP", r"-?\d+\.\d\d"), ("EUR", r"-?\d+,\d\d")):
        for row in by_currency[currency][1:]:
            assert re.fullmatch(amount, row["amount"]), row["amount"]
            assert re.fullmatch(dotted, row["posted-date-time"]), row["posted-date-time"]


def test_a_settlement_tells_of_the_orders_that_shipped(amazon: AmazonCaller) -> None:
    orders = amazon.account.orders
    for file in settlements(amazon):
        sales = [row for row in file[1:] if row["transaction-type"] == "Order" and row["order-id"][0] != "S"]
        assert sales
        for row in sales:
            order = orders[row["order-id"]]
            assert (order.status, row["sku"]) == ("SHIPPED", order.items[0].sku)
            assert row["fulfillment-id"] == {"MERCHANT": "MFN", "AMAZON": "AFN"}[order.fulfilled_by]


def test_a_new_settlement_appears_by_itself(amazon: AmazonCaller) -> None:
    before = len(settlements(amazon))
    amazon.advance(14 * 86_400)
    amazon.token = amazon.new_token()
    listed = amazon.call("GET", REPORTS, {"reportTypes": SETTLEMENT, "pageSize": 100}).json()["reports"]
    assert len(listed) == before + 2


def test_a_list_of_reports_is_paged_and_its_token_comes_alone(amazon: AmazonCaller) -> None:
    first = amazon.call("GET", REPORTS, {"reportTypes": SETTLEMENT, "pageSize": 3}).json()
    assert len(first["reports"]) == 3
    token = first["nextToken"]
    both = amazon.call("GET", REPORTS, {"reportTypes": SETTLEMENT, "nextToken": token})
    assert both.status_code == 400
    second = amazon.call("GET", REPORTS, {"nextToken": token}).json()
    assert len(second["reports"]) == 1
    assert "nextToken" not in second


def test_reports_are_listed_for_ninety_days_and_by_ten(amazon: AmazonCaller) -> None:
    def listed(since: str) -> httpx.Response:
        return amazon.call("GET", REPORTS, {"reportTypes": SETTLEMENT, "createdSince": since})

    assert listed("2026-08-04T09:00:01Z").status_code == 200
    assert listed("2026-08-04T08:59:59Z").status_code == 400
    for _ in range(12):
        ask(amazon)
    assert len(amazon.call("GET", REPORTS, {"reportTypes": LISTINGS}).json()["reports"]) == 10


def test_a_feed_goes_through_its_states_and_is_applied_in_the_end(amazon: AmazonCaller) -> None:
    feed_id = amazon.submit_feed([quantity_message(1, "007-ROPE", 5), quantity_message(2, "BOWL/SET-4", 6)])
    statuses = []
    for seconds in (0, 11, 100):
        amazon.advance(seconds)
        statuses.append(amazon.feed(feed_id)["processingStatus"])
    assert statuses == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    amazon.advance(60)
    assert (amazon.shown("007-ROPE"), amazon.shown("BOWL/SET-4")) == (5, 6)


def test_done_does_not_mean_that_every_message_was_taken(amazon: AmazonCaller) -> None:
    messages = [
        quantity_message(1, "007-ROPE", 5),
        quantity_message(2, "NO-SUCH-SKU", 5),
        quantity_message(3, "MIRROR-OVAL", 5),
        quantity_message(4, "BENCH-OAK", -5),
    ]
    feed_id = amazon.submit_feed(messages)
    amazon.advance(120)
    result = amazon.feed_result(feed_id)
    assert result["summary"] == {
        "errors": 3,
        "warnings": 0,
        "messagesProcessed": 4,
        "messagesAccepted": 1,
        "messagesInvalid": 3,
    }
    assert [(issue["messageId"], issue["sku"]) for issue in result["issues"]] == [
        (2, "NO-SUCH-SKU"),
        (3, "MIRROR-OVAL"),
        (4, "BENCH-OAK"),
    ]


def test_a_partial_update_replaces_and_drops_the_lead_time(amazon: AmazonCaller) -> None:
    amazon.submit_feed([quantity_message(1, "JUG-GLASS", 5, operation="PARTIAL_UPDATE")])
    amazon.advance(200)
    item = amazon.get_item("JUG-GLASS", included="attributes").json()
    assert item["attributes"]["fulfillment_availability"] == [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}]


@pytest.mark.parametrize(
    ("kind", "status", "invalid"),
    [("feed_fatal", "FATAL", None), ("feed_stuck", "IN_PROGRESS", None), ("feed_partly_invalid", "DONE", 1)],
)
def test_a_feed_can_go_wrong(amazon: AmazonCaller, kind: str, status: str, invalid: int | None) -> None:
    amazon.fault(kind, "createFeed", times=1)
    skus = ["007-ROPE", "BOWL/SET-4", "BENCH-OAK"]
    feed_id = amazon.submit_feed([quantity_message(number, sku, 3) for number, sku in enumerate(skus, start=1)])
    amazon.advance(600)
    assert amazon.feed(feed_id)["processingStatus"] == status
    if invalid is not None:
        assert amazon.feed_result(feed_id)["summary"]["messagesInvalid"] == invalid


def test_a_foreign_feed_is_fatal(amazon: AmazonCaller) -> None:
    feed_id = amazon.submit_feed([quantity_message(1, "007-ROPE", 5)], seller_id="SOMEBODY-ELSE")
    amazon.advance(120)
    assert amazon.feed(feed_id)["processingStatus"] == "FATAL"


def test_a_feed_is_uploaded_in_time_with_exactly_its_content_type(amazon: AmazonCaller) -> None:
    def place() -> str:
        document = amazon.call("POST", "/feeds/2021-06-30/documents", None, {"contentType": "application/json"})
        return str(document.json()["url"])

    def put(url: str, kind: str) -> int:
        return amazon.http.put(url, content=b"{}", headers={"content-type": kind}).status_code

    assert put(place(), "application/json") == 200
    assert put(place(), "application/json; charset=UTF-8") == 403
    late = place()
    amazon.advance(301)
    assert put(late, "application/json") == 403


@pytest.mark.parametrize(("kind", "status"), [("POST_INVENTORY_AVAILABILITY_DATA", 202), ("MADE_UP", 400)])
def test_feed_types_of_old_are_taken_and_end_fatal(amazon: AmazonCaller, kind: str, status: int) -> None:
    place = amazon.call("POST", "/feeds/2021-06-30/documents", None, {"contentType": "text/xml"}).json()
    amazon.http.put(place["url"], content=b"<x/>", headers={"content-type": "text/xml"})
    body: dict[str, Any] = {"feedType": kind, "marketplaceIds": [UK], "inputFeedDocumentId": place["feedDocumentId"]}
    answer = amazon.call("POST", "/feeds/2021-06-30/feeds", None, body)
    assert answer.status_code == status
    if status == 202:
        amazon.advance(120)
        assert amazon.feed(answer.json()["feedId"])["processingStatus"] == "FATAL"


def test_listings_feeds_have_a_quota_of_their_own(amazon: AmazonCaller) -> None:
    for number in range(5):
        amazon.submit_feed([quantity_message(1, "007-ROPE", number)])
    document = next(iter(amazon.sandbox.world.accounts["eu"].extra["service"].feeds.values())).document_id
    feed = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [UK], "inputFeedDocumentId": document}
    answer = amazon.call("POST", "/feeds/2021-06-30/feeds", None, feed)
    assert answer.status_code == 429


def test_a_token_for_the_next_page_of_inventory_lives_thirty_seconds() -> None:
    with (
        running(seed=7, skus=600, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as sandbox,
        AmazonCaller(sandbox) as amazon,
    ):
        first = amazon.fba(details="true").json()
        assert len(first["payload"]["inventorySummaries"]) == 50
        token = first["pagination"]["nextToken"]
        assert amazon.fba(nextToken=token).status_code == 400
        amazon.advance(30)
        second = amazon.fba(details="true", nextToken=token)
        assert second.status_code == 200
        amazon.advance(1)
        assert amazon.fba(details="true", nextToken=token).status_code == 400


def test_every_marketplace_of_a_pool_shows_the_same_units_and_the_uk_its_own() -> None:
    plan = Plan(skus=80, marketplaces={"eu": ("UK", "DE", "FR")})
    with running(plan=plan, clock=SandboxClock(start=NOW, speed=0)) as sandbox, AmazonCaller(sandbox) as amazon:

        def units(marketplace: str) -> tuple[str, int]:
            amazon.advance(1)
            answer = amazon.fba(marketplace, details="true", sellerSku="JUG-GLASS-FBA").json()
            summary = answer["payload"]["inventorySummaries"][0]
            return summary["fnSku"], summary["inventoryDetails"]["fulfillableQuantity"]

        fnsku = amazon.account.listings["JUG-GLASS-FBA"].fnsku
        assert [units(each) for each in (UK, DE, "A13V1IB3VIYZZH")] == [(fnsku, 40), (fnsku, 20), (fnsku, 20)]


def test_inventory_is_asked_for_exactly_one_marketplace(amazon: AmazonCaller) -> None:
    assert amazon.fba(marketplaceIds=f"{UK},{DE}").status_code == 400
    amazon.advance(1)
    assert amazon.fba(granularityId=UK).status_code == 400
    assert amazon.fba(granularityType="Country").status_code == 400
