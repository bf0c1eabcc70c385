"""What the sensors that read the inbox have in common: a span of messages becomes one run, and the cursor moves on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import dagster as dg

from resources.ledger import InboxMessage, Ledger
from sensors.spans import Span

LOOK_AT_MOST = 5000
S = TypeVar("S", bound=Span)


def look(
    context: dg.SensorEvaluationContext,
    ledger: Ledger,
    *,
    gather: Callable[[Sequence[InboxMessage], int], tuple[S | None, int]],
    config_of: Callable[[S], Mapping[str, Any]],
    priority: int,
    concern: str,
) -> dg.SensorResult | dg.SkipReason:
    """Look at the inbox; the cursor and the run are handed over together, so a crash repeats and never skips.

    `gather` makes at most one span of the messages behind the cursor and says how far that may move; `concern` is what
    a message has to be about to start a run.
    """
    cursor = int(context.cursor or 0)
    messages = ledger.inbox_after(cursor, limit=LOOK_AT_MOST)
    found, reached = gather(messages, cursor)
    if found is None:
        if not messages and ledger.inbox_head() < cursor:
            return dg.SensorResult(
                cursor="0", skip_reason="The ledger is another one: its inbox is read from the start."
            )
        if reached == cursor:
            return dg.SkipReason("No new message.")
        return dg.SensorResult(cursor=str(reached), skip_reason=f"Only messages that concern no {concern}.")
    request = dg.RunRequest(
        run_key=found.run_key,
        run_config=dict(config_of(found)),
        tags={"dagster/priority": str(priority), "instep/messages": found.span},
    )
    return dg.SensorResult(run_requests=[request], cursor=str(reached))
