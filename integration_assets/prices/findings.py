"""What a person must see to about prices."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.contracts.prices import PricePosition
from integration_assets.prices.positions import KIND
from integration_assets.rules.marketplaces import by_id
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding

STUCK_AFTER = 3
"""Attempts after which a price that Amazon accepts and does not show is a person's business."""


def report_prices(
    ledger: Ledger, region: str, rows: Sequence[PricePosition], held_plan: str = "", why: str = ""
) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over.

    `held_plan` names the plan that is held, if one is.
    """
    newest = ledger.newest(KIND, region)
    found: dict[str, list[Finding]] = {
        "price_leak": [_of_row("price_leak", row) for row in rows if row.verdict == "leak"],
        "price_move_held": [_of_row("price_move_held", row) for row in rows if row.verdict == "held"],
        "price_plan_held": [
            finding("price_plan_held", f"{region}/plan", {"region": region, "plan": held_plan, "reason": why})
        ]
        if held_plan
        else [],
        "price_refused": [],
        "price_not_shown": [],
    }
    for effect in newest.values():
        told = ", ".join(f"{by_id(place).country} {amount}" for place, amount in effect.payload["prices"].items())
        identity = f"{region}/{effect.subject}"
        facts = {"region": region, "seller_sku": effect.subject, "prices": told, "detail": effect.detail.rstrip(".")}
        if effect.state == "rejected":
            found["price_refused"].append(finding("price_refused", identity, facts))
        elif effect.state in ("applied", "unknown") and effect.attempts >= STUCK_AFTER:
            facts["attempts"] = str(effect.attempts)
            found["price_not_shown"].append(finding("price_not_shown", identity, facts))
    for kind, findings in found.items():
        report(ledger, kind, findings, scope=f"{region}/")


def _of_row(kind: str, row: PricePosition) -> Finding:
    country = by_id(row.marketplace_id).country
    facts = {
        "region": row.region,
        "country": country,
        "seller_sku": row.seller_sku,
        "shown": "no price" if row.shown is None else f"{row.shown} {row.currency}",
        "target": f"{row.target} {row.currency}",
        "reason": row.reason.rstrip("."),
    }
    return finding(kind, f"{row.region}/{country}/{row.seller_sku}", facts)
