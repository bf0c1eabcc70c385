"""Sends to Amazon the prices that Shopify's make by rule, where it shows others."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.prices import PRICE_POSITION, PRICE_PUSH
from integration_assets.prices.cycle import PriceCycle, PriceOutcome
from integration_assets.prices.journal import record_prices
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_price_push",
    specs=[spec_of(PRICE_PUSH, kinds={"amazon"}, deps=[PRICE_POSITION])],
)
def price_push(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Look back at what was sent, read once more what differs, and send it, never below its floor.

    A region that failed fails the run once the others are in step.
    """
    cycle = PriceCycle(model, shopify, amazon, warehouse, ledger, clock, config.origin)
    lanes = in_each_region(model.amazon, cycle.run)
    outcomes = lanes.done
    for region, outcome in outcomes.items():
        record_prices(warehouse, ledger, outcome.effects, clock.now())
        warehouse.update(PRICE_POSITION, outcome.rows)
        context.log.info(told_of(region, outcome))
    waiting = warehouse.rows(PRICE_PUSH, "state NOT IN ('verified', 'superseded')", limit=20)
    yield told(
        PRICE_PUSH,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.price_push")),
        mode="live" if cycle.live else "preview: nothing was sent",
        planned=sum(len(outcome.effects.planned) for outcome in outcomes.values()),
        sent=sum(outcome.effects.sent for outcome in outcomes.values()),
        verified=sum(outcome.effects.verified for outcome in outcomes.values()),
        rejected=sum(len(outcome.effects.rejected) for outcome in outcomes.values()),
        unknown=sum(outcome.effects.unknown for outcome in outcomes.values()),
        breaker="; ".join(
            f"{region}: plan {one.held_plan}, {one.held_told}" for region, one in outcomes.items() if one.held_plan
        )
        or "closed",
        failed=lanes.told or "none",
        open=as_table(waiting, ["region", "seller_sku", "wanted", "state", "reason"]),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run reads what Amazon shows before it sends anything.")


def told_of(region: str, outcome: PriceOutcome) -> str:
    """One line for the log."""
    effects = outcome.effects
    if effects.left_to:
        return f"{region}: left to the sender at work ({effects.left_to})"
    if not effects.live:
        return f"{region}: preview, the prices of {len(effects.planned)} SKUs would be sent"
    if outcome.held_plan:
        return f"{region}: plan {outcome.held_plan} held, {outcome.held_told}"
    return (
        f"{region}: prices of {effects.sent} SKUs sent, {effects.verified} verified, {len(effects.rejected)} rejected, "
        f"{effects.unknown} unknown" + ("; " + "; ".join(effects.errors) if effects.errors else "")
    )
