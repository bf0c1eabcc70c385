"""`instep sync`: one whole cycle, or cycle after cycle, without Dagster's services."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK, TROUBLE
from cli.output import complain, say, write_json
from cli.runs import failures, runs, words_of
from integration_assets.contracts.errors import InstepError

if TYPE_CHECKING:
    from resources.connections import Connections

SYNC = "instep sync"
ORDER_FIGURES = ("mode", "made", "found_made", "updated", "rejected", "unknown", "put_back", "held")
DONE_ON_ORDERS: Mapping[str, str] = {
    "shipment_confirmation": "confirmed",
    "fba_fulfilment": "marked as shipped",
    "order_cancellation": "cancelled",
    "order_refund": "refunded",
}
"""Tables of what is done on orders, and the word for one of it."""


def sync(model: Path | None, *, once: bool, every: int, as_json: bool) -> int:
    """Run cycles; with `once` a single one.

    3 when a part of the cycle failed, 1 when something was found that a person must see to. Without `once` it goes on
    after a cycle that failed, and prints one JSON document a line.
    """
    from resources.connections import connect

    with connect(model) as connections:
        # Before anything starts: every variable that is missing, and a rehearsal whose sandbox does not answer.
        _ = connections.secrets, connections.clock.now()
        if model is not None:
            # The code location reads the operating model by itself, from where Dagster's services find it.
            os.environ["INSTEP_OPERATING_MODEL"] = str(model.absolute())
        while True:
            started = time.monotonic()
            try:
                summary = cycle(connections)
                show(summary, as_json=as_json)
            except InstepError as error:
                if once:
                    raise
                complain(f"{error} The next cycle comes at its time.")
            else:
                if once:
                    return TROUBLE if summary["failed"] else FOUND if summary["exceptions"] else OK
            time.sleep(max(0.0, every - (time.monotonic() - started)))


def cycle(connections: Connections) -> dict[str, Any]:
    """Materialise everything once, in this process, and sum up what came of it."""
    from integration_assets.jobs import (
        IMPORT_STEP,
        KEEP_FULFILMENT_IN_STEP,
        KEEP_PEOPLE_INFORMED,
        KEEP_STOCK_IN_STEP,
        PUBLISH,
        run_config_for_fulfilment,
        run_config_for_origin,
    )

    with runs(connections, by=SYNC) as jobs:
        result = jobs.run(KEEP_STOCK_IN_STEP.name, run_config_for_origin(SYNC, IMPORT_STEP))
        failed, fulfilment = failures(result), {}
        if result.success:
            # In preview, too: it sends nothing, and what is late is late whoever ships it.
            done = jobs.run(KEEP_FULFILMENT_IN_STEP.name, run_config_for_fulfilment(SYNC))
            failed += failures(done)
            fulfilment = fulfilment_of(done) if connections.model.mode.sends_on_orders else {}
        failed += failures(jobs.run(KEEP_PEOPLE_INFORMED.name))
        if result.success:
            failed += failures(jobs.run(PUBLISH.name))
    return summary_of(connections, result, failed) | ({"fulfilment": fulfilment} if fulfilment else {})


def summary_of(connections: Connections, result: Any, failed: list[str]) -> dict[str, Any]:
    """What the cycle came to, in numbers a machine can read; `orders` is there once they are made in Shopify."""
    pushed: dict[str, Any] = {}
    orders: dict[str, Any] = {}
    for event in result.get_asset_materialization_events():
        if event.asset_key is not None and event.asset_key.path == ["actions", "stock_push"]:
            metadata = event.step_materialization_data.materialization.metadata
            wanted = ("mode", "sent", "verified", "sent_again", "rejected", "unknown", "stuck", "breaker")
            pushed = {name: metadata[name].value for name in wanted if name in metadata}
        elif event.asset_key is not None and event.asset_key.path == ["actions", "order_import"]:
            metadata = event.step_materialization_data.materialization.metadata
            orders = {name: metadata[name].value for name in ORDER_FIGURES if name in metadata}
    drift: dict[str, int] = {}
    if connections.model.warehouse_path.exists():
        counts = "SELECT cause, count(*) FROM reconcile.inventory_drift GROUP BY cause ORDER BY cause"
        drift = dict(connections.warehouse.query(counts))
    return {
        "ok": not failed,
        "failed": failed,
        "push": pushed,
        **({"orders": orders} if orders.get("mode") == "live" else {}),
        "drift": drift,
        "exceptions": len(connections.ledger.open_exceptions()),
    }


def fulfilment_of(result: Any) -> dict[str, int]:
    """What was done on orders beside making them, and what of it the far side refused or did not answer."""
    found = dict.fromkeys((*DONE_ON_ORDERS.values(), "rejected", "unknown"), 0)
    for event in result.get_asset_materialization_events():
        word = DONE_ON_ORDERS.get(event.asset_key.path[-1]) if event.asset_key is not None else None
        if word is not None:
            metadata = event.step_materialization_data.materialization.metadata
            found[word] += int(metadata["sent"].value)
            for name in ("rejected", "unknown"):
                found[name] += int(metadata[name].value)
    return found


def show(summary: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the summary for a machine or for a person."""
    if as_json:
        write_json(summary, indent=None)
        return
    for line in summary["failed"]:
        say(f"  failed           {line}")
    push = summary["push"]
    if push:
        mode = str(push["mode"]).partition(":")[0]
        came_to = "nothing is sent; `instep plan` shows what would be"
        if mode == "live":
            came_to = (
                f"{push['sent']} sent, {push['verified']} verified, {push['sent_again']} to send again, "
                f"{push['rejected']} rejected, {push['unknown']} unknown; breaker: {push['breaker']}"
            )
        say(f"{f'  push ({mode})':<19}{came_to}")
    if orders := summary.get("orders"):
        say(
            f"  orders (live)    {orders['made']} made, {orders['found_made']} found made, "
            f"{orders['updated']} updated, {orders['rejected']} refused, {orders['unknown']} unknown; "
            f"{orders['held']} held back"
        )
    if done := summary.get("fulfilment"):
        words = ", ".join(f"{done[word]} {word}" for word in DONE_ON_ORDERS.values())
        say(f"  fulfilment       {words}; {done['rejected']} refused, {done['unknown']} unknown")
    drift = ", ".join(f"{count} {words_of(cause)}" for cause, count in summary["drift"].items())
    say(f"  drift            {drift or 'none'}")
    say(f"  open exceptions  {summary['exceptions']}")
