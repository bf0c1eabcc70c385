"""Starts a reading of the orders that Amazon's notifications name, and all that follows from them."""

import dagster as dg

from integration_assets.jobs import TAKE_IN_ORDERS, run_config_for_hints
from resources.clock import Clock
from resources.ledger import Ledger
from sensors.inbox import look
from sensors.order_hints import STALE_AFTER, hinted_by


@dg.sensor(
    job=TAKE_IN_ORDERS,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the inbox of notifications and starts one run for all Amazon orders that changed.",
)
def order_hint_sensor(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger], clock: dg.ResourceParam[Clock]
) -> dg.SensorResult | dg.SkipReason:
    """Look for fresh notifications, every half minute: what follows from an order is a run of some seconds."""
    fresh_since = clock.now() - STALE_AFTER * clock.speed
    return look(
        context,
        ledger,
        gather=lambda messages, cursor: hinted_by(messages, cursor=cursor, fresh_since=fresh_since),
        config_of=lambda hinted: run_config_for_hints(hinted.orders, origin=f"notification {hinted.span}"),
        priority=8,
        concern="Amazon order",
    )
