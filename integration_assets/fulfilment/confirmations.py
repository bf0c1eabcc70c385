"""Telling Amazon of packages that left, once each, and putting their tracking right where it has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integration_assets.contracts.errors import Rejected
from integration_assets.contracts.fulfilment import ORDER_PACKAGES
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.fulfilment.facts import GONE, Book, LinkedOrder
from integration_assets.fulfilment.queries import TO_CONFIRM
from integration_assets.rules.lateness import in_order_of_deadline
from integration_assets.rules.shipment import Decision, ItemState, Parcel, Shipment, Told, decide
from resources.amazon import AmazonAccount
from resources.amazon_parts.shipments import ConfirmedPackage, OrderReading, is_nothing_left
from resources.ledger_parts.records import Effect, Intention

CONFIRMATION = "shipment_confirmation"
CORRECTION = "tracking_correction"
ANSWERED = frozenset({"sent", "applied", "verified", "unknown"})
"""States in which Amazon has, or may have, what it was told."""
CORRECTED_FOR = timedelta(days=7)
LOOK_AFTER = timedelta(minutes=10)
"""By then a reading of orders has brought the package along, which costs no call."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be told of one order."""

    linked: LinkedOrder
    decision: Decision


@dataclass
class Plan:
    """All that is to be told in a region account, what is due first being first."""

    orders: list[Planned] = field(default_factory=list)
    confirm: list[Intention] = field(default_factory=list)
    correct: list[Intention] = field(default_factory=list)


class Packages:
    """Decides which packages of a region account Amazon has to be told of."""

    def __init__(self, book: Book, *, origin: str) -> None:
        self._book = book
        self._origin = origin

    def plan(self, region: str) -> Plan:
        """Everything that Amazon does not know yet, whether or not it was told already and has not answered."""
        since = self._book.clock.now() - CORRECTED_FOR
        asked = self._book.warehouse.query(TO_CONFIRM, {"region": region, "since": since})
        linked = self._book.linked(region, [row[0] for row in asked])
        shipped = [each for each in linked if each.packages]
        subjects = [subject_of(each, package.fulfillment_id) for each in shipped for package in each.packages]
        confirmed = self._book.ledger.newest_of(CONFIRMATION, region, subjects)
        corrected = self._book.ledger.newest_of(CORRECTION, region, subjects)
        plan = Plan()
        ordered = in_order_of_deadline(
            shipped, ship_by_at=lambda each: each.order.ship_by_at, name=lambda each: each.amazon_order_id
        )
        for each in ordered:
            decision = self._decide(each, confirmed, corrected)
            plan.orders.append(Planned(each, decision))
            plan.confirm.extend(self._intention(each, parcel, correction=False) for parcel in decision.confirm)
            plan.correct.extend(self._intention(each, parcel, correction=True) for parcel in decision.correct)
        return plan

    def _decide(
        self, linked: LinkedOrder, confirmed: Mapping[str, Effect], corrected: Mapping[str, Effect]
    ) -> Decision:
        told = {}
        for package in linked.packages:
            subject = subject_of(linked, package.fulfillment_id)
            effect = confirmed.get(subject)
            if effect is None or effect.state not in ANSWERED:
                continue
            later = corrected.get(subject)
            last = later if later is not None and later.state in ANSWERED else effect
            told[number_of(package.fulfillment_id)] = _told(effect, last)
        return decide(
            _shipments(linked),
            pairing=linked.pairing,
            items={
                item.order_item_id: ItemState(item.quantity_ordered, item.quantity_fulfilled, item.quantity_cancelled)
                for item in linked.items
            },
            told=told,
            created_at=linked.order.created_at,
            now=self._book.clock.now(),
            carriers=self._book.model.carriers,
        )

    def _intention(self, linked: LinkedOrder, parcel: Parcel, *, correction: bool) -> Intention:
        order = linked.order
        payload = {
            "amazon_order_id": order.amazon_order_id,
            "shopify_order_id": linked.shopify_order_id,
            "marketplace_id": order.marketplace_id,
            "package_reference_id": parcel.reference,
            "carrier_code": parcel.carrier.code,
            "carrier_name": parcel.carrier.name,
            "tracking_number": parcel.tracking_number,
            "ship_at": parcel.ship_at.isoformat(),
            "ship_by_at": None if order.ship_by_at is None else order.ship_by_at.isoformat(),
            "items": dict(sorted(parcel.items.items())),
            "is_correction": correction,
        }
        done = "its tracking was changed in Shopify" if correction else "it left, and Amazon has not been told"
        doubt = f"; {parcel.carrier.doubt}" if parcel.carrier.doubt else ""
        subject = f"{order.amazon_order_id}/{parcel.reference}"
        return Intention(subject, payload, f"package {parcel.number}: {done}{doubt}", self._origin)


@dataclass
class ConfirmShipment:
    """The errand that confirms a package: a business event, done once."""

    account: AmazonAccount
    book: Book
    kind: str = CONFIRMATION
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Confirm it. Where Amazon says that nothing is left to confirm, see whether it was we who did it."""
        try:
            request = self.account.confirm_shipment(_package(effect))
        except Rejected as error:
            if not is_nothing_left(error):
                raise
            sight = self._seen(effect, self.account.order_reading(effect.payload["amazon_order_id"]))
            if sight.verdict != "there":
                raise
            return Receipt(reference=error.request_id or None, detail=f"{sight.detail}; {error}", proven=True)
        return Receipt(reference=request or None, detail="Amazon took it (204)", look_after=LOOK_AFTER)

    def look(self, effect: Effect) -> Sight:
        """What the last reading of orders brought along; where it says nothing, the order itself is asked for."""
        order_id, reference = effect.payload["amazon_order_id"], effect.payload["package_reference_id"]
        if self.book.warehouse.rows(
            ORDER_PACKAGES, "amazon_order_id = ? AND package_reference_id = ?", [order_id, reference]
        ):
            return Sight("there", "a reading of orders shows the package", reference)
        return self._seen(effect, self.account.order_reading(order_id))

    def _seen(self, effect: Effect, reading: OrderReading) -> Sight:
        reference, items = effect.payload["package_reference_id"], effect.payload["items"]
        if any(package.package_reference_id == reference for package in reading.packages):
            return Sight("there", "Amazon shows the package", reference)
        if reading.order.status == "CANCELLED":
            return Sight("refused", "Amazon has cancelled the order")
        left = {item.order_item_id: item.quantity_unfulfilled for item in reading.items}
        if all(left.get(item, 0) >= units for item, units in items.items()):
            return Sight("not_there", "Amazon does not show the package, and still waits for its units")
        if not any(left.get(item, 0) for item in items):
            return Sight("there", "Amazon shows the units as shipped, in a package of somebody else's")
        return Sight("refused", "somebody else has confirmed a part of its units in another package")


@dataclass
class CorrectTracking:
    """The errand that tells a package's tracking anew under its old number: a value, which may change again."""

    account: AmazonAccount
    book: Book
    kind: str = CORRECTION
    once: bool = False

    def send(self, effect: Effect) -> Receipt:
        """Tell Amazon of the package once more. Rejected where it does not take changes of it."""
        request = self.account.confirm_shipment(_package(effect))
        return Receipt(reference=request or None, detail="Amazon took it (204)", look_after=LOOK_AFTER)

    def look(self, effect: Effect) -> Sight:
        """Whether Amazon shows the new tracking number."""
        order_id, reference = effect.payload["amazon_order_id"], effect.payload["package_reference_id"]
        wanted = effect.payload["tracking_number"]
        known = self.book.warehouse.rows(
            ORDER_PACKAGES, "amazon_order_id = ? AND package_reference_id = ?", [order_id, reference]
        )
        if any(package.tracking_number == wanted for package in known):
            return Sight("there", "a reading of orders shows the new tracking number", reference)
        for package in self.account.order_reading(order_id).packages:
            if package.package_reference_id == reference:
                seen = package.tracking_number == wanted
                return Sight(
                    "there" if seen else "not_there",
                    f"Amazon shows {package.tracking_number or 'no tracking number'}",
                    reference,
                )
        return Sight("refused", "Amazon does not show the package under its old number")


def subject_of(linked: LinkedOrder, fulfillment_id: str) -> str:
    """The natural key of a package: the order, and the package's number within it."""
    return f"{linked.amazon_order_id}/{number_of(fulfillment_id)}"


def number_of(fulfillment_id: str) -> int:
    """The number in a fulfillment's global id: positive, and the same for ever."""
    return int(fulfillment_id.rpartition("/")[2])


def waiting_of(orders: Iterable[Planned]) -> dict[str, str]:
    """Amazon order id -> why a package of it cannot be told; the first reason where there are several."""
    return {each.linked.amazon_order_id: each.decision.waiting[0].why for each in orders if each.decision.waiting}


def _shipments(linked: LinkedOrder) -> Sequence[Shipment]:
    return [
        Shipment(
            number=number_of(package.fulfillment_id),
            created_at=package.created_at,
            is_cancelled=package.status in GONE,
            company=package.tracking_company,
            tracking_numbers=package.tracking_numbers,
            lines={
                line.line_item_id: line.quantity
                for line in linked.contents
                if line.fulfillment_id == package.fulfillment_id
            },
        )
        for package in linked.packages
    ]


def _told(first: Effect, last: Effect) -> Told:
    return Told(
        reference=first.payload["package_reference_id"],
        items=first.payload["items"],
        carrier_code=last.payload["carrier_code"],
        carrier_name=last.payload["carrier_name"],
        tracking_number=last.payload["tracking_number"],
        ship_at=datetime.fromisoformat(first.payload["ship_at"]),
    )


def _package(effect: Effect) -> ConfirmedPackage:
    payload: dict[str, Any] = effect.payload
    return ConfirmedPackage(
        order_id=payload["amazon_order_id"],
        marketplace_id=payload["marketplace_id"],
        reference=payload["package_reference_id"],
        carrier_code=payload["carrier_code"],
        carrier_name=payload["carrier_name"],
        tracking_number=payload["tracking_number"],
        ship_at=datetime.fromisoformat(payload["ship_at"]),
        items=payload["items"],
    )
