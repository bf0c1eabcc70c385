"""The outside of the crash simulator: a shop, Amazon, and the buyers between them, in memory and by the dice.

`MarketAccount` stands in for the client of a region account. Each of its calls has a fate: carried out, carried out
late or never, refused, or left without an answer before or after the effect. `Market.wrong` collects what no product
may ever do; it is noted at the call, by rules written down here anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration_assets.contracts.amazon import Availability
from integration_assets.contracts.errors import BadDocument, Throttled, Unavailable, UnknownOutcome
from resources.amazon_parts.feeds import FeedResult, FeedState
from resources.amazon_parts.parse import Issue, Submission
from resources.clock import ManualClock

REGION = "eu"
BUFFER = 2
MFN = "DEFAULT"
ITEM_OF = {
    "A1": "item-1",
    "A2": "item-2",
    "A3": "item-3",
    "A4": "item-3",
    "LEAK": "item-4",
    "NEVER": "item-5",
    "UNREAD": "item-6",
    "FBA": "item-7",
    "MIXED": "item-8",
}
"""SKU -> inventory item. A3 and A4 are two offers of one thing; UNREAD has no level at any location of the pool."""
CHANNELS = {"FBA": ("AMAZON_EU",), "MIXED": (MFN, "AMAZON_EU")}
PUSHABLE = tuple(sku for sku in ITEM_OF if sku not in (*CHANNELS, "UNREAD"))
BUYABLE = ("A1", "A2", "A3", "A4")
CALL_SECONDS = 0.2
PATCH_FATES = {
    "applied": 66,
    "late": 8,
    "never": 5,
    "no answer, applied": 7,
    "no answer, not applied": 6,
    "throttled": 3,
    "unavailable": 3,
    "invalid": 2,
}
FEED_FATES = {
    "applied": 40,
    "partly invalid": 15,
    "fatal": 15,
    "stuck": 10,
    "bad document": 10,
    "no answer, applied": 5,
    "no answer, not applied": 5,
}
READ_FATES = {"answered": 97, "unavailable": 3}


@dataclass
class Offer:
    """A listing: what buyers see, and the submission that set it."""

    quantity: int
    channels: tuple[str, ...]
    submission: int = 0


@dataclass
class Sale:
    """An Amazon order of one SKU. `quiet`: no push of the SKU was under way when it was placed."""

    order_id: str
    sku: str
    units: int
    at: datetime
    updated_at: datetime
    quiet: bool
    status: str = "PENDING"
    imported_at: datetime | None = None


@dataclass
class Feed:
    """A feed under way: what it carries, when it is worked off and what becomes of it."""

    feed_id: str
    quantities: dict[str, int]
    due: datetime
    fate: str
    status: str = "IN_PROGRESS"
    invalid: tuple[str, ...] = ()


@dataclass
class Known:
    """What the product has read of the shop and of orders when it last stored a reading."""

    stock: dict[str, int] = field(default_factory=dict)
    stock_read_at: datetime | None = None
    orders: dict[str, Sale] = field(default_factory=dict)
    imported: dict[str, datetime] = field(default_factory=dict)

    def see_stock(self, stock: dict[str, int], read_at: datetime) -> None:
        """The counts of the shop were stored."""
        self.stock, self.stock_read_at = stock, read_at

    def see_orders(self, sales: Sequence[Sale]) -> None:
        """These orders were stored."""
        self.orders.update((sale.order_id, sale) for sale in sales)

    def see_imports(self, imported: Mapping[str, datetime]) -> None:
        """These orders were seen in the shop."""
        self.imported.update(imported)


@dataclass
class Market:
    """The truth. `calm` lets every call succeed. `checks` are asked before each quantity that goes out."""

    clock: ManualClock
    dice: random.Random
    stock: dict[str, int] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    feeds: dict[str, Feed] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    edited: dict[str, int] = field(default_factory=dict)
    """SKU -> the number that somebody typed and nobody has decided on yet."""
    _lowered: dict[str, int] = field(default_factory=dict)
    told: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    """SKU -> when the product last asked for its number, and the number."""
    written_at: dict[str, datetime] = field(default_factory=dict)
    """SKU -> when the product last called for a quantity."""
    calm: bool = False
    writes: int = 0
    wrong: list[str] = field(default_factory=list)
    checks: list[Callable[[str, int], str]] = field(default_factory=list)
    _landing: list[tuple[datetime, int, str, int]] = field(default_factory=list)
    _numbers: int = 0

    def open(self, stock: Mapping[str, int]) -> None:
        """Put the stock on the shelves and list every SKU with what it should show."""
        self.stock = dict(stock)
        for sku in ITEM_OF:
            channels = CHANNELS.get(sku, (MFN,))
            self.offers[sku] = Offer(max(0, stock.get(ITEM_OF[sku], 9) - BUFFER), channels)

    def number(self) -> int:
        """A number that was never given before."""
        self._numbers += 1
        return self._numbers

    def fate(self, fates: Mapping[str, int], calm: str) -> str:
        """What becomes of a call."""
        return calm if self.calm else self.dice.choices(list(fates), list(fates.values()))[0]

    def let_pass(self, seconds: float) -> None:
        """Let time pass and carry out what falls due."""
        self.clock.advance(seconds)
        self.catch_up()

    def catch_up(self) -> None:
        """Apply every submission that is due, in the order of time; an older one never over a newer one."""
        now = self.clock.now()
        for feed in self.feeds.values():
            if feed.status == "IN_PROGRESS" and feed.due <= now and feed.fate != "stuck":
                self._work_off(feed)
        due = sorted(entry for entry in self._landing if entry[0] <= now)
        self._landing = [entry for entry in self._landing if entry[0] > now]
        for _, number, sku, quantity in due:
            if self.offers[sku].submission < number:
                self.offers[sku].submission, self.offers[sku].quantity = number, quantity

    def submit(self, sku: str, quantity: int, *, after: tuple[float, float]) -> None:
        """Take a quantity that will show after some seconds."""
        due = self.clock.now() + timedelta(seconds=self.dice.uniform(*after))
        self._landing.append((due, self.number(), sku, quantity))

    def in_open_feed(self, sku: str) -> bool:
        """Whether a feed that was taken and is not worked off carries the SKU."""
        return any(feed.status == "IN_PROGRESS" and sku in feed.quantities for feed in self.feeds.values())

    def on_its_way(self, sku: str) -> bool:
        """Whether a quantity was submitted for the SKU that does not show yet."""
        return self.in_open_feed(sku) or any(name == sku for _, _, name, _ in self._landing)

    def held(self, item: str) -> int:
        """Units of an item in orders that the shop does not count as sold."""
        return sum(
            sale.units
            for sale in self.sales
            if ITEM_OF[sale.sku] == item and sale.status != "CANCELLED" and sale.imported_at is None
        )

    def target(self, sku: str) -> int:
        """What the SKU should show by the truth of both sides."""
        item = ITEM_OF[sku]
        return max(0, self.stock[item] - self.held(item) - BUFFER)

    def sell(self, sku: str, units: int, *, quiet: bool) -> None:
        """A buyer takes units off Amazon's number."""
        offer, now = self.offers[sku], self.clock.now()
        taken = min(units, offer.quantity)
        if taken:
            offer.quantity -= taken
            self.sales.append(Sale(f"202-{self.number():07d}-0000001", sku, taken, now, now, quiet))

    def cancel(self, sale: Sale) -> None:
        """A pending order is cancelled and gives its units back to Amazon's number."""
        sale.status, sale.updated_at = "CANCELLED", self.clock.now()
        self.offers[sale.sku].quantity += sale.units

    def key_in(self, sale: Sale) -> None:
        """The staff type an order into the shop, which takes its units from the shelf."""
        sale.status, sale.imported_at = "UNSHIPPED", self.clock.now()
        sale.updated_at = sale.imported_at
        self.stock[ITEM_OF[sale.sku]] -= sale.units

    def edit(self, sku: str, quantity: int) -> None:
        """Somebody types another number in Seller Central.

        What they take off is judged by what the product has seen: a push that shows by now may be news to it.
        """
        _, seen = self.told.get(sku, (None, self.offers[sku].quantity))
        self._lowered[sku] = max(0, min(seen, self.offers[sku].quantity) - quantity)
        self.offers[sku].quantity = self.edited[sku] = quantity

    def judge(self, sku: str, quantity: int) -> None:
        """Note what is wrong about sending this quantity now."""
        self.writes += 1
        looked_at, wrote_at = self.told.get(sku), self.written_at.get(sku)
        if looked_at is None or (wrote_at is not None and looked_at[0] <= wrote_at):
            self.wrong.append(f"{sku}: {quantity} sent without a look at what Amazon shows")
        self.written_at[sku] = self.clock.now()
        if self.offers[sku].channels != (MFN,):
            self.wrong.append(f"{sku}: a quantity for an offer that Amazon ships")
        if sku == "UNREAD":
            self.wrong.append(f"{sku}: {quantity} for an item whose stock was never read")
        elif quantity > self._bound(sku):
            self.wrong.append(f"{sku}: {quantity} sent, at most {self._bound(sku)} may be promised")
        if (
            sku in self.edited
            and self.edited[sku] == self.offers[sku].quantity
            and not self._may_be_sold(sku, quantity)
        ):
            self.wrong.append(f"{sku}: {quantity} sent over the {self.edited[sku]} that somebody typed")
        self.wrong += [told for check in self.checks if (told := check(sku, quantity))]

    def _may_be_sold(self, sku: str, quantity: int) -> bool:
        """Whether somebody lowered the number, and this one leaves out the units as if they were sold."""
        lowered = self._lowered.get(sku, 0)
        return lowered > 0 and quantity <= max(0, self._bound(sku) - lowered)

    def _bound(self, sku: str) -> int:
        """The most that may be promised by what was read: the pool, less orders, less the buffer.

        A sale that nobody has read of counts too where it can be seen in Amazon's number: it was made while no push of
        the SKU was under way. Cancelled units, which may or may not come back to that number, can hide as many; so can
        a sale made while a push was under way, which may or may not be in it.
        """
        mine = [sale for sale in self.sales if sale.sku == sku]
        unread = sum(
            sale.units
            for sale in mine
            if sale.quiet and sale.status != "CANCELLED" and sale.order_id not in self.known.orders
        )
        hidden = sum(sale.units for sale in mine if sale.status == "CANCELLED" or not sale.quiet)
        item = ITEM_OF[sku]
        return max(0, self.known.stock.get(item, 0) - self._known_held(item) - max(0, unread - hidden) - BUFFER)

    def _known_held(self, item: str) -> int:
        """Units that orders hold by what was read."""
        known = self.known
        held = 0
        for sale in known.orders.values():
            imported_at = known.imported.get(sale.order_id)
            counted = imported_at is not None and known.stock_read_at is not None and known.stock_read_at > imported_at
            if ITEM_OF[sale.sku] == item and sale.status != "CANCELLED" and not counted:
                held += sale.units
        return held

    def _work_off(self, feed: Feed) -> None:
        skus = list(feed.quantities)
        taken = skus
        feed.status = "DONE"
        if feed.fate == "fatal":
            feed.status, taken = "FATAL", skus[: len(skus) // 2]
        elif feed.fate == "partly invalid":
            feed.invalid = tuple(skus[::3])
            taken = [sku for sku in skus if sku not in feed.invalid]
        for sku in taken:
            if sku != "NEVER":
                self.submit(sku, feed.quantities[sku], after=(5, 60))


class MarketAccount:
    """What the push asks of a region account. `reach` is told of every moment at which the process may die."""

    def __init__(self, market: Market, reach: Callable[[str], None]) -> None:
        self._market = market
        self._reach = reach

    def search_availability(self, seller_skus: Sequence[str]) -> list[Availability]:
        """What Amazon shows."""
        market = self._begin("searchListingsItems")
        if market.fate(READ_FATES, "answered") == "unavailable":
            raise Unavailable("searchListingsItems answered 503")
        now = market.clock.now()
        rows = []
        for sku in seller_skus:
            offer = market.offers[sku]
            market.told[sku] = now, offer.quantity
            rows.append(
                Availability(
                    region=REGION,
                    seller_sku=sku,
                    fulfillment_channels=offer.channels,
                    quantity=offer.quantity if MFN in offer.channels else None,
                    product_type="HOME",
                    issue_codes=(),
                    read_at=now,
                )
            )
        self._reach("searchListingsItems answered")
        return rows

    def patch_quantity(self, seller_sku: str, quantity: int) -> Submission:
        """Take a quantity, as its fate has it."""
        market = self._begin(f"patchListingsItem {seller_sku}")
        market.judge(seller_sku, quantity)
        fate = market.fate(PATCH_FATES, "applied")
        if fate == "throttled":
            raise Throttled("patchListingsItem answered 429")
        if fate == "unavailable":
            raise Unavailable("patchListingsItem: Amazon could not be reached")
        issues: tuple[Issue, ...] = ()
        if fate == "invalid":
            issues = (Issue("8541", "ERROR", "The product does not match any ASIN any more."),)
        elif fate in ("applied", "late", "no answer, applied") and seller_sku != "NEVER":
            market.submit(seller_sku, quantity, after=(60, 600) if fate == "late" else (5, 60))
        self._reach(f"patchListingsItem {seller_sku} {fate}")
        if fate.startswith("no answer"):
            raise UnknownOutcome("patchListingsItem: no answer")
        return Submission(seller_sku, "INVALID" if issues else "ACCEPTED", f"submission-{market.number()}", issues)

    def submit_quantity_feed(self, quantities: Mapping[str, int]) -> str:
        """Take a feed, as its fate has it."""
        market = self._begin("createFeed")
        for sku, quantity in quantities.items():
            market.judge(sku, quantity)
        fate = market.fate(FEED_FATES, "applied")
        feed_id = f"feed-{market.number()}"
        if fate != "no answer, not applied":
            due = market.clock.now() + timedelta(seconds=market.dice.uniform(30, 600))
            market.feeds[feed_id] = Feed(feed_id, dict(quantities), due, fate)
        self._reach(f"createFeed {fate}")
        if fate.startswith("no answer"):
            raise UnknownOutcome("createFeed: no answer")
        return feed_id

    def feed(self, feed_id: str) -> FeedState:
        """How far a feed is."""
        market = self._begin(f"getFeed {feed_id}")
        feed = market.feeds[feed_id]
        self._reach(f"getFeed {feed_id} {feed.status}")
        return FeedState(feed_id, feed.status, f"document of {feed_id}" if feed.status == "DONE" else None)

    def feed_result(self, document_id: str) -> FeedResult:
        """What became of a feed's messages."""
        market = self._begin(f"getFeedDocument {document_id}")
        feed = market.feeds[document_id.removeprefix("document of ")]
        if feed.fate == "bad document":
            raise BadDocument("the processing report breaks off in the middle")
        issues = {sku: (Issue("90220", "ERROR", "'batteries_required' is required."),) for sku in feed.invalid}
        self._reach("getFeedDocument answered")
        return FeedResult(feed.feed_id, len(feed.quantities) - len(issues), len(issues), issues)

    def _begin(self, call: str) -> Market:
        self._reach(f"{call} begins")
        self._market.let_pass(CALL_SECONDS)
        return self._market
