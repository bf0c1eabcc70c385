"""confirmShipment (Orders v0): one package a call, 204 for yes, 400 for everything that does not fit the order.

No key makes a call safe to repeat: a package that is confirmed already is refused with words, not with a code.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid
from sandbox.amazon.finances import post_sale
from sandbox.amazon.ordering import shipped
from sandbox.faults import fault_for
from sandbox.world import AmazonOrder, AmazonPackage

OTHER = "Other"
CARRIERS = frozenset(
    """Amazon Shipping|Aramex|BlueDart|Bpost|Canada Post|Chronopost|Correos|Couriers Please|DB Schenker|Delhivery|
    Deutsche Post|DHL|DHL eCommerce|DPD|Evri|FedEx|FedEx SmartPost|GLS|Hermes|India Post|InPost|Japan Post|La Poste|
    Mondial Relay|OnTrac|Other|Parcelforce|Poste Italiane|PostNL|PostNord|Purolator|Royal Mail|Sagawa|Seur|TNT|UPS|
    UPS Mail Innovations|USPS|Yamato|Yodel""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Carrier codes that the sandbox's Amazon knows."""
NOTHING_LEFT = "PackageToUpdateNotFound: the order is already fulfilled, there is no package to update."
SLACK = timedelta(minutes=5)
"""How far ahead of Amazon's clock a ship date may be."""


def confirm_shipment(call: Call) -> Answer:
    """Take one package of a merchant-fulfilled order."""
    order = call.account.orders.get(call.path["orderId"])
    detail = _detail(call)
    package = _package(call, detail)
    if order is None:
        raise Problem(404, "NotFound", "The order was not found.", call.path["orderId"])
    if call.field("marketplaceId") != order.marketplace_id:
        raise invalid("The marketplace does not match the order", str(call.field("marketplaceId")))
    if order.fulfilled_by != "MERCHANT" or order.channel_name != "AMAZON":
        raise invalid("The order is not fulfilled by the merchant", order.id)
    if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"):
        raise invalid(f"An order that is {order.status} cannot be confirmed", order.id)
    if package.shipped_at > call.world.now() + SLACK:
        raise invalid("shipDate lies in the future", str(detail["shipDate"]))
    if package.shipped_at < order.created_at.replace(microsecond=0):
        raise invalid("shipDate lies before the order was placed", str(detail["shipDate"]))
    if fault_for(call.world, call.operation, among=("invalid",)) is not None:
        raise invalid("The sandbox was told to refuse this write.")
    return _take(call, order, package)


def _take(call: Call, order: AmazonOrder, package: AmazonPackage) -> Answer:
    items = {item.id: item for item in order.items}
    if unknown := [each for each in package.items if each not in items]:
        raise invalid("The order item does not belong to the order", unknown[0])
    known = order.packages.get(package.reference)
    never = fault_for(call.world, call.operation, among=("never_applied",)) is not None
    if known is not None:
        was = (known.carrier_code, known.carrier_name, known.tracking_number)
        same = was == (package.carrier_code, package.carrier_name, package.tracking_number)
        if same or known.items != package.items:
            raise invalid(NOTHING_LEFT, package.reference)
        if not never:
            known.carrier_code, known.carrier_name = package.carrier_code, package.carrier_name
            known.tracking_number, known.shipping_method = package.tracking_number, package.shipping_method
            order.updated_at = call.world.now()
        return Answer(status=204, subject=order.id, effect="" if never else f"tracking of package {known.reference}")
    if not any(item.left for item in order.items):
        raise invalid(NOTHING_LEFT, order.id)
    for number, units in package.items.items():
        if units > items[number].left:
            raise invalid("The quantity is more than is left to ship of the order item", number)
    if never:
        return Answer(status=204, subject=order.id)
    order.packages[package.reference] = package
    for number, units in package.items.items():
        items[number].shipped += units
    shipped(call.world, order)
    post_sale(call.world, call.account, order, package.items)
    units = sum(package.items.values())
    return Answer(status=204, subject=order.id, effect=f"package {package.reference} of {units} confirmed")


def _detail(call: Call) -> dict[str, Any]:
    detail = call.field("packageDetail")
    call.field("marketplaceId")
    if not isinstance(detail, dict):
        raise invalid("packageDetail is not an object")
    for name in ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate", "orderItems"):
        if detail.get(name) in (None, "", []):
            raise invalid(f"packageDetail lacks {name}")
    return detail


def _package(call: Call, detail: dict[str, Any]) -> AmazonPackage:
    reference = detail["packageReferenceId"]
    if not isinstance(reference, str) or not reference.isdigit() or not int(reference):
        raise invalid("packageReferenceId must be a positive numeric value", str(reference))
    code, name = detail["carrierCode"], detail.get("carrierName")
    if code not in CARRIERS:
        raise invalid("carrierCode is not a carrier that Amazon knows", str(code))
    if code == OTHER and not name:
        raise invalid("carrierName is required when carrierCode is Other")
    items: dict[str, int] = {}
    for row in detail["orderItems"]:
        number, units = row.get("orderItemId"), row.get("quantity")
        if not isinstance(number, str) or not isinstance(units, int) or isinstance(units, bool) or units < 1:
            raise invalid("orderItems needs an orderItemId and a positive quantity", str(row))
        items[number] = items.get(number, 0) + units
    return AmazonPackage(
        reference=reference,
        carrier_code=code,
        carrier_name=name if code == OTHER else None,
        tracking_number=str(detail["trackingNumber"]),
        shipping_method=detail.get("shippingMethod"),
        shipped_at=_moment(detail["shipDate"]),
        created_at=call.world.now(),
        items=items,
    )


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise Problem(400, "InvalidInput", "shipDate is not an ISO 8601 date and time", str(text)) from None
    if moment.tzinfo is None:
        raise invalid("shipDate has no time zone", str(text))
    return moment.astimezone(UTC)
