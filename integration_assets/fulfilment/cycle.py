"""Keeping a region account's shipments, cancellations and refunds in step: plan, send and read back, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integration_assets.contracts.shopify import LOCATIONS
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.fulfilment import cancellations, confirmations, fba, refunds
from integration_assets.fulfilment.facts import Book
from integration_assets.fulfilment.findings import Findings
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dataclass
class Done:
    """What a cycle of one kind came to in one region account. `left_out` is what cannot be done yet, and why."""

    outcomes: tuple[Outcome, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def planned(self) -> list[Intention]:
        """What there was to do."""
        return [intention for outcome in self.outcomes for intention in outcome.planned]

    def count(self, name: str) -> int:
        """How many effects came to this: `sent`, `verified`, `again`, `put_back`, `unknown`, `rejected` or `stuck`."""
        found = (getattr(outcome, name) for outcome in self.outcomes)
        return sum(len(each) if isinstance(each, list) else each for each in found)

    @property
    def errors(self) -> list[str]:
        """What the far side could not do."""
        return [error for outcome in self.outcomes for error in outcome.errors]

    @property
    def left_to(self) -> str:
        """Another sender at work, where the work was left to it."""
        return next((outcome.left_to for outcome in self.outcomes if outcome.left_to), "")


class Cycle:
    """All doors that this work needs, for one run. `origin` is kept with each effect: what set the run off."""

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
        self.model = model
        self.warehouse = warehouse
        self.ledger = ledger
        self.clock = clock
        self._shopify = shopify
        self._amazon = amazon
        self._origin = origin
        self._book = Book(model=model, warehouse=warehouse, ledger=ledger, clock=clock)
        self._runner = Runner(ledger=ledger, clock=clock)
        self._findings = Findings(ledger, max_attempts=self._runner.max_attempts)

    def confirm(self, region: str) -> Done:
        """Tell Amazon of packages that left, what is due first being first, then of changed tracking."""
        live = self.model.mode.shipment_confirmation == "live"
        packages = confirmations.Packages(self._book, origin=self._origin)
        account = self._amazon.account(region)
        last = confirmations.Plan()

        def to_confirm() -> Sequence[Intention]:
            nonlocal last
            last = packages.plan(region)
            return last.confirm

        confirmed = self._runner.run(confirmations.ConfirmShipment(account, self._book), region, to_confirm, live=live)
        corrected = self._runner.run(
            confirmations.CorrectTracking(account, self._book), region, lambda: packages.plan(region).correct, live=live
        )
        if live and not confirmed.left_to:
            self._findings.rejected_confirmations(region, confirmed.planned, corrected.planned)
        return Done((confirmed, corrected), confirmations.waiting_of(last.orders))

    def fulfil(self, region: str) -> Done:
        """Mark as shipped in Shopify what Amazon has shipped."""
        live = self.model.mode.fba_fulfilment == "live"
        shipped = fba.ShippedByAmazon(self._book, origin=self._origin)
        outcome = self._runner.run(
            fba.MarkAsShipped(self._shopify, self.warehouse), region, lambda: shipped.plan(region), live=live
        )
        return Done((outcome,), shipped.unpaired)

    def cancel(self, region: str) -> Done:
        """Take off Shopify orders what Amazon has cancelled; report what was taken back in Shopify only."""
        live = self.model.mode.order_cancellation == "live"
        cancelled = cancellations.Cancellations(self._book, self._origin)
        outcome = self._runner.run(
            cancellations.CancelOrder(self._shopify), region, lambda: cancelled.plan(region), live=live
        )
        if not outcome.left_to:
            self._findings.cancellations(region, outcome.planned, cancelled.stuck, live=live)
        self._findings.of_the_shop(region, self.warehouse, self._book.takeover())
        return Done((outcome,), {order: why for order, (_, why) in cancelled.stuck.items()})

    def refund(self, region: str) -> Done:
        """Record in Shopify what Amazon has refunded."""
        live = self.model.mode.order_refund == "live"
        found = refunds.Refunds(self._book, self._origin, self._return_location())
        outcome = self._runner.run(refunds.RecordRefund(self._shopify), region, lambda: found.plan(region), live=live)
        if not outcome.left_to:
            self._findings.refunds(region, outcome.planned, found.unclear, live=live)
        return Done((outcome,), {each.key: each.why for each in found.unclear})

    def _return_location(self) -> str | None:
        name = self.model.fulfilment.returns_to
        if name is None:
            return None
        found = self.warehouse.rows(LOCATIONS, "name = ? AND is_active", [name])
        return found[0].location_id if found else None
