"""One turn of the prices in a region account: look back, decide, read once more, send what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.prices import Offer, PricePosition
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.prices import plans
from integration_assets.prices.errand import PriceErrand
from integration_assets.prices.findings import report_prices
from integration_assets.prices.holds import keep_holds
from integration_assets.prices.positions import KIND, PricePositions, applied_in
from integration_assets.prices.readings import read_offers
from integration_assets.rules.marketplaces import Marketplace, by_id
from integration_assets.rules.price import too_many_move
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

TO_BE_READ = ("push", "leak", "held")
"""Verdicts that Amazon is asked about once more before they count."""


@dataclass
class PriceOutcome:
    """What a turn came to. `held_plan` names the plan that waits for a person, `held_told` says why; else empty."""

    region: str
    effects: Outcome
    rows: list[PricePosition] = field(default_factory=list)
    held_plan: str = ""
    held_told: str = ""


@dataclass
class PriceCycle:
    """Everything the prices need, for one run. `origin` is kept with each effect: what set the run off."""

    model: OperatingModel
    shopify: Shopify
    amazon: Amazon
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str

    @property
    def live(self) -> bool:
        """Whether prices are sent at all; in preview they are only shown."""
        return self.model.mode.price_push == "live"

    def run(self, region: str) -> PriceOutcome:
        """Bring a region account's prices in step.

        ConfigurationError where the declared currency is not the shop's. In preview nothing is asked of anybody.
        """
        result = PriceOutcome(region, Outcome(region, live=self.live))
        if self.model.prices.currency is None:
            return result
        if not self.live:
            result.rows = self._positions(region)
            result.effects.planned = self._intentions(region, result.rows)
            return result
        self._check_currency()
        patience = timedelta(minutes=self.model.prices.read_back_within_minutes)
        errand = PriceErrand(
            self.amazon.account(region), self.clock, lambda skus: self._read(region, skus), patience=patience
        )
        errand.look_ahead(self.ledger.due_for_check(self.clock.now(), KIND, region))

        def plan() -> list[Intention]:
            result.rows = self._fresh(region)
            return self._let_through(region, result)

        result.effects = Runner(ledger=self.ledger, clock=self.clock).run(errand, region, plan, live=True)
        if not result.effects.left_to:
            keep_holds(self.ledger, region, result.rows)
            report_prices(self.ledger, region, result.rows, result.held_plan, result.held_told)
        return result

    def _positions(self, region: str) -> list[PricePosition]:
        return PricePositions(self.model, self.warehouse, self.ledger).compute([region])

    def _fresh(self, region: str) -> list[PricePosition]:
        """The positions, decided again on what Amazon shows now wherever something is to be done."""
        rows = self._positions(region)
        skus: dict[Marketplace, list[str]] = {}
        for row in rows:
            if row.verdict in TO_BE_READ:
                skus.setdefault(by_id(row.marketplace_id), []).append(row.seller_sku)
        if not skus:
            return rows
        self._read(region, skus)
        return self._positions(region)

    def _read(self, region: str, skus: Mapping[Marketplace, Iterable[str]]) -> dict[tuple[str, str], Offer]:
        return read_offers(self.amazon.account(region), self.warehouse, self.clock, skus)

    def _let_through(self, region: str, result: PriceOutcome) -> list[Intention]:
        """The plan, without what moves too much at once and nobody has let go: a word is one on these very prices."""
        bounds = self.model.prices.bounds
        items = plans.let_go(self.ledger, region)
        new = [row for row in result.rows if row.verdict == "push" and not plans.is_let_go(row, items)]
        moved = sum(row.shown is not None for row in new)
        shown = sum(row.shown is not None and row.verdict != "excluded" for row in result.rows)
        if not too_many_move(moved, shown, bounds):
            plans.end(self.ledger, region)
            return self._intentions(region, result.rows)
        told = f"{moved} of {shown} prices would change at once, more than {bounds.max_moved_percent} %"
        result.held_plan = plans.hold(self.ledger, region, told, new)
        result.held_told = told
        held = {(row.seller_sku, row.marketplace_id) for row in new}
        return self._intentions(
            region, [row for row in result.rows if (row.seller_sku, row.marketplace_id) not in held]
        )

    def _intentions(self, region: str, rows: Sequence[PricePosition]) -> list[Intention]:
        """One per SKU with a price to send, the most too cheap first: it sells at a loss, the others only less.

        A price of the SKU that was sent and is not shown yet goes along: a newer effect takes the older one's place.
        """
        by_sku: dict[str, list[PricePosition]] = {}
        for row in rows:
            if row.verdict in ("push", "waiting"):
                by_sku.setdefault(row.seller_sku, []).append(row)
        known = applied_in(self.ledger, region).known
        intentions: list[tuple[Decimal, str, Intention]] = []
        for sku, wanted in by_sku.items():
            if all(row.verdict == "waiting" for row in wanted):
                continue
            prices = {row.marketplace_id: str(row.target) for row in wanted}
            reason = "; ".join(f"{by_id(row.marketplace_id).country}: {row.reason}" for row in wanted)
            payload = {"prices": prices, "known": {**known.get(sku, {}), **prices}}
            intention = Intention(subject=sku, payload=payload, reason=reason, origin=self.origin)
            intentions.append((min(row.difference or Decimal(0) for row in wanted), sku, intention))
        return [intention for _, _, intention in sorted(intentions, key=lambda one: one[:2])]

    def _check_currency(self) -> None:
        shop, declared = self.shopify.shop().currency, self.model.prices.currency
        if shop != declared:
            raise ConfigurationError(
                f"prices.currency is {declared}, but the shop sells in {shop}; no price was sent.",
                todo="Mend prices.currency and the rates of prices.fx in the operating model.",
            )
