"""What a person must see to about prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration_assets.contracts.prices import PricePosition
from integration_assets.effects.troubles import refused_and_stuck
from integration_assets.prices.positions import KIND
from integration_assets.rules.marketplaces import by_id
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding


def report_prices(
    ledger: Ledger, region: str, rows: Sequence[PricePosition], held_plan: str = "", why: str = ""
) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over.

    `held_plan` names the plan that is held, if one is.
    """
    found: dict[str, list[Finding]] = {
        "price_leak": [_of_row("price_leak", row) for row in rows if row.verdict == "leak"],
        "price_move_held": [_of_row("price_move_held", row) for row in rows if row.verdict == "held"],
        "price_plan_held": [
            finding("price_plan_held", f"{region}/plan", {"region": region, "plan": held_plan, "reason": why})
        ]
        if held_plan
        else [],
        **refused_and_stuck(
            ledger,
            KIND,
            region,
            refused="price_refused",
            stuck="price_not_shown",
            facts_of=lambda effect: {"prices": _told(effect.payload["prices"])},
        ),
    }
    for kind, findings in found.items():
        report(ledger, kind, findings, scope=f"{region}/")


def _told(prices: Mapping[str, str]) -> str:
    return ", ".join(f"{by_id(place).country} {amount}" for place, amount in prices.items())


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
