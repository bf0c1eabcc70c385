"""Starts a confirmation when Shopify tells of a package that left, and looks again at what an order had taken back."""

import dagster as dg

from integration_assets.jobs import CONFIRM_SHIPMENTS, run_config_for_orders
from resources.ledger import Ledger
from sensors.orders_touched import touched_by

LOOK_AT_MOST = 5000


@dg.sensor(
    job=CONFIRM_SHIPMENTS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the inbox of webhooks and starts one run for all orders of which something left or came back.",
)
def fulfilment_confirmation_sensor(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.SensorResult | dg.SkipReason:
    """Look at the inbox; the cursor and the run are handed over together, so a crash repeats and never skips."""
    cursor = int(context.cursor or 0)
    messages = ledger.inbox_after(cursor, limit=LOOK_AT_MOST)
    batch, reached = touched_by(messages, cursor=cursor)
    if batch is None:
        if not messages and ledger.inbox_head() < cursor:
            return dg.SensorResult(
                cursor="0", skip_reason="The ledger is another one: its inbox is read from the start."
            )
        if reached == cursor:
            return dg.SkipReason("No new message.")
        return dg.SensorResult(cursor=str(reached), skip_reason="Only messages that concern no shipment.")
    request = dg.RunRequest(
        run_key=batch.run_key,
        run_config=run_config_for_orders(batch.shopify_order_ids, origin=f"webhook {batch.span}"),
        tags={"dagster/priority": "9", "instep/messages": batch.span},
    )
    return dg.SensorResult(run_requests=[request], cursor=str(reached))
