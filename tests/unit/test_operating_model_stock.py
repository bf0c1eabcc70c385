"""Which stock rule counts for a SKU."""

import pytest

from integration_assets.rules.buffer import Buffer
from resources.operating_model import parse
from resources.operating_model_parts.stock import StockSettings
from tests.unit.test_operating_model import SMALLEST


def stock(text: str) -> StockSettings:
    return parse(SMALLEST + text).stock


RULES = stock("""
[stock]
buffer = { units = 2 }
[[stock.rule]]
match = { region = "eu" }
buffer = { units = 3 }
[[stock.rule]]
match = { sku = "MUG-BLUE" }
buffer = { units = 9, max = 50 }
[[stock.rule]]
match = { sku_pattern = "MUG-*" }
buffer = { units = 6 }
[[stock.rule]]
match = { sku_pattern = "MUG-R?D" }
buffer = { units = 7 }
[[stock.rule]]
match = { tag = "Fragile" }
buffer = { percent = 10, units = 4 }
[[stock.rule]]
match = { tag = "clearance" }
buffer = { floor = 1, min_to_list = 2 }
[[stock.rule]]
match = { tag = "by-hand" }
never_push = true
[[stock.rule]]
match = { sku = "MUG-PINK" }
never_push = false
""")


@pytest.mark.parametrize(
    ("sku", "tags", "region", "buffer", "described"),
    [
        ("CUP", (), "na", Buffer(units=2), "default: 2 units kept back"),
        ("CUP", (), "eu", Buffer(units=3), "region eu: 3 units kept back"),
        (
            "CUP",
            ("fragile ",),
            "eu",
            Buffer(units=4, percent=10),
            "tag Fragile: 4 units or 10 % kept back, whichever is more",
        ),
        (
            "CUP",
            ("clearance", "fragile"),
            "eu",
            Buffer(floor=1, min_to_list=2),
            "tag clearance: 0 units kept back, none shown at 1 unit or fewer, none shown below 2 units",
        ),
        ("MUG-GREEN", ("fragile",), "eu", Buffer(units=6), "pattern MUG-*: 6 units kept back"),
        ("MUG-RED", ("fragile",), "eu", Buffer(units=7), "pattern MUG-R?D: 7 units kept back"),
        (
            "MUG-BLUE",
            ("fragile",),
            "eu",
            Buffer(units=9, max=50),
            "sku MUG-BLUE: 9 units kept back, at most 50 units shown",
        ),
        ("mug-blue", (), "eu", Buffer(units=3), "region eu: 3 units kept back"),
    ],
    ids=[
        "the default",
        "a region beats the default",
        "a tag beats a region, in any letter case",
        "of two tags the later rule",
        "a pattern beats a tag",
        "of two patterns the later rule",
        "a SKU beats a pattern written after it",
        "letter case of a SKU counts",
    ],
)
def test_the_more_specific_rule_wins(
    sku: str, tags: tuple[str, ...], region: str, buffer: Buffer, described: str
) -> None:
    assert RULES.rule_for(sku, tags, region) == (buffer, described, False)


def test_a_rule_that_only_refuses_leaves_the_buffer_as_it_is() -> None:
    assert RULES.rule_for("CUP", ("by-hand",), "na") == (
        Buffer(units=2),
        "default: 2 units kept back; never pushed (tag by-hand)",
        True,
    )


def test_a_more_specific_rule_lifts_a_refusal() -> None:
    rule = RULES.rule_for("MUG-PINK", ("by-hand",), "na")
    assert (rule.never_push, rule.described) == (False, "pattern MUG-*: 6 units kept back")


def test_of_two_rules_for_one_sku_the_later_one_counts() -> None:
    twice = stock("""
[[stock.rule]]
match = { sku = "CUP" }
buffer = { units = 1 }
[[stock.rule]]
match = { sku = "CUP" }
buffer = { units = 8 }
""")
    assert twice.rule_for("CUP", (), "eu").buffer == Buffer(units=8)


def test_the_buffer_of_a_rule_takes_the_place_of_the_default_whole() -> None:
    rules = stock("""
[stock]
buffer = { units = 2, max = 10 }
[[stock.rule]]
match = { tag = "a" }
buffer = { percent = 5 }
""")
    assert rules.rule_for("CUP", ("a",), "eu").buffer == Buffer(percent=5)


def test_without_a_word_nothing_is_kept_back() -> None:
    assert stock("").rule_for("CUP", ("a",), "eu") == (Buffer(), "default: 0 units kept back", False)
