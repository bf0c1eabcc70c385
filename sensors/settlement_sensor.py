"""Starts the taking in of settlements whose files lie in the archive."""

from collections.abc import Sequence

import dagster as dg

from integration_assets.contracts.settlements import SettlementReport
from integration_assets.jobs import TAKE_IN_SETTLEMENTS
from integration_assets.partitions import SETTLEMENTS
from integration_assets.settlements.taking import partition_of, waiting
from resources.warehouse import Warehouse

AT_ONCE = 20
"""Settlements of one tick: the first look at an account finds three months of them."""


def requests_for(reports: Sequence[SettlementReport]) -> list[dg.RunRequest]:
    """A run for each settlement with files that were not taken in, the one that waits longest first.

    The key names the files, so that a settlement is started anew only when another file of it has come.
    """
    files: dict[str, list[str]] = {}
    for report in reports:
        files.setdefault(partition_of(report), []).append(f"{report.region}-{report.report_id}")
    return [
        dg.RunRequest(run_key=f"{partition}:{','.join(names)}", partition_key=partition)
        for partition, names in list(files.items())[:AT_ONCE]
    ]


@dg.sensor(
    job=TAKE_IN_SETTLEMENTS,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds a partition for every settlement that has been archived and starts a run that reads it.",
)
def settlement_sensor(
    context: dg.SensorEvaluationContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.SensorResult | dg.SkipReason:
    """Look into the warehouse, which a look does not hold up: nothing waits most of the time."""
    requests = requests_for(waiting(warehouse))
    if not requests:
        return dg.SkipReason("Every archived settlement has been taken in.")
    wanted = [str(request.partition_key) for request in requests]
    known = set(context.instance.get_dynamic_partitions(str(SETTLEMENTS.name)))
    fresh = [partition for partition in wanted if partition not in known]
    added = [SETTLEMENTS.build_add_request(fresh)] if fresh else []
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=added)
