"""Packages told to Amazon: what left in Shopify, confirmed once each, and its tracking put right."""

from integration_assets.actions.on_orders import on_orders
from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import (
    FULFILLMENT_LINES,
    FULFILLMENTS,
    ORDER_PACKAGES,
    SHIPMENT_CONFIRMATION,
)
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import CONFIRMATIONS

shipment_confirmation = on_orders(
    SHIPMENT_CONFIRMATION,
    CONFIRMATIONS,
    Cycle.confirm,
    "Look back, then confirm what left, the earliest ship-by time first. In preview nothing is sent.",
    kinds={"amazon"},
    deps=[
        amazon.ORDERS,
        amazon.ORDER_ITEMS,
        ORDER_PACKAGES,
        shopify.ORDERS,
        FULFILLMENTS,
        FULFILLMENT_LINES,
    ],
)
