"""`instep settlement close`: put settlements on orders and into the books, without Dagster's services; for cron."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK, TROUBLE
from cli.output import complain, counted, say, show_table, write_json
from cli.runs import failures, runs
from integration_assets.rules.money import as_text

if TYPE_CHECKING:
    from resources.connections import Connections

PAYOUTS = """
    SELECT settlement_id, deposit_on, currency, deposit, on_orders, allocated, with_account, owed_later, state
    FROM reconcile.payouts
    ORDER BY deposit_on DESC NULLS LAST, settlement_id DESC
"""
DIFFERENCES = """
    SELECT main_cause, state, count(*) FROM reconcile.settlement_drift GROUP BY ALL ORDER BY ALL
"""
PASSING = ("timing", "fx", "rounding")
"""Causes that nobody has to see to: time heals the first, and the others are within what the operating model allows."""
SHOWN = 10


def close(model: Path | None, *, as_json: bool) -> int:
    """Do it once; 3 when a step failed, 1 when a payout does not balance or an order differs from Shopify."""
    from resources.connections import connect

    with connect(model) as connections:
        _ = connections.secrets
        if model is not None:
            os.environ["INSTEP_OPERATING_MODEL"] = str(model.absolute())
        summary = closed(connections)
    if as_json:
        write_json(summary)
    else:
        _show(summary)
    if summary["failed"]:
        return TROUBLE
    odd = any(row["state"] != "balanced" for row in summary["payouts"]) or any(
        row["cause"] not in PASSING or row["state"] in ("overdue", "unexplained") for row in summary["differences"]
    )
    return FOUND if odd else OK


def closed(connections: Connections) -> dict[str, Any]:
    """Make every table about money in this process, show people what is new, and sum up what each payout came to."""
    from integration_assets.jobs import CLOSE_SETTLEMENTS, KEEP_PEOPLE_INFORMED, PUBLISH

    with runs(connections, by="instep settlement close") as jobs:
        done = jobs.run(CLOSE_SETTLEMENTS.name)
        failed = failures(done) + failures(jobs.run(KEEP_PEOPLE_INFORMED.name))
        if done.success:
            failed += failures(jobs.run(PUBLISH.name))
    if not done.success:
        return {"failed": failed, "payouts": [], "differences": []}
    return {
        "failed": failed,
        "payouts": [
            {
                "settlement_id": settlement_id,
                "deposit_on": deposit_on,
                "currency": currency,
                **_texts(currency, deposit, on_orders, allocated, with_account, owed_later),
                "state": state,
            }
            for settlement_id, deposit_on, currency, deposit, on_orders, allocated, with_account, owed_later, state in (
                connections.warehouse.query(PAYOUTS)
            )
        ],
        "differences": [
            {"cause": cause, "state": state, "orders": orders}
            for cause, state, orders in connections.warehouse.query(DIFFERENCES)
        ],
    }


def _texts(currency: str, *amounts: Decimal) -> dict[str, str]:
    names = ("deposit", "on_orders", "allocated", "with_account", "owed_later")
    return {name: as_text(amount, currency) for name, amount in zip(names, amounts, strict=True)}


def _show(summary: dict[str, Any]) -> None:
    for told in summary["failed"]:
        complain(told)
    columns = ("settlement_id", "deposit_on", "deposit", "currency", "on_orders", "with_account", "owed_later", "state")
    rows = [tuple(str(row[name] or "") for name in columns) for row in summary["payouts"][:SHOWN]]
    if rows:
        show_table("Payouts, the newest first", tuple(name.replace("_", " ") for name in columns), rows)
    for row in summary["differences"]:
        cause = (row["cause"] or row["state"]).replace("_", " ")
        say(f"  {counted(row['orders'], 'order')} {row['state'].replace('_', ' ')}: {cause}")
    differing = sum(row["orders"] for row in summary["differences"])
    say(f"{counted(len(summary['payouts']), 'payout')} in the books; {counted(differing, 'order')} not as in Shopify.")
