"""Starts a confirmation when Shopify tells of a package that left, and looks again at what an order had taken back."""

import dagster as dg

from integration_assets.jobs import CONFIRM_SHIPMENTS, run_config_for_orders
from resources.ledger import Ledger
from sensors.inbox import look
from sensors.orders_touched import touched_by


@dg.sensor(
    job=CONFIRM_SHIPMENTS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the inbox of webhooks and starts one run for all orders of which something left or came back.",
)
def fulfilment_confirmation_sensor(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.SensorResult | dg.SkipReason:
    """Look for orders of which something left or came back."""
    return look(
        context,
        ledger,
        gather=lambda messages, cursor: touched_by(messages, cursor=cursor),
        config_of=lambda batch: run_config_for_orders(batch.shopify_order_ids, origin=f"webhook {batch.span}"),
        priority=9,
        concern="shipment",
    )
