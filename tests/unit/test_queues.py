"""The door to the queue: what it says when AWS does not let us in, asks to wait, or is not there."""

from __future__ import annotations

import importlib
import logging
import re
from typing import Any

import pytest

from integration_assets.contracts.errors import (
    ConfigurationError,
    Denied,
    InstepError,
    Rejected,
    Throttled,
    Unavailable,
)
from resources.operating_model_parts.notifications import NotificationSettings
from resources.queues import Queue, lets_in
from tests.unit.amazon_answers import Reply, Stand, ok, served

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


@pytest.fixture(autouse=True)
def _no_pause_between_two_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


def refusal(status: int, code: str) -> Reply:
    """A refusal as the queue service words it."""
    return ok({"__type": f"com.amazonaws.sqs#{code}", "message": "No."}, status=status)


def asked(*replies: Reply) -> InstepError:
    """The error of a look at a queue that answers so."""
    with served(Stand().on("POST /", *replies)) as url:
        settings = NotificationSettings(queue_url=QUEUE, aws_region="eu-west-1", endpoint_url=url)
        queue = Queue("eu", settings, key_id="AKIAEXAMPLE", key="canary-aws-secret")
        try:
            with pytest.raises(InstepError) as told:
                queue.receive()
        finally:
            queue.close()
    assert "canary" not in str(told.value)
    return told.value


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, "RequestThrottled", Throttled, "it asks to wait"),
        (403, "InvalidClientTokenId", Denied, r"the key is wrong.*\[amazon.eu.notifications\].*sqs:ReceiveMessage"),
        (403, "SignatureDoesNotMatch", Denied, "the key is wrong"),
        (400, "AWS.SimpleQueueService.NonExistentQueue", ConfigurationError, "no such queue in eu-west-1.*queue_url"),
        (400, "InvalidAddress", Rejected, "Mend what AWS names"),
    ],
)
def test_a_refusal_is_told_as_what_it_is(status: int, code: str, kind: type[InstepError], words: str) -> None:
    error = asked(refusal(status, code))
    assert type(error) is kind
    assert re.search(words, str(error))


def test_an_outage_is_told_after_a_second_try() -> None:
    stand = Stand().on("POST /", refusal(503, "ServiceUnavailable"))
    with served(stand) as url:
        settings = NotificationSettings(queue_url=QUEUE, aws_region="eu-west-1", endpoint_url=url)
        with pytest.raises(Unavailable, match="ServiceUnavailable"):
            Queue("eu", settings, key_id="AKIAEXAMPLE", key="x").receive()
    assert len(stand.asked) == 2


def test_a_queue_that_is_out_of_reach_leaves_orders_to_the_schedule() -> None:
    settings = NotificationSettings(queue_url=QUEUE, aws_region="eu-west-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"amazon\.eu could not be reached.*the schedule finds changed orders"):
        Queue("eu", settings, key_id="AKIAEXAMPLE", key="x").receive()


def test_without_any_credentials_the_error_says_where_to_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings = NotificationSettings(queue_url=QUEUE, aws_region="eu-west-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match=r"no AWS credentials.*access_key_id.*\[amazon.eu.notifications\]"):
        Queue("eu", settings).receive()


def test_without_boto3_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == "boto3":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ConfigurationError, match=r"pip install 'instep\[sqs\]'"):
        Queue("eu", NotificationSettings(queue_url=QUEUE, aws_region="eu-west-1")).receive()


def test_aws_own_log_is_kept_from_printing_messages() -> None:
    asked(refusal(400, "RequestThrottled"))
    assert logging.getLogger("botocore.parsers").getEffectiveLevel() >= logging.WARNING


@pytest.mark.parametrize(
    ("policy", "is_in"),
    [
        (
            '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "437568002678"}, "Action": "SQS:SendMessage"}]}',
            True,
        ),
        ('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["sqs:*"]}}', True),
        ('{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]}', False),
        ('{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "999"}, "Action": "sqs:SendMessage"}]}', False),
        ('{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "437568002678"}, "Action": "sqs:List"}]}', False),
        ("", False),
        ("{", False),
        ("[]", False),
    ],
)
def test_a_policy_says_whether_amazon_may_write(policy: str, is_in: bool) -> None:
    assert lets_in(policy, "437568002678") is is_in
