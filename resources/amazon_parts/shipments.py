"""Packages on Amazon: how an order's are read, and how one is confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.errors import BadDocument, Rejected, UnknownOutcome
from integration_assets.contracts.fulfilment import ItemCancellation, OrderPackage, PackageItem
from resources.amazon_parts.client import AmazonClient
from resources.amazon_parts.orders import order
from resources.amazon_parts.parse import count, instant, objects, optional_text, part, text

SHIPMENT_DATA = ("PACKAGES", "CANCELLATION")
"""Tells packages with their tracking, and who cancelled. The address they were sent from is not looked at."""

NO_CONTENT = 204
ALREADY_SHIPPED = ("packagetoupdatenotfound", "already fulfilled", "already been fulfilled", "already shipped")
"""Words by which Amazon refuses a confirmation because there is nothing left to confirm. They have no code of their
own, and may mean that the same call was carried out before."""


@dataclass(frozen=True, slots=True)
class OrderReading:
    """An order with everything that is kept of it."""

    order: AmazonOrder
    items: tuple[AmazonOrderItem, ...]
    packages: tuple[OrderPackage, ...]
    package_items: tuple[PackageItem, ...]
    cancellations: tuple[ItemCancellation, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders read together. `unreadable` are those whose answer made no sense: Amazon order id -> what was wrong."""

    orders: tuple[OrderReading, ...]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConfirmedPackage:
    """A package to confirm: `reference` holds a positive integer, `items` are units by order item id."""

    order_id: str
    marketplace_id: str
    reference: str
    carrier_code: str
    carrier_name: str | None
    tracking_number: str
    ship_at: datetime
    items: Mapping[str, int]


def read_page(entries: Sequence[Mapping[str, Any]], *, region: str) -> OrderPage:
    """Orders of one answer, each for itself: one that makes no sense does not keep the others from being read.

    BadDocument for one without an id: it could never be asked for again.
    """
    read: list[OrderReading] = []
    unreadable: dict[str, str] = {}
    for entry in entries:
        order_id = text(entry, "orderId", "an order")
        try:
            read.append(read_order(entry, region=region))
        except BadDocument as error:
            unreadable[order_id] = str(error)
    return OrderPage(tuple(read), unreadable)


def read_order(entry: Mapping[str, Any], *, region: str) -> OrderReading:
    """An order read with `PACKAGES` and `CANCELLATION` as well; where Amazon leaves them out there are none.

    BadDocument, with its id, for one that is not what Amazon's model says.
    """
    try:
        return _whole(entry, region)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadDocument(
            f"order {entry.get('orderId')} has parts in a shape that cannot be read ({type(error).__name__})."
        ) from error


def _whole(entry: Mapping[str, Any], region: str) -> OrderReading:
    row, items = order(entry, region=region)
    what = f"order {row.amazon_order_id}"
    packages: list[OrderPackage] = []
    contents: list[PackageItem] = []
    for each in objects(entry, "packages", what):
        package, its_items = _package(each, row.amazon_order_id)
        packages.append(package)
        contents.extend(its_items)
    return OrderReading(row, tuple(items), tuple(packages), tuple(contents), tuple(_cancellations(entry, what)))


def confirm(client: AmazonClient, package: ConfirmedPackage) -> str:
    """Confirm one package and answer Amazon's number of the request.

    Only a 204 is a yes: anything else that does not say no leaves it open whether it was done. Rejected where Amazon
    refuses it; `is_nothing_left` tells the refusal that may come from our own earlier call. Raises Throttled,
    Unavailable and UnknownOutcome.
    """
    answer = client.call(
        "confirmShipment",
        lambda library: library.shipments.confirm_shipment(package.order_id, **_body(package)),
        about=f"package {package.reference} of order {package.order_id}",
        effect=True,
    )
    if answer.status != NO_CONTENT:
        raise UnknownOutcome(
            f"confirmShipment package {package.reference} of order {package.order_id} answered {answer.status} "
            f"(request {answer.request_id or 'unnamed'}) where 204 means yes.",
            todo="Read back before anything else.",
            operation=answer.operation,
            status=answer.status,
            request_id=answer.request_id,
        )
    return answer.request_id


def is_nothing_left(error: Rejected) -> bool:
    """Whether Amazon refused a confirmation because nothing is left to confirm: then the order is to be looked at."""
    said = f"{error.code} {error}".casefold()
    return error.status == 400 and any(words in said for words in ALREADY_SHIPPED)


def _body(package: ConfirmedPackage) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "packageReferenceId": package.reference,
        "carrierCode": package.carrier_code,
        "trackingNumber": package.tracking_number,
        "shipDate": package.ship_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "orderItems": [{"orderItemId": item, "quantity": units} for item, units in sorted(package.items.items())],
    }
    if package.carrier_name is not None:
        detail["carrierName"] = package.carrier_name
    return {"marketplaceId": package.marketplace_id, "packageDetail": detail}


def _package(entry: Mapping[str, Any], order_id: str) -> tuple[OrderPackage, list[PackageItem]]:
    reference = text(entry, "packageReferenceId", f"a package of order {order_id}")
    what = f"package {reference} of order {order_id}"
    accepted, shipped = entry.get("createdTime"), entry.get("shipTime")
    package = OrderPackage(
        amazon_order_id=order_id,
        package_reference_id=reference,
        status=optional_text(entry.get("packageStatus") or {}, "status"),
        carrier=optional_text(entry, "carrier"),
        tracking_number=optional_text(entry, "trackingNumber"),
        accepted_at=instant(accepted, what) if accepted else None,
        ship_at=instant(shipped, what) if shipped else None,
    )
    units: dict[str, int] = {}
    for item in objects(entry, "packageItems", what):
        item_id = text(item, "orderItemId", f"an item of {what}")
        units[item_id] = units.get(item_id, 0) + count(item, "quantity", f"item {item_id} of {what}")
    contents = [
        PackageItem(amazon_order_id=order_id, package_reference_id=reference, order_item_id=item_id, quantity=each)
        for item_id, each in units.items()
    ]
    return package, contents


def _cancellations(entry: Mapping[str, Any], what: str) -> Iterator[ItemCancellation]:
    for item in objects(entry, "orderItems", what):
        if not item.get("cancellation"):
            continue
        told = part(item, "cancellation", what)
        requested = optional_text(told.get("cancellationRequest") or {}, "requester")
        done = optional_text(told.get("cancellationExecution") or {}, "cancelledBy")
        if requested or done:
            yield ItemCancellation(
                amazon_order_id=text(entry, "orderId", what),
                order_item_id=text(item, "orderItemId", f"an item of {what}"),
                requested_by=requested,
                cancelled_by=done,
            )
