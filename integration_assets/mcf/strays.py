"""Orders that Amazon has and the shop no longer asks for: remembered, found, and watched until both sides are done.

What the shop took back it does not speak of any more, so what was handed over is remembered before the call.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from integration_assets.mcf.errands import CANCEL, ORDER
from integration_assets.rules.mcf import FAILED, SHIPPING, is_all_told
from resources.amazon import AmazonAccount
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.shopify_parts.service import Assigned

WITH_US = {"OPEN": ("SUBMITTED",), "SCHEDULED": ("SUBMITTED",), "IN_PROGRESS": ("ACCEPTED", "CANCELLATION_REJECTED")}
"""Status of a fulfilment order -> its request's, while the service is the one to ship it."""


@dataclass
class Strays:
    """What became of the orders that the shop no longer shows, in one region account."""

    to_cancel: list[Effect] = field(default_factory=list)
    """Amazon has not shipped these, and is to be told not to."""
    too_late: dict[str, tuple[Effect, str]] = field(default_factory=dict)
    """Our number -> what handed it over and how far Amazon is, of orders that Amazon ships all the same."""
    over: set[str] = field(default_factory=set)
    """Fulfilment orders that nobody has to look at any more."""


def remembered(ledger: Ledger, region: str) -> set[str]:
    """The fulfilment orders handed to this account's Amazon of which the end was not seen."""
    return set(json.loads(ledger.cursor(_cursor(region)) or "[]"))


def remember(ledger: Ledger, region: str, subjects: Iterable[str]) -> None:
    """Keep fulfilment orders in mind; called before any of them is handed over."""
    known = remembered(ledger, region)
    _keep(ledger, region, known, known.union(subjects))


def forget(ledger: Ledger, region: str, subjects: Collection[str]) -> None:
    """What is over is nobody's business any more; called once it was told."""
    known = remembered(ledger, region)
    _keep(ledger, region, known, known.difference(subjects))


def is_with_us(assigned: Assigned) -> bool:
    """Whether the service is still asked to ship it, or has said that it will."""
    return assigned.request_status in WITH_US.get(assigned.status, ())


def is_another(effect: Effect, assigned: Assigned) -> bool:
    """Whether the shop asks for other units than those handed over, under the same fulfilment order."""
    asked = {line.line_id: line.remaining for line in assigned.lines if line.remaining}
    return asked != {line_id: units for line_id, _sku, units in effect.payload["lines"]}


def find(ledger: Ledger, account: AmazonAccount, gone: Mapping[str, Assigned | None]) -> Strays:
    """Hold each fulfilment order that is no longer with the service against what Amazon does with it."""
    found = Strays()
    begun = ledger.newest_of(ORDER, account.region, gone)
    cancels = ledger.newest_of(CANCEL, account.region, [effect.payload["number"] for effect in begun.values()])
    for subject, assigned in gone.items():
        effect = begun.get(subject)
        if effect is None or effect.state in ("rejected", "superseded"):
            found.over.add(subject)
        elif effect.state == "verified":
            number = effect.payload["number"]
            cancel = cancels.get(number)
            _judge(found, account, effect, assigned, was_refused=cancel is not None and cancel.state == "rejected")
    return found


def _judge(
    found: Strays, account: AmazonAccount, effect: Effect, assigned: Assigned | None, *, was_refused: bool
) -> None:
    number = effect.payload["number"]
    order = account.mcf_order(number)
    if order is None or order.status in FAILED:
        found.over.add(effect.subject)
        return
    units = sum(units for _line, _sku, units in effect.payload["lines"])
    parcels = {parcel.tracking_number: sum(parcel.contents.values()) for parcel in order.parcels}
    told = assigned.tracking_numbers if assigned is not None else frozenset()
    if is_all_told(order.status, parcels, told, units=units):
        found.over.add(effect.subject)
    elif order.status not in SHIPPING or (order.status == "Processing" and not was_refused):
        found.to_cancel.append(effect)
    else:
        found.too_late[number] = (effect, order.status)
        if order.status != "Processing":
            found.over.add(effect.subject)


def _keep(ledger: Ledger, region: str, before: set[str], now: set[str]) -> None:
    if now != before:
        ledger.set_cursor(_cursor(region), json.dumps(sorted(now)))


def _cursor(region: str) -> str:
    return f"{ORDER}/{region}/with_amazon"
