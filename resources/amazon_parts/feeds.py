"""Quantities by JSON_LISTINGS_FEED: one document, one feed, and the report of what became of each message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integration_assets.contracts.errors import BadDocument, InstepError, Unavailable, UnknownOutcome
from resources.amazon_parts.client import AmazonClient
from resources.amazon_parts.documents import MEBIBYTE, Documents, Link, LinkExpired
from resources.amazon_parts.parse import MFN_CHANNEL, Issue, count, objects, optional_text, part, text
from resources.amazon_parts.reports import link_of

FEED_TYPE = "JSON_LISTINGS_FEED"
CONTENT_TYPE = "application/json; charset=UTF-8"
MESSAGES_AT_MOST = 25_000
BYTES_AT_MOST = 10 * MEBIBYTE
UPLOADS = 3
ANY_PRODUCT_TYPE = "PRODUCT"
"""Accepted for a quantity without knowing the listing's real product type."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far a feed is: IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, or FATAL (some, none or all of it was applied)."""

    feed_id: str
    status: str
    result_document_id: str | None


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What became of a feed's messages. Accepted is queued, not yet applied.

    `accepted` and `invalid` count messages. Issues without a SKU are under the empty SKU.
    """

    feed_id: str
    accepted: int
    invalid: int
    issues_by_sku: Mapping[str, tuple[Issue, ...]]


class Feeds:
    """The feeds of one account."""

    def __init__(self, client: AmazonClient, documents: Documents) -> None:
        self._client = client
        self._documents = documents

    def submit_quantities(self, quantities: Mapping[str, int]) -> str:
        """Send the quantity of each SKU in one feed, in the order given, and answer the feed's id.

        Message ids count from 1 in that order. Until the last step nothing has been applied, whatever goes wrong.
        Raises UnknownOutcome when Amazon may have taken the feed without saying so, and InstepError for a feed over
        Amazon's limits (25,000 messages, 10 MiB).
        """
        data = feed_document(self._client.access.seller_id, quantities)
        self._client.gate.listings_feed(self._client.access.region, data, self._client.clock.now())
        document_id = self._uploaded(data)
        body = {"marketplaceIds": [self._client.access.marketplaces[0].marketplace_id]}
        answer = self._client.call(
            "createFeed",
            lambda library: library.feeds.create_feed(FEED_TYPE, document_id, **body),
            about=f"{FEED_TYPE} of {len(quantities)} SKUs",
            effect=True,
            expects=("feedId",),
        )
        try:
            return text(answer.body, "feedId", "a feed request")
        except BadDocument as error:
            raise UnknownOutcome(
                f"createFeed: {error}", todo="Read back before anything else.", request_id=answer.request_id
            ) from error

    def state(self, feed_id: str) -> FeedState:
        """How far the feed is."""
        answer = self._client.call(
            "getFeed",
            lambda library: library.feeds.get_feed(feed_id),
            about=feed_id,
            expects=("feedId", "processingStatus"),
        )
        status = text(answer.body, "processingStatus", f"feed {feed_id}")
        return FeedState(feed_id, status, optional_text(answer.body, "resultFeedDocumentId"))

    def result(self, document_id: str) -> FeedResult:
        """The processing report of a feed that is DONE. BadDocument when it is damaged or another seller's."""

        def link() -> Link:
            answer = self._client.call(
                "getFeedDocument",
                lambda library: library.feeds.feed_document(document_id),
                about=document_id,
                expects=("url",),
            )
            return link_of(answer.body)

        content = self._documents.download(link)
        return processing_report(content.data, seller_id=self._client.access.seller_id)

    def _uploaded(self, data: bytes) -> str:
        """Store the document and answer its id; a link that expired meanwhile is replaced by a new document."""
        for attempt in range(1, UPLOADS + 1):
            answer = self._client.call(
                "createFeedDocument",
                lambda library: library.feeds.create_feed_document(None, CONTENT_TYPE),
                expects=("feedDocumentId", "url"),
            )
            try:
                self._documents.upload(link_of(answer.body), data, CONTENT_TYPE)
            except LinkExpired as error:
                if attempt == UPLOADS:
                    raise Unavailable(
                        f"The feed document could not be stored: {error}", todo="Nothing was sent; try again later."
                    ) from error
            else:
                return text(answer.body, "feedDocumentId", "a feed document")
        raise AssertionError("unreachable: the last attempt returns or raises")


def quantity_patch(quantity: int) -> dict[str, Any]:
    """The patch that sets the merchant-fulfilled quantity. `merge` keeps lead times; `replace` would drop them."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0:
        raise InstepError(f"A quantity is a whole number of units, zero or more; found {quantity!r}.")
    offer = {"fulfillment_channel_code": MFN_CHANNEL, "quantity": quantity}
    return {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [offer]}


def feed_document(seller_id: str, quantities: Mapping[str, int]) -> bytes:
    """The feed as UTF-8 JSON, by Amazon's listings feed schema v2."""
    if not 1 <= len(quantities) <= MESSAGES_AT_MOST:
        raise InstepError(f"A feed carries 1 to {MESSAGES_AT_MOST} messages, found {len(quantities)}; split it.")
    messages = [
        {
            "messageId": number,
            "sku": sku,
            "operationType": "PATCH",
            "productType": ANY_PRODUCT_TYPE,
            "patches": [quantity_patch(quantity)],
        }
        for number, (sku, quantity) in enumerate(quantities.items(), start=1)
    ]
    header = {"sellerId": seller_id, "version": "2.0", "issueLocale": "en_US"}
    data = json.dumps({"header": header, "messages": messages}, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) > BYTES_AT_MOST:
        raise InstepError(f"The feed has {len(data)} bytes; expected at most {BYTES_AT_MOST}: split it.")
    return data


def processing_report(data: bytes, *, seller_id: str) -> FeedResult:
    """Amazon's processing report v2. DONE alone says nothing: `invalid` messages were not taken."""
    what = "the processing report"
    try:
        body = json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except ValueError as error:
        raise BadDocument(f"{what} is not JSON in UTF-8: {type(error).__name__}.") from error
    if not isinstance(body, dict):
        raise BadDocument(f"{what} is not a JSON object.")
    header, summary = part(body, "header", what), part(body, "summary", what)
    if text(header, "sellerId", what) != seller_id:
        raise BadDocument(f"{what} is of another seller than {seller_id}.")
    processed, accepted, invalid = (
        count(summary, key, what) for key in ("messagesProcessed", "messagesAccepted", "messagesInvalid")
    )
    if accepted + invalid != processed:
        raise BadDocument(f"{what} counts {accepted} accepted and {invalid} invalid of {processed} messages.")
    by_sku: dict[str, list[Issue]] = {}
    for entry in objects(body, "issues", what):
        issue = Issue(
            code=optional_text(entry, "code") or "",
            severity=text(entry, "severity", what),
            message=text(entry, "message", what),
            attribute_names=tuple(filter(None, (optional_text(entry, "attributeName"),))),
        )
        by_sku.setdefault(optional_text(entry, "sku") or "", []).append(issue)
    issues = {sku: tuple(found) for sku, found in by_sku.items()}
    return FeedResult(text(header, "feedId", what), accepted, invalid, issues)
