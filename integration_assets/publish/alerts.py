"""Tells the teams what is news to them, by the channels that the operating model gives them."""

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.desk import SERVICE_HEALTH
from integration_assets.service.alerts import Desk, summed_up
from resources.alerts import Alerts
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel

NOBODY = "No channel is declared: set `alerts` in `[teams]`, or `fallback` in `[alerts]`, of the operating model."


@dg.asset(
    key=["publish", "alerts"],
    group_name="publish",
    owners=["team:engineering"],
    kinds={"slack", "python"},
    deps=[SERVICE_HEALTH.asset_key],
    description="What each team was told by Slack, e-mail or webhook since the last time: every change of an exception "
    "once, many at once as a digest, nothing in quiet hours but what has a deadline.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=30)),
)
def alerts(
    context: dg.AssetExecutionContext,
    model: dg.ResourceParam[OperatingModel],
    ledger: dg.ResourceParam[Ledger],
    alerts: dg.ResourceParam[Alerts],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Deliver. A channel that does not take its letter becomes an exception and is tried again; no run fails of it."""
    told = Desk(model, ledger, alerts, clock).deliver()
    for line in summed_up(told):
        context.log.info(line)
    metadata: Mapping[str, dg.MetadataValue | int | str] = {
        "dagster/row_count": sum(each.letters for each in told),
        "letters": sum(each.letters for each in told),
        "waiting": sum(each.waiting for each in told),
        "channels": dg.MetadataValue.md("\n".join(f"- {line}" for line in summed_up(told)) or NOBODY),
    }
    return dg.MaterializeResult(metadata=dict(metadata))
