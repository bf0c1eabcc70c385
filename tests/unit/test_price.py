"""The price rule: exact, rounded as declared, and never under its floor."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.price import Bounds, NoPrice, PriceRule, Target, moves_too_far, target, too_many_move

D = Decimal


def price(base: str, rule: PriceRule, *, rate: str | None = "1", digits: int = 2) -> str:
    made = target(D(base), None if rate is None else D(rate), rule, digits=digits)
    return str(made.amount) if isinstance(made, Target) else made.told


@pytest.mark.parametrize(
    ("base", "rate", "digits", "rule", "expected"),
    [
        ("19.90", "1", 2, PriceRule(), "19.90"),
        ("19.90", "1.17", 2, PriceRule(), "23.28"),
        ("19.90", "195", 0, PriceRule(), "3881"),
        ("19.90", "1", 2, PriceRule(markup_percent=D(10)), "21.89"),
        ("19.90", "1.17", 2, PriceRule(markup=D("1.50")), "24.78"),
        ("20.00", "1", 2, PriceRule(endings=(D("0.99"),)), "19.99"),
        ("20.60", "1", 2, PriceRule(endings=(D("0.99"),)), "20.99"),
        ("20.50", "1", 2, PriceRule(endings=(D("0.00"), D("0.99"))), "20.99"),
        ("20.00", "1", 2, PriceRule(endings=(D("0.99"),), rounding="up"), "20.99"),
        ("20.98", "1", 2, PriceRule(endings=(D("0.99"),), rounding="down"), "19.99"),
        ("20.00", "195", 0, PriceRule(endings=(D(80),)), "3880"),
        ("8.00", "1", 2, PriceRule(floor=D("9.50")), "9.50"),
        ("8.00", "1", 2, PriceRule(floor=D("9.50"), endings=(D("0.99"),)), "9.99"),
        ("8.00", "1", 2, PriceRule(markup_percent=D(-50), floor_percent=D(75)), "6.00"),
        ("80.00", "1", 2, PriceRule(ceiling=D("60.00"), endings=(D("0.99"),)), "59.99"),
        ("80.00", "1", 2, PriceRule(ceiling=D("60.00"), floor=D("60.00"), endings=(D("0.99"),)), "60.00"),
        ("12.00", "1", 2, PriceRule(shop_vat=D(20), vat=D(19)), "11.90"),
        ("10.00", "1", 2, PriceRule(shop_vat=D(0), vat=D(19)), "11.90"),
        ("12.00", "1", 2, PriceRule(vat=D(19)), "12.00"),
    ],
    ids=[
        "the same currency",
        "another one at the declared rate",
        "yen have no decimals",
        "a percentage on top",
        "an amount on top, in the marketplace's currency",
        "the nearest ending may be lower",
        "or higher",
        "of two as near the higher",
        "only upwards",
        "only downwards",
        "endings of yen are its last two digits",
        "the floor",
        "the floor with an ending on it",
        "a floor in percent",
        "the ceiling with an ending below it",
        "where no ending fits between the bounds, the floor itself",
        "another tax in place of the shop's",
        "tax on a price without",
        "a tax that says nothing without the shop's",
    ],
)
def test_a_price_is_made_by_its_rule(base: str, rate: str, digits: int, rule: PriceRule, expected: str) -> None:
    assert price(base, rule, rate=rate, digits=digits) == expected


@pytest.mark.parametrize(
    ("base", "rate", "rule", "told"),
    [
        ("9.00", None, PriceRule(), "no rate between the shop's currency and the marketplace's is declared"),
        ("0.00", "1", PriceRule(), "the price in Shopify is 0.00: nothing is sold for that"),
        ("9.00", "1", PriceRule(floor=D(9), ceiling=D(8)), "its ceiling of 8.00 is below its floor of 9.00"),
        ("9.00", "1", PriceRule(markup=D(-9)), "the rule makes 0.00 of it: nothing is sold for that"),
    ],
    ids=["no rate", "no price", "bounds that contradict one another", "a rule that gives it away"],
)
def test_no_price_is_guessed(base: str, rate: str | None, rule: PriceRule, told: str) -> None:
    assert price(base, rule, rate=rate).startswith(told)


def test_a_price_says_how_it_came_about() -> None:
    made = target(D("19.90"), D("1.17"), PriceRule(markup_percent=D(8), endings=(D("0.99"),), floor=D(30)), digits=2)
    assert made == Target(D("30.99"), D("30.00"), "19.90 at 1.17 +8 % makes 24.99, no less than its floor of 30.00")


amounts = st.decimals("0.01", "5000", places=2)
endings = st.lists(st.decimals("0", "0.99", places=2), max_size=3).map(tuple)


@given(
    base=st.decimals("-5", "5000", places=2),
    rate=st.decimals("0.01", "200", places=4),
    digits=st.sampled_from([0, 2]),
    markup_percent=st.decimals("-95", "300", places=1),
    markup=st.decimals("-50", "50", places=2),
    ends=endings,
    rounding=st.sampled_from(["nearest", "up", "down"]),
    floor=st.none() | amounts,
    floor_percent=st.none() | st.decimals("1", "150", places=1),
    ceiling=st.none() | amounts,
)
def test_a_price_is_never_under_its_floor_nor_over_its_ceiling(
    base: Decimal,
    rate: Decimal,
    digits: int,
    markup_percent: Decimal,
    markup: Decimal,
    ends: tuple[Decimal, ...],
    rounding: str,
    floor: Decimal | None,
    floor_percent: Decimal | None,
    ceiling: Decimal | None,
) -> None:
    if digits == 0:
        ends = tuple(end * 100 for end in ends)
    rule = PriceRule(
        markup_percent=markup_percent,
        markup=markup,
        endings=ends,
        rounding=rounding,  # type: ignore[arg-type]  # one of the three
        floor=floor,
        floor_percent=floor_percent,
        ceiling=ceiling,
    )
    made = target(base, rate, rule, digits=digits)
    if isinstance(made, NoPrice):
        return
    assert base > 0
    assert made.amount > 0
    assert made.amount == round(made.amount, digits)
    assert floor is None or made.amount >= floor
    assert floor_percent is None or made.amount >= base * rate * floor_percent / 100
    assert ceiling is None or made.amount <= ceiling
    step = Decimal(1) if digits else Decimal(100)
    assert not ends or made.amount % step in ends or made.amount == made.floor


@pytest.mark.parametrize(
    ("shown", "wanted", "too_far"),
    [("10.00", "13.00", False), ("10.00", "13.01", True), ("10.00", "6.99", True), (None, "99.00", False)],
)
def test_a_large_move_is_noticed(shown: str | None, wanted: str, too_far: bool) -> None:
    assert moves_too_far(None if shown is None else D(shown), D(wanted), Bounds()) is too_far


@pytest.mark.parametrize(("moved", "shown", "too_many"), [(9, 10, False), (10, 20, False), (11, 20, True)])
def test_a_plan_that_moves_too_much_is_noticed(moved: int, shown: int, too_many: bool) -> None:
    assert too_many_move(moved, shown, Bounds()) is too_many
