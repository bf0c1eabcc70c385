"""What Amazon cancels before it leaves, taken off the Shopify order."""

from integration_assets.actions.on_orders import on_orders
from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import FULFILLMENTS, ITEM_CANCELLATIONS, ORDER_CANCELLATION, REFUNDS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import CANCELLATIONS

order_cancellation = on_orders(
    ORDER_CANCELLATION,
    CANCELLATIONS,
    Cycle.cancel,
    "Look back, then cancel or reduce orders; what was taken back in Shopify only is reported, never passed on.",
    kinds={"shopify"},
    deps=[amazon.ORDERS, amazon.ORDER_ITEMS, ITEM_CANCELLATIONS, shopify.ORDERS, FULFILLMENTS, REFUNDS],
)
