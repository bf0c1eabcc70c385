"""The product's assets materialised by Dagster: in a house that is filled by hand, or on a sandbox over HTTP.

Time stands still: it moves only when the product waits or the test says so.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from integration_assets.contracts.sql import fill, log_name, table_name
from integration_assets.contracts.table import Table
from integration_assets.regions import region_check_key
from resources.clock import ManualClock
from resources.connections import Connections
from resources.ledger import Ledger
from resources.operating_model import OperatingModel, parse
from resources.warehouse import Warehouse
from sandbox.brand import Brand, Plan
from sandbox.clock import SandboxClock
from sandbox.faults import add_fault
from sandbox.server import Sandbox, running
from sandbox.world import RequestRecord, Variant, World
from tests.assets.rows import empty_warehouse

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CREDENTIALS = {
    "SHOPIFY_CLIENT_ID": "sandbox-client",
    "SHOPIFY_CLIENT_SECRET": "sandbox-secret",
    "SP_API_CLIENT_ID": "amzn1.application-oa2-client.sandbox",
    "SP_API_CLIENT_SECRET": "amzn1.oa2-cs.v1.sandbox",
    "SP_API_REFRESH_TOKEN_EU": "Atzr|sandbox-eu",
    "SP_API_REFRESH_TOKEN_NA": "Atzr|sandbox-na",
}
OPERATING_MODEL = """\
[mode]
stock_push = "live"

[shopify]
shop = "example-brand.myshopify.com"
url = "{url}"
client_id = {{ env = "SHOPIFY_CLIENT_ID" }}
client_secret = {{ env = "SHOPIFY_CLIENT_SECRET" }}

[pools.mfn]
locations = ["Manchester", "Leeds"]

[stock]
buffer = {{ units = 2 }}

[[mapping.rule]]
strip_suffix = "-FBA"

[store]
data_dir = "{data}"
"""
ACCOUNTS = {
    "eu": """
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK", "DE"]
refresh_token = {{ env = "SP_API_REFRESH_TOKEN_EU" }}
url = "{url}"
token_url = "{url}/auth/o2/token"
share = {share_eu}

[pools.fba.eu]
location = "Amazon FBA EU"
""",
    "na": """
[amazon.na]
seller_id = "A2EXAMPLE"
marketplaces = ["US"]
refresh_token = {{ env = "SP_API_REFRESH_TOKEN_NA" }}
url = "{url}"
token_url = "{url}/auth/o2/token"
share = {share_na}

[pools.fba.na]
location = "Amazon FBA NA"
""",
}


class StageClock:
    """The sandbox's clock as the product wants one; a sleep moves it at once."""

    speed = 1.0

    def __init__(self, sandbox: SandboxClock) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present of both sides."""
        return self._sandbox.now()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        if seconds > 0:
            with self._lock:
                self._sandbox.advance(seconds)

    def monotonic(self) -> float:
        """Seconds since the stage was set."""
        return (self._sandbox.now() - MONDAY_NINE).total_seconds()


@dataclass
class House:
    """The product's connections, and the Dagster instance that remembers the runs."""

    connections: Connections
    instance: dg.DagsterInstance
    home: Path

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse."""
        return self.connections.warehouse

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.connections.ledger

    def materialize(
        self,
        *assets: dg.AssetsDefinition | dg.AssetChecksDefinition,
        config: Mapping[str, Mapping[str, Any]] | None = None,
        raise_on_error: bool = True,
    ) -> dg.ExecuteInProcessResult:
        """Materialise assets; `config` is by the name of the op."""
        ops = {name: {"config": dict(values)} for name, values in (config or {}).items()}
        return dg.materialize(
            list(assets),
            instance=self.instance,
            resources=resources_of(self.connections),
            run_config={**QUIET, "ops": ops},
            raise_on_error=raise_on_error,
        )

    def judge(self, *checks: dg.AssetChecksDefinition) -> dict[str, dg.AssetCheckEvaluation]:
        """Carry out checks on the tables as they are; what each found, by its name."""
        job = dg.define_asset_job("judge", selection=dg.AssetSelection.all_asset_checks())
        resources = resources_of(self.connections)
        judging = dg.Definitions(asset_checks=checks, jobs=[job], resources=resources, executor=dg.in_process_executor)
        result = judging.resolve_job_def("judge").execute_in_process(
            instance=self.instance, run_config=QUIET, raise_on_error=False
        )
        return {found.check_name: found for found in result.get_asset_check_evaluations()}

    def state(self, table: Table[Any]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Everything an observed table holds: its current rows and its change log."""
        return (
            self.warehouse.query(fill("SELECT * FROM {name} ORDER BY ALL", name=table_name(table))),
            self.warehouse.query(fill("SELECT * FROM {name} ORDER BY ALL", name=log_name(table))),
        )


@dataclass
class Stage(House):
    """A house whose connections lead to a sandbox."""

    sandbox: Sandbox

    @property
    def world(self) -> World:
        """All the state of the sandbox."""
        return self.sandbox.world

    @property
    def brand(self) -> Brand:
        """The truth about how the two sides belong together."""
        return self.sandbox.brand

    def make_orders(self) -> None:
        """From now on Amazon's orders are made in Shopify."""
        model = self.connections.model
        self.connections.model = model.model_copy(
            update={"mode": model.mode.model_copy(update={"order_import": "live"})}
        )

    def close(self) -> None:
        """Close what the product has open to the sandbox."""
        self.connections.shopify.close()
        self.connections.amazon.close()

    def start_again(self) -> None:
        """Carry on as the next run does: in a new process, with what is in the stores."""
        self.close()
        clock = self.connections.clock
        self.connections = Connections(self.connections.model, CREDENTIALS)
        self.connections.clock = clock

    def variant(self, sku: str) -> Variant:
        """The shop's variant of this SKU."""
        return next(variant for variant in self.world.shop.variants.values() if variant.sku == sku)

    def item(self, sku: str) -> str:
        """The id of the inventory item its stock is counted on."""
        return f"gid://shopify/InventoryItem/{self.variant(sku).item_id}"

    def count(self, sku: str, location: str, available: int, *, committed: int | None = None) -> None:
        """A person counts stock in Shopify."""
        place = self.brand.locations[location]
        self.world.set_available(self.variant(sku).item_id, place, available, committed=committed)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> datetime:
        """Let time pass; what falls due meanwhile happens."""
        now = self.world.clock.advance(seconds + 60 * minutes + 3600 * hours)
        self.world.catch_up()
        return now

    def fault(self, kind: str, operation: str = "*", **more: Any) -> None:
        """Switch a fault of the sandbox on."""
        add_fault(self.world, match=operation, kind=kind, **more)

    def mend(self) -> None:
        """Switch every fault off."""
        with self.world.lock:
            self.world.faults.clear()

    def calls(self, operation: str) -> list[RequestRecord]:
        """The calls of one operation, oldest first."""
        return [call for call in self.world.requests if call.operation == operation]


def resources_of(connections: Connections) -> dict[str, object]:
    """The resources as the composition root hands them out."""
    return {
        "model": connections.model,
        "clock": connections.clock,
        "ledger": connections.ledger,
        "warehouse": connections.warehouse,
        "shopify": connections.shopify,
        "amazon": connections.amazon,
        "alerts": connections.alerts,
        "freshness_limits": {"shopify.stock_levels": timedelta(hours=1), "amazon.orders": timedelta(minutes=30)},
    }


@cache
def shared_instance() -> dg.DagsterInstance:
    """An instance in memory for all tests of a process: making one takes as long as a small run."""
    instance = dg.DagsterInstance.ephemeral()
    atexit.register(instance.dispose)
    return instance


@contextmanager
def house(
    home: Path, *, regions: Sequence[str] = ("eu",), more: str = "", now: datetime = MONDAY_NINE
) -> Iterator[House]:
    """An empty house that nothing answers to; `more` is added to its operating model."""
    connections = Connections(model_of(home, "http://127.0.0.1:9", regions, more), CREDENTIALS)
    connections.clock = ManualClock(now)
    empty_warehouse(connections.model.warehouse_path)
    yield House(connections, shared_instance(), home)


@contextmanager
def stage(
    home: Path,
    *,
    regions: Sequence[str] = ("eu",),
    skus: int = 60,
    history_orders: int = 30,
    trouble: bool = False,
    listing_trouble: bool = False,
    more: str = "",
    first_run: bool = False,
) -> Iterator[Stage]:
    """Set the stage. On a `first_run` there is no warehouse file yet, and Dagster's events are kept as SQLite."""
    clock = SandboxClock(start=MONDAY_NINE, speed=0)
    plan = Plan(skus=skus, regions=tuple(regions), history_orders=history_orders, listing_trouble=listing_trouble)
    with ExitStack() as stack:
        sandbox = stack.enter_context(running(clock=clock, plan=plan, trouble=trouble, enforce_rates=False))
        connections = Connections(model_of(home, sandbox.url, regions, more), CREDENTIALS)
        connections.clock = StageClock(clock)
        if first_run:
            (home / "dagster").mkdir()
            instance = stack.enter_context(dg.DagsterInstance.local_temp(str(home / "dagster")))
        else:
            empty_warehouse(connections.model.warehouse_path)
            instance = shared_instance()
        set_up = Stage(connections, instance, home, sandbox)
        stack.callback(set_up.close)
        yield set_up


def model_of(home: Path, url: str, regions: Sequence[str], more: str) -> OperatingModel:
    """The brand's operating model: live, a buffer of two units, the pool shared out as the sandbox has it."""
    text = OPERATING_MODEL + "".join(ACCOUNTS[region] for region in regions) + more
    share = {"eu": 70, "na": 30} if len(regions) > 1 else dict.fromkeys(regions, 100)
    values = {f"share_{region}": percent for region, percent in share.items()}
    return parse(text.format(url=url, data=home / "data", **values), folder=home)


def metadata(result: dg.ExecuteInProcessResult, table: Table[Any]) -> dict[str, Any]:
    """What the materialisation of a table told, by name."""
    return metadata_of(result, table.asset_key)


def metadata_of(result: dg.ExecuteInProcessResult, key: Sequence[str]) -> dict[str, Any]:
    """What the materialisation of an asset told, by name."""
    [told] = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(key)
    ]
    return {name: value.value for name, value in told.metadata.items()}


def region_check(result: dg.ExecuteInProcessResult, table: Table[Any]) -> tuple[bool, str]:
    """Whether every region account answered, and what was told of it."""
    [told] = [
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.asset_check_key == region_check_key(table)
    ]
    return told.passed, told.description or ""
