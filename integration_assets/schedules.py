"""When the jobs run by themselves."""

import dagster as dg

from integration_assets.jobs import (
    AUDIT_LISTINGS,
    CLOSE_SETTLEMENTS,
    COLLECT_SETTLEMENTS,
    IMPORT_STEP,
    JUDGE_DATA_QUALITY,
    KEEP_CONTENT_IN_STEP,
    KEEP_FULFILMENT_IN_STEP,
    KEEP_PEOPLE_INFORMED,
    KEEP_STOCK_IN_STEP,
    PUBLISH,
    PUBLISH_MONTH_END,
    SHIP_BY_AMAZON,
    TAKE_IN_ORDERS,
    run_config_for_fulfilment,
    run_config_for_origin,
)

RUNNING = dg.DefaultScheduleStatus.RUNNING

RECONCILIATION = dg.ScheduleDefinition(
    name="reconcile_stock_every_15_minutes",
    job=KEEP_STOCK_IN_STEP,
    cron_schedule="*/15 * * * *",
    run_config=run_config_for_origin("reconciliation schedule", IMPORT_STEP),
    default_status=RUNNING,
    description="Reads everything again: what webhooks missed is found within a quarter of an hour.",
)
ORDERS = dg.ScheduleDefinition(
    name="take_in_orders_every_4_minutes",
    job=TAKE_IN_ORDERS,
    cron_schedule="*/4 * * * *",
    run_config=run_config_for_origin("order schedule", IMPORT_STEP),
    default_status=RUNNING,
    description="With the reconciliation this stays under Amazon's rate for searchOrders: one call in 178 s.",
)
FULFILMENT = dg.ScheduleDefinition(
    name="keep_fulfilment_in_step_every_10_minutes",
    job=KEEP_FULFILMENT_IN_STEP,
    cron_schedule="3-59/10 * * * *",
    run_config=run_config_for_fulfilment("fulfilment schedule"),
    default_status=RUNNING,
    description="Finds the packages that no webhook told of, and what was cancelled or refunded on Amazon.",
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
PEOPLE = dg.ScheduleDefinition(
    name="keep_people_informed_every_5_minutes",
    job=KEEP_PEOPLE_INFORMED,
    cron_schedule="2-59/5 * * * *",
    default_status=RUNNING,
    description="The operator page is at most five minutes old, and so is what is known of the service itself.",
)
SETTLEMENTS = dg.ScheduleDefinition(
    name="collect_settlements_every_6_hours",
    job=COLLECT_SETTLEMENTS,
    cron_schedule="35 */6 * * *",
    default_status=RUNNING,
    description="Reports appear every other week and stay for 90 days; a payout is in the books the same day.",
)
BOOKS = dg.ScheduleDefinition(
    name="close_settlements_every_6_hours",
    job=CLOSE_SETTLEMENTS,
    cron_schedule="10 1,7,13,19 * * *",
    run_config={"ops": {"actions_order_fees_note": {"config": {"origin": "settlement schedule"}}}},
    default_status=RUNNING,
    description="Half an hour after settlements were looked for: what has come is shared out, explained and booked.",
)
MONTH_END = dg.ScheduleDefinition(
    name="publish_month_end_pack_every_day",
    job=PUBLISH_MONTH_END,
    cron_schedule="40 5 * * *",
    default_status=RUNNING,
    description="The pack of the last month, anew each day: a settlement that comes late or is revised is in the next.",
)
CONTENT = dg.ScheduleDefinition(
    name="keep_content_in_step_every_hour",
    job=KEEP_CONTENT_IN_STEP,
    cron_schedule="25 * * * *",
    run_config={"ops": {"actions_content_push": {"config": {"origin": "schedule"}}}},
    default_status=RUNNING,
    description="Where listings are led by product pages; Amazon takes hours to show what it accepts.",
)
SCHEDULES = (
    RECONCILIATION,
    ORDERS,
    FULFILMENT,
    QUALITY,
    ANALYSTS,
    SETTLEMENTS,
    BOOKS,
    MONTH_END,
    PEOPLE,
    MULTI_CHANNEL,
    AUDIT,
    CONTENT,
)
