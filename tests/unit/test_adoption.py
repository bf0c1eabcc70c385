"""Which Amazon order a Shopify order stands for that another tool made."""

from __future__ import annotations

import pytest

from integration_assets.rules.adoption import AdoptRule
from integration_assets.rules.oversell import shortages

ID = "202-1234567-7654321"
EVERYWHERE = ("source_identifier", "name", "tag", "note")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"source_identifier": ID}, (ID, "source_identifier")),
        ({"name": f"#{ID}"}, (ID, "name")),
        ({"tags": ("amazon", ID)}, (ID, "tag")),
        ({"note": f"Amazon order {ID}, gift"}, (ID, "note")),
        ({"note": f"{ID} replaces 202-1234567-0000000"}, None),
        ({"note": f"call 0{ID}"}, None),
        ({"name": f"AMZ-{ID}"}, None),
        ({"source_identifier": "S01-1234567-1234567"}, None),
        ({"source_identifier": ID, "name": "202-0000000-0000000"}, (ID, "source_identifier")),
        ({}, None),
    ],
    ids=[
        "source",
        "name",
        "tag",
        "note",
        "a note with two",
        "part of a longer number",
        "a prefix nobody declared",
        "an echo",
        "the first place wins",
        "nothing",
    ],
)
def test_the_id_is_found_where_the_rule_says(told: dict[str, object], found: tuple[str, str] | None) -> None:
    order: dict[str, object] = {"source_identifier": None, "name": "#1001", "tags": (), "note": "", **told}
    assert AdoptRule(EVERYWHERE).find(**order) == found  # type: ignore[arg-type]


def test_a_prefix_must_stand_right_before_the_id() -> None:
    rule = AdoptRule(("name", "note"), prefix="AMZ-")
    order = {"source_identifier": ID, "tags": (ID,)}
    assert rule.find(**order, name=f"AMZ-{ID}", note="") == (ID, "name")  # type: ignore[arg-type]
    assert rule.find(**order, name=ID, note=f"see AMZ-{ID}.") == (ID, "note")  # type: ignore[arg-type]
    assert rule.find(**order, name=ID, note="") is None  # type: ignore[arg-type]


def test_the_earlier_order_is_served_first_and_a_bundle_takes_its_parts() -> None:
    draws = {"CUP": [("cup", 1)], "SET": [("cup", 4), ("plate", 4)]}
    orders = [("1", [("CUP", 3)]), ("2", [("SET", 2)]), ("3", [("CUP", 1), ("UNCOUNTED", 9)])]
    assert shortages(orders, draws, {"cup": 8, "plate": 40}) == {"2": {"SET": 1}, "3": {"CUP": 1}}
