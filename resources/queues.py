"""The queue on which Amazon tells of changed orders (Amazon SQS), and the only door to it.

boto3 is an extra and is imported when the queue is first opened. Its own log is kept quiet: it would print the bodies
of messages, and those carry the postcode of buyers.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from integration_assets.contracts.errors import (
    ConfigurationError,
    Denied,
    InstepError,
    Rejected,
    Throttled,
    Unavailable,
)
from resources.operating_model_parts.notifications import NotificationSettings
from resources.operating_model_parts.types import Secrets

MOST_AT_ONCE = 10
LONGEST_WAIT_SECONDS = 20
SET_ASIDE_SECONDS = 11 * 3600
"""How long a message that cannot be read is out of sight: AWS allows twelve hours in all."""

CONNECT_SECONDS = 5
READ_SECONDS = 30
"""Longer than the queue may keep a call that waits for messages."""

SENDER = "437568002678"
"""The AWS account that Amazon sends notifications from: the queue's policy has to let it in."""

THROTTLED = frozenset({"RequestThrottled", "Throttling", "ThrottlingException", "OverLimit", "KmsThrottled"})
NO_ENTRY = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "KmsAccessDenied",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
NO_QUEUE = frozenset({"QueueDoesNotExist", "NonExistentQueue"})


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message as it came. `handle` is what it is deleted by. The body never shows."""

    message_id: str
    handle: str
    body: str

    def __repr__(self) -> str:
        return f"QueueMessage({self.message_id}, {len(self.body)} characters not shown)"


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """What the queue says of itself: its own name, how many messages wait in it, whether Amazon may write to it."""

    arn: str
    waiting: int
    lets_amazon_in: bool


class Queue:
    """One region account's queue. Raises ConfigurationError, Denied, Throttled and Unavailable."""

    def __init__(
        self, region: str, settings: NotificationSettings, *, key_id: str | None = None, key: str | None = None
    ) -> None:
        self.region = region
        self._settings = settings
        self._key_id = key_id
        self._key = key
        self._opened: Any = None

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def receive(self, *, wait_seconds: int = 0) -> list[QueueMessage]:
        """At most ten messages, which nobody else sees for a while; waits for the first one where there is none."""
        answer = self._call(
            "receive_message",
            MaxNumberOfMessages=MOST_AT_ONCE,
            WaitTimeSeconds=min(wait_seconds, LONGEST_WAIT_SECONDS),
        )
        return [
            QueueMessage(each["MessageId"], each["ReceiptHandle"], each["Body"]) for each in answer.get("Messages", ())
        ]

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """Delete messages that are stored elsewhere by now; how many were not, and so will come again."""
        return self._each(
            "delete_message_batch",
            ({"Id": str(at), "ReceiptHandle": message.handle} for at, message in enumerate(messages)),
        )

    def set_aside(self, messages: Sequence[QueueMessage]) -> int:
        """Leave messages on the queue, out of sight for half a day; how many could not be."""
        return self._each(
            "change_message_visibility_batch",
            (
                {"Id": str(at), "ReceiptHandle": message.handle, "VisibilityTimeout": SET_ASIDE_SECONDS}
                for at, message in enumerate(messages)
            ),
        )

    def facts(self) -> QueueFacts:
        """What the queue says of itself."""
        names = ["QueueArn", "ApproximateNumberOfMessages", "Policy"]
        told = self._call("get_queue_attributes", AttributeNames=names).get("Attributes", {})
        return QueueFacts(
            arn=told["QueueArn"],
            waiting=int(told.get("ApproximateNumberOfMessages", 0)),
            lets_amazon_in=lets_in(told.get("Policy", ""), SENDER),
        )

    def _each(self, operation: str, entries: Iterable[Mapping[str, Any]]) -> int:
        listed = list(entries)
        if not listed:
            return 0
        return len(self._call(operation, Entries=listed).get("Failed", ()))

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        with self._errors_as_ours(operation):
            call: Callable[..., dict[str, Any]] = getattr(self._client(), operation)
            return call(QueueUrl=self._settings.queue_url, **arguments)
        raise AssertionError("unreachable: an answer or an error")

    def _client(self) -> Any:
        if self._opened is None:
            boto3 = _boto3()
            config = importlib.import_module("botocore.config").Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 2},
            )
            self._opened = boto3.session.Session().client(
                "sqs",
                region_name=self._settings.aws_region,
                endpoint_url=self._settings.endpoint_url,
                aws_access_key_id=self._key_id,
                aws_secret_access_key=self._key,
                config=config,
            )
        return self._opened

    @contextmanager
    def _errors_as_ours(self, operation: str) -> Iterator[None]:
        errors = _boto_errors()
        try:
            yield
        except errors.ClientError as error:
            raise self._refused(operation, error) from None
        except (errors.NoCredentialsError, errors.PartialCredentialsError, errors.CredentialRetrievalError):
            raise ConfigurationError(
                f"There are no AWS credentials for the queue of amazon.{self.region}.",
                todo=f"Set access_key_id and secret_access_key under [amazon.{self.region}.notifications], or give "
                "this machine a role that may read the queue.",
            ) from None
        except errors.BotoCoreError as error:
            raise Unavailable(
                f"The queue of amazon.{self.region} could not be reached ({type(error).__name__}).",
                todo="It is tried again; until then the schedule finds changed orders.",
                operation=operation,
            ) from None

    def _refused(self, operation: str, error: Any) -> InstepError:
        told = error.response.get("Error", {})
        code = str(told.get("Code", "")).rpartition(".")[2] or "unnamed"
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        where = f"the queue of amazon.{self.region}"
        said = f"AWS refused {operation} on {where} with {code}"
        if code in THROTTLED or status == 429:
            return Throttled(f"{said}: it asks to wait.", operation=operation, code=code)
        if code in NO_ENTRY or status in (401, 403):
            return Denied(
                f"{said}: the key is wrong, or may not use this queue.",
                todo=f"Check the key under [amazon.{self.region}.notifications]; it needs sqs:ReceiveMessage, "
                "sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on the queue.",
                operation=operation,
                status=status,
                code=code,
            )
        if code in NO_QUEUE:
            return ConfigurationError(
                f"{said}: there is no such queue in {self._settings.aws_region}.",
                todo=f"Check queue_url and aws_region under [amazon.{self.region}.notifications].",
            )
        if isinstance(status, int) and status >= 500:
            return Unavailable(f"{said}.", todo="It is tried again.", operation=operation, status=status, code=code)
        return Rejected(f"{said}.", todo="Mend what AWS names.", operation=operation, status=status, code=code)


def queue_of(region: str, settings: NotificationSettings, secrets: Secrets) -> Queue:
    """The queue that the operating model declares for a region account."""
    return Queue(
        region,
        settings,
        key_id=secrets[settings.access_key_id] if settings.access_key_id else None,
        key=secrets[settings.secret_access_key] if settings.secret_access_key else None,
    )


def lets_in(policy: str, account: str) -> bool:
    """Whether a queue's policy allows an AWS account to send to it; one that cannot be read allows nobody."""
    try:
        statements = json.loads(policy).get("Statement", []) if policy else []
    except (ValueError, AttributeError):
        return False
    return any(
        isinstance(each, Mapping)
        and each.get("Effect") == "Allow"
        and any(name in ("*", account) or f"::{account}:" in name for name in _principals(each.get("Principal")))
        and any(
            action.lower() in ("*", "sqs:*", "sqs:sendmessage", "sendmessage") for action in _listed(each.get("Action"))
        )
        for each in (statements if isinstance(statements, list) else [statements])
    )


def _principals(told: object) -> list[str]:
    return _listed(told.get("AWS")) if isinstance(told, Mapping) else _listed(told)


def _listed(told: object) -> list[str]:
    return [str(each) for each in told] if isinstance(told, list) else [] if told is None else [str(told)]


def _boto3() -> Any:
    try:
        boto3 = importlib.import_module("boto3")
    except ImportError:
        raise ConfigurationError(
            "Notifications are declared, and boto3, which reads the queue, is not installed.",
            todo="Install it with: pip install 'instep[sqs]'. Or take the notifications out of the operating model.",
        ) from None
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return boto3


def _boto_errors() -> Any:
    _boto3()
    return importlib.import_module("botocore.exceptions")
