"""The door for webhooks, over HTTP and with a real ledger: what is stored, what is refused, and what is asked again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from integration_assets.contracts.errors import ConfigurationError, StoreError
from resources.clock import ManualClock
from resources.ledger import InboxMessage, Ledger
from sensors.receiver import listening, receiver, serve

SECRET = "sample-client-secret"
SHOP = "sample-shop.myshopify.com"
LEVELS_UPDATE = (
    b'{"inventory_item_id":9007199254740993,"location_id":70000000001,"available":5,'
    b'"updated_at":"2026-11-23T10:00:00+01:00",'
    b'"admin_graphql_api_id":"gid://shopify/InventoryLevel/70000000001?inventory_item_id=9007199254740993"}'
)
LEVELS_UPDATE_HEADERS = {
    "X-Shopify-Topic": "inventory_levels/update",
    "X-Shopify-Shop-Domain": "sample-shop.myshopify.com",
    "X-Shopify-API-Version": "2026-10",
    "X-Shopify-Webhook-Id": "00000000-0000-4000-8000-000000000001",
    "X-Shopify-Event-Id": "11111111-0000-4000-8000-000000000001",
    "X-Shopify-Triggered-At": "2026-11-23T10:00:00.000000000Z",
    "X-Shopify-Name": "bridge-inventory",
    "X-Shopify-Hmac-Sha256": "tV/jRgoRDsDcuiJpbT/7/2gp8yT7u/3NrH1Gfc8gQuI=",
}
LEVELS_NULL = (
    b'{"inventory_item_id":45000000000001,"location_id":70000000001,"available":null,'
    b'"updated_at":"2026-11-23T10:00:00+01:00",'
    b'"admin_graphql_api_id":"gid://shopify/InventoryLevel/70000000001?inventory_item_id=45000000000001"}'
)
LEVELS_DISCONNECT = b'{"inventory_item_id":45000000000001,"location_id":70000000002}'
BULK_FINISH = (
    b'{"admin_graphql_api_id":"gid://shopify/BulkOperation/4500000000001",'
    b'"completed_at":"2026-11-23T10:00:40+01:00","created_at":"2026-11-23T10:00:00+01:00",'
    b'"error_code":null,"status":"completed","type":"query"}'
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(datetime(2026, 11, 23, 10, 1, tzinfo=UTC))) as found:
        yield found


def signed(body: bytes, topic: str, *, message_id: str = "m-1", secret: str = SECRET, **more: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": message_id,
        "X-Shopify-Triggered-At": "2026-11-23T10:00:00.000000000Z",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        **more,
    }


def post(
    ledger: Ledger,
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: tuple[str, ...] = (SECRET,),
    times: int = 1,
) -> list[httpx.Response]:
    """The answers to one webhook that is delivered `times` times at once."""

    async def deliver() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=receiver(ledger, secrets, SHOP))
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            calls = [client.post("/webhooks/shopify", content=body, headers=headers) for _ in range(times)]
            return list(await asyncio.gather(*calls))

    return asyncio.run(deliver())


def stored(ledger: Ledger) -> list[InboxMessage]:
    return ledger.inbox_after(0)


def test_a_webhook_is_on_disk_when_it_is_answered(ledger: Ledger) -> None:
    (response,) = post(ledger, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS)

    assert response.status_code == 200
    assert stored(ledger) == [
        InboxMessage(
            seq=1,
            source="shopify",
            message_id="00000000-0000-4000-8000-000000000001",
            topic="inventory_levels/update",
            subject="gid://shopify/InventoryItem/9007199254740993",
            triggered_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
            received_at=datetime(2026, 11, 23, 10, 1, tzinfo=UTC),
            payload={
                "inventory_item_id": 9007199254740993,
                "location_id": 70000000001,
                "available": 5,
                "updated_at": "2026-11-23T09:00:00+00:00",
            },
        )
    ]


def test_an_available_of_null_stays_null(ledger: Ledger) -> None:
    headers = {
        **LEVELS_UPDATE_HEADERS,
        "X-Shopify-Webhook-Id": "00000000-0000-4000-8000-000000000002",
        "X-Shopify-Hmac-Sha256": "JpJCEV9AqNz5kl3Ly4lJG3G5FGSfKzdRn8C53UzAi4I=",
    }

    (response,) = post(ledger, LEVELS_NULL, headers)

    assert response.status_code == 200
    assert stored(ledger)[0].payload["available"] is None


def test_a_disconnected_level_names_item_and_location(ledger: Ledger) -> None:
    headers = {
        **LEVELS_UPDATE_HEADERS,
        "X-Shopify-Topic": "inventory_levels/disconnect",
        "X-Shopify-Webhook-Id": "00000000-0000-4000-8000-000000000003",
        "X-Shopify-Hmac-Sha256": "hcBvQjNGZdft/j66FqhNoGodg+x+qYpNWFnZVs7Pjys=",
    }

    (response,) = post(ledger, LEVELS_DISCONNECT, headers)

    assert response.status_code == 200
    assert stored(ledger)[0].subject == "gid://shopify/InventoryItem/45000000000001"
    assert stored(ledger)[0].payload == {"inventory_item_id": 45000000000001, "location_id": 70000000002}


def test_the_end_of_a_bulk_operation_is_stored_under_its_id(ledger: Ledger) -> None:
    headers = {
        **LEVELS_UPDATE_HEADERS,
        "X-Shopify-Topic": "bulk_operations/finish",
        "X-Shopify-Webhook-Id": "00000000-0000-4000-8000-000000000010",
        "X-Shopify-Hmac-Sha256": "3DcsV/3db8UOM7gVtzFyI4WcuP7+zebCreOclKppDLM=",
    }

    (response,) = post(ledger, BULK_FINISH, headers)

    assert response.status_code == 200
    assert stored(ledger)[0].subject == "gid://shopify/BulkOperation/4500000000001"


def test_of_an_order_only_ids_and_instants_are_kept(ledger: Ledger) -> None:
    body = json.dumps(
        {
            "id": 6100000000001,
            "admin_graphql_api_id": "gid://shopify/Order/6100000000001",
            "created_at": "2026-11-23T10:00:00+01:00",
            "updated_at": "2026-11-23T10:00:01+01:00",
            "cancelled_at": None,
            "email": "canary@example.com",
            "phone": "+49 30 000000",
            "name": "AMZ-028-0000000-0000001",
            "source_identifier": "028-0000000-0000001",
            "shipping_address": {"first_name": "Canary", "address1": "Canary Street 1"},
            "line_items": [{"id": 15500000000001, "quantity": 2}],
        }
    ).encode()

    (response,) = post(ledger, body, signed(body, "orders/create"))

    assert response.status_code == 200
    assert stored(ledger)[0].subject == "gid://shopify/Order/6100000000001"
    assert stored(ledger)[0].payload == {
        "id": 6100000000001,
        "created_at": "2026-11-23T09:00:00+00:00",
        "updated_at": "2026-11-23T09:00:01+00:00",
        "cancelled_at": None,
        "source_identifier": "028-0000000-0000001",
    }


def test_a_source_that_is_not_an_amazon_order_is_not_kept(ledger: Ledger) -> None:
    body = b'{"id":1,"source_identifier":"call Canary, +49 30 000000"}'

    post(ledger, body, signed(body, "orders/updated"))

    assert stored(ledger)[0].payload == {"id": 1, "source_identifier": None}


@pytest.mark.parametrize("topic", ["refunds/create", "fulfillments/create", "fulfillments/update"])
def test_what_happens_to_an_order_is_stored_under_the_order(ledger: Ledger, topic: str) -> None:
    body = b'{"id":9,"order_id":6100000000001,"note":"Canary"}'

    (response,) = post(ledger, body, signed(body, topic))

    assert response.status_code == 200
    assert stored(ledger)[0].subject == "gid://shopify/Order/6100000000001"
    assert stored(ledger)[0].payload == {"id": 9, "order_id": 6100000000001}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (LEVELS_UPDATE.replace(b'"available":5', b'"available":500'), LEVELS_UPDATE_HEADERS),
        (json.dumps(json.loads(LEVELS_UPDATE)).encode(), LEVELS_UPDATE_HEADERS),
        (LEVELS_UPDATE + b"\n", LEVELS_UPDATE_HEADERS),
        (LEVELS_UPDATE, signed(LEVELS_UPDATE, "inventory_levels/update", secret="another-secret")),
        (LEVELS_UPDATE, {**LEVELS_UPDATE_HEADERS, "X-Shopify-Hmac-Sha256": ""}),
        (LEVELS_UPDATE, {**LEVELS_UPDATE_HEADERS, "X-Shopify-Hmac-Sha256": "caf\u00e9"}),
        (
            LEVELS_UPDATE,
            {name: text for name, text in LEVELS_UPDATE_HEADERS.items() if name != "X-Shopify-Hmac-Sha256"},
        ),
        (b"", LEVELS_UPDATE_HEADERS),
    ],
    ids=[
        "modified",
        "written again",
        "a byte more",
        "another secret",
        "empty signature",
        "odd signature",
        "no signature",
        "no body",
    ],
)
def test_a_forged_webhook_is_refused_and_not_stored(ledger: Ledger, body: bytes, headers: dict[str, str]) -> None:
    raw = {name.encode(): text.encode("latin-1") for name, text in headers.items()}
    (response,) = post(ledger, body, raw)  # type: ignore[arg-type]  # httpx takes bytes, and one is not ASCII

    assert response.status_code == 401
    assert stored(ledger) == []


@pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
def test_during_a_rotation_both_secrets_are_accepted(ledger: Ledger, secret: str) -> None:
    headers = signed(LEVELS_UPDATE, "inventory_levels/update", secret=secret)

    (response,) = post(ledger, LEVELS_UPDATE, headers, secrets=("new-secret", "old-secret"))

    assert response.status_code == 200


def test_the_headers_may_be_of_the_newer_kind_and_in_any_case(ledger: Ledger) -> None:
    headers = {name.replace("X-Shopify-", "shopify-").upper(): text for name, text in LEVELS_UPDATE_HEADERS.items()}

    (response,) = post(ledger, LEVELS_UPDATE, headers)

    assert response.status_code == 200
    assert stored(ledger)[0].message_id == "00000000-0000-4000-8000-000000000001"


def test_a_thousand_deliveries_of_one_webhook_are_stored_once(ledger: Ledger) -> None:
    responses = post(ledger, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS, times=1000)

    assert {response.status_code for response in responses} == {200}
    assert [response.text for response in responses].count("stored") == 1
    assert len(stored(ledger)) == 1


def test_webhooks_that_come_together_are_all_stored_and_each_is_answered_for_itself(ledger: Ledger) -> None:
    async def deliver() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=receiver(ledger, [SECRET], SHOP))
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            calls = [
                client.post(
                    "/webhooks/shopify",
                    content=LEVELS_UPDATE,
                    headers=signed(LEVELS_UPDATE, "inventory_levels/update", message_id=f"m-{number % 150}"),
                )
                for number in range(200)
            ]
            return list(await asyncio.gather(*calls))

    responses = asyncio.run(deliver())

    assert [response.text for response in responses[:150]] == ["stored"] * 150
    assert [response.text for response in responses[150:]] == ["known"] * 50
    assert {message.message_id for message in stored(ledger)} == {f"m-{number}" for number in range(150)}


def test_a_webhook_of_another_shop_is_refused(ledger: Ledger) -> None:
    headers = {**LEVELS_UPDATE_HEADERS, "X-Shopify-Shop-Domain": "other-shop.myshopify.com"}

    (response,) = post(ledger, LEVELS_UPDATE, headers)

    assert response.status_code == 403
    assert stored(ledger) == []


def test_a_topic_that_nothing_acts_on_is_answered_and_not_kept(ledger: Ledger) -> None:
    (response,) = post(ledger, LEVELS_UPDATE, {**LEVELS_UPDATE_HEADERS, "X-Shopify-Topic": "carts/update"})

    assert response.status_code == 200
    assert stored(ledger) == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"inventory_item_id":"45000000000001","location_id":1}',
        b'{"inventory_item_id":4.5e13,"location_id":1}',
        b'{"inventory_item_id":true,"location_id":1}',
        b'{"inventory_item_id":-1,"location_id":1}',
        b'{"inventory_item_id":9223372036854775808,"location_id":1}',
        b'{"inventory_item_id":1,"location_id":null}',
        b'{"inventory_item_id":1,"location_id":1,"available":"5"}',
        b'{"inventory_item_id":1,"location_id":1,"available":5.5}',
        b'{"inventory_item_id":1,"location_id":1,"updated_at":"yesterday"}',
        b'{"inventory_item_id":1,"location_id":1,"updated_at":"2026-11-23T10:00:00"}',
        b'{"inventory_item_id":1,"location_id":1,"updated_at":17}',
    ],
)
def test_a_signed_body_that_cannot_be_read_is_malformed(ledger: Ledger, body: bytes) -> None:
    (response,) = post(ledger, body, signed(body, "inventory_levels/update"))

    assert response.status_code == 400
    assert stored(ledger) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Shopify-Topic": ""},
        {"X-Shopify-Topic": "inventory_levels"},
        {"X-Shopify-Topic": "inventory_levels/update/../x"},
        {"X-Shopify-Webhook-Id": ""},
        {"X-Shopify-Webhook-Id": "x" * 101},
    ],
)
def test_a_webhook_without_a_topic_or_an_id_is_malformed(ledger: Ledger, changed: dict[str, str]) -> None:
    (response,) = post(ledger, LEVELS_UPDATE, {**LEVELS_UPDATE_HEADERS, **changed})

    assert response.status_code == 400
    assert stored(ledger) == []


@pytest.mark.parametrize("text", ["", "soon", "2026-11-23T10:00:00"])
def test_a_webhook_that_does_not_say_when_is_stored_all_the_same(ledger: Ledger, text: str) -> None:
    (response,) = post(ledger, LEVELS_UPDATE, {**LEVELS_UPDATE_HEADERS, "X-Shopify-Triggered-At": text})

    assert response.status_code == 200
    assert stored(ledger)[0].triggered_at is None


@pytest.mark.parametrize(("size", "status"), [(1 << 20, 400), ((1 << 20) + 1, 413)])
def test_a_body_over_a_mebibyte_is_refused(ledger: Ledger, size: int, status: int) -> None:
    body = b" " * size

    (response,) = post(ledger, body, signed(body, "inventory_levels/update"))

    assert response.status_code == status


def test_a_ledger_that_is_down_makes_shopify_try_again(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database" * 100)
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(datetime(2026, 11, 23, tzinfo=UTC))) as broken:
        responses = post(broken, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS, times=2)

    assert [response.status_code for response in responses] == [503, 503]


def test_a_ledger_that_is_slow_makes_shopify_try_again_and_nothing_is_doubled(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.receiver.ANSWER_WITHIN_SECONDS", 0.2)
    ledger.migrate()
    other = sqlite3.connect(tmp_path / "ledger.db", check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.6, other.rollback).start()

    (first,) = post(ledger, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS)
    (second,) = post(ledger, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS)
    other.close()

    assert (first.status_code, second.status_code, second.text) == (503, 200, "known")
    assert len(stored(ledger)) == 1


def test_after_a_failure_the_next_webhook_is_stored(ledger: Ledger, tmp_path: Path) -> None:
    ledger.migrate()

    async def deliver() -> list[int]:
        transport = httpx.ASGITransport(app=receiver(ledger, [SECRET], SHOP))
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            statuses = []
            for number, table in enumerate(["inbox_away", "inbox"]):
                with sqlite3.connect(tmp_path / "ledger.db") as other:
                    other.execute(f"ALTER TABLE {'inbox' if number == 0 else 'inbox_away'} RENAME TO {table}")
                other.close()
                headers = signed(LEVELS_UPDATE, "inventory_levels/update", message_id=f"m-{number}")
                response = await client.post("/webhooks/shopify", content=LEVELS_UPDATE, headers=headers)
                statuses.append(response.status_code)
            return statuses

    assert asyncio.run(deliver()) == [503, 200]
    assert [message.message_id for message in stored(ledger)] == ["m-1"]


def get(ledger: Ledger, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=receiver(ledger, [SECRET], SHOP))
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_health_is_told_with_the_head_of_the_inbox(ledger: Ledger) -> None:
    post(ledger, LEVELS_UPDATE, LEVELS_UPDATE_HEADERS)

    response = get(ledger, "/healthz")

    assert (response.status_code, response.json()) == (200, {"inbox_head": 1})


def test_health_is_bad_when_the_ledger_is_down(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database" * 100)
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(datetime(2026, 11, 23, tzinfo=UTC))) as broken:
        assert get(broken, "/healthz").status_code == 503


def test_a_webhook_is_posted(ledger: Ledger) -> None:
    assert get(ledger, "/webhooks/shopify").status_code == 405


@pytest.mark.parametrize("secrets", [(), ("",), (SECRET, "")])
def test_there_is_no_receiver_without_a_secret(ledger: Ledger, secrets: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="no secret to verify webhooks with"):
        receiver(ledger, secrets, SHOP)


def test_a_port_in_use_is_told_with_the_way_to_choose_another(ledger: Ledger) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port}.*\[receiver\] port"):
            serve(ledger, [SECRET], SHOP, port=port)


def test_nothing_is_served_on_a_ledger_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database" * 100)
    with (
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", ManualClock(datetime(2026, 11, 23, tzinfo=UTC))) as broken,
        pytest.raises(StoreError),
    ):
        serve(broken, [SECRET], SHOP, port=0)


def test_a_served_receiver_takes_webhooks_over_http(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    servers: list[uvicorn.Server] = []
    ports: list[int] = []
    run = uvicorn.Server.run

    def noted(server: uvicorn.Server, sockets: list[socket.socket]) -> Any:
        servers.append(server)
        ports.append(sockets[0].getsockname()[1])
        return run(server, sockets)

    monkeypatch.setattr(uvicorn.Server, "run", noted)
    thread = threading.Thread(target=serve, args=(ledger, [SECRET], SHOP), kwargs={"port": 0})
    thread.start()
    try:
        while not (servers and servers[0].started):
            assert thread.is_alive()
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}") as client:
            response = client.post("/webhooks/shopify", content=LEVELS_UPDATE, headers=LEVELS_UPDATE_HEADERS)
    finally:
        servers[0].should_exit = True
        thread.join(timeout=10)

    assert (response.status_code, response.text) == (200, "stored")
    assert "server" not in response.headers
    assert not thread.is_alive()
