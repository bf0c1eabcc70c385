"""Amazon orders with their items, packages and cancellations, without a word about the buyer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import dagster as dg
from pydantic import Field

from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS
from integration_assets.contracts.fulfilment import OF_ORDERS
from integration_assets.contracts.sql import fill, table_name
from integration_assets.orders.hinted import read_hinted
from integration_assets.orders.readings import observations
from integration_assets.orders.unreadable import ON_AMAZON, SetAside, orders_on_amazon
from integration_assets.reading import READ_AGAIN, retried_while_passing, span_of
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import as_table, spec_of, told, told_by_region
from resources.amazon import Amazon
from resources.amazon_parts.shipments import OrderReading
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.takeover import takeover_at
from resources.warehouse import Warehouse


class ReadHinted(dg.Config):
    """Which orders to read, by region account: order id -> when it changed, empty where that is not known.

    Without any, every order that changed since the last reading is read.
    """

    hints: dict[str, dict[str, str]] = Field(default_factory=dict)


class Read(NamedTuple):
    """What a reading of a region account came to. Of `set_aside` orders nothing could be read."""

    orders: int
    items: int
    set_aside: int


def _came_to(read: Sequence[OrderReading], unreadable: Mapping[str, str]) -> Read:
    return Read(len(read), sum(len(each.items) for each in read), len(unreadable))


@dg.multi_asset(
    name="amazon_orders",
    specs=[
        spec_of(ORDERS, kinds={"amazon"}, fresh_within=timedelta(minutes=15)),
        spec_of(ORDER_ITEMS, kinds={"amazon"}, fresh_within=timedelta(minutes=15)),
        *(spec_of(table, kinds={"amazon"}, fresh_within=timedelta(minutes=15)) for table in OF_ORDERS),
    ],
    check_specs=[region_check(ORDERS)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def orders(
    config: ReadHinted,
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what changed since the last read, with an overlap, or only the orders that notifications named.

    An order that makes no sense is set aside by name, told, and asked for again each time; the others go on. One search
    covers all marketplaces of a region account; the cursor lives with the rows it stands for, so a crash
    in between reads twice and never skips.
    """
    takeover_at(ledger, model, clock)

    def read_named(region: str) -> Read:
        named = {one: datetime.fromisoformat(at) if at else None for one, at in config.hints[region].items()}
        found = read_hinted(amazon.account(region), named, warehouse=warehouse, ledger=ledger, clock=clock)
        return _came_to(found.read, found.unreadable)

    def read(region: str) -> Read:
        name = f"amazon.orders/{region}"
        seen_at = clock.now()
        span = span_of(
            warehouse.cursor(name),
            now=seen_at,
            overlap_minutes=model.orders.overlap_minutes,
            start=model.orders.since,
        )
        account = amazon.account(region)
        page = account.order_readings(span.since)
        aside = SetAside(ledger, ON_AMAZON, f"{region}/")
        names = [*page.unreadable, *(each.order.amazon_order_id for each in page.orders)]
        again = aside.again(names, orders_on_amazon(account))
        unreadable = {**again.unreadable, **page.unreadable}
        aside.keep(unreadable)
        read = [*page.orders, *again.read]
        warehouse.observe_all(
            observations(read),
            seen_at=seen_at,
            cursor=(name, span.reached(each.order.last_updated_at for each in page.orders)),
        )
        aside.close(unreadable)
        return _came_to(read, unreadable)

    named_in = [region for region in config.hints if region in model.amazon]
    lanes = in_each_region(named_in, read_named) if config.hints else in_each_region(model.amazon, read)
    still_open = warehouse.rows(ORDERS, "status NOT IN ('SHIPPED', 'CANCELLED')", limit=20)
    yield told_by_region(
        ORDERS,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.orders")),
        **{f"read/{region}": done.orders for region, done in lanes.done.items()},
        **{f"set_aside/{region}": done.set_aside for region, done in lanes.done.items()},
        still_open=as_table(
            still_open, ["amazon_order_id", "created_at", "status", "fulfilled_by", "channel_name", "total"]
        ),
    )
    yield told(
        ORDER_ITEMS,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.order_items")),
        **{f"read/{region}": done.items for region, done in lanes.done.items()},
    )
    for table in OF_ORDERS:
        yield told(table, rows=int(warehouse.scalar(fill("SELECT count(*) FROM {table}", table=table_name(table)))))
