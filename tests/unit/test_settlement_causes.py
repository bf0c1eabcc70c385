"""The difference between what Shopify and a settlement say of an order, split into causes that add up to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.settlement_causes import Causes, Compared, Value, difference, settled_value, split

SAME = Value(goods=2000, shipping=399, tax=400)
AGREED = Compared(shop=SAME, shop_total=2799, settled=SAME, units_ordered=2, units_settled=2)
AMOUNTS = st.integers(-(10**8), 10**8)
VALUES = st.builds(Value, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)


def settled(**changes: int) -> Compared:
    """The agreed order, with other figures in the settlement."""
    return replace(AGREED, settled=replace(SAME, **changes))


@pytest.mark.parametrize(
    ("order", "causes", "main"),
    [
        (AGREED, Causes(), ""),
        (replace(AGREED, shop=None, shop_total=0), Causes(missing_order=2799), "missing_order"),
        (replace(AGREED, settled=None, units_settled=0), Causes(timing=-2799), "timing"),
        (settled(goods=1900), Causes(price=-100), "price"),
        (settled(shipping=0), Causes(shipping=-399), "shipping"),
        (settled(tax=0), Causes(tax=-400), "tax"),
        (settled(promotion=-300), Causes(promotion=-300), "promotion"),
        (settled(refund=-2000), Causes(refund=-2000), "refund"),
        (replace(AGREED, unmapped=-75), Causes(fee_unmapped=-75), "fee_unmapped"),
        (settled(goods=1998, tax=401), Causes(rounding=-1), "rounding"),
        (settled(goods=1900, shipping=0), Causes(price=-100, shipping=-399), "shipping"),
        (settled(goods=2400, tax=0), Causes(), ""),
        (settled(goods=2300, promotion=-300), Causes(), ""),
        (
            replace(AGREED, settled=Value(1000, 399, 200), units_settled=1),
            Causes(timing=-1200),
            "timing",
        ),
        (replace(AGREED, settled=Value(1960, 391, 392), fx_percent=3), Causes(fx=-56), "fx"),
        (replace(AGREED, settled=Value(1700, 391, 392), fx_percent=3), Causes(price=-300, fx=-16), "price"),
        (replace(AGREED, shop_total=2800), Causes(unexplained=-1), "unexplained"),
        (settled(tax=480, refund=-80), Causes(), ""),
    ],
    ids=[
        "agreed",
        "Shopify has no such order",
        "in no settlement yet",
        "another price",
        "shipping that Amazon kept",
        "tax that was not paid out",
        "a promotion that Shopify does not know",
        "a refund that Shopify does not know",
        "a line that nobody has mapped",
        "a minor unit for each of two units",
        "two causes at once",
        "the price with its tax is the same money",
        "the price before its discount is the same money",
        "half of the units are still to come",
        "the rate that was paid is not the one declared",
        "a price beyond the rate",
        "Shopify's own figures do not add up",
        "tax that came back with a refund is the same money",
    ],
)
def test_a_difference_has_its_causes(order: Compared, causes: Causes, main: str) -> None:
    assert split(order) == causes
    assert causes.main == main
    assert causes.total == difference(order)


def test_tax_that_the_marketplace_keeps_and_shopify_was_never_told_is_no_difference() -> None:
    order = replace(AGREED, shop=Value(goods=2000, shipping=399), shop_total=2399, settled=SAME, withheld_tax=-400)
    assert settled_value(order) == 2399
    assert split(order) == Causes()


def test_tax_that_shopify_was_told_is_compared_with_what_the_buyer_paid() -> None:
    assert split(replace(AGREED, withheld_tax=-400)) == Causes()


@given(
    st.builds(
        Compared,
        shop=st.none() | VALUES,
        shop_total=AMOUNTS,
        settled=st.none() | VALUES,
        withheld_tax=AMOUNTS,
        unmapped=AMOUNTS,
        units_ordered=st.integers(0, 20),
        units_settled=st.integers(0, 20),
        fx_percent=st.integers(0, 10),
    )
)
def test_the_causes_add_up_to_the_difference_whatever_the_figures(order: Compared) -> None:
    assert split(order).total == difference(order)
