"""`instep audit`: what is wrong between the two sides, before anything is switched on. Sends nothing anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import complain, counted, say, show_table, units, write_json
from integration_assets.contracts.errors import ConfigurationError, InstepError

if TYPE_CHECKING:
    from integration_assets.audit.page import About
    from integration_assets.audit.summary import KindSummary
    from resources.connections import Connections

COVERAGE = """
SELECT
    count(*) FILTER (status = 'mapped'),
    count(*) FILTER (status NOT IN ('mapped', 'ignored')),
    count(*) FILTER (status = 'ignored')
FROM reconcile.sku_map
"""


def audit(model: Path | None, *, refresh: bool, html: Path | None, as_json: bool) -> int:
    """Make the audit from what the warehouse knows, or read both shops first. 1 when something was found.

    ConfigurationError where nothing was ever read and `refresh` is not set.
    """
    from integration_assets.audit.audit import Audit, scopes_of
    from integration_assets.audit.page import page
    from integration_assets.audit.summary import by_kind
    from resources.connections import connect

    with connect(model) as connections:
        if model is not None:
            os.environ["INSTEP_OPERATING_MODEL"] = str(model.absolute())
        failed = read_first(connections) if refresh else []
        if not connections.model.warehouse_path.exists():
            raise ConfigurationError(
                f"There is no warehouse at {connections.model.warehouse_path} yet.",
                todo="`instep audit --refresh` reads both shops first.",
            )
        scopes = scopes_of(connections.shopify)
        summaries = by_kind(Audit(connections.model, connections.warehouse, connections.clock).findings(scopes))
        if scopes is None:
            failed.append("the scopes of the app: the shop did not tell them")
        if connections.model.prices.currency is None:
            failed.append("prices: set `currency`, and `fx` for other currencies, in `[prices]`")
        about = _about(connections, failed)
    if html is not None:
        html.write_text(page(about, summaries), encoding="utf-8")
    if as_json:
        write_json(_document(about, summaries))
    else:
        _show(summaries)
        if html is not None:
            say(f"The report is in {html}.")
        for told in about.not_looked_at:
            complain(f"Not looked at: {told}")
    return FOUND if summaries else OK


def read_first(connections: Connections) -> list[str]:
    """Read both sides whole in this process, every offer included; answers what could not be read."""
    from cli.runs import failures, runs
    from integration_assets.jobs import AUDIT_LISTINGS

    with runs(connections, by="instep audit") as jobs:
        failed = failures(jobs.run(AUDIT_LISTINGS.name))
    if failed and not connections.model.warehouse_path.exists():
        raise InstepError("; ".join(failed))
    return failed


def _about(connections: Connections, not_looked_at: Sequence[str]) -> About:
    from integration_assets.audit.page import About

    model = connections.model
    [(mapped, apart, ignored)] = connections.warehouse.query(COVERAGE)
    regions = [
        f"{region.upper()} ({', '.join(place.country for place in model.marketplaces(region))})"
        for region in model.amazon
    ]
    return About(
        shop=model.shopify.shop,
        audited_at=connections.clock.now(),
        accounts=regions,
        skus={"meet a variant": mapped, "to be mended": apart, "left alone": ignored},
        not_looked_at=not_looked_at,
    )


def _document(about: About, summaries: Sequence[KindSummary]) -> dict[str, Any]:
    return {
        "shop": about.shop,
        "audited_at": about.audited_at,
        "not_looked_at": list(about.not_looked_at),
        "kinds": [
            {
                "finding": one.kind.name,
                "title": one.kind.title,
                "severity": one.kind.severity,
                "owner": one.kind.owner,
                "count": one.count,
                "units": one.units,
                "money": one.money,
                "todo": one.kind.todo,
                "findings": [asdict(row) for row in one.findings],
            }
            for one in summaries
        ],
    }


def _show(summaries: Sequence[KindSummary]) -> None:
    from integration_assets.audit.summary import money_told

    if not summaries:
        say("Nothing was found to be wrong.")
        return
    rows = [
        (
            one.kind.severity,
            one.kind.title,
            str(one.count),
            units(one.units),
            money_told(one.money) or "-",
            one.kind.owner,
            one.kind.todo,
        )
        for one in summaries
    ]
    columns = ("severity", "finding", "count", "units", "at stake", "owner", "what to do")
    show_table("Audit", columns, rows, whole=("severity", "count", "units", "owner"))
    say(
        counted(sum(one.count for one in summaries), "finding")
        + ". `--html FILE` writes a report with every one of them."
    )
