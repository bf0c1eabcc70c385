"""What a person must see to about listings, and what waits for their word."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.content.positions import KIND, change_of, country_of, scope_of
from integration_assets.contracts.content import ContentPosition
from integration_assets.effects import holds
from integration_assets.effects.troubles import refused_and_stuck
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding


def report_content(ledger: Ledger, region: str, rows: Sequence[ContentPosition]) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over."""
    found: dict[str, list[Finding]] = {
        "content_leak": [_of_row("content_leak", row) for row in rows if row.verdict == "leak"],
        "content_unfit": [_of_row("content_unfit", row) for row in rows if row.verdict == "unfit"],
        **refused_and_stuck(
            ledger,
            KIND,
            region,
            refused="content_refused",
            stuck="content_not_shown",
            facts_of=lambda effect: {"attribute": " and ".join(sorted(effect.payload["values"]))},
        ),
    }
    for kind, findings in found.items():
        report(ledger, kind, findings, scope=f"{region}/")


def keep_holds(ledger: Ledger, region: str, rows: Sequence[ContentPosition]) -> None:
    """Hold what a person must decide on, and end by itself what is over or has become another change."""
    waiting = {
        scope_of(region, row.marketplace_id, row.seller_sku, row.attribute): change_of(row.shown, row.wanted)
        for row in rows
        if row.verdict == "leak"
    }
    holds.keep(ledger, f"content/{region}/", waiting)


def _of_row(kind: str, row: ContentPosition) -> Finding:
    country = country_of(row.marketplace_id)
    facts = {
        "region": row.region,
        "country": country,
        "seller_sku": row.seller_sku,
        "attribute": row.attribute,
        "reason": row.reason.rstrip("."),
    }
    return finding(kind, f"{row.region}/{country}/{row.attribute}/{row.seller_sku}", facts)
