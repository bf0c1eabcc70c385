"""What finance must see to where settlements differ from Shopify: by region account, currency and cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from integration_assets.contracts.money import SettlementDrift
from integration_assets.rules.money import in_words
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding, Intention
from resources.operating_model import OperatingModel

WORTH_A_LOOK = ("missing_order", "price", "shipping", "tax", "promotion", "refund")
"""Causes that somebody can do something about. Time heals timing, a rate within its tolerance and a rounded cent are no
news, and unmapped lines are raised where they are read."""
NOTE = "order_fees_note"
"""The ledger's name for a note of fees on an order."""
KINDS = ("settlement_drift", "unexplained_difference", "order_not_settled", "exchange_rate_missing")


def report_drift(ledger: Ledger, model: OperatingModel, rows: Sequence[SettlementDrift]) -> None:
    """Make the open exceptions about settlement drift exactly what these rows, which are all there are, say."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for (region, currency), of_place in _by_place(rows).items():
        least = model.money.material(currency)
        for cause in WORTH_A_LOOK:
            amounts = {row.order_ref: getattr(row, cause) for row in of_place if abs(getattr(row, cause)) >= least}
            found["settlement_drift"] += _of_orders("settlement_drift", region, currency, amounts, cause)
        unexplained = {row.order_ref: row.unexplained for row in of_place if row.unexplained}
        found["unexplained_difference"] += _of_orders("unexplained_difference", region, currency, unexplained)
        late = {row.order_ref: -row.timing for row in of_place if row.state == "overdue"}
        found["order_not_settled"] += _of_orders("order_not_settled", region, currency, late)
        rateless = {row.order_ref: row.settled_value for row in of_place if row.state == "no_rate"}
        found["exchange_rate_missing"] += _of_orders("exchange_rate_missing", region, currency, rateless)
    for kind in KINDS:
        report(ledger, kind, found[kind])


def report_refused_notes(ledger: Ledger, region: str, planned: Iterable[Intention]) -> None:
    """Make the open exceptions about notes in a region account those that Shopify refused and that are still wanted."""
    wanted = [intention.subject for intention in planned]
    found = []
    for effect in ledger.newest_of(NOTE, region, wanted).values():
        if effect.state == "rejected":
            facts = {
                "region": region,
                "order_ref": effect.payload["amazon"][0]["order"],
                "shopify_order_id": effect.subject,
                "detail": effect.detail.rstrip(". "),
            }
            found.append(finding("fees_note_refused", f"{region}/{effect.subject}", facts))
    report(ledger, "fees_note_refused", found, scope=f"{region}/")


def _by_place(rows: Iterable[SettlementDrift]) -> dict[tuple[str, str], list[SettlementDrift]]:
    places: dict[tuple[str, str], list[SettlementDrift]] = defaultdict(list)
    for row in rows:
        places[row.region, row.currency].append(row)
    return places


def _of_orders(
    kind: str, region: str, currency: str, amounts: dict[str, Decimal], cause: str = ""
) -> Iterable[Finding]:
    """One finding for all the orders; none where there is no order."""
    if not amounts:
        return
    largest = max(sorted(amounts), key=lambda order_ref: abs(amounts[order_ref]))
    facts = {
        "region": region,
        "currency": currency,
        "orders": len(amounts),
        "cause": cause,
        "amount": in_words(sum(amounts.values(), Decimal(0)), currency),
        "largest_order": largest,
        "largest_amount": in_words(amounts[largest], currency),
    }
    identity = "/".join(filter(None, (region, currency, cause)))
    yield finding(kind, identity, facts)
