"""What a person must see to about listings, and what waits for their word."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.content.positions import KIND, change_of, country_of, scope_of
from integration_assets.contracts.content import ContentPosition
from integration_assets.prices.holds import ITSELF
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding

STUCK_AFTER = 3
"""Attempts after which what Amazon accepts and does not show is a person's business."""


def report_content(ledger: Ledger, region: str, rows: Sequence[ContentPosition]) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over."""
    found: dict[str, list[Finding]] = {
        "content_leak": [_of_row("content_leak", row) for row in rows if row.verdict == "leak"],
        "content_unfit": [_of_row("content_unfit", row) for row in rows if row.verdict == "unfit"],
        "content_refused": [],
        "content_not_shown": [],
    }
    for effect in ledger.newest(KIND, region).values():
        facts = {
            "region": region,
            "seller_sku": effect.subject,
            "attribute": " and ".join(sorted(effect.payload["values"])),
            "detail": effect.detail.rstrip("."),
        }
        identity = f"{region}/{effect.subject}"
        if effect.state == "rejected":
            found["content_refused"].append(finding("content_refused", identity, facts))
        elif effect.state in ("applied", "unknown") and effect.attempts >= STUCK_AFTER:
            facts["attempts"] = str(effect.attempts)
            found["content_not_shown"].append(finding("content_not_shown", identity, facts))
    for kind, findings in found.items():
        report(ledger, kind, findings, scope=f"{region}/")


def keep_holds(ledger: Ledger, region: str, rows: Sequence[ContentPosition]) -> None:
    """Hold what a person must decide on, and end by itself what is over or has become another change."""
    standing = {hold.scope: hold for hold in ledger.open_holds() if hold.scope.startswith(f"content/{region}/")}
    waiting = {
        scope_of(region, row.marketplace_id, row.seller_sku, row.attribute): change_of(row.shown, row.wanted)
        for row in rows
        if row.verdict == "leak"
    }
    for scope, hold in standing.items():
        if waiting.get(scope) != hold.detail:
            ledger.release_hold(scope, who=ITSELF, note="it is over")
    for scope, detail in waiting.items():
        if scope not in standing or standing[scope].detail != detail:
            ledger.open_hold(scope, detail)


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
