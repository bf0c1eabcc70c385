"""Makes Amazon's orders in Shopify: what was decided, what was made, and what could not be."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.amazon import ORDER_ITEMS
from integration_assets.contracts.amazon import ORDERS as AMAZON_ORDERS
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.orders import ORDER_IMPORT
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.contracts.shopify import STOCK_LEVELS
from integration_assets.orders.cycle import Imported, OrderCycle
from integration_assets.orders.journal import record
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_order_import",
    specs=[
        spec_of(
            ORDER_IMPORT,
            kinds={"shopify"},
            deps=[AMAZON_ORDERS, ORDER_ITEMS, SHOPIFY_ORDERS, STOCK_LEVELS, SKU_MAP],
        )
    ],
)
def order_import(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look for what is in doubt, make what is missing, bring up to date what changed. In preview nothing is made.

    It is never tried again blindly: the next run asks Shopify first. A region account that failed fails the run once
    the others are done.
    """
    cycle = OrderCycle(
        model=model,
        shopify=shopify,
        amazon=amazon,
        warehouse=warehouse,
        ledger=ledger,
        clock=clock,
        origin=config.origin,
    )
    started_at = clock.now()
    lanes = in_each_region(model.amazon, cycle.run)
    for region, done in lanes.done.items():
        record(warehouse, ledger, region, done.made.planned, clock.now(), live=cycle.live)
        context.log.info(told_of(region, done))
    everything = list(lanes.done.values())
    newest = warehouse.rows(ORDER_IMPORT, "coalesce(verified_at, decided_at) >= ?", [started_at])
    yield told(
        ORDER_IMPORT,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.order_import")),
        mode="live" if cycle.live else "preview: nothing was made",
        planned=sum(len(done.made.planned) for done in everything),
        made=sum(done.made.sent for done in everything),
        found_made=sum(done.made.verified - done.made.sent for done in everything),
        shipped_before=sum(done.marked.sent for done in everything),
        updated=sum(done.updated.sent for done in everything),
        rejected=sum(len(one.rejected) for done in everything for one in (done.made, done.marked, done.updated)),
        unknown=sum(done.made.unknown for done in everything),
        put_back=sum(done.made.put_back for done in everything),
        held=sum(len(done.held) for done in everything),
        failed=lanes.told or "none",
        orders=as_table(newest, ["region", "amazon_order_id", "shopify_order_id", "kind", "state", "reason"]),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run looks for what is in doubt before it makes anything.")


def told_of(region: str, done: Imported) -> str:
    """One line for the log."""
    made, updated = done.made, done.updated
    if made.left_to:
        return f"{region}: left to the sender at work ({made.left_to})"
    if not made.live:
        return f"{region}: preview, {len(made.planned)} orders would be made, {len(done.held)} wait"
    return (
        f"{region}: {made.sent} orders made, {made.verified - made.sent} found made, {updated.sent} updated, "
        f"{len(made.rejected)} refused, {made.unknown} in doubt, {len(done.held)} wait"
        + "".join(f"; {error}" for error in made.errors + done.marked.errors + updated.errors)
    )
