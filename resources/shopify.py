"""The shop, as rows: what Instep asks of Shopify, page by page or in bulk. The only door to the Admin API."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx

from integration_assets.contracts.errors import BadDocument, InstepError, UnknownOutcome
from integration_assets.contracts.money import OrderMoney, UnitCost
from integration_assets.contracts.prices import ListPrice
from integration_assets.contracts.shopify import (
    BundleComponent,
    Location,
    StockLevel,
    Variant,
)
from resources.clock import Clock
from resources.ownership import Gate
from resources.shopify_parts import documents as documents
from resources.shopify_parts import parse as parse
from resources.shopify_parts import service
from resources.shopify_parts.access import ShopifyAccess, with_implied
from resources.shopify_parts.bulk import bulk_lines
from resources.shopify_parts.content import ProductContent, product_contents
from resources.shopify_parts.documents import PAGE
from resources.shopify_parts.fulfillments import Fulfillments
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.metafields import Metafield, order_metafields, set_metafields
from resources.shopify_parts.money import order_money, unit_costs
from resources.shopify_parts.order_writes import OrderWrites
from resources.shopify_parts.orders import OrderRow, changed_orders, orders_of
from resources.shopify_parts.pages import Node, nodes_of, pages, variants_by_id
from resources.shopify_parts.price_lists import PriceListInfo, price_lists, prices_of
from resources.shopify_parts.refunds import Refunds
from resources.shopify_parts.service import Answering, Assigned, Assignment
from resources.shopify_parts.stock_writes import (
    Figure,
    SetLevel,
    add_location,
    close_to_online_orders,
    set_levels,
    stock_at,
)

__all__ = ["Figure", "SetLevel", "ShopInfo", "Shopify", "ShopifyAccess", "WebhookSubscription"]

BULK_ABOVE = 20_000
"""Variants from which a bulk operation is cheaper than paging."""

MISSING_PERCENT = 2
MISSING_AT_MOST = 25
"""By how much a chain of pages may fall short of the count on its first page: what was deleted meanwhile, no more."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """The shop itself: its name, its myshopify.com host, its currency (ISO 4217) and its IANA time zone."""

    name: str
    domain: str
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class WebhookSubscription:
    """A subscription of this app: `topic` as Shopify's enum says it, `uri` where the deliveries go."""

    subscription_id: str
    topic: str
    uri: str
    include_fields: tuple[str, ...]


class Shopify:
    """One shop. Every method may raise the errors of `resources/shopify_parts/graphql.py`'s `GraphQL.call`.

    A method that answers with an iterator asks as it is read, and raises BadDocument in the middle of it when a page
    cannot be trusted: what came before is then not a complete answer. `transport` and `dice` are for tests;
    `asked_to_wait` hears of every call that Shopify throttled, and for how many seconds.
    """

    def __init__(
        self,
        access: ShopifyAccess,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        gate: Gate | None = None,
        asked_to_wait: Callable[[str, float], None] | None = None,
    ) -> None:
        self._graphql = GraphQL(access, clock, transport, dice, gate, asked_to_wait)
        self.order_writes = OrderWrites(self._graphql)
        self.fulfillments = Fulfillments(self._graphql)
        self.refunds = Refunds(self._graphql)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._graphql.close()

    def shop(self) -> ShopInfo:
        """The shop behind the credentials."""
        shop = self._graphql.call(documents.SHOP)["shop"]
        return ShopInfo(
            name=shop["name"],
            domain=shop["myshopifyDomain"],
            currency=shop["currencyCode"],
            timezone=shop["ianaTimezone"],
        )

    def scopes(self) -> frozenset[str]:
        """What the app may do: granted on the shop and, where the token says what it carries, in the token as well."""
        installed = self._graphql.call(documents.ACCESS_SCOPES)["currentAppInstallation"]
        granted = with_implied(scope["handle"] for scope in installed["accessScopes"])
        carried = self._graphql.tokens.scopes
        return granted if carried is None else granted & carried

    def locations(self) -> list[Location]:
        """Every location, those out of use and those of fulfilment services included."""
        found = pages(self._graphql, documents.LOCATIONS, ("locations",))
        rows = [parse.location(node) for page in found for node in page]
        self._graphql.gate.saw_locations(rows)
        return rows

    def variants_count(self) -> int:
        """How many variants the shop has."""
        return _count(self._graphql.call(documents.VARIANTS_COUNT))

    def catalogue(self) -> Iterator[Variant | BundleComponent]:
        """Every variant, then what the bundles among them are made of. Above 20,000 variants by a bulk operation."""
        first = self._graphql.call(documents.CATALOGUE, {"after": None, "query": None, "count": True})
        count = _count(first)
        lines = self._bulk(documents.CATALOGUE_BULK) if count > BULK_ABOVE else None
        rows = self._paged_catalogue(first) if lines is None else _catalogue_of(lines)
        variants = 0
        for row in rows:
            variants += isinstance(row, Variant)
            yield row
        if variants < count - max(MISSING_AT_MOST, count * MISSING_PERCENT // 100):
            raise BadDocument(
                f"Shopify counts {count} variants and sent {variants}.",
                todo="The answer was not used; it is read again at the next turn.",
            )

    def stock_levels(self, location_ids: Iterable[str]) -> Iterator[StockLevel]:
        """Every level at these locations; `is_active` is False where the item is no longer stocked there.

        Above 20,000 variants by a bulk operation. Raises BadDocument for a location that the shop does not have.
        """
        wanted = tuple(dict.fromkeys(location_ids))
        if not wanted:
            return
        variables = {"locationId": wanted[0], "after": None, "count": True}
        first = self._graphql.call(documents.STOCK_LEVELS_OF_LOCATION, variables)
        if _count(first) <= BULK_ABOVE:
            for location_id in wanted:
                yield from self._levels_of_location(location_id, first if location_id == wanted[0] else None)
            return
        lines = self._bulk(documents.STOCK_LEVELS_BULK)
        if lines is None:
            for location_id in wanted:
                yield from self._levels_by_variant(location_id)
            return
        for line in lines:
            if "quantities" in line:
                level = parse.stock_level(line)
                if level.location_id in wanted:
                    yield level

    def levels_of(self, inventory_item_ids: Iterable[str], location_ids: Collection[str]) -> list[StockLevel]:
        """The levels of these items at these locations, in one call per 250 items.

        An item that the shop no longer has is left out, as is a location where it was never stocked.
        """
        wanted = frozenset(location_ids)
        levels: list[StockLevel] = []
        for node in nodes_of(self._graphql, documents.STOCK_LEVELS_OF_ITEMS, inventory_item_ids):
            connection = node["inventoryLevels"]
            found = [parse.stock_level(level) for level in connection["nodes"]]
            kept = [level for level in found if level.location_id in wanted]
            if connection["pageInfo"]["hasNextPage"] and len(kept) < len(wanted):
                raise BadDocument(
                    f"{node['id']} has more than {PAGE} levels, and the ones asked for are not among them."
                )
            levels.extend(kept)
        return levels

    def set_levels(self, rows: Sequence[SetLevel], *, key: str, document: str, figure: Figure = "available") -> None:
        """Set a figure of up to 250 levels in one call, all or none. Only at locations that are ours to write.

        Raises Rejected with the `places` of the rows that were refused; CHANGE_FROM_QUANTITY_STALE says that somebody
        else was quicker. `key` must be another one for every call that is not the same call again.
        """
        set_levels(self._graphql, rows, key=key, document=document, figure=figure)

    def stock_at(self, inventory_item_id: str, location_id: str, *, key: str) -> StockLevel:
        """Stock an item at a location that is ours to write; the answer is its level there."""
        return stock_at(self._graphql, inventory_item_id, location_id, key=key)

    def add_location(self, name: str, country: str) -> Location:
        """Make a location that online orders are never routed to."""
        return add_location(self._graphql, name, country)

    def close_to_online_orders(self, location_id: str) -> Location:
        """Have Shopify route no more online orders to a location."""
        return close_to_online_orders(self._graphql, location_id)

    def assigned_orders(self, assignment: Assignment) -> list[Assigned]:
        """What the fulfilment service is asked for; orders that ask for shipping come with their addresses."""
        return service.assigned(self._graphql, assignment)

    def assigned_order(self, fulfillment_order_id: str) -> Assigned | None:
        """One fulfilment order of the service, with its address; None when there is none of this id."""
        return service.assigned_one(self._graphql, fulfillment_order_id)

    def answer_request(
        self, fulfillment_order_id: str, what: Answering, message: str, reason: str = ""
    ) -> tuple[str, str]:
        """Answer as the fulfilment service; the fulfilment order's status and request status afterwards."""
        return service.answer(self._graphql, fulfillment_order_id, what, message, reason)

    def ship_parcel(
        self, fulfillment_order_id: str, lines: Mapping[str, int], *, carrier: str, tracking_number: str, notify: bool
    ) -> str:
        """Record a parcel that the service has sent, units by line of the fulfilment order. Never safe to repeat."""
        return service.ship(
            self._graphql,
            fulfillment_order_id,
            lines,
            carrier=carrier,
            tracking_number=tracking_number,
            notify=notify,
        )

    def renumber_parcel(self, fulfillment_id: str, *, carrier: str, numbers: Sequence[str], notify: bool) -> None:
        """Put these tracking numbers in place of a parcel's; saying it again changes nothing."""
        service.renumber(self._graphql, fulfillment_id, carrier=carrier, numbers=numbers, notify=notify)

    def open_service(self, name: str) -> None:
        """Make the fulfilment service of this name."""
        service.open_service(self._graphql, name)

    def orders(self, updated_since: datetime | None) -> Iterator[OrderRow]:
        """Orders changed since then, oldest change first, each followed by its lines; None for all there are.

        The answer ends at the newest change there was when the reading began, so an order comes once, however often it
        changes meanwhile. The greatest `updated_at` in the answer is therefore a safe cursor for the next reading.
        An order that makes no sense comes as an `UnreadableOrder` and keeps no other from being read.
        """
        return changed_orders(self._graphql, updated_since)

    def orders_of(self, order_ids: Iterable[str]) -> Iterator[OrderRow]:
        """These orders as they are now, as `orders` gives them; one that the shop does not have is left out."""
        return orders_of(self._graphql, order_ids)

    def order_money(self, updated_since: datetime) -> list[OrderMoney]:
        """What orders changed since then are worth, by heading; see `order_money` of the parts."""
        return order_money(self._graphql, updated_since)

    def price_lists(self) -> list[PriceListInfo]:
        """Every price list of the shop."""
        return price_lists(self._graphql)

    def prices_of_list(self, wanted: PriceListInfo) -> Iterator[ListPrice]:
        """Every price on a price list, fixed or relative to the shop's own."""
        return prices_of(self._graphql, wanted)

    def product_contents(self, variant_ids: Iterable[str], metafields: Sequence[str]) -> dict[str, ProductContent]:
        """What the product pages of these variants say, by variant; with these metafields (`namespace.key`)."""
        return product_contents(self._graphql, variant_ids, metafields)

    def unit_costs(self) -> Iterator[UnitCost]:
        """What a unit of each variant costs, where Shopify knows it and lets the app see it."""
        return unit_costs(self._graphql)

    def set_metafields(self, metafields: Sequence[Metafield]) -> list[str]:
        """Set up to 25 JSON metafields, all or none; the values that Shopify shows then. Raises UnknownOutcome too."""
        return set_metafields(self._graphql, metafields)

    def order_metafields(self, order_ids: Iterable[str], namespace: str, key: str) -> dict[str, str | None]:
        """A metafield of these orders; None where an order has none."""
        return order_metafields(self._graphql, order_ids, namespace, key)

    def webhook_subscriptions(self) -> list[WebhookSubscription]:
        """The app's own subscriptions on this shop; not those in the app's configuration file."""
        found = pages(self._graphql, documents.WEBHOOK_SUBSCRIPTIONS, ("webhookSubscriptions",))
        return [_subscription(node) for page in found for node in page]

    def subscribe(self, topic: str, uri: str) -> WebhookSubscription:
        """Have `topic` (such as INVENTORY_LEVELS_UPDATE) delivered to `uri`, without any field about a buyer.

        Raises Rejected when Shopify says no (it does for a second subscription like it), UnknownOutcome when
        the answer got lost.
        """
        subscription: dict[str, Any] = {"uri": uri, "format": "JSON"}
        if topic in documents.WEBHOOK_FIELDS:
            subscription["includeFields"] = list(documents.WEBHOOK_FIELDS[topic])
        data = self._graphql.call(documents.WEBHOOK_SUBSCRIBE, {"topic": topic, "subscription": subscription})
        made = (data["webhookSubscriptionCreate"] or {}).get("webhookSubscription")
        if made is None:
            raise UnknownOutcome(
                f"Shopify said neither yes nor no to a subscription to {topic}.",
                todo="List the subscriptions before trying again.",
                operation="WebhookSubscribe",
            )
        return _subscription(made)

    def unsubscribe(self, subscription_id: str) -> None:
        """Delete a subscription. Raises Rejected when there is none of this id."""
        self._graphql.call(documents.WEBHOOK_UNSUBSCRIBE, {"id": subscription_id})

    def _paged_catalogue(self, first: Node) -> Iterator[Variant | BundleComponent]:
        bundles: list[str] = []
        for node in variants_by_id(self._graphql, documents.CATALOGUE, {"count": False}, first=first):
            variant = parse.variant(node)
            if variant.is_bundle:
                bundles.append(variant.variant_id)
            yield variant
        components: list[BundleComponent] = []
        for node in nodes_of(self._graphql, documents.BUNDLE_COMPONENTS, bundles):
            connection = node["productVariantComponents"]
            if connection["pageInfo"]["hasNextPage"]:
                raise BadDocument(f"Bundle {node['id']} has more than {PAGE} components: too many to be read whole.")
            components.extend(parse.bundle_component(node["id"], part) for part in connection["nodes"])
        yield from parse.one_per_component(components)

    def _levels_of_location(self, location_id: str, first: Node | None) -> Iterator[StockLevel]:
        variables = {"locationId": location_id, "count": False}
        path = ("location", "inventoryLevels")
        for page in pages(self._graphql, documents.STOCK_LEVELS_OF_LOCATION, path, variables, first=first):
            yield from map(parse.stock_level, page)

    def _levels_by_variant(self, location_id: str) -> Iterator[StockLevel]:
        """The levels of a location with more of them than its own connection can be paged through."""
        seen: set[str] = set()
        for node in variants_by_id(self._graphql, documents.STOCK_LEVELS_BY_VARIANT, {"locationId": location_id}):
            level = node["inventoryItem"]["inventoryLevel"]
            if level is not None and level["id"] not in seen:
                seen.add(level["id"])
                yield parse.stock_level(level)

    def _bulk(self, document: str) -> Iterator[Node] | None:
        """The lines of a bulk operation; None when it cannot be had for whatever reason, and pages must do."""
        try:
            return bulk_lines(self._graphql, document)
        except InstepError as error:
            log.warning("Reading page by page instead of in bulk: %s", error)
            return None


def _count(data: Node) -> int:
    count = data["productVariantsCount"]
    if count is None or isinstance(count["count"], bool) or not isinstance(count["count"], int):
        raise BadDocument("Shopify did not say how many variants there are.")
    return count["count"]


def _catalogue_of(lines: Iterable[Node]) -> Iterator[Variant | BundleComponent]:
    """The rows of CATALOGUE_BULK. A component names its bundle only by `__parentId`, wherever it stands in the file."""
    bundles: set[str] = set()
    components: list[BundleComponent] = []
    for line in lines:
        if "productVariant" in line:
            components.append(parse.bundle_component(str(line.get("__parentId")), line))
            continue
        variant = parse.variant(line)
        if variant.is_bundle:
            bundles.add(variant.variant_id)
        yield variant
    yield from parse.one_per_component(part for part in components if part.bundle_variant_id in bundles)


def _subscription(node: Node) -> WebhookSubscription:
    return WebhookSubscription(
        subscription_id=node["id"], topic=node["topic"], uri=node["uri"], include_fields=tuple(node["includeFields"])
    )
