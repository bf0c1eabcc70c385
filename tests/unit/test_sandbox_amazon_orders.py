"""Orders on the sandbox's Amazon: what a search finds, what it tells, and what each step does to stock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.clock import SandboxClock
from sandbox.people import CANARIES
from sandbox.server import running
from tests.amazon_caller import DE, UK, AmazonCaller

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LONG_AGO = "2026-09-01T00:00:00Z"


@pytest.fixture
def amazon() -> Iterator[AmazonCaller]:
    with (
        running(seed=7, skus=80, clock=SandboxClock(start=NOW, speed=0)) as sandbox,
        AmazonCaller(sandbox) as caller,
    ):
        yield caller


def order(amazon: AmazonCaller, sku: str = "007-ROPE", units: int = 1, **more: Any) -> str:
    answer = amazon.http.post("/sandbox/amazon/orders", json={"sku": sku, "units": units, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def step(amazon: AmazonCaller, order_id: str, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = amazon.http.post(f"/sandbox/amazon/orders/{order_id}/{name}").json()
    return answer


def get(amazon: AmazonCaller, order_id: str, included: str = "FULFILLMENT,PROCEEDS,BUYER,RECIPIENT") -> dict[str, Any]:
    body = amazon.call("GET", f"/orders/2026-01-01/orders/{order_id}", {"includedData": included}).json()
    found: dict[str, Any] = body["order"]
    return found


def test_a_pending_order_takes_its_units_at_once_and_has_no_prices(amazon: AmazonCaller) -> None:
    pending = get(amazon, order(amazon, units=3))
    assert amazon.shown("007-ROPE") == 15
    assert pending["fulfillment"]["fulfillmentStatus"] == "PENDING"
    assert "proceeds" not in pending
    assert "buyer" not in pending
    assert "price" not in pending["orderItems"][0]["product"]
    assert pending["orderItems"][0]["fulfillment"] == {"quantityFulfilled": 0, "quantityUnfulfilled": 3}


def test_a_released_order_has_its_money_as_text(amazon: AmazonCaller) -> None:
    order_id = order(amazon, units=3)
    assert step(amazon, order_id, "release") == {"done": True, "status": "UNSHIPPED"}
    released = get(amazon, order_id)
    assert released["proceeds"]["grandTotal"] == {"amount": "59.70", "currencyCode": "GBP"}
    assert released["orderItems"][0]["product"]["price"]["unitPrice"] == {"amount": "19.90", "currencyCode": "GBP"}


def test_data_sets_come_only_when_they_are_asked_for(amazon: AmazonCaller) -> None:
    order_id = order(amazon, status="UNSHIPPED")
    assert set(get(amazon, order_id, included="")) == {
        "orderId",
        "createdTime",
        "lastUpdatedTime",
        "programs",
        "salesChannel",
        "orderItems",
    }


def test_a_pending_order_that_is_cancelled_gives_its_units_back(amazon: AmazonCaller) -> None:
    order_id = order(amazon, units=3)
    assert step(amazon, order_id, "cancel") == {"done": True, "status": "CANCELLED"}
    assert amazon.shown("007-ROPE") == 18
    assert get(amazon, order_id)["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] == 0


def test_an_unshipped_order_that_is_cancelled_keeps_its_units(amazon: AmazonCaller) -> None:
    order_id = order(amazon, units=3, status="UNSHIPPED")
    step(amazon, order_id, "cancel")
    assert amazon.shown("007-ROPE") == 15


def test_a_shipped_order_cannot_be_cancelled(amazon: AmazonCaller) -> None:
    order_id = order(amazon, status="UNSHIPPED")
    assert step(amazon, order_id, "ship")["done"] is True
    assert step(amazon, order_id, "cancel") == {"done": False, "status": "SHIPPED"}


def test_an_order_can_be_found_two_minutes_after_it_came(amazon: AmazonCaller) -> None:
    order_id = order(amazon)

    def found() -> bool:
        answer = amazon.orders(lastUpdatedAfter="2026-11-02T08:59:00Z").json()
        return order_id in [each["orderId"] for each in answer["orders"]]

    amazon.advance(119)
    assert not found()
    amazon.advance(2)
    assert found()


def test_exactly_one_lower_bound_must_be_given(amazon: AmazonCaller) -> None:
    assert amazon.orders().status_code == 400
    assert amazon.orders(createdAfter=LONG_AGO, lastUpdatedAfter=LONG_AGO).status_code == 400
    assert amazon.orders(createdAfter=LONG_AGO, lastUpdatedBefore="2026-10-01T00:00:00Z").status_code == 400
    assert amazon.orders(createdAfter=LONG_AGO, createdBefore="2026-11-02T08:59:30Z").status_code == 400
    assert amazon.orders(createdAfter="2026-10-01T00:00:00").status_code == 400


def test_a_walk_through_the_pages_sees_every_order_once(amazon: AmazonCaller) -> None:
    page = amazon.orders(createdAfter=LONG_AGO, maxResultsPerPage=50).json()
    seen = [each["orderId"] for each in page["orders"]]
    while "pagination" in page:
        page = amazon.orders(
            createdAfter=LONG_AGO, maxResultsPerPage=50, paginationToken=page["pagination"]["nextToken"]
        ).json()
        seen += [each["orderId"] for each in page["orders"]]
    assert len(seen) == len(set(seen)) == len(amazon.account.orders) == 188


def test_a_pagination_token_lives_a_day_and_fits_only_the_same_question(amazon: AmazonCaller) -> None:
    token = amazon.orders(createdAfter=LONG_AGO, maxResultsPerPage=10).json()["pagination"]["nextToken"]
    assert amazon.orders(lastUpdatedAfter=LONG_AGO, paginationToken=token).status_code == 400
    amazon.advance(86_390)
    amazon.token = amazon.new_token()
    assert amazon.orders(createdAfter=LONG_AGO, paginationToken=token).status_code == 200
    amazon.advance(20)
    assert amazon.orders(createdAfter=LONG_AGO, paginationToken=token).status_code == 400


def test_the_echoes_of_multi_channel_orders_come_under_the_shops_own_number(amazon: AmazonCaller) -> None:
    answer = amazon.orders(createdAfter=LONG_AGO, marketplaceIds=f"{UK},{DE}", includedData="FULFILLMENT").json()
    page = answer["orders"] + _rest(amazon, answer, marketplaceIds=f"{UK},{DE}", includedData="FULFILLMENT")
    echoes = [each for each in page if each["salesChannel"]["channelName"] == "NON_AMAZON"]
    assert len(echoes) == 4
    assert {each["salesChannel"]["marketplaceId"] for each in echoes} == {"AZMDEXL2RVFNN"}
    assert {each["orderId"][:4] for each in echoes} == {"S01-"}
    assert {each["orderAliases"][0]["aliasId"][:4] for each in echoes} == {"MCF-"}


def _rest(amazon: AmazonCaller, answer: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    if "pagination" not in answer:
        return []
    token = answer["pagination"]["nextToken"]
    following = amazon.orders(createdAfter=LONG_AGO, paginationToken=token, **query).json()
    found: list[dict[str, Any]] = following["orders"]
    return found + _rest(amazon, following, **query)


def test_orders_can_be_filtered_by_status_and_by_who_ships(amazon: AmazonCaller) -> None:
    pending = amazon.orders(createdAfter=LONG_AGO, fulfillmentStatuses="PENDING", includedData="FULFILLMENT").json()
    assert sorted(each["orderItems"][0]["product"]["sellerSku"] for each in pending["orders"]) == [
        "KETTLE-COPPER",
        "KETTLE-STEEL",
    ]
    by_amazon = amazon.orders(createdAfter=LONG_AGO, fulfilledBy="AMAZON", includedData="FULFILLMENT").json()
    assert {each["fulfillment"]["fulfilledBy"] for each in by_amazon["orders"]} == {"AMAZON"}


def test_some_merchant_orders_have_no_address_and_no_fba_order_has_one(amazon: AmazonCaller) -> None:
    query = {"includedData": "RECIPIENT,FULFILLMENT", "fulfillmentStatuses": "SHIPPED"}
    first = amazon.orders(createdAfter=LONG_AGO, **query).json()
    orders = first["orders"] + _rest(amazon, first, **query)
    by = {"MERCHANT": [False, False], "AMAZON": [False, False]}
    for each in orders:
        by[each["fulfillment"]["fulfilledBy"]]["recipient" in each] = True
    assert by == {"MERCHANT": [True, True], "AMAZON": [True, False]}


def test_every_buyer_carries_the_canaries(amazon: AmazonCaller) -> None:
    text = amazon.orders(createdAfter=LONG_AGO, includedData="BUYER,RECIPIENT", fulfilledBy="MERCHANT").text.lower()
    assert all(canary in text for canary in CANARIES)


def test_a_repeated_page_and_a_half_answer_can_be_had(amazon: AmazonCaller) -> None:
    query = {"createdAfter": LONG_AGO, "maxResultsPerPage": 20}
    first = amazon.orders(**query).json()
    amazon.fault("repeated_page", "searchOrders", times=1)
    again = amazon.orders(**query, paginationToken=first["pagination"]["nextToken"]).json()
    assert again["orders"] == first["orders"]
    amazon.fault("empty_snapshot", "searchOrders", times=1)
    assert amazon.orders(**query).json()["orders"] == []


def test_the_staff_can_type_an_order_into_shopify(amazon: AmazonCaller) -> None:
    def stock() -> dict[str, int]:
        answer: dict[str, int] = amazon.http.get("/sandbox/shopify/stock", params={"sku": "007-ROPE"}).json()[
            "available"
        ]
        return answer

    order_id = order(amazon, units=3)
    assert step(amazon, order_id, "key-in") == {"done": False, "status": "PENDING"}
    assert stock() == {"Manchester": 12, "Leeds": 8}
    step(amazon, order_id, "release")
    assert step(amazon, order_id, "key-in") == {"done": True, "status": "UNSHIPPED"}
    assert stock() == {"Manchester": 9, "Leeds": 8}
    booked = [each for each in amazon.sandbox.world.shop.orders.values() if each.source_identifier == order_id]
    assert [(line.sku, line.quantity) for each in booked for line in each.lines] == [("007-ROPE", 3)]


def test_an_fba_order_takes_units_from_the_pool_of_its_marketplace(amazon: AmazonCaller) -> None:
    def fulfillable(marketplace: str) -> int:
        summary = amazon.fba(marketplace, details="true", sellerSku="JUG-GLASS-FBA").json()
        return int(summary["payload"]["inventorySummaries"][0]["inventoryDetails"]["fulfillableQuantity"])

    assert (fulfillable(UK), fulfillable(DE)) == (40, 20)
    amazon.advance(5)
    order(amazon, "JUG-GLASS-FBA", 2, country="DE")
    assert (fulfillable(UK), fulfillable(DE)) == (40, 18)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"sku": "NO-SUCH-SKU"}, "'NO-SUCH-SKU' is missing or unknown"),
        ({"sku": "007-ROPE", "units": 0}, "an order takes at least 1 unit of each SKU"),
        ({"sku": "007-ROPE", "status": "LOST"}, "status is 'LOST', expected one of PENDING_AVAILABILITY"),
    ],
)
def test_an_order_that_cannot_be_is_refused(amazon: AmazonCaller, body: dict[str, Any], told: str) -> None:
    answer = amazon.http.post("/sandbox/amazon/orders", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(told)
