"""Amazon, as the rest of the product sees it: one account per region, rows in, receipts out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability, FbaInventory, Listing
from integration_assets.contracts.errors import BadDocument, ConfigurationError, InstepError, Rejected
from integration_assets.contracts.prices import Offer
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts import outbound
from resources.amazon_parts import parse as parse
from resources.amazon_parts.access import AmazonAccess, Limiter
from resources.amazon_parts.client import AmazonClient, Answer
from resources.amazon_parts.content import Change, Contents, ListedContent
from resources.amazon_parts.documents import Documents
from resources.amazon_parts.feeds import ANY_PRODUCT_TYPE, FeedResult, Feeds, FeedState, quantity_patch
from resources.amazon_parts.items import ListingsItems
from resources.amazon_parts.listings_report import REPORT_TYPE, parse_listings
from resources.amazon_parts.notifications import GRANTLESS_SCOPE, NotificationSetup
from resources.amazon_parts.offers import Offers
from resources.amazon_parts.orders import order as read_order
from resources.amazon_parts.outbound import Destination, McfOrder, McfPreview, McfStatus, McfWanted
from resources.amazon_parts.pages import pages
from resources.amazon_parts.parse import Participation, Report, Submission
from resources.amazon_parts.recipients import WholeOrder, gift_messages, recipient
from resources.amazon_parts.reports import ReportDocument, Reports
from resources.amazon_parts.shipments import (
    SHIPMENT_DATA,
    ConfirmedPackage,
    OrderPage,
    OrderReading,
    confirm,
    read_page,
)
from resources.amazon_parts.shipments import read_order as read_whole_order
from resources.amazon_parts.transactions import TransactionReading, posted
from resources.clock import Clock
from resources.ownership import Gate

if TYPE_CHECKING:
    import httpx

ORDERS_PAGE = 100
SETTLED = timedelta(seconds=150)
"""Amazon answers for times at least two minutes past; half a minute more allows for clocks that differ."""

REPORT_WAIT_SECONDS = 1800.0
WALKS = 3
AVAILABILITY_DATA = ("summaries", "fulfillmentAvailability", "issues")
ORDER_DATA = ("PROCEEDS", "FULFILLMENT", "TAX")
"""Never BUYER or RECIPIENT: who bought is not asked for. Of TAX only who collects it is looked at."""


class Amazon:
    """The accounts that the operating model declares. Nothing is opened before the first call."""

    def __init__(
        self,
        accesses: Iterable[AmazonAccess],
        limiter: Limiter,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._accounts = {
            access.region: AmazonAccount(access, limiter, clock, transport=transport, dice=dice, gate=gate)
            for access in accesses
        }

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions with an account, in the order they were declared."""
        return tuple(self._accounts)

    def account(self, region: str) -> AmazonAccount:
        """The account of `na`, `eu` or `fe`. ConfigurationError when none is declared."""
        if region not in self._accounts:
            raise ConfigurationError(
                f"There is no Amazon account for {region!r}; declared: {', '.join(self._accounts) or 'none'}.",
                todo=f"Add [amazon.{region}] to operating_model.toml.",
            )
        return self._accounts[region]

    def close(self) -> None:
        """Close every connection; a later call opens it again."""
        for account in self._accounts.values():
            account.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AmazonAccount:
    """One region account: what it says of itself, and what it may be told: quantities and packages.

    Reads raise Throttled, Rejected or Unavailable, and BadDocument for what cannot be trusted. The writes,
    `patch_quantity`, `submit_quantity_feed` and `confirm_shipment`, raise UnknownOutcome when Amazon may have carried
    them out.
    """

    def __init__(
        self,
        access: AmazonAccess,
        limiter: Limiter,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.region = access.region
        self.seller_id = access.seller_id
        self.marketplaces = access.marketplaces
        self._clock = clock
        self._client = AmazonClient(access, limiter, clock, transport=transport, dice=dice, gate=gate)
        self._application = AmazonClient(
            access, limiter, clock, transport=transport, dice=dice, gate=gate, scope=GRANTLESS_SCOPE
        )
        documents = Documents(access.url, clock, transport=transport, dice=dice)
        self._reports = Reports(self._client, documents)
        self._feeds = Feeds(self._client, documents)
        self._items = ListingsItems(self._client, access.seller_id)
        self._contents = Contents(self._items)
        self._offers = Offers(self._items, access.region)
        self.notifications = NotificationSetup(self._client, self._application)

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._client.close()
        self._application.close()

    def participations(self) -> list[Participation]:
        """The marketplaces that the token's account is registered in."""
        answer = self._client.call(
            "getMarketplaceParticipations",
            lambda library: library.sellers.get_marketplace_participation(),
            expects=("payload",),
        )
        return [parse.participation(entry) for entry in parse.objects(answer.body, "payload", "the participations")]

    def check_participations(self) -> list[Participation]:
        """The participations, once they are seen to cover every declared marketplace.

        ConfigurationError when they do not: then the refresh token belongs to another account or region. (Amazon
        does not say the seller id, so this is as near as a check comes.)
        """
        found = self.participations()
        there = {one.marketplace_id for one in found if one.is_participating}
        missing = [one.country for one in self.marketplaces if one.marketplace_id not in there]
        if missing:
            raise ConfigurationError(
                f"The refresh token of amazon.{self.region} does not sell in {', '.join(missing)}; it sells in "
                f"{', '.join(sorted(one.country for one in found if one.is_participating)) or 'no marketplace'}.",
                todo=f"Check amazon.{self.region} refresh_token and marketplaces in operating_model.toml.",
            )
        return found

    def search_availability(self, seller_skus: Sequence[str]) -> list[Availability]:
        """What Amazon shows for these SKUs now, in their order; a SKU that Amazon does not know is absent.

        Twenty SKUs a call, matched letter by letter. A listing is looked for in the first marketplace, and in the
        others only while it has not shown a channel: the quantity is one for the whole account.
        """
        wanted = [_path_safe(sku) for sku in dict.fromkeys(seller_skus)]
        found: dict[str, Availability] = {}
        for marketplace in self.marketplaces:
            open_ = [sku for sku in wanted if sku not in found or not found[sku].fulfillment_channels]
            listed = self._items.read(open_, marketplace, AVAILABILITY_DATA, self._availability)
            found |= {row.seller_sku: row for row in listed}
        rows = [found[sku] for sku in wanted if sku in found]
        self._client.gate.saw_availability(rows)
        return rows

    def listings_report(
        self, marketplace: Marketplace, *, max_age_seconds: float = 0.0, wait_seconds: float = REPORT_WAIT_SECONDS
    ) -> ReportDocument:
        """All listings of one marketplace as Amazon's report: a fresh one, or one at most `max_age_seconds` old."""
        return self._reports.fresh(REPORT_TYPE, marketplace, max_age_seconds=max_age_seconds, wait_seconds=wait_seconds)

    def parse_listings(self, document: ReportDocument, marketplace: Marketplace) -> Iterator[Listing]:
        """The rows of a listings report. BadDocument naming the line of the first one that cannot be read."""
        return parse_listings(document.content, encoding=document.encoding, region=self.region, marketplace=marketplace)

    def patch_quantity(
        self, seller_sku: str, quantity: int, *, product_type: str = ANY_PRODUCT_TYPE, preview: bool = False
    ) -> Submission:
        """Set the merchant-fulfilled quantity of a SKU, for the whole account, and answer Amazon's receipt.

        ACCEPTED means queued: read back before believing it. INVALID means refused, with the issues. `preview` has
        Amazon check it only (VALID or INVALID). Never for a SKU that Amazon fulfils: it would add a second channel.
        """
        patches, anywhere = [quantity_patch(quantity)], self.marketplaces[:1]
        return self._items.patch(_path_safe(seller_sku), product_type, patches, anywhere, preview=preview)

    def search_offers(self, seller_skus: Sequence[str], marketplace: Marketplace) -> list[Offer]:
        """What one marketplace shows of these SKUs now: price, status, issues. One that it does not list is absent."""
        return list(self._offers.search([_path_safe(sku) for sku in seller_skus], marketplace))

    def patch_prices(self, seller_sku: str, prices: Mapping[Marketplace, Decimal]) -> Submission:
        """Set the prices of a SKU, with tax, in some marketplaces of the account; the rest of its offers stays.

        ACCEPTED means queued: read back before believing it. INVALID means refused, with the issues.
        """
        return self._offers.patch(_path_safe(seller_sku), prices)

    def search_content(self, seller_skus: Sequence[str], marketplace: Marketplace) -> list[ListedContent]:
        """What one marketplace says of these SKUs now: title, description, images. One not listed there is absent."""
        return list(self._contents.search([_path_safe(sku) for sku in seller_skus], marketplace))

    def patch_content(self, seller_sku: str, product_type: str, changes: Sequence[Change]) -> Submission:
        """Set parts of a SKU's listing in some marketplaces; what is not named stays. ACCEPTED means queued."""
        return self._contents.patch(_path_safe(seller_sku), product_type, changes)

    def submit_quantity_feed(self, quantities: Mapping[str, int]) -> str:
        """Send many quantities in one feed and answer its id. At most 25,000 SKUs; see `Feeds.submit_quantities`."""
        return self._feeds.submit_quantities(quantities)

    def feed(self, feed_id: str) -> FeedState:
        """How far a feed is."""
        return self._feeds.state(feed_id)

    def feed_result(self, document_id: str) -> FeedResult:
        """What became of a feed's messages."""
        return self._feeds.result(document_id)

    def fba_inventory(self, marketplace: Marketplace) -> list[FbaInventory]:
        """FBA units as one marketplace shows them: all pages or nothing.

        Marketplaces of one pool show the same units, so readings of several are to be passed through
        `rules.fba.one_per_pool`. The page token lives 30 seconds; when it dies on the way, the walk starts again.
        """
        for walk in range(1, WALKS + 1):
            try:
                return self._fba_walk(marketplace)
            except _PageLost as lost:
                if walk == WALKS:
                    raise lost.error from lost
        raise AssertionError("unreachable: the last walk returns or raises")

    def mcf_preview(self, wanted: McfWanted, destination: Destination) -> McfPreview:
        """Whether Amazon could ship an order of the shop now."""
        return outbound.preview(self._client, wanted, destination)

    def create_mcf_order(self, wanted: McfWanted, destination: Destination) -> None:
        """Have Amazon ship an order of the shop. Raises UnknownOutcome as every write; `mcf_order` tells."""
        outbound.create(self._client, wanted, destination)

    def cancel_mcf_order(self, number: str) -> None:
        """Ask Amazon not to ship it. Raises Rejected when it is too late."""
        outbound.cancel(self._client, number)

    def mcf_order(self, number: str) -> McfOrder | None:
        """A Multi-Channel order by our own id of it, with the parcels that have left; None where there is none."""
        return outbound.order(self._client, number)

    def mcf_changes(self, since: datetime) -> list[McfStatus]:
        """Every Multi-Channel order whose status changed since then."""
        return list(outbound.changed(self._client, since))

    def settled_until(self) -> datetime:
        """The latest moment that orders are asked for: 150 seconds ago. The next reading starts here or earlier.

        In a rehearsal two seconds on the wall more: there the clocks of both sides part as many times faster.
        """
        return self._clock.now() - SETTLED - timedelta(seconds=2 * (self._clock.speed - 1))

    def orders(
        self,
        updated_after: datetime,
        *,
        updated_before: datetime | None = None,
        marketplaces: Sequence[Marketplace] | None = None,
    ) -> Iterator[tuple[AmazonOrder, list[AmazonOrderItem]]]:
        """Orders changed since then, with their items, each order once; see `order_readings`."""
        found = self.order_readings(updated_after, updated_before=updated_before, marketplaces=marketplaces)
        return ((reading.order, list(reading.items)) for reading in found.orders)

    def order_readings(
        self,
        updated_after: datetime,
        *,
        updated_before: datetime | None = None,
        marketplaces: Sequence[Marketplace] | None = None,
    ) -> OrderPage:
        """Orders changed since then, with items, packages and cancellations; each once, without personal data.

        Every page is read before the first order is handed out: half a walk would look like a quiet day. An order
        that changes during the walk comes as it was seen last. `updated_before` defaults to `settled_until()`. An order
        that makes no sense is named beside the others; BadDocument where the answer as a whole makes none.
        """
        latest: dict[str, OrderReading] = {}
        unreadable: dict[str, str] = {}
        for page in self.order_pages(updated_after, updated_before=updated_before, marketplaces=marketplaces):
            for read in page.orders:
                unreadable.pop(read.order.amazon_order_id, None)
                known = latest.get(read.order.amazon_order_id)
                if known is None or known.order.last_updated_at <= read.order.last_updated_at:
                    latest[read.order.amazon_order_id] = read
            for order_id in page.unreadable:
                latest.pop(order_id, None)
            unreadable.update(page.unreadable)
        return OrderPage(tuple(latest.values()), unreadable)

    def order_pages(
        self,
        updated_after: datetime,
        *,
        updated_before: datetime | None = None,
        marketplaces: Sequence[Marketplace] | None = None,
    ) -> Iterator[OrderPage]:
        """The same page by page, full pages of 100, as they come: an order that changes meanwhile may come twice."""
        until = min(updated_before or self.settled_until(), self.settled_until())
        if updated_after.tzinfo is None:
            raise InstepError(f"orders needs an aware time, found {updated_after.isoformat()} without an offset.")
        if updated_after > until:
            return
        query = {
            "lastUpdatedAfter": _iso(updated_after),
            "lastUpdatedBefore": _iso(until),
            "marketplaceIds": [one.marketplace_id for one in marketplaces or self.marketplaces],
            "includedData": [*ORDER_DATA, *SHIPMENT_DATA],
            "maxResultsPerPage": ORDERS_PAGE,
        }

        def fetch(token: str | None) -> Answer:
            arguments = query if token is None else {**query, "paginationToken": token}
            return self._client.call(
                "searchOrders", lambda library: library.orders.search_orders(**arguments), expects=("orders",)
            )

        for page in pages(fetch, rows_of=lambda body: body["orders"], token_of=_next_token):
            entries = parse.objects(page.body, "orders", "searchOrders")
            yield read_page(entries, region=self.region)

    def order_reading(self, order_id: str) -> OrderReading:
        """One order as it is now, with its packages: not held back as in a search. Rejected (404) when unknown."""
        answer = self._client.call(
            "getOrder",
            lambda library: library.orders.get_order(order_id, includedData=[*ORDER_DATA, *SHIPMENT_DATA]),
            about=f"of order {order_id}",
            expects=("order",),
        )
        return read_whole_order(parse.part(answer.body, "order", f"getOrder {order_id}"), region=self.region)

    def confirm_shipment(self, package: ConfirmedPackage) -> str:
        """Tell Amazon of a package that left, and answer its number of the request; see `shipments.confirm`."""
        return confirm(self._client, package)

    def transactions(self, since: datetime, *, status: str | None = None) -> list[TransactionReading]:
        """What was posted on the account since then, up to `settled_until()`; see `transactions.posted`."""
        return posted(self._client, region=self.region, since=since, until=self.settled_until(), status=status)

    def order_to_ship(self, order_id: str, *, with_email: bool = False) -> WholeOrder:
        """One order as it is now, with who it goes to: for passing on in memory, never for keeping.

        Amazon tells the address of merchant-fulfilled orders only, from UNSHIPPED on; it can be missing. Rejected with
        status 404 for an order that Amazon does not know.
        """
        included = [*ORDER_DATA, "RECIPIENT", *(["BUYER"] if with_email else [])]
        answer = self._client.call(
            "getOrder",
            lambda library: library.orders.get_order(order_id, includedData=included),
            about=f"of order {order_id}",
            expects=("order",),
        )
        entry = parse.part(answer.body, "order", f"getOrder {order_id}")
        order, items = read_order(entry, region=self.region)
        return WholeOrder(order, tuple(items), recipient(entry), gift_messages(entry))

    def reports(self, report_types: Sequence[str], since: datetime) -> list[Report]:
        """Reports of these types that were created since then, whoever asked for them (settlements, for example)."""
        return self._reports.listed(report_types, since)

    def report_bytes(self, report: Report) -> bytes:
        """The content of a report that is DONE, unpacked and otherwise as Amazon sent it, whatever its encoding."""
        return self._reports.raw(report)

    def report_document(self, report: Report, marketplace: Marketplace | None = None) -> ReportDocument:
        """The content of a report that is DONE; `marketplace` decides the encoding where nothing else does."""
        return self._reports.document(report, country=(marketplace or self.marketplaces[0]).country)

    def _availability(self, item: Mapping[str, Any], asked_at: datetime) -> Availability:
        return parse.availability(item, region=self.region, read_at=asked_at)

    def _fba_walk(self, marketplace: Marketplace) -> list[FbaInventory]:
        query = {
            "details": True,
            "granularityType": "Marketplace",
            "granularityId": marketplace.marketplace_id,
            "marketplaceIds": [marketplace.marketplace_id],
        }

        def fetch(token: str | None) -> Answer:
            arguments = query if token is None else {**query, "nextToken": token}
            try:
                return self._client.call(
                    "getInventorySummaries",
                    lambda library: library.fba.get_inventory_summary_marketplace(**arguments),
                    about=f"of {marketplace.country}",
                    expects=("payload",),
                )
            except Rejected as error:
                if token is not None and error.status == 400:
                    raise _PageLost(error) from error
                raise

        rows: list[FbaInventory] = []
        for page in pages(fetch, rows_of=_summaries, token_of=_next_token):
            rows += [
                parse.fba_inventory(entry, region=self.region, marketplace=marketplace)
                for entry in _summaries(page.body)
            ]
        return rows


class _PageLost(Exception):
    """A page token that Amazon no longer takes."""

    def __init__(self, error: Rejected) -> None:
        super().__init__(str(error))
        self.error = error


def _summaries(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of an inventory page; BadDocument when it has no list of them."""
    payload = parse.part(body, "payload", "getInventorySummaries")
    if "inventorySummaries" not in payload:
        raise BadDocument("getInventorySummaries answered without inventorySummaries.")
    return parse.objects(payload, "inventorySummaries", "getInventorySummaries")


def _next_token(body: Mapping[str, Any]) -> object:
    return (body.get("pagination") or {}).get("nextToken")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _path_safe(sku: str) -> str:
    """A SKU that can stand in a path. InstepError for one that would lead elsewhere: none, or a dot or two."""
    if not sku.strip() or sku in {".", ".."}:
        raise InstepError(f"{sku!r} cannot be asked for: as part of an address it would name something else.")
    return sku
