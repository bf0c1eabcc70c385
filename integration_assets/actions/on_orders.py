"""What the assets that act on orders share: the work in each region account, its journal, and what is told of it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.sql import fill, table_name
from integration_assets.contracts.table import Table
from integration_assets.fulfilment.cycle import Cycle, Done
from integration_assets.fulfilment.journal import Page, record
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

COUNTED = ("sent", "verified", "again", "put_back", "unknown", "rejected", "stuck")
SHOWN = ("region", "amazon_order_id", "state", "attempts", "decided_at", "reason")


def on_orders(
    table: Table[Any],
    page: Page,
    work: Callable[[Cycle, str], Done],
    told_as: str,
    *,
    kinds: set[str],
    deps: Sequence[Table[Any]],
) -> dg.AssetsDefinition:
    """The asset of one kind of work on orders. Its mode in the operating model has the name of its table."""

    @dg.multi_asset(
        name=f"{table.schema}_{table.name}",
        description=told_as,
        specs=[spec_of(table, kinds=kinds, deps=deps)],
    )
    def asset(
        context: dg.AssetExecutionContext,
        config: OriginConfig,
        shopify: dg.ResourceParam[Shopify],
        amazon: dg.ResourceParam[Amazon],
        warehouse: dg.ResourceParam[Warehouse],
        ledger: dg.ResourceParam[Ledger],
        model: dg.ResourceParam[OperatingModel],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        cycle = Cycle(
            model=model,
            shopify=shopify,
            amazon=amazon,
            warehouse=warehouse,
            ledger=ledger,
            clock=clock,
            origin=config.origin,
        )
        live = getattr(model.mode, table.name) == "live"
        yield from carry_out(context, cycle, page, partial(work, cycle), live=live)

    return asset


def carry_out(
    context: dg.AssetExecutionContext, cycle: Cycle, page: Page, work: Callable[[str], Done], *, live: bool
) -> Iterator[dg.MaterializeResult[None]]:
    """Do the work for every region account and tell what it came to.

    It is never tried again blindly: the next run looks at what is in doubt first. A region account that failed fails
    the run once the others are done.
    """
    lanes = in_each_region(cycle.model.amazon, work)
    for region, done in lanes.done.items():
        record(page, cycle.warehouse, cycle.ledger, region, done.planned, cycle.clock.now(), live=live)
        context.log.info(_line(region, done, live=live))
    counts = {name: sum(done.count(name) for done in lanes.done.values()) for name in COUNTED}
    left_out = {order: why for done in lanes.done.values() for order, why in done.left_out.items()}
    table = table_name(page.table)
    rows: list[Any] = cycle.warehouse.rows(page.table, "state <> 'verified'", limit=20)
    yield told(
        page.table,
        rows=int(cycle.warehouse.scalar(fill("SELECT count(*) FROM {table}", table=table))),
        mode="live" if live else "preview: nothing was sent",
        planned=sum(len(done.planned) for done in lanes.done.values()),
        **counts,
        left_out="; ".join(f"{order}: {why}" for order, why in sorted(left_out.items())[:20]) or "none",
        failed=lanes.told or "none",
        open=as_table(rows, SHOWN),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run looks at what is in doubt before it sends anything.")


def _line(region: str, done: Done, *, live: bool) -> str:
    """One line for the log."""
    if done.left_to:
        return f"{region}: left to the sender at work ({done.left_to})"
    if not live:
        return f"{region}: preview, {len(done.planned)} would be sent"
    counts = ", ".join(f"{done.count(name)} {name.replace('_', ' ')}" for name in COUNTED)
    return f"{region}: {counts}" + ("; " + "; ".join(done.errors) if done.errors else "")
