"""The `[prices]` section: which rule counts, and what is refused."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.marketplaces import by_country
from resources.operating_model import OperatingModel, from_document
from tests.unit.test_operating_model import SMALLEST

UK, DE = by_country("UK"), by_country("DE")
PRICES = """
currency = "GBP"
fx = { EUR = "1.17" }
markup_percent = 5
endings = ["0.99"]

[[rule]]
match = { marketplace = "DE" }
markup = "1.50"

[[rule]]
match = { tag = "Sale" }
markup_percent = -10

[[rule]]
match = { sku = "MUG", marketplace = "DE" }
floor = "12.00"

[[rule]]
match = { sku_pattern = "SAMPLE-*" }
managed_elsewhere = true
"""


def model(prices: str) -> OperatingModel:
    return from_document({**tomllib.loads(SMALLEST), "prices": tomllib.loads(prices)})


def test_each_key_comes_from_the_most_specific_rule_that_says_it() -> None:
    said = model(PRICES).prices.for_sku("MUG", ["sale"], DE)
    assert (said.rule.markup_percent, said.rule.markup, said.rule.floor) == (
        Decimal(-10),
        Decimal("1.50"),
        Decimal("12.00"),
    )
    assert said.rule.endings == (Decimal("0.99"),)
    assert (said.described, said.rate) == ("sku MUG in DE", Decimal("1.17"))


def test_where_no_rule_fits_the_section_itself_counts() -> None:
    said = model(PRICES).prices.for_sku("CUP", [], UK)
    assert (said.rule.markup_percent, said.rule.markup, said.described) == (Decimal(5), Decimal(0), "default")
    assert (said.rate, said.managed_elsewhere) == (Decimal(1), False)


def test_a_sku_that_a_repricer_sets_is_closed_to_every_write() -> None:
    prices = model(PRICES).prices
    assert prices.for_sku("SAMPLE-1", [], UK).managed_elsewhere
    assert prices.elsewhere() == ("SAMPLE-*",)
    lifted = PRICES + '\n[[rule]]\nmatch = { sku = "SAMPLE-9" }\nmanaged_elsewhere = false\n'
    assert not model(lifted).prices.for_sku("SAMPLE-9", [], UK).managed_elsewhere
    assert model(lifted).prices.elsewhere() == ()


def test_rules_of_the_same_weight_that_disagree_are_told() -> None:
    rules = """
currency = "GBP"
[[rule]]
match = { tag = "sale" }
markup_percent = -10
[[rule]]
match = { tag = "new" }
markup_percent = 10
"""
    prices = model(rules).prices
    assert prices.for_sku("MUG", ["sale", "new"], UK).conflicts == ("markup_percent",)
    assert prices.for_sku("MUG", ["sale", "new"], UK).rule.markup_percent == Decimal(10)
    assert prices.for_sku("MUG", ["sale"], UK).conflicts == ()


def test_a_currency_without_a_rate_has_none() -> None:
    assert model('currency = "GBP"').prices.for_sku("MUG", [], DE).rate is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("floor = 9.99", 'prices.floor: found 9.99, expected a number above zero as text, such as "1.17"'),
        ('fx = { EUR = "0" }', 'expected a number above zero as text, such as "1.17"'),
        ('endings = ["1,99"]', 'expected an ending from "0.00" to "0.99"'),
        ('floor = "9"\nceiling = "8"', "expected ceiling (8) to be at least floor (9)"),
        ('flour = "9"', "prices.flour: unknown key; did you mean floor?"),
    ],
    ids=["a float is not the number that was typed", "a rate of nothing", "a comma", "contradicting bounds", "a typo"],
)
def test_a_mistake_is_told_with_what_was_expected(typed: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        model(typed)
    assert told in str(refused.value)
