"""Tells the shop of every parcel that Amazon has sent for it."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.fba import MCF_ORDER, MCF_TRACKING
from integration_assets.mcf.cycle import McfCycle
from integration_assets.mcf.journal import record_parcels
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_mcf_tracking",
    specs=[spec_of(MCF_TRACKING, kinds={"shopify"}, deps=[MCF_ORDER])],
)
def mcf_tracking(
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look at the orders that Amazon is shipping, and tell each parcel once."""
    cycle = McfCycle(model, shopify, amazon, warehouse, ledger, clock, config.origin)
    seen = cycle.look() if cycle.regions else None
    lanes = in_each_region(cycle.regions, lambda region: cycle.tell_parcels(region, seen)) if seen else None
    outcomes = lanes.done if lanes else {}
    for outcome in outcomes.values():
        record_parcels(warehouse, ledger, outcome, clock.now())
    failed = lanes.told if lanes else ""
    newest = warehouse.rows(MCF_TRACKING, limit=20)
    yield told(
        MCF_TRACKING,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.mcf_tracking")),
        mode="live" if cycle.live else "preview: nothing was sent",
        told=sum(outcome.verified for outcome in outcomes.values()),
        rejected=sum(len(outcome.rejected) for outcome in outcomes.values()),
        unknown=sum(outcome.unknown for outcome in outcomes.values()),
        failed=failed or "none",
        newest=as_table(newest, ["region", "tracking_number", "carrier", "units", "state"]),
    )
    if failed:
        raise InstepError(failed, todo="The next run reads the shop back before it tells anything again.")
