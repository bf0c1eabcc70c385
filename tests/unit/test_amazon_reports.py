"""Reports are asked for, waited for, fetched, and never mistaken for an empty marketplace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration_assets.contracts.errors import BadDocument, InstepError, Rejected, Throttled, Unavailable
from tests.unit.amazon_answers import DE, START, STORE, UK, Desk, Reply, Stand, desk, document, error, ok

TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"
CREATE = "POST /reports/2021-06-30/reports"
LIST = "GET /reports/2021-06-30/reports"
POLL = "GET /reports/2021-06-30/reports/r-1"
DOCUMENT = "GET /reports/2021-06-30/documents/d-1"
HEADER = "item-name\tlisting-id\tseller-sku\tprice\tquantity\tasin1\tproduct-id\tfulfillment-channel\tstatus\n"
CONTENT = (HEADER + "Größe\tL-1\tSKU-1\t9.99\t3\tB1\tB1\tDEFAULT\tActive\n").encode()


def told(status: str, **more: Any) -> dict[str, Any]:
    """A report as Amazon tells it."""
    return {
        "reportId": "r-1",
        "reportType": TYPE,
        "processingStatus": status,
        "createdTime": "2026-11-23T08:50:00+00:00",
        "marketplaceIds": [UK.marketplace_id],
        **more,
    }


def ready(*states: dict[str, Any]) -> Desk:
    """A report that goes through `states` and has a document."""
    stand = Stand()
    stand.on(CREATE, ok({"reportId": "r-1"}, status=202))
    stand.on(POLL, *(ok(state) for state in states))
    link = {"reportDocumentId": "d-1", "url": f"{STORE}/report?X-Amz-Signature=s", "compressionAlgorithm": "GZIP"}
    stand.on(DOCUMENT, ok(link))
    stand.on("GET /report", document(CONTENT, packed=True))
    return desk(stand)


def test_a_report_is_asked_for_waited_for_and_fetched() -> None:
    at = ready(told("IN_QUEUE"), told("IN_PROGRESS"), told("DONE", reportDocumentId="d-1"))
    found = at.account.listings_report(UK)
    assert (found.content, found.encoding, found.report_id, found.asked_at) == (CONTENT, "utf-8", "r-1", START)
    assert at.stand.sent(CREATE)[0].json == {"reportType": TYPE, "marketplaceIds": ["A1F83G8C2ARO7P"]}
    assert at.stand.calls() == [CREATE, POLL, POLL, POLL, DOCUMENT, "GET /report"]
    assert at.clock.sleeps == [2.0, 3.0]
    (listing,) = at.account.parse_listings(found, UK)
    assert (listing.seller_sku, listing.title, listing.region) == ("SKU-1", "Größe", "eu")


def test_a_recent_report_saves_a_new_one() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    other = told("DONE", reportId="r-2", createdTime="2026-11-23T08:59:00Z", marketplaceIds=[DE.marketplace_id])
    both = told("DONE", reportId="r-3", createdTime="2026-11-23T08:59:00Z", marketplaceIds=[UK.marketplace_id, "X"])
    at.stand.on(LIST, ok({"reports": [other, told("IN_PROGRESS"), both]}))
    found = at.account.listings_report(UK, max_age_seconds=900)
    assert (found.report_id, found.asked_at) == ("r-1", datetime(2026, 11, 23, 8, 50, tzinfo=UTC))
    assert at.stand.sent(LIST)[0].query == {
        "reportTypes": TYPE,
        "processingStatuses": "DONE,IN_PROGRESS,IN_QUEUE",
        "marketplaceIds": "A1F83G8C2ARO7P",
        "createdSince": "2026-11-23T08:45:00+00:00",
        "pageSize": "100",
    }
    assert at.stand.sent(CREATE) == []


def test_without_a_recent_report_a_new_one_is_asked_for() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    at.stand.on(LIST, ok({"reports": []}))
    assert at.account.listings_report(UK, max_age_seconds=900).asked_at == START
    assert len(at.stand.sent(CREATE)) == 1


def test_a_report_that_takes_too_long_is_unavailable() -> None:
    at = ready(told("IN_PROGRESS"))
    with pytest.raises(Unavailable, match="is still IN_PROGRESS after 60 s"):
        at.account.listings_report(UK, wait_seconds=60)
    assert at.clock.now() <= START + timedelta(seconds=90)


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL", "A_STATUS_OF_TOMORROW"])
def test_a_report_that_amazon_gives_up_shows_the_reason_document(status: str) -> None:
    at = ready(told(status, reportDocumentId="d-1"))
    at.stand.on("GET /report", document(b'{"errorDetails": "No listings\r\n in range"}' + b"." * 300, packed=True))
    with pytest.raises(Unavailable, match=f'of UK is {status}: {{"errorDetails": "No listings in range') as found:
        at.account.listings_report(UK)
    assert found.value.code == status
    assert len(str(found.value)) < 420


def test_a_report_that_was_cancelled_without_a_word_is_no_empty_marketplace() -> None:
    at = ready(told("CANCELLED"))
    with pytest.raises(Unavailable, match="is CANCELLED: asked for too often"):
        at.account.listings_report(UK)


def test_a_reason_that_cannot_be_read_does_not_hide_the_failure() -> None:
    at = ready(told("FATAL", reportDocumentId="d-1"))
    at.stand.on("GET /report", Reply(404, b"gone"))
    with pytest.raises(Unavailable, match="is FATAL: its reason could not be read"):
        at.account.listings_report(UK)


def test_a_finished_report_without_a_document_is_refused() -> None:
    with pytest.raises(BadDocument, match=r"r-1 .* has no document"):
        ready(told("DONE")).account.listings_report(UK)


def test_an_expired_link_is_asked_for_again_and_the_report_is_not() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    at.stand.on("GET /report", Reply(403, b"<Error>Request has expired</Error>"), document(CONTENT, packed=True))
    assert at.account.listings_report(UK).content == CONTENT
    assert (len(at.stand.sent(DOCUMENT)), len(at.stand.sent(CREATE))) == (2, 1)


def test_a_compression_nobody_knows_is_refused() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    at.stand.on(DOCUMENT, ok({"reportDocumentId": "d-1", "url": f"{STORE}/report", "compressionAlgorithm": "BROTLI"}))
    with pytest.raises(BadDocument, match="compressed with BROTLI"):
        at.account.listings_report(UK)


def test_a_report_request_that_fails_is_repeated_because_it_changes_nothing() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    at.stand.on(CREATE, error(500), Reply(fault="hang"), ok({"reportId": "r-1"}, status=202))
    assert at.account.listings_report(UK).report_id == "r-1"


def test_a_quota_on_report_requests_is_told() -> None:
    at = ready(told("DONE", reportDocumentId="d-1"))
    at.stand.on(CREATE, error(429, "QuotaExceeded"))
    with pytest.raises(Throttled, match=f"createReport {TYPE} of UK answered 429"):
        at.account.listings_report(UK)
    assert 1 / 0.0167 <= at.turns.penalties[0][2] <= 1.25 / 0.0167


def test_a_page_token_of_reports_is_sent_alone() -> None:
    at = desk()
    at.stand.on(
        LIST,
        ok({"reports": [told("DONE")], "nextToken": "t-1"}),
        ok({"reports": [told("FATAL", reportId="r-2")]}),
    )
    found = at.account.reports([TYPE, "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"], START - timedelta(days=1))
    assert [(one.report_id, one.status, one.document_id) for one in found] == [
        ("r-1", "DONE", None),
        ("r-2", "FATAL", None),
    ]
    assert at.stand.sent(LIST)[1].query == {"nextToken": "t-1"}


def test_reports_are_not_asked_for_further_back_than_amazon_keeps_them() -> None:
    at = desk()
    at.stand.on(LIST, ok({"reports": []}))
    at.account.reports([TYPE], START - timedelta(days=400))
    assert at.stand.sent(LIST)[0].query["createdSince"] == "2026-08-25T09:10:00+00:00"


def test_more_than_ten_report_types_are_refused_here() -> None:
    with pytest.raises(InstepError, match="1 to 10 report types, found 11"):
        desk().account.reports(["X"] * 11, START)


@pytest.mark.parametrize("circle", ["token", "page"])
def test_pages_that_go_in_circles_are_refused(circle: str) -> None:
    at = desk()
    first = {"reports": [told("DONE")], "nextToken": "t-1"}
    again = {**first, "nextToken": "t-2"} if circle == "page" else {"reports": [], "nextToken": "t-1"}
    at.stand.on(LIST, ok(first), ok(again))
    with pytest.raises(BadDocument, match=f"the same page{' token' if circle == 'token' else ''} twice"):
        at.account.reports([TYPE], START)


def test_an_unknown_report_is_rejected() -> None:
    at = ready(told("DONE"))
    at.stand.on(POLL, error(404, "NotFound", "no such report"))
    with pytest.raises(Rejected, match="getReport r-1 answered 404 NotFound"):
        at.account.listings_report(UK)
