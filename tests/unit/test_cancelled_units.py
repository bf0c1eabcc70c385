"""Which units come off an order when Amazon cancels units of an item, the first time and again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.cancelled_units import Column, column_of, to_take_off
from integration_assets.rules.order_lines import Item, Line, pair

SPLIT = Column(per=1, never_booked=0, lines=(("l2", 2), ("l1", 2)))
OPEN = {"l1": 2, "l2": 2}


@pytest.mark.parametrize(
    ("cancelled", "before", "open_units", "taken"),
    [
        (1, 0, {"l1": 2, "l2": 2}, {"l2": 1}),
        (3, 1, {"l1": 2, "l2": 1}, {"l1": 1, "l2": 1}),
        (4, 3, {"l1": 1, "l2": 0}, {"l1": 1}),
        (2, 0, {"l1": 2, "l2": 1}, {"l1": 1, "l2": 1}),
        (2, 0, {"l1": 0, "l2": 1}, {"l2": 1}),
        (2, 2, {"l1": 2, "l2": 0}, {}),
        (2, 0, {}, {}),
    ],
    ids=[
        "the last line first",
        "the second cancellation goes on where the first ended",
        "down to the last unit",
        "what has left stays, and another unit comes off instead",
        "no more than there is",
        "nothing new",
        "lines that the shop has no more",
    ],
)
def test_units_come_off_over_split_lines(
    cancelled: int, before: int, open_units: dict[str, int], taken: dict[str, int]
) -> None:
    assert to_take_off([SPLIT], cancelled=cancelled, before=before, open_units=open_units) == taken


def test_a_bundle_loses_every_part_of_a_unit() -> None:
    bundle = [Column(2, 0, (("mugs", 6),)), Column(1, 0, (("bowls", 3),))]
    assert to_take_off(bundle, cancelled=2, before=1, open_units={"mugs": 4, "bowls": 2}) == {"mugs": 2, "bowls": 1}


def test_units_that_were_cancelled_before_the_order_was_made_do_not_come_off_again() -> None:
    [part] = pair([Item("i1", "MUG", 4, left=3)], [Line("l1", None, "MUG", 3)]).parts["i1"]
    column = column_of(part, ordered=4)
    assert column == Column(1, 1, (("l1", 3),))
    assert to_take_off([column], cancelled=3, before=0, open_units={"l1": 3}) == {"l1": 2}


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.integers(1, 3),
    st.lists(st.integers(0, 20), min_size=1, max_size=5),
)
def test_however_often_amazon_cancels_the_sum_of_what_comes_off_is_what_was_cancelled(
    sizes: list[int], per: int, steps: list[int]
) -> None:
    lines = tuple((f"l{place}", size * per) for place, size in enumerate(sizes))
    still_open = dict(lines)
    before = 0
    for cancelled in sorted({min(step, sum(sizes)) for step in steps}):
        taken = to_take_off([Column(per, 0, lines)], cancelled=cancelled, before=before, open_units=still_open)
        assert sum(taken.values()) == (cancelled - before) * per
        still_open = {line: units - taken.get(line, 0) for line, units in still_open.items()}
        before = cancelled
    assert min(still_open.values()) >= 0
