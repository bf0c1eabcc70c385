"""What Shopify orders are worth, by heading: the side that settlements are compared with."""

from datetime import timedelta

import dagster as dg

from integration_assets.contracts.money import ORDER_MONEY
from integration_assets.contracts.shopify import ORDERS
from integration_assets.reading import READ_AGAIN, retried_while_passing, span_of
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

CURSOR = "shopify.order_money"
FIRST_READ = timedelta(days=90)
"""As far back as Amazon keeps settlements."""


@dg.multi_asset(
    name="shopify_order_money",
    specs=[spec_of(ORDER_MONEY, kinds={"shopify"}, deps=[ORDERS], fresh_within=timedelta(hours=26))],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def order_money(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Read what changed since the last read, with an overlap."""
    seen_at = clock.now()
    span = span_of(
        warehouse.cursor(CURSOR),
        now=seen_at,
        overlap_minutes=model.orders.overlap_minutes,
        start=model.orders.since or seen_at - FIRST_READ,
    )
    found = shopify.order_money(span.since)
    change = warehouse.observe(
        ORDER_MONEY,
        found,
        seen_at=seen_at,
        complete=False,
        cursor=(CURSOR, span.reached(order.updated_at for order in found)),
    )
    return told(
        ORDER_MONEY,
        rows=change.total,
        read=len(found),
        changed=change.changed + change.appeared,
        sample=as_table(found, ["shopify_order_id", "currency", "total", "shipping", "tax", "discounts", "refunded"]),
    )
