"""The inventory writes of the sandbox's Shopify: compare and swap, idempotency, all or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import add_fault
from tests.sandbox_shop import PLACE, START, STOCK, Desk, row, small_world


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


def answer(told: Any) -> dict[str, Any]:
    """The payload of inventorySetQuantities."""
    payload: dict[str, Any] = told.data["inventorySetQuantities"]
    return payload


def codes(told: Any) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["field"]) for each in answer(told)["userErrors"]]


def available(desk: Desk, item: int = 301, place: int = 1) -> int:
    return desk.world.shop.levels[item, place].available


def test_a_quantity_is_set_and_announced(desk: Desk) -> None:
    told = answer(desk.set_quantities([row(301, 1, 8, changeFromQuantity=5)]))
    assert told["userErrors"] == []
    assert told["inventoryAdjustmentGroup"]["reason"] == "correction"
    assert told["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "available", "delta": 3, "quantityAfterChange": None, "item": {"id": STOCK.format(301)}},
        {"name": "on_hand", "delta": 3, "quantityAfterChange": None, "item": {"id": STOCK.format(301)}},
    ]
    level = desk.world.shop.levels[301, 1]
    assert (level.available, level.on_hand, level.updated_at) == (8, 9, START)
    assert desk.world.webhook_outbox[0][:2] == (
        "inventory_levels/update",
        {
            "inventory_item_id": 301,
            "location_id": 1,
            "available": 8,
            "updated_at": "2026-11-23T10:00:00+00:00",
            "admin_graphql_api_id": "gid://shopify/InventoryLevel/1?inventory_item_id=301",
        },
    )


def test_setting_on_hand_leaves_committed_units_where_they_are(desk: Desk) -> None:
    answer(desk.set_quantities([row(301, 1, 10, changeFromQuantity=6)], name="on_hand"))
    assert available(desk) == 9


def test_a_stale_comparison_is_refused_with_the_index_of_its_row(desk: Desk) -> None:
    told = desk.set_quantities([row(303, 1, 9, changeFromQuantity=7), row(301, 1, 8, changeFromQuantity=4)])
    assert codes(told) == [("CHANGE_FROM_QUANTITY_STALE", ["input", "quantities", "1", "changeFromQuantity"])]
    assert answer(told)["inventoryAdjustmentGroup"] is None
    assert (available(desk), available(desk, 303)) == (5, 7)


def test_null_means_no_comparison(desk: Desk) -> None:
    assert answer(desk.set_quantities([row(301, 1, 2)]))["userErrors"] == []
    assert available(desk) == 2


def test_the_comparison_must_be_sent_although_the_schema_does_not_say_so(desk: Desk) -> None:
    rows = [{key: value for key, value in row(301, 1, 2).items() if key != "changeFromQuantity"}]
    told = desk.set_quantities(rows)
    assert told.body["data"] == {"inventorySetQuantities": None}
    assert told.code == "INVALID_FIELD_ARGUMENTS"
    assert (
        told.body["errors"][0]["message"]
        == "InventoryQuantityInput must include the following argument: changeFromQuantity."
    )
    assert available(desk) == 5


def test_nothing_to_change_is_a_null_group_without_an_error(desk: Desk) -> None:
    told = answer(desk.set_quantities([row(301, 1, 5, changeFromQuantity=5)]))
    assert told == {"inventoryAdjustmentGroup": None, "userErrors": []}
    assert desk.world.webhook_outbox == []


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (row(999, 1, 1), "INVALID_INVENTORY_ITEM", "inventoryItemId"),
        (row(304, 1, 1), "NON_MUTABLE_INVENTORY_ITEM", "inventoryItemId"),
        (row(301, 9, 1), "INVALID_LOCATION", "locationId"),
        (row(301, 4, 1), "INVALID_LOCATION", "locationId"),
        (row(301, 1, -1), "INVALID_QUANTITY_NEGATIVE", "quantity"),
        (row(301, 1, 1_000_000_001), "INVALID_QUANTITY_TOO_HIGH", "quantity"),
        (row(301, 1, -1_000_000_001), "INVALID_QUANTITY_TOO_LOW", "quantity"),
    ],
    ids=["item", "bundle", "location", "closed location", "negative", "too high", "too low"],
)
def test_one_bad_row_refuses_all(desk: Desk, bad: dict[str, Any], code: str, field: str) -> None:
    told = desk.set_quantities([row(303, 1, 9), bad])
    assert codes(told) == [(code, ["input", "quantities", "1", field])]
    assert available(desk, 303) == 7


def test_a_place_named_twice_is_refused(desk: Desk) -> None:
    told = desk.set_quantities([row(301, 1, 1), row(301, 1, 2)])
    assert codes(told) == [("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", ["input", "quantities", "1"])]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "committed"}, "INVALID_NAME"),
        ({"reason": "because"}, "INVALID_REASON"),
        ({"referenceDocumentUri": "no uri"}, "INVALID_REFERENCE_DOCUMENT"),
    ],
)
def test_the_head_of_the_input_is_checked(desk: Desk, change: dict[str, str], code: str) -> None:
    text = """mutation ($input: InventorySetQuantitiesInput!) {
        inventorySetQuantities(input: $input) @idempotent(key: "k") { userErrors { code } } }"""
    given = {"name": "available", "reason": "correction", "quantities": [row(301, 1, 1)]} | change
    told = desk.graphql(text, {"input": given}).data["inventorySetQuantities"]
    assert told["userErrors"] == [{"code": code}]


def test_an_item_that_was_never_stocked_at_the_place_is_stocked_without_an_error(desk: Desk) -> None:
    assert answer(desk.set_quantities([row(305, 3, 4, changeFromQuantity=0)]))["userErrors"] == []
    assert desk.world.shop.levels[305, 3].is_active is True


def test_without_a_key_the_write_is_refused(desk: Desk) -> None:
    text = """mutation ($input: InventorySetQuantitiesInput!) {
        inventorySetQuantities(input: $input) { userErrors { code } } }"""
    given = {"name": "available", "reason": "correction", "quantities": [row(301, 1, 1)]}
    told = desk.graphql(text, {"input": given})
    assert told.code == "BAD_REQUEST"
    assert (
        told.body["errors"][0]["message"]
        == "The @idempotent directive is required for this mutation but was not provided."
    )
    assert available(desk) == 5


def test_the_same_key_answers_again_and_writes_once(desk: Desk) -> None:
    first = answer(desk.set_quantities([row(301, 1, 8)]))
    desk.world.set_available(301, 1, 2)
    assert answer(desk.set_quantities([row(301, 1, 8)])) == first
    assert available(desk) == 2


def test_a_key_lives_24_hours(desk: Desk) -> None:
    desk.set_quantities([row(301, 1, 8)])
    desk.world.set_available(301, 1, 2)
    desk.world.clock.advance(24 * 3600)
    desk.set_quantities([row(301, 1, 8)])
    assert available(desk) == 8


def test_the_same_key_with_other_figures_is_a_mismatch(desk: Desk) -> None:
    desk.set_quantities([row(301, 1, 8)])
    assert [code for code, _ in codes(desk.set_quantities([row(301, 1, 9)]))] == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert available(desk) == 8


def test_the_order_of_fields_counts_in_the_fingerprint(desk: Desk) -> None:
    desk.set_quantities([row(301, 1, 8)])
    turned = dict(reversed(row(301, 1, 8).items()))
    assert [code for code, _ in codes(desk.set_quantities([turned]))] == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]


def test_after_a_refusal_the_same_key_will_not_do(desk: Desk) -> None:
    rows = [row(301, 1, 8, changeFromQuantity=4)]
    assert [code for code, _ in codes(desk.set_quantities(rows))] == ["CHANGE_FROM_QUANTITY_STALE"]
    assert [code for code, _ in codes(desk.set_quantities(rows))] == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    assert codes(desk.set_quantities(rows, key="key-2")) != []


def test_a_shop_that_does_not_deduplicate_writes_twice(desk: Desk) -> None:
    desk.set_quantities([row(301, 1, 8)])
    desk.world.set_available(301, 1, 2)
    add_fault(desk.world, match="inventorySetQuantities", kind="no_deduplication", times=1)
    desk.set_quantities([row(301, 1, 8)])
    assert available(desk) == 8


@pytest.mark.parametrize(("kind", "code"), [("concurrent_key", "IDEMPOTENCY_CONCURRENT_REQUEST"), ("invalid", None)])
def test_a_write_can_be_refused_on_purpose(desk: Desk, kind: str, code: str | None) -> None:
    add_fault(desk.world, match="inventorySetQuantities", kind=kind, times=1)
    assert [each for each, _ in codes(desk.set_quantities([row(301, 1, 8)]))] == [code]
    assert available(desk) == 5
    assert desk.world.requests[-1].outcome == "invalid"


def test_a_write_can_be_accepted_and_never_applied(desk: Desk) -> None:
    add_fault(desk.world, match="inventorySetQuantities", kind="never_applied", times=1)
    told = answer(desk.set_quantities([row(301, 1, 8)]))
    assert told["inventoryAdjustmentGroup"]["changes"][0]["delta"] == 3
    assert (available(desk), desk.world.requests[-1].effect) == (5, "")


def test_a_write_needs_its_scope(desk: Desk) -> None:
    desk.world.shop.scopes[:] = ["read_inventory", "read_products"]
    told = desk.set_quantities([row(301, 1, 8)])
    assert told.code == "ACCESS_DENIED"
    assert told.body["errors"][0]["extensions"]["requiredAccess"] == (
        "`write_inventory` access scope. Also: The user must have a permission to update an inventory."
    )
    assert available(desk) == 5


ADJUST = """
    mutation ($input: InventoryAdjustQuantitiesInput!) {
      inventoryAdjustQuantities(input: $input) @idempotent(key: "k") {
        inventoryAdjustmentGroup { changes(quantityNames: ["available"]) { delta } }
        userErrors { code field }
      }
    }"""


def adjust(desk: Desk, *changes: dict[str, Any], name: str = "available") -> Any:
    return desk.graphql(ADJUST, {"input": {"name": name, "reason": "correction", "changes": list(changes)}})


def delta(units: int, **more: Any) -> dict[str, Any]:
    place = {"inventoryItemId": STOCK.format(301), "locationId": PLACE.format(1)}
    return {**place, "delta": units, "changeFromQuantity": None, **more}


def test_deltas_are_added_and_may_make_stock_negative(desk: Desk) -> None:
    told = adjust(desk, delta(-8, changeFromQuantity=5)).data["inventoryAdjustQuantities"]
    assert told == {"inventoryAdjustmentGroup": {"changes": [{"delta": -8}]}, "userErrors": []}
    assert available(desk) == -3


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"changeFromQuantity": 4}, "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity"),
        ({"ledgerDocumentUri": "gid://bridge/Doc/1"}, "INVALID_AVAILABLE_DOCUMENT", "ledgerDocumentUri"),
        ({"delta": 1_000_000_000}, "INVALID_QUANTITY_TOO_HIGH", "delta"),
        ({"locationId": "gid://shopify/Location/9"}, "INVALID_LOCATION", "locationId"),
    ],
)
def test_a_bad_delta_changes_nothing(desk: Desk, change: dict[str, Any], code: str, field: str) -> None:
    told = adjust(desk, delta(1) | change).data["inventoryAdjustQuantities"]
    assert told["userErrors"] == [{"code": code, "field": ["input", "changes", "0", field]}]
    assert available(desk) == 5


def test_deltas_of_names_the_sandbox_does_not_keep_are_not_pretended(desk: Desk) -> None:
    assert adjust(desk, delta(1), name="damaged").code == "SANDBOX_UNSUPPORTED"
    told = adjust(desk, delta(1), name="on_hand").data["inventoryAdjustQuantities"]
    assert [each["code"] for each in told["userErrors"]] == ["INVALID_QUANTITY_NAME"]


ACTIVATE = """
    mutation ($item: ID!, $place: ID!, $available: Int, $key: String!) {
      inventoryActivate(inventoryItemId: $item, locationId: $place, available: $available) @idempotent(key: $key) {
        inventoryLevel { id isActive quantities(names: ["available"]) { quantity } }
        userErrors { field message }
      }
    }"""


def activate(desk: Desk, item: int, place: int, units: int | None) -> dict[str, Any]:
    values = {"item": STOCK.format(item), "place": PLACE.format(place), "available": units, "key": f"{item}/{place}"}
    told: dict[str, Any] = desk.graphql(ACTIVATE, values).data["inventoryActivate"]
    return told


def test_activating_keeps_the_former_quantity(desk: Desk) -> None:
    told = activate(desk, 303, 2, None)
    assert told["userErrors"] == []
    assert told["inventoryLevel"]["isActive"] is True
    assert told["inventoryLevel"]["quantities"] == [{"quantity": 12}]


def test_activating_where_the_item_never_was_takes_the_quantity(desk: Desk) -> None:
    assert activate(desk, 305, 2, 6)["inventoryLevel"]["quantities"] == [{"quantity": 6}]
    assert [topic for topic, _, _ in desk.world.webhook_outbox] == [
        "inventory_levels/update",
        "inventory_levels/connect",
    ]


def test_activating_twice_with_a_quantity_is_refused(desk: Desk) -> None:
    told = activate(desk, 301, 1, 9)
    assert told["userErrors"] == [
        {
            "field": ["available"],
            "message": "Not allowed to set available quantity when the item is already active at the location.",
        }
    ]
    assert available(desk) == 5
