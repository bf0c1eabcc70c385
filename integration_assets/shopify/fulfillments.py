"""Fulfillments and refunds of Shopify orders: what left, what was taken back."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
from pydantic import Field

from integration_assets.contracts.fulfilment import FULFILLMENT_LINES, FULFILLMENTS, REFUND_LINES, REFUNDS
from integration_assets.contracts.sql import fill, table_name
from integration_assets.orders.unreadable import IN_SHOPIFY, SetAside, orders_in_shopify
from integration_assets.reading import READ_AGAIN, retried_while_passing, span_of
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Observation, Warehouse

CURSOR = "shopify.fulfillments"
TABLES = (FULFILLMENTS, FULFILLMENT_LINES, REFUNDS, REFUND_LINES)


class ReadOrders(dg.Config):
    """Which orders to read; none means every order that changed since the last reading."""

    shopify_order_ids: list[str] = Field(default_factory=list)


@dg.multi_asset(
    name="shopify_fulfillments",
    specs=[spec_of(table, kinds={"shopify"}, fresh_within=timedelta(minutes=30)) for table in TABLES],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def fulfillments(
    config: ReadOrders,
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what changed since the last read, with an overlap, or the orders that a webhook named.

    An order that cannot be read whole is set aside by name, told, and asked for again each time; the others go on. Only
    a reading of all changes moves the cursor: it lives with the rows it stands for.
    """
    seen_at = clock.now()
    span = span_of(
        warehouse.cursor(CURSOR), now=seen_at, overlap_minutes=model.orders.overlap_minutes, start=model.orders.since
    )
    named = config.shopify_order_ids
    page = shopify.fulfillments.of(named) if named else shopify.fulfillments.changed(span.since)
    aside = SetAside(ledger, IN_SHOPIFY, "")
    names = [*page.unreadable, *(order.shopify_order_id for order in page.orders)]
    again = aside.again(names, orders_in_shopify(shopify.fulfillments))
    unreadable = {**again.unreadable, **page.unreadable}
    aside.keep(unreadable)
    read = [*page.orders, *again.read]
    packages = [package for order in read for package in order.fulfillments]
    refunds = [refund for order in read for refund in order.refunds]
    warehouse.observe_all(
        [
            Observation(table=FULFILLMENTS, rows=packages, complete=False),
            Observation(
                table=FULFILLMENT_LINES,
                rows=[line for order in read for line in order.fulfillment_lines],
                complete=False,
            ),
            Observation(table=REFUNDS, rows=refunds, complete=False),
            Observation(
                table=REFUND_LINES, rows=[line for order in read for line in order.refund_lines], complete=False
            ),
        ],
        seen_at=seen_at,
        cursor=None if named else (CURSOR, span.reached(order.updated_at for order in page.orders)),
    )
    aside.close(unreadable)
    samples = {
        FULFILLMENTS.name: as_table(packages, ["amazon_order_id", "status", "tracking_company", "created_at"]),
        REFUNDS.name: as_table(refunds, ["amazon_order_id", "mark", "processed_at", "amount", "currency"]),
    }
    for table in TABLES:
        rows = int(warehouse.scalar(fill("SELECT count(*) FROM {table}", table=table_name(table))))
        sample = {"sample": samples[table.name]} if table.name in samples else {}
        yield told(table, rows=rows, orders_read=len(read), set_aside=len(unreadable), **sample)
