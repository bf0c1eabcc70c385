"""Packages and money of the sandbox's Amazon against Amazon's own models: confirmShipment and listTransactions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.amazon.finances import refund_order
from sandbox.amazon.ordering import place_order
from sandbox.amazon.state import state_of
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running
from sandbox.world import AmazonOrder
from tests.amazon_caller import DE, UK, AmazonCaller
from tests.contract.models import fits, validate_request

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FINANCES = "/finances/2024-06-19/transactions"
ALL = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(seed=11, skus=80, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as running_sandbox:
        yield running_sandbox


@pytest.fixture
def amazon(sandbox: Sandbox) -> Iterator[AmazonCaller]:
    with AmazonCaller(sandbox, check=fits) as caller:
        yield caller


def placed(amazon: AmazonCaller, units: int = 3, sku: str = "007-ROPE", marketplace: str = UK) -> AmazonOrder:
    """An unshipped order of two hours ago."""
    return place_order(
        amazon.sandbox.world,
        amazon.account,
        [(sku, units)],
        marketplace_id=marketplace,
        status="UNSHIPPED",
        minutes_ago=120,
        takes_stock=False,
    )


def package(order: AmazonOrder, units: int, **changes: Any) -> dict[str, Any]:
    """A body of confirmShipment."""
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "Royal Mail",
        "trackingNumber": "AB123456785GB",
        "shipDate": "2026-11-02T08:30:00.000Z",
        "orderItems": [{"orderItemId": order.items[0].id, "quantity": units}],
    }
    return {"marketplaceId": order.marketplace_id, "packageDetail": {**detail, **changes}}


def confirm(amazon: AmazonCaller, order: AmazonOrder, body: dict[str, Any]) -> httpx.Response:
    return amazon.call("POST", f"/orders/v0/orders/{order.id}/shipmentConfirmation", None, body)


def told(amazon: AmazonCaller, order: AmazonOrder) -> dict[str, Any]:
    body: dict[str, Any] = amazon.call("GET", f"/orders/2026-01-01/orders/{order.id}", {"includedData": ALL}).json()[
        "order"
    ]
    return body


def message(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    text: str = answer.json()["errors"][0]["message"]
    return text


def test_a_package_is_confirmed_with_204_and_is_shown_with_the_order(amazon: AmazonCaller) -> None:
    order = placed(amazon)
    body = package(order, 2)
    validate_request("confirmShipment", {"orderId": order.id}, {}, body)
    answer = confirm(amazon, order, body)
    assert (answer.status_code, answer.content) == (204, b"")
    seen = told(amazon, order)
    assert seen["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert seen["orderItems"][0]["fulfillment"] == {"quantityFulfilled": 2, "quantityUnfulfilled": 1}
    assert [(each["packageReferenceId"], each["carrier"], each["trackingNumber"]) for each in seen["packages"]] == [
        ("1", "Royal Mail", "AB123456785GB")
    ]
    assert confirm(amazon, order, package(order, 1, packageReferenceId="2")).status_code == 204
    assert told(amazon, order)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_the_same_package_again_is_refused_with_words(amazon: AmazonCaller) -> None:
    order = placed(amazon, 1)
    assert confirm(amazon, order, package(order, 1)).status_code == 204
    assert "PackageToUpdateNotFound" in message(confirm(amazon, order, package(order, 1)))
    assert "PackageToUpdateNotFound" in message(confirm(amazon, order, package(order, 1, packageReferenceId="2")))
    corrected = package(order, 1, trackingNumber="XY000000005GB")
    assert confirm(amazon, order, corrected).status_code == 204
    assert told(amazon, order)["packages"][0]["trackingNumber"] == "XY000000005GB"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"packageReferenceId": "A-1"}, "positive numeric"),
        ({"packageReferenceId": "0"}, "positive numeric"),
        ({"carrierCode": "Pigeon Post"}, "carrierCode"),
        ({"carrierCode": "Other"}, "carrierName is required"),
        ({"trackingNumber": ""}, "lacks trackingNumber"),
        ({"shipDate": "02/11/2026"}, "ISO 8601"),
        ({"shipDate": "2026-11-02T09:10:00Z"}, "future"),
        ({"shipDate": "2026-11-01T09:00:00Z"}, "before the order"),
        ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "does not belong"),
    ],
    ids=["words", "zero", "carrier", "no name", "no number", "date", "future", "before", "item"],
)
def test_a_package_that_does_not_fit_the_order_is_refused(
    amazon: AmazonCaller, changes: dict[str, Any], words: str
) -> None:
    order = placed(amazon, 1)
    assert words in message(confirm(amazon, order, package(order, 1, **changes)))
    assert order.packages == {}


def test_more_than_is_left_is_refused(amazon: AmazonCaller) -> None:
    order = placed(amazon, 2)
    assert "more than is left" in message(confirm(amazon, order, package(order, 3)))
    pending = place_order(amazon.sandbox.world, amazon.account, [("007-ROPE", 1)], marketplace_id=UK)
    in_time = package(pending, 1, shipDate="2026-11-02T09:01:00Z")
    assert "PENDING" in message(confirm(amazon, pending, in_time))
    assert "marketplace" in message(confirm(amazon, order, {**package(order, 1), "marketplaceId": DE}))


def test_every_part_of_an_orders_money_fits_the_model(amazon: AmazonCaller) -> None:
    order = placed(amazon, 2, marketplace=DE)
    item = order.items[0]
    item.unit_price, item.shipping, item.gift_wrap = Decimal("20.00"), Decimal("4.99"), Decimal("3.00")
    item.promotion, item.shipping_promotion = Decimal("2.50"), Decimal("4.99")
    item.tax, item.shipping_tax, item.collected_by_amazon = Decimal("7.60"), Decimal("0.95"), True
    item.promotion_ids, item.points, item.gift_message, item.gift_level = ["SUMMER"], 20, "Hello", "CLASSIC"
    item.cancel_request, order.payment_method, order.tip = "No longer needed", "CreditCard", Decimal("1.00")
    seen = told(amazon, order)
    assert seen["proceeds"]["grandTotal"] == {"amount": "50.05", "currencyCode": "EUR"}
    assert seen["orderItems"][0]["proceeds"] == {
        "proceedsTotal": {"amount": "49.05", "currencyCode": "EUR"},
        "breakdowns": [
            {"type": "ITEM", "subtotal": {"amount": "40.00", "currencyCode": "EUR"}},
            {"type": "SHIPPING", "subtotal": {"amount": "4.99", "currencyCode": "EUR"}},
            {"type": "GIFT_WRAP", "subtotal": {"amount": "3.00", "currencyCode": "EUR"}},
            {
                "type": "DISCOUNT",
                "subtotal": {"amount": "-7.49", "currencyCode": "EUR"},
                "detailedBreakdowns": [
                    {"subtype": "ITEM", "value": {"amount": "-2.50", "currencyCode": "EUR"}},
                    {"subtype": "SHIPPING", "value": {"amount": "-4.99", "currencyCode": "EUR"}},
                ],
            },
            {
                "type": "TAX",
                "subtotal": {"amount": "8.55", "currencyCode": "EUR"},
                "detailedBreakdowns": [
                    {"subtype": "ITEM", "value": {"amount": "7.60", "currencyCode": "EUR"}},
                    {"subtype": "SHIPPING", "value": {"amount": "0.95", "currencyCode": "EUR"}},
                ],
            },
        ],
    }
    assert seen["orderItems"][0]["tax"]["taxCollections"][0]["model"] == "MARKETPLACE_FACILITATOR"
    assert seen["orderItems"][0]["cancellation"] == {
        "cancellationRequest": {"requester": "BUYER", "cancelReason": "No longer needed"}
    }


def transactions(amazon: AmazonCaller, **query: str) -> list[dict[str, Any]]:
    """Every transaction, through pages that may be empty."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        payload = amazon.call("GET", FINANCES, {**query, **token}).json()["payload"]
        found += payload["transactions"]
        if "nextToken" not in payload:
            return found
        token = {"nextToken": payload["nextToken"]}


def test_a_sale_is_deferred_and_later_released_under_the_same_id(amazon: AmazonCaller) -> None:
    order = placed(amazon, 2)
    confirm(amazon, order, package(order, 2))
    refund_order(amazon.sandbox.world, amazon.account, order, {order.items[0].id: 1})
    amazon.advance(180)
    by_order = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order.id}
    sale, refund = transactions(amazon, **by_order)
    assert (sale["transactionType"], sale["transactionStatus"]) == ("Shipment", "DEFERRED")
    assert (refund["transactionType"], refund["transactionStatus"]) == ("Refund", "RELEASED")
    price = float(order.items[0].unit_price)
    assert refund["items"][0]["breakdowns"][0]["breakdowns"][0]["breakdowns"] == [
        {
            "breakdownType": "OurPricePrincipal",
            "breakdownAmount": {"currencyCode": "GBP", "currencyAmount": -price},
            "breakdowns": [],
        }
    ]
    amazon.advance(timedelta(days=7).total_seconds())
    amazon.token = amazon.new_token()
    released = transactions(amazon, **by_order)[0]
    assert (released["transactionId"], released["transactionStatus"]) == (sale["transactionId"], "DEFERRED_RELEASED")


def test_pages_may_be_empty_and_a_long_window_is(amazon: AmazonCaller) -> None:
    state_of(amazon.sandbox.world, amazon.account).finances_page = 50
    now = amazon.sandbox.world.now()
    since = {"postedAfter": (now - timedelta(days=100)).isoformat()}
    first = amazon.call("GET", FINANCES, since).json()["payload"]
    second = amazon.call("GET", FINANCES, {**since, "nextToken": first["nextToken"]}).json()["payload"]
    assert (len(first["transactions"]), second["transactions"], "nextToken" in second) == (50, [], True)
    assert len({each["transactionId"] for each in transactions(amazon, **since)}) > 100
    changed = amazon.call("GET", FINANCES, {**since, "nextToken": first["nextToken"], "transactionStatus": "RELEASED"})
    assert "other arguments" in message(changed)
    long_ago = {"postedAfter": (now - timedelta(days=181)).isoformat()}
    assert amazon.call("GET", FINANCES, long_ago).json() == {"payload": {"transactions": []}}
    assert "cannot be null" in message(amazon.call("GET", FINANCES, {}))
    assert "two minutes" in message(amazon.call("GET", FINANCES, {"postedAfter": now.isoformat()}))
