"""Packages told to Amazon: what left in Shopify, confirmed once each, and its tracking put right."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.on_orders import carry_out
from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts import amazon
from integration_assets.contracts import shopify as shopify_tables
from integration_assets.contracts.fulfilment import (
    FULFILLMENT_LINES,
    FULFILLMENTS,
    ORDER_PACKAGES,
    SHIPMENT_CONFIRMATION,
)
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import CONFIRMATIONS
from integration_assets.shown import spec_of
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_shipment_confirmation",
    specs=[
        spec_of(
            SHIPMENT_CONFIRMATION,
            kinds={"amazon"},
            deps=[
                amazon.ORDERS,
                amazon.ORDER_ITEMS,
                ORDER_PACKAGES,
                shopify_tables.ORDERS,
                FULFILLMENTS,
                FULFILLMENT_LINES,
            ],
        )
    ],
)
def shipment_confirmation(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look back, then confirm what left, the earliest ship-by time first. In preview nothing is sent."""
    cycle = Cycle(
        model=model,
        shopify=shopify,
        amazon=amazon,
        warehouse=warehouse,
        ledger=ledger,
        clock=clock,
        origin=config.origin,
    )
    live = model.mode.shipment_confirmation == "live"
    yield from carry_out(context, cycle, CONFIRMATIONS, cycle.confirm, live=live)
