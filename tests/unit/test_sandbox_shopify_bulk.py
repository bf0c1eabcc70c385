"""Bulk queries of the sandbox's Shopify: the rules, the states, the lines and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import add_fault
from tests.sandbox_shop import TOKEN, Desk, small_world

LEVELS = """{ productVariants { edges { node { id sku inventoryItem { id tracked
    inventoryLevels(includeInactive: true) { edges { node { id isActive updatedAt
        item { id } location { id } quantities(names: ["available", "on_hand"]) { name quantity updatedAt } } } } }
    } } } }"""


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


def started(desk: Desk, query: str, *, grouped: bool = False) -> str:
    payload = desk.run_bulk(query, grouped=grouped).data["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    bulk_id: str = payload["bulkOperation"]["id"]
    return bulk_id


def finished(desk: Desk, bulk_id: str) -> dict[str, Any]:
    for _ in range(6):
        desk.world.clock.advance(2)
        desk.world.catch_up()
    return desk.bulk(bulk_id)


def test_a_bulk_query_is_created_runs_and_completes_as_time_passes(desk: Desk) -> None:
    payload = desk.run_bulk(LEVELS).data["bulkOperationRunQuery"]["bulkOperation"]
    assert (payload["status"], payload["url"]) == ("CREATED", None)
    desk.world.clock.advance(1)
    assert desk.bulk(payload["id"])["status"] == "RUNNING"
    desk.world.clock.advance(1)
    done = desk.bulk(payload["id"])
    assert done["status"] == "COMPLETED"
    assert (done["objectCount"], done["rootObjectCount"]) == ("10", "5")
    assert done["completedAt"] == "2026-11-23T10:00:01Z"
    assert done["url"].startswith("http://shop.test/")


def test_the_lines_are_ungrouped_with_escaped_slashes_and_a_parent(desk: Desk) -> None:
    done = finished(desk, started(desk, LEVELS))
    lines = desk.download(done["url"]).body
    assert {
        "id": "gid://shopify/InventoryLevel/2?inventory_item_id=301",
        "isActive": True,
        "updatedAt": "2026-11-22T10:00:00Z",
        "item": {"id": "gid://shopify/InventoryItem/301"},
        "location": {"id": "gid://shopify/Location/2"},
        "quantities": [
            {"name": "available", "quantity": -1, "updatedAt": "2026-11-22T10:00:00Z"},
            {"name": "on_hand", "quantity": 0, "updatedAt": None},
        ],
        "__parentId": "gid://shopify/ProductVariant/201",
    } in lines
    assert {
        "id": "gid://shopify/ProductVariant/202",
        "sku": "cup-1",
        "inventoryItem": {"id": "gid://shopify/InventoryItem/302", "tracked": False},
    } in lines
    assert len(lines) == 10
    (operation,) = desk.world.shop.extra["service"].bulk.values()
    raw = b"".join(desk.app.download({"key": operation.key}, {}, b"", "").parts or ())
    assert len(raw) == int(done["fileSize"])
    assert b'"id":"gid:\\/\\/shopify\\/ProductVariant\\/201"' in raw
    assert b": " not in raw


def test_children_can_stand_before_their_parent_unless_grouped(desk: Desk) -> None:
    def first_child_before_parent(lines: list[dict[str, Any]]) -> bool:
        seen: set[str] = set()
        for line in lines:
            if line.get("__parentId") not in {None, *seen}:
                return True
            seen.add(line["id"])
        return False

    ungrouped = [desk.download(finished(desk, started(desk, LEVELS))["url"]).body for _ in range(3)]
    assert any(first_child_before_parent(lines) for lines in ungrouped)
    grouped = desk.download(finished(desk, started(desk, LEVELS, grouped=True))["url"]).body
    assert not first_child_before_parent(grouped)


def test_bundle_components_are_lines_of_their_own(desk: Desk) -> None:
    query = """{ productVariants(query: "requires_components:true") { edges { node { id
        productVariantComponents { edges { node { id quantity productVariant { id } } } } } } } }"""
    lines = desk.download(finished(desk, started(desk, query, grouped=True))["url"]).body
    assert lines == [
        {"id": "gid://shopify/ProductVariant/204"},
        {
            "id": "gid://shopify/ProductVariantComponent/204000",
            "quantity": 2,
            "productVariant": {"id": "gid://shopify/ProductVariant/201"},
            "__parentId": "gid://shopify/ProductVariant/204",
        },
        {
            "id": "gid://shopify/ProductVariantComponent/204001",
            "quantity": 1,
            "productVariant": {"id": "gid://shopify/ProductVariant/203"},
            "__parentId": "gid://shopify/ProductVariant/204",
        },
    ]


def test_an_empty_result_has_no_url(desk: Desk) -> None:
    done = finished(desk, started(desk, '{ orders(query: "tag:nothing") { edges { node { id } } } }'))
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { name } }", "Bulk queries must contain at least one connection."),
        (
            "{ products { nodes { id } } }",
            (
                "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                "'products { edges { node {'. Selecting via 'nodes' is not supported. "
                "Invalid connection fields: 'products'."
            ),
        ),
        (
            '{ node(id: "gid://shopify/Product/101") { id } products { edges { node { id } } } }',
            "Bulk queries cannot contain a top level `node` field.",
        ),
        (
            "{ products { edges { node { title variants { edges { node { id } } } } } } }",
            (
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must "
                "be of 'ID' return type. Connection fields without 'id': products."
            ),
        ),
        (
            """{ products { edges { node { id variants { edges { node { id inventoryItem {
                inventoryLevels { edges { node { id location {
                    inventoryLevels { edges { node { id } } } } } } } } } } } } } } }""",
            "Bulk queries cannot contain connections with a nesting depth greater than 2.",
        ),
        (
            "{ " + " ".join(f"p{at}: products {{ edges {{ node {{ id }} }} }}" for at in range(6)) + " }",
            "Bulk queries cannot contain more than 5 connections.",
        ),
        (
            "{ nodes(ids: []) { id } products { edges { node { id } } } }",
            "Bulk queries cannot contain a top level `node` field.",
        ),
        (
            "{ products { edges { node { skuu } } } }",
            "Invalid bulk query: Field 'skuu' doesn't exist on type 'Product'",
        ),
        ("query ($x: Int) { products(first: $x) { edges { node { id } } } }", "Bulk queries cannot use variables."),
    ],
    ids=["no connection", "nodes", "node", "no id", "too deep", "too many", "top nodes", "undefined", "variables"],
)
def test_what_a_bulk_query_may_not_be_is_told(desk: Desk, query: str, message: str) -> None:
    payload = desk.run_bulk(query).data["bulkOperationRunQuery"]
    assert payload["bulkOperation"] is None
    assert payload["userErrors"] == [{"code": "INVALID", "field": ["query"], "message": message}]


def test_the_sixth_at_a_time_is_refused_and_told_which_are_going_on(desk: Desk) -> None:
    going_on = [started(desk, "{ products { edges { node { id } } } }") for _ in range(5)]
    (error,) = desk.run_bulk("{ products { edges { node { id } } } }").data["bulkOperationRunQuery"]["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert all(bulk_id in error["message"] for bulk_id in going_on)
    finished(desk, going_on[0])
    started(desk, "{ products { edges { node { id } } } }")


def test_a_failed_query_leaves_part_of_its_result(desk: Desk) -> None:
    add_fault(desk.world, match="bulkOperationRunQuery", kind="bulk_failed", times=1)
    done = finished(desk, started(desk, "{ products { edges { node { id } } } }"))
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    assert len(desk.download(done["partialDataUrl"]).body) == 3


def test_without_the_scope_a_query_fails_with_access_denied(desk: Desk) -> None:
    desk.world.shop.scopes[:] = ["read_products"]
    done = finished(desk, started(desk, "{ orders { edges { node { id } } } }"))
    assert (done["status"], done["errorCode"]) == ("FAILED", "ACCESS_DENIED")


def test_a_query_can_be_canceled(desk: Desk) -> None:
    bulk_id = started(desk, "{ products { edges { node { id } } } }")
    text = "mutation ($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    assert desk.graphql(text, {"id": bulk_id}).data["bulkOperationCancel"]["bulkOperation"] == {"status": "CANCELING"}
    assert finished(desk, bulk_id)["status"] == "CANCELED"


def test_the_storage_wants_no_token_and_forgets_after_seven_days(desk: Desk) -> None:
    done = finished(desk, started(desk, "{ products { edges { node { id } } } }"))
    assert desk.download(done["url"], {"x-shopify-access-token": TOKEN}).status == 400
    assert desk.download("http://shop.test/guessed").status == 403
    desk.world.clock.advance(7 * 86400)
    assert desk.download(done["url"]).status == 403


def test_a_result_can_break_off_and_a_url_expire_on_purpose(desk: Desk) -> None:
    done = finished(desk, started(desk, "{ products { edges { node { id } } } }"))
    add_fault(desk.world, match="bulkDownload", kind="expired_url", times=1)
    assert desk.download(done["url"]).status == 403
    add_fault(desk.world, match="bulkDownload", kind="truncated_document", times=1)
    reply = desk.app.download({"key": done["url"].rsplit("/", 1)[-1]}, {}, b"", "")
    assert reply.length == int(done["fileSize"])
    assert len(b"".join(reply.parts or ())) == reply.length // 2
    assert reply.broken is True


@pytest.mark.parametrize(("kind", "count"), [("empty_snapshot", "0"), ("half_snapshot", "2")])
def test_a_result_can_come_empty_or_halved_on_purpose(desk: Desk, kind: str, count: str) -> None:
    add_fault(desk.world, match="bulkOperationRunQuery", kind=kind, times=1)
    done = finished(desk, started(desk, "{ products { edges { node { id } } } }"))
    assert (done["status"], done["objectCount"]) == ("COMPLETED", count)


def test_the_end_is_announced_without_a_url(desk: Desk) -> None:
    bulk_id = started(desk, "{ products { edges { node { id } } } }")
    finished(desk, bulk_id)
    (topic, payload, _) = desk.world.webhook_outbox[-1]
    assert topic == "bulk_operations/finish"
    assert payload["admin_graphql_api_id"] == bulk_id
    assert (payload["status"], payload["type"], "url" in payload) == ("completed", "query", False)
