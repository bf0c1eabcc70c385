"""Faults that can be switched on at the control door: what each does, and which one hits a call."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.world import Fault, World

KINDS: dict[str, str] = {
    "status_503_html": "503 with an HTML page, as the edge answers; nothing happens",
    "status_500_empty": "500 without a body; nothing happens",
    "status_500_after": "the effect happens, then 500 without a body",
    "status_403_no_errors": "403 with a body that has no list of errors; nothing happens",
    "status_400_errors": "400 with a proper list of errors, as in an outage; nothing happens",
    "throttle": "429 QuotaExceeded (Shopify: THROTTLED) whatever the bucket says; nothing happens",
    "expired_token": "403 as for an expired token (Shopify: 401); nothing happens",
    "timeout_before": "the connection is held for params.seconds (default 1), then cut; nothing happens",
    "timeout_after": "the effect happens, the connection is held for params.seconds (default 1), then cut",
    "reset_after": "the effect happens, the connection is cut at once",
    "slow": "the answer comes params.seconds late (default 2)",
    "invalid": "a write answers INVALID (Shopify: userErrors) and is not applied",
    "never_applied": "a write is accepted and never applied",
    "empty_snapshot": "a report, search or page answers as if there were nothing at all",
    "half_snapshot": "a report or search answers with half of what there is, cleanly",
    "repeated_page": "the page before is answered once more",
    "report_cancelled": "a report that was asked for ends CANCELLED",
    "report_fatal": "a report that was asked for ends FATAL with a document that says why",
    "feed_fatal": "a feed ends FATAL after part of it was applied",
    "feed_stuck": "a feed stays IN_PROGRESS for ever",
    "feed_partly_invalid": "every third message of a feed is invalid",
    "truncated_document": "a document breaks off in the middle",
    "corrupt_gzip": "a gzipped document fails its checksum",
    "html_document": "an HTML page stands where the document should be",
    "expired_url": "the url of a document has expired",
    "shop_locked": "Shopify: 423 with errors as a string",
    "shop_frozen": "Shopify: 402 with errors as a string",
    "shop_rejected": "Shopify: 430 with errors as a string",
    "too_many_requests": "Shopify: 429 with Retry-After and errors as a string",
    "shop_not_permitted": "Shopify: a token is refused because the app belongs to another organisation",
    "wrong_version": "Shopify: params.version (default 2026-07) is served, whatever was asked for",
    "internal_error_before": "Shopify: INTERNAL_SERVER_ERROR at HTTP 200; nothing happens",
    "internal_error_after": "Shopify: the effect happens, then INTERNAL_SERVER_ERROR at HTTP 200",
    "protected_fields": "Shopify: protected customer data comes as null with an error",
    "no_deduplication": "Shopify: an idempotency key that was seen before runs the mutation again",
    "concurrent_key": "Shopify: a write answers IDEMPOTENCY_CONCURRENT_REQUEST and is not applied",
    "search_lag": "Shopify: a search does not find what changed in the last params.seconds (default 60)",
    "bulk_failed": "Shopify: a bulk query ends FAILED after its first part, with a partialDataUrl",
    "webhook_lost": "a webhook is never delivered",
    "webhook_duplicated": "a webhook is delivered twice",
    "webhook_late": "a webhook is delivered params.seconds late (default 600)",
    "webhook_reordered": "a webhook waits until the next one has overtaken it, params.seconds at most (default 30)",
    "webhook_forged": "a message with other figures and a signature that does not fit comes before the true one",
}
DOOR = frozenset(
    {
        "status_503_html",
        "status_500_empty",
        "status_500_after",
        "status_403_no_errors",
        "status_400_errors",
        "throttle",
        "expired_token",
        "timeout_before",
        "timeout_after",
        "reset_after",
        "slow",
    }
)
"""Kinds that concern the call itself, whatever the operation."""


def add_fault(
    world: World,
    *,
    match: str,
    kind: str,
    times: int | None = None,
    probability: float = 1.0,
    params: dict[str, Any] | None = None,
) -> Fault:
    """Switch a fault on. `match` is an operation name or '*', `times` None until it is removed.

    `params.skip` lets so many calls that it would have hit pass first: a fault in the middle of a batch.

    Raises ValueError for a kind that is not in KINDS or figures out of range.
    """
    if kind not in KINDS:
        raise ValueError(f"fault kind {kind!r} is unknown; known: {', '.join(KINDS)}")
    if times is not None and times < 1:
        raise ValueError(f"times is {times}, expected at least 1 or nothing")
    if not 0 < probability <= 1:
        raise ValueError(f"probability is {probability}, expected more than 0 and at most 1")
    with world.lock:
        fault = Fault(world.next_id(), match, kind, times, probability, dict(params or {}))
        world.faults[fault.id] = fault
        return fault


def fault_for(world: World, operation: str, *, among: Collection[str] | None = None) -> Fault | None:
    """The fault that hits this call, if one does; it is counted as used.

    `among` limits the kinds asked about, so that a fault of another place is not used up here. The oldest fault wins.
    """
    with world.lock:
        for fault in list(world.faults.values()):
            if fault.match not in ("*", operation) or (among is not None and fault.kind not in among):
                continue
            if fault.params.get("skip", 0) > 0:
                fault.params["skip"] -= 1
                continue
            if fault.probability < 1 and world.random.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del world.faults[fault.id]
            return fault
        return None
