"""The audit itself: every finding, from what the stores know and what the shop says of its app."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.audit import AuditFinding
from integration_assets.contracts.errors import InstepError
from integration_assets.rules.audit import AUDIT
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.scopes import needed_scopes
from resources.shopify import Shopify
from resources.warehouse import Warehouse

FINDINGS = Path(__file__).with_name("findings.sql").read_text(encoding="utf-8")
TAGS = """
SELECT m.region, m.seller_sku, any_value(v.tags)
FROM reconcile.sku_map AS m
JOIN shopify.variants AS v ON v.variant_id = m.variant_id
GROUP BY m.region, m.seller_sku
ORDER BY m.region, m.seller_sku
"""
CENT = Decimal("0.01")
SETTLED = timedelta(hours=2)
"""How old an order must be before its absence on the other side means something."""
OLDEST_VERSION = "2026-01"
"""The oldest version of Shopify's API that is still supported with 2026-10: each lives for a year."""


@dataclass
class Audit:
    """Makes the audit. Nothing is written anywhere; the caller keeps what it answers."""

    model: OperatingModel
    warehouse: Warehouse
    clock: Clock

    def findings(self, scopes: Collection[str] | None) -> list[AuditFinding]:
        """All of them, by kind, region and subject. `scopes` are those the app has; None where nobody could ask."""
        rows: list[AuditFinding] = []
        if self.warehouse.written_at(LISTINGS) is not None:
            rows += self._from_stores()
            rows += self._rules()
        rows += self._scopes(scopes)
        rows += self._settings()
        return rows

    def _from_stores(self) -> Iterator[AuditFinding]:
        places = [place for region in self.model.amazon for place in self.model.marketplaces(region)]
        found = self.warehouse.query(
            FINDINGS,
            {
                "places": [place.marketplace_id for place in places],
                "countries": [place.country for place in places],
                "currencies": [place.currency for place in places],
                "pool": list(self.model.pools.mfn.locations),
                "shop_currency": self.model.prices.currency,
                "settled": self.clock.now() - SETTLED,
            },
        )
        for finding, region, subject, units, amount, currency, detail in found:
            known = amount is not None and currency is not None
            yield self._finding(
                finding,
                subject,
                detail,
                region=region,
                units=None if units is None else int(units),
                amount=amount.quantize(CENT) if known else None,
                currency=currency if known else None,
            )

    def _rules(self) -> Iterator[AuditFinding]:
        if not self.model.prices.rules:
            return
        for region, sku, tags in self.warehouse.query(TAGS):
            for place in self.model.marketplaces(region):
                said = self.model.prices.for_sku(sku, tags, place)
                if said.conflicts:
                    told = f"rules of the same weight disagree about {', '.join(said.conflicts)}"
                    yield self._finding("conflicting_price_rules", f"{sku} in {place.country}", told, region=region)

    def _scopes(self, scopes: Collection[str] | None) -> Iterator[AuditFinding]:
        for scope, features in sorted(needed_scopes(self.model).items()) if scopes is not None else ():
            if scope not in (scopes or ()):
                told = f"the app was not granted it on this shop; needed by {features}"
                yield self._finding("missing_scope", scope, told)

    def _settings(self) -> Iterator[AuditFinding]:
        shopify = self.model.shopify
        if shopify.access_token is not None:
            told = "apps made in the shop's admin cannot be made any more; one of the Dev Dashboard signs in by itself"
            yield self._finding("outdated_setting", "shopify.access_token", told)
        if shopify.api_version < OLDEST_VERSION:
            told = f"{shopify.api_version} is no longer served: Shopify answers with another version instead"
            yield self._finding("outdated_setting", "shopify.api_version", told)

    def _finding(
        self,
        finding: str,
        subject: str,
        detail: str,
        *,
        region: str = "",
        units: int | None = None,
        amount: Decimal | None = None,
        currency: str | None = None,
    ) -> AuditFinding:
        kind = AUDIT[finding]
        return AuditFinding(
            finding=finding,
            region=region,
            subject=subject,
            severity=kind.severity,
            owner=kind.owner,
            units=units,
            amount=amount,
            currency=currency,
            detail=detail.strip() or kind.means,
            audited_at=self.clock.now(),
        )


def scopes_of(shopify: Shopify) -> frozenset[str] | None:
    """What the app may do; None where the shop cannot be asked now."""
    try:
        return shopify.scopes()
    except InstepError:
        return None
