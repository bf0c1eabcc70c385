"""Fees of the account, shared out among the order lines of a settlement."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.allocation import RULES, Allocation, Charge, Left, Part, Rule, Sold, allocate

MUG = Sold("026-1", "11", "MUG", units=2, revenue=2000)
BOWL = Sold("026-2", "21", "BOWL", units=1, revenue=1000)
CHARGES = st.lists(
    st.builds(
        Charge,
        bucket=st.sampled_from(["storage", "advertising", "subscription"]),
        seller_sku=st.sampled_from(["", "MUG", "BOWL", "PLATE"]),
        amount=st.integers(-(10**9), 10**9),
    ),
    max_size=12,
)
SOLD = st.lists(
    st.builds(
        Sold,
        order_id=st.sampled_from(["026-1", "026-2", "026-3"]),
        item_id=st.sampled_from(["1", "2"]),
        seller_sku=st.sampled_from(["MUG", "BOWL"]),
        units=st.integers(0, 50),
        revenue=st.integers(-500, 10**7),
    ),
    max_size=8,
)
ALL_RULES = st.fixed_dictionaries(
    {bucket: st.sampled_from(RULES) for bucket in ("storage", "advertising", "subscription")}
)


@pytest.mark.parametrize(
    ("rule", "sku", "parts", "left"),
    [
        ("leave", "", {}, [Left("storage", -100, "left by rule")]),
        ("by_revenue", "", {"026-1": -67, "026-2": -33}, []),
        ("by_units", "", {"026-1": -67, "026-2": -33}, []),
        ("by_sku", "BOWL", {"026-2": -100}, []),
        ("by_sku", "PLATE", {}, [Left("storage", -100, "its SKU was not sold")]),
        ("by_sku", "", {}, [Left("storage", -100, "no SKU is named")]),
    ],
)
def test_each_rule_has_its_own_bearers(rule: Rule, sku: str, parts: dict[str, int], left: list[Left]) -> None:
    found = allocate([Charge("storage", sku, -100)], [MUG, BOWL], {"storage": rule})
    assert {part.order_id: part.amount for part in found.parts} == parts
    assert list(found.left) == left


def test_a_bucket_without_a_rule_stays_with_the_account() -> None:
    found = allocate([Charge("advertising", "", -500)], [MUG], {"storage": "by_units"})
    assert found == Allocation(parts=(), left=(Left("advertising", -500, "left by rule"),))


def test_where_nothing_was_sold_there_is_nobody_to_bear_it() -> None:
    found = allocate([Charge("storage", "", -500)], [], {"storage": "by_revenue"})
    assert found == Allocation(parts=(), left=(Left("storage", -500, "nothing was sold to share it among"),))


def test_a_charge_cut_into_rows_is_shared_like_one() -> None:
    cut = [Charge("storage", "", -1) for _ in range(3)]
    found = allocate(cut, [MUG, BOWL], {"storage": "by_units"})
    assert found.parts == (Part("026-1", "11", "MUG", "storage", -2), Part("026-2", "21", "BOWL", "storage", -1))


@given(CHARGES, SOLD, ALL_RULES)
def test_what_is_shared_and_what_is_left_add_up_to_the_charges(
    charges: list[Charge], sold: list[Sold], rules: dict[str, Rule]
) -> None:
    found = allocate(charges, sold, rules)
    together: Counter[str] = Counter()
    for part in found.parts:
        together[part.bucket] += part.amount
    for left in found.left:
        together[left.bucket] += left.amount
    wanted: Counter[str] = Counter()
    for charge in charges:
        wanted[charge.bucket] += charge.amount
    assert {bucket: amount for bucket, amount in together.items() if amount} == {
        bucket: amount for bucket, amount in wanted.items() if amount
    }


@given(CHARGES, SOLD, ALL_RULES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nobodys_part(
    charges: list[Charge], sold: list[Sold], rules: dict[str, Rule], dice: Random
) -> None:
    shuffled_charges, shuffled_sold = list(charges), list(sold)
    dice.shuffle(shuffled_charges)
    dice.shuffle(shuffled_sold)
    assert allocate(shuffled_charges, shuffled_sold, rules) == allocate(charges, sold, rules)
