"""One turn of what a region account's listings say: look back, decide, send what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from integration_assets.content.errand import ContentErrand
from integration_assets.content.findings import keep_holds, report_content
from integration_assets.content.positions import KIND, ContentPositions, country_of
from integration_assets.contracts.content import ContentPosition
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.rules.content import mark
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dataclass
class ContentOutcome:
    """What a turn came to; `left_for_later` counts SKUs beyond the most that one turn changes."""

    region: str
    effects: Outcome
    rows: list[ContentPosition] = field(default_factory=list)
    left_for_later: int = 0


@dataclass
class ContentCycle:
    """Everything that is needed, for one run. `origin` is kept with each effect: what set the run off."""

    model: OperatingModel
    shopify: Shopify
    amazon: Amazon
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str

    @property
    def live(self) -> bool:
        """Whether anything is sent at all; in preview both sides are read, and what would be sent is shown."""
        return self.model.mode.content_push == "live"

    def run(self, region: str) -> ContentOutcome:
        """Bring what is declared of a region account's listings in step. Without a declaration nobody is asked."""
        result = ContentOutcome(region, Outcome(region, live=self.live))
        if not self.model.content.attributes:
            return result
        account = self.amazon.account(region)
        positions = ContentPositions(self.model, self.shopify, account, self.warehouse, self.ledger, self.clock)
        patience = timedelta(minutes=self.model.content.read_back_within_minutes)
        errand = ContentErrand(account, self.clock, positions.read, positions.seen, patience)
        if self.live:
            errand.look_ahead(self.ledger.due_for_check(self.clock.now(), KIND, region))

        def plan() -> list[Intention]:
            result.rows = positions.compute()
            errand.values.update({mark(row.wanted): row.wanted for row in result.rows if row.wanted is not None})
            return self._intentions(region, result)

        result.effects = Runner(ledger=self.ledger, clock=self.clock).run(errand, region, plan, live=self.live)
        if self.live and not result.effects.left_to:
            keep_holds(self.ledger, region, result.rows)
            report_content(self.ledger, region, result.rows)
        return result

    def _intentions(self, region: str, result: ContentOutcome) -> list[Intention]:
        """One per SKU with a part to send. A part that was sent and is not shown yet goes along."""
        by_sku: dict[str, list[ContentPosition]] = {}
        for row in result.rows:
            if row.verdict in ("push", "waiting"):
                by_sku.setdefault(row.seller_sku, []).append(row)
        due = {sku: rows for sku, rows in sorted(by_sku.items()) if any(row.verdict == "push" for row in rows)}
        chosen = list(due.items())[: self.model.content.max_skus]
        result.left_for_later = len(due) - len(chosen)
        verified = self.ledger.last_verified(KIND, region, [sku for sku, _ in chosen])
        return [
            Intention(
                subject=sku,
                payload=_payload(rows, verified[sku].payload["known"] if sku in verified else {}),
                reason="; ".join(f"{row.attribute} in {country_of(row.marketplace_id)}: {row.reason}" for row in rows),
                origin=self.origin,
            )
            for sku, rows in chosen
        ]


def _payload(rows: Sequence[ContentPosition], known: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    values: dict[str, dict[str, str]] = {}
    languages: dict[str, dict[str, str]] = {}
    for row in rows:
        values.setdefault(row.attribute, {})[row.marketplace_id] = mark(row.wanted or "")
        languages.setdefault(row.attribute, {})[row.marketplace_id] = row.language
    pictures = [row for row in rows if row.attribute == "images"]
    return {
        "product_type": rows[0].product_type,
        "values": values,
        "languages": languages,
        "counts": {row.marketplace_id: _count(row.wanted) for row in pictures},
        "shown": {row.marketplace_id: _count(row.shown) for row in pictures},
        "before": {row.marketplace_id: mark(row.shown or "") for row in pictures},
        "known": {name: {**known.get(name, {}), **values.get(name, {})} for name in _names(known, values)},
    }


def _names(*parts: Iterable[str]) -> list[str]:
    return sorted({name for part in parts for name in part})


def _count(text: str | None) -> int:
    return len((text or "").splitlines())
