"""Refunds made on Amazon, recorded on the Shopify order."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.on_orders import carry_out
from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts import amazon
from integration_assets.contracts import shopify as shopify_tables
from integration_assets.contracts.fulfilment import ORDER_REFUND, REFUNDS, TRANSACTION_LINES, TRANSACTIONS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import REFUNDS_RECORDED
from integration_assets.shown import spec_of
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_order_refund",
    specs=[
        spec_of(
            ORDER_REFUND,
            kinds={"shopify"},
            deps=[amazon.ORDERS, amazon.ORDER_ITEMS, TRANSACTIONS, TRANSACTION_LINES, shopify_tables.ORDERS, REFUNDS],
        )
    ],
)
def order_refund(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look back, then record each refund once, with Amazon's date and to the cent. In preview nothing is recorded."""
    cycle = Cycle(
        model=model,
        shopify=shopify,
        amazon=amazon,
        warehouse=warehouse,
        ledger=ledger,
        clock=clock,
        origin=config.origin,
    )
    live = model.mode.order_refund == "live"
    yield from carry_out(context, cycle, REFUNDS_RECORDED, cycle.refund, live=live)
