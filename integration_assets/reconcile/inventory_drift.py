"""Stock drift: where what Amazon shows differs from what it should show, how long already, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from integration_assets.charts import lines_over_time
from integration_assets.contracts.reconcile import DRIFT_CAUSES, INVENTORY_DRIFT, SKU_MAP, STOCK_POSITION
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.warehouse import Warehouse

CAUSE = "cause/"
MOST_DRAWN = 100
"""Materialisations that the chart goes back."""
SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_inventory_drift",
    specs=[spec_of(INVENTORY_DRIFT, kinds={"sql"}, deps=[SKU_MAP, STOCK_POSITION], fresh_within=timedelta(hours=1))],
)
def inventory_drift(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Compare every position with what Amazon shows; each cause becomes a number that the UI plots over time."""
    rows = warehouse.rebuild(INVENTORY_DRIFT, SQL, {"now": clock.now()})
    drift = sorted(warehouse.rows(INVENTORY_DRIFT), key=lambda row: -abs(row.difference))
    causes = {cause: sum(row.cause == cause for row in drift) for cause in DRIFT_CAUSES}
    return told(
        INVENTORY_DRIFT,
        rows=rows,
        over_time=drawn(context.instance, causes),
        **{CAUSE + cause: count for cause, count in causes.items()},
        units_over=sum(row.difference for row in drift if row.direction == "over"),
        units_under=-sum(row.difference for row in drift if row.direction == "under"),
        largest=as_table(drift, ["region", "seller_sku", "target", "shown", "difference", "cause", "reason"]),
    )


def drawn(instance: dg.DagsterInstance, causes: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """The SKUs out of step by cause, over the materialisations kept by Dagster and this one."""
    found = instance.fetch_materializations(dg.AssetKey(INVENTORY_DRIFT.asset_key), limit=MOST_DRAWN)
    moments: list[datetime] = []
    series: dict[str, list[float]] = {cause: [] for cause in causes}
    for record in reversed(found.records):
        materialization = record.asset_materialization
        if materialization is None:
            continue
        moments.append(datetime.fromtimestamp(record.timestamp, UTC))
        for cause, values in series.items():
            entry = materialization.metadata.get(CAUSE + cause)
            values.append(float(entry.value or 0) if isinstance(entry, dg.IntMetadataValue) else 0.0)
    moments.append(datetime.now(UTC))
    for cause, values in series.items():
        values.append(float(causes[cause]))
    return lines_over_time(moments, series, title="SKUs out of step, by cause")
