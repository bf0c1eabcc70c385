"""Every order line's part in every settlement: what the file names, and what is shared out to it by rule."""

from pathlib import Path

import dagster as dg

from integration_assets.contracts import shopify
from integration_assets.contracts.fba import MCF_ORDER
from integration_assets.contracts.money import ORDER_FEES
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS
from integration_assets.money.declared import sharing, without_decimals
from integration_assets.shown import spec_of, told
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_order_fees",
    specs=[spec_of(ORDER_FEES, kinds={"sql"}, deps=[SETTLEMENTS, SETTLEMENT_LINES, MCF_ORDER, shopify.ORDERS])],
)
def order_fees(
    warehouse: dg.ResourceParam[Warehouse], model: dg.ResourceParam[OperatingModel]
) -> dg.MaterializeResult[None]:
    """Join lines to orders and share out what belongs to none; the shares of a fee add up to it exactly."""
    rows = warehouse.rebuild(ORDER_FEES, SQL, sharing(model) | without_decimals())
    [(orders, known, shares)] = warehouse.query(
        "SELECT count(DISTINCT order_ref), count(DISTINCT order_ref) FILTER (shopify_order_id IS NOT NULL), "
        "count(*) FILTER (how = 'allocated') FROM reconcile.order_fees"
    )
    return told(ORDER_FEES, rows=rows, orders=orders, orders_in_shopify=known, shares=shares)
