"""Pushes MFN stock to Amazon: what was decided, what was sent, and what Amazon was seen to show."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.actions import STOCK_PUSH
from integration_assets.contracts.amazon import AVAILABILITY
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.reconcile import INVENTORY_DRIFT, STOCK_POSITION
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from integration_assets.stock.cycle import Outcome, PushCycle
from integration_assets.stock.journal import record
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_stock_push",
    specs=[
        spec_of(STOCK_PUSH, kinds={"amazon"}, deps=[STOCK_POSITION, INVENTORY_DRIFT], fresh_within=timedelta(hours=1))
    ],
)
def stock_push(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read back what is due, plan from the positions, look again, send. In preview nothing is sent.

    It is never tried again blindly: the next run asks Amazon first. A region account that failed fails the run once
    the others have pushed.
    """
    cycle = PushCycle(model=model, amazon=amazon, warehouse=warehouse, ledger=ledger, clock=clock, origin=config.origin)
    lanes = in_each_region(model.amazon, cycle.run)
    outcomes = lanes.done
    for region, outcome in outcomes.items():
        record(warehouse, ledger, region, outcome, clock.now())
    if any(outcome.settled.verified or outcome.tally.sent for outcome in outcomes.values()):
        context.log_event(dg.AssetMaterialization(asset_key=AVAILABILITY.asset_key))
    for region, outcome in outcomes.items():
        context.log.info(told_of(region, outcome))
    plan = [position for outcome in outcomes.values() for position in outcome.planned]
    yield told(
        STOCK_PUSH,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.stock_push")),
        mode="live" if cycle.live else "preview: nothing was sent",
        sent=sum(outcome.tally.sent for outcome in outcomes.values()),
        verified=sum(outcome.settled.verified for outcome in outcomes.values()),
        sent_again=sum(outcome.settled.again for outcome in outcomes.values()),
        rejected=sum(len(outcome.tally.rejected) + outcome.settled.rejected for outcome in outcomes.values()),
        unknown=sum(outcome.tally.unknown for outcome in outcomes.values()),
        stuck=sum(len(outcome.settled.stuck) for outcome in outcomes.values()),
        breaker="; ".join(outcome.trip.told for outcome in outcomes.values() if outcome.held and outcome.trip)
        or "closed",
        failed=lanes.told or "none",
        plan=as_table(plan, ["region", "seller_sku", "shown", "target", "available", "held_for_orders", "reason"]),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run reads back what is in doubt before it sends anything.")


def told_of(region: str, outcome: Outcome) -> str:
    """One line for the log."""
    if outcome.left_to:
        return f"{region}: left to the sender at work ({outcome.left_to})"
    if not outcome.live:
        return f"{region}: preview, {len(outcome.planned)} SKUs would be pushed"
    tally, settled = outcome.tally, outcome.settled
    return (
        f"{region}: {tally.sent} sent, {settled.verified} verified, {settled.again} to send again, "
        f"{len(tally.rejected) + settled.rejected} rejected, {tally.unknown} unknown"
        + (f", held: {outcome.trip.told}" if outcome.held and outcome.trip else "")
        + ("; " + "; ".join(tally.errors) if tally.errors else "")
    )
