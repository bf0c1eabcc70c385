"""A few figures over time, for the charts of the operator page and of analysts."""

from datetime import timedelta
from pathlib import Path

import dagster as dg

from integration_assets.contracts.desk import EXCEPTIONS, TREND
from integration_assets.contracts.reconcile import INVENTORY_DRIFT, STOCK_POSITION
from integration_assets.shown import spec_of, told
from resources.clock import Clock
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
NOW = "SELECT figure, value FROM reconcile.trend WHERE measured_at = (SELECT max(measured_at) FROM reconcile.trend)"


@dg.multi_asset(
    name="reconcile_trend",
    specs=[
        spec_of(
            TREND,
            kinds={"sql"},
            deps=[EXCEPTIONS, INVENTORY_DRIFT, STOCK_POSITION],
            fresh_within=timedelta(minutes=30),
        )
    ],
)
def trend(warehouse: dg.ResourceParam[Warehouse], clock: dg.ResourceParam[Clock]) -> dg.MaterializeResult[None]:
    """Count once more, and forget what is older than two weeks."""
    rows = warehouse.rebuild(TREND, SQL, {"now": clock.now()})
    figures = {name.replace(" ", "_"): value for name, value in warehouse.query(NOW)}
    return told(TREND, rows=rows, **figures)
