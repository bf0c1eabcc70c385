"""A brand in a sandbox that serves over HTTP, and the product on it, both on one clock that moves only when told.

The curtain rises on a brand in step: both sides were read, every SKU was decided, nothing is to be sent. `count`,
`buy`, `edit` and the like are what people do; `observe`, `decide` and `push` are the product's own parts.
"""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import dagster as dg
import duckdb
import httpx
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction

from integration_assets.amazon.availability import availability
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.reconcile import INVENTORY_DRIFT, STOCK_POSITION, StockPosition
from integration_assets.reconcile.inventory_drift import SQL as DRIFT
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.reconcile.stock_position import DecideItems, stock_position
from integration_assets.shopify.locations import locations
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.stock_levels import ReadItems, stock_levels
from integration_assets.shopify.variants import variants
from integration_assets.stock.cycle import Outcome, PushCycle
from integration_assets.stock.journal import record
from integration_assets.stock.pushes import KIND
from resources.connections import Connections
from resources.warehouse import Warehouse
from sandbox.amazon.ordering import cancel, place_order, release
from sandbox.amazon.quantities import edit_in_seller_central
from sandbox.amazon.state import ServiceState, state_of
from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import running
from sandbox.world import AmazonAccount, AmazonListing, AmazonOrder
from tests.assets import stage as assets
from tests.assets.rows import empty_warehouse
from tests.assets.stage import CREDENTIALS, MONDAY_NINE, StageClock, model_of, resources_of

REGION = "eu"
SKUS = 60
MAKING_TRUST = httpx.create_ssl_context
MOMENT_SECONDS = 0.001
WRITES = ("patchListingsItem", "createFeed")


class BusyClock(StageClock):
    """The stage's clock, which goes on by a moment each time it is looked at: no two things happen at once.

    `meanwhile` is called once, after the next sleep: what happens while the product waits.
    """

    meanwhile: Callable[[], object] | None = None

    def now(self) -> datetime:
        """The present of both sides."""
        super().sleep(MOMENT_SECONDS)
        return super().now()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once, and do what was planned for meanwhile."""
        super().sleep(seconds)
        planned, self.meanwhile = self.meanwhile, None
        if planned is not None:
            planned()


class OpenWarehouse(Warehouse):
    """The warehouse, opened once and its tables made once: to open it costs more than most of what is done in it."""

    _kept: duckdb.DuckDBPyConnection | None = None
    _is_made = False

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ARG002 - as it is
        """A connection to the file that is open."""
        if self._kept is None:
            self._kept = duckdb.connect(self.path, config={"threads": 1})
            self._kept.execute("SET GLOBAL TimeZone = 'UTC'")
        with self._kept.cursor() as connection:
            yield connection

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        if not self._is_made:
            super()._prepare(connection)
            self._is_made = True

    def close(self) -> None:
        """Close the file."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


@cache
def _trust() -> ssl.SSLContext:
    """Nothing here is encrypted, and reading the certificates for each client would take longer than the play."""
    return MAKING_TRUST()


@dataclass
class Stage(assets.Stage):
    """A stage with hands for both sides, and the product's parts to run one by one."""

    origin: str = "the test"
    """What sets off the next push."""

    @property
    def clock(self) -> BusyClock:
        """The clock of both sides."""
        clock = self.connections.clock
        assert isinstance(clock, BusyClock)
        return clock

    @property
    def account(self) -> AmazonAccount:
        """The region account as it is on Amazon's side."""
        return self.world.accounts[REGION]

    @property
    def service(self) -> ServiceState:
        """How the sandbox's Amazon treats the account."""
        return state_of(self.world, self.account)

    # --- what people and buyers do -------------------------------------------------------------------------------

    def listing(self, sku: str) -> AmazonListing:
        """The truth about a listing."""
        with self.world.lock:
            self.world.catch_up()
            return self.account.listings[sku]

    def shows(self, sku: str) -> int:
        """What buyers can buy now."""
        return self.listing(sku).quantity

    def edit(self, sku: str, quantity: int) -> None:
        """Somebody types a quantity in Seller Central."""
        self.listing(sku)
        edit_in_seller_central(self.world, self.account, sku, quantity)

    def buy(self, sku: str, units: int, *, status: str = "PENDING") -> AmazonOrder:
        """A buyer orders on Amazon."""
        with self.world.lock:
            self.world.catch_up()
            place = self.account.marketplace_ids[0]
            return place_order(self.world, self.account, [(sku, units)], marketplace_id=place, status=status)

    def release(self, order: AmazonOrder) -> None:
        """An order's payment is through."""
        with self.world.lock:
            release(self.world, order)

    def cancel(self, order: AmazonOrder) -> None:
        """An order is cancelled."""
        with self.world.lock:
            cancel(self.world, self.account, order)

    def key_in(self, order: AmazonOrder) -> None:
        """The staff type an Amazon order into Shopify."""
        with self.world.lock:
            assert self.sandbox.trade.key_in(REGION, order) is not None

    def delete(self, sku: str) -> None:
        """Somebody deletes a variant in Shopify."""
        with self.world.lock:
            shop, gone = self.world.shop, self.variant(sku)
            del shop.variants[gone.id]
            shop.products[gone.product_id].variant_ids.remove(gone.id)
            for key in [key for key in shop.levels if key[0] == gone.item_id]:
                del shop.levels[key]

    # --- what the product does -----------------------------------------------------------------------------------

    def carry_out(self, asset: dg.AssetsDefinition, **config: dg.Config) -> None:
        """Call the function of an asset, without a Dagster run around it."""
        assert isinstance(asset.op.compute_fn, DecoratedOpFunction)
        work = asset.op.compute_fn.decorated_fn
        doors = resources_of(self.connections)
        takes = signature(work).parameters
        if "config" in takes and "config" not in config:
            config["config"] = takes["config"].annotation()
        done = work(**{name: doors[name] for name in doors.keys() & takes}, **config)
        if isinstance(done, Iterator):
            list(done)

    def observe(self) -> None:
        """Read both sides whole, as the reconciliation does."""
        self.read_shop()
        self.read_listings()
        self.carry_out(fba_inventory)
        self.read_orders()

    def read_shop(self) -> None:
        """Read locations, catalogue and stock."""
        self.carry_out(locations)
        self.carry_out(variants)
        self.read_stock()

    def read_stock(self, *skus: str) -> None:
        """Read the stock of all items, or of these SKUs."""
        self.carry_out(stock_levels, config=ReadItems(inventory_item_ids=[self.item(sku) for sku in skus]))

    def read_listings(self) -> None:
        """Read the listings reports, and the availability of SKUs whose report says otherwise."""
        self.carry_out(listings)
        self.carry_out(availability)

    def read_orders(self) -> None:
        """Read the orders of both channels; Amazon tells of those that are two and a half minutes old."""
        self.carry_out(amazon_orders)
        self.carry_out(shopify_orders)

    def decide(self, *skus: str) -> None:
        """Map and decide all SKUs, or decide these again."""
        if not skus:
            self.carry_out(sku_map)
        self.carry_out(stock_position, config=DecideItems(inventory_item_ids=[self.item(sku) for sku in skus]))

    def cycle(self) -> PushCycle:
        """A sender on the product's doors."""
        door = self.connections
        return PushCycle(
            model=door.model,
            amazon=door.amazon,
            warehouse=door.warehouse,
            ledger=door.ledger,
            clock=door.clock,
            origin=self.origin,
        )

    def push(self) -> Outcome:
        """Run the push of the region account, and bring the analysts' table up to date."""
        outcome = self.cycle().run(REGION)
        record(self.warehouse, self.ledger, REGION, outcome, self.clock.now())
        return outcome

    def sync(self) -> Outcome:
        """One whole reconciliation: read everything, decide, push."""
        self.observe()
        self.decide()
        return self.push()

    def react(self, *skus: str) -> Outcome:
        """What a webhook sets off: read these items again, decide them, push."""
        self.read_stock(*skus)
        self.decide(*skus)
        return self.push()

    def settle(self, minutes: float = 2) -> Outcome:
        """Let Amazon apply what it accepted, and read it back."""
        self.advance(minutes=minutes)
        return self.push()

    # --- what can be seen of it ----------------------------------------------------------------------------------

    def position(self, sku: str) -> StockPosition:
        """What was last decided about a SKU."""
        [found] = self.warehouse.rows(STOCK_POSITION, "seller_sku = ?", [sku])
        return found

    def drift(self) -> dict[str, tuple[str, int]]:
        """SKU -> cause and difference, of every SKU that is out of step and mapped."""
        self.warehouse.rebuild(INVENTORY_DRIFT, DRIFT, {"now": self.clock.now()})
        rows = self.warehouse.rows(INVENTORY_DRIFT, "cause <> 'unmapped'")
        return {row.seller_sku: (row.cause, row.difference) for row in rows}

    def states(self, sku: str) -> list[tuple[int, str]]:
        """Every push of a SKU, oldest first: its quantity and its state."""
        history = self.ledger.history(KIND, REGION, sku)
        return [(effect.payload["quantity"], effect.state) for effect in reversed(history)]

    def exceptions(self) -> set[tuple[str, str]]:
        """Kind and identity of every open exception that concerns a push."""
        sku_map_kinds = ("unmapped_sku", "ambiguous_sku", "case_twin", "untracked_item", "mixed_channel")
        opened = self.ledger.open_exceptions()
        return {(found.kind, found.identity) for found in opened if found.kind not in sku_map_kinds}

    def sent(self, sku: str) -> list[int]:
        """Every quantity that reached Amazon for a SKU by PATCH, whatever became of it."""
        bodies = [call.detail["body"] for call in self.calls("patchListingsItem") if call.subject == sku]
        return [body["patches"][0]["value"][0]["quantity"] for body in bodies if body is not None]

    def outcomes(self, sku: str) -> list[str]:
        """How the PATCHes of a SKU ended."""
        return [call.outcome for call in self.calls("patchListingsItem") if call.subject == sku]

    def writes(self) -> int:
        """Calls that could have changed something on Amazon so far."""
        return sum(len(self.calls(operation)) for operation in WRITES)


@dataclass(frozen=True)
class Opening:
    """The stores as the curtain rises, and the moment."""

    data: Path
    now: datetime


@cache
def _opening() -> tuple[Opening, TemporaryDirectory[str]]:
    """Read and decide the brand once. The same seed makes the same brand, so the stores fit every later one."""
    folder = TemporaryDirectory(prefix="instep-stage-")
    with _on(Path(folder.name), None, {}) as set_up:
        set_up.observe()
        set_up.decide()
        assert set_up.push().planned == []
        return Opening(Path(folder.name) / "data", set_up.clock.now()), folder


@contextmanager
def on_stage(home: Path, **settings: Mapping[str, object]) -> Iterator[Stage]:
    """The brand in step, with nothing to send. `settings` change sections of the operating model."""
    with _on(home, _opening()[0], settings) as set_up:
        yield set_up


@contextmanager
def _on(home: Path, opening: Opening | None, settings: Mapping[str, Mapping[str, object]]) -> Iterator[Stage]:
    clock = SandboxClock(start=MONDAY_NINE, speed=0)
    with ExitStack() as stack:
        for place in (httpx, httpx._transports.default):
            stack.enter_context(patch.object(place, "create_ssl_context", lambda **_: _trust()))
        sandbox = stack.enter_context(running(clock=clock, plan=Plan(skus=SKUS, history_orders=0), trouble=False))
        model = model_of(home, sandbox.url, (REGION,), "")
        changed = {name: getattr(model, name).model_copy(update=values) for name, values in settings.items()}
        connections = Connections(model.model_copy(update=changed), CREDENTIALS)
        connections.clock = BusyClock(clock)
        warehouse = OpenWarehouse(connections.model.warehouse_path, connections.clock)
        connections.warehouse = warehouse
        stack.callback(warehouse.close)
        if opening is None:
            empty_warehouse(connections.model.warehouse_path)
        else:
            shutil.copytree(opening.data, connections.model.warehouse_path.parent, dirs_exist_ok=True)
            clock.advance((opening.now - MONDAY_NINE).total_seconds())
        instance = stack.enter_context(dg.DagsterInstance.ephemeral())
        set_up = Stage(connections, instance, home, sandbox)
        stack.callback(connections.ledger.close)
        stack.callback(set_up.close)
        yield set_up
