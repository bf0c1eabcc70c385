"""Notifications v1: places to send to, subscriptions, and what is sent when an order changes.

Places belong to the application, so they are kept with its first account. Nothing is put on a queue here: whoever has
one takes `order_change` and plays the messenger.
"""

from __future__ import annotations

import random
import re
from typing import Any
from uuid import UUID

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.world import AmazonAccount, AmazonOrder, World

TYPES = ("ORDER_CHANGE", "FBA_INVENTORY_AVAILABILITY_CHANGES", "REPORT_PROCESSING_FINISHED", "FEED_PROCESSING_FINISHED")
QUEUE = re.compile(r"arn:aws:sqs:\S+:\S+:\S+")
STATUS_WORDS = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
"""The older words for an order's status, which notifications still use."""


def get_destinations(call: Call) -> Answer:
    """Every place of the application."""
    return Answer({"payload": list(_places(call.world).values())})


def create_destination(call: Call) -> Answer:
    """A queue becomes a place; one that is a place already is refused."""
    name, wanted = call.field("name"), call.field("resourceSpecification")
    queue = wanted.get("sqs") if isinstance(wanted, dict) else None
    arn = queue.get("arn") if isinstance(queue, dict) else None
    if not isinstance(arn, str) or not QUEUE.fullmatch(arn):
        raise invalid("resourceSpecification names no SQS queue by its ARN")
    places = _places(call.world)
    if any(each["resource"]["sqs"]["arn"] == arn or each["name"] == name for each in places.values()):
        raise Problem(409, "Conflict", "The destination exists already.", arn)
    place = {"destinationId": _number(call.world, arn), "name": name, "resource": {"sqs": {"arn": arn}}}
    places[place["destinationId"]] = place
    return Answer({"payload": place}, effect="destination", subject=arn)


def get_subscription(call: Call) -> Answer:
    """The seller's subscription to a type; a 404 where there is none."""
    found = _subscriptions(call.account).get(_type(call))
    if found is None:
        raise Problem(404, "NotFound", "The subscription was not found.", call.path["notificationType"])
    return Answer({"payload": found})


def create_subscription(call: Call) -> Answer:
    """Subscribe the seller: one place for each type."""
    kind, place = _type(call), call.field("destinationId")
    subscriptions = _subscriptions(call.account)
    if place not in _places(call.world):
        raise invalid("destinationId is unknown", str(place))
    if kind in subscriptions:
        raise Problem(409, "Conflict", "The seller is subscribed already.", kind)
    subscriptions[kind] = {
        "subscriptionId": _number(call.world, f"{call.account.seller_id}/{kind}"),
        "payloadVersion": call.field("payloadVersion"),
        "destinationId": place,
    }
    return Answer({"payload": subscriptions[kind]}, effect="subscription", subject=kind)


def order_change(world: World, account: AmazonAccount, order: AmazonOrder) -> dict[str, Any] | None:
    """What is sent because an order stands as it does now; None where nobody is subscribed to it."""
    subscription = _subscriptions(account).get("ORDER_CHANGE")
    return None if subscription is None else envelope(world, account, order, subscription["subscriptionId"])


def envelope(world: World, account: AmazonAccount, order: AmazonOrder, subscription_id: str) -> dict[str, Any]:
    """Word of an order, as Amazon's schema has it: with the postcode, which nobody who reads it has asked for."""
    summary = {
        "MarketplaceId": order.marketplace_id,
        "OrderStatus": STATUS_WORDS[order.status],
        "PurchaseDate": stamp(order.created_at),
        "DestinationPostalCode": (order.address or {}).get("postalCode", ""),
        "FulfillmentType": "MFN" if order.fulfilled_by == "MERCHANT" else "AFN",
        "OrderType": "StandardOrder",
        "NumberOfItemsShipped": sum(item.shipped for item in order.items),
        "NumberOfItemsUnshipped": sum(item.left for item in order.items),
        "OrderItems": [
            {
                "OrderItemId": item.id,
                "SellerSKU": item.sku,
                "SupplySourceId": None,
                "OrderItemStatus": "Unshipped" if item.left else "Shipped",
                "Quantity": item.quantity,
                "QuantityShipped": item.shipped,
            }
            for item in order.items
        ],
    }
    return {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": stamp(world.now()),
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": "OrderLevel",
                "SellerId": account.seller_id,
                "AmazonOrderId": order.id,
                "OrderChangeType": "OrderStatusChange",
                "OrderChangeTrigger": {"TimeOfOrderChange": stamp(order.updated_at), "ChangeReason": "Status changed"},
                "Summary": summary,
            }
        },
        "NotificationMetadata": {
            "ApplicationId": account.client_id,
            "SubscriptionId": subscription_id,
            "PublishTime": stamp(world.now()),
            "NotificationId": _number(world, f"{order.id}/{order.updated_at}"),
        },
    }


def _type(call: Call) -> str:
    kind = call.path["notificationType"]
    if kind not in TYPES:
        raise invalid("notificationType is unknown", kind)
    return kind


def _places(world: World) -> dict[str, dict[str, Any]]:
    first = next(iter(world.accounts.values()))
    places: dict[str, dict[str, Any]] = first.extra.setdefault("destinations", {})
    return places


def _subscriptions(account: AmazonAccount) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = account.extra.setdefault("subscriptions", {})
    return found


def _number(world: World, what: str) -> str:
    """A number that looks like Amazon's: the same thing has the same one."""
    return str(UUID(int=random.Random(f"{world.seed}/{what}").getrandbits(128)))
