"""What Amazon is told of an order's packages. Minutes are counted from noon, when the buyer ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.carriers import Carrier
from integration_assets.rules.order_lines import Item, Line, Pairing, pair
from integration_assets.rules.shipment import (
    NO_TRACKING,
    NOTHING_TO_CONFIRM,
    PART_OF_A_BUNDLE,
    UNKNOWN_ITEMS,
    Decision,
    ItemState,
    Parcel,
    Shipment,
    Told,
    Waiting,
    decide,
    ship_time,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MUG, BOWL = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"
ONE = pair([Item("i1", "MUG", 3, MUG)], [Line("l1", MUG, "MUG", 3)])
UPS = Carrier("UPS")
AN_HOUR_LATER = NOON + timedelta(minutes=60)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def shipment(
    number: int, units: int = 1, *, tracking: str = "T1", cancelled: bool = False, line: str = "l1"
) -> Shipment:
    numbers = (tracking,) if tracking else ()
    return Shipment(number, minute(number), cancelled, "UPS", numbers, {line: units})


def told(number: int, units: int = 1, *, tracking: str = "T1") -> Told:
    return Told(str(number), {"i1": units}, "UPS", None, tracking, minute(number))


def parcel(number: int, units: int = 1, *, tracking: str = "T1") -> Parcel:
    return Parcel(number, str(number), {"i1": units}, UPS, tracking, minute(number))


def decided(
    shipments: Sequence[Shipment],
    *,
    known: Mapping[int, Told] | None = None,
    ordered: int = 3,
    fulfilled: int = 0,
    cancelled: int = 0,
    pairing: Pairing = ONE,
    now: datetime = AN_HOUR_LATER,
) -> Decision:
    return decide(
        shipments,
        pairing=pairing,
        items={"i1": ItemState(ordered, fulfilled, cancelled)},
        told=known or {},
        created_at=NOON,
        now=now,
        carriers={},
    )


def test_a_package_that_left_is_confirmed_under_its_own_number() -> None:
    assert decided([shipment(11, 3)]) == Decision(confirm=(parcel(11, 3),))


def test_a_partial_shipment_and_the_rest_are_two_packages() -> None:
    found = decided([shipment(12, 2, tracking="T2"), shipment(11, 1)])
    assert found.confirm == (parcel(11, 1), parcel(12, 2, tracking="T2"))


def test_a_package_that_amazon_was_told_of_is_not_told_again() -> None:
    assert decided([shipment(11, 3)], known={11: told(11, 3)}) == Decision()


def test_a_changed_tracking_number_is_put_right_under_the_old_number_of_the_package() -> None:
    found = decided([shipment(11, 3, tracking="T9")], known={11: told(11, 3)}, fulfilled=3)
    assert found == Decision(correct=(parcel(11, 3, tracking="T9"),))


def test_a_label_that_was_cancelled_and_made_anew_puts_the_old_package_right() -> None:
    again = [shipment(11, 3, cancelled=True), shipment(14, 3, tracking="T2")]
    found = decided(again, known={11: told(11, 3)}, fulfilled=3)
    assert (found.confirm, found.waiting) == ((), ())
    [corrected] = found.correct
    assert (corrected.reference, corrected.tracking_number, corrected.ship_at) == ("11", "T2", minute(11))


def test_a_label_that_was_cancelled_before_amazon_was_told_is_nothing() -> None:
    found = decided([shipment(11, 3, cancelled=True), shipment(14, 3)])
    assert found.confirm == (parcel(14, 3),)


@pytest.mark.parametrize(
    ("shipped", "why"),
    [
        ([shipment(11, 3, tracking="")], NO_TRACKING),
        ([shipment(11, 3, line="another")], UNKNOWN_ITEMS),
    ],
    ids=["no tracking number", "lines of something else"],
)
def test_a_package_that_cannot_be_told_waits_and_says_why(shipped: list[Shipment], why: str) -> None:
    assert decided(shipped) == Decision(waiting=(Waiting(11, why),))


def test_units_that_somebody_confirmed_in_seller_central_are_not_confirmed_again() -> None:
    assert decided([shipment(11, 3)], fulfilled=3).waiting == (Waiting(11, NOTHING_TO_CONFIRM),)
    assert decided([shipment(11, 3)], fulfilled=1).confirm == (parcel(11, 2),)


def test_what_somebody_confirmed_in_seller_central_is_taken_for_what_left_first() -> None:
    first, second = shipment(11, 1), shipment(12, 1, tracking="T2")
    assert decided([first], fulfilled=1).waiting == (Waiting(11, NOTHING_TO_CONFIRM),)
    assert decided([first, second], fulfilled=1).confirm == (parcel(12, 1, tracking="T2"),)


def test_cancelled_units_are_never_confirmed() -> None:
    assert decided([shipment(11, 3)], cancelled=1).confirm == (parcel(11, 2),)


def test_a_bundle_is_confirmed_with_the_package_that_makes_it_whole() -> None:
    pairing = pair(
        [Item("i1", "SET", 1, None, ((MUG, 2), (BOWL, 1)))], [Line("l1", MUG, "MUG", 2), Line("l2", BOWL, "BOWL", 1)]
    )
    mugs, bowl = shipment(11, 2), shipment(12, 1, line="l2", tracking="T2")
    assert decided([mugs], pairing=pairing, ordered=1).waiting == (Waiting(11, PART_OF_A_BUNDLE),)
    assert decided([mugs, bowl], pairing=pairing, ordered=1).confirm == (parcel(12, 1, tracking="T2"),)


@pytest.mark.parametrize(
    ("left", "now", "told_as"),
    [(10, 60, 10), (-5, 60, 0), (90, 60, 60), (10, -3, 0)],
    ids=["as it was", "never before the order", "never in the future", "our clock behind Amazon's"],
)
def test_a_package_left_after_it_was_ordered_and_before_now(left: int, now: int, told_as: int) -> None:
    assert ship_time(minute(left), created_at=NOON, now=minute(now)) == minute(told_as)


@given(
    packages=st.lists(st.integers(1, 4), min_size=1, max_size=6),
    ordered=st.integers(1, 12),
    fulfilled=st.integers(0, 12),
    cancelled=st.integers(0, 12),
    order=st.randoms(),
)
def test_never_more_units_are_confirmed_than_may_be_and_telling_all_leaves_nothing_to_tell(
    packages: list[int], ordered: int, fulfilled: int, cancelled: int, order: object
) -> None:
    pairing = pair([Item("i1", "MUG", ordered, MUG)], [Line("l1", MUG, "MUG", ordered)])
    shipments = [shipment(number + 1, units, tracking=f"T{number}") for number, units in enumerate(packages)]
    order.shuffle(shipments)  # type: ignore[attr-defined]
    first = decided(shipments, pairing=pairing, ordered=ordered, fulfilled=fulfilled, cancelled=cancelled)
    sent = sum(each.units for each in first.confirm)
    assert sent <= max(0, min(ordered - cancelled, sum(packages)) - fulfilled)
    assert all(each.reference == str(each.number) and int(each.reference) > 0 for each in first.confirm)
    assert len({each.reference for each in first.confirm}) == len(first.confirm)
    known = {
        each.number: Told(
            each.reference, each.items, each.carrier.code, each.carrier.name, each.tracking_number, each.ship_at
        )
        for each in first.confirm
    }
    again = decided(
        shipments, pairing=pairing, ordered=ordered, fulfilled=fulfilled + sent, cancelled=cancelled, known=known
    )
    assert (again.confirm, again.correct) == ((), ())


@given(st.permutations([shipment(number, 1, tracking=f"T{number}") for number in range(1, 4)]))
def test_the_order_in_which_packages_are_told_of_does_not_matter(shipments: list[Shipment]) -> None:
    assert decided(shipments) == decided(sorted(shipments, key=lambda each: each.number))


def test_the_same_decision_is_made_however_late_it_is_made() -> None:
    assert decided([shipment(11, 3)], now=minute(60)) == decided([shipment(11, 3)], now=minute(6000))


def test_a_carrier_in_doubt_is_told_all_the_same() -> None:
    odd = replace(shipment(11, 3, tracking="1Z999AA10123456784"), company="DPD")
    [found] = decided([odd]).confirm
    assert (found.carrier.code, found.carrier.doubt) == ("DPD", "1Z999AA10123456784 looks like a number of UPS")
