"""What Amazon has to be told of the packages of an order: which to confirm, which to put right, which have to wait.

A package is a Shopify fulfillment, and its number there is its number on Amazon (`packageReferenceId`, a text that
holds a positive integer): unique, and the same however often it is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from integration_assets.rules.carriers import Carrier, carrier_for
from integration_assets.rules.order_lines import Pairing

Units = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shipment:
    """A fulfillment as the shop tells it: `lines` are units by order line."""

    number: int
    created_at: datetime
    is_cancelled: bool
    company: str | None
    tracking_numbers: tuple[str, ...]
    lines: Units


@dataclass(frozen=True, slots=True)
class Told:
    """What Amazon was last told of a package, whether or not it has answered."""

    reference: str
    items: Units
    carrier_code: str
    carrier_name: str | None
    tracking_number: str
    ship_at: datetime


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item as Amazon last showed it."""

    ordered: int
    fulfilled: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package to tell Amazon of. `number` is the shop's, `reference` the one Amazon knows it by."""

    number: int
    reference: str
    items: Units
    carrier: Carrier
    tracking_number: str
    ship_at: datetime

    @property
    def units(self) -> int:
        """Units in it."""
        return sum(self.items.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A package that cannot be told to Amazon yet, or never, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be told of one order: in `confirm` what Amazon does not have, in `correct` what it has wrong."""

    confirm: tuple[Parcel, ...] = ()
    correct: tuple[Parcel, ...] = ()
    waiting: tuple[Waiting, ...] = ()


NO_TRACKING = "it has no tracking number, and Amazon takes no confirmation without one"
PART_OF_A_BUNDLE = "the rest of a bundle has not left yet"
NOTHING_TO_CONFIRM = "Amazon has no unit left to confirm for it"
UNKNOWN_ITEMS = "its lines meet no item of the Amazon order"


def decide(
    shipments: Iterable[Shipment],
    *,
    pairing: Pairing,
    items: Mapping[str, ItemState],
    told: Mapping[int, Told],
    created_at: datetime,
    now: datetime,
    carriers: Mapping[str, str],
) -> Decision:
    """Decide every package of an order created on Amazon at `created_at`.

    `told` is by the shop's number of the package. Never more units of an item are confirmed than were ordered, less
    what was cancelled, what we have told, and what somebody else has confirmed in Seller Central: that is taken for
    what left first.
    """
    ordered = sorted(shipments, key=lambda each: each.number)
    live = [each for each in ordered if not each.is_cancelled]
    room, others = _room(items, told.values())
    confirm: list[Parcel] = []
    correct: list[Parcel] = []
    waiting: list[Waiting] = []
    replaceable = [each for each in ordered if each.is_cancelled and each.number in told]
    shipped: dict[str, int] = {}
    before = pairing.units(shipped)
    for shipment in live:
        for line, units in shipment.lines.items():
            shipped[line] = shipped.get(line, 0) + units
        after = pairing.units(shipped)
        left = {item: after[item] - before[item] for item in after}
        before = after
        known = told.get(shipment.number)
        replaced = _replaced(shipment, replaceable) if known is None else None
        if replaced is not None:
            replaceable.remove(replaced)
            known = told[replaced.number]
        if known is not None:
            parcel = _parcel(shipment, known.items, created_at, now, carriers)
            if parcel is not None and _differs(parcel, known):
                correct.append(replace(parcel, reference=known.reference, ship_at=known.ship_at))
            continue
        fitting = {}
        for item, units in left.items():
            by_others = min(units, others.get(item, 0))
            others[item] = others.get(item, 0) - by_others
            fitting[item] = min(units - by_others, room.get(item, 0))
        fitting = {item: units for item, units in fitting.items() if units > 0}
        parcel = _parcel(shipment, fitting, created_at, now, carriers)
        if not fitting:
            waiting.append(Waiting(shipment.number, _why_nothing(shipment, left, pairing)))
        elif parcel is None:
            waiting.append(Waiting(shipment.number, NO_TRACKING))
        else:
            confirm.append(parcel)
            for item, units in fitting.items():
                room[item] -= units
    return Decision(tuple(confirm), tuple(correct), tuple(waiting))


def ship_time(left_at: datetime, *, created_at: datetime, now: datetime) -> datetime:
    """When the package left: never in the future, never before the buyer ordered. Amazon refuses either."""
    return min(max(left_at, created_at), max(now, created_at))


def _room(items: Mapping[str, ItemState], told: Iterable[Told]) -> tuple[dict[str, int], dict[str, int]]:
    """Units of each item that nobody has confirmed, and those that others have: what Amazon shows beyond our own."""
    ours: dict[str, int] = {}
    for each in told:
        for item, units in each.items.items():
            ours[item] = ours.get(item, 0) + units
    others = {item: max(0, state.fulfilled - ours.get(item, 0)) for item, state in items.items()}
    room = {
        item: max(0, state.ordered - state.cancelled - ours.get(item, 0) - others[item])
        for item, state in items.items()
    }
    return room, others


def _replaced(shipment: Shipment, cancelled: Sequence[Shipment]) -> Shipment | None:
    """The cancelled package that this one takes the place of: the shop changes a label by cancelling and redoing."""
    alike = (each for each in cancelled if dict(each.lines) == dict(shipment.lines) and each.number < shipment.number)
    return next(alike, None)


def _parcel(
    shipment: Shipment, items: Units, created_at: datetime, now: datetime, carriers: Mapping[str, str]
) -> Parcel | None:
    tracking = next((number.strip() for number in shipment.tracking_numbers if number.strip()), "")
    if not tracking:
        return None
    return Parcel(
        number=shipment.number,
        reference=str(shipment.number),
        items=dict(items),
        carrier=carrier_for(shipment.company, tracking, carriers),
        tracking_number=tracking,
        ship_at=ship_time(shipment.created_at, created_at=created_at, now=now),
    )


def _differs(parcel: Parcel, known: Told) -> bool:
    was = known.carrier_code, known.carrier_name, known.tracking_number
    return (parcel.carrier.code, parcel.carrier.name, parcel.tracking_number) != was


def _why_nothing(shipment: Shipment, left: Units, pairing: Pairing) -> str:
    if any(left.values()):
        return NOTHING_TO_CONFIRM
    lines = {share.line_item_id for parts in pairing.parts.values() for part in parts for share in part.shares}
    return PART_OF_A_BUNDLE if lines & shipment.lines.keys() else UNKNOWN_ITEMS
