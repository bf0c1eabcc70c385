"""One turn of Multi-Channel Fulfilment: what the shop asks, what Amazon says, and each told to the other.

An order is handed to Amazon before the shop is told yes; the shop is told yes once Amazon was seen to have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration_assets.contracts.errors import Rejected
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.mcf.errands import (
    CANCEL,
    ORDER,
    AnswerErrand,
    CancelErrand,
    NumberErrand,
    OrderErrand,
    TrackingErrand,
    destination_of,
    wanted_of,
)
from integration_assets.mcf.parcels import Parcels, begun_of, statuses_of
from integration_assets.mcf.requests import Asked, Seen, look
from integration_assets.mcf.strays import Strays, find, is_another, remember
from integration_assets.rules.mcf import FAILED, order_number, reason_of_preview
from resources.amazon import Amazon, AmazonAccount
from resources.clock import Clock
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.shopify_parts.service import Assigned
from resources.warehouse import Warehouse


@dataclass
class Turn:
    """What a turn came to in one region account."""

    region: str
    orders: Outcome
    cancels: Outcome
    answers: Outcome
    statuses: dict[str, str] = field(default_factory=dict)
    """Our number -> how far Amazon is, of orders that the shop has accepted."""
    held: list[Asked] = field(default_factory=list)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Fulfilment order -> reason and words, of requests that are turned down."""
    strays: Strays = field(default_factory=Strays)


@dataclass
class McfCycle:
    """Everything that is needed, for one run. `origin` is kept with each effect."""

    model: OperatingModel
    shopify: Shopify
    amazon: Amazon
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str

    @property
    def live(self) -> bool:
        """Whether anything is sent at all; in preview it is only shown."""
        return self.model.mode.mcf == "live"

    @property
    def regions(self) -> tuple[str, ...]:
        """The region accounts that may ship: all where there is a service, else none."""
        return tuple(self.model.amazon) if self.model.mcf.service else ()

    def look(self) -> Seen:
        """Read what the shop has with its service."""
        return look(self.model, self.shopify, self.warehouse, self.ledger)

    # --- requests, and cancellations ------------------------------------------------------------------------------

    def see_to_requests(self, region: str, seen: Seen) -> Turn:
        """Hand what is asked for to Amazon, take back what is cancelled, and answer the shop."""
        account = self.amazon.account(region)
        asked = seen.of_region(region, next(iter(self.model.amazon)))
        nothing = Outcome(region, live=self.live)
        turn = Turn(region, nothing, nothing, nothing)
        turn.held = [one for one in asked if one.verdict.action == "hold" and one.assigned.id not in seen.orders]
        in_hand = {one.assigned.id: one.assigned for one in asked}
        errand = OrderErrand(account, self.shopify, self.model.mcf.comment, in_hand)
        runner = Runner(ledger=self.ledger, clock=self.clock)
        turn.orders = runner.run(errand, region, lambda: self._orders(account, asked, seen, turn), live=self.live)

        def cancels() -> list[Intention]:
            turn.strays = find(self.ledger, account, {**seen.gone.get(region, {}), **self._changed(region, asked)})
            return self._cancels(region, seen, turn.strays)

        turn.cancels = runner.run(CancelErrand(account), region, cancels, live=self.live)
        states = statuses_of(account, self._begun(region, seen.accepted))
        turn.statuses = {number: state.status for number, state in states.items()}
        turn.answers = runner.run(
            AnswerErrand(self.shopify), region, lambda: self._answers(region, asked, seen, turn), live=self.live
        )
        return turn

    def _orders(self, account: AmazonAccount, asked: Sequence[Asked], seen: Seen, turn: Turn) -> list[Intention]:
        """What is to be handed to Amazon. Of a request that nothing was begun for, Amazon is asked first."""
        standing = self.ledger.newest_of(ORDER, account.region, [one.assigned.id for one in asked])
        given_up = self._given_up(account.region, standing)
        found: list[Intention] = []
        for one in asked:
            assigned, begun = one.assigned, standing.get(one.assigned.id)
            if begun is not None and begun.payload["request"] == assigned.request_id and begun.state != "superseded":
                found.append(Intention(begun.subject, begun.payload, begun.reason, begun.origin))
            elif begun is not None and begun.state == "verified":
                if given_up.get(assigned.id) == "verified":
                    turn.refused[assigned.id] = ("OTHER", "Amazon gave its order up when the request was taken back")
            elif one.verdict.action == "reject":
                turn.refused[assigned.id] = (one.verdict.reason, one.verdict.told)
            elif one.verdict.action == "ship" and (made := self._asked_first(account, one, turn)) is not None:
                found.append(made)
        if self.live:
            with_us = self._begun(account.region, seen.accepted)
            remember(self.ledger, account.region, [*with_us, *(intention.subject for intention in found)])
        return found

    def _given_up(self, region: str, standing: Mapping[str, Effect]) -> dict[str, str]:
        """Fulfilment order -> how far the taking back of its order has come, where there is one."""
        cancels = self.ledger.newest_of(CANCEL, region, [effect.payload["number"] for effect in standing.values()])
        return {cancel.payload["fulfillment_order_id"]: cancel.state for cancel in cancels.values()}

    def _changed(self, region: str, asked: Sequence[Asked]) -> dict[str, Assigned | None]:
        """What is asked for again with other units than those that Amazon was told to ship."""
        begun = self._begun(region, [one.assigned for one in asked])
        return {
            one.assigned.id: one.assigned
            for one in asked
            if one.assigned.id in begun and is_another(begun[one.assigned.id], one.assigned)
        }

    def _asked_first(self, account: AmazonAccount, one: Asked, turn: Turn) -> Intention | None:
        """The intention, where Amazon's own preview says that it can be shipped."""
        payload = self._payload(one)
        wanted = wanted_of(payload, self.model.mcf.comment)
        try:
            told = account.mcf_preview(wanted, destination_of(one.assigned))
        except Rejected:
            turn.refused[one.assigned.id] = ("OTHER", "Amazon does not take such an order")
            return None
        if not told.can_ship:
            reason = reason_of_preview(unreachable=told.is_unreachable, missing=bool(told.missing))
            missing = ", ".join(told.missing)
            words = "Amazon does not ship there" if told.is_unreachable else f"Amazon has too few of {missing}"
            turn.refused[one.assigned.id] = (reason, words)
            return None
        payload["ship_by"] = told.ship_by.isoformat() if told.ship_by else ""
        units = sum(units for _line, _sku, units in payload["lines"])
        reason = f"order {one.assigned.order_name}: {units} units by {wanted.speed}"
        return Intention(one.assigned.id, payload, reason, self.origin)

    def _payload(self, one: Asked) -> dict[str, Any]:
        assigned, route, offers = one.assigned, one.verdict.route, one.verdict.offers or {}
        if route is None:
            raise AssertionError("unreachable: what is shipped has a route")
        return {
            "number": order_number(assigned.id),
            "request": assigned.request_id,
            "shopify_order_id": assigned.shopify_order_id,
            "order_name": assigned.order_name,
            "ordered_at": assigned.ordered_at.isoformat(),
            "marketplace_id": route.marketplace_id,
            "speed": route.speed,
            "policy": self.model.mcf.policy,
            "lines": [
                [line.line_id, offers[line.line_id], line.remaining] for line in assigned.lines if line.remaining
            ],
        }

    def _begun(self, region: str, assigned: Sequence[Assigned]) -> dict[str, Effect]:
        return begun_of(self.ledger, region, assigned)

    def _cancels(self, region: str, seen: Seen, strays: Strays) -> list[Intention]:
        """What is to be taken back: what the shop asks to cancel, and what it took back or closed without a word."""
        asked = [
            self._cancel(effect, f"order {effect.payload['order_name']} is cancelled in the shop")
            for effect in self._begun(region, seen.cancelling).values()
        ]
        return asked + [
            self._cancel(effect, f"order {effect.payload['order_name']} was taken back by the shop")
            for effect in strays.to_cancel
        ]

    def _cancel(self, effect: Effect, reason: str) -> Intention:
        payload = {"number": effect.payload["number"], "fulfillment_order_id": effect.subject}
        return Intention(effect.payload["number"], payload, reason, self.origin)

    # --- answers ----------------------------------------------------------------------------------------------------

    def _answers(self, region: str, asked: Sequence[Asked], seen: Seen, turn: Turn) -> list[Intention]:
        """Everything the shop waits to hear from this account."""
        orders = self.ledger.newest_of(ORDER, region, [one.assigned.id for one in asked])
        given_up = self._given_up(region, orders)
        found = [
            answer
            for one in asked
            if (answer := self._to_request(one.assigned, orders, given_up.get(one.assigned.id), turn)) is not None
        ]
        cancelling = self._begun(region, seen.cancelling)
        cancels = self.ledger.newest_of(CANCEL, region, [each.payload["number"] for each in cancelling.values()])
        for one in seen.cancelling:
            state = cancels[number].state if (number := order_number(one.id)) in cancels else ""
            if state == "verified":
                found.append(self._answer(one, "accept_cancellation", "Amazon will not ship it"))
            elif state == "rejected":
                found.append(self._answer(one, "reject_cancellation", "Amazon is shipping it already"))
        waiting = {one.id for one in seen.cancelling}
        for one in seen.accepted:
            status = turn.statuses.get(order_number(one.id), "")
            if one.id not in waiting and (status in FAILED or self._is_sent_short(region, one, status)):
                found.append(self._answer(one, "close", f"Amazon does not ship the rest: {status}"))
        return found

    def _is_sent_short(self, region: str, assigned: Assigned, status: str) -> bool:
        """Whether Amazon has sent all that it will, which is not all, and the shop knows of every parcel of it."""
        if status != "CompletePartialled":
            return False
        order = self.amazon.account(region).mcf_order(order_number(assigned.id))
        return order is not None and all(one.told_as(assigned.parcels) for one in order.parcels)

    def _to_request(
        self, assigned: Assigned, orders: Mapping[str, Effect], given_up: str | None, turn: Turn
    ) -> Intention | None:
        """The answer to a request. One made again before Amazon was told to give the order up is for the same order."""
        begun = orders.get(assigned.id)
        if begun is not None and begun.state == "verified" and given_up in (None, "rejected", "superseded"):
            return None if is_another(begun, assigned) else self._answer(assigned, "accept", "Amazon ships it")
        if begun is not None and begun.state == "rejected" and begun.payload["request"] == assigned.request_id:
            return self._answer(assigned, "reject", "Amazon does not take the order", "OTHER")
        if assigned.id in turn.refused:
            reason, words = turn.refused[assigned.id]
            return self._answer(assigned, "reject", words, reason)
        return None

    def _answer(self, assigned: Assigned, what: str, message: str, reason: str = "") -> Intention:
        payload = {"fulfillment_order_id": assigned.id, "what": what, "message": message, "reason": reason}
        subject = f"{order_number(assigned.id)}/{assigned.request_id}/{what}"
        return Intention(subject, payload, f"order {assigned.order_name}: {message}", self.origin)

    # --- parcels ----------------------------------------------------------------------------------------------------

    def tell_parcels(self, region: str, seen: Seen) -> Outcome:
        """Tell the shop of every parcel that has left, and the number of one that was told before it had any."""
        parcels = Parcels(self.ledger, self.amazon.account(region), self.model.mcf.notify, self.origin)
        runner = Runner(ledger=self.ledger, clock=self.clock)
        told = runner.run(TrackingErrand(self.shopify), region, lambda: parcels.to_tell(seen), live=self.live)
        runner.run(NumberErrand(self.shopify), region, lambda: parcels.to_number(seen), live=self.live)
        return told
