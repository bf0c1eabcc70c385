"""What Amazon ships from its own warehouses, marked as shipped in Shopify."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.on_orders import carry_out
from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts import amazon
from integration_assets.contracts import shopify as shopify_tables
from integration_assets.contracts.fulfilment import FBA_FULFILMENT, FULFILLMENT_LINES, FULFILLMENTS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import FULFILMENTS
from integration_assets.shown import spec_of
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_fba_fulfilment",
    specs=[
        spec_of(
            FBA_FULFILMENT,
            kinds={"shopify"},
            deps=[amazon.ORDERS, amazon.ORDER_ITEMS, shopify_tables.ORDERS, FULFILLMENTS, FULFILLMENT_LINES],
        )
    ],
)
def fba_fulfilment(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look back, then mark what Amazon has shipped, without a word to the buyer. In preview nothing is marked."""
    cycle = Cycle(
        model=model,
        shopify=shopify,
        amazon=amazon,
        warehouse=warehouse,
        ledger=ledger,
        clock=clock,
        origin=config.origin,
    )
    live = model.mode.fba_fulfilment == "live"
    yield from carry_out(context, cycle, FULFILMENTS, cycle.fulfil, live=live)
