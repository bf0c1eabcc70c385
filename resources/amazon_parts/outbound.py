"""Multi-Channel Fulfilment of one account: Fulfillment Outbound 2020-07-01. Addresses pass, and are never kept.

Version 2020-07-01 is supported without a date of removal, beside the 2026-07-04 one that renames all of it; everything
that names either stands in this file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from integration_assets.contracts.errors import Rejected
from resources.amazon_parts import parse as parse
from resources.amazon_parts.client import AmazonClient, Answer
from resources.amazon_parts.pages import pages

NOT_FOUND = 404
STATUSES = (
    "New",
    "Received",
    "Planning",
    "Processing",
    "Cancelled",
    "Complete",
    "CompletePartialled",
    "Unfulfillable",
    "Invalid",
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes. It shows itself to nobody."""

    country: str
    fields: Mapping[str, str] = field(repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether it has all that Amazon asks for."""
        return all(self.fields.get(name) for name in ("name", "addressLine1", "postalCode")) and bool(self.country)

    def body(self) -> dict[str, str]:
        """As Amazon wants it: no city for an address in Japan."""
        given = {**self.fields, "countryCode": self.country}
        return {name: value for name, value in given.items() if value and not (self.country == "JP" and name == "city")}


@dataclass(frozen=True, slots=True)
class McfLine:
    """A line of a Multi-Channel order: our own id of it, the SKU on Amazon, units."""

    line_id: str
    seller_sku: str
    units: int


@dataclass(frozen=True, slots=True)
class McfWanted:
    """An order for Amazon to ship; `number` is our own id of it, which Amazon takes once."""

    number: str
    order_name: str
    ordered_at: datetime
    marketplace_id: str
    speed: str
    policy: str
    comment: str
    lines: tuple[McfLine, ...]


@dataclass(frozen=True, slots=True)
class McfPreview:
    """Whether Amazon could ship an order now; `ship_by` is when it would have left at the latest."""

    can_ship: bool
    is_unreachable: bool
    missing: tuple[str, ...]
    ship_by: datetime | None


@dataclass(frozen=True, slots=True)
class McfStatus:
    """A Multi-Channel order as the list shows it."""

    number: str
    status: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class McfParcel:
    """What left in one parcel: line id -> units.

    `reference` is Amazon's shipment with the package's number in it; the tracking number may come later, and is empty
    until then. `own_number` is Amazon's own, where it has one.
    """

    reference: str
    carrier: str
    tracking_number: str
    contents: Mapping[str, int]
    own_number: str = ""

    def told_as(self, told: Collection[str]) -> str:
        """The number under which the shop knows the parcel, of those it was `told`; empty where it does not.

        What left before Amazon said which package it is in was told by its shipment.
        """
        names = (self.tracking_number, self.own_number, self.reference, f"{self.reference.rpartition('-')[0]}-0")
        return next((name for name in names if name and name in told), "")


@dataclass(frozen=True, slots=True)
class McfOrder:
    """A Multi-Channel order with the parcels that have left."""

    number: str
    status: str
    parcels: tuple[McfParcel, ...]


def preview(client: AmazonClient, wanted: McfWanted, destination: Destination) -> McfPreview:
    """Ask what would become of an order; nothing is changed by it."""
    body = {
        "marketplaceId": wanted.marketplace_id,
        "address": destination.body(),
        "items": [_item(line) for line in wanted.lines],
        "shippingSpeedCategories": [wanted.speed],
    }
    answer = client.call(
        "getFulfillmentPreview",
        lambda library: library.outbound.get_fulfillment_preview(**body),
        about=wanted.number,
        expects=("payload",),
    )
    payload = parse.part(answer.body, "payload", "getFulfillmentPreview")
    found = parse.objects(payload, "fulfillmentPreviews", "getFulfillmentPreview")
    told = next((one for one in found if one.get("shippingSpeedCategory") == wanted.speed), {})
    shipments = told.get("fulfillmentPreviewShipments") or []
    dates = [parse.instant(one["latestShipDate"], "a preview") for one in shipments if one.get("latestShipDate")]
    return McfPreview(
        can_ship=told.get("isFulfillable") is True,
        is_unreachable=bool(told.get("orderUnfulfillableReasons")),
        missing=tuple(str(one.get("sellerSku")) for one in told.get("unfulfillablePreviewItems") or []),
        ship_by=max(dates) if dates else None,
    )


def create(client: AmazonClient, wanted: McfWanted, destination: Destination) -> None:
    """Have Amazon ship an order. Its yes says that it was taken, and no more."""
    body = {
        "marketplaceId": wanted.marketplace_id,
        "sellerFulfillmentOrderId": wanted.number,
        "displayableOrderId": wanted.order_name,
        "displayableOrderDate": _iso(wanted.ordered_at),
        "displayableOrderComment": wanted.comment,
        "shippingSpeedCategory": wanted.speed,
        "fulfillmentAction": "Ship",
        "fulfillmentPolicy": wanted.policy,
        "destinationAddress": destination.body(),
        "items": [_item(line) for line in wanted.lines],
    }
    client.call(
        "createFulfillmentOrder",
        lambda library: library.outbound.create_fulfillment_order(**body),
        about=wanted.number,
        effect=True,
    )


def cancel(client: AmazonClient, number: str) -> None:
    """Ask Amazon not to ship an order. Rejected when it is too late."""
    client.call(
        "cancelFulfillmentOrder",
        lambda library: library.outbound.cancel_fulfillment_order(number),
        about=number,
        effect=True,
    )


def order(client: AmazonClient, number: str) -> McfOrder | None:
    """An order with its parcels; None when Amazon does not know it."""
    try:
        answer = client.call(
            "getFulfillmentOrder",
            lambda library: library.outbound.get_fulfillment_order(number),
            about=number,
            expects=("payload",),
        )
    except Rejected as error:
        if error.status == NOT_FOUND:
            return None
        raise
    what = f"fulfilment order {number}"
    payload = parse.part(answer.body, "payload", what)
    head = parse.part(payload, "fulfillmentOrder", what)
    return McfOrder(
        number=parse.text(head, "sellerFulfillmentOrderId", what),
        status=_status(head, what),
        parcels=_parcels(payload.get("fulfillmentShipments") or [], what),
    )


def changed(client: AmazonClient, since: datetime) -> Iterator[McfStatus]:
    """Every order whose status changed since then."""
    query = {"queryStartDate": _iso(since)}

    def fetch(token: str | None) -> Answer:
        arguments = query if token is None else {**query, "nextToken": token}
        return client.call(
            "listAllFulfillmentOrders",
            lambda library: library.outbound.list_all_fulfillment_orders(**arguments),
            expects=("payload",),
        )

    def rows_of(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        payload = parse.part(body, "payload", "listAllFulfillmentOrders")
        return parse.objects(payload, "fulfillmentOrders", "listAllFulfillmentOrders")

    for page in pages(fetch, rows_of=rows_of, token_of=lambda body: (body.get("payload") or {}).get("nextToken")):
        for entry in rows_of(page.body):
            what = "a fulfilment order"
            yield McfStatus(
                number=parse.text(entry, "sellerFulfillmentOrderId", what),
                status=_status(entry, what),
                changed_at=parse.instant(entry.get("statusUpdatedDate"), what),
            )


def _parcels(shipments: Sequence[Mapping[str, Any]], what: str) -> tuple[McfParcel, ...]:
    """What left: packages of one tracking number are one parcel to whoever follows it."""
    found: dict[str, McfParcel] = {}
    for shipment in shipments:
        if shipment.get("fulfillmentShipmentStatus") != "SHIPPED":
            continue
        shipment_id = parse.text(shipment, "amazonShipmentId", what)
        packages = (
            {one.get("packageNumber"): one for one in parse.objects(shipment, "fulfillmentShipmentPackage", what)}
            if shipment.get("fulfillmentShipmentPackage")
            else {}
        )
        for item in parse.objects(shipment, "fulfillmentShipmentItem", what):
            package = packages.get(item.get("packageNumber"), {})
            # A package without a number of a carrier is followed by Amazon's own.
            own = str(package.get("amazonFulfillmentTrackingNumber") or "")
            number = str(package.get("trackingNumber") or own)
            reference = f"{shipment_id}-{item.get('packageNumber', 0)}"
            carrier = str(package.get("carrierCode") or "Amazon")
            known = found.get(number or reference) or McfParcel(reference, carrier, number, {}, own)
            line_id = parse.text(item, "sellerFulfillmentOrderItemId", what)
            units = known.contents.get(line_id, 0) + parse.count(item, "quantity", what)
            found[number or reference] = replace(known, contents={**known.contents, line_id: units})
    return tuple(found.values())


def _status(entry: Mapping[str, Any], what: str) -> str:
    """A status as the model spells it: Amazon's own examples have it in capitals. An unknown one passes as it is."""
    told = parse.text(entry, "fulfillmentOrderStatus", what)
    plain = told.replace("_", "").casefold()
    return next((status for status in STATUSES if status.casefold() == plain), told)


def _item(line: McfLine) -> dict[str, Any]:
    return {"sellerSku": line.seller_sku, "sellerFulfillmentOrderItemId": line.line_id, "quantity": line.units}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
