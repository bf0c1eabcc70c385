"""Shows what Amazon can ship in Shopify: at one location per region account, and at the fulfilment service's."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.amazon import FBA_INVENTORY
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.fba import FBA_MIRROR
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.effects.runner import Outcome
from integration_assets.fba.cycle import MirrorCycle, MirrorOutcome
from integration_assets.fba.journal import record_mirror
from integration_assets.mcf.stock import KIND as STOCK
from integration_assets.mcf.stock import LANE, ServiceStock
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_fba_mirror",
    specs=[spec_of(FBA_MIRROR, kinds={"shopify"}, deps=[FBA_INVENTORY, SKU_MAP])],
)
def fba_mirror(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look at each of these locations, and set the items that show anything but what Amazon can ship.

    Reserved, inbound and unfulfillable units stay in the warehouse. A region that failed fails the run once the
    others, and the fulfilment service, are in step.
    """
    cycle = MirrorCycle(model, shopify, warehouse, ledger, clock, config.origin)
    service = ServiceStock(model, shopify, warehouse, ledger, clock, config.origin)
    lanes = in_each_region([region for region in model.amazon if model.fba_location(region)], cycle.run)
    outcomes = lanes.done
    for region, outcome in outcomes.items():
        record_mirror(warehouse, ledger, outcome.effects, clock.now())
        context.log.info(told_of(region, outcome))
    at_service, failed = Outcome(LANE, live=service.live), lanes.told
    try:
        at_service = service.run()
    except InstepError as error:
        failed = "; ".join(filter(None, [failed, f"{model.mcf.service}: {error}"]))
    record_mirror(warehouse, ledger, at_service, clock.now(), kind=STOCK)
    planned = [
        row
        for row in warehouse.rows(FBA_MIRROR, "state NOT IN ('verified', 'superseded')", limit=20)
        if row.region in outcomes or row.region == LANE
    ]
    yield told(
        FBA_MIRROR,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.fba_mirror")),
        mode="live" if cycle.live else "preview: nothing was set",
        **{f"units/{region}": outcome.wanted.units for region, outcome in outcomes.items()},
        items=sum(outcome.wanted.items for outcome in outcomes.values()),
        set=sum(outcome.effects.sent for outcome in outcomes.values()),
        edited_by_others=sum(len(outcome.wanted.edits) for outcome in outcomes.values()),
        rejected=sum(len(outcome.effects.rejected) for outcome in outcomes.values()),
        unknown=sum(outcome.effects.unknown for outcome in outcomes.values()),
        set_at_the_service=at_service.sent,
        service=(model.mode.mcf if model.mcf.service else "none is declared"),
        failed=failed or "none",
        open=as_table(planned, ["region", "seller_skus", "from_units", "to_units", "state", "reason"]),
    )
    if failed:
        raise InstepError(failed, todo="The next run looks at the location before it sets anything.")


def told_of(region: str, outcome: MirrorOutcome) -> str:
    """One line for the log."""
    effects = outcome.effects
    if effects.left_to:
        return f"{region}: left to the sender at work ({effects.left_to})"
    if not effects.live:
        return f"{region}: preview, {len(effects.planned)} items would be set at {outcome.location}"
    return (
        f"{region}: {effects.sent} items set at {outcome.location}, {len(effects.rejected)} rejected, "
        f"{effects.unknown} unknown, {len(outcome.wanted.edits)} edited by others"
        + ("; " + "; ".join(effects.errors) if effects.errors else "")
    )
