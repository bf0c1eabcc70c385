"""Parcels that Amazon has sent: one fulfilment in the shop for each, told once it has a tracking number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration_assets.mcf.errands import ORDER, TRACKING
from integration_assets.mcf.requests import Seen
from integration_assets.rules.mcf import COMPLETE, SHIPPING
from resources.amazon import AmazonAccount
from resources.amazon_parts.outbound import McfOrder, McfParcel, McfStatus
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.shopify_parts.service import Assigned

LOOK_AGAIN = timedelta(hours=1)
"""How often an order that Amazon is shipping is looked at though its state stays the same: it may ship in parts."""
REACH_BACK = timedelta(hours=1)
"""How much earlier than the oldest open order Amazon is asked for changes: clocks differ."""


def begun_of(ledger: Ledger, region: str, assigned: Sequence[Assigned]) -> dict[str, Effect]:
    """The orders of these fulfilment orders that this account's Amazon was seen to have."""
    standing = ledger.newest_of(ORDER, region, [one.id for one in assigned])
    return {subject: effect for subject, effect in standing.items() if effect.state == "verified"}


def statuses_of(account: AmazonAccount, begun: Mapping[str, Effect]) -> dict[str, McfStatus]:
    """Our number -> how far Amazon is with these orders, in one list."""
    if not begun:
        return {}
    since = min(effect.decided_at for effect in begun.values()) - REACH_BACK
    ours = {effect.payload["number"] for effect in begun.values()}
    return {one.number: one for one in account.mcf_changes(since) if one.number in ours}


@dataclass
class Parcels:
    """What the shop has to hear of one account's parcels, by what Amazon says of its orders now.

    A parcel without a tracking number waits for it until all of the order has left: it may get one an hour later.
    An order of which everything is told is looked at anew when its state changes, and every hour.
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
        now, looked = self.ledger.clock.now(), self._looked()
        known: dict[str, list[str]] = {}
        found: list[Intention] = []
        for subject, effect in begun.items():
            number = effect.payload["number"]
            state = statuses.get(number)
            if state is None or state.status not in SHIPPING:
                continue
            changed_at, looked_at = looked.get(number, ("", ""))
            if changed_at == state.changed_at.isoformat() and now < datetime.fromisoformat(looked_at) + LOOK_AGAIN:
                known[number] = [changed_at, looked_at]
                continue
            order = self._order(number)
            untold = [] if order is None else list(self._untold(order, accepted[subject]))
            found += untold
            if not untold:
                known[number] = [state.changed_at.isoformat(), now.isoformat()]
        if known != looked:
            self.ledger.set_cursor(self._cursor, json.dumps(known, sort_keys=True))
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

    @property
    def _cursor(self) -> str:
        return f"{TRACKING}/{self.account.region}/looked"

    def _looked(self) -> dict[str, list[str]]:
        """Our number -> which state of it was looked at, and when, of orders of which everything was told then."""
        return dict(json.loads(self.ledger.cursor(self._cursor) or "{}"))

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
