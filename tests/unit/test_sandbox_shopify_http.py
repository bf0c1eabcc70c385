"""The sandbox's Shopify at its door: tokens, versions, statuses, cut connections."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Router
from starlette.types import ASGIApp

from sandbox.faults import add_fault
from sandbox.shopify.app import routes
from sandbox.world import World
from tests.sandbox_shop import START, TOKEN, Desk, small_world

SHOP = "{ shop { name } }"
CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
}


@contextmanager
def served(world: World, mount: Callable[..., ASGIApp] = Starlette) -> Iterator[httpx.Client]:
    config = uvicorn.Config(
        mount(routes=routes(world)), host="127.0.0.1", port=0, log_level="critical", lifespan="off", http="h11"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def token_of(desk: Desk, given: dict[str, str], kind: str = "application/json") -> tuple[int, dict[str, Any]]:
    body = json.dumps(given).encode() if "json" in kind else "&".join(f"{k}={v}" for k, v in given.items()).encode()
    reply = desk.app.token({}, {"content-type": kind}, body, "")
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_client_credentials_bring_a_token_for_a_day(kind: str) -> None:
    desk = Desk(small_world())
    status, body = token_of(desk, CREDENTIALS, kind)
    assert status == 200
    assert body["expires_in"] == 86399
    assert body["scope"].split(",") == [
        "read_products", "read_locations", "write_locations", "read_inventory", "write_inventory", "read_orders",
        "write_orders", "read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders",
        "write_fulfillments", "write_assigned_fulfillment_orders", "write_third_party_fulfillment_orders",
    ]  # fmt: skip
    assert desk.graphql(SHOP, token=body["access_token"]).data == {"shop": {"name": "Example Brand"}}
    desk.world.clock.advance(86398)
    assert desk.graphql(SHOP, token=body["access_token"]).status == 200
    desk.world.clock.advance(1)
    over = desk.graphql(SHOP, token=body["access_token"])
    assert over.status == 401
    assert over.body == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def test_the_static_token_of_an_older_app_never_ends() -> None:
    desk = Desk(small_world())
    desk.world.clock.advance(400 * 86400)
    assert desk.graphql(SHOP, token="shpat_sandbox").status == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "somebody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_with_400_and_a_reason(change: dict[str, str], error: str) -> None:
    status, body = token_of(Desk(small_world()), CREDENTIALS | change)
    assert (status, body["error"]) == (400, error)


def test_an_app_of_another_organisation_is_told_so() -> None:
    desk = Desk(small_world())
    add_fault(desk.world, match="accessToken", kind="shop_not_permitted", times=1)
    assert token_of(desk, CREDENTIALS) == (
        400,
        {
            "error": "shop_not_permitted",
            "error_description": "Client credentials cannot be performed on this shop.",
        },
    )


@pytest.mark.parametrize("token", [None, "", "shpat_guessed"])
def test_without_a_good_token_nothing_is_told(token: str | None) -> None:
    told = Desk(small_world()).graphql(SHOP, token=token)
    assert told.status == 401
    assert isinstance(told.body["errors"], str)


@pytest.mark.parametrize(
    ("asked", "served_version"), [("2026-10", "2026-10"), ("2026-07", "2026-07"), ("2025-01", "2026-07")]
)
def test_the_answer_names_the_version_that_was_served(asked: str, served_version: str) -> None:
    told = Desk(small_world()).graphql(SHOP, version=asked)
    assert told.headers["x-shopify-api-version"] == served_version


@pytest.mark.parametrize("asked", ["2027-01", "2026-11", "latest"])
def test_a_version_that_is_not_out_is_not_found(asked: str) -> None:
    assert Desk(small_world()).graphql(SHOP, version=asked).status == 404


def test_another_version_than_asked_for_can_be_served_on_purpose() -> None:
    desk = Desk(small_world())
    add_fault(desk.world, match="*", kind="wrong_version", times=1)
    assert desk.graphql(SHOP).headers["x-shopify-api-version"] == "2026-07"
    assert desk.graphql(SHOP).headers["x-shopify-api-version"] == "2026-10"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"query": ""}', b'{"query": "{ shop { name } }", "variables": 1}']
)
def test_a_body_that_is_no_query_is_a_400(body: bytes) -> None:
    desk = Desk(small_world())
    headers = {"content-type": "application/json", "x-shopify-access-token": TOKEN}
    assert desk.app.graphql({"version": "2026-10"}, headers, body, "").status == 400


@pytest.mark.parametrize(
    ("kind", "status", "errors"),
    [
        ("shop_locked", 423, "Locked"),
        ("shop_frozen", 402, "Payment Required"),
        ("shop_rejected", 430, "Shopify Security Rejection"),
        (
            "too_many_requests",
            429,
            "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
        ),
        ("expired_token", 401, "[API] Invalid API key or access token (unrecognized login or wrong password)"),
    ],
)
def test_statuses_come_with_errors_as_a_string(kind: str, status: int, errors: str) -> None:
    desk = Desk(small_world())
    add_fault(desk.world, match="shop", kind=kind, times=1)
    told = desk.graphql(SHOP)
    assert (told.status, told.body) == (status, {"errors": errors})
    assert desk.graphql(SHOP).status == 200


def test_429_says_how_long_to_wait() -> None:
    desk = Desk(small_world())
    add_fault(desk.world, match="shop", kind="too_many_requests", times=1)
    assert desk.graphql(SHOP).headers["retry-after"] == "2.0"


def test_every_call_is_logged_with_what_it_changed() -> None:
    desk = Desk(small_world())
    desk.graphql(SHOP)
    desk.graphql("{ skuu }")
    desk.set_quantities(
        [
            {
                "inventoryItemId": "gid://shopify/InventoryItem/301",
                "locationId": "gid://shopify/Location/1",
                "quantity": 3,
                "changeFromQuantity": 5,
            }
        ]
    )
    log = [(each.service, each.operation, each.outcome, each.effect, each.subject) for each in desk.world.requests]
    assert log == [
        ("shopify", "shop", "ok", "", ""),
        ("shopify", "skuu", "invalid", "", ""),
        ("shopify", "inventorySetQuantities", "ok", "available 5 to 3", "301@1"),
    ]
    assert desk.world.requests[0].at == START
    assert desk.world.requests[0].cost == 1


def test_internal_error_after_commit_leaves_the_effect_behind() -> None:
    desk = Desk(small_world())
    rows = [
        {
            "inventoryItemId": "gid://shopify/InventoryItem/301",
            "locationId": "gid://shopify/Location/1",
            "quantity": 3,
            "changeFromQuantity": 5,
        }
    ]
    add_fault(desk.world, match="inventorySetQuantities", kind="internal_error_before", times=1)
    told = desk.set_quantities(rows)
    assert (told.status, told.code, "data" in told.body) == (200, "INTERNAL_SERVER_ERROR", False)
    assert desk.world.shop.levels[301, 1].available == 5
    add_fault(desk.world, match="inventorySetQuantities", kind="internal_error_after", times=1)
    assert desk.set_quantities(rows).code == "INTERNAL_SERVER_ERROR"
    assert desk.world.shop.levels[301, 1].available == 3
    assert desk.world.requests[-1].effect == "available 5 to 3"


def test_over_http_a_form_a_query_and_a_bulk_result_work() -> None:
    world = small_world()
    with served(world) as client:
        token = client.post("/admin/oauth/access_token", data=CREDENTIALS).json()["access_token"]
        headers = {"X-Shopify-Access-Token": token}
        url = "/admin/api/2026-10/graphql.json"
        answer = client.post(url, headers=headers, json={"query": SHOP})
        assert answer.json()["data"] == {"shop": {"name": "Example Brand"}}
        assert answer.headers["X-Shopify-API-Version"] == "2026-10"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        bulk = "{ products { edges { node { id title } } } }"
        text = f'mutation {{ bulkOperationRunQuery(query: "{bulk}") {{ bulkOperation {{ id }} }} }}'
        client.post(url, headers=headers, json={"query": text})
        for _ in range(3):
            world.clock.advance(2)
            world.catch_up()
        operations = "{ bulkOperations(first: 1) { nodes { status url } } }"
        found = client.post(url, headers=headers, json={"query": operations}).json()["data"]["bulkOperations"]
        result = client.get(found["nodes"][0]["url"])
        assert result.status_code == 200
        assert len(result.text.splitlines()) == 3


@pytest.mark.parametrize("mount", [Starlette, Router], ids=["behind middleware", "bare"])
@pytest.mark.parametrize(("kind", "available"), [("timeout_before", 5), ("timeout_after", 3), ("reset_after", 3)])
def test_a_connection_can_be_cut_before_or_after_the_effect(
    kind: str, available: int, mount: Callable[..., ASGIApp]
) -> None:
    world = small_world()
    add_fault(world, match="inventorySetQuantities", kind=kind, times=1, params={"seconds": 0.01})
    text = """
        mutation {
          inventorySetQuantities(input: {name: "available", reason: "correction", quantities: [{
            inventoryItemId: "gid://shopify/InventoryItem/301", locationId: "gid://shopify/Location/1",
            quantity: 3, changeFromQuantity: 5}]}) @idempotent(key: "k") { userErrors { code } }
        }"""
    with served(world, mount) as client, pytest.raises(httpx.TransportError):
        client.post("/admin/api/2026-10/graphql.json", json={"query": text}, headers={"X-Shopify-Access-Token": TOKEN})
    assert world.shop.levels[301, 1].available == available
    assert world.requests[-1].outcome == ("cut_before" if available == 5 else "cut_after")
    assert world.requests[-1].status == 0


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("status_500_empty", 500, None),
        ("status_403_no_errors", 403, {"message": "Forbidden"}),
        ("status_400_errors", 400, {"errors": {"query": "Required parameter missing or invalid"}}),
    ],
)
def test_an_outage_looks_as_outages_do(kind: str, status: int, body: Any) -> None:
    desk = Desk(small_world())
    add_fault(desk.world, match="*", kind=kind, times=1)
    told = desk.graphql(SHOP)
    assert (told.status, told.body) == (status, body)
