"""Notes the fees of an order on it in Shopify: once, and again only when they change."""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from integration_assets.actions.origin import OriginConfig
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.money import ORDER_FEES_NOTE, ORDER_MARGIN
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.money.findings import report_refused_notes
from integration_assets.money.notes import FeesNotes, record, to_note
from integration_assets.regions import in_each_region
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="actions_order_fees_note",
    specs=[spec_of(ORDER_FEES_NOTE, kinds={"shopify"}, deps=[ORDER_MARGIN])],
)
def order_fees_note(
    context: dg.AssetExecutionContext,
    config: OriginConfig,
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read back what is in doubt, then note what Shopify does not say yet, 25 orders a call. Preview only shows it."""
    live = model.mode.order_fees_note == "live"
    started_at = clock.now()
    runner, errand = Runner(ledger, clock), FeesNotes(shopify)

    def work(region: str) -> Outcome:
        plan = partial(to_note, warehouse, ledger, region, config.origin)
        outcome = runner.run(errand, region, plan, live=live)
        record(warehouse, ledger, region, outcome.planned, clock.now(), live=live)
        if live and not outcome.left_to:
            report_refused_notes(ledger, region, outcome.planned)
        return outcome

    lanes = in_each_region(model.amazon, work)
    done = list(lanes.done.values())
    for outcome in done:
        context.log.info(told_of(outcome))
    newest = warehouse.rows(ORDER_FEES_NOTE, "coalesce(verified_at, decided_at) >= ?", [started_at])
    yield told(
        ORDER_FEES_NOTE,
        rows=int(warehouse.scalar("SELECT count(*) FROM actions.order_fees_note")),
        mode="live" if live else "preview: nothing was sent",
        planned=sum(len(outcome.planned) for outcome in done),
        noted=sum(outcome.sent for outcome in done),
        verified=sum(outcome.verified for outcome in done),
        rejected=sum(len(outcome.rejected) for outcome in done),
        unknown=sum(outcome.unknown for outcome in done),
        failed=lanes.told or "none",
        newest=as_table(
            newest,
            ["shopify_order_id", "order_ref", "currency", "fees", "paid_out", "state", "reason"],
        ),
    )
    if lanes.failed:
        raise InstepError(lanes.told, todo="The next run reads back what is in doubt before it notes anything.")


def told_of(outcome: Outcome) -> str:
    """One line for the log."""
    if not outcome.live:
        return f"{outcome.region}: preview, {len(outcome.planned)} orders would be noted"
    said = f"{outcome.region}: {len(outcome.planned)} to note, {outcome.sent} noted, {outcome.unknown} unknown"
    return "; ".join([said, *outcome.errors])
