"""What Amazon's own number says: the units it sold that no order tells yet, or that somebody else wrote it.

Readings of orders and of quantities are never simultaneous, so a number is compared with a range, and the range is
widened by every order that may or may not be in it yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from integration_assets.rules.holds import NOT_COMING, PENDING, OrderFact, live_units, ships_from_pool

Verdict = Literal["no_baseline", "no_reading", "explained", "unsettled", "presumed_sold", "leak"]
LAG: Final = timedelta(minutes=2)
"""How long after an order, or after its cancellation, Amazon's number may still be without it."""
SKEW: Final = timedelta(seconds=15)
"""How far Amazon's clock and ours may be apart, the way of an answer included."""
LANDING: Final = timedelta(minutes=15)
"""How long after it was sent a push may be applied, even if its number was seen before: a sale can look like it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A quantity that Amazon was seen to show: sent at `sent_at`, seen at `verified_at`.

    `sent_at` is the first sending where it was sent more than once: any of them may be the one that was applied.
    """

    quantity: int
    sent_at: datetime
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A quantity that was sent and not yet seen: it may have been applied, may still be, or never will."""

    quantity: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """A reading that showed too little: `gone` units left Amazon's number between `opened_at` and `seen_at`.

    It is kept and asked again with what is known of orders later. So a unit is presumed sold until the order that
    bought it is known, even when a push has overwritten Amazon's number in between; and on a SKU that always misses a
    few units, because it sells faster than orders are read, no unit is held to be older than it is. `shown` is the
    number that was read, and `bases` are the quantities that may have been the last ones applied by then.
    """

    opened_at: datetime
    seen_at: datetime
    gone: int
    shown: int = 0
    bases: tuple[Baseline | Sent, ...] = ()

    @property
    def since(self) -> datetime:
        """When the oldest quantity was sent that Amazon may have been showing: a later order may be in the number."""
        return min([self.opened_at, *(base.sent_at for base in self.bases)])

    def unexplained(self, orders: Iterable[OrderFact]) -> int:
        """Units of `gone` that the orders known by now do not account for."""
        return max(0, self.gone - _told(orders, self.opened_at, self.seen_at))

    def never_sold(self, orders: Iterable[OrderFact]) -> int:
        """Units of `gone` that no order accounts for, whichever quantity Amazon had been showing.

        None, when what is known of orders by now makes the number out of one of them: a unit that was given back to a
        low number looks like one that is missing from a high one.
        """
        orders = tuple(orders)
        ranges = (_range(base, self.seen_at, orders) for base in self.bases)
        if any(one.low <= self.shown <= one.high for one in ranges):
            return 0
        return max(0, self.gone - _told(orders, self.since, self.seen_at))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reading says. `leak_units` are signed: more than can be explained is positive.

    `missing` is for the caller to remember and hand back with the next reading, and so is `overwritten`, until a person
    has said what is to be done: what somebody else took off, and a push of ours has gone over since.
    """

    verdict: Verdict
    presumed_sold: int = 0
    leak_units: int = 0
    missing: tuple[Missing, ...] = ()
    why: str = ""
    overwritten: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class _Range:
    """What Amazon may show if `base` is the quantity that was last applied."""

    base: Baseline | Sent
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Past:
    """What is known when a reading is judged: orders, what was missed before, and what of it may still be explained."""

    orders: Sequence[OrderFact]
    missing: tuple[Missing, ...]
    open: tuple[Missing, ...]
    overdue_before: datetime

    def overwritten_by(self, base: Baseline | Sent, missing_now: int = 0) -> tuple[Missing, ...]:
        """Misses that a push has overwritten: Amazon's number no longer lacks the units, the pool still does.

        `base` has, if it was sent later; and some push has, if fewer units are missing now than were, and no order that
        is known by now makes up for them.
        """
        return tuple(
            miss for miss in self.open if miss.seen_at <= base.sent_at or miss.unexplained(self.orders) > missing_now
        )

    def gone_over(
        self, baseline: Baseline, settled_at: datetime | None, known: Sequence[Missing]
    ) -> tuple[Missing, ...]:
        """Misses too old for an order to turn up, that none explains and that `baseline` has overwritten.

        What is `known` to be missing now is none of them, nor what may have been missing at `settled_at`.
        """
        return tuple(
            miss
            for miss in self.missing
            if miss.seen_at < self.overdue_before
            and miss.seen_at <= baseline.sent_at
            and (settled_at is None or miss.opened_at > settled_at)
            and miss not in known
            and miss.never_sold(self.orders)
        )


_NO_BASELINE: Final = Evidence("no_baseline")
_EXPLAINED: Final = Evidence("explained")


def read(
    *,
    baseline: Baseline | None,
    ours: Sequence[Sent],
    shown: int | None,
    shown_at: datetime | None,
    orders: Sequence[OrderFact],
    missing: Sequence[Missing],
    orders_read_at: datetime,
    explain_within: timedelta,
    settled_at: datetime | None = None,
) -> Evidence:
    """Compare the units Amazon shows with what we last saw applied, less what it sold since.

    `orders` are the items of this very SKU in this region account, created or changed since the oldest of `baseline`,
    `ours` and `missing`. `ours` are the quantities sent and never seen that may still be applied, those overtaken by
    a later one included. A missing unit is a leak when orders have been read (`orders_read_at`) for longer than
    `explain_within` after it was first missed: an outage of the orders feed proves nothing. An unexplained increase is
    a leak at once, unless it may be pending orders whose cancellation was not read yet. Missing units that nobody
    bought are a leak even when a push of ours has overwritten the number by then, unless they may have been missing
    when a person decided what is to be done (`settled_at`). Without a baseline there is nothing to compare with, and a
    reading older than the baseline is no evidence.
    """
    if baseline is None:
        return _NO_BASELINE
    overdue_before = orders_read_at - explain_within
    past = _Past(orders, tuple(missing), _still_open(missing, orders, overdue_before), overdue_before)
    found = _compared(baseline, ours, shown, shown_at, past, orders_read_at)
    overwritten = past.gone_over(baseline, settled_at, found.missing)
    if not overwritten or found.leak_units > 0:
        return replace(found, overwritten=overwritten)
    units = _units([replace(miss, gone=miss.never_sold(orders)) for miss in overwritten], ())
    first = min(miss.seen_at for miss in overwritten)
    why = f"{units} units were missing on Amazon at {_at(first)}, no order explains them, and our push has gone over it"
    return replace(found, verdict="leak", leak_units=found.leak_units - units, why=why, overwritten=overwritten)


def _compared(
    baseline: Baseline,
    ours: Sequence[Sent],
    shown: int | None,
    shown_at: datetime | None,
    past: _Past,
    orders_read_at: datetime,
) -> Evidence:
    """What the number says by itself."""
    orders = past.orders
    if shown is None or shown_at is None:
        return Evidence("no_reading", presumed_sold=_units(past.open, orders), missing=past.missing)
    if shown_at < baseline.verified_at:
        carried = past.overwritten_by(baseline)
        return Evidence("no_reading", presumed_sold=_units(carried, orders), missing=carried)
    if shown == baseline.quantity and not past.missing and not ours and not orders:
        return _EXPLAINED
    recent, overtaken = _ranges(baseline, ours, shown_at, orders)
    fits = _fitting(recent, shown)
    if fits is not None:
        return _explained(fits.base, past)
    late = _fitting(overtaken, shown)
    short = [one for one in recent if one.low > shown]
    if not short:
        # More than the later ones allow: an overtaken push may have been applied after them, and sold from.
        if late is not None:
            return _explained(recent[0].base, past)
        short = [one for one in overtaken if one.low > shown]
    if not short:
        return _increase((*recent, *overtaken), shown, past, _may_be_cancelled(orders, orders_read_at, shown_at))
    bases = tuple(one.base for one in (*recent, *overtaken))
    return _shortfall(short, shown, shown_at, past, late, bases)


def landed(
    sent: Sent,
    *,
    shown: int | None,
    shown_at: datetime,
    orders: Sequence[OrderFact],
    earlier: Sequence[Baseline | Sent] = (),
) -> bool:
    """Whether a reading proves that `sent` was applied, even if Amazon sold some of it since.

    A number that an `earlier` quantity of ours explains as well proves nothing, unless it is the very one we sent: then
    Amazon shows what it should, whichever way it came about.
    """
    if shown_at < sent.sent_at:
        return False
    if (shown or 0) == sent.quantity:  # an offer that shows no quantity has nothing for sale
        return True
    if shown is None:
        return False
    own = _range(sent, shown_at, orders)
    if not own.low <= shown <= own.high:
        return False
    return not any(one.low <= shown <= one.high for one in (_range(base, shown_at, orders) for base in earlier))


def expected_target(baseline: Baseline, now: datetime, orders: Sequence[OrderFact]) -> range:
    """Targets that differ from `baseline` by no more than what Amazon itself sold or took back since it was sent."""
    reach = _range(Sent(baseline.quantity, baseline.sent_at), now, orders)
    return range(reach.low, reach.high + 1)


def to_text(missing: Sequence[Missing]) -> str:
    """What has to be remembered, as JSON for a column; empty when there is nothing."""
    rows = [
        [miss.opened_at.isoformat(), miss.seen_at.isoformat(), miss.gone, miss.shown, [*map(_base_as_row, miss.bases)]]
        for miss in missing
    ]
    return json.dumps(rows) if rows else ""


def from_text(text: str | None) -> tuple[Missing, ...]:
    """The counterpart of `to_text`."""
    rows = json.loads(text) if text else []
    at = datetime.fromisoformat
    return tuple(
        Missing(at(opened), at(seen), gone, shown, tuple(_base_of_row(*base) for base in bases))
        for opened, seen, gone, shown, bases in rows
    )


def _base_as_row(base: Baseline | Sent) -> list[int | str]:
    verified = [base.verified_at.isoformat()] if isinstance(base, Baseline) else []
    return [base.quantity, base.sent_at.isoformat(), *verified]


def _base_of_row(quantity: int, sent_at: str, verified_at: str | None = None) -> Baseline | Sent:
    sent = datetime.fromisoformat(sent_at)
    return (
        Sent(quantity, sent) if verified_at is None else Baseline(quantity, sent, datetime.fromisoformat(verified_at))
    )


def _ranges(
    baseline: Baseline, ours: Sequence[Sent], shown_at: datetime, orders: Sequence[OrderFact]
) -> tuple[Sequence[_Range], Sequence[_Range]]:
    """What each quantity would let Amazon show, the one sent last first: since the verified one, and before it.

    A push that is no older than the reading explains nothing; the verified one itself is the baseline.
    """
    sent = sorted(ours, key=lambda one: one.sent_at, reverse=True)
    after: list[Baseline | Sent] = [one for one in sent if baseline.sent_at < one.sent_at < shown_at]
    before = [one for one in sent if one.sent_at < baseline.sent_at]
    after.append(baseline)
    return [_range(one, shown_at, orders) for one in after], [_range(one, shown_at, orders) for one in before]


def _fitting(ranges: Sequence[_Range], shown: int) -> _Range | None:
    return next((one for one in ranges if one.low <= shown <= one.high), None)


def _explained(base: Baseline | Sent, past: _Past) -> Evidence:
    """Nothing is missing now; what `base` has overwritten may still be."""
    carried = past.overwritten_by(base)
    presumed = _units(carried, past.orders)
    if not presumed:
        return _EXPLAINED
    why = f"{presumed} units were missing before our last push and are presumed sold until orders tell"
    return Evidence("presumed_sold", presumed, missing=carried, why=why)


def _range(base: Baseline | Sent, shown_at: datetime, orders: Sequence[OrderFact]) -> _Range:
    """Lowest and highest number that `base`, less what Amazon sold since, can have become by `shown_at`.

    An order placed after the quantity was verified, and well before the reading, is in the number for sure. One placed
    while the push may have been on its way, or within the lag before the reading, may be. A cancelled unit may have
    come back.
    """
    sure_from = max(base.verified_at + SKEW, base.sent_at + LANDING) if isinstance(base, Baseline) else None
    settled_at = shown_at - LAG
    surely = possibly = returned = 0
    for order in orders:
        created_at = order.created_at
        if created_at > shown_at + SKEW or not ships_from_pool(order):
            continue
        sold, doubtful = _units_sold(order)
        if created_at <= base.sent_at - SKEW:
            if order.last_updated_at is None or order.last_updated_at > base.sent_at - LAG:
                returned += doubtful
        elif sure_from is not None and sure_from < created_at <= settled_at:
            surely += sold
            possibly += doubtful
        else:
            possibly += sold + doubtful
            if sure_from is None or created_at <= sure_from:
                returned += doubtful
    return _Range(base, max(0, base.quantity - surely - possibly), max(0, base.quantity - surely + returned))


def _units_sold(order: OrderFact) -> tuple[int, int]:
    """Units the order took from Amazon's number, and units it may or may not have taken or given back."""
    if order.status in NOT_COMING or order.status == "PENDING_AVAILABILITY":
        return 0, order.quantity_ordered
    told = order.quantity_fulfilled + order.quantity_unfulfilled
    if order.status == "PENDING":
        return max(order.quantity_ordered, told), 0
    return told, max(0, order.quantity_ordered - told)


def _may_be_cancelled(orders: Sequence[OrderFact], orders_read_at: datetime, shown_at: datetime) -> int:
    """Units that came back if pending orders were cancelled since orders were last read."""
    if orders_read_at - LAG >= shown_at:
        return 0
    return sum(live_units(order) for order in orders if order.status in PENDING and ships_from_pool(order))


def _increase(ranges: Sequence[_Range], shown: int, past: _Past, cancelled: int) -> Evidence:
    """More than any quantity of ours can have become: nobody but another writer raises it.

    Up to `cancelled` units more prove nothing yet; what is shown then is no number to compare the next one with.
    """
    nearest = max(ranges, key=lambda one: one.high)
    carried = past.overwritten_by(ranges[0].base)
    if shown <= nearest.high + cancelled:
        why = f"{shown - nearest.high} units more than explained may be pending orders that were cancelled"
        return Evidence("unsettled", _units(carried, past.orders), 0, carried, why)
    why = f"at most {nearest.high} of it can be explained ({_base_told(nearest)})"
    return Evidence("leak", _units(carried, past.orders), shown - nearest.high, carried, why)


def _shortfall(
    short: Sequence[_Range],
    shown: int,
    shown_at: datetime,
    past: _Past,
    late: _Range | None,
    bases: tuple[Baseline | Sent, ...],
) -> Evidence:
    """Fewer than a quantity of ours can have become: sold, as long as its order may still turn up.

    The smallest explanation is taken; what is wrong about it, the next reading tells. The first reading that is still
    unexplained tells the age, the present one what a push would overwrite. `late` is an overtaken push that would
    explain the number if it was applied late: believed last, for presuming a sale is the safer mistake.
    """
    orders = past.orders
    nearest = min(
        short, key=lambda one: one.low - shown + _units(past.overwritten_by(one.base, one.low - shown), orders)
    )
    base, units = nearest.base, nearest.low - shown
    carried = past.overwritten_by(base, units)
    # What is missing now came after what was overwritten: the two spans must not share an order.
    opened_at = max([base.sent_at, *(miss.seen_at for miss in carried)])
    seen = Missing(opened_at, shown_at, units + _told(orders, opened_at, shown_at), shown, bases)
    known = [
        miss
        for miss in past.missing
        if miss.seen_at > base.sent_at and miss not in carried and miss.unexplained(orders)
    ]
    first = min(known, key=lambda miss: miss.seen_at, default=seen)
    overdue = first.seen_at < past.overdue_before
    if overdue and late is not None:
        return _explained(base, past)
    leak = min(units, first.unexplained(orders)) if overdue else 0
    # What is a leak was not sold: it must not be presumed sold again once our number is restored.
    left = replace(seen, gone=seen.gone - leak)
    remembered = (*carried, first) if first == left or not left.unexplained(orders) else (*carried, first, left)
    presumed = units - leak + _units(carried, orders)
    if leak:
        why = f"{leak} units have been missing on Amazon since {_at(first.seen_at)} and no order explains them"
        return Evidence("leak", presumed, -leak, remembered, why)
    why = f"{units} units gone from Amazon's number since {_at(first.seen_at)} are presumed sold until orders tell"
    return Evidence("presumed_sold", presumed, 0, remembered, why)


def _still_open(
    missing: Sequence[Missing], orders: Sequence[OrderFact], overdue_before: datetime
) -> tuple[Missing, ...]:
    """Those whose orders may still turn up."""
    return tuple(miss for miss in missing if miss.seen_at >= overdue_before and miss.unexplained(orders))


def _told(orders: Iterable[OrderFact], after: datetime, until: datetime) -> int:
    """Units that orders placed in this span may have taken."""
    return sum(
        max(order.quantity_ordered, live_units(order))
        for order in orders
        if after - SKEW < order.created_at <= until + SKEW and ships_from_pool(order)
    )


def _units(missing: Sequence[Missing], orders: Sequence[OrderFact]) -> int:
    """Units still unexplained: readings whose spans overlap missed the same units, the largest of them counts."""
    total = most = 0
    until: datetime | None = None
    for miss in sorted(missing, key=lambda one: (one.opened_at, one.seen_at)):
        if until is None or miss.opened_at >= until:
            total, most, until = total + most, 0, miss.seen_at
        most = max(most, miss.unexplained(orders))
        until = max(until, miss.seen_at)
    return total + most


def _base_told(one: _Range) -> str:
    if isinstance(one.base, Baseline):
        return f"{one.base.quantity} seen at {_at(one.base.verified_at)}, less what Amazon sold since"
    return f"{one.base.quantity} sent at {_at(one.base.sent_at)}, less what Amazon sold since"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
