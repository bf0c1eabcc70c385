"""Which Amazon orders hold units back from the pool."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest

from integration_assets.rules.holds import OrderFact, held_units
from tests.unit.stock_facts import minute, order

TAKEOVER = minute(0)
READ_AT = minute(60)


def held(*orders: OrderFact, read_at: datetime | None = READ_AT, takeover_at: datetime | None = TAKEOVER) -> int:
    return held_units(orders, stock_read_at=read_at, takeover_at=takeover_at)


@pytest.mark.parametrize(
    ("item", "units"),
    [
        (order(10, 2), 2),
        (order(10, 2, status="PENDING"), 2),
        (order(10, 2, status="PENDING", open_units=0), 2),
        (order(10, 2, status="PENDING_AVAILABILITY"), 2),
        (order(10, 2, status="CANCELLED", open_units=0), 0),
        (order(10, 2, status="CANCELLED"), 0),
        (order(10, 2, status="UNFULFILLABLE"), 0),
        (order(10, 3, open_units=2), 2),
        (order(10, 3, status="PARTIALLY_SHIPPED", shipped=1), 3),
        (order(10, 3, status="SHIPPED", shipped=3), 3),
        (order(10, 2, open_units=0), 2),
        (order(10, 2, channel_name="NON_AMAZON"), 0),
        (order(10, 2, fulfilled_by="AMAZON"), 0),
        (order(10, 2, fulfilled_by=None), 2),
        (order(10, 2, status="SOMETHING_NEW"), 2),
    ],
    ids=[
        "to be shipped",
        "pending",
        "pending, whose item names no units to ship yet",
        "a preorder",
        "cancelled",
        "cancelled, whose item still names units",
        "unfulfillable",
        "one of three units cancelled",
        "shipped in part, without a counterpart",
        "shipped, without a counterpart: the units are gone all the same",
        "no word of what became of its units",
        "the echo of a Multi-Channel order",
        "shipped by Amazon",
        "not saying who ships it",
        "a status that Amazon adds later",
    ],
)
def test_an_order_holds_what_the_shop_does_not_know_to_be_sold(item: OrderFact, units: int) -> None:
    assert held(item) == units


@pytest.mark.parametrize(
    ("imported_at", "read_at", "units"),
    [(40, 60, 0), (60, 60, 2), (70, 60, 2), (None, 60, 2), (40, None, 2)],
    ids=[
        "the reading is younger than the import",
        "as old as the import",
        "older than the import: it still counts the units",
        "not imported",
        "no reading",
    ],
)
def test_a_hold_ends_with_the_first_stock_reading_after_the_import(
    imported_at: float | None, read_at: float | None, units: int
) -> None:
    item = order(10, 2, imported_at=imported_at)
    assert held(item, read_at=None if read_at is None else minute(read_at)) == units


@pytest.mark.parametrize("takeover_at", [TAKEOVER, None], ids=["before the takeover", "nothing taken over yet"])
@pytest.mark.parametrize(
    ("item", "units"),
    [
        (order(-10, 2), 2),
        (order(-10, 2, status="PENDING", open_units=0), 2),
        (order(-10, 3, status="PARTIALLY_SHIPPED", shipped=1), 2),
        (order(-10, 3, status="SHIPPED", shipped=3), 0),
        (order(-10, 3, status="SHIPPED", open_units=0), 0),
        (order(-10, 2, imported_at=30), 0),
    ],
    ids=["unshipped", "pending", "shipped in part", "shipped", "shipped, no word of its units", "imported"],
)
def test_an_order_from_before_the_takeover_holds_only_what_is_still_to_be_shipped(
    item: OrderFact, units: int, takeover_at: datetime | None
) -> None:
    assert held(item, takeover_at=takeover_at) == units


def test_an_order_placed_at_the_very_takeover_counts_as_ours() -> None:
    assert held(order(0, 3, status="SHIPPED", shipped=3)) == 3


def test_orders_of_all_skus_and_bundles_draw_on_one_pool_in_any_sequence() -> None:
    direct, elsewhere = order(5, 1), order(6, 2, order_id="111-2222222-2222222")
    in_bundle = order(7, 2, status="PARTIALLY_SHIPPED", shipped=1).times(3)
    for orders in itertools.permutations((direct, elsewhere, in_bundle)):
        assert held(*orders) == 9


def test_a_bundles_item_is_multiplied_out_and_stays_the_same_order() -> None:
    assert order(5, 2, imported_at=9, updated_at=8).times(3) == order(5, 6, imported_at=9, updated_at=8)


def test_no_orders_hold_nothing() -> None:
    assert held() == 0
