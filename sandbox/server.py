"""The sandbox as a server: one world, both services and the control door on one port."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from sandbox.amazon.app import PREFIXES, AmazonApp
from sandbox.amazon.state import state_of
from sandbox.assortment import odd_goods, ordinary_goods
from sandbox.brand import Brand, Plan
from sandbox.clock import SandboxClock
from sandbox.control import Control
from sandbox.history import write_history
from sandbox.order_trouble import plant_order_trouble
from sandbox.price_trouble import plant_price_trouble
from sandbox.settlement_trouble import plant_settlement_trouble
from sandbox.shopify.app import routes as shopify_routes
from sandbox.shopify.webhooks import WebhookSender
from sandbox.trade import Trade
from sandbox.trouble import plant_trouble
from sandbox.world import World

ORDERS_PER_HOUR = 12.0
TICK_SECONDS = 0.05
LOOK_UP_SECONDS = 0.01
START_SECONDS = 10.0


@dataclass
class Sandbox:
    """A sandbox at work: where it answers, and everything in it."""

    url: str
    world: World
    brand: Brand
    trade: Trade


class PortTaken(Exception):
    """The port is in use; the message says how to choose another."""


def build(
    *,
    seed: int = 7,
    skus: int = 300,
    clock: SandboxClock | None = None,
    plan: Plan | None = None,
    orders_per_hour: float = ORDERS_PER_HOUR,
    trouble: bool = True,
    enforce_rates: bool = True,
) -> tuple[World, Brand, Trade]:
    """A world with its brand. The same seed and size always make the same brand.

    Raises ValueError for a plan that cannot be.
    """
    world = World(seed=seed, clock=clock or SandboxClock())
    brand = Brand(world, plan or Plan(skus=skus))
    dice = random.Random(f"{seed}/goods")
    odd_goods(brand)
    if trouble:
        plant_trouble(brand)
    if trouble and brand.plan.order_trouble:
        plant_order_trouble(brand)
    ordinary_goods(brand, brand.plan.skus - len(world.shop.variants), dice)
    if brand.plan.listing_trouble:
        plant_price_trouble(brand)
    write_history(brand, random.Random(f"{seed}/history"))
    if brand.plan.settlement_trouble:
        plant_settlement_trouble(brand)
    for account in world.accounts.values():
        state_of(world, account).enforce_rates = enforce_rates
    return world, brand, Trade(brand, orders_per_hour=orders_per_hour)


class Door:
    """Sends each request to the side it is meant for: Amazon's paths by prefix, the rest to Shopify and control."""

    def __init__(self, world: World, brand: Brand, trade: Trade) -> None:
        self._amazon = AmazonApp(world)
        # A bare router, no application: middleware would wrap `send`, and a fault could not cut the connection.
        self._others = Router(routes=[*Control(world, brand, trade).routes(), *shopify_routes(world)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._amazon(scope, receive, send)
        else:
            await self._others(scope, receive, send)


class Ticker:
    """Lets time pass also while nobody calls: events that fall due are carried out and announced."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-ticker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self._world.catch_up()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises PortTaken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"The sandbox cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another port with --port, or --port 0 for a free one."
        ) from error
    return listener


class PromptServer(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn's own takes up to 0.2 seconds, which is long for a test."""

    async def main_loop(self) -> None:
        """Serve until told to end."""
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110 - uvicorn's signal handler sets a flag, there is no event
            await asyncio.sleep(LOOK_UP_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection; calls under way have a second to end."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for _ in range(int(1 / LOOK_UP_SECONDS)):
            await asyncio.sleep(LOOK_UP_SECONDS)
            if not self.server_state.tasks:
                return


def make_server(world: World, brand: Brand, trade: Trade, *, quiet: bool) -> uvicorn.Server:
    """A uvicorn server for the world; give it the socket of `listen`."""
    config = uvicorn.Config(
        Door(world, brand, trade),
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=not quiet,
        server_header=False,
        date_header=False,
    )
    return PromptServer(config)


@contextmanager
def running(
    *,
    seed: int = 7,
    skus: int = 300,
    clock: SandboxClock | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    quiet: bool = True,
    plan: Plan | None = None,
    orders_per_hour: float = 0.0,
    trouble: bool = True,
    enforce_rates: bool = True,
) -> Iterator[Sandbox]:
    """A sandbox that serves in a thread until the block ends. For tests it does not trade unless told to.

    Raises PortTaken, and ValueError for a plan that cannot be.
    """
    world, brand, trade = build(
        seed=seed,
        skus=skus,
        clock=clock,
        plan=plan,
        orders_per_hour=orders_per_hour,
        trouble=trouble,
        enforce_rates=enforce_rates,
    )
    listener = listen(host, port)
    server = make_server(world, brand, trade, quiet=quiet)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox-server", daemon=True)
    ticker, sender = Ticker(world), WebhookSender(world)
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The sandbox's server did not start")
            time.sleep(0.005)
        ticker.start()
        sender.start()
        try:
            yield Sandbox(f"http://{host}:{listener.getsockname()[1]}", world, brand, trade)
        finally:
            server.should_exit = True
            sender.stop()
            ticker.stop()
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
