"""The crash simulator: the real push cycle, ledger and warehouse against a market of dice, killed at numbered moments.

Every commit of the ledger and of the warehouse and every call to Amazon is a moment at which the process may die.
`simulate` tells a story of a few turns, dies where it is told to, starts again as a new process would, lets the market
come to rest, and answers what was wrong. The same seed and moments always tell the same story.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import duckdb

from integration_assets.contracts.amazon import (
    AVAILABILITY,
    LISTINGS,
    ORDER_ITEMS,
    ORDERS,
    AmazonOrder,
    AmazonOrderItem,
    Availability,
    Listing,
)
from integration_assets.contracts.bookkeeping import CURSORS, Cursor
from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.reconcile import SKU_MAP, STOCK_POSITION, SkuMap
from integration_assets.contracts.shopify import ORDERS as SHOP_ORDERS
from integration_assets.contracts.shopify import STOCK_LEVELS, VARIANTS, ShopifyOrder, StockLevel, Variant
from integration_assets.contracts.table import Row, Table
from integration_assets.stock.cycle import PushCycle
from integration_assets.stock.gate import scope_of
from integration_assets.stock.positions import Positions
from integration_assets.stock.pushes import KIND
from resources.clock import ManualClock, SystemClock
from resources.ledger import Effect, Ledger
from resources.operating_model import OperatingModel, load
from resources.pools import CURSOR as POOL_CURSOR
from resources.warehouse import Warehouse
from tests.system.market import BUYABLE, ITEM_OF, MFN, PUSHABLE, REGION, Market, MarketAccount, Offer, Sale

if TYPE_CHECKING:
    from resources.amazon import Amazon

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READABLE_AFTER = timedelta(seconds=150)
"""How old an order must be before Amazon tells of it."""
REPORT_SECONDS = 30.0
TURNS = 5
REST = timedelta(minutes=16)
MOST_RESTS = 14
LONGEST_DOUBT = 3
"""Rests after which no unit is presumed sold any more that nobody has bought."""
MOST_SENDINGS = 10
EXCUSES = ("ownership_leak", "push_rejected", "stuck_listing", "sync_loop")
"""Exceptions that say why a SKU does not show its target."""
POOL = {"location-1": "Leeds"}
T = TypeVar("T")

MODEL = """\
[mode]
stock_push = "live"
[shopify]
shop = "example-brand.myshopify.com"
access_token = {{ env = "TOKEN" }}
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK"]
refresh_token = {{ env = "TOKEN" }}
[pools.mfn]
locations = ["Leeds"]
[stock]
buffer = {{ units = 2 }}
feed_from = {feed_from}
[orders]
since = 2026-11-23T08:00:00Z
"""


class Killed(BaseException):
    """The process is dead. Nothing of the product may catch it."""


class Moments:
    """Counts the moments and dies at the deadly ones. Dead, it lets nothing more be done until `restart`."""

    def __init__(self, deadly: Iterable[int]) -> None:
        self.deadly = frozenset(deadly)
        self.names: list[str] = []
        self.dead = False

    def reach(self, name: str) -> None:
        """One more moment."""
        self.alive()
        self.names.append(name)
        if len(self.names) in self.deadly:
            self.dead = True
            raise Killed(f"moment {len(self.names)}: {name}")

    def alive(self) -> None:
        """Refuse what a dead process would still do while its stack is unwound."""
        if self.dead:
            raise Killed("already dead")


class MortalLedger(Ledger):
    """The ledger, each commit a moment. Nothing is synced to disk: a killed process loses nothing by it."""

    moments: Moments
    market: Market

    def verified_many(self, effect_ids: Sequence[int], detail: str = "") -> list[Effect]:
        """Note what is called verified without Amazon having been asked since it was sent."""
        for effect in map(self.effect, effect_ids):
            told = self.market.told.get(effect.subject)
            if told is None or effect.sent_at is None or told[0] < effect.sent_at:
                self.market.wrong.append(f"{effect.subject}: called verified without a reading")
        return super().verified_many(effect_ids, detail)

    def _write(self, work: Callable[[Any], T], *, durable: bool = True) -> T:  # noqa: ARG002 - the ledger's signature
        self.moments.alive()
        done = super()._write(work, durable=False)
        self.moments.reach("ledger commit")
        return done


class MortalWarehouse(Warehouse):
    """The warehouse in memory, kept over a restart as its file would be; each commit is a moment."""

    moments: Moments
    memory: duckdb.DuckDBPyConnection
    on_commit: Callable[[], None] | None = None

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ARG002
        """A connection to the memory of the story."""
        with self.memory.cursor() as connection:
            yield connection

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The tables are there already."""

    def take_over(self, table: Table[Any], rows: Sequence[Row], *, seen_at: datetime, whole: bool) -> None:
        """Make rows current in one statement each for going and coming: an observation without a log."""
        with self._transaction() as connection:
            key, names = table.key[0], [column.name for column in table.columns]
            if whole or rows:
                gone = "" if whole else f" WHERE {key} IN ({marks([getattr(row, key) for row in rows])})"
                given = [] if whole else [getattr(row, key) for row in rows]
                connection.execute(f"DELETE FROM {table.sql_name}{gone}", given)  # noqa: S608 - contract names only
            if rows:
                values = ", ".join(f"({marks([*names, 'seen_at'])})" for _ in rows)
                columns = ", ".join([*names, "seen_at"])
                given = [value for row in rows for value in (*(plain(getattr(row, name)) for name in names), seen_at)]
                connection.execute(f"INSERT INTO {table.sql_name} ({columns}) VALUES {values}", given)  # noqa: S608 - the same

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.moments.alive()
        with super()._transaction() as connection:
            yield connection
        told, self.on_commit = self.on_commit, None
        if told is not None:
            told()
        self.moments.reach("warehouse commit")


class Ground:
    """What all stories stand on: an empty ledger to copy, and a warehouse whose tables are made once."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._empty = home / "empty.db"
        with Ledger(f"sqlite:///{self._empty}", SystemClock()) as ledger:
            ledger.migrate()
        self._models: dict[int, OperatingModel] = {}
        (home / "warehouse.duckdb").touch()
        self.memory = duckdb.connect(":memory:", config={"threads": 1})
        self.memory.execute("SET TimeZone = 'UTC'")
        warehouse = self.warehouse(Moments(()), ManualClock(START))
        with warehouse.connect() as connection:
            Warehouse._prepare(warehouse, connection)
        names = self.memory.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        self._tables = [f"{schema}.{name}" for schema, name in names]

    def model(self, feed_from: int) -> OperatingModel:
        """The operating model, plans of `feed_from` SKUs and more going by feed."""
        if feed_from not in self._models:
            path = self.home / f"model-{feed_from}.toml"
            path.write_text(MODEL.format(feed_from=feed_from), encoding="utf-8")
            self._models[feed_from] = load(path)
        return self._models[feed_from]

    def warehouse(self, moments: Moments, clock: ManualClock) -> MortalWarehouse:
        """A process's own door to the memory."""
        warehouse = MortalWarehouse(self.home / "warehouse.duckdb", clock)
        warehouse.moments, warehouse.memory = moments, self.memory
        return warehouse

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return self.home / "ledger.db"

    def clear(self) -> None:
        """Empty both stores for the next story."""
        for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
            (self.home / name).unlink(missing_ok=True)
        shutil.copyfile(self._empty, self.ledger_path)
        for name in self._tables:
            kept = " WHERE name <> 'warehouse/contracts'" if name == "meta.cursors" else ""
            self.memory.execute(f"DELETE FROM {name}{kept}")  # noqa: S608 - the names are our own tables


class Process:
    """One life of the product: its doors, and what a run does. After a death a new one is made."""

    def __init__(self, ground: Ground, market: Market, moments: Moments, model: OperatingModel) -> None:
        self._market = market
        self.clock = market.clock
        self.ledger = MortalLedger(f"sqlite:///{ground.ledger_path}", self.clock)
        self.ledger.moments, self.ledger.market = moments, market
        self.warehouse = ground.warehouse(moments, self.clock)
        self.positions = Positions(model=model, warehouse=self.warehouse, ledger=self.ledger, clock=self.clock)
        account = MarketAccount(market, moments.reach)
        self._cycle = PushCycle(
            model=model,
            amazon=cast("Amazon", SimpleNamespace(account=lambda _region: account)),
            warehouse=self.warehouse,
            ledger=self.ledger,
            clock=self.clock,
            origin="the simulator",
        )

    def observe(self) -> None:
        """Read the shop's stock, the orders of both sides, and a listings report, which is as old as its request."""
        market, warehouse, now = self._market, self.warehouse, self.clock.now()
        stock = dict(market.stock)
        warehouse.on_commit = lambda: market.known.see_stock(stock, now)
        warehouse.take_over(STOCK_LEVELS, [_level(*level) for level in stock.items()], seen_at=now, whole=True)
        readable = [replace(sale) for sale in market.sales if sale.updated_at <= now - READABLE_AFTER]
        warehouse.take_over(ORDER_ITEMS, [_order_item(sale) for sale in readable], seen_at=now, whole=False)
        warehouse.on_commit = lambda: market.known.see_orders(readable)
        warehouse.take_over(ORDERS, [_order(sale) for sale in readable], seen_at=now, whole=False)
        imported = {sale.order_id: sale.imported_at for sale in market.sales if sale.imported_at is not None}
        warehouse.on_commit = lambda: market.known.see_imports(imported)
        booked = [_shop_order(*each) for each in imported.items()]
        warehouse.take_over(SHOP_ORDERS, booked, seen_at=now, whole=False)
        asked_at = self.clock.now()
        market.let_pass(REPORT_SECONDS)
        warehouse.take_over(LISTINGS, [_listed(*each) for each in market.offers.items()], seen_at=asked_at, whole=True)
        cursor = Cursor(name=f"amazon.orders/{REGION}", value=now.isoformat(), set_at=now)
        warehouse.update(CURSORS, [cursor])

    def decide(self) -> None:
        """Decide every SKU."""
        self.warehouse.replace(STOCK_POSITION, self.positions.compute())

    def push(self) -> None:
        """Run the cycle."""
        self._cycle.run(REGION)


@dataclass(frozen=True)
class Told:
    """How a story ended: what was wrong in it, its moments in order, and the exceptions that stayed open."""

    wrong: list[str]
    moments: list[str]
    deaths: int
    exceptions: list[str]
    left: list[str]
    """SKUs that do not show their target because a person has to see to them."""


class Story:
    """A few turns of trade and work on both sides, told once."""

    def __init__(self, ground: Ground, seed: int, deadly: Iterable[int] = ()) -> None:
        ground.clear()
        self._ground = ground
        self._dice = random.Random(f"{seed}/events")
        self._hand = random.Random(f"{seed}/hand")
        self._clock = ManualClock(START)
        self.market = Market(self._clock, random.Random(f"{seed}/fates"))
        self.moments = Moments(deadly)
        self._model = ground.model(self._dice.choice((3, 500, 500)))
        self._deaths = 0
        self._accepted: set[str] = set()
        self.ledger = Ledger(f"sqlite:///{ground.ledger_path}", self._clock)
        self._rows = sqlite3.connect(ground.ledger_path)
        self.market.checks += [self._is_in_the_ledger, self._is_under_the_lease, self._is_needed]

    def tell(self, *, turns: int = TURNS, to_the_end: bool = True) -> Told:
        """Tell it from the beginning to its rest, or only until something is wrong."""
        with closing(self._rows), self.ledger:
            self._open()
            process = self._start()
            for turn in range(turns):
                self.market.let_pass(self._dice.uniform(15, 240))
                self._trade()
                process = self._work(process, edit=turn == self._edit_turn)
                if self.market.wrong and not to_the_end:
                    process.ledger.close()
                    return self._judge()
            self.market.calm = True
            process = self._rest(process)
            process.ledger.close()
            return self._judge()

    def _start(self) -> Process:
        return Process(self._ground, self.market, self.moments, self._model)

    def _open(self) -> None:
        """The world before the first turn, as earlier readings left it."""
        market, dice = self.market, self._dice
        items = sorted(set(ITEM_OF.values()) - {"item-6"})
        market.open({item: dice.randint(3, 15) for item in items})
        self._edit_turn = dice.randint(1, 2 * TURNS)
        self.ledger.set_cursor(POOL_CURSOR, json.dumps(POOL))
        furnish(self._ground.warehouse(Moments(()), self._clock), market)
        yesterday = Process(self._ground, market, Moments(()), self._model)
        yesterday.observe()
        yesterday.decide()
        yesterday.ledger.close()
        for item in items:  # somebody counted again: there is something to push from the start
            if dice.random() < 0.6:
                market.stock[item] = dice.randint(0, 15)

    def _trade(self) -> None:
        """What people and buyers do between two runs."""
        market, dice = self.market, self._dice
        for item in sorted(market.stock):
            if dice.random() < 0.25:
                market.stock[item] = dice.choice((0, 1, 2, 3, dice.randint(4, 20)))
        if dice.random() < 0.04:
            market.stock = dict.fromkeys(market.stock, 0)
        for sku in BUYABLE:
            if dice.random() < 0.25:
                market.sell(sku, dice.randint(1, 2), quiet=self._is_quiet(sku))
        for sale in market.sales:
            if sale.status == "PENDING" and dice.random() < 0.3:
                market.key_in(sale) if dice.random() < 0.7 else market.cancel(sale)

    def _work(self, process: Process, *, edit: bool = False) -> Process:
        """One run of the product; answers the process that goes on."""
        try:
            if self._dice.random() < 0.85:
                process.observe()
                process.decide()
            if edit and not self.market.on_its_way("LEAK"):
                self._type_a_number()
            process.push()
        except Killed:
            self._deaths += 1
            process.ledger.close()
            self.moments.dead = False
            return self._start()
        except InstepError:
            pass  # a run that failed is reported, and the next one goes on
        return process

    def _type_a_number(self) -> None:
        """Somebody raises a number in Seller Central, or lowers it: then it looks like a sale until orders are read."""
        shown = self.market.offers["LEAK"].quantity
        lower = max(0, shown - self._hand.randint(2, 6))
        if lower != shown and self._hand.random() < 0.5:
            self.market.edit("LEAK", lower)
        else:
            self.market.edit("LEAK", shown + 50)

    def _rest(self, process: Process) -> Process:
        """Nobody trades any more: run after run until nothing is left to do."""
        for rest in range(MOST_RESTS):
            self.market.let_pass(REST.total_seconds())
            if rest == 1:
                self._decide_as_a_person()
            writes, deaths = self.market.writes, self._deaths
            process = self._work(process)
            busy = [effect for effect in self.ledger.open_effects(KIND, REGION) if not _is_stuck(effect)]
            if rest > LONGEST_DOUBT and self.market.writes == writes and self._deaths == deaths and not busy:
                return process
        self.market.wrong.append(f"no rest after {MOST_RESTS} runs")
        return process

    def _decide_as_a_person(self) -> None:
        """Let go of a plan that is held, and say a word, or none, on the number that somebody typed."""
        if self.ledger.hold_on(scope_of(REGION)) is not None:
            self.ledger.release_hold(scope_of(REGION), who="somebody", note="the story")
        for sku in list(self.market.edited):
            word: Literal["accept", "restore"] | None = self._dice.choice(("accept", "restore", None))
            if word is None:
                continue
            shown = self.market.offers[sku].quantity
            self.ledger.set_baseline(REGION, sku, shown, "the story", "somebody", word)
            del self.market.edited[sku]
            if word == "accept":
                self._accepted.add(sku)

    # --- what must always be so ---------------------------------------------------------------------------------

    def _is_quiet(self, sku: str) -> bool:
        """Whether no push of the SKU is open or may still land."""
        open_ = [*self.ledger.open_effects(KIND, REGION), *self.ledger.in_the_air(KIND, REGION)]
        return all(effect.subject != sku for effect in open_)

    def _is_in_the_ledger(self, sku: str, quantity: int) -> str:
        query = "SELECT state, payload FROM effects WHERE subject = ? ORDER BY effect_id DESC LIMIT 1"
        found = self._rows.execute(query, [sku]).fetchone()
        if found is None or found[0] != "sent" or json.loads(found[1])["quantity"] != quantity:
            return f"{sku}: {quantity} is called for while the ledger's newest row of it is {found}"
        return ""

    def _is_under_the_lease(self, sku: str, quantity: int) -> str:
        found = self._rows.execute("SELECT expires_at FROM leases WHERE name = ?", [f"{KIND}/{REGION}"]).fetchone()
        if found is None or datetime.fromisoformat(found[0]) <= self._clock.now():
            return f"{sku}: {quantity} is called for without a lease"
        return ""

    def _is_needed(self, sku: str, quantity: int) -> str:
        told = self.market.told.get(sku)
        others = {e.payload["quantity"] for e in self.ledger.in_the_air(KIND, REGION) if e.subject == sku} - {quantity}
        if told is not None and told[1] == quantity and not others:
            return f"{sku}: {quantity} sent, which Amazon was just seen to show"
        if self.market.in_open_feed(sku) and not self._feed_is_old(sku):
            return f"{sku}: {quantity} sent while a feed carries it"
        return ""

    def _feed_is_old(self, sku: str) -> bool:
        """Whether the product may have given up on the feed, or never heard that it was taken."""
        feeds = [feed for feed in self.market.feeds.values() if feed.status == "IN_PROGRESS" and sku in feed.quantities]
        known = {effect.reference for effect in self.ledger.open_effects(KIND, REGION) if effect.subject == sku}
        return all(f"feed:{feed.feed_id}" not in known for feed in feeds)

    def _judge(self) -> Told:
        """What is wrong at the end."""
        market, wrong = self.market, list(self.market.wrong)
        opened = {(found.kind, found.identity) for found in self.ledger.open_exceptions()}
        named = {identity for kind, identity in opened if kind in EXCUSES}
        left = []
        for sku in PUSHABLE:
            shown, target = market.offers[sku].quantity, market.target(sku)
            if shown == target or sku in self._accepted:
                continue
            left.append(sku)
            if f"{REGION}/{sku}" not in named:
                wrong.append(f"{sku}: shows {shown}, should show {target}, and no exception says so")
        for sku in PUSHABLE:
            for effect in self.ledger.history(KIND, REGION, sku, limit=1000):
                wrong += self._of_effect(effect, named)
        for sku in market.edited:
            if ("ownership_leak", f"{REGION}/{sku}") not in opened:
                wrong.append(f"{sku}: somebody typed a number and no exception says so")
        for kind, identity in opened:
            if kind == "ownership_leak" and identity.partition("/")[2] not in market.edited:
                wrong.append(f"{identity}: called a leak, and nobody but us wrote it")
        exceptions = sorted(f"{kind} {identity}" for kind, identity in opened)
        return Told(wrong, self.moments.names, self._deaths, exceptions, left)

    def _of_effect(self, effect: Effect, named: set[str]) -> Iterator[str]:
        name = f"{effect.subject}: effect {effect.sequence} ({effect.payload['quantity']})"
        excused = _is_stuck(effect) and f"{REGION}/{effect.subject}" in named
        if effect.state not in ("verified", "superseded", "rejected") and not excused:
            yield f"{name} is left {effect.state}: {effect.detail}"
        trail = [event.state for event in self.ledger.events(effect.effect_id)]
        accepted = sum(step == ("sent", "applied") for step in pairwise(trail))
        if accepted > self._model.stock.max_attempts or trail.count("sent") > MOST_SENDINGS:
            yield f"{name} was accepted {accepted} times: {trail}"
        if "verified" in trail[:-1]:
            yield f"{name} went on after it was verified: {trail}"


def simulate(
    ground: Ground, seed: int, deadly: Iterable[int] = (), *, turns: int = TURNS, to_the_end: bool = True
) -> Told:
    """Tell the story of a seed, dying at these moments (numbered from 1 over all its lives)."""
    return Story(ground, seed, deadly).tell(turns=turns, to_the_end=to_the_end)


def _is_stuck(effect: Effect) -> bool:
    return effect.state == "applied" and effect.attempts >= 3


def furnish(warehouse: Warehouse, market: Market) -> None:
    """Put the catalogue, the SKU map and a first reading of every offer into the warehouse."""
    now = market.clock.now()
    items = dict.fromkeys(ITEM_OF.values())
    warehouse.observe(VARIANTS, [_variant(item) for item in items], seen_at=now)
    warehouse.replace(SKU_MAP, [_mapped(sku) for sku in ITEM_OF])
    shown = [
        Availability(
            region=REGION,
            seller_sku=sku,
            fulfillment_channels=offer.channels,
            quantity=offer.quantity if MFN in offer.channels else None,
            product_type="HOME",
            issue_codes=(),
            read_at=now,
        )
        for sku, offer in market.offers.items()
    ]
    warehouse.observe(AVAILABILITY, shown, seen_at=now)


def marks(values: Sequence[object]) -> str:
    """One placeholder for each value."""
    return ", ".join("?" for _ in values)


def plain(value: object) -> object:
    """A value as DuckDB takes it."""
    return list(value) if isinstance(value, tuple) else value


def _variant(item: str) -> Variant:
    return Variant(
        variant_id=f"variant of {item}",
        product_id=f"product of {item}",
        inventory_item_id=item,
        sku=item,
        barcode=None,
        product_title=item,
        title="Default Title",
        product_status="ACTIVE",
        tags=(),
        price=Decimal("19.90"),
        is_tracked=True,
        is_bundle=False,
        updated_at=START,
    )


def _mapped(sku: str) -> SkuMap:
    return SkuMap(
        region=REGION,
        seller_sku=sku,
        asin=None,
        fulfillment={"FBA": "fba", "MIXED": "mixed"}.get(sku, "mfn"),
        match="override",
        status="mapped",
        variant_id=f"variant of {ITEM_OF[sku]}",
        inventory_item_id=ITEM_OF[sku],
        reason="",
    )


def _listed(sku: str, offer: Offer) -> Listing:
    return Listing(
        region=REGION,
        marketplace_id="A1F83G8C2ARO7P",
        seller_sku=sku,
        listing_id=None,
        asin=None,
        title=sku,
        price=None,
        quantity=offer.quantity if MFN in offer.channels else None,
        fulfillment_channel=offer.channels[0],
        status="Active",
        product_id=None,
    )


def _level(item: str, units: int) -> StockLevel:
    return StockLevel(
        inventory_item_id=item,
        location_id="location-1",
        available=units,
        on_hand=units,
        committed=0,
        is_active=True,
        updated_at=None,
    )


def _order(sale: Sale) -> AmazonOrder:
    return AmazonOrder(
        amazon_order_id=sale.order_id,
        region=REGION,
        marketplace_id="A1F83G8C2ARO7P",
        channel_name="AMAZON",
        status=sale.status,
        fulfilled_by="MERCHANT",
        created_at=sale.at,
        last_updated_at=sale.updated_at,
        ship_by_at=None,
        deliver_by_at=None,
        service_level=None,
        currency=None,
        total=None,
        order_charges=None,
    )


def _order_item(sale: Sale) -> AmazonOrderItem:
    return AmazonOrderItem(
        amazon_order_id=sale.order_id,
        order_item_id=f"item of {sale.order_id}",
        seller_sku=sale.sku,
        asin=None,
        quantity_ordered=sale.units,
        quantity_fulfilled=0,
        quantity_unfulfilled=0 if sale.status == "CANCELLED" else sale.units,
        quantity_cancelled=sale.units if sale.status == "CANCELLED" else 0,
        title=None,
        gift_wrap_level=None,
        currency=None,
        unit_price=None,
        item_total=None,
        item_price=None,
        shipping_price=None,
        gift_wrap_price=None,
        other_charges=None,
        promotion=None,
        shipping_promotion=None,
        tax=None,
        shipping_tax=None,
        gift_wrap_tax=None,
        tax_collected_by=None,
    )


def _shop_order(order_id: str, created_at: datetime) -> ShopifyOrder:
    return ShopifyOrder(
        shopify_order_id=f"shop order of {order_id}",
        name="#1001",
        source_identifier=order_id,
        source_name="amazon",
        amazon_order_id=order_id,
        created_at=created_at,
        processed_at=created_at,
        updated_at=created_at,
        cancelled_at=None,
        financial_status="PAID",
        fulfillment_status="UNFULFILLED",
        currency="GBP",
        total=Decimal("19.90"),
        original_total=Decimal("19.90"),
        tax=None,
        shipping=None,
        discounts=None,
        refunded=None,
        tags=(),
    )
