"""When writing a SKU again would be going in circles."""

from __future__ import annotations

import pytest

from integration_assets.rules.loops import Limits, looping


@pytest.mark.parametrize(
    ("pushes", "stock_changes", "loops"),
    [(0, 0, False), (11, 0, False), (12, 0, True), (12, 11, True), (12, 12, False), (300, 400, False), (300, 2, True)],
    ids=[
        "never written",
        "as often as is nobody's business",
        "too often while nothing changed",
        "more often than its stock changed",
        "once for each change",
        "a product that sells fast",
        "running wild",
    ],
)
def test_a_sku_written_more_often_than_its_stock_changed_is_a_loop(
    pushes: int, stock_changes: int, loops: bool
) -> None:
    assert (looping(pushes, stock_changes, Limits()) is not None) is loops


def test_the_reason_names_the_numbers() -> None:
    assert looping(12, 1, Limits()) == (
        "written 12 times in 60 minutes while its stock changed once: "
        "something else writes it too, or writes what we write"
    )
    assert "changed 3 times" in str(looping(5, 3, Limits(max_pushes=4, window_minutes=10)))
