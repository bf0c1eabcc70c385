"""When a whole plan is held, and in which order a plan is sent."""

from __future__ import annotations

import random

import pytest

from integration_assets.rules.breaker import Limits, Move, judge, order_of_sending


def zeroing(count: int) -> list[Move]:
    return [Move(f"SKU-{number:03}", 5, 0) for number in range(count)]


@pytest.mark.parametrize(
    ("moves", "live", "trips"),
    [
        ([], 100, False),
        (zeroing(20), 100, False),
        (zeroing(21), 100, True),
        (zeroing(4), 4, False),
        (zeroing(5), 5, True),
        (zeroing(5), 0, True),
        ([Move("A", 0, 0)] * 50, 100, False),
        ([Move("A", None, 0)] * 50, 100, True),
        ([Move("A", 9, 1)] * 100, 100, False),
    ],
    ids=[
        "an empty plan",
        "just within the limit",
        "one too many",
        "a shop so small that no number is a mass",
        "the smallest mass",
        "nothing is live, and still a mass",
        "what is at zero is not zeroed",
        "what Amazon shows no number for is",
        "moving every SKU is no matter unless a limit says so",
    ],
)
def test_a_plan_that_zeroes_too_many_skus_is_held(moves: list[Move], live: int, trips: bool) -> None:
    assert (judge(moves, live, Limits()) is not None) is trips


def test_the_reason_names_the_numbers() -> None:
    trip = judge([*zeroing(30), Move("B", 5, 4)], 100, Limits())
    assert trip is not None
    assert trip.told == "30 of 100 live SKUs would go to zero at once, more than 20 %"
    assert (trip.zeroed, trip.moved, trip.live, trip.limit_percent) == (30, 31, 100, 20)


def test_a_limit_on_all_movement_counts_what_moves() -> None:
    limits = Limits(max_moved_percent=50)
    still, moving = [Move("A", 7, 7)] * 60, [Move("B", 7, 9)] * 50
    assert judge([*still, *moving], 100, limits) is None
    trip = judge([*still, *moving, Move("C", 7, 3)], 100, limits)
    assert trip is not None
    assert trip.told == "51 of 100 live SKUs would be changed at once, more than 50 %"


def test_the_riskiest_push_goes_first_whatever_order_the_plan_came_in() -> None:
    in_order = [
        Move("many-to-zero", 40, 0),
        Move("few-to-zero", 2, 0),
        Move("no-number-to-zero", None, 0),
        Move("last-one-of-many", 40, 1),
        Move("last-one-of-few", 3, 1),
        Move("down-a-little", 100, 99),
        Move("no-number", None, 3),
        Move("back-in-stock", 0, 50),
        Move("back-in-stock-a-little", 0, 2),
        Move("up", 10, 12),
    ]
    plan = list(in_order)
    for seed in range(20):
        random.Random(seed).shuffle(plan)
        assert order_of_sending(plan) == in_order


def test_equal_risks_are_sent_by_sku() -> None:
    assert [move.seller_sku for move in order_of_sending([Move("B", 5, 0), Move("A", 5, 0)])] == ["A", "B"]
