"""The doors to packages and transactions on Amazon: what is sent, what counts as a yes, what is read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import BadDocument, Rejected, Throttled, UnknownOutcome
from resources.amazon_parts.shipments import ConfirmedPackage, is_nothing_left
from tests.unit.amazon_answers import START, UK, Answering, Desk, Reply, desk, error, ok

ORDER = "202-1234567-1234567"
PATH = f"POST /orders/v0/orders/{ORDER}/shipmentConfirmation"
HTML = Reply(503, b"<html>Service Unavailable</html>", {"content-type": "text/html"})
PACKAGE = ConfirmedPackage(
    order_id=ORDER,
    marketplace_id=UK.marketplace_id,
    reference="5512345678901",
    carrier_code="Other",
    carrier_name="Bike courier",
    tracking_number="T1",
    ship_at=START,
    items={"i2": 1, "i1": 2},
)


def answered(reply: Answering) -> Desk:
    at = desk()
    at.stand.on(PATH, reply)
    return at


def test_a_package_is_confirmed_in_amazons_words() -> None:
    at = answered(Reply(204, b"", {"x-amzn-RequestId": "req-7"}))
    assert at.account.confirm_shipment(PACKAGE) == "req-7"
    assert at.stand.asked[-1].json == {
        "marketplaceId": UK.marketplace_id,
        "packageDetail": {
            "packageReferenceId": "5512345678901",
            "carrierCode": "Other",
            "carrierName": "Bike courier",
            "trackingNumber": "T1",
            "shipDate": "2026-11-23T09:00:00.000Z",
            "orderItems": [{"orderItemId": "i1", "quantity": 2}, {"orderItemId": "i2", "quantity": 1}],
        },
    }


@pytest.mark.parametrize(
    "reply",
    [HTML, Reply(500), Reply(200, b"<html>fine</html>"), ok({}), ok({"payload": {}}), httpx.ReadTimeout("slow")],
    ids=["503 with a page", "500 and empty", "200 with a page", "200 and empty", "200 with a payload", "no answer"],
)
def test_only_a_204_is_a_yes_and_what_is_no_answer_leaves_it_open(reply: Answering) -> None:
    with pytest.raises(UnknownOutcome):
        answered(reply).account.confirm_shipment(PACKAGE)


@pytest.mark.parametrize(
    ("message", "nothing_left"),
    [
        ("PackageToUpdateNotFound", True),
        ("The order has already been fulfilled.", True),
        ("carrierCode is not valid", False),
    ],
)
def test_a_refusal_because_nothing_is_left_is_told_from_one_for_what_was_sent(message: str, nothing_left: bool) -> None:
    with pytest.raises(Rejected) as refused:
        answered(error(400, "InvalidInput", message)).account.confirm_shipment(PACKAGE)
    assert is_nothing_left(refused.value) is nothing_left


def test_a_confirmation_that_was_throttled_is_not_repeated_by_the_door() -> None:
    at = answered(error(429, "QuotaExceeded"))
    with pytest.raises(Throttled):
        at.account.confirm_shipment(PACKAGE)
    assert len([asked for asked in at.stand.asked if asked.path.startswith("/orders")]) == 1


def posted(name: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "transactionId": name,
        "transactionType": "Refund",
        "transactionStatus": "Released",
        "postedDate": "2026-11-22T08:00:00Z",
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
        "totalAmount": {"currencyAmount": -17.1, "currencyCode": "GBP"},
        "items": list(items),
        **more,
    }


def part(kind: str, amount: float, *below: dict[str, Any], currency: str = "GBP") -> dict[str, Any]:
    money = {"currencyAmount": amount, "currencyCode": currency}
    return {"breakdownType": kind, "breakdownAmount": money, "breakdowns": list(below)}


def read(*pages: dict[str, Any]) -> tuple[Desk, Any]:
    at = desk()
    at.stand.on("GET /finances/2024-06-19/transactions", *(ok({"payload": page}) for page in pages))
    return at, at.account.transactions(START - timedelta(days=3))


def test_a_transaction_comes_with_its_innermost_amounts_exactly_as_written() -> None:
    item = {
        "contexts": [{"contextType": "ProductContext", "sku": "MUG", "quantityShipped": 1}],
        "breakdowns": [
            part("ProductCharges", -19.9, part("OurPricePrincipal", -19.9)),
            part("AmazonFees", 2.8, part("Commission", 2.8, part("Base", 2.33), part("Tax", 0.47))),
        ],
    }
    totals = [part("Refunds", -17.1)]
    _, [found] = read({"transactions": [posted("t1", item, breakdowns=totals)]})
    assert [(line.seller_sku, line.quantity, line.path, line.amount) for line in found.lines] == [
        ("MUG", 1, "ProductCharges/OurPricePrincipal", Decimal("-19.9")),
        ("MUG", 1, "AmazonFees/Commission/Base", Decimal("2.33")),
        ("MUG", 1, "AmazonFees/Commission/Tax", Decimal("0.47")),
    ]
    row = found.transaction
    assert (row.amazon_order_id, row.status, row.amount) == (ORDER, "RELEASED", Decimal("-17.1"))
    assert sum(line.amount for line in found.lines) == row.amount


def test_a_transaction_whose_items_have_no_amounts_is_read_by_its_own() -> None:
    item = {"contexts": [{"contextType": "ProductContext", "sku": "MUG"}], "breakdowns": None}
    _, [found] = read({"transactions": [posted("t1", item, breakdowns=[part("FBAInventoryReimbursement", 6.22)])]})
    assert [(line.item, line.path, line.amount) for line in found.lines] == [
        (None, "FBAInventoryReimbursement", Decimal("6.22"))
    ]


def test_an_empty_page_in_between_is_no_end_and_each_transaction_comes_once() -> None:
    at, found = read(
        {"transactions": [posted("t1")], "nextToken": "a"},
        {"transactions": [], "nextToken": "b"},
        {"transactions": [posted("t2"), posted("t1", transactionStatus="DEFERRED_RELEASED")]},
    )
    assert {(each.transaction.transaction_id, each.transaction.status) for each in found} == {
        ("t1", "DEFERRED_RELEASED"),
        ("t2", "RELEASED"),
    }
    asked = [one.query for one in at.stand.asked if one.path.startswith("/finances")]
    assert [query.get("nextToken") for query in asked] == [None, "a", "b"]
    assert len({query["postedAfter"] for query in asked}) == 1


def test_a_long_span_is_asked_for_in_windows_that_amazon_answers() -> None:
    at = desk()
    at.stand.on("GET /finances/2024-06-19/transactions", ok({"payload": {}}))
    at.account.transactions(START - timedelta(days=400))
    asked = [one.query for one in at.stand.asked if one.path.startswith("/finances")]
    assert [(query["postedAfter"][:10], query["postedBefore"][:10]) for query in asked] == [
        ("2025-10-19", "2026-04-16"),
        ("2026-04-16", "2026-10-12"),
        ("2026-10-12", "2026-11-23"),
    ]
    assert asked[-1]["postedBefore"] == "2026-11-23T08:57:30.000Z"
    assert not any("marketplaceId" in query for query in asked)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (posted("t1", totalAmount={"currencyAmount": "1.00", "currencyCode": "GBP"}), "expected a number"),
        (posted("t1", totalAmount={}), "expected a number"),
        (
            posted("t1", {"breakdowns": [part("ProductCharges", -1.0, currency="EUR")]}),
            "currencies are never added up",
        ),
    ],
    ids=["an amount as a text", "no amount", "two currencies"],
)
def test_a_transaction_that_cannot_be_read_is_refused_by_name(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadDocument, match=said) as refused:
        read({"transactions": [wrong]})
    assert "transaction t1" in str(refused.value)


def test_packages_and_cancellations_come_with_the_order_and_nobodys_words() -> None:
    at = desk()
    body = {
        "orderId": ORDER,
        "createdTime": "2026-11-22T08:00:00Z",
        "lastUpdatedTime": "2026-11-22T09:00:00Z",
        "salesChannel": {"channelName": "AMAZON"},
        "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [
            {
                "orderItemId": "i1",
                "quantityOrdered": 3,
                "product": {"sellerSku": "MUG"},
                "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 1},
                "cancellation": {
                    "cancellationRequest": {"requester": "BUYER", "cancelReason": "my wife Zoe bought one"},
                    "cancellationExecution": {"cancelledBy": "MERCHANT", "cancelReason": "as asked by Zoe"},
                },
            }
        ],
        "packages": [
            {
                "packageReferenceId": "7",
                "createdTime": "2026-11-22T08:30:00Z",
                "packageStatus": {"status": "IN_TRANSIT", "detailedStatus": "PICKED_UP"},
                "carrier": "UPS",
                "trackingNumber": "1Z9",
                "shipFromAddress": {"name": "Warehouse of Zoe"},
                "packageItems": [{"orderItemId": "i1", "quantity": 1}],
            }
        ],
    }
    at.stand.on(f"GET /orders/2026-01-01/orders/{ORDER}", ok({"order": body}))
    found = at.account.order_reading(ORDER)
    [package], [content], [cancelled] = found.packages, found.package_items, found.cancellations
    assert (package.package_reference_id, package.status, package.tracking_number) == ("7", "IN_TRANSIT", "1Z9")
    assert (content.order_item_id, content.quantity) == ("i1", 1)
    assert (cancelled.requested_by, cancelled.cancelled_by) == ("BUYER", "MERCHANT")
    assert found.items[0].quantity_cancelled == 1
    assert "Zoe" not in repr(found)
    assert at.stand.asked[-1].query["includedData"] == "PROCEEDS,FULFILLMENT,TAX,PACKAGES,CANCELLATION"
