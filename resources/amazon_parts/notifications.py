"""Notifications v1: where Amazon sends word of changed orders, and whether the seller is subscribed.

Destinations belong to the application and want a grantless token, subscriptions belong to the seller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integration_assets.contracts.errors import Rejected
from resources.amazon_parts.client import AmazonClient
from resources.amazon_parts.parse import objects, optional_text, part, text

ORDER_CHANGE = "ORDER_CHANGE"
PAYLOAD_VERSION = "1.0"
GRANTLESS_SCOPE = "sellingpartnerapi::notifications"
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class NotificationPlace:
    """A destination as Amazon keeps it; `arn` is the queue's own name, None for one that is no queue."""

    destination_id: str
    name: str
    arn: str | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the seller is subscribed to: where it is sent, and by which version of the payload."""

    subscription_id: str
    destination_id: str
    payload_version: str


class NotificationSetup:
    """The two sides of setting notifications up. Reads raise as every read; the writes raise UnknownOutcome too."""

    def __init__(self, seller: AmazonClient, application: AmazonClient) -> None:
        self._seller = seller
        self._application = application

    def destinations(self) -> list[NotificationPlace]:
        """Every place that the application has named so far."""
        answer = self._application.call(
            "getDestinations", lambda library: library.notices.destinations(), expects=("payload",)
        )
        return [_place(entry) for entry in objects(answer.body, "payload", "getDestinations")]

    def add_destination(self, name: str, arn: str) -> NotificationPlace:
        """Name a queue as a place to send to. Rejected where Amazon may not write to it."""
        body = {"name": name, "resourceSpecification": {"sqs": {"arn": arn}}}
        answer = self._application.call(
            "createDestination",
            lambda library: library.notices.add_destination(body),
            about=f"for {arn}",
            effect=True,
            expects=("payload",),
        )
        return _place(part(answer.body, "payload", "createDestination"))

    def subscription(self) -> Subscription | None:
        """The seller's subscription to changed orders; None where there is none."""
        try:
            answer = self._seller.call(
                "getSubscription",
                lambda library: library.notices.subscription(ORDER_CHANGE),
                about=f"to {ORDER_CHANGE}",
                expects=("payload",),
            )
        except Rejected as error:
            if error.status == NOT_FOUND:
                return None
            raise
        entry = part(answer.body, "payload", "getSubscription")
        return Subscription(
            text(entry, "subscriptionId", "the subscription"),
            text(entry, "destinationId", "the subscription"),
            text(entry, "payloadVersion", "the subscription"),
        )

    def subscribe(self, destination_id: str) -> None:
        """Have word of changed orders sent there."""
        body = {"payloadVersion": PAYLOAD_VERSION, "destinationId": destination_id}
        self._seller.call(
            "createSubscription",
            lambda library: library.notices.subscribe(ORDER_CHANGE, body),
            about=f"to {ORDER_CHANGE}",
            effect=True,
            expects=("payload",),
        )


def _place(entry: Mapping[str, Any]) -> NotificationPlace:
    what = "a destination"
    queue = part(entry, "resource", what).get("sqs")
    return NotificationPlace(
        text(entry, "destinationId", what),
        text(entry, "name", what),
        optional_text(queue, "arn") if isinstance(queue, Mapping) else None,
    )
