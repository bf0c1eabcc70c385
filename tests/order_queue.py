"""A queue service on this machine (moto's server speaks the protocol of Amazon SQS), and what Amazon puts on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from resources.operating_model_parts.notifications import NotificationSettings
from resources.queues import Queue

KEY = ("AKIAEXAMPLE", "canary-aws-secret")
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::437568002678:root"},
            "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"],
            "Resource": "*",
        }
    ],
}


@dataclass
class OrderQueue:
    """A standard queue that Amazon may write to. `counts` are messages that can be had, and those out of sight."""

    sqs: Any
    endpoint: str
    url: str

    def put(self, message: Mapping[str, Any] | str) -> str:
        """Amazon sends a message; answers the number that AWS gives it."""
        body = message if isinstance(message, str) else json.dumps(message)
        number: str = self.sqs.send_message(QueueUrl=self.url, MessageBody=body)["MessageId"]
        return number

    @property
    def counts(self) -> tuple[int, int]:
        """Messages in sight, and out of it."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])

    @property
    def settings(self) -> NotificationSettings:
        """What the operating model says of it."""
        return NotificationSettings(queue_url=self.url, aws_region="eu-west-1", endpoint_url=self.endpoint)

    def door(self, region: str = "eu") -> Queue:
        """The product's door to it."""
        return Queue(region, self.settings, key_id=KEY[0], key=KEY[1])


@contextmanager
def queue_service() -> Iterator[str]:
    """The service on a free port; answers its url."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_queue(endpoint: str, name: str, *, hidden_seconds: int = 30, policy: Mapping[str, Any] = ALLOWED) -> OrderQueue:
    """A queue whose messages are out of sight for so long once they were taken."""
    sqs = boto3.client(
        "sqs",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id=KEY[0],
        aws_secret_access_key=KEY[1],
    )
    told = {"VisibilityTimeout": str(hidden_seconds), "Policy": json.dumps(policy)}
    return OrderQueue(sqs, endpoint, sqs.create_queue(QueueName=name, Attributes=told)["QueueUrl"])


def word_of(order_id: str, *, number: str = "n-1", seller: str = "A1EXAMPLE", **changes: Any) -> dict[str, Any]:
    """Amazon's word of a changed order, in the shape of its schema."""
    return {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": "2026-11-23T09:00:05.000Z",
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": "OrderLevel",
                "SellerId": seller,
                "AmazonOrderId": order_id,
                "OrderChangeType": "OrderStatusChange",
                "OrderChangeTrigger": {"TimeOfOrderChange": "2026-11-23T09:00:00.000Z", "ChangeReason": "Paid"},
                "Summary": {
                    "MarketplaceId": "A1F83G8C2ARO7P",
                    "OrderStatus": "Unshipped",
                    "PurchaseDate": "2026-11-23T08:55:00.000Z",
                    "DestinationPostalCode": "CANARY-POSTCODE",
                    "FulfillmentType": "MFN",
                    "OrderType": "StandardOrder",
                    "OrderItems": [],
                },
            }
        },
        "NotificationMetadata": {
            "ApplicationId": "amzn1.sample",
            "SubscriptionId": "s-1",
            "PublishTime": "2026-11-23T09:00:05.000Z",
            "NotificationId": number,
        },
        **changes,
    }
