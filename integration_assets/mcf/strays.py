"""Orders that Amazon has and the shop no longer asks for: remembered, found, and watched until both sides are done.

What the shop took back it does not speak of any more, so what was handed over is remembered before the call.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from integration_assets.mcf.errands import CANCEL, ORDER, TRACKING
from integration_assets.rules.mcf import COMPLETE, FAILED, is_all_told
from resources.amazon import AmazonAccount
from resources.amazon_parts.outbound import McfOrder
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.shopify_parts.service import Assigned

WITH_US = {"OPEN": ("SUBMITTED",), "SCHEDULED": ("SUBMITTED",), "IN_PROGRESS": ("ACCEPTED", "CANCELLATION_REJECTED")}
"""Status of a fulfilment order -> its request's, while the service is the one to ship it."""

NUMBERS_COME = timedelta(days=30)
"""How long after the handing over the tracking number of a parcel that was told without one is waited for."""


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
            order = account.mcf_order(effect.payload["number"])
            cancel = cancels.get(effect.payload["number"])
            if order is None or order.status in FAILED:
                found.over.add(subject)
            elif not _is_all_told(ledger, account.region, effect, order, assigned):
                _take_back(found, effect, order.status, was_refused=cancel is not None and cancel.state == "rejected")
            elif not _waits_for_a_number(order, assigned) or ledger.clock.now() > effect.decided_at + NUMBERS_COME:
                found.over.add(subject)
    return found


def _take_back(found: Strays, effect: Effect, status: str, *, was_refused: bool) -> None:
    """Amazon is asked to give it up until it has refused; then only a person can."""
    if status not in COMPLETE and not was_refused:
        found.to_cancel.append(effect)
        return
    found.too_late[effect.payload["number"]] = (effect, status)
    if status in COMPLETE:
        found.over.add(effect.subject)


def _is_all_told(ledger: Ledger, region: str, effect: Effect, order: McfOrder, assigned: Assigned | None) -> bool:
    """Whether the shop was told of every unit: it shows the parcel, or took it from us and somebody renamed it."""
    told = assigned.parcels if assigned is not None else {}
    subjects = {f"{order.number}/{parcel.reference}": parcel for parcel in order.parcels}
    ours = ledger.newest_of(TRACKING, region, subjects)
    left = [
        (
            sum(parcel.contents.values()),
            bool(parcel.told_as(told)) or (subject in ours and ours[subject].state == "verified"),
        )
        for subject, parcel in subjects.items()
    ]
    return is_all_told(order.status, left, units=sum(units for _line, _sku, units in effect.payload["lines"]))


def _waits_for_a_number(order: McfOrder, assigned: Assigned | None) -> bool:
    told = assigned.parcels if assigned is not None else {}
    return any(parcel.told_as(told) not in ("", parcel.tracking_number) for parcel in order.parcels)


def _keep(ledger: Ledger, region: str, before: set[str], now: set[str]) -> None:
    if now != before:
        ledger.set_cursor(_cursor(region), json.dumps(sorted(now)))


def _cursor(region: str) -> str:
    return f"{ORDER}/{region}/with_amazon"
