"""When the jobs run by themselves."""

import dagster as dg

from integration_assets.jobs import (
    AUDIT_LISTINGS,
    JUDGE_DATA_QUALITY,
    KEEP_STOCK_IN_STEP,
    PUBLISH,
    SHIP_BY_AMAZON,
    TAKE_IN_ORDERS,
    run_config_for_origin,
)

RUNNING = dg.DefaultScheduleStatus.RUNNING

RECONCILIATION = dg.ScheduleDefinition(
    name="reconcile_stock_every_15_minutes",
    job=KEEP_STOCK_IN_STEP,
    cron_schedule="*/15 * * * *",
    run_config=run_config_for_origin("reconciliation schedule"),
    default_status=RUNNING,
    description="Reads everything again: what webhooks missed is found within a quarter of an hour.",
)
ORDERS = dg.ScheduleDefinition(
    name="take_in_orders_every_4_minutes",
    job=TAKE_IN_ORDERS,
    cron_schedule="*/4 * * * *",
    run_config=run_config_for_origin("order schedule"),
    default_status=RUNNING,
    description="With the reconciliation this stays under Amazon's rate for searchOrders: one call in 178 s.",
)
MULTI_CHANNEL = dg.ScheduleDefinition(
    name="ship_by_amazon_every_5_minutes",
    job=SHIP_BY_AMAZON,
    cron_schedule="2-57/5 * * * *",
    run_config={
        "ops": {name: {"config": {"origin": "schedule"}} for name in ("actions_mcf_order", "actions_mcf_tracking")}
    },
    default_status=RUNNING,
    description="The shop is asked what waits for Amazon; without a fulfilment service there is nothing to ask.",
)
QUALITY = dg.ScheduleDefinition(
    name="judge_data_quality_every_6_hours",
    job=JUDGE_DATA_QUALITY,
    cron_schedule="20 */6 * * *",
    default_status=RUNNING,
    description="Shapes and proportions change slowly; four looks a day are enough.",
)
ANALYSTS = dg.ScheduleDefinition(
    name="publish_analysts_copy_every_hour",
    job=PUBLISH,
    cron_schedule="50 * * * *",
    default_status=RUNNING,
    description="Analysts' figures are at most an hour old.",
)
AUDIT = dg.ScheduleDefinition(
    name="audit_listings_every_day",
    job=AUDIT_LISTINGS,
    cron_schedule="35 5 * * *",
    default_status=RUNNING,
    description="Reads every offer and sums up what is wrong; read only.",
)
SCHEDULES = (RECONCILIATION, ORDERS, QUALITY, ANALYSTS, MULTI_CHANNEL, AUDIT)
