"""Parcels that Amazon has sent: one fulfilment in the shop for each, told once it has a tracking number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from integration_assets.mcf.errands import ORDER
from integration_assets.mcf.requests import Seen
from integration_assets.rules.mcf import COMPLETE, SHIPPING
from resources.amazon import AmazonAccount
from resources.amazon_parts.outbound import McfOrder, McfParcel
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.shopify_parts.service import Assigned

REACH_BACK = timedelta(hours=1)
"""How much earlier than the oldest open order Amazon is asked for changes: clocks differ."""


def begun_of(ledger: Ledger, region: str, assigned: Sequence[Assigned]) -> dict[str, Effect]:
    """The orders of these fulfilment orders that this account's Amazon was seen to have."""
    standing = ledger.newest_of(ORDER, region, [one.id for one in assigned])
    return {subject: effect for subject, effect in standing.items() if effect.state == "verified"}


def statuses_of(account: AmazonAccount, begun: Mapping[str, Effect]) -> dict[str, str]:
    """Our number -> how far Amazon is with these orders, in one list."""
    if not begun:
        return {}
    since = min(effect.decided_at for effect in begun.values()) - REACH_BACK
    ours = {effect.payload["number"] for effect in begun.values()}
    return {one.number: one.status for one in account.mcf_changes(since) if one.number in ours}


@dataclass
class Parcels:
    """What the shop has to hear of one account's parcels, by what Amazon says of its orders now.

    A parcel without a tracking number waits for it until all of the order has left: it may get one an hour later.
    """

    ledger: Ledger
    account: AmazonAccount
    notify: bool
    origin: str
    _orders: dict[str, McfOrder | None] = field(default_factory=dict)

    def to_tell(self, seen: Seen) -> list[Intention]:
        """A fulfilment for every parcel that the shop does not know of."""
        accepted = {one.id: one for one in [*seen.accepted, *seen.cancelling]}
        begun = begun_of(self.ledger, self.account.region, list(accepted.values()))
        statuses = statuses_of(self.account, begun)
        found: list[Intention] = []
        for subject, effect in begun.items():
            if statuses.get(effect.payload["number"]) in SHIPPING:
                order = self._order(effect.payload["number"])
                found += [] if order is None else self._untold(order, accepted[subject])
        return found

    def to_number(self, seen: Seen) -> list[Intention]:
        """The tracking numbers of parcels that were told under another name; their orders may be closed by now."""
        gone = [one for one in seen.gone.get(self.account.region, {}).values() if one is not None]
        known = {one.id: one for one in [*seen.accepted, *seen.cancelling, *gone]}
        found: list[Intention] = []
        for subject, effect in begun_of(self.ledger, self.account.region, list(known.values())).items():
            number, assigned = effect.payload["number"], known[subject]
            order = self._order(number) if assigned in gone else self._orders.get(number)
            found += [] if order is None else self._unnumbered(order, assigned)
        return found

    def _order(self, number: str) -> McfOrder | None:
        if number not in self._orders:
            self._orders[number] = self.account.mcf_order(number)
        return self._orders[number]

    def _untold(self, order: McfOrder, assigned: Assigned) -> Iterator[Intention]:
        lines = {line.line_id: line.id for line in assigned.lines}
        for parcel in order.parcels:
            is_due = parcel.tracking_number or order.status in COMPLETE
            if is_due and not parcel.told_as(assigned.parcels):
                payload = {
                    "fulfillment_order_id": assigned.id,
                    "number": order.number,
                    "lines": {lines[line_id]: units for line_id, units in parcel.contents.items() if line_id in lines},
                    "carrier": parcel.carrier,
                    "tracking_number": parcel.tracking_number or parcel.reference,
                    "notify": self.notify,
                }
                units = sum(parcel.contents.values())
                reason = f"order {assigned.order_name}: {units} units left with {parcel.carrier}"
                yield Intention(f"{order.number}/{parcel.reference}", payload, reason, self.origin)

    def _unnumbered(self, order: McfOrder, assigned: Assigned) -> Iterator[Intention]:
        by_name: dict[str, list[McfParcel]] = {}
        for parcel in order.parcels:
            if name := parcel.told_as(assigned.parcels):
                by_name.setdefault(name, []).append(parcel)
        for name, parcels in by_name.items():
            numbers = sorted({parcel.tracking_number for parcel in parcels})
            if numbers != [name] and all(numbers):
                payload = {
                    "fulfillment_order_id": assigned.id,
                    "number": order.number,
                    "was": name,
                    "carrier": parcels[0].carrier,
                    "tracking_numbers": numbers,
                    "notify": self.notify,
                }
                reason = f"order {assigned.order_name}: its parcel has a tracking number now"
                yield Intention(f"{order.number}/{name}", payload, reason, self.origin)
