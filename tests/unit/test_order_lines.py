"""How lines of a Shopify order and items of an Amazon order are told to be the same units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.order_lines import Item, Line, pair

MUG, BOWL, SET = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2", "gid://shopify/ProductVariant/3"


def test_an_item_meets_the_line_of_its_variant_however_the_skus_are_written() -> None:
    found = pair([Item("i1", "MUG-FBA", 2, MUG)], [Line("l1", MUG, "MUG", 2)])
    assert (found.units({"l1": 1}), found.lines({"i1": 2}), found.unpaired) == ({"i1": 1}, {"l1": 2}, ())


def test_an_item_that_is_not_mapped_meets_the_line_with_its_very_sku() -> None:
    found = pair([Item("i1", "MUG", 1)], [Line("l1", None, "MUG", 1)])
    assert found.lines({"i1": 1}) == {"l1": 1}


def test_the_same_product_in_two_items_and_one_line_is_told_apart_by_number() -> None:
    found = pair([Item("i1", "MUG", 1, MUG), Item("i2", "MUG-2", 2, MUG)], [Line("l1", MUG, "MUG", 3)])
    assert found.units({"l1": 2}) == {"i1": 1, "i2": 1}
    assert found.lines({"i2": 2}) == {"l1": 2}


def test_a_bundle_is_one_item_and_counts_when_all_of_it_is_there() -> None:
    bundle = Item("i1", "SET", 2, SET, ((MUG, 2), (BOWL, 1)))
    found = pair([bundle], [Line("l1", MUG, "MUG", 4), Line("l2", BOWL, "BOWL", 2)])
    assert [found.units({"l1": mugs, "l2": bowls})["i1"] for mugs, bowls in ((4, 0), (3, 2), (4, 2))] == [0, 1, 2]
    assert found.lines({"i1": 1}) == {"l1": 2, "l2": 1}


def test_a_bundle_that_is_a_line_of_its_own_meets_that_line() -> None:
    found = pair([Item("i1", "SET", 1, SET, ((MUG, 2),))], [Line("l1", SET, "SET", 1)])
    assert found.lines({"i1": 1}) == {"l1": 1}


def test_what_is_left_over_on_both_sides_is_each_others() -> None:
    found = pair(
        [Item("i1", "MUG", 1, MUG), Item("i2", "OLD", 3)], [Line("l1", MUG, "MUG", 1), Line("l2", None, "NEW", 3)]
    )
    assert (found.lines({"i2": 3}), found.unpaired) == ({"l2": 3}, ())


def test_gift_wrap_and_other_charges_stand_for_no_item() -> None:
    found = pair(
        [Item("i1", "MUG", 1, MUG), Item("i2", "OLD", 1)], [Line("l1", MUG, "MUG", 1), Line("l2", None, "", 1)]
    )
    assert (set(found.parts), found.unpaired) == ({"i1"}, ("i2",))


def test_an_item_that_was_cancelled_before_the_order_was_made_has_no_line_and_is_not_looked_for() -> None:
    found = pair([Item("i1", "MUG", 2, MUG), Item("i2", "BOWL", 1, BOWL, left=0)], [Line("l1", MUG, "MUG", 2)])
    assert (set(found.parts), found.unpaired) == ({"i1"}, ())


def test_an_item_that_was_cancelled_takes_no_line_from_one_of_the_same_product_that_was_not() -> None:
    found = pair([Item("i1", "MUG", 2, MUG, left=0), Item("i2", "MUG", 2, MUG)], [Line("l1", MUG, "MUG", 2)])
    assert (set(found.parts), found.unpaired) == ({"i2"}, ())


def test_a_cancelled_item_is_unpaired_while_a_line_is_left_over_that_could_be_meant() -> None:
    lines = [Line("l1", MUG, "MUG", 2), Line("l2", None, "OTHER", 3)]
    found = pair([Item("i1", "MUG", 2, MUG), Item("i2", "BOWL", 1, BOWL, left=0)], lines)
    assert found.unpaired == ("i2",)


def test_an_item_that_lines_do_not_cover_stays_unpaired() -> None:
    found = pair([Item("i1", "MUG", 3, MUG)], [Line("l1", MUG, "MUG", 2)])
    assert (dict(found.parts), found.unpaired) == ({}, ("i1",))
    with pytest.raises(KeyError):
        found.lines({"i1": 1})


def test_an_order_booked_after_a_cancellation_has_only_the_units_that_were_left() -> None:
    found = pair([Item("i1", "MUG", 3, MUG, left=2)], [Line("l1", MUG, "MUG", 2)])
    assert found.units({"l1": 2}) == {"i1": 2}


@given(ordered=st.lists(st.integers(1, 5), min_size=1, max_size=6), merged=st.booleans())
def test_every_unit_is_paired_once_and_there_and_back_is_the_same(ordered: list[int], merged: bool) -> None:
    items = [Item(f"i{number}", "MUG", units, MUG) for number, units in enumerate(ordered)]
    lines = (
        [Line("l", MUG, "MUG", sum(ordered))]
        if merged
        else [Line(f"l{number}", MUG, "MUG", units) for number, units in enumerate(reversed(ordered))]
    )
    found = pair(items, lines)
    everything = {item.order_item_id: item.ordered for item in items}
    assert found.unpaired == ()
    assert found.lines(everything) == {line.line_item_id: line.quantity for line in lines}
    assert found.units(found.lines(everything)) == everything
