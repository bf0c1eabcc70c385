"""Decimals of currencies, and a whole shared out to the last minor unit."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.errors import DataError
from integration_assets.rules.money import from_minor, in_text, in_words, share_out, to_minor

WEIGHTS = st.dictionaries(st.text("ABCD0123", min_size=1, max_size=4), st.integers(0, 10**9), min_size=1).filter(
    lambda weights: sum(weights.values()) > 0
)
TOTALS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("19.50", "USD", 1950),
        ("-0.01", "GBP", -1),
        ("1234", "JPY", 1234),
        ("7", "EUR", 700),
        ("-1980.000", "JPY", -1980),
    ],
)
def test_an_amount_is_whole_in_minor_units(amount: str, currency: str, units: int) -> None:
    assert to_minor(Decimal(amount), currency) == units
    assert from_minor(units, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("0.005", "USD"), ("0.5", "JPY")])
def test_a_part_of_a_minor_unit_is_an_error_and_not_rounded(amount: str, currency: str) -> None:
    with pytest.raises(DataError, match="more decimals than the currency"):
        to_minor(Decimal(amount), currency)


def test_a_currency_nobody_knows_is_not_taken_for_one_of_two_decimals() -> None:
    with pytest.raises(DataError, match="'XAU' is not a currency"):
        to_minor(Decimal(1), "XAU")


def test_an_amount_is_told_with_the_decimals_of_its_currency() -> None:
    assert in_words(Decimal("1234.5000"), "GBP") == "1234.50 GBP"
    assert in_words(Decimal("-1980.0000"), "JPY") == "-1980 JPY"


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, {"a": 1, "b": 1, "c": 1}, {"a": 34, "b": 33, "c": 33}),
        (-100, {"a": 1, "b": 1, "c": 1}, {"a": -34, "b": -33, "c": -33}),
        (1, {"a": 1, "b": 9}, {"a": 0, "b": 1}),
        (0, {"a": 5}, {"a": 0}),
        (7, {"a": 0, "b": 3}, {"a": 0, "b": 7}),
        (10, {"a": 333, "b": 333, "c": 334}, {"a": 3, "b": 3, "c": 4}),
    ],
    ids=[
        "of equals the first",
        "a charge is shared like an income",
        "to the greater",
        "nothing",
        "no weight",
        "remainder",
    ],
)
def test_who_gets_the_last_unit(total: int, weights: dict[str, int], parts: dict[str, int]) -> None:
    assert share_out(total, weights) == parts


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_without_a_positive_weight_there_is_nobody_to_share_with(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        share_out(5, weights)


@given(TOTALS, WEIGHTS)
def test_the_parts_add_up_exactly_and_each_is_its_share_rounded(total: int, weights: dict[str, int]) -> None:
    parts = share_out(total, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    assert all(abs(parts[key] * whole - total * weights[key]) < whole for key in weights)


@given(TOTALS, WEIGHTS, st.randoms())
def test_the_order_of_the_rows_means_nothing(total: int, weights: dict[str, int], dice: Random) -> None:
    shuffled = list(weights.items())
    dice.shuffle(shuffled)
    assert share_out(total, dict(shuffled)) == share_out(total, weights)


def test_a_text_of_the_tables_is_told_with_the_decimals_of_each_currency_and_nothing_is_rounded_away() -> None:
    kept = "24.0000 GBP on Amazon, -1500.0000 JPY in Shopify, 0.1050 EUR off, 1.0000 XXX"
    assert in_text(kept) == "24.00 GBP on Amazon, -1500 JPY in Shopify, 0.1050 EUR off, 1.0000 XXX"
