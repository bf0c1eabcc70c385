"""The month-end pack: CSV files, a workbook and a page, whose totals tie to the bank."""

from datetime import UTC, timedelta

import dagster as dg

from integration_assets.contracts import money, reconcile, shopify
from integration_assets.publish.month_end import month_before, pack_of
from integration_assets.publish.month_end_files import write
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


class MonthConfig(dg.Config):
    """Which month, such as 2026-10, and which region account; by default the last month that is over, of all."""

    month: str = ""
    region: str = ""


@dg.asset(
    key=["publish", "month_end_pack"],
    group_name="publish",
    owners=["team:finance"],
    kinds={"csv", "xlsx", "html"},
    deps=[
        table.asset_key
        for table in (
            money.PAYOUTS,
            money.JOURNAL,
            money.ORDER_FEES,
            money.ACCOUNT_FEES,
            money.SETTLEMENT_DRIFT,
            reconcile.SKU_MAP,
            shopify.ORDERS,
            shopify.VARIANTS,
        )
    ],
    description="What finance closes a month with: payouts, journal, fees and differences, as CSV, workbook and page.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(days=2)),
)
def month_end_pack(
    config: MonthConfig,
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Gather the month from one state of the warehouse, then put each file in its place; a closed month keeps its."""
    month = config.month or month_before(clock.now().astimezone(UTC).date())
    pack = pack_of(warehouse, model, month, config.region)
    written = write(pack, model.published_dir / "month_end")
    return dg.MaterializeResult(
        metadata={
            "month": month,
            "region": config.region or "all",
            "folder": dg.MetadataValue.path(written.folder),
            "files": len(written.files),
            "kept": written.kept,
            "as_booked": written.as_booked,
            "ties": len(pack.ties),
            "ties_broken": sum(not tie.holds for tie in pack.ties),
            **{f"rows/{sheet.name}": len(sheet.rows) for sheet in pack.sheets},
        }
    )
