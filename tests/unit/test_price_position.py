"""What becomes of a price, from what is known of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integration_assets.rules.price import Bounds, NoPrice, Target
from integration_assets.rules.price_position import Decision, PriceFacts, decide

D = Decimal
TEN = Target(D("10.00"), D("8.00"), "10.00 makes 10.00")


def decided(policy: Any = "hold", **facts: Any) -> Decision:
    return decide(PriceFacts(**{"target": TEN, "shown": D("10.00"), **facts}), policy=policy, bounds=Bounds())


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, "in_step"),
        ({"shown": D("9.50")}, "push"),
        ({"shown": None}, "push"),
        ({"shown": D("9.50"), "explained": {D("9.50")}}, "push"),
        ({"shown": D("9.50"), "under_way": D("10.00")}, "waiting"),
        ({"shown": D("9.00"), "explained": {D("9.50")}}, "leak"),
        ({"shown": D("9.00"), "explained": {D("9.50")}, "let_go": True}, "push"),
        ({"shown": D("20.00")}, "held"),
        ({"shown": D("20.00"), "let_go": True}, "push"),
        ({"shown": D("9.50"), "managed_elsewhere": True}, "excluded"),
        ({"shown": D("9.50"), "target": NoPrice("no rate")}, "excluded"),
    ],
    ids=[
        "it shows what it should",
        "it shows another, and nothing is known of it",
        "it shows none",
        "it shows what we last saw applied",
        "ours is on its way",
        "somebody else wrote it",
        "somebody else wrote it, and a person lets ours go",
        "it moves too far",
        "it moves too far, and a person lets it go",
        "a repricer sets it",
        "there is no price to send",
    ],
)
def test_the_verdict_follows_from_the_facts(facts: dict[str, Any], verdict: str) -> None:
    assert decided(**facts).verdict == verdict


@pytest.mark.parametrize(
    ("policy", "explained", "verdict"),
    [
        ("hold", D("10.00"), "leak"),
        ("restore", D("10.00"), "push"),
        ("accept", D("10.00"), "in_step"),
        ("accept", D("9.50"), "push"),
    ],
    ids=["hold", "restore", "accept while our own price stays", "accept ends when our own price changes"],
)
def test_the_policy_decides_about_a_foreign_price(policy: str, explained: Decimal, verdict: str) -> None:
    assert decided(policy, shown=D("9.00"), explained={explained}).verdict == verdict


def test_a_foreign_price_below_the_floor_is_told_as_such() -> None:
    assert decided(shown=D("7.50"), explained={D("10.00")}).reason == (
        "10.00 makes 10.00; somebody else set it to 7.50, below its floor of 8.00"
    )
