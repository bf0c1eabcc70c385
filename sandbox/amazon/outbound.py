"""Fulfillment Outbound 2020-07-01: Multi-Channel orders created, previewed, listed, tracked, changed, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.outbound_state import (
    CANCELLABLE,
    DAYS_TO_SHIP,
    OutboundItem,
    OutboundOrder,
    Package,
    Shipment,
    cancel,
    outbound_of,
    place,
    stock_of,
)

PAGE = 30
LINES, UNITS = 100, 250
LISTED_BY_DEFAULT = timedelta(hours=36)
TOKEN_SECONDS = 3600
SPEEDS = tuple(DAYS_TO_SHIP)
POLICIES = ("FillOrKill", "FillAll", "FillAllAvailable")
SERVED = {"UK": ("GB",), "EU": ("DE", "FR", "IT", "ES", "NL", "BE", "AT", "PL"), "NA": ("US", "CA"), "JP": ("JP",)}
"""Countries that a pool ships to."""
LENGTHS = {"sellerFulfillmentOrderId": 40, "displayableOrderId": 40, "displayableOrderComment": 750}
NEEDED = (*LENGTHS, "displayableOrderDate", "shippingSpeedCategory", "destinationAddress", "items")
ADDRESS = ("name", "addressLine1", "postalCode", "countryCode")


def create_order(call: Call) -> Answer:
    """createFulfillmentOrder: `{}` means taken, and nothing is said yet of what becomes of it."""
    request = call.body if isinstance(call.body, dict) else {}
    for name in NEEDED:
        call.field(name)
    for name, most in LENGTHS.items():
        if len(str(request[name])) > most:
            raise invalid(f"{name} is longer than {most} characters")
    marketplace_id = _marketplace(call, request)
    _check_choice(request, "shippingSpeedCategory", SPEEDS)
    if request.get("fulfillmentPolicy") is not None:
        _check_choice(request, "fulfillmentPolicy", POLICIES)
    if request["shippingSpeedCategory"] == "ScheduledDelivery" and "deliveryWindow" not in request:
        raise invalid("deliveryWindow is required when shippingSpeedCategory is ScheduledDelivery")
    address = _address(request["destinationAddress"])
    items = _items(request["items"])
    outbound = outbound_of(call.account)
    number = request["sellerFulfillmentOrderId"]
    if number in outbound.orders:
        raise invalid(f"A fulfillment order with the sellerFulfillmentOrderId {number} already exists.")
    if address["countryCode"] not in SERVED[BY_ID[marketplace_id].pool]:
        raise invalid("The destination address is not serviceable.", "countryCode")
    for item in items:
        _check_stock(call, item, marketplace_id, request.get("fulfillmentPolicy", "FillOrKill"))
    order = place(call.world, call.account, {**request, "items": items}, marketplace_id)
    return Answer({}, effect=f"fulfillment order {order.id} created", subject=order.id)


def update_order(call: Call) -> Answer:
    """updateFulfillmentOrder: while it was not planned yet; what is not named stays."""
    order = _order(call)
    if order.status not in ("New", "Received"):
        raise invalid(f"The fulfillment order {order.id} can no longer be updated.", order.status)
    known = set(LENGTHS) | {"displayableOrderDate", "shippingSpeedCategory", "destinationAddress", "fulfillmentAction"}
    changed = {name: value for name, value in (call.body or {}).items() if name in known and value is not None}
    order.request.update(changed)
    return Answer({}, effect=f"fulfillment order {order.id} updated", subject=order.id)


def cancel_order(call: Call) -> Answer:
    """cancelFulfillmentOrder: a request; once it is being picked it is too late."""
    order = _order(call)
    if order.status == "Cancelled":
        return Answer({}, subject=order.id)
    if order.status not in CANCELLABLE:
        raise invalid(f"The fulfillment order {order.id} cannot be cancelled any more.", order.status)
    cancel(call.world, call.account, order)
    return Answer({}, effect=f"fulfillment order {order.id} cancelled", subject=order.id)


def get_order(call: Call) -> Answer:
    """getFulfillmentOrder: the order, its items, its shipments and their packages."""
    order = _order(call)
    body = {
        "fulfillmentOrder": _told(order),
        "fulfillmentOrderItems": [_item(order, item) for item in order.items],
        "fulfillmentShipments": [_shipment(order, each) for each in order.shipments],
        "returnItems": [],
        "returnAuthorizations": [],
    }
    return Answer({"payload": body}, subject=order.id)


def list_orders(call: Call) -> Answer:
    """listAllFulfillmentOrders: those whose status changed since; without a start only of the last day and a half."""
    since = call.instant("queryStartDate") or call.world.now() - LISTED_BY_DEFAULT
    start = 0
    if (token := call.text("nextToken")) is not None:
        known = call.state.page_tokens.get(token)
        if known is None or known.payload.get("operation") != call.operation or known.expires_at < call.world.now():
            raise invalid("Invalid nextToken")
        start, since = known.payload["start"], known.payload["since"]
    found = sorted(
        (order for order in outbound_of(call.account).orders.values() if order.status_at >= since),
        key=lambda order: (order.received_at, order.id),
    )
    payload: dict[str, Any] = {"fulfillmentOrders": [_told(order) for order in found[start : start + PAGE]]}
    if start + PAGE < len(found):
        page = {"operation": call.operation, "start": start + PAGE, "since": since}
        payload["nextToken"] = call.state.issue_page_token(call.world, page, seconds=TOKEN_SECONDS)
    return Answer({"payload": payload})


def preview(call: Call) -> Answer:
    """getFulfillmentPreview: what could be shipped how fast, and why not."""
    request = call.body if isinstance(call.body, dict) else {}
    address, items = _address(call.field("address")), _items(call.field("items"))
    marketplace_id = _marketplace(call, request)
    market = BY_ID[marketplace_id]
    missing = [item for item in items if not _available(call, item, marketplace_id)]
    reached = address["countryCode"] in SERVED[market.pool]
    previews = []
    for speed in request.get("shippingSpeedCategories") or ("Standard", "Expedited", "Priority"):
        told: dict[str, Any] = {
            "shippingSpeedCategory": speed,
            "isFulfillable": reached and not missing,
            "isCODCapable": False,
            "marketplaceId": marketplace_id,
            "unfulfillablePreviewItems": [
                {**_line(item), "itemUnfulfillableReasons": [_why(call, item, marketplace_id)]} for item in missing
            ],
        }
        if not reached:
            told["orderUnfulfillableReasons"] = ["INVALID_DESTINATION"]
        elif not missing:
            ships = call.world.now() + timedelta(days=DAYS_TO_SHIP.get(speed, 3))
            arrives = ships + timedelta(days=2)
            units = sum(item["quantity"] for item in items)
            fee = f"{Decimal('4.20') * units:.{market.digits}f}"
            amount = {"currencyCode": market.currency, "value": fee}
            told["estimatedFees"] = [{"name": "FBAPerUnitFulfillmentFee", "amount": amount}]
            told["estimatedShippingWeight"] = {"unit": "KILOGRAMS", "value": f"0.{units}"}
            told["fulfillmentPreviewShipments"] = [
                {
                    "earliestShipDate": stamp(call.world.now()),
                    "latestShipDate": stamp(ships),
                    "earliestArrivalDate": stamp(arrives),
                    "latestArrivalDate": stamp(arrives),
                    "fulfillmentPreviewItems": [_line(item) for item in items],
                }
            ]
        previews.append(told)
    return Answer({"payload": {"fulfillmentPreviews": previews}})


def tracking(call: Call) -> Answer:
    """getPackageTrackingDetails: where a package that has left is."""
    text = call.needed("packageNumber")
    found = outbound_of(call.account).packages.get(int(text)) if text.isdigit() else None
    if found is None:
        raise invalid(f"There is no package {text}.")
    order, package = found
    address = order.request["destinationAddress"]
    return Answer(
        {
            "payload": {
                "packageNumber": package.number,
                **({"trackingNumber": package.tracking_number} if package.is_numbered else {}),
                "carrierCode": package.carrier,
                "shipDate": stamp(package.shipped_at),
                "shipToAddress": {"city": address.get("city", ""), "state": "", "country": address["countryCode"]},
                "currentStatus": "IN_TRANSIT",
                "trackingEvents": [],
            }
        },
        subject=order.id,
    )


def _order(call: Call) -> OutboundOrder:
    order = outbound_of(call.account).orders.get(call.path["sellerFulfillmentOrderId"])
    if order is None:
        raise Problem(404, "NotFound", "The requested fulfillment order was not found.")
    return order


def _marketplace(call: Call, request: dict[str, Any]) -> str:
    chosen = request.get("marketplaceId") or call.account.marketplace_ids[0]
    if chosen not in call.account.marketplace_ids:
        raise invalid(f"Marketplace {chosen} does not belong to this seller or this region", "marketplaceId")
    return str(chosen)


def _check_choice(request: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    if request[name] not in allowed:
        raise invalid(f"{name} is {request[name]}, expected one of {', '.join(allowed)}")


def _address(given: Any) -> dict[str, Any]:
    address = given if isinstance(given, dict) else {}
    for name in ADDRESS:
        if not str(address.get(name) or "").strip():
            raise invalid(f"destinationAddress lacks {name}")
    if address["countryCode"] == "JP" and address.get("city"):
        raise invalid("city must not be given for an address in Japan")
    return address


def _items(given: Any) -> list[dict[str, Any]]:
    items = given if isinstance(given, list) else []
    if not 1 <= len(items) <= LINES:
        raise invalid(f"items holds {len(items)} lines, expected 1 to {LINES}")
    ids = [item.get("sellerFulfillmentOrderItemId") for item in items]
    if len(set(ids)) < len(ids) or not all(isinstance(each, str) and 0 < len(each) <= 50 for each in ids):
        raise invalid("sellerFulfillmentOrderItemId must be unique and at most 50 characters long")
    counts = [item.get("quantity") for item in items]
    if not all(isinstance(count, int) and count > 0 for count in counts) or sum(counts) > UNITS:
        raise invalid(f"quantity must be at least 1, and {UNITS} in all")
    return items


def _check_stock(call: Call, item: dict[str, Any], marketplace_id: str, policy: str) -> None:
    sku = item["sellerSku"]
    stock = stock_of(call.account, sku, marketplace_id)
    if stock is None:
        raise invalid(f"{sku} is not a valid SKU for fulfillment by Amazon.")
    there = stock.fulfillable
    if there == 0 or (there < item["quantity"] and policy != "FillAllAvailable"):
        raise invalid(f"There is not enough inventory of {sku}.", f"{there} of {item['quantity']} are available")


def _available(call: Call, item: dict[str, Any], marketplace_id: str) -> bool:
    stock = stock_of(call.account, item["sellerSku"], marketplace_id)
    return stock is not None and stock.fulfillable >= item["quantity"]


def _why(call: Call, item: dict[str, Any], marketplace_id: str) -> str:
    return "INVALID_SKU" if stock_of(call.account, item["sellerSku"], marketplace_id) is None else "OUT_OF_STOCK"


def _line(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("sellerSku", "quantity", "sellerFulfillmentOrderItemId")}


def _told(order: OutboundOrder) -> dict[str, Any]:
    asked = order.request
    told: dict[str, Any] = {name: asked[name] for name in NEEDED if name != "items"}
    return told | {
        "marketplaceId": order.marketplace_id,
        "fulfillmentAction": asked.get("fulfillmentAction", "Ship"),
        "fulfillmentPolicy": asked.get("fulfillmentPolicy", "FillOrKill"),
        "receivedDate": stamp(order.received_at),
        "fulfillmentOrderStatus": order.status,
        "statusUpdatedDate": stamp(order.status_at),
    }


def _item(order: OutboundOrder, item: OutboundItem) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sellerSku": item.sku,
        "sellerFulfillmentOrderItemId": item.id,
        "quantity": item.quantity,
        "cancelledQuantity": item.cancelled,
        "unfulfillableQuantity": item.unfulfillable,
        "orderItemDisposition": "Sellable",
        "estimatedShipDate": stamp(order.ship_by),
    }
    return told | ({"perUnitDeclaredValue": item.declared} if item.declared else {})


def _shipment(order: OutboundOrder, shipment: Shipment) -> dict[str, Any]:
    shipped = shipment.status == "SHIPPED"
    told: dict[str, Any] = {
        "amazonShipmentId": shipment.id,
        "fulfillmentCenterId": shipment.centre,
        "fulfillmentShipmentStatus": shipment.status,
        "shippingDate": stamp(shipment.packages[0].shipped_at if shipped else order.ship_by),
        "fulfillmentShipmentItem": list(_contents(order, shipment, shipped=shipped)),
    }
    if shipped:
        told["fulfillmentShipmentPackage"] = [_package(package) for package in shipment.packages]
    return told


def _contents(order: OutboundOrder, shipment: Shipment, *, shipped: bool) -> Iterator[dict[str, Any]]:
    skus = {item.id: item.sku for item in order.items}
    for package in shipment.packages:
        for item_id, units in package.contents:
            number = package.number if shipped else 0
            yield {
                "sellerSku": skus[item_id],
                "sellerFulfillmentOrderItemId": item_id,
                "quantity": units,
                "packageNumber": number,
            }


def _package(package: Package) -> dict[str, Any]:
    told = {
        "packageNumber": package.number,
        "carrierCode": package.carrier,
        "estimatedArrivalDate": stamp(package.shipped_at + timedelta(days=2)),
    }
    return told | ({"trackingNumber": package.tracking_number} if package.is_numbered else {})
