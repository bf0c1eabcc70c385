"""One cycle of order import in a region account: make what is missing, update what changed, say what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.fulfilment.fba import MarkAsShipped
from integration_assets.orders.adopting import ADOPTED_CURSOR
from integration_assets.orders.findings import Findings
from integration_assets.orders.importing import ImportErrand
from integration_assets.orders.part_shipped import KIND as PART_SHIPPED
from integration_assets.orders.part_shipped import PartShipped
from integration_assets.orders.plan import OrderBook, Waiting
from integration_assets.orders.updating import UpdateErrand
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Intention, Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dataclass
class Imported:
    """What a cycle came to: orders made, marked where a part had left, brought up to date; those that wait and why."""

    made: Outcome
    marked: Outcome
    updated: Outcome
    held: list[Waiting] = field(default_factory=list)


class OrderCycle:
    """Everything an import needs, for one run. `origin` is kept with each effect: what set the run off."""

    def __init__(
        self,
        *,
        model: OperatingModel,
        shopify: Shopify,
        amazon: Amazon,
        warehouse: Warehouse,
        ledger: Ledger,
        clock: Clock,
        origin: str,
    ) -> None:
        self._model = model
        self._shopify = shopify
        self._amazon = amazon
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock
        self._origin = origin
        self._book = OrderBook(model=model, warehouse=warehouse, ledger=ledger, clock=clock)

    @property
    def live(self) -> bool:
        """Whether orders are made at all; in preview they are only shown."""
        return self._model.mode.order_import == "live"

    def run(self, region: str, shown: Callable[[int, int], None] = lambda *_: None) -> Imported:
        """Make and bring up to date what the stores say is to be. `shown` is told how many of how many are made.

        An order that cannot be made holds up no other. Raises what the runner and the stores raise, and
        ConfigurationError while orders of an earlier tool may be there that only its notes tell of.
        """
        if self.live and "note" in self._model.orders.adopt.by and self._ledger.cursor(ADOPTED_CURSOR) is None:
            raise ConfigurationError(
                "[orders.adopt] looks for an earlier tool's orders by their notes, and nobody has looked yet: orders "
                "could be made twice.",
                todo="Run `instep adopt orders`, and `instep adopt orders --yes` when the list is right.",
            )
        account, writes = self._amazon.account(region), self._shopify.order_writes
        making = ImportErrand(self._model, account, writes, self._ledger, self._book, self._origin, shown=shown)
        updating = UpdateErrand(account, writes, self._warehouse, self._ledger, self._clock, self._origin)
        runner = Runner(self._ledger, self._clock)
        waiting: list[Waiting] = []

        def to_make() -> Sequence[Intention]:
            waiting[:] = self._book.waiting(region)
            return making.plan(waiting, live=self.live)

        made = runner.run(making, region, to_make, live=self.live)
        part_shipped = PartShipped(region, self._book, writes, self._warehouse, self._ledger, self._origin)
        marking = MarkAsShipped(self._shopify, self._warehouse, kind=PART_SHIPPED, once=True)
        marked = runner.run(marking, region, lambda: part_shipped.plan(live=self.live), live=self.live)
        updated = runner.run(updating, region, updating.plan, live=self.live)
        if self.live and not made.left_to:
            Findings(self._ledger, self._warehouse).report(region, waiting, updating.without_address(), marked.planned)
        return Imported(made, marked, updated, [one for one in waiting if not one.routed.is_imported])
