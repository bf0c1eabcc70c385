"""`instep sync`: one whole cycle, or cycle after cycle, without Dagster's services.

The runs are kept in $DAGSTER_HOME where that is set, so the UI shows them; otherwise nothing of them is kept.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK, TROUBLE
from cli.output import complain, say, write_json
from integration_assets.contracts.errors import InstepError

if TYPE_CHECKING:
    from resources.connections import Connections
    from resources.ledger import Ledger

WIDEST_STEP = 32
ORDER_FIGURES = ("mode", "made", "found_made", "updated", "rejected", "unknown", "put_back", "held")
DONE_ON_ORDERS: Mapping[str, str] = {
    "shipment_confirmation": "confirmed",
    "fba_fulfilment": "marked as shipped",
    "order_cancellation": "cancelled",
    "order_refund": "refunded",
}
"""Tables of what is done on orders, and the word for one of it."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


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
    import dagster as dg

    from integration_assets.definitions import definitions
    from integration_assets.jobs import (
        IMPORT_STEP,
        KEEP_FULFILMENT_IN_STEP,
        KEEP_PEOPLE_INFORMED,
        KEEP_STOCK_IN_STEP,
        PUBLISH,
        run_config_for_fulfilment,
        run_config_for_origin,
    )

    defs = definitions(connections)
    with ExitStack() as stack:
        if os.environ.get("DAGSTER_HOME"):
            instance = stack.enter_context(dg.DagsterInstance.get())
        else:
            instance = stack.enter_context(dg.DagsterInstance.ephemeral())

        def run(name: str, config: Mapping[str, Any]) -> Any:
            job, run_id = defs.resolve_job_def(name), str(uuid.uuid4())
            with progress(instance, run_id, name, steps=len(job.graph.node_names())):
                done = job.execute_in_process(
                    run_config=dict(config), instance=instance, raise_on_error=False, run_id=run_id
                )
            note(connections.ledger, name, done)
            return done

        result = run(KEEP_STOCK_IN_STEP.name, {**run_config_for_origin("instep sync", IMPORT_STEP), **QUIET})
        failed, fulfilment = failures(result), {}
        if result.success:
            # In preview, too: it sends nothing, and what is late is late whoever ships it.
            done = run(KEEP_FULFILMENT_IN_STEP.name, {**run_config_for_fulfilment("instep sync"), **QUIET})
            failed += failures(done)
            fulfilment = fulfilment_of(done) if connections.model.mode.sends_on_orders else {}
        failed += failures(run(KEEP_PEOPLE_INFORMED.name, QUIET))
        if result.success:
            failed += failures(run(PUBLISH.name, QUIET))
    return summary_of(connections, result, failed) | ({"fulfilment": fulfilment} if fulfilment else {})


@contextmanager
def progress(instance: Any, run_id: str, job: str, *, steps: int) -> Iterator[None]:
    """Show on the terminal which step a run is at; nothing where the error stream is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{words_of(job):<{WIDEST_STEP}}", total=steps)

        def told(event: Any) -> None:
            step = event.dagster_event
            if step is not None and step.is_step_start:
                bar.update(task, description=f"{words_of(step.step_key or job):<{WIDEST_STEP}}")
            elif step is not None and (step.is_step_success or step.is_step_failure or step.is_step_skipped):
                bar.advance(task)

        instance.add_event_listener(run_id, told)
        yield


def words_of(key: str) -> str:
    """A step's or a job's name as words."""
    return key.replace("_", " ")


def note(ledger: Ledger, job: str, result: Any) -> None:
    """Open or close the exception about the job's last run, as the sensors do where Dagster's daemon runs."""
    from integration_assets.service.runs import run_failed, run_succeeded, told_of_error

    if result.success:
        run_succeeded(ledger, job)
        return
    step, error = "its start", None
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            step, error = words_of(event.step_key), event.step_failure_data.error
            break
    while error is not None and error.cause is not None:
        error = error.cause
    told = "it ended without an error" if error is None else told_of_error(error.cls_name or "", error.message)
    run_failed(ledger, job, step, told)


def failures(result: Any) -> list[str]:
    """Each step of a run that failed, with what its error says, and each reading that left a region account out."""
    from integration_assets.regions import EVERY_REGION_ANSWERED

    steps = [
        f"{words_of(event.step_key)}: {_first_line(event.step_failure_data)}"
        for event in result.all_events
        if event.is_step_failure
    ]
    left_out = [
        f"{'.'.join(check.asset_key.path)}: {check.description}"
        for check in result.get_asset_check_evaluations()
        if check.check_name == EVERY_REGION_ANSWERED and not check.passed
    ]
    return steps + left_out


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


def _first_line(failure: Any) -> str:
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return "failed"
    # Dagster puts the class before the message. Our own, named with its module, says nothing to a person; a bare
    # TypeError is all there is to go by.
    message = str(error.message).strip()
    kind, _, told = message.partition(": ")
    return (told if "." in kind and " " not in kind else message).partition("\n")[0] or "failed"


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
