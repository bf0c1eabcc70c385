"""The stock of the fulfilment service in Shopify: what Amazon can ship for the shop, and nothing else there.

Shopify routes orders to the service by it. It is units on hand that are set: an order that comes meanwhile takes off
what is available, and is not undone by us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.shopify import Location
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.fba.errand import MirrorErrand, shown_in
from integration_assets.fba.findings import report_refused
from integration_assets.mcf.errands import ORDER
from integration_assets.rules.mcf_stock import PoolStock, on_hand, reserved_units, to_show
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

STOCK = Path(__file__).with_name("stock.sql").read_text(encoding="utf-8")
KIND = "mcf_stock"
LANE = "mcf"
"""The one location of the service serves all region accounts, so its effects are kept under a name of their own."""
RESERVED_SHOWS_AFTER = timedelta(minutes=30)
"""How long after the handing over Amazon's units are sure to be without the order's: until then they count twice."""


@dataclass
class ServiceStock:
    """Everything that is needed, for one run. `origin` is kept with each effect: what set the run off."""

    model: OperatingModel
    shopify: Shopify
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str

    @property
    def live(self) -> bool:
        """Whether levels are set at all; in preview they are only shown."""
        return self.model.mode.mcf == "live"

    def run(self) -> Outcome:
        """Set every item at the service's location that shows anything but what Amazon can ship.

        Without a service there is nothing to do. ConfigurationError for a location that is not the service's.
        """
        name = self.model.mcf.service
        if name is None:
            return Outcome(LANE, live=self.live)
        place = self._place(name)
        errand = MirrorErrand(self.shopify, kind=KIND, figure="on_hand")
        runner = Runner(ledger=self.ledger, clock=self.clock)
        outcome = runner.run(errand, LANE, lambda: self._wanted(place), live=self.live)
        if self.live and not outcome.left_to:
            report_refused(self.ledger, KIND, LANE, name)
        return outcome

    def _place(self, name: str) -> Location | None:
        found = next((place for place in self.shopify.locations() if place.name == name), None)
        if found is not None and found.is_fulfillment_service and found.is_active:
            return found
        if not self.live:
            return None
        told = "is not a location" if found is None else "is no open location of a fulfilment service"
        raise ConfigurationError(f"mcf.service: {name!r} {told} in Shopify.", todo="`instep setup` makes one.")

    def _wanted(self, place: Location | None) -> list[Intention]:
        rows = self.warehouse.query(STOCK)
        routes = self.model.mcf.as_routes({region: self.model.marketplaces(region) for region in self.model.amazon})
        stock = [PoolStock(region, pool, item, sku, units) for region, pool, item, _seller_sku, sku, units in rows]
        skus: dict[str, set[str]] = {}
        for _region, _pool, item, seller_sku, _sku, _units in rows:
            skus.setdefault(item, set()).add(seller_sku)
        promised = to_show(stock, routes, self.model.mcf.stock)
        levels = [] if place is None else list(self.shopify.stock_levels([place.location_id]))
        shown = shown_in(levels, "on_hand")
        reserved = self._reserved()
        found: list[Intention] = []
        for item in sorted({*promised, *shown}):
            quantity = on_hand(promised.get(item, 0), reserved.get(item, 0))
            if quantity != shown.get(item, 0):
                payload = {
                    "quantity": quantity,
                    "from": shown.get(item),
                    "location_id": place.location_id if place else "",
                    "skus": sorted(skus.get(item, ())),
                }
                was = "it is not stocked there yet" if item not in shown else f"the location has {shown[item]} on hand"
                held = f" and holds {reserved[item]} for orders" if reserved.get(item) else ""
                reason = f"Amazon can ship {promised.get(item, 0)}{held}; {was}"
                found.append(Intention(item, payload, reason, self.origin))
        return found

    def _reserved(self) -> Mapping[str, int]:
        """Units by item of orders that Amazon had taken well before its stock was read, and that are not sent yet."""
        assigned = [
            *self.shopify.assigned_orders("FULFILLMENT_ACCEPTED"),
            *self.shopify.assigned_orders("CANCELLATION_REQUESTED"),
        ]
        by_id = {one.id: one for one in assigned}
        found: list[Mapping[str, int]] = []
        for region in self.model.amazon:
            read_at = self._read_at(region)
            for subject, effect in self.ledger.newest_of(ORDER, region, by_id).items():
                taken = effect.sent_at if effect.state == "verified" else None
                if taken is not None and read_at is not None and taken + RESERVED_SHOWS_AFTER <= read_at:
                    found += [{line.inventory_item_id: line.remaining} for line in by_id[subject].lines]
        return reserved_units(found)

    def _read_at(self, region: str) -> datetime | None:
        kept = self.warehouse.cursor(f"amazon/fba_inventory/{region}")
        return datetime.fromisoformat(kept) if kept else None
