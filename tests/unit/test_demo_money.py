"""The demo's score of settlements: what the answer key expects, and what it lets be."""

from __future__ import annotations

from typing import Any

import pytest

from cli.demo_money import DRIFT, SETTLEMENTS, allowed_by, expected_of, is_about_money


def answer(**expected: Any) -> dict[str, Any]:
    return {"kind": "x", "sku": None, "expected": expected}


@pytest.mark.parametrize(
    ("expected", "finding"),
    [
        (
            {"table": SETTLEMENTS, "settlement_id": "11", "status": "unbalanced", "difference": "-0.37"},
            (SETTLEMENTS, "11", "unbalanced by -0.37"),
        ),
        (
            {"table": SETTLEMENTS, "settlement_id": "12", "report_id": "7", "status": "quarantined"},
            (SETTLEMENTS, "12", "quarantined"),
        ),
        (
            {"table": SETTLEMENTS, "settlement_id": "13", "version": 2, "status": "taken"},
            (SETTLEMENTS, "13", "version 2"),
        ),
        (
            {"table": DRIFT, "order_ref": "202-1", "main_cause": "price", "difference": "2"},
            (DRIFT, "202-1", "price 2.00"),
        ),
        ({"exception": "missing_settlement", "before": "10", "after": "12"}, ("missing_settlement", "10", "12")),
        ({"exception": "unmapped_fee", "kind": "A / B", "amount": "-7.77"}, ("unmapped_fee", "A / B", "-7.77")),
    ],
)
def test_an_answer_names_one_finding_with_its_amount(expected: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert is_about_money(answer(**expected))
    assert expected_of(answer(**expected)) == [finding]
    assert allowed_by(answer(**expected)) == set()


def test_an_order_on_which_both_sides_agree_is_not_to_be_found() -> None:
    assert expected_of(answer(table=DRIFT, order_ref="202-1", absent=True)) == []


def test_orders_that_shopify_never_had_may_be_found_and_need_not() -> None:
    past = answer(table=DRIFT, main_cause="missing_order", allowed={"202-1": "9.9", "202-2": "0"})
    assert expected_of(past) == []
    assert allowed_by(past) == {(DRIFT, "202-1", "missing_order 9.90"), (DRIFT, "202-2", "missing_order 0.00")}


def test_stock_is_somebody_elses_score() -> None:
    assert not is_about_money(answer(table="reconcile.sku_map", status="unmapped"))
