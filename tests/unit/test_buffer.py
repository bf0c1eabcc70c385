"""What is kept back of the sellable stock."""

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.buffer import Buffer, promise


@pytest.mark.parametrize(
    ("buffer", "sellable", "target"),
    [
        (Buffer(), 10, 10),
        (Buffer(units=2), 10, 8),
        (Buffer(units=2), 2, 0),
        (Buffer(units=2), 1, 0),
        (Buffer(), 0, 0),
        (Buffer(), -4, 0),
        (Buffer(percent=10), 100, 90),
        (Buffer(percent=10), 101, 90),
        (Buffer(percent=10), 1, 0),
        (Buffer(percent=100), 7, 0),
        (Buffer(percent=10, units=3), 20, 17),
        (Buffer(percent=10, units=3), 50, 45),
        (Buffer(min_to_list=3), 3, 3),
        (Buffer(min_to_list=3), 2, 0),
        (Buffer(units=2, min_to_list=3), 4, 0),
        (Buffer(max=5), 100, 5),
        (Buffer(max=5), 4, 4),
        (Buffer(max=0), 4, 0),
        (Buffer(units=1, max=5), 6, 5),
        (Buffer(floor=2), 2, 0),
        (Buffer(floor=2), 3, 3),
        (Buffer(floor=2, units=1), 3, 2),
    ],
    ids=[
        "no rule shows all there is",
        "fixed units are kept back",
        "as many as are kept back",
        "fewer than are kept back",
        "nothing there",
        "negative stock is nothing to sell",
        "a percentage is kept back",
        "a part of a unit is kept back whole",
        "the last unit is kept back by any percentage",
        "a hundred percent",
        "the units are more than the percentage",
        "the percentage is more than the units",
        "just enough to be listed",
        "too few to be listed",
        "too few to be listed once the buffer is off",
        "capped",
        "under the cap",
        "a cap of none",
        "the cap comes after the buffer",
        "at the floor nothing is shown",
        "above the floor all is shown",
        "above the floor the buffer still counts",
    ],
)
def test_a_channel_is_promised_what_the_buffer_leaves(buffer: Buffer, sellable: int, target: int) -> None:
    assert promise(buffer, sellable).target == target


@pytest.mark.parametrize(
    ("buffer", "sellable", "why"),
    [
        (Buffer(), 10, ""),
        (Buffer(units=2), 10, "2 units kept back"),
        (Buffer(), -4, "nothing to sell"),
        (Buffer(units=5), 3, "all 3 sellable kept back by the buffer of 5 units"),
        (Buffer(floor=1), 1, "1 unit sellable is at or under the floor of 1"),
        (Buffer(units=1, min_to_list=3), 3, "2 units left to promise, fewer than the 3 it takes to be shown"),
        (Buffer(max=5), 9, "9 units could be promised, capped at 5"),
    ],
)
def test_the_reason_names_the_rule_and_its_numbers(buffer: Buffer, sellable: int, why: str) -> None:
    assert promise(buffer, sellable).why == why


@pytest.mark.parametrize(
    ("buffer", "told"),
    [
        (Buffer(), "0 units kept back"),
        (Buffer(units=1), "1 unit kept back"),
        (Buffer(percent=10), "10 % kept back"),
        (Buffer(units=3, percent=10), "3 units or 10 % kept back, whichever is more"),
        (
            Buffer(units=2, min_to_list=3, max=50, floor=1),
            "2 units kept back, none shown at 1 unit or fewer, none shown below 3 units, at most 50 units shown",
        ),
    ],
)
def test_a_rule_can_be_told_in_words(buffer: Buffer, told: str) -> None:
    assert buffer.told() == told


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": -1}, "buffer.units is -1, expected 0 or more"),
        ({"percent": 101}, "buffer.percent is 101, expected 0 to 100"),
        ({"max": -1}, "buffer.max is -1, expected 0 or more"),
        ({"floor": -1}, "buffer.floor is -1, expected 0 or more"),
        ({"min_to_list": -1}, "buffer.min_to_list is -1, expected 0 or more"),
    ],
)
def test_a_rule_that_would_promise_more_than_there_is_is_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Buffer(**wrong)
