"""What Amazon refuses, and what it accepts and does not show, as findings for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from resources.findings import finding
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Finding

STUCK_AFTER = 3
"""Attempts after which what Amazon accepts and does not show is a person's business."""


def refused_and_stuck(
    ledger: Ledger, kind: str, region: str, *, refused: str, stuck: str, facts_of: Callable[[Effect], Mapping[str, str]]
) -> dict[str, list[Finding]]:
    """The findings of two kinds about the newest effects of each SKU; `facts_of` adds what they are about."""
    found: dict[str, list[Finding]] = {refused: [], stuck: []}
    for effect in ledger.newest(kind, region).values():
        identity = f"{region}/{effect.subject}"
        facts = {
            "region": region,
            "seller_sku": effect.subject,
            **facts_of(effect),
            "detail": effect.detail.rstrip("."),
        }
        if effect.state == "rejected":
            found[refused].append(finding(refused, identity, facts))
        elif effect.state in ("applied", "unknown") and effect.attempts >= STUCK_AFTER:
            found[stuck].append(finding(stuck, identity, facts | {"attempts": str(effect.attempts)}))
    return found
