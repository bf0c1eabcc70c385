"""Hands orders of the shop to Amazon where the routes say so, answers the shop, and takes back what is cancelled."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.amazon import FBA_INVENTORY
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.fba import MCF_ORDER
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.mcf.cycle import McfCycle
from integration_assets.mcf.findings import report_turn
from integration_assets.mcf.journal import record_orders
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_mcf_order",
    specs=[spec_of(MCF_ORDER, kinds={"amazon", "shopify"}, deps=[FBA_INVENTORY, SKU_MAP])],
)
def mcf_order(
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """See to every request of the shop and to every cancellation. Addresses pass in memory only.

    Without a fulfilment service in the operating model there is nothing to do. A region account that failed fails the
    run once the others are through.
    """
    cycle = McfCycle(model, shopify, amazon, warehouse, ledger, clock, config.origin)
    seen = cycle.look() if cycle.regions else None
    lanes = in_each_region(cycle.regions, lambda region: cycle.see_to_requests(region, seen)) if seen else None
    turns = lanes.done if lanes else {}
    for turn in turns.values():
        record_orders(warehouse, ledger, turn.orders, clock.now())
        if seen is not None and cycle.live:
            report_turn(ledger, turn, seen, clock.now())
    failed = lanes.told if lanes else ""
    newest = warehouse.rows(MCF_ORDER, limit=20)
    yield told(
        MCF_ORDER,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.mcf_order")),
        mode="live" if cycle.live else "preview: nothing was sent",
        asked=len(seen.asked) if seen else 0,
        handed_over=sum(turn.orders.sent for turn in turns.values()),
        verified=sum(turn.orders.verified for turn in turns.values()),
        turned_down=sum(len(turn.refused) for turn in turns.values()),
        held=sum(len(turn.held) for turn in turns.values()),
        cancelled=sum(turn.cancels.verified for turn in turns.values()),
        answered=sum(turn.answers.sent for turn in turns.values()),
        failed=failed or "none",
        newest=as_table(newest, ["region", "seller_fulfillment_order_id", "units", "state", "reason"]),
    )
    if failed:
        raise InstepError(failed, todo="The next run asks Amazon for what is in doubt before it sends anything.")
