"""Feeds 2021-06-30: upload a JSON_LISTINGS_FEED, follow it, fetch its processing report."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.documents import new_document, presign
from sandbox.amazon.patching import STOCK_PATH, carry_out, issue, read_patches
from sandbox.amazon.state import Document, Feed, state_of
from sandbox.faults import fault_for
from sandbox.world import AmazonAccount, World

JSON_LISTINGS = "JSON_LISTINGS_FEED"
DEAD = (
    "POST_PRODUCT_DATA",
    "POST_INVENTORY_AVAILABILITY_DATA",
    "POST_PRODUCT_PRICING_DATA",
    "POST_FLAT_FILE_INVLOADER_DATA",
    "POST_FLAT_FILE_LISTINGS_DATA",
    "POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA",
)
"""Types that were retired: they are taken and end FATAL."""
MOST_MESSAGES = 25_000
QUEUE_SECONDS = (2.0, 10.0)
WORK_SECONDS = (30.0, 90.0)
FAULTS = ("feed_fatal", "feed_stuck", "feed_partly_invalid")


def create_feed_document(call: Call) -> Answer:
    """A place to put a feed: PUT exactly the content type named here within five minutes."""
    content_type = call.field("contentType")
    if not isinstance(content_type, str):
        raise invalid("contentType is not a string")
    document = new_document(call.world, call.state, content_type=content_type, content=None)
    url = presign(call.world, document, call.base_url)
    return Answer({"feedDocumentId": document.id, "url": url}, status=201, subject=document.id)


def create_feed(call: Call) -> Answer:
    """Submit an uploaded document."""
    kind, marketplaces = call.field("feedType"), call.field("marketplaceIds")
    document = call.state.documents.get(call.field("inputFeedDocumentId"))
    if kind != JSON_LISTINGS and kind not in DEAD:
        raise invalid(f"Invalid Feed Type {kind}")
    if not isinstance(marketplaces, list) or set(marketplaces) - set(call.account.marketplace_ids):
        raise invalid("A marketplace does not belong to this seller or this region")
    if document is None or document.content is None:
        raise invalid("Nothing was uploaded to the feed document")
    feed = Feed(f"{call.world.next_id():012d}", kind, marketplaces, call.world.now(), document.id)
    call.state.feeds[feed.id] = feed
    world, account = call.world, call.account
    queued = call.state.dice.uniform(*QUEUE_SECONDS)

    def start() -> None:
        feed.status, feed.started_at = "IN_PROGRESS", world.now()

    call.world.after(queued, start)
    call.world.after(queued + call.state.dice.uniform(*WORK_SECONDS), lambda: _process(world, account, feed, document))
    detail = {"skus": [str(message["sku"]) for message in _messages(account, document)]}
    return Answer({"feedId": feed.id}, status=202, subject=feed.id, effect=f"feed {kind}", detail=detail)


def get_feed(call: Call) -> Answer:
    """One feed's status. DONE says that it was read, not that every message was taken."""
    feed = call.state.feeds.get(call.path["feedId"])
    if feed is None:
        raise Problem(404, "NotFound", "The feed was not found.", call.path["feedId"])

    def put(name: str, moment: datetime | None) -> dict[str, str]:
        return {} if moment is None else {name: stamp(moment)}

    body: dict[str, Any] = {
        "feedId": feed.id,
        "feedType": feed.type,
        "marketplaceIds": feed.marketplace_ids,
        "createdTime": stamp(feed.created_at),
        "processingStatus": feed.status,
        **put("processingStartTime", feed.started_at),
        **put("processingEndTime", feed.ended_at),
    }
    if feed.result_document_id:
        body["resultFeedDocumentId"] = feed.result_document_id
    return Answer(body, subject=feed.id)


def get_feed_document(call: Call) -> Answer:
    """Where a feed's document lies."""
    document = call.state.documents.get(call.path["feedDocumentId"])
    if document is None:
        raise Problem(404, "NotFound", "The feed document was not found.", call.path["feedDocumentId"])
    decoded = call.text("enableContentEncodingUrlHeader") == "true"
    body = {"feedDocumentId": document.id, "url": presign(call.world, document, call.base_url, decoded=decoded)}
    if document.compression:
        body["compressionAlgorithm"] = document.compression
    return Answer(body, subject=document.id)


def _process(world: World, account: AmazonAccount, feed: Feed, document: Document) -> None:
    fault = fault_for(world, "createFeed", among=FAULTS)
    kind = fault.kind if fault else ""
    if kind == "feed_stuck":
        return
    feed.ended_at = world.now()
    messages = [] if feed.type in DEAD else _messages(account, document)
    if not messages:
        feed.status = "FATAL"
        return
    if kind == "feed_fatal":
        for message in messages[: len(messages) // 2]:
            _carry_out(world, account, message)
        feed.status = "FATAL"
        return
    issues: list[dict[str, Any]] = []
    invalid_messages = 0
    for place, message in enumerate(messages):
        if kind == "feed_partly_invalid" and place % 3 == 2:
            found = [issue("90220", "'batteries_required' is required but not supplied.", "batteries_required")]
        else:
            found = _carry_out(world, account, message)
        invalid_messages += bool(found)
        issues += [_report_issue(message, each) for each in found]
    feed.status = "DONE"
    report = {
        "header": {"sellerId": account.seller_id, "version": "2.0", "feedId": feed.id},
        "issues": issues,
        "summary": {
            "errors": len(issues),
            "warnings": 0,
            "messagesProcessed": len(messages),
            "messagesAccepted": len(messages) - invalid_messages,
            "messagesInvalid": invalid_messages,
        },
    }
    content = json.dumps(report, ensure_ascii=False).encode()
    state = state_of(world, account)
    result = new_document(world, state, content_type="application/json; charset=UTF-8", content=content)
    feed.result_document_id = result.id


def _messages(account: AmazonAccount, document: Document) -> list[dict[str, Any]]:
    """The messages of a sound document; nothing when it cannot be read, is another seller's or holds too many."""
    try:
        feed = json.loads(document.content or b"")
        header, messages = feed["header"], feed["messages"]
        sound = (
            header["sellerId"] == account.seller_id and header["version"] == "2.0" and len(messages) <= MOST_MESSAGES
        )
        ids = [message["messageId"] for message in messages if message["sku"]]
    except (ValueError, KeyError, TypeError):
        return []
    if not sound or len(set(ids)) != len(messages):
        return []
    return list(messages)


def _carry_out(world: World, account: AmazonAccount, message: dict[str, Any]) -> list[dict[str, Any]]:
    """Carry one message out and answer its issues. PARTIAL_UPDATE is a PATCH with `replace`."""
    sku = str(message["sku"])
    listing = account.listings.get(sku)
    if listing is None:
        return [issue("8058", f"SKU '{sku}' does not exist.", "sku")]
    kind = message.get("operationType")
    if kind == "PATCH":
        patches = message.get("patches")
    elif kind == "PARTIAL_UPDATE":
        attributes = message.get("attributes") or {}
        patches = [
            {"op": "replace", "path": f"/attributes/{name}", "value": value} for name, value in attributes.items()
        ]
    else:
        return [issue("90000900", f"operationType '{kind}' is not possible here.", "operationType")]
    if not isinstance(patches, list) or not patches:
        return [issue("90220", "'patches' is required but not supplied.", STOCK_PATH, "MISSING_ATTRIBUTE")]
    changes, issues = read_patches(account, listing, message.get("productType"), patches)
    if not issues and sku in state_of(world, account).rejected:
        issues = [issue("8541", "The product does not match any ASIN any more.", "fulfillment_availability")]
    if issues:
        return issues
    never = fault_for(world, "createFeed", among=("never_applied",)) is not None
    carry_out(world, account, listing, changes, never=never, in_order=False)
    return []


def _report_issue(message: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["messageId"],
        "sku": message["sku"],
        "code": found["code"],
        "severity": found["severity"],
        "message": found["message"],
        "attributeName": found["attributeNames"][0],
    }
