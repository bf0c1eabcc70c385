"""What Amazon cancels before it leaves, taken off the Shopify order."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.on_orders import carry_out
from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts import amazon
from integration_assets.contracts import shopify as shopify_tables
from integration_assets.contracts.fulfilment import FULFILLMENTS, ITEM_CANCELLATIONS, ORDER_CANCELLATION, REFUNDS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import CANCELLATIONS
from integration_assets.shown import spec_of
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_order_cancellation",
    specs=[
        spec_of(
            ORDER_CANCELLATION,
            kinds={"shopify"},
            deps=[amazon.ORDERS, amazon.ORDER_ITEMS, ITEM_CANCELLATIONS, shopify_tables.ORDERS, FULFILLMENTS, REFUNDS],
        )
    ],
)
def order_cancellation(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look back, then cancel or reduce orders; what was taken back in Shopify only is reported, never passed on."""
    cycle = Cycle(
        model=model,
        shopify=shopify,
        amazon=amazon,
        warehouse=warehouse,
        ledger=ledger,
        clock=clock,
        origin=config.origin,
    )
    live = model.mode.order_cancellation == "live"
    yield from carry_out(context, cycle, CANCELLATIONS, cycle.cancel, live=live)
