"""Every layer in which Shopify says no, for a read and for a write."""

from __future__ import annotations

import httpx
import pytest

from integration_assets.contracts.errors import (
    BadDocument,
    ConfigurationError,
    Denied,
    InstepError,
    Rejected,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from resources.shopify import Shopify
from tests.unit.shopify_answers import Reply, Stand, answer, data, manual_clock, shop_behind

COUNT = data({"productVariantsCount": {"count": 300, "precision": "EXACT"}})
MADE = data(
    {
        "webhookSubscriptionCreate": {
            "webhookSubscription": {
                "id": "gid://shopify/WebhookSubscription/1",
                "topic": "INVENTORY_LEVELS_UPDATE",
                "uri": "https://example.com/webhooks/shopify",
                "includeFields": [],
            },
            "userErrors": [],
        }
    }
)
ACCESS_DENIED = answer(
    {
        "data": {"orders": None},
        "errors": [
            {
                "message": "Access denied for orders field. Required access: `read_orders` access scope.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["orders"],
                "extensions": {
                    "code": "ACCESS_DENIED",
                    "documentation": "https://shopify.dev/api/usage/access-scopes",
                    "requiredAccess": "`read_orders` access scope.",
                },
            }
        ],
    }
)
INTERNAL = answer(
    {
        "errors": [
            {
                "message": "Internal error. Looks like something went wrong on our end.\nRequest ID: 0000.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "0000"},
            }
        ]
    },
    headers={"X-Request-Id": "00000000-0000-4000-8000-000000000001"},
)
INVALID_VARIABLE = answer(
    {
        "errors": [
            {
                "message": "Variable $input was provided invalid value for name (Field is not defined)",
                "locations": [{"line": 1, "column": 23}],
                "extensions": {"value": {"name": "available"}, "problems": [], "code": "INVALID_VARIABLE"},
            }
        ]
    }
)
MAX_COST = answer(
    {
        "errors": [
            {
                "message": "Query cost is 2002, which exceeds the single query max cost limit (1000).",
                "extensions": {"code": "MAX_COST_EXCEEDED", "cost": 2002, "maxCost": 1000},
            }
        ]
    }
)
MAX_INPUT = answer(
    {
        "errors": [
            {
                "message": "The input array size of 251 is greater than the maximum allowed of 250.",
                "path": ["inventorySetQuantities", "input", "quantities"],
                "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
            }
        ]
    }
)
PROTECTED = answer(
    {
        "data": {"customer": {"email": None, "phone": None}},
        "errors": [{"message": "This app is not approved to use the phone field.", "path": ["customer", "phone"]}],
    }
)
UNDEFINED = answer(
    {
        "errors": [
            {
                "message": "Field 'skuu' doesn't exist on type 'ProductVariant'",
                "path": ["query", "productVariants", "nodes", "skuu"],
                "extensions": {"code": "undefinedField", "typeName": "ProductVariant", "fieldName": "skuu"},
            }
        ]
    }
)
IGNORED_FILTER = answer(
    {
        "data": {"productVariantsCount": {"count": 300, "precision": "EXACT"}},
        "extensions": {
            "search": [
                {
                    "path": ["orders"],
                    "query": "amazon_order_id:028-0000000-0000001",
                    "parsed": {"field": "amazon_order_id", "match_all": "028-0000000-0000001"},
                    "warnings": [
                        {
                            "field": "amazon_order_id",
                            "message": "Invalid search field for this query.",
                            "code": "invalid_field",
                        }
                    ],
                }
            ]
        },
    }
)


def subscribe(shopify: Shopify) -> object:
    return shopify.subscribe("INVENTORY_LEVELS_UPDATE", "https://example.com/webhooks/shopify")


def reading(*replies: Reply) -> tuple[Stand, Shopify]:
    stand = Stand(VariantsCount=list(replies))
    return stand, shop_behind(stand)


def writing(*replies: Reply) -> tuple[Stand, Shopify]:
    stand = Stand(WebhookSubscribe=list(replies))
    return stand, shop_behind(stand)


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (answer({"errors": "Payment Required"}, status=402), Denied, r"HTTP 402 \(Payment Required\)"),
        (answer({"errors": "Locked"}, status=423), Denied, r"HTTP 423 \(Locked\)"),
        (answer({"errors": "[API] not approved"}, status=403), ConfigurationError, "HTTP 403"),
        (answer(b"<html>no</html>", status=404), ConfigurationError, "no such shop or API version"),
        (answer({"errors": {"query": "Required"}}, status=400), Rejected, "HTTP 400"),
        (ACCESS_DENIED, ConfigurationError, "`read_orders` access scope"),
        (INVALID_VARIABLE, Rejected, "INVALID_VARIABLE"),
        (MAX_COST, Rejected, "MAX_COST_EXCEEDED"),
        (MAX_INPUT, Rejected, "array size of 251"),
        (PROTECTED, Rejected, "not approved to use the phone field"),
        (UNDEFINED, Rejected, "undefinedField"),
        (answer({"errors": "Not Found"}), Rejected, "Not Found"),
        (IGNORED_FILTER, BadDocument, r"the search ignored amazon_order_id \(invalid_field\)"),
    ],
    ids=[
        "frozen shop",
        "locked shop",
        "forbidden",
        "not found",
        "bad request",
        "scope missing",
        "invalid variable",
        "too expensive",
        "array too long",
        "protected field with data beside it",
        "undefined field",
        "errors as a string",
        "search filter ignored",
    ],
)
def test_a_refused_read_is_not_tried_again(reply: Reply, error: type[InstepError], words: str) -> None:
    stand, shopify = reading(reply)

    with pytest.raises(error, match=words):
        shopify.variants_count()
    assert stand.operations == ["VariantsCount"]


@pytest.mark.parametrize(
    "reply",
    [
        INTERNAL,
        answer({}, status=500),
        answer(b"<html>Bad gateway</html>", status=502),
        answer({}, status=503),
        answer({}, status=408),
        answer(b"{", status=200),
        answer([1], status=200),
        answer({"extensions": {}}),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=["internal", "500", "502", "503", "408", "broken JSON", "a list", "no data", "timeout", "no connection", "cut"],
)
def test_a_failed_read_is_tried_five_times_and_then_unavailable(reply: Reply) -> None:
    stand, shopify = reading(reply)

    with pytest.raises(Unavailable, match="VariantsCount"):
        shopify.variants_count()
    assert stand.operations == ["VariantsCount"] * 5


def test_a_read_that_works_at_the_fifth_try_is_good() -> None:
    _, shopify = reading(INTERNAL, answer({}, status=502), httpx.ReadTimeout("slow"), httpx.ConnectError("no"), COUNT)

    assert shopify.variants_count() == 300


def test_the_waits_between_tries_are_dice_under_a_bound_that_doubles() -> None:
    stand, clock = Stand(VariantsCount=answer({}, status=500)), manual_clock()

    with pytest.raises(Unavailable):
        shop_behind(stand, clock).variants_count()
    assert [round(wait, 3) for wait in clock.sleeps] == [0.324, 0.302, 2.604, 0.579]
    assert all(wait <= bound for wait, bound in zip(clock.sleeps, [1, 2, 4, 8], strict=True))


@pytest.mark.parametrize(
    "reply",
    [
        INTERNAL,
        answer({}, status=500),
        answer({}, status=502),
        answer({}, status=408),
        answer(b"{", status=200),
        answer({"extensions": {}}),
        answer({"errors": [{"message": "something new", "extensions": {"code": "A_CODE_OF_LATER"}}]}),
        answer({"data": {"webhookSubscriptionCreate": {"userErrors": []}}, "errors": [{"message": "half done"}]}),
        data({"webhookSubscriptionCreate": None}),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("cut"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=[
        "internal",
        "500",
        "502",
        "408",
        "broken JSON",
        "no data",
        "an unknown code",
        "data and errors",
        "neither yes nor no",
        "timeout",
        "write cut",
        "answer cut",
    ],
)
def test_a_write_whose_outcome_is_unknown_is_never_sent_again(reply: Reply) -> None:
    stand, shopify = writing(reply)

    with pytest.raises(UnknownOutcome):
        subscribe(shopify)
    assert stand.operations == ["WebhookSubscribe"]


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        answer({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}),
        answer({"errors": "Exceeded 2 calls per second"}, status=429, headers={"Retry-After": "2.0"}),
    ],
    ids=["no connection", "connecting took too long", "throttled", "429"],
)
def test_a_write_that_was_certainly_not_applied_is_sent_again(reply: Reply) -> None:
    stand, shopify = writing(reply, MADE)

    subscribe(shopify)

    assert stand.operations == ["WebhookSubscribe"] * 2


@pytest.mark.parametrize("reply", [INVALID_VARIABLE, UNDEFINED, MAX_INPUT])
def test_a_write_refused_before_it_ran_is_rejected(reply: Reply) -> None:
    stand, shopify = writing(reply)

    with pytest.raises(Rejected):
        subscribe(shopify)
    assert stand.operations == ["WebhookSubscribe"]


def test_user_errors_are_a_rejection_with_place_and_words() -> None:
    _, shopify = writing(
        data(
            {
                "webhookSubscriptionCreate": {
                    "webhookSubscription": None,
                    "userErrors": [
                        {
                            "field": ["webhookSubscription", "uri"],
                            "message": "Address for this topic has already been taken",
                        },
                        {"field": None, "message": "and another thing"},
                    ],
                }
            }
        )
    )

    with pytest.raises(
        Rejected, match=r"at webhookSubscription\.uri: Address for this topic has already been taken \(and 1 more\)"
    ):
        subscribe(shopify)


def test_user_errors_carry_their_code() -> None:
    _, shopify = writing(
        data(
            {
                "orderCancel": {
                    "job": None,
                    "orderCancelUserErrors": [{"field": ["orderId"], "message": "no", "code": "NOT_FOUND"}],
                }
            }
        )
    )

    with pytest.raises(Rejected) as raised:
        subscribe(shopify)
    assert (raised.value.code, raised.value.operation) == ("NOT_FOUND", "WebhookSubscribe")


def test_an_error_carries_operation_status_code_and_request_id() -> None:
    _, shopify = writing(INTERNAL)

    with pytest.raises(UnknownOutcome) as raised:
        subscribe(shopify)
    error = raised.value
    assert (error.operation, error.status, error.code) == ("WebhookSubscribe", 200, "INTERNAL_SERVER_ERROR")
    assert error.request_id == "00000000-0000-4000-8000-000000000001"
    assert "Read back" in str(error)


@pytest.mark.parametrize("served", ["2026-07", "", "unstable"])
def test_an_answer_of_another_api_version_is_not_used(served: str) -> None:
    reply = httpx.Response(200, content=COUNT.content, headers={"X-Shopify-API-Version": served} if served else {})
    _, shopify = reading(reply)

    with pytest.raises(ConfigurationError, match="where 2026-10 was asked for"):
        shopify.variants_count()


def test_a_write_that_ran_on_another_api_version_has_an_unknown_outcome() -> None:
    _, shopify = writing(httpx.Response(200, content=MADE.content, headers={"X-Shopify-API-Version": "2027-01"}))

    with pytest.raises(UnknownOutcome, match="answered as API version 2027-01"):
        subscribe(shopify)


def test_too_many_requests_waits_as_long_as_it_says() -> None:
    stand = Stand(
        VariantsCount=[answer({"errors": "Exceeded 2 calls"}, status=429, headers={"Retry-After": "2.0"}), COUNT]
    )
    clock = manual_clock()

    shop_behind(stand, clock).variants_count()

    assert clock.sleeps == [2.0]


def test_a_430_without_a_wait_backs_off_and_is_throttled_in_the_end() -> None:
    stand, clock = Stand(VariantsCount=answer({}, status=430)), manual_clock()

    with pytest.raises(Throttled):
        shop_behind(stand, clock).variants_count()
    assert stand.operations == ["VariantsCount"] * 5
    assert all(wait <= 8 for wait in clock.sleeps)


def test_a_wait_of_minutes_is_left_to_the_caller() -> None:
    stand, clock = Stand(VariantsCount=answer({}, status=429, headers={"Retry-After": "3600"})), manual_clock()

    with pytest.raises(Throttled) as raised:
        shop_behind(stand, clock).variants_count()
    assert (raised.value.retry_after, clock.sleeps) == (3600.0, [])


def test_a_call_has_a_timeout_for_each_of_its_steps() -> None:
    stand, shopify = reading(COUNT)

    shopify.variants_count()

    assert stand.requests[0].extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 15.0, "pool": 5.0}
