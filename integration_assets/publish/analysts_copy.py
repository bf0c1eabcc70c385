"""The analysts' copy: a file of their own to open for as long as they like, replaced in one step."""

from datetime import timedelta

import dagster as dg

from integration_assets.contracts.registry import TABLES
from integration_assets.publish.analysts import publish
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.asset(
    key=["publish", "analysts_copy"],
    group_name="publish",
    owners=["team:engineering"],
    kinds={"duckdb", "parquet"},
    deps=[table.asset_key for table in TABLES],
    description="Every table with its comments, as one DuckDB file and as Parquet, and views that "
    "answer common questions. Readers of the old copy keep it.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=4), warn_window=timedelta(hours=2)),
)
def analysts_copy(
    warehouse: dg.ResourceParam[Warehouse], model: dg.ResourceParam[OperatingModel]
) -> dg.MaterializeResult[None]:
    """Write the copy beside the old one, then put it in its place."""
    written = publish(warehouse, model.published_dir)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(written.database),
            "tables": written.tables,
            "rows": written.rows,
            "dagster/row_count": written.rows,
            "views": ", ".join(written.views),
        }
    )
