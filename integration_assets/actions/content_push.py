"""Tells Amazon what listings are to say, where Shopify's product pages lead them and Amazon shows something else."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.content.cycle import ContentCycle, ContentOutcome
from integration_assets.content.journal import record_content
from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.content import CONTENT_POSITION, CONTENT_PUSH
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_content_push",
    specs=[
        spec_of(CONTENT_POSITION, kinds={"amazon", "shopify"}, deps=[LISTINGS, SKU_MAP]),
        spec_of(CONTENT_PUSH, kinds={"amazon"}, deps=[CONTENT_POSITION]),
    ],
)
def content_push(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what is declared on both sides, look back at what was sent, and send what differs.

    Without `[[content.attribute]]` nobody is asked. A region that failed fails the run once the others are in step.
    """
    cycle = ContentCycle(model, shopify, amazon, warehouse, ledger, clock, config.origin)
    lanes = in_each_region(model.amazon, cycle.run)
    outcomes = lanes.done
    for region, outcome in outcomes.items():
        record_content(warehouse, ledger, outcome.effects, clock.now())
        context.log.info(told_of(region, outcome))
    rows = [row for outcome in outcomes.values() for row in outcome.rows]
    kept = [row for row in warehouse.rows(CONTENT_POSITION) if row.region not in outcomes]
    total = warehouse.replace(CONTENT_POSITION, [*kept, *rows])
    differing = [row for row in rows if row.verdict != "in_step"][:20]
    yield told(
        CONTENT_POSITION,
        rows=total,
        **{verdict: sum(row.verdict == verdict for row in rows) for verdict in sorted({row.verdict for row in rows})},
        differing=as_table(differing, ["region", "marketplace_id", "seller_sku", "attribute", "verdict", "reason"]),
    )
    waiting = warehouse.rows(CONTENT_PUSH, "state NOT IN ('verified', 'superseded')", limit=20)
    yield told(
        CONTENT_PUSH,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.content_push")),
        mode="live" if cycle.live else "preview: nothing was sent",
        planned=sum(len(outcome.effects.planned) for outcome in outcomes.values()),
        left_for_later=sum(outcome.left_for_later for outcome in outcomes.values()),
        sent=sum(outcome.effects.sent for outcome in outcomes.values()),
        verified=sum(outcome.effects.verified for outcome in outcomes.values()),
        rejected=sum(len(outcome.effects.rejected) for outcome in outcomes.values()),
        unknown=sum(outcome.effects.unknown for outcome in outcomes.values()),
        failed=lanes.told or "none",
        open=as_table(waiting, ["region", "seller_sku", "parts", "state", "reason"]),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run reads what Amazon shows before it sends anything.")


def told_of(region: str, outcome: ContentOutcome) -> str:
    """One line for the log."""
    effects = outcome.effects
    if effects.left_to:
        return f"{region}: left to the sender at work ({effects.left_to})"
    if not effects.live:
        return f"{region}: preview, {len(effects.planned)} listings would be changed"
    return (
        f"{region}: {effects.sent} listings changed, {effects.verified} verified, {len(effects.rejected)} rejected, "
        f"{effects.unknown} unknown, {outcome.left_for_later} left for later"
        + ("; " + "; ".join(effects.errors) if effects.errors else "")
    )
