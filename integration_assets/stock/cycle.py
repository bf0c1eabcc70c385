"""One cycle of pushing MFN stock to a region account: recover, read back, plan, look again, send.

The order is what makes it safe. Every effect is committed before its call. After a crash or a timeout Amazon is asked
before anything is sent again. What Amazon shows is read right before a quantity goes out, and decided on once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from integration_assets.contracts.reconcile import STOCK_POSITION, StockPosition
from integration_assets.effects.lane import LeftTo, in_turn
from integration_assets.rules import breaker
from integration_assets.rules.channel import who_ships
from integration_assets.stock.findings import Findings
from integration_assets.stock.gate import Gate
from integration_assets.stock.positions import Positions
from integration_assets.stock.pushes import KIND
from integration_assets.stock.read_back import ReadBack, Settled, in_open_feeds
from integration_assets.stock.readings import CHUNK, Readings, chunks
from integration_assets.stock.sending import Sender, Tally
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

FEED_SKUS = 20_000
"""SKUs that go in one feed: under Amazon's 25,000 messages and 10 MiB."""


@dataclass
class Outcome:
    """What a cycle came to in one region account; counts are SKUs."""

    region: str
    live: bool
    planned: list[StockPosition] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)
    tally: Tally = field(default_factory=Tally)
    trip: breaker.Trip | None = None
    held: bool = False
    left_to: str = ""


class PushCycle:
    """Everything a push needs, for one run. `origin` is kept with each effect: what set the run off."""

    def __init__(
        self,
        *,
        model: OperatingModel,
        amazon: Amazon,
        warehouse: Warehouse,
        ledger: Ledger,
        clock: Clock,
        origin: str,
    ) -> None:
        self._model = model
        self._amazon = amazon
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock
        self._origin = origin
        self._positions = Positions(model=model, warehouse=warehouse, ledger=ledger, clock=clock)

    @property
    def live(self) -> bool:
        """Whether quantities are sent at all; in preview they are only shown."""
        return self._model.mode.stock_push == "live"

    def run(self, region: str) -> Outcome:
        """Push what the positions of the region ask for. Raises RemoteError when Amazon could not be read.

        One sender at a time: where another is at work the wish is left with it, and it looks once more before it ends.
        """
        if not self.live:
            return Outcome(region, live=False, planned=_to_push(self._stored(region)))
        done = in_turn(self._ledger, self._clock, KIND, region, lambda renew: self._cycle(region, renew))
        return Outcome(region, live=True, left_to=done.who) if isinstance(done, LeftTo) else done

    def _cycle(self, region: str, renew: Callable[[], None]) -> Outcome:
        account = self._amazon.account(region)
        readings = Readings(account, self._warehouse, self._clock)
        outcome = Outcome(region, live=True)
        known = self._positions.pushes(region)
        outcome.settled = ReadBack(
            account=account, readings=readings, ledger=self._ledger, clock=self._clock, stock=self._model.stock
        ).settle(region, pushes=known, sold=lambda: self._positions.sold(region, known), after_each=renew)
        rows = self._decided(region, [row.seller_sku for row in _unsettled(self._stored(region))])
        rows = self._read_again(region, rows, readings, renew)
        candidates, held = _to_push(rows), [row for row in rows if row.cause == "breaker_held"]
        gate = Gate(self._model, self._ledger)
        outcome.trip, outcome.held = gate.judge(region, [*candidates, *held], self._live_skus(region))
        if outcome.held:
            self._hold(region, candidates, outcome.trip)
            outcome.planned = [*candidates, *held]
        else:
            self._let_go(region, held)
            sender = Sender(account=account, ledger=self._ledger, clock=self._clock, tally=outcome.tally)
            outcome.planned, outcome.trip = self._send(region, [*candidates, *held], readings, sender, gate, renew)
            outcome.held = outcome.trip is not None
        rows = self._decided(region, [row.seller_sku for row in [*rows, *outcome.planned]])
        self._withdraw(region, rows)
        findings = Findings(self._ledger, max_attempts=self._model.stock.max_attempts)
        findings.report(region, self._stored(region), outcome.trip if outcome.held else None)
        return outcome

    def _read_again(
        self, region: str, rows: Sequence[StockPosition], readings: Readings, renew: Callable[[], None]
    ) -> list[StockPosition]:
        """Nobody is accused, and nothing presumed sold, on the word of a report: such SKUs are read again first."""
        doubtful = {row.seller_sku for row in rows if row.verdict == "leak" or row.presumed_sold}
        if doubtful:
            readings.take(sorted(doubtful), after_each=renew)
        return [*(row for row in rows if row.seller_sku not in doubtful), *self._decided(region, sorted(doubtful))]

    def _send(
        self,
        region: str,
        candidates: Sequence[StockPosition],
        readings: Readings,
        sender: Sender,
        gate: Gate,
        renew: Callable[[], None],
    ) -> tuple[list[StockPosition], breaker.Trip | None]:
        """Look at what Amazon shows right before sending, decide again, and send what still differs.

        Only what Amazon itself calls the merchant's in that very reading is sent. A SKU that a feed carries is left to
        the feed. What is decided otherwise than in the plan that was judged is judged too; then the rest is held.
        """
        live_skus = self._live_skus(region)
        busy = in_open_feeds(self._ledger, region) if candidates else set()
        moves = [_move(row) for row in candidates if row.seller_sku not in busy]
        ordered = [move.seller_sku for move in breaker.order_of_sending(moves)]
        as_feed = len(ordered) >= self._model.stock.feed_from
        judged = {row.seller_sku: row.target for row in candidates}
        planned: list[StockPosition] = []
        otherwise: list[StockPosition] = []
        for some in chunks(ordered, FEED_SKUS if as_feed else CHUNK):
            listed = readings.take(some, after_each=renew)
            place = {sku: position for position, sku in enumerate(some)}
            ours = {sku for sku, reading in listed.items() if who_ships(reading.fulfillment_channels) == "mfn"}
            fresh = [row for row in self._decided(region, some) if row.seller_sku in ours]
            go = sorted(_to_push(fresh), key=lambda row: place[row.seller_sku])
            planned += go
            otherwise += [row for row in go if row.target != judged[row.seller_sku]]
            trip, held = gate.judge(region, otherwise, live_skus)
            if held:
                self._hold(region, go, trip)
                return planned, trip
            effects = self._intended(region, go)
            sent = sender.send_as_feed(effects) if as_feed and effects else sender.send(effects, before_each=renew)
            if not sent:
                break
        return planned, None

    def _intended(self, region: str, rows: Sequence[StockPosition]) -> list[Effect]:
        """The effects to send: one that waits for its sending already with the same value, or a new intention."""
        targets = {row.seller_sku: row.target for row in rows}
        waiting = {
            effect.subject: effect
            for effect in self._ledger.open_effects(KIND, region, ("intended",))
            if targets.get(effect.subject) == effect.payload["quantity"]
        }
        new = [row for row in rows if row.seller_sku not in waiting]
        made = self._ledger.intend_many(KIND, region, [self._intention(row) for row in new])
        by_sku = {**waiting, **{effect.subject: effect for effect in made}}
        return [by_sku[row.seller_sku] for row in rows]

    def _intention(self, row: StockPosition) -> Intention:
        return Intention(
            subject=row.seller_sku,
            payload={"quantity": row.target, "from": row.shown, "variant_id": row.variant_id},
            reason=row.reason,
            origin=self._origin,
        )

    def _hold(self, region: str, candidates: Sequence[StockPosition], trip: breaker.Trip | None) -> None:
        """Keep the plan for a person: intentions that wait, so that everybody can see them."""
        told = trip.told if trip else ""
        for effect in self._intended(region, candidates):
            self._ledger.held(effect.effect_id, told)

    def _let_go(self, region: str, held: Sequence[StockPosition]) -> None:
        """What was held may be sent: a person said so, or the plan is bold no longer."""
        skus = {row.seller_sku for row in held}
        for effect in self._ledger.open_effects(KIND, region, ("held",)) if skus else ():
            if effect.subject in skus:
                self._ledger.release(effect.effect_id, "the plan was let go")

    def _withdraw(self, region: str, rows: Sequence[StockPosition]) -> None:
        """Give up what waits to be sent and is wanted no more: nobody may find it later and send it."""
        wanted = {row.seller_sku for row in rows if row.verdict in ("push", "waiting")}
        waiting = self._ledger.open_effects(KIND, region, ("intended", "held"))
        self._ledger.withdraw_many(
            [effect.effect_id for effect in waiting if effect.subject not in wanted], "it is not wanted any more"
        )

    def _decided(self, region: str, skus: Sequence[str]) -> list[StockPosition]:
        """Decide some SKUs on what the stores say now, and keep the answer."""
        if not skus:
            return []
        rows = self._positions.compute(regions=[region], skus=sorted(set(skus)))
        self._warehouse.update(STOCK_POSITION, rows)
        return rows

    def _stored(self, region: str) -> list[StockPosition]:
        return self._warehouse.rows(STOCK_POSITION, "region = ?", [region])

    def _live_skus(self, region: str) -> int:
        return int(
            self._warehouse.scalar(
                "SELECT count(*) FROM reconcile.stock_position WHERE region = ? AND shown > 0", [region]
            )
        )


def _unsettled(rows: Sequence[StockPosition]) -> list[StockPosition]:
    """Rows whose word may have changed since they were decided: anything but quietly in step or out of reach."""
    return [
        row
        for row in rows
        if row.verdict in ("push", "waiting", "leak")
        or row.presumed_sold
        or row.effect_state in ("intended", "held", "sent", "applied", "unknown")
    ]


def _to_push(rows: Sequence[StockPosition]) -> list[StockPosition]:
    """Rows to send: decided anew, or decided before and put back."""
    return [row for row in rows if row.target is not None and row.verdict == "push"]


def _move(row: StockPosition) -> breaker.Move:
    return breaker.Move(row.seller_sku, row.shown, row.target or 0)
