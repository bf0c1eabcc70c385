"""The request log: every call that reached the sandbox, how it ended and what it changed. Both services write here.

`outcome` is one of OUTCOMES; `effect` says in a few words what changed (`quantity 5`), '' when nothing did.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.world import RequestRecord, World

OUTCOMES = {
    "ok": "the call succeeded",
    "invalid": "HTTP 200, and the body says no (INVALID, userErrors)",
    "refused": "a 4xx other than throttling",
    "throttled": "429, or THROTTLED in a GraphQL answer",
    "failed": "a 5xx",
    "cut_before": "the connection was cut and nothing happened",
    "cut_after": "the effect happened, then the connection was cut",
}
KEEP = 200_000
"""How many records are kept; the oldest are dropped, sequence numbers go on."""


def new_request_id() -> str:
    """A request id as both services put it in their answers."""
    return str(uuid.uuid4())


def log(
    world: World,
    *,
    service: str,
    operation: str,
    method: str,
    path: str,
    status: int,
    outcome: str,
    effect: str = "",
    subject: str = "",
    request_id: str = "",
    cost: int = 0,
    detail: dict[str, Any] | None = None,
) -> RequestRecord:
    """Write one call into the log and answer the record; `seq` counts from 1 and never repeats.

    `service` is "amazon" or "shopify"; `subject` the SKU, order or item meant; `status` 0 where the connection was cut.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome {outcome!r} is not one of {', '.join(OUTCOMES)}")
    with world.lock:
        record = RequestRecord(
            seq=world.requests[-1].seq + 1 if world.requests else 1,
            at=world.now(),
            service=service,
            operation=operation,
            method=method,
            path=path,
            status=status,
            outcome=outcome,
            effect=effect,
            subject=subject,
            request_id=request_id or new_request_id(),
            cost=cost,
            detail=detail or {},
        )
        world.requests.append(record)
        if len(world.requests) > KEEP:
            del world.requests[: KEEP // 10]
        return record
