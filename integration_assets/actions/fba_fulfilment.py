"""What Amazon ships from its own warehouses, marked as shipped in Shopify."""

from integration_assets.actions.on_orders import on_orders
from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import FBA_FULFILMENT, FULFILLMENT_LINES, FULFILLMENTS
from integration_assets.fulfilment.cycle import Cycle
from integration_assets.fulfilment.journal import FULFILMENTS

fba_fulfilment = on_orders(
    FBA_FULFILMENT,
    FULFILMENTS,
    Cycle.fulfil,
    "Look back, then mark what Amazon has shipped, without a word to the buyer. In preview nothing is marked.",
    kinds={"shopify"},
    deps=[amazon.ORDERS, amazon.ORDER_ITEMS, shopify.ORDERS, FULFILLMENTS, FULFILLMENT_LINES],
)
