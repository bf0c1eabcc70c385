"""The operator page: what people have to see to, and how the business and the service are."""

from datetime import timedelta

import dagster as dg

from integration_assets.contracts.desk import EXCEPTIONS, SERVICE_HEALTH, TREND
from integration_assets.contracts.registry import TABLES
from integration_assets.publish.page.build import put_in_place, render
from integration_assets.publish.page.runbook import FILE, runbook
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.asset(
    key=["publish", "operator_page"],
    group_name="publish",
    owners=["team:operations"],
    kinds={"html"},
    deps=[EXCEPTIONS.asset_key, SERVICE_HEALTH.asset_key, TREND.asset_key],
    description="Today's exceptions by team with what they cost and how long is left; the health of stock, orders, "
    "money and the service itself. One file that needs no server, with the runbook beside it; the receiver shows both.",
    freshness_policy=dg.FreshnessPolicy.time_window(
        fail_window=timedelta(minutes=30), warn_window=timedelta(minutes=15)
    ),
)
def operator_page(
    ledger: dg.ResourceParam[Ledger],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Write it beside the old one, then put it in its place."""
    page = render(ledger, warehouse, model, clock.now(), tables={table.sql_name for table in TABLES})
    path = put_in_place(page.html, model.published_dir)
    put_in_place(runbook(model), model.published_dir, FILE)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(path),
            "dagster/row_count": page.exceptions,
            "exceptions": page.exceptions,
            "panels": page.panels,
            "left_out": ", ".join(page.left_out) or "none",
            "bytes": len(page.html.encode()),
        }
    )
