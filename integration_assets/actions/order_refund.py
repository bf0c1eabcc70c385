"""Refunds made on Amazon, recorded on the Shopify order."""

from integration_assets.actions.on_orders import on_orders
from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import ORDER_REFUND, REFUNDS, TRANSACTION_LINES, TRANSACTIONS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import REFUNDS_RECORDED

order_refund = on_orders(
    ORDER_REFUND,
    REFUNDS_RECORDED,
    Cycle.refund,
    "Look back, then record each refund once, with Amazon's date and to the cent. In preview nothing is recorded.",
    kinds={"shopify"},
    deps=[amazon.ORDERS, amazon.ORDER_ITEMS, TRANSACTIONS, TRANSACTION_LINES, shopify.ORDERS, REFUNDS],
)
