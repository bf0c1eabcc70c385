"""The gate in front of every write: what is not ours to write never leaves, whatever code asked for it.

The doors call it with the very request that is to go out. What the table of claims
needs to know of a record (who ships a listing, which location an id is) the gate learns from what the doors read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from integration_assets.contracts.errors import NotOurs
from integration_assets.rules.channel import who_ships
from integration_assets.rules.content import IMAGES, TEXTS
from integration_assets.rules.ownership import Claim, Declared, Write, claim_on, claims_of
from resources.operating_model_parts.content import is_same
from resources.shopify_parts.mutations import RootField, root_fields

if TYPE_CHECKING:
    from integration_assets.contracts.amazon import Availability
    from integration_assets.contracts.shopify import Location
    from resources.operating_model import OperatingModel

WORD_HOLDS = timedelta(minutes=30)
"""How long Amazon's word on who ships an offer is good for: the time to read and send the largest feed."""
KEPT = 200_000
ATTRIBUTES = re.compile(r"/attributes/(\w+)")
FIELD_OF_ATTRIBUTE = {"fulfillment_availability": "quantity", "purchasable_offer": "price"}
LISTING = re.compile(r"/listings/[\d-]+/items/[^/]+/([^/]+)")
OUTBOUND = re.compile(r"/fba/outbound/[\d-]+/fulfillmentOrders(?:/([^/]+))?(?:/\w+)?")
SHIPMENT = re.compile(r"/orders/[\w-]+/orders/([^/]+)/(?:shipmentConfirmation|shipment)")
ASKS_ONLY = re.compile(
    r"/reports/|/feeds/[\d-]+/documents$|/fulfillmentOrders/preview$|/deliveryOffers$|/tokens/|/fees/|/batches/"
)
"""Paths that are written to in order to read."""
SUBSCRIPTION = re.compile(r"/notifications/v1/(?:destinations|subscriptions/\w+)")
FEED = re.compile(r"/feeds/[\d-]+/feeds$")
FEEDS: Mapping[str, tuple[str, str]] = {
    "POST_ORDER_ACKNOWLEDGEMENT_DATA": ("order", "cancellation"),
    "POST_PAYMENT_ADJUSTMENT_DATA": ("order", "refund"),
    "POST_ORDER_FULFILLMENT_DATA": ("order", "shipment"),
    "POST_FLAT_FILE_FULFILLMENT_DATA": ("order", "shipment"),
}
LISTINGS_FEED = "JSON_LISTINGS_FEED"
MUTATIONS: tuple[tuple[str, str, str], ...] = (
    (r"bulkOperation(RunQuery|Cancel)", "reading", "bulk"),
    (r"webhookSubscription\w+", "subscription", "webhook"),
    (r"order\w+|draftOrder\w+|refund\w+|return\w+|metafield\w+|tags\w+", "order", "record"),
    (r"fulfillmentService\w+|location(Add|Edit|Activate|Deactivate)", "location", "set-up"),
    (r"fulfillment\w+", "fulfilment", "record"),
    (r"inventory\w+", "stock level", "available"),
    (r"product\w+|price\w+|collection\w+|publish\w+", "product", "record"),
)


class Gate:
    """Knows the claims, and who ships what and where on the doors' own evidence.

    Without claims of a brand (`Gate()`) it still refuses what Amazon was seen to own; with `strict` it also refuses
    a quantity for a SKU that nobody has looked at.
    """

    def __init__(self, claims: Iterable[Claim] | None = None, *, strict: bool = False) -> None:
        self.claims = tuple(claims_of(Declared()) if claims is None else claims)
        self._strict = strict
        self._ships: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._places: dict[str, str] = {}

    # --- what the doors read --------------------------------------------------------------------------------------

    def saw_availability(self, rows: Iterable[Availability]) -> None:
        """Amazon's own word on who ships these SKUs."""
        for row in rows:
            # The newest word stands last, so that the oldest are the first to be forgotten.
            self._ships.pop((row.region, row.seller_sku), None)
            self._ships[row.region, row.seller_sku] = (who_ships(row.fulfillment_channels), row.read_at)
        for key in list(self._ships)[: max(0, len(self._ships) - KEPT)]:
            del self._ships[key]

    def saw_locations(self, rows: Iterable[Location]) -> None:
        """The names behind the ids of locations."""
        self._places.update({row.location_id: row.name for row in rows})

    # --- what is to go out ----------------------------------------------------------------------------------------

    def amazon(self, region: str, method: str, path: str, body: Any, now: datetime) -> None:
        """Judge a request to Amazon. Raises NotOurs."""
        for write in self._of_request(region, method, path, body, now):
            self.judge(write)

    def listings_feed(self, region: str, data: bytes, now: datetime) -> None:
        """Judge a listings feed, message by message, before it is uploaded. Raises NotOurs for the first bad one."""
        for message in json.loads(data)["messages"]:
            for write in self._of_listing(region, message["sku"], message, now):
                self.judge(write)

    def shopify(self, document: str, variables: Mapping[str, Any]) -> None:
        """Judge a document to Shopify, each field that it would write; queries pass. Raises NotOurs."""
        for root in root_fields(document, variables):
            for write in self._of_root(root):
                self.judge(write)

    def judge(self, write: Write) -> None:
        """Let a write pass that is ours to make. Raises NotOurs for any other."""
        claim = claim_on(self.claims, write)
        if claim is not None and claim.ours:
            return
        owner = "nobody has said who owns it" if claim is None else f"{claim.owner} owns it"
        why = f" (who ships it: {write.scope})" if write.field == "quantity" else ""
        raise NotOurs(
            f"Nothing was sent: the {write.field} of {write.record} {write.subject} on {write.system} is not ours to "
            f"write; {owner}{why}.",
            todo="Find what asked for it; docs/architecture.md tells who owns what.",
            operation=f"{write.system} {write.record} {write.field}",
        )

    def _of_root(self, root: RootField) -> Iterator[Write]:
        name = root.name
        record, field = next(
            ((record, field) for pattern, record, field in MUTATIONS if re.fullmatch(pattern, name)), (name, name)
        )
        if record not in ("stock level", "location"):
            yield Write("Shopify", record, field, name, name)
            return
        for place in [*_places_in(root.arguments), *_names_in(root.arguments)] or [""]:
            told = self._places.get(place, place)
            yield Write("Shopify", record, field, told, f"{name} at {told or 'no location'}")

    def _of_request(self, region: str, method: str, path: str, body: Any, now: datetime) -> Iterator[Write]:
        if method == "GET" or ASKS_ONLY.search(path):
            return
        if found := LISTING.fullmatch(path):
            sku = unquote(found[1])
            if method == "PATCH":
                yield from self._of_listing(region, sku, body or {}, now)
            else:
                yield Write("Amazon", "listing", "existence", f"{region}/{sku}", sku)
        elif found := OUTBOUND.fullmatch(path):
            number = unquote(found[1] or str((body or {}).get("sellerFulfillmentOrderId", "")))
            yield Write("Amazon", "Multi-Channel order", "existence", f"{region}/{number}", number)
        elif found := SHIPMENT.fullmatch(path):
            yield Write("Amazon", "order", "shipment", f"{region}/{found[1]}", found[1])
        elif method == "POST" and SUBSCRIPTION.fullmatch(path):
            yield Write("Amazon", "subscription", "notification", region, path)
        elif FEED.search(path):
            kind = str((body or {}).get("feedType", ""))
            if kind != LISTINGS_FEED:  # that one was judged message by message before it was uploaded
                record, field = FEEDS.get(kind, ("feed", kind))
                yield Write("Amazon", record, field, f"{region}/{kind}", kind)
        else:
            yield Write("Amazon", path, method, region, path)

    def _of_listing(self, region: str, sku: str, body: Mapping[str, Any], now: datetime) -> Iterator[Write]:
        """The fields that a message or a PATCH writes, `fulfillment_availability` and all."""
        patches = body.get("patches", ())
        if not patches:
            yield Write("Amazon", "listing", "existence", f"{region}/{sku}", sku)
        for patch in patches:
            found = ATTRIBUTES.match(str(patch.get("path", "")))
            field = FIELD_OF_ATTRIBUTE.get(found[1], f"content {found[1]}") if found else "existence"
            if field.startswith("content "):
                for place in _marketplaces_in(patch) or [""]:
                    yield Write("Amazon", "listing", field, f"{place}/{sku}", sku)
                continue
            scope = self._shipper(region, sku, now) if field == "quantity" else f"{region}/{sku}"
            yield Write("Amazon", "listing", field, scope, sku)

    def _shipper(self, region: str, sku: str, now: datetime) -> str:
        """Who ships the offer, on Amazon's own and recent word."""
        ships, read_at = self._ships.get((region, sku), ("", now))
        if self._strict and (not ships or now - read_at > WORD_HOLDS):
            return "not asked of late"
        return ships or "mfn"


def gate_of(model: OperatingModel) -> Gate:
    """The gate of a brand: the table of its own claims, and nothing taken for granted."""
    return Gate(claims_of(declared_in(model)), strict=True)


def declared_in(model: OperatingModel) -> Declared:
    """What the operating model says of ownership."""
    return Declared(
        pool=model.pools.mfn.locations,
        mirrors={region: pool.location for region, pool in model.pools.fba.items()},
        mcf_location=model.mcf.service,
        priced_elsewhere=dict.fromkeys(model.amazon, model.prices.elsewhere()),
        content=[
            (name, f"{place.marketplace_id}/{one.sku_pattern or '*'}")
            for one in model.content.attributes
            for region in model.amazon
            for place in model.marketplaces(region)
            if any(is_same(country, place) for country in one.marketplaces)
            for name in (IMAGES if one.name == "images" else (TEXTS[one.name],))
        ],
    )


def _marketplaces_in(patch: Mapping[str, Any]) -> list[str]:
    """The marketplaces whose values a patch sets; an empty one where it does not say."""
    entries = patch.get("value") or []
    found = [str(each.get("marketplace_id") or "") for each in entries if isinstance(each, Mapping)]
    return list(dict.fromkeys(found))


def _places_in(value: Any) -> list[str]:
    """The ids of all locations that arguments hold, each once."""
    found: list[str] = []
    if isinstance(value, Mapping):
        found = [place for inner in value.values() for place in _places_in(inner)]
    elif isinstance(value, list | tuple):
        found = [place for inner in value for place in _places_in(inner)]
    elif isinstance(value, str) and value.startswith("gid://shopify/Location/"):
        found = [value]
    return list(dict.fromkeys(found))


def _names_in(arguments: Mapping[str, Any]) -> list[str]:
    """The name that a location is to have, where one is made or renamed."""
    given = arguments.get("input")
    named = given.get("name") if isinstance(given, Mapping) and "quantities" not in given else arguments.get("name")
    return [named] if isinstance(named, str) else []
