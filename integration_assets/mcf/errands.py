"""The kinds of effect: an order handed to Amazon, or taken back; an answer to the shop; a parcel told, or numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from integration_assets.contracts.errors import Rejected
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.rules.mcf import FAILED, SHIPPING
from resources.amazon import AmazonAccount
from resources.amazon_parts.outbound import Destination, McfLine, McfWanted
from resources.ledger_parts.records import Effect
from resources.shopify import Shopify
from resources.shopify_parts.service import Answering, Assigned

ORDER, CANCEL, ANSWER, TRACKING, NUMBER = "mcf_order", "mcf_cancel", "mcf_answer", "mcf_tracking", "mcf_number"
STANDS: Mapping[str, frozenset[str]] = {
    "accept": frozenset({"ACCEPTED", "CLOSED", "CANCELLATION_ACCEPTED", "CANCELLATION_REJECTED"}),
    "reject": frozenset({"REJECTED"}),
    "accept_cancellation": frozenset({"CANCELLATION_ACCEPTED"}),
    "reject_cancellation": frozenset({"CANCELLATION_REJECTED"}),
    "close": frozenset({"CLOSED"}),
}
"""The request status that an answer leads to."""
WAITS: Mapping[str, str] = {
    "accept": "SUBMITTED",
    "reject": "SUBMITTED",
    "accept_cancellation": "ACCEPTED",
    "reject_cancellation": "ACCEPTED",
    "close": "ACCEPTED",
}
"""The request status in which an answer is awaited."""


def destination_of(assigned: Assigned) -> Destination:
    """Where it goes, in memory only."""
    return Destination(assigned.country, assigned.address)


def wanted_of(payload: Mapping[str, Any], comment: str) -> McfWanted:
    """The order as Amazon is asked for it."""
    return McfWanted(
        number=payload["number"],
        order_name=payload["order_name"],
        ordered_at=datetime.fromisoformat(payload["ordered_at"]),
        marketplace_id=payload["marketplace_id"],
        speed=payload["speed"],
        policy=payload["policy"],
        comment=comment,
        lines=tuple(McfLine(line_id, sku, units) for line_id, sku, units in payload["lines"]),
    )


@dataclass
class OrderErrand:
    """Hands an order to Amazon, once: the subject is the fulfilment order, and Amazon takes our number of it once.

    `in_hand` are the fulfilment orders as they were read in this run; any other is read again for its address.
    """

    account: AmazonAccount
    shopify: Shopify
    comment: str
    in_hand: Mapping[str, Assigned] = field(default_factory=dict)
    kind: str = ORDER
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Create it. A refusal because it is there already is no refusal."""
        assigned = self.in_hand.get(effect.subject) or self.shopify.assigned_order(effect.subject)
        if assigned is None or assigned.request_status != "SUBMITTED":
            raise Rejected(f"The shop no longer asks for {effect.subject} to be shipped; nothing was sent to Amazon.")
        number = effect.payload["number"]
        try:
            self.account.create_mcf_order(wanted_of(effect.payload, self.comment), destination_of(assigned))
        except Rejected:
            if self.account.mcf_order(number) is None:
                raise
            return Receipt(reference=number, detail="Amazon has it already", proven=True)
        return Receipt(reference=number, detail="Amazon took it")

    def look(self, effect: Effect) -> Sight:
        """Ask Amazon for our number."""
        found = self.account.mcf_order(effect.payload["number"])
        if found is None:
            return Sight("not_there", "Amazon does not know the number")
        return Sight("there", f"Amazon has it: {found.status}", found.number)


@dataclass
class CancelErrand:
    """Takes an order back from Amazon; the subject is our number of it."""

    account: AmazonAccount
    kind: str = CANCEL
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Ask for it; Amazon refuses when it is too late."""
        self.account.cancel_mcf_order(effect.payload["number"])
        return Receipt(reference=effect.payload["number"], detail="Amazon was asked")

    def look(self, effect: Effect) -> Sight:
        """See what became of the order."""
        found = self.account.mcf_order(effect.payload["number"])
        if found is None or found.status in FAILED:
            return Sight("there", f"Amazon will not ship it: {found.status if found else 'it has no such order'}")
        if found.status in SHIPPING:
            return Sight("refused", f"it is too late: {found.status}")
        return Sight("not_there", f"Amazon still has it: {found.status}")


@dataclass
class AnswerErrand:
    """Answers the shop as its fulfilment service; the subject is the request and the answer."""

    shopify: Shopify
    kind: str = ANSWER
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Say it; what the shop answers shows whether it counts."""
        payload = effect.payload
        what: Answering = next(one for one in get_args(Answering) if one == payload["what"])
        _, request = self.shopify.answer_request(
            payload["fulfillment_order_id"], what, payload["message"], payload["reason"]
        )
        return Receipt(detail=f"the request is {request}", proven=request in STANDS[what])

    def look(self, effect: Effect) -> Sight:
        """Read the fulfilment order back."""
        found = self.shopify.assigned_order(effect.payload["fulfillment_order_id"])
        what = effect.payload["what"]
        if found is None:
            return Sight("refused", "the shop does not have the fulfilment order any more")
        told = f"it is {found.status}, and the request {found.request_status}"
        if found.request_status in STANDS[what]:
            return Sight("there", told)
        if found.request_status == WAITS[what]:
            return Sight("not_there", told)
        return Sight("refused", told)


@dataclass
class TrackingErrand:
    """Tells the shop of a parcel, once; the subject is our number of the order with Amazon's name of the parcel."""

    shopify: Shopify
    kind: str = TRACKING
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Record the parcel. A refusal because the shop has it already is no refusal."""
        payload = effect.payload
        try:
            made = self.shopify.ship_parcel(
                payload["fulfillment_order_id"],
                payload["lines"],
                carrier=payload["carrier"],
                tracking_number=payload["tracking_number"],
                notify=payload["notify"],
            )
        except Rejected:
            if self.look(effect).verdict != "there":
                raise
            return Receipt(detail="the shop has the parcel already", proven=True)
        return Receipt(reference=made, detail="the shop has the parcel", proven=True)

    def look(self, effect: Effect) -> Sight:
        """Read back which parcels the shop knows of."""
        found = self.shopify.assigned_order(effect.payload["fulfillment_order_id"])
        if found is None:
            return Sight("refused", "the shop does not have the fulfilment order any more")
        if effect.payload["tracking_number"] in found.tracking_numbers:
            return Sight("there", "the shop has the parcel")
        return Sight("not_there", "the shop does not have the parcel")


@dataclass
class NumberErrand:
    """Adds the tracking number of a parcel that was told without one; the subject is that of the parcel."""

    shopify: Shopify
    kind: str = NUMBER
    once: bool = False

    def send(self, effect: Effect) -> Receipt:
        """Put the numbers in place of the one that stands for them."""
        payload = effect.payload
        found = self.shopify.assigned_order(payload["fulfillment_order_id"])
        parcel = found.parcels.get(payload["was"]) if found is not None else None
        if parcel is None:
            raise Rejected(f"The shop no longer shows parcel {payload['was']} of {payload['number']}.")
        self.shopify.renumber_parcel(
            parcel, carrier=payload["carrier"], numbers=payload["tracking_numbers"], notify=payload["notify"]
        )
        return Receipt(reference=parcel, detail="the shop has the number", proven=True)

    def look(self, effect: Effect) -> Sight:
        """Read back which numbers the shop shows."""
        found = self.shopify.assigned_order(effect.payload["fulfillment_order_id"])
        if found is not None and set(effect.payload["tracking_numbers"]) <= found.tracking_numbers:
            return Sight("there", "the shop has the number")
        if found is None or effect.payload["was"] not in found.tracking_numbers:
            return Sight("refused", "the shop no longer shows the parcel")
        return Sight("not_there", "the shop shows no number of the parcel yet")
