"""The points budget: waiting before a call rather than being refused, and waiting the right time when refused."""

from __future__ import annotations

from typing import Any

import pytest

from integration_assets.contracts.errors import Throttled
from tests.unit.shopify_answers import Stand, answer, data, manual_clock, shop_behind


def cost(requested: float, available: float, *, rate: float = 100.0) -> dict[str, Any]:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": 3,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate},
    }


COUNT = {"productVariantsCount": {"count": 300, "precision": "EXACT"}}
THROTTLED = answer(
    {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 752,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 666.0, "restoreRate": 100.0},
            }
        },
    }
)


def test_a_throttled_call_waits_until_the_bucket_holds_what_it_costs() -> None:
    stand, clock = Stand(VariantsCount=[THROTTLED, data(COUNT)]), manual_clock()

    assert shop_behind(stand, clock).variants_count() == 300
    assert clock.sleeps == [0.86]


def test_a_call_that_stays_throttled_is_given_up_after_five_tries() -> None:
    stand, clock = Stand(VariantsCount=THROTTLED), manual_clock()

    with pytest.raises(Throttled) as raised:
        shop_behind(stand, clock).variants_count()
    assert stand.operations == ["VariantsCount"] * 5
    assert clock.sleeps == [0.86] * 4
    assert (raised.value.code, raised.value.retry_after) == ("THROTTLED", 0.86)


def test_a_call_waits_beforehand_when_the_last_answer_left_too_little() -> None:
    stand, clock = Stand(VariantsCount=data(COUNT, cost=cost(50, 20))), manual_clock()
    shopify = shop_behind(stand, clock)

    shopify.variants_count()
    assert clock.sleeps == []

    shopify.variants_count()
    assert clock.sleeps == [0.3]


def test_what_the_bucket_regained_meanwhile_is_counted() -> None:
    stand, clock = Stand(VariantsCount=data(COUNT, cost=cost(50, 20))), manual_clock()
    shopify = shop_behind(stand, clock)

    shopify.variants_count()
    clock.advance(0.3)
    shopify.variants_count()

    assert clock.sleeps == []


def test_a_fuller_plan_waits_less() -> None:
    stand, clock = Stand(VariantsCount=data(COUNT, cost=cost(50, 20, rate=1000.0))), manual_clock()
    shopify = shop_behind(stand, clock)

    shopify.variants_count()
    shopify.variants_count()

    assert clock.sleeps == [0.03]


def test_an_answer_without_a_cost_changes_nothing() -> None:
    stand, clock = Stand(VariantsCount=data(COUNT)), manual_clock()
    shopify = shop_behind(stand, clock)

    shopify.variants_count()
    shopify.variants_count()

    assert clock.sleeps == []
