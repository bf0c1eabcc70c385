"""What a mirror location should show of an item, and whose word a number there is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration_assets.contracts.shopify import StockLevel
from integration_assets.fba.mirror import Units, Wanted, wanted
from integration_assets.rules.mirror import Decision, LastSet, decide
from resources.ledger_parts.records import Verified

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("target", "shown", "last", "expected"),
    [
        (5, 5, None, Decision("in_step")),
        (5, 3, None, Decision("set")),
        (5, None, None, Decision("set")),
        (0, None, None, Decision("in_step")),
        (0, 0, LastSet(4, 9), Decision("in_step")),
        (5, 4, LastSet(4, 9), Decision("set")),
        (5, 9, LastSet(4, 9), Decision("set")),
        (5, 7, LastSet(4, 9), Decision("set", edited_units=3)),
        (5, 1, LastSet(4, 9), Decision("set", edited_units=-3)),
        (5, -2, LastSet(4, None), Decision("set", edited_units=-6)),
        (5, 5, LastSet(4, 9), Decision("in_step")),
    ],
    ids=[
        "in step",
        "nobody is accused before the first writing",
        "not stocked there yet",
        "nothing to show and nothing stocked",
        "all sold",
        "Amazon's number moved",
        "what we set was not applied",
        "somebody added units",
        "somebody took units away",
        "below nothing",
        "an edit to the right number",
    ],
)
def test_what_becomes_of_an_item(target: int, shown: int | None, last: LastSet | None, expected: Decision) -> None:
    assert decide(target=target, shown=shown, last=last, policy="restore") == expected


def test_an_edit_can_be_left_for_a_person() -> None:
    assert decide(target=5, shown=7, last=LastSet(4, 9), policy="hold") == Decision("hold", 3)
    assert decide(target=5, shown=4, last=LastSet(4, 9), policy="hold") == Decision("set")


def level(item: str, available: int, *, is_active: bool = True) -> StockLevel:
    return StockLevel(
        inventory_item_id=item,
        location_id="mirror",
        available=available,
        on_hand=available,
        committed=0,
        is_active=is_active,
        updated_at=None,
    )


def seen(item: str, quantity: int, before: int | None, *skus: str) -> Verified:
    payload = {"quantity": quantity, "from": before, "skus": list(skus)}
    return Verified(1, item, payload, NINE, NINE, NINE)


def look(
    *levels: StockLevel, units: dict[str, Units], verified: tuple[Verified, ...] = (), known: frozenset[str]
) -> Wanted:
    return wanted(
        units=units,
        known_skus=known,
        levels=levels,
        verified={one.subject: one for one in verified},
        location_id="mirror",
        policy="restore",
        origin="the test",
    )


MUG = {"mug": Units(5, ("MUG-FBA",))}


def test_only_what_differs_is_set_and_each_row_says_what_it_was_decided_on() -> None:
    units = {**MUG, "jug": Units(3, ("JUG-FBA",)), "new": Units(2, ("NEW-FBA",)), "out": Units(0, ("OUT-FBA",))}
    found = look(level("mug", 5), level("jug", 9), units=units, known=frozenset({"MUG-FBA"}))
    assert [(one.subject, one.payload["from"], one.payload["quantity"]) for one in found.intentions] == [
        ("jug", 9, 3),
        ("new", None, 2),
    ]
    assert (found.edits, found.items, found.units) == ([], 4, 10)


def test_units_that_somebody_took_in_at_the_mirror_are_taken_off_again() -> None:
    found = look(level("mug", 5), level("hand", 7), level("empty", 0), units=MUG, known=frozenset({"MUG-FBA"}))
    assert [(one.subject, one.payload["quantity"]) for one in found.intentions] == [("hand", 0)]
    assert [(edit.inventory_item_id, edit.units) for edit in found.edits] == [("hand", 7)]


def test_an_item_that_amazon_no_longer_has_shows_nothing() -> None:
    was = seen("old", 6, 4, "OLD-FBA")
    found = look(level("old", 6), units={}, verified=(was,), known=frozenset())
    assert [(one.subject, one.payload["quantity"]) for one in found.intentions] == [("old", 0)]
    assert found.edits == []


def test_an_item_whose_sku_lost_its_variant_is_left_as_it_is() -> None:
    was = seen("mug", 6, 4, "MUG-FBA")
    found = look(level("mug", 6), units={}, verified=(was,), known=frozenset({"MUG-FBA"}))
    assert (found.intentions, found.edits) == ([], [])


def test_an_item_taken_off_the_location_is_stocked_there_again() -> None:
    was = seen("mug", 5, 4, "MUG-FBA")
    found = look(level("mug", 5, is_active=False), units=MUG, verified=(was,), known=frozenset({"MUG-FBA"}))
    assert [(one.subject, one.payload["from"]) for one in found.intentions] == [("mug", None)]
