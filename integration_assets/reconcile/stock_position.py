"""Per MFN SKU and region account: what there is, what is held, what may be promised, and what Amazon shows."""

from datetime import timedelta

import dagster as dg
from pydantic import Field

from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.reconcile import SKU_MAP, STOCK_POSITION, VERDICTS
from integration_assets.shown import as_table, spec_of, told
from integration_assets.stock.positions import Positions
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


class DecideItems(dg.Config):
    """Which inventory items to decide again; none means every SKU of every region account."""

    inventory_item_ids: list[str] = Field(default_factory=list)


@dg.multi_asset(
    name="reconcile_stock_position",
    specs=[
        spec_of(
            STOCK_POSITION,
            kinds={"python"},
            fresh_within=timedelta(hours=1),
            deps=[
                SKU_MAP,
                shopify.STOCK_LEVELS,
                shopify.BUNDLE_COMPONENTS,
                shopify.ORDERS,
                amazon.ORDERS,
                amazon.ORDER_ITEMS,
                amazon.AVAILABILITY,
            ],
        )
    ],
)
def stock_position(
    config: DecideItems,
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Gather the facts and let the stock rule decide; where items are named, only their rows are written."""
    positions = Positions(model=model, warehouse=warehouse, ledger=ledger, clock=clock)
    if config.inventory_item_ids:
        rows = positions.compute(items=config.inventory_item_ids)
        warehouse.update(STOCK_POSITION, rows)
    else:
        rows = positions.compute()
        warehouse.replace(STOCK_POSITION, rows)
    to_look_at = [row for row in rows if row.verdict != "in_step"]
    return told(
        STOCK_POSITION,
        rows=len(rows),
        **{f"verdict/{verdict}": sum(row.verdict == verdict for row in rows) for verdict in VERDICTS},
        units_promised=sum(row.target or 0 for row in rows),
        units_held=sum(row.held_for_orders + row.presumed_sold for row in rows),
        to_look_at=as_table(to_look_at, ["region", "seller_sku", "available", "target", "shown", "verdict", "reason"]),
    )
