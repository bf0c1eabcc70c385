"""One turn of the FBA mirror in a region account: look at the location, decide, set what differs."""

from __future__ import annotations

from dataclasses import dataclass, field

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.shopify import Location
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.fba.errand import KIND, MirrorErrand
from integration_assets.fba.findings import report_mirror
from integration_assets.fba.location import mirror_of
from integration_assets.fba.mirror import Wanted, names_of, units_of, wanted
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dataclass
class MirrorOutcome:
    """What a turn came to; counts are inventory items."""

    region: str
    location: str
    effects: Outcome
    wanted: Wanted = field(default_factory=Wanted)


@dataclass
class MirrorCycle:
    """Everything the mirror needs, for one run. `origin` is kept with each effect: what set the run off."""

    model: OperatingModel
    shopify: Shopify
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str

    @property
    def live(self) -> bool:
        """Whether levels are set at all; in preview they are only shown."""
        return self.model.mode.fba_mirror == "live"

    def run(self, region: str) -> MirrorOutcome:
        """Bring the region's mirror in step. Raises ConfigurationError for a location that is not fit for it.

        In preview a location that is not there yet shows nothing.
        """
        name = self.model.fba_location(region)
        if name is None:
            return MirrorOutcome(region, "", Outcome(region, live=self.live))
        place = self._place(region)
        result = MirrorOutcome(region, name, Outcome(region, live=self.live))

        def plan() -> list[Intention]:
            result.wanted = self._look(region, place)
            return result.wanted.intentions

        runner = Runner(ledger=self.ledger, clock=self.clock)
        result.effects = runner.run(MirrorErrand(self.shopify), region, plan, live=self.live)
        if self.live and not result.effects.left_to:
            units, _ = units_of(self.warehouse, region)
            edits = result.wanted.edits
            named = names_of(self.warehouse, [edit.inventory_item_id for edit in edits if not edit.seller_skus])
            report_mirror(self.ledger, region, name, edits, units, named)
        return result

    def _place(self, region: str) -> Location | None:
        locations = self.shopify.locations()
        try:
            return mirror_of(self.model, region, locations)
        except ConfigurationError:
            if self.live:
                raise
            return None

    def _look(self, region: str, place: Location | None) -> Wanted:
        """What the location shows now, against what Amazon can ship by the last reading."""
        units, known = units_of(self.warehouse, region)
        return wanted(
            units=units,
            known_skus=known,
            levels=[] if place is None else list(self.shopify.stock_levels([place.location_id])),
            verified=self.ledger.last_verified(KIND, region),
            location_id=place.location_id if place else "",
            policy=self.model.pools.fba[region].edits,
            origin=self.origin,
        )
