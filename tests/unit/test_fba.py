"""FBA units are counted once per pool, however many marketplaces show them."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.amazon import FbaInventory
from integration_assets.rules.fba import one_per_pool

READING = FbaInventory(
    region="eu",
    pool="EU",
    fnsku="X001",
    seller_sku="MUG-BLUE",
    asin="B000000001",
    condition="NewItem",
    fulfillable=40,
    reserved=3,
    inbound=0,
    unfulfillable=1,
    researching=0,
    total=44,
)


def test_a_pool_that_five_marketplaces_show_is_counted_once() -> None:
    assert one_per_pool([READING] * 5) == [READING]


def test_the_units_of_two_pools_are_two_rows() -> None:
    british = replace(READING, pool="UK", fulfillable=7, total=11)
    assert one_per_pool([british, READING, british]) == [READING, british]


def test_two_labels_on_one_sku_stay_apart() -> None:
    relabelled = replace(READING, fnsku="X002", fulfillable=2)
    assert one_per_pool([relabelled, READING]) == [READING, relabelled]


def test_where_marketplaces_disagree_the_reading_that_promises_least_is_kept_whole() -> None:
    later = replace(READING, fulfillable=38, reserved=5)
    assert one_per_pool([READING, later]) == [later]
    assert one_per_pool([later, READING]) == [later]


def test_equal_promises_are_settled_by_the_smaller_total() -> None:
    fuller = replace(READING, inbound=100, total=144)
    assert one_per_pool([fuller, READING]) == [READING]


def test_rows_without_a_label_are_told_apart_by_their_sku() -> None:
    first, second = replace(READING, fnsku="", seller_sku="A"), replace(READING, fnsku="", seller_sku="B")
    assert one_per_pool([second, first]) == [first, second]


def test_nothing_told_is_nothing_counted() -> None:
    assert one_per_pool([]) == []


readings = st.lists(
    st.builds(
        lambda fnsku, pool, fulfillable, total: replace(
            READING, fnsku=fnsku, pool=pool, fulfillable=fulfillable, total=total
        ),
        st.sampled_from(["X001", "X002"]),
        st.sampled_from(["EU", "UK"]),
        st.integers(0, 5),
        st.integers(0, 9),
    )
)


@given(readings, st.randoms(use_true_random=False))
def test_the_order_of_asking_changes_nothing(rows: list[FbaInventory], dice: random.Random) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert one_per_pool(shuffled) == one_per_pool(rows)


@given(readings)
def test_no_pool_ever_promises_more_than_any_marketplace_showed(rows: list[FbaInventory]) -> None:
    kept = {(row.pool, row.fnsku): row for row in one_per_pool(rows)}
    assert set(kept) == {(row.pool, row.fnsku) for row in rows}
    assert all(kept[row.pool, row.fnsku].fulfillable <= row.fulfillable for row in rows)
    assert all(row in rows for row in kept.values())
