"""Setting notifications up, and what is told by them, against Amazon's own model and schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import BadDocument, Denied, UnknownOutcome
from resources.amazon import AmazonAccount
from resources.amazon_parts.notifications import NotificationPlace, Subscription
from sandbox.amazon.notifications import envelope
from sandbox.amazon.ordering import place_order
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running
from sensors.order_notifications import delivery_of
from tests.amazon_caller import AmazonCaller
from tests.contract.models import (
    contracts,
    find_operation,
    validate_request,
    validate_response,
    validate_schema,
)
from tests.contract.models import fits as answer_fits
from tests.order_queue import word_of
from tests.unit.amazon_answers import Asked, desk, error, ok

MODEL = "notifications"
PLACES, SUBSCRIPTION = "/notifications/v1/destinations", "/notifications/v1/subscriptions/ORDER_CHANGE"
ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"
PLACE = {"destinationId": "d-1", "name": "instep-eu", "resource": {"sqs": {"arn": ARN}}}
STANDING = {"subscriptionId": "s-1", "payloadVersion": "1.0", "destinationId": "d-1"}
SCHEMA = "notifications/OrderChangeNotification.json"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

ASKS: dict[str, tuple[str, Any, Callable[[AmazonAccount], object], object]] = {
    "getDestinations": (
        f"GET {PLACES}",
        [PLACE],
        lambda account: account.notifications.destinations(),
        [NotificationPlace("d-1", "instep-eu", ARN)],
    ),
    "createDestination": (
        f"POST {PLACES}",
        PLACE,
        lambda account: account.notifications.add_destination("instep-eu", ARN),
        NotificationPlace("d-1", "instep-eu", ARN),
    ),
    "getSubscription": (
        f"GET {SUBSCRIPTION}",
        STANDING,
        lambda account: account.notifications.subscription(),
        Subscription("s-1", "d-1", "1.0"),
    ),
    "createSubscription": (
        f"POST {SUBSCRIPTION}",
        STANDING,
        lambda account: account.notifications.subscribe("d-1"),
        None,
    ),
}


def fits(asked: Asked) -> None:
    found, path = find_operation(asked.method, asked.path)
    validate_request(found.id, path, asked.query, asked.json if asked.body else None, model=found.model)


@pytest.mark.parametrize("name", sorted(ASKS))
def test_a_request_fits_the_model_and_its_answer_is_read(name: str) -> None:
    what, payload, use, expected = ASKS[name]
    validate_response(name, 200, {"payload": payload}, model=MODEL)
    at = desk()
    at.stand.on(what, ok({"payload": payload}))
    assert use(at.account) == expected
    [asked] = at.stand.sent(what)
    fits(asked)


def test_places_want_a_grantless_token_and_subscriptions_the_sellers() -> None:
    at = desk()
    at.stand.on(f"GET {PLACES}", ok({"payload": []})).on(f"GET {SUBSCRIPTION}", error(404, "NotFound"))
    assert at.account.notifications.destinations() == []
    assert at.account.notifications.subscription() is None
    grants = [dict(httpx.QueryParams(asked.body.decode())) for asked in at.stand.sent("POST /auth/o2/token")]
    assert [(grant["grant_type"], grant.get("scope"), "refresh_token" in grant) for grant in grants] == [
        ("client_credentials", "sellingpartnerapi::notifications", False),
        ("refresh_token", None, True),
    ]
    tokens = [asked.headers["x-amz-access-token"] for asked in at.stand.asked if "/notifications/" in asked.path]
    assert tokens == ["Atza|canary-1", "Atza|canary-2"]


def test_a_refusal_is_no_missing_subscription_and_a_lost_answer_no_failure() -> None:
    at = desk()
    at.stand.on(f"GET {SUBSCRIPTION}", error(403, "Unauthorized")).on(f"POST {SUBSCRIPTION}", ok(b"", status=500))
    with pytest.raises(Denied):
        at.account.notifications.subscription()
    with pytest.raises(UnknownOutcome):
        at.account.notifications.subscribe("d-1")
    at.stand.on(f"GET {PLACES}", ok({"payload": [{"destinationId": "d-1"}]}))
    with pytest.raises(BadDocument, match="a destination has no resource"):
        at.account.notifications.destinations()


def test_amazons_own_example_of_a_changed_order_is_read() -> None:
    [example] = json.loads((contracts() / "amazon" / "schemas" / SCHEMA).read_text(encoding="utf-8"))["examples"]
    found = delivery_of(json.dumps(example), region="na", seller_id="A3TH9S8BH6GOGM")
    assert (found.subject, found.message_id) == ("903-8868176-2219830", "d0e9e693-c3ad-4373-979f-ed4ec98dd746")
    assert found.payload == {
        "region": "na",
        "status": "Unshipped",
        "change": "BuyerRequestedChange",
        "changed_at": "2022-11-29T19:42:04.284000+00:00",
    }
    assert "48110" not in repr(found), "the postcode goes nowhere"


def test_the_words_that_tests_put_on_the_queue_are_amazons() -> None:
    validate_schema(SCHEMA, word_of("026-1234567-1234567"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(seed=11, skus=80, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as running_sandbox:
        yield running_sandbox


@pytest.fixture
def amazon(sandbox: Sandbox) -> Iterator[AmazonCaller]:
    with AmazonCaller(sandbox, check=answer_fits) as caller:
        yield caller


def test_the_sandbox_sets_notifications_up_as_the_model_has_it(amazon: AmazonCaller) -> None:
    scope = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    grantless = amazon.ask_token(**scope).json()["access_token"]
    assert amazon.call("GET", PLACES).status_code == 403, "a seller's token is none"
    assert amazon.call("GET", PLACES, token=grantless).json() == {"payload": []}
    wanted = {"name": "instep-eu", "resourceSpecification": {"sqs": {"arn": ARN}}}
    made = amazon.call("POST", PLACES, None, wanted, token=grantless).json()["payload"]
    assert made["resource"] == {"sqs": {"arn": ARN}}
    assert amazon.call("POST", PLACES, None, wanted, token=grantless).status_code == 409
    assert (
        amazon.call("POST", PLACES, None, {**wanted, "resourceSpecification": {}}, token=grantless).status_code == 400
    )
    assert amazon.call("GET", SUBSCRIPTION).status_code == 404
    body = {"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    assert amazon.call("POST", SUBSCRIPTION, None, {**body, "destinationId": "d-9"}).status_code == 400
    standing = amazon.call("POST", SUBSCRIPTION, None, body).json()["payload"]
    assert standing["destinationId"] == made["destinationId"]
    assert amazon.call("GET", SUBSCRIPTION).json()["payload"] == standing
    assert amazon.call("POST", SUBSCRIPTION, None, body).status_code == 409


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED", "CANCELLED"])
def test_the_sandboxs_word_of_an_order_fits_the_schema(amazon: AmazonCaller, status: str) -> None:
    world = amazon.sandbox.world
    with world.lock:
        order = place_order(world, amazon.account, [("007-ROPE", 2)], marketplace_id="A1F83G8C2ARO7P", status=status)
        word = envelope(world, amazon.account, order, "s-1")
    validate_schema(SCHEMA, word)
    found = delivery_of(json.dumps(word), region="eu", seller_id=amazon.account.seller_id)
    assert (found.subject, found.payload["status"]) == (
        order.id,
        {"PENDING": "Pending", "UNSHIPPED": "Unshipped", "CANCELLED": "Canceled"}[status],
    )
