"""Webhooks at a steady rate: each is sent at its moment, whether or not the ones before it have been answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.demo import CREDENTIALS
from sensors.receiver import PATH

SHOP = "example-brand.myshopify.com"
CONNECTIONS = 32
LAST_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answered:
    """Seconds from the moment a webhook was due to its answer, for each; and how many were not answered with 200."""

    seconds: list[float]
    refused: int


def request(number: int) -> bytes:
    """A signed inventory_levels/update, as it goes over the wire."""
    body = json.dumps(
        {
            "inventory_item_id": 45_000_000_000_000 + number,
            "location_id": 70_000_000_001,
            "available": number % 60,
            "updated_at": "2026-11-23T10:00:00+00:00",
            "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{number}",
        }
    ).encode()
    digest = hmac.new(CREDENTIALS["SHOPIFY_CLIENT_SECRET"].encode(), body, hashlib.sha256).digest()
    headers = {
        "Host": "receiver",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Shopify-Topic": "inventory_levels/update",
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Triggered-At": "2026-11-23T10:00:00.000000000Z",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
    }
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def deliver(url: str, *, per_second: int, seconds: int) -> Answered:
    """Send so many a second and wait for every answer."""
    return asyncio.run(_deliver(url, [request(number) for number in range(per_second * seconds)], 1 / per_second))


async def _deliver(url: str, requests: list[bytes], gap: float) -> Answered:
    place = urlsplit(url)
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection(place.hostname, place.port))
    taken: list[float] = []
    refused = 0

    async def one(wire: bytes, due: float) -> None:
        nonlocal refused
        reader, writer = await idle.get()
        writer.write(wire)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
        await reader.readexactly(length)
        taken.append(time.perf_counter() - due)
        refused += b" 200 " not in head.split(b"\r\n", 1)[0]
        idle.put_nowait((reader, writer))

    start = time.perf_counter() + 0.1
    async with asyncio.timeout(len(requests) * gap + LAST_ANSWER_SECONDS), asyncio.TaskGroup() as group:
        for number, wire in enumerate(requests):
            due = start + number * gap
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(wire, due))
    while not idle.empty():
        idle.get_nowait()[1].close()
    return Answered(taken, refused)
