"""Multi-Channel Fulfilment in the sandbox: every answer fits Amazon's model, through the whole life of an order."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.amazon.outbound_state import outbound_of
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running
from tests.amazon_caller import DE, UK, AmazonCaller
from tests.contract.models import fits

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ORDERS = "/fba/outbound/2020-07-01/fulfillmentOrders"
MODEL = "models/fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json"
JUG, SALT = "JUG-GLASS-FBA", "CELLAR,SALT"
ADDRESS = {
    "name": "Robin Sample",
    "addressLine1": "1 Sample Lane",
    "city": "Sampleton",
    "postalCode": "SA1 1AA",
    "countryCode": "GB",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(seed=11, skus=60, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as running_sandbox:
        yield running_sandbox


@pytest.fixture
def amazon(sandbox: Sandbox) -> Iterator[AmazonCaller]:
    with AmazonCaller(sandbox, check=fits) as caller:
        for stock in caller.account.fba.values():
            stock.fulfillable = 240
        yield caller


def line(sku: str, units: int, number: int = 1) -> dict[str, Any]:
    return {"sellerSku": sku, "sellerFulfillmentOrderItemId": f"line-{number}", "quantity": units}


def wanted(number: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "marketplaceId": UK,
        "sellerFulfillmentOrderId": number,
        "displayableOrderId": number,
        "displayableOrderDate": "2026-11-02T08:00:00Z",
        "displayableOrderComment": "Thank you",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": ADDRESS,
        "items": list(items),
        **more,
    }


def create(amazon: AmazonCaller, number: str, *items: dict[str, Any], **more: Any) -> httpx.Response:
    return amazon.call("POST", ORDERS, None, wanted(number, *items, **more))


def later(amazon: AmazonCaller, *, seconds: float = 0, hours: float = 0) -> None:
    """Let time pass, and come back with a token that is good then."""
    amazon.advance(seconds + 3600 * hours)
    amazon.token = amazon.new_token()


def told(amazon: AmazonCaller, number: str) -> dict[str, Any]:
    answer: dict[str, Any] = amazon.call("GET", f"{ORDERS}/{number}").json()["payload"]
    return answer


def status(amazon: AmazonCaller, number: str) -> str:
    return str(told(amazon, number)["fulfillmentOrder"]["fulfillmentOrderStatus"])


def test_an_order_goes_its_way_from_new_to_complete_in_several_packages(amazon: AmazonCaller) -> None:
    stock = outbound_of(amazon.account)
    answer = create(amazon, "way-1", line(JUG, 3), line(SALT, 1, 2))
    assert (answer.status_code, answer.json()) == (200, {})
    seen = [status(amazon, "way-1")]
    for seconds in (30, 60, 900):
        amazon.advance(seconds)
        seen.append(status(amazon, "way-1"))
    assert seen == ["New", "Received", "Planning", "Processing"]
    assert [each["fulfillmentShipmentStatus"] for each in told(amazon, "way-1")["fulfillmentShipments"]] == [
        "PENDING",
        "PENDING",
    ]
    later(amazon, hours=3)
    half = told(amazon, "way-1")["fulfillmentShipments"]
    assert [each["fulfillmentShipmentStatus"] for each in half] == ["SHIPPED", "PENDING"]
    later(amazon, hours=3)
    whole = told(amazon, "way-1")
    assert whole["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Complete"
    packages = [each for shipment in whole["fulfillmentShipments"] for each in shipment["fulfillmentShipmentPackage"]]
    assert len({each["trackingNumber"] for each in packages}) == 3
    number = packages[0]["packageNumber"]
    found = amazon.call("GET", "/fba/outbound/2020-07-01/tracking", {"packageNumber": number}).json()["payload"]
    assert found["trackingNumber"] == packages[0]["trackingNumber"]
    echo = stock.orders["way-1"].echo
    assert (echo.id[:4], echo.channel_name, echo.status) == ("S01-", "NON_AMAZON", "SHIPPED")
    shown = amazon.call("GET", f"/orders/2026-01-01/orders/{echo.id}").json()["order"]
    assert shown["salesChannel"]["channelName"] == "NON_AMAZON"


def test_units_are_reserved_at_once_and_gone_once_shipped(amazon: AmazonCaller) -> None:
    [stock] = [each for each in amazon.account.fba.values() if (each.sku, each.pool) == (JUG, "UK")]
    before = (stock.fulfillable, stock.reserved)
    create(amazon, "units-1", line(JUG, 2))
    assert (stock.fulfillable, stock.reserved) == (before[0] - 2, before[1] + 2)
    later(amazon, hours=5)
    assert (stock.fulfillable, stock.reserved) == (before[0] - 2, before[1])


def test_the_same_id_is_taken_once(amazon: AmazonCaller) -> None:
    assert create(amazon, "once-1", line(JUG, 1)).status_code == 200
    again = create(amazon, "once-1", line(JUG, 1))
    assert again.status_code == 400
    assert "already exists" in again.json()["errors"][0]["message"]
    assert sum(number == "once-1" for number in outbound_of(amazon.account).orders) == 1


def test_what_cannot_be_shipped_is_refused(amazon: AmazonCaller) -> None:
    statuses = [
        create(amazon, "x" * 41, line(JUG, 1)).status_code,
        create(amazon, "no-1", line("NO-SUCH-SKU", 1)).status_code,
        create(amazon, "no-2", line("007-ROPE", 1)).status_code,
        create(amazon, "no-3", line(JUG, 249)).status_code,
        create(amazon, "no-4", line(JUG, 251)).status_code,
        create(amazon, "no-5", line(JUG, 1), destinationAddress={**ADDRESS, "countryCode": "AU"}).status_code,
        create(amazon, "no-6", line(JUG, 1), destinationAddress={"name": "R"}).status_code,
        create(amazon, "no-7", line(JUG, 1), line(JUG, 1)).status_code,
        create(amazon, "no-8", line(JUG, 1), shippingSpeedCategory="Soon").status_code,
        create(amazon, "no-9", line(JUG, 1), marketplaceId="ATVPDKIKX0DER").status_code,
        amazon.call("GET", f"{ORDERS}/nobody").status_code,
        amazon.call("PUT", f"{ORDERS}/nobody/cancel").status_code,
        amazon.call("GET", "/fba/outbound/2020-07-01/tracking", {"packageNumber": 1}).status_code,
    ]
    assert statuses == [400] * 10 + [404, 404, 400]
    assert not any(number.startswith("no-") for number in outbound_of(amazon.account).orders)


def test_an_order_is_cancelled_in_time_and_not_too_late(amazon: AmazonCaller) -> None:
    create(amazon, "cancel-1", line(JUG, 1))
    create(amazon, "cancel-2", line(JUG, 1))
    assert amazon.call("PUT", f"{ORDERS}/cancel-1/cancel").status_code == 200
    assert status(amazon, "cancel-1") == "Cancelled"
    assert told(amazon, "cancel-1")["fulfillmentOrderItems"][0]["cancelledQuantity"] == 1
    later(amazon, seconds=1200)
    assert amazon.call("PUT", f"{ORDERS}/cancel-2/cancel").status_code == 400
    assert status(amazon, "cancel-2") == "Processing"


def test_an_order_is_updated_before_it_is_planned_only(amazon: AmazonCaller) -> None:
    create(amazon, "update-1", line(JUG, 1))
    path = f"{ORDERS}/update-1"
    assert amazon.call("PUT", path, None, {"shippingSpeedCategory": "Expedited"}).status_code == 200
    assert told(amazon, "update-1")["fulfillmentOrder"]["shippingSpeedCategory"] == "Expedited"
    amazon.advance(120)
    assert amazon.call("PUT", path, None, {"shippingSpeedCategory": "Standard"}).status_code == 400


def test_an_order_that_was_taken_can_still_fail(amazon: AmazonCaller) -> None:
    outbound = outbound_of(amazon.account)
    outbound.lost.add(SALT)
    create(amazon, "lost-1", line(JUG, 1), line(SALT, 1, 2))
    create(amazon, "lost-2", line(JUG, 1), line(SALT, 1, 2), fulfillmentPolicy="FillAllAvailable")
    later(amazon, hours=4)
    assert status(amazon, "lost-1") == "Unfulfillable"
    assert status(amazon, "lost-2") == "CompletePartialled"
    outbound.lost.clear()
    outbound.refused.add(SALT)
    create(amazon, "lost-3", line(SALT, 1))
    amazon.advance(60)
    assert status(amazon, "lost-3") == "Invalid"
    outbound.refused.clear()
    outbound.stuck.add(SALT)
    create(amazon, "lost-4", line(SALT, 1))
    later(amazon, hours=96)
    assert status(amazon, "lost-4") == "Planning"
    outbound.stuck.clear()


def test_a_list_without_a_start_reaches_back_a_day_and_a_half(amazon: AmazonCaller) -> None:
    for number in range(32):
        create(
            amazon,
            f"list-{number}",
            line(JUG, 1),
            marketplaceId=DE,
            destinationAddress={**ADDRESS, "countryCode": "DE"},
        )
    query = {"queryStartDate": "2026-01-01T00:00:00Z"}
    listed: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = amazon.call("GET", ORDERS, query | token).json()["payload"]
        assert len(page["fulfillmentOrders"]) <= 30
        listed += [each["sellerFulfillmentOrderId"] for each in page["fulfillmentOrders"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert sorted(listed) == sorted(outbound_of(amazon.account).orders)
    later(amazon, hours=60)
    create(amazon, "list-new", line(JUG, 1))
    recent = amazon.call("GET", ORDERS).json()["payload"]["fulfillmentOrders"]
    assert [each["sellerFulfillmentOrderId"] for each in recent] == ["list-new"]


@pytest.mark.parametrize(
    ("country", "sku", "units", "expected"),
    [("GB", JUG, 1, True), ("GB", JUG, 249, False), ("AU", JUG, 1, False), ("GB", "NO-SUCH-SKU", 1, False)],
)
def test_a_preview_says_whether_and_why_not(
    amazon: AmazonCaller, country: str, sku: str, units: int, expected: bool
) -> None:
    body = {"marketplaceId": UK, "address": {**ADDRESS, "countryCode": country}, "items": [line(sku, units)]}
    previews = amazon.call("POST", f"{ORDERS}/preview", None, body).json()["payload"]["fulfillmentPreviews"]
    assert {each["isFulfillable"] for each in previews} == {expected}
    for each in previews:
        why = each.get("orderUnfulfillableReasons") or each["unfulfillablePreviewItems"]
        assert bool(why) is not expected


def test_the_sandbox_answers_with_the_fields_of_the_official_examples(amazon: AmazonCaller) -> None:
    path = Path(os.environ["INSTEP_CONTRACTS"]) / "amazon" / "response_examples.jsonl"
    examples = {
        each["operation"]: each["response"]
        for each in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if each["model"] == MODEL
    }
    create(amazon, "example-1", line(JUG, 1))
    later(amazon, hours=5)
    mine = told(amazon, "example-1")
    theirs = examples["getFulfillmentOrder"]
    left_out = {"notificationEmails", "featureConstraints"}
    assert set(theirs["fulfillmentOrder"]) - set(mine["fulfillmentOrder"]) <= left_out
    assert set(theirs["fulfillmentShipments"][0]) - set(mine["fulfillmentShipments"][0]) <= {"estimatedArrivalDate"}
