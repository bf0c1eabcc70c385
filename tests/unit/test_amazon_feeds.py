"""Many quantities in one feed: what is sent, what is certain when it fails, and what its report says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration_assets.contracts.errors import BadDocument, InstepError, Throttled, Unavailable, UnknownOutcome
from resources.amazon_parts.feeds import FeedState, feed_document, processing_report
from resources.amazon_parts.parse import Issue
from tests.unit.amazon_answers import SELLER, STORE, Answering, Desk, Reply, Stand, desk, document, error, ok

DOCUMENTS = "POST /feeds/2021-06-30/documents"
FEEDS = "POST /feeds/2021-06-30/feeds"
UPLOAD = "PUT /upload"


def sending(*replies: Answering) -> Desk:
    stand = Stand().on(DOCUMENTS, ok({"feedDocumentId": "d-1", "url": f"{STORE}/upload?X-Amz-Signature=s"}, status=201))
    stand.on(UPLOAD, Reply(200))
    return desk(stand.on(FEEDS, *replies))


def reported(**changes: Any) -> dict[str, Any]:
    """A processing report of two messages, one of them invalid."""
    return {
        "header": {"sellerId": SELLER, "version": "2.0", "feedId": "f-1"},
        "issues": [
            {"messageId": 2, "sku": "SKU-B", "code": "90220", "severity": "ERROR", "message": "is required",
             "attributeName": "batteries_required"},
            {"messageId": 2, "sku": "SKU-B", "code": "18448", "severity": "WARNING", "message": "incomplete"},
            {"severity": "WARNING", "message": "about the whole feed"},
        ],
        "summary": {"errors": 1, "warnings": 2, "messagesProcessed": 2, "messagesAccepted": 1, "messagesInvalid": 1},
        **changes,
    }  # fmt: skip


def test_a_feed_is_stored_and_then_submitted_in_the_order_given() -> None:
    at = sending(ok({"feedId": "f-1"}, status=202))
    assert at.account.submit_quantity_feed({"SKU-B": 0, 'SKU "Ä", 1': 12}) == "f-1"
    assert at.stand.calls() == [DOCUMENTS, UPLOAD, FEEDS]
    assert at.stand.sent(DOCUMENTS)[0].json == {"contentType": "application/json; charset=UTF-8"}
    (upload,) = at.stand.sent(UPLOAD)
    assert upload.headers["content-type"] == "application/json; charset=UTF-8"
    assert upload.json == {
        "header": {"sellerId": "A1EXAMPLE", "version": "2.0", "issueLocale": "en_US"},
        "messages": [
            {
                "messageId": 1,
                "sku": "SKU-B",
                "operationType": "PATCH",
                "productType": "PRODUCT",
                "patches": [
                    {
                        "op": "merge",
                        "path": "/attributes/fulfillment_availability",
                        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}],
                    }
                ],
            },
            {
                "messageId": 2,
                "sku": 'SKU "Ä", 1',
                "operationType": "PATCH",
                "productType": "PRODUCT",
                "patches": [
                    {
                        "op": "merge",
                        "path": "/attributes/fulfillment_availability",
                        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 12}],
                    }
                ],
            },
        ],
    }
    assert at.stand.sent(FEEDS)[0].json == {
        "feedType": "JSON_LISTINGS_FEED",
        "inputFeedDocumentId": "d-1",
        "marketplaceIds": ["A1F83G8C2ARO7P"],
    }


@pytest.mark.parametrize(
    "reply",
    [error(500), Reply(fault="hang"), Reply(fault="drop"), ok({}, status=202), ok({"feedId": 7}, status=202)],
    ids=["500", "timeout", "hang-up", "no id", "an id that is none"],
)
def test_a_feed_that_amazon_may_have_taken_is_unknown_and_not_sent_again(reply: Answering) -> None:
    at = sending(reply)
    with pytest.raises(UnknownOutcome, match="Read back before anything else"):
        at.account.submit_quantity_feed({"SKU-B": 1})
    assert len(at.stand.sent(FEEDS)) == 1


def test_a_throttled_feed_is_certainly_not_taken() -> None:
    with pytest.raises(Throttled):
        sending(error(429, "QuotaExceeded")).account.submit_quantity_feed({"SKU-B": 1})


def test_the_steps_before_the_feed_change_nothing_and_are_repeated() -> None:
    at = sending(ok({"feedId": "f-1"}, status=202))
    good = at.stand.replies[DOCUMENTS][0]
    at.stand.on(DOCUMENTS, error(503), good)
    at.stand.on(UPLOAD, Reply(503), Reply(403), Reply(200))
    assert at.account.submit_quantity_feed({"SKU-B": 1}) == "f-1"
    assert at.stand.calls() == [DOCUMENTS, DOCUMENTS, UPLOAD, UPLOAD, DOCUMENTS, UPLOAD, FEEDS]


@pytest.mark.parametrize("reply", [Reply(403), Reply(500)], ids=["refused", "failed"])
def test_a_document_that_cannot_be_stored_is_no_feed(reply: Reply) -> None:
    at = sending(ok({"feedId": "f-1"}, status=202))
    at.stand.on(UPLOAD, reply)
    with pytest.raises(Unavailable):
        at.account.submit_quantity_feed({"SKU-B": 1})
    assert at.stand.sent(FEEDS) == []


@pytest.mark.parametrize("quantity", [-1, True, 2.0, "3", None])
def test_what_is_no_quantity_is_not_sent(quantity: Any) -> None:
    at = sending(ok({"feedId": "f-1"}, status=202))
    with pytest.raises(InstepError, match="whole number of units"):
        at.account.submit_quantity_feed({"SKU-B": quantity})
    with pytest.raises(InstepError, match="whole number of units"):
        at.account.patch_quantity("SKU-B", quantity)
    assert at.stand.asked == []


def test_a_feed_keeps_amazons_limits() -> None:
    with pytest.raises(InstepError, match="found 0"):
        feed_document(SELLER, {})
    with pytest.raises(InstepError, match="found 25001; split it"):
        feed_document(SELLER, {f"S{number}": 1 for number in range(25_001)})
    with pytest.raises(InstepError, match="at most 10485760: split it"):
        feed_document(SELLER, {f"{number:0400}": 1 for number in range(25_000)})


def test_the_state_of_a_feed_is_told() -> None:
    at = desk()
    feed = {"feedId": "f-1", "feedType": "JSON_LISTINGS_FEED", "createdTime": "2026-11-23T09:00:00Z"}
    at.stand.on(
        "GET /feeds/2021-06-30/feeds/f-1",
        ok({**feed, "processingStatus": "IN_PROGRESS"}),
        ok({**feed, "processingStatus": "DONE", "resultFeedDocumentId": "d-2"}),
    )
    assert at.account.feed("f-1") == FeedState("f-1", "IN_PROGRESS", None)
    assert at.account.feed("f-1") == FeedState("f-1", "DONE", "d-2")


def test_the_result_of_a_feed_names_what_was_not_taken() -> None:
    at = desk()
    link = {"feedDocumentId": "d-2", "url": f"{STORE}/result", "compressionAlgorithm": "GZIP"}
    at.stand.on("GET /feeds/2021-06-30/documents/d-2", ok(link))
    at.stand.on("GET /result", document(json.dumps(reported()).encode(), packed=True))
    found = at.account.feed_result("d-2")
    assert (found.feed_id, found.accepted, found.invalid) == ("f-1", 1, 1)
    assert found.issues_by_sku == {
        "SKU-B": (
            Issue("90220", "ERROR", "is required", ("batteries_required",)),
            Issue("18448", "WARNING", "incomplete"),
        ),
        "": (Issue("", "WARNING", "about the whole feed"),),
    }


SUMMARY = {"errors": 0, "warnings": 0, "messagesProcessed": 2, "messagesAccepted": 1}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a JSON object"),
        (json.dumps(reported(header={"sellerId": "SOMEONE", "feedId": "f-1"})).encode(), "another seller"),
        (json.dumps(reported(summary=SUMMARY)).encode(), "messagesInvalid None"),
        (json.dumps(reported(summary={**SUMMARY, "messagesInvalid": 0})).encode(), "1 accepted and 0 invalid of 2"),
        (json.dumps(reported(header=None)).encode(), "no header"),
        (json.dumps(reported(issues=[{"severity": "ERROR"}])).encode(), "no message"),
    ],
)
def test_a_processing_report_that_cannot_be_trusted_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(BadDocument, match=told):
        processing_report(data, seller_id=SELLER)
