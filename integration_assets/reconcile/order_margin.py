"""What is left of every order line after Amazon's fees and the cost of the goods."""

from pathlib import Path

import dagster as dg

from integration_assets.contracts import shopify
from integration_assets.contracts.money import ORDER_FEES, ORDER_MARGIN, UNIT_COSTS
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.money.declared import rates, without_decimals
from integration_assets.shown import as_table, spec_of, told
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_order_margin",
    specs=[
        spec_of(ORDER_MARGIN, kinds={"sql"}, deps=[ORDER_FEES, SKU_MAP, UNIT_COSTS, shopify.ORDER_LINES]),
    ],
)
def order_margin(
    warehouse: dg.ResourceParam[Warehouse], model: dg.ResourceParam[OperatingModel]
) -> dg.MaterializeResult[None]:
    """Turn buckets into columns over all settlements of a line, and take off units at Shopify's unit cost."""
    rows = warehouse.rebuild(ORDER_MARGIN, SQL, rates(model) | without_decimals())
    losing = warehouse.rows(ORDER_MARGIN, "margin < 0")
    losing.sort(key=lambda row: row.margin or 0)
    return told(
        ORDER_MARGIN,
        rows=rows,
        cost_unknown=int(warehouse.scalar("SELECT count(*) FROM reconcile.order_margin WHERE cost_of_goods IS NULL")),
        losing=as_table(losing, ["order_ref", "seller_sku", "currency", "units", "revenue", "paid_out", "margin"]),
    )
