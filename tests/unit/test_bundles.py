"""How many bundles can be made."""

from __future__ import annotations

import pytest

from integration_assets.rules.buffer import Buffer
from integration_assets.rules.bundles import ComponentFact, sellable, unknown_component


@pytest.mark.parametrize(
    ("components", "bundles"),
    [
        ([ComponentFact("lid", 1, 7, tracked=True), ComponentFact("jar", 2, 9, tracked=True)], 4),
        ([ComponentFact("jar", 2, 9, tracked=True, held=2)], 3),
        ([ComponentFact("jar", 2, 9, tracked=True, held=20)], 0),
        ([ComponentFact("jar", 2, -3, tracked=True)], 0),
        ([ComponentFact("jar", 2, 9, True, 0, Buffer(units=2))], 3),
        ([ComponentFact("jar", 2, 9, True, 0, Buffer(max=1, floor=20, min_to_list=20))], 4),
    ],
    ids=[
        "the scarcest component decides",
        "orders hold components",
        "orders hold more than there is",
        "a component is oversold",
        "what the component keeps back is not for bundles",
        "a component's cap and thresholds speak of its own listing",
    ],
)
def test_bundles_are_the_least_that_every_component_allows(components: list[ComponentFact], bundles: int) -> None:
    assert sellable(components) == bundles
    assert unknown_component(components) == ""


@pytest.mark.parametrize(
    ("components", "why"),
    [
        ([], "Shopify does not say what the bundle is made of"),
        (
            [ComponentFact("lid", 1, 7, tracked=True), ComponentFact("jar", 2, 9, tracked=False)],
            "Shopify does not count the component jar",
        ),
        ([ComponentFact("jar", 2, None, tracked=True)], "the stock of the component jar was not read"),
        ([ComponentFact("jar", 0, 9, tracked=True)], "the bundle takes 0 units of jar, expected 1 or more"),
    ],
)
def test_what_is_not_known_of_a_component_is_never_zero_bundles(components: list[ComponentFact], why: str) -> None:
    assert sellable(components) is None
    assert unknown_component(components) == why
