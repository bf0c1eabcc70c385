"""Shopify orders of every channel, without a word about the buyer."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.shopify import ORDER_LINES, ORDERS, STOCK_LEVELS, ShopifyOrder, ShopifyOrderLine
from integration_assets.orders.unreadable import IN_THE_SHOP, SetAside, orders_of_the_shop, parted
from integration_assets.reading import READ_AGAIN, retried_while_passing, span_of
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Observation, Warehouse

CURSOR = "shopify.orders"


@dg.multi_asset(
    name="shopify_orders",
    specs=[
        # After the levels: an import that the levels know must be known as one, or its units would be held as well.
        spec_of(ORDERS, kinds={"shopify"}, deps=[STOCK_LEVELS], fresh_within=timedelta(minutes=30)),
        spec_of(ORDER_LINES, kinds={"shopify"}, fresh_within=timedelta(minutes=30)),
    ],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def orders(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what changed since the last read, with an overlap: the cursor lives with the rows it stands for.

    An order that makes no sense is set aside by name, told, and asked for again each time; the others go on.
    """
    seen_at = clock.now()
    span = span_of(
        warehouse.cursor(CURSOR),
        now=seen_at,
        overlap_minutes=model.orders.overlap_minutes,
        start=model.orders.since,
    )
    page = parted(shopify.orders(span.since))
    of_page = [row for row in page.read if isinstance(row, ShopifyOrder)]
    aside = SetAside(ledger, IN_THE_SHOP, "")
    names = [*page.unreadable, *(order.shopify_order_id for order in of_page)]
    again = aside.again(names, orders_of_the_shop(shopify))
    unreadable = {**again.unreadable, **page.unreadable}
    aside.keep(unreadable)
    read = [*page.read, *again.read]
    found = [row for row in read if isinstance(row, ShopifyOrder)]
    lines = [row for row in read if isinstance(row, ShopifyOrderLine)]
    of_orders, of_lines = warehouse.observe_all(
        [
            Observation(table=ORDERS, rows=found, complete=False),
            Observation(table=ORDER_LINES, rows=lines, complete=False),
        ],
        seen_at=seen_at,
        cursor=(CURSOR, span.reached(order.updated_at for order in of_page)),
    )
    aside.close(unreadable)
    yield told(
        ORDERS,
        rows=of_orders.total,
        read=len(found),
        set_aside=len(unreadable),
        changed=of_orders.changed + of_orders.appeared,
        since=span.since.isoformat(),
        sample=as_table(found, ["name", "source_identifier", "created_at", "fulfillment_status", "total", "currency"]),
    )
    yield told(ORDER_LINES, rows=of_lines.total, read=len(lines))
