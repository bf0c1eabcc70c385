"""Fees that belong to no order: what was shared out of them, what stays with the account, and why."""

from pathlib import Path

import dagster as dg

from integration_assets.contracts.money import ACCOUNT_FEES, ORDER_FEES
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS
from integration_assets.money.declared import sharing
from integration_assets.shown import as_table, spec_of, told
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_account_fees",
    specs=[spec_of(ACCOUNT_FEES, kinds={"sql"}, deps=[ORDER_FEES, SETTLEMENTS, SETTLEMENT_LINES])],
)
def account_fees(
    warehouse: dg.ResourceParam[Warehouse], model: dg.ResourceParam[OperatingModel]
) -> dg.MaterializeResult[None]:
    """Add up the lines without an order by bucket, and take off what order lines bear of them."""
    rows = warehouse.rebuild(ACCOUNT_FEES, SQL, sharing(model))
    left = warehouse.rows(ACCOUNT_FEES, "amount_left <> 0")
    left.sort(key=lambda row: -abs(row.amount_left))
    return told(
        ACCOUNT_FEES,
        rows=rows,
        left=as_table(left, ["settlement_id", "currency", "bucket", "rule", "amount", "amount_left", "left_why"]),
    )
