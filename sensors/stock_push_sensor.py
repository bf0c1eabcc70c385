"""Starts a push when Shopify tells of changed stock, and a read-back when a push is due for one."""

import dagster as dg

from integration_assets.effects.lane import unserved
from integration_assets.jobs import PUSH_CHANGED_STOCK, READ_BACK_PUSHES, run_config_for_items, run_config_for_origin
from integration_assets.stock.pushes import KIND
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.pools import known_pool
from sensors.batches import read_back_key, reading_of
from sensors.inbox import look


@dg.sensor(
    job=PUSH_CHANGED_STOCK,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the inbox of webhooks and starts one push for all items that changed since the last look.",
)
def stock_push_sensor(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.SensorResult | dg.SkipReason:
    """Look for items of the pool whose stock has changed."""
    pool = set(known_pool(ledger))
    return look(
        context,
        ledger,
        gather=lambda messages, cursor: reading_of(messages, cursor=cursor, pool_location_ids=pool),
        config_of=lambda batch: run_config_for_items(batch.inventory_item_ids, origin=f"webhook {batch.span}"),
        priority=10,
        concern="pool stock",
    )


@dg.sensor(
    job=READ_BACK_PUSHES,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a read-back when Amazon has accepted a quantity and it is time to see whether it shows, "
    "and a push when the sender that a wish was left with died before it served it.",
)
def read_back_sensor(
    ledger: dg.ResourceParam[Ledger], clock: dg.ResourceParam[Clock], model: dg.ResourceParam[OperatingModel]
) -> dg.RunRequest | dg.SkipReason:
    """Ask the ledger whether anything is due; one run sees to all of it."""
    if model.mode.stock_push != "live":
        return dg.SkipReason("In preview nothing was sent, so there is nothing to read back.")
    now = clock.now()
    due = ledger.due_for_check(now, KIND)
    wishes = [wish for region in sorted(model.amazon) if (wish := unserved(ledger, KIND, region)) is not None]
    if not due and not wishes:
        return dg.SkipReason("Nothing to read back, no push left undone.")
    return dg.RunRequest(
        run_key=read_back_key(due, wishes, now),
        run_config=run_config_for_origin("read-back"),
        tags={"dagster/priority": "5"},
    )
