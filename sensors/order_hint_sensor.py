"""Starts a reading of the orders that Amazon's notifications name, and all that follows from them."""

import dagster as dg

from integration_assets.jobs import TAKE_IN_ORDERS, run_config_for_hints
from resources.clock import Clock
from resources.ledger import Ledger
from sensors.order_hints import STALE_AFTER, hinted_by

LOOK_AT_MOST = 5000
"""Messages of a look. A look is taken every half minute, for what follows from an order is a run of some seconds."""


@dg.sensor(
    job=TAKE_IN_ORDERS,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the inbox of notifications and starts one run for all Amazon orders that changed.",
)
def order_hint_sensor(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger], clock: dg.ResourceParam[Clock]
) -> dg.SensorResult | dg.SkipReason:
    """Look at the inbox; the cursor and the run are handed over together, so a crash repeats and never skips."""
    cursor = int(context.cursor or 0)
    messages = ledger.inbox_after(cursor, limit=LOOK_AT_MOST)
    hinted, reached = hinted_by(messages, cursor=cursor, fresh_since=clock.now() - STALE_AFTER * clock.speed)
    if hinted is None:
        if not messages and ledger.inbox_head() < cursor:
            return dg.SensorResult(
                cursor="0", skip_reason="The ledger is another one: its inbox is read from the start."
            )
        if reached == cursor:
            return dg.SkipReason("No new message.")
        return dg.SensorResult(cursor=str(reached), skip_reason="Only messages that concern no Amazon order.")
    request = dg.RunRequest(
        run_key=hinted.run_key,
        run_config=run_config_for_hints(hinted.orders, origin=f"notification {hinted.span}"),
        tags={"dagster/priority": "8", "instep/messages": hinted.span},
    )
    return dg.SensorResult(run_requests=[request], cursor=str(reached))
