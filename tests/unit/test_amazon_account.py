"""One region account: what it shows, what was ordered, what lies in FBA, and the one quantity it may be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem, Availability, FbaInventory
from integration_assets.contracts.errors import BadDocument, ConfigurationError, InstepError, Rejected
from integration_assets.rules.marketplaces import by_country
from resources.amazon import Amazon
from resources.amazon_parts.access import accesses
from resources.amazon_parts.parse import Issue
from resources.clock import ManualClock
from resources.operating_model import parse as parse_model
from tests.unit.amazon_answers import DE, SELLER, START, UK, Stand, Turns, access, desk, error, ok

SEARCH = f"GET /listings/2021-08-01/items/{SELLER}"
PATCH = f"PATCH /listings/2021-08-01/items/{SELLER}/SKU-1"
ORDERS = "GET /orders/2026-01-01/orders"
FBA = "GET /fba/inventory/v1/summaries"
SELLERS = "GET /sellers/v1/marketplaceParticipations"


def item(sku: str, *offers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A listings item as Amazon tells it."""
    return {"sku": sku, "fulfillmentAvailability": list(offers), **more}


def mfn(quantity: int | None) -> dict[str, Any]:
    return {"fulfillmentChannelCode": "DEFAULT", **({} if quantity is None else {"quantity": quantity})}


def found(*items: dict[str, Any], token: str | None = None) -> Any:
    return ok({"numberOfResults": len(items), "items": list(items), "pagination": {"nextToken": token}})


def shown(sku: str, quantity: int | None, *channels: str) -> Availability:
    return Availability(
        region="eu",
        seller_sku=sku,
        fulfillment_channels=channels,
        quantity=quantity,
        product_type=None,
        issue_codes=(),
        read_at=START,
    )


def test_availability_is_what_amazon_shows_and_not_what_the_attributes_say() -> None:
    at = desk()
    listing = item(
        "SKU-1",
        {"fulfillmentChannelCode": "DEFAULT", "quantity": 4},
        attributes={"fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 99}]},
        summaries=[{"marketplaceId": UK.marketplace_id, "productType": "MUG", "status": ["BUYABLE"]}],
        issues=[
            {"code": "90220", "severity": "ERROR", "message": "m", "categories": []},
            {"code": "18027", "severity": "ERROR", "message": "m", "categories": []},
            {"code": "18027", "severity": "ERROR", "message": "n", "categories": []},
            {"code": "99999", "severity": "WARNING", "message": "m", "categories": []},
        ],
    )
    at.stand.on(SEARCH, found(listing))
    assert at.account.search_availability(["SKU-1"]) == [
        Availability(
            region="eu",
            seller_sku="SKU-1",
            fulfillment_channels=("DEFAULT",),
            quantity=4,
            product_type="MUG",
            issue_codes=("18027", "90220"),
            read_at=START,
        )
    ]
    assert at.stand.sent(SEARCH)[0].query == {
        "marketplaceIds": "A1F83G8C2ARO7P",
        "identifiersType": "SKU",
        "identifiers": "SKU-1",
        "includedData": "summaries,fulfillmentAvailability,issues",
        "pageSize": "20",
    }


def test_a_quantity_that_is_not_told_is_not_zero() -> None:
    at = desk()
    fba = {"fulfillmentChannelCode": "AMAZON_EU", "quantity": 50}
    at.stand.on(SEARCH, found(item("A", mfn(None)), item("B", fba), item("C", mfn(0)), item("D", fba, mfn(3))))
    assert at.account.search_availability(["A", "B", "C", "D"]) == [
        shown("A", None, "DEFAULT"),
        shown("B", None, "AMAZON_EU"),
        shown("C", 0, "DEFAULT"),
        shown("D", 3, "AMAZON_EU", "DEFAULT"),
    ]


def test_a_reading_is_dated_when_it_was_asked_for() -> None:
    at = desk(turns=Turns(30.0))
    at.stand.on(SEARCH, found(item("A", mfn(1))))
    assert at.account.search_availability(["A"])[0].read_at == START + timedelta(seconds=30)


def test_skus_are_matched_letter_by_letter_and_unknown_ones_are_absent() -> None:
    at = desk()
    at.stand.on(SEARCH, found(item("abc", mfn(1)), item("ABC", mfn(2)), item("stranger", mfn(3))))
    assert at.account.search_availability(["ABC", "gone", "ABC"]) == [shown("ABC", 2, "DEFAULT")]


def test_twenty_skus_go_in_one_call() -> None:
    at = desk(granted=access(marketplaces=(UK,)))
    at.stand.on(SEARCH, found())
    at.account.search_availability([f"S{number}" for number in range(41)])
    assert [one.query["identifiers"].count(",") + 1 for one in at.stand.sent(SEARCH)] == [20, 20, 1]
    assert at.account.search_availability([]) == []
    assert len(at.stand.sent(SEARCH)) == 3


def test_other_marketplaces_are_asked_only_for_what_the_first_does_not_show() -> None:
    at = desk()
    at.stand.on(SEARCH, found(item("A", mfn(1)), item("C")), found(item("B", mfn(2))))
    assert at.account.search_availability(["A", "B", "C"]) == [
        shown("A", 1, "DEFAULT"),
        shown("B", 2, "DEFAULT"),
        shown("C", None),
    ]
    first, second = at.stand.sent(SEARCH)
    assert (first.query["marketplaceIds"], first.query["identifiers"]) == ("A1F83G8C2ARO7P", "A,B,C")
    assert (second.query["marketplaceIds"], second.query["identifiers"]) == ("A1PA6795UKMFR9", "B,C")


@pytest.mark.parametrize(
    ("sku", "path"), [("A,B", "A%2CB"), (" A", "%20A"), ("A ", "A%20"), ('A"B', "A%22B")], ids=repr
)
def test_a_sku_that_a_list_cannot_carry_is_looked_up_alone(sku: str, path: str) -> None:
    at = desk()
    alone = f"GET /listings/2021-08-01/items/{SELLER}/{path}"
    at.stand.on(SEARCH, found(item("B", mfn(2))))
    at.stand.on(alone, error(404, "NOT_FOUND"), ok(item(sku, mfn(1))))
    assert at.account.search_availability([sku, "B"]) == [shown(sku, 1, "DEFAULT"), shown("B", 2, "DEFAULT")]
    assert [one.query["marketplaceIds"] for one in at.stand.sent(alone)] == ["A1F83G8C2ARO7P", "A1PA6795UKMFR9"]
    assert [one.query["identifiers"] for one in at.stand.sent(SEARCH)] == ["B"]


def test_a_sku_nobody_knows_is_absent_but_a_refusal_is_told() -> None:
    at = desk()
    alone = f"GET /listings/2021-08-01/items/{SELLER}/A%2CB"
    at.stand.on(alone, error(404, "NOT_FOUND"))
    assert at.account.search_availability(["A,B"]) == []
    at.stand.on(alone, error(400, "InvalidInput"))
    with pytest.raises(Rejected, match="getListingsItem SKU A,B answered 400"):
        at.account.search_availability(["A,B"])


@pytest.mark.parametrize("sku", ["", " ", ".", ".."])
def test_a_sku_that_would_name_another_address_is_not_asked_for(sku: str) -> None:
    at = desk()
    with pytest.raises(InstepError, match="cannot be asked for"):
        at.account.search_availability([sku])
    with pytest.raises(InstepError, match="cannot be asked for"):
        at.account.patch_quantity(sku, 1)
    assert at.stand.asked == []


def test_every_page_of_a_search_is_read() -> None:
    at = desk()
    at.stand.on(SEARCH, found(item("A", mfn(1)), token="t-1"), found(item("B", mfn(2))))
    assert [row.seller_sku for row in at.account.search_availability(["A", "B"])] == ["A", "B"]
    assert at.stand.sent(SEARCH)[1].query["pageToken"] == "t-1"
    assert at.stand.sent(SEARCH)[1].query["identifiers"] == "A,B"


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        (item("A", mfn(1), mfn(2)), "expected one quantity"),
        (item("A", {"fulfillmentChannelCode": "DEFAULT", "quantity": -1}), "whole number of units"),
        (item("A", {"fulfillmentChannelCode": "DEFAULT", "quantity": 1.5}), "whole number of units"),
        (item("A", {"quantity": 1}), "no fulfillmentChannelCode"),
        ({"fulfillmentAvailability": []}, "no sku"),
        ({"sku": "A", "fulfillmentAvailability": {"quantity": 1}}, "not a list of objects"),
    ],
)
def test_a_listing_that_cannot_be_read_is_refused(listing: dict[str, Any], told: str) -> None:
    at = desk()
    at.stand.on(SEARCH, found(listing))
    with pytest.raises(BadDocument, match=told):
        at.account.search_availability(["A"])


def test_a_quantity_is_merged_so_that_lead_times_survive() -> None:
    at = desk()
    at.stand.on(PATCH, ok({"sku": "SKU-1", "status": "ACCEPTED", "submissionId": "sub-1", "issues": []}))
    receipt = at.account.patch_quantity("SKU-1", 12)
    assert (receipt.status, receipt.submission_id, receipt.issues) == ("ACCEPTED", "sub-1", ())
    (asked,) = at.stand.sent(PATCH)
    assert asked.json == {
        "productType": "PRODUCT",
        "patches": [
            {
                "op": "merge",
                "path": "/attributes/fulfillment_availability",
                "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 12}],
            }
        ],
    }
    assert asked.headers["content-type"] == "application/json"
    assert "mode" not in asked.query


def test_a_receipt_that_says_invalid_names_the_issues() -> None:
    at = desk()
    issue = {
        "code": "90000900",
        "severity": "ERROR",
        "message": "bad",
        "attributeNames": ["quantity"],
        "categories": [],
    }
    at.stand.on(PATCH, ok({"sku": "SKU-1", "status": "INVALID", "submissionId": "sub-1", "issues": [issue]}))
    receipt = at.account.patch_quantity("SKU-1", 12)
    assert receipt.status == "INVALID"
    assert receipt.issues == (Issue("90000900", "ERROR", "bad", ("quantity",)),)


def test_a_preview_changes_nothing_so_it_is_tried_again() -> None:
    at = desk()
    valid = {"sku": "SKU-1", "status": "VALID", "submissionId": "sub-1"}
    at.stand.on(PATCH, error(503), ok({**valid, "sku": "SKU-2"}))
    with pytest.raises(BadDocument, match="is for SKU 'SKU-2'"):
        at.account.patch_quantity("SKU-1", 12, preview=True)
    at.stand.on(PATCH, error(503), ok(valid))
    assert at.account.patch_quantity("SKU-1", 12, product_type="MUG", preview=True).status == "VALID"
    assert at.stand.asked[-1].query["mode"] == "VALIDATION_PREVIEW"
    assert at.stand.asked[-1].json["productType"] == "MUG"


def order(order_id: str = "203-1", **more: Any) -> dict[str, Any]:
    """An order as Amazon tells it, the buyer included who is never asked for."""
    return {
        "orderId": order_id,
        "createdTime": "2026-11-23T08:00:00Z",
        "lastUpdatedTime": "2026-11-23T08:10:00.5Z",
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": UK.marketplace_id,
            "marketplaceName": "Amazon.co.uk",
        },
        "buyer": {"buyerName": "canary-buyer", "buyerEmail": "canary@example.com"},
        "recipient": {"deliveryAddress": {"name": "canary-recipient"}},
        "proceeds": {"grandTotal": {"amount": "34.99", "currencyCode": "GBP"}},
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "shipByWindow": {"earliestDateTime": "2026-11-24T00:00:00Z", "latestDateTime": "2026-11-25T00:59:59+01:00"},
        },
        "orderItems": [
            {
                "orderItemId": "i-1",
                "quantityOrdered": 3,
                "product": {
                    "asin": "B1",
                    "sellerSku": "SKU-1",
                    "price": {"unitPrice": {"amount": "10.00", "currencyCode": "GBP"}},
                },
                "proceeds": {"proceedsTotal": {"amount": "30.00", "currencyCode": "GBP"}},
                "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 2},
            }
        ],
        **more,
    }


def orders_page(*orders: dict[str, Any], token: str | None = None) -> Any:
    return ok({"orders": list(orders), **({"pagination": {"nextToken": token}} if token else {})})


def test_an_order_comes_with_its_items_and_without_its_buyer() -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page(order()))
    ((found_order, items),) = at.account.orders(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    assert found_order == AmazonOrder(
        amazon_order_id="203-1",
        region="eu",
        marketplace_id="A1F83G8C2ARO7P",
        channel_name="AMAZON",
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        created_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        last_updated_at=datetime(2026, 11, 23, 8, 10, 0, 500_000, tzinfo=UTC),
        ship_by_at=datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC),
        deliver_by_at=None,
        service_level=None,
        currency="GBP",
        total=Decimal("34.99"),
        order_charges=Decimal(0),
    )
    assert items == [
        AmazonOrderItem(
            amazon_order_id="203-1",
            order_item_id="i-1",
            seller_sku="SKU-1",
            asin="B1",
            quantity_ordered=3,
            quantity_fulfilled=1,
            quantity_unfulfilled=2,
            quantity_cancelled=0,
            title=None,
            gift_wrap_level=None,
            currency="GBP",
            unit_price=Decimal("10.00"),
            item_total=Decimal("30.00"),
            item_price=None,
            shipping_price=None,
            gift_wrap_price=None,
            other_charges=None,
            promotion=None,
            shipping_promotion=None,
            tax=None,
            shipping_tax=None,
            gift_wrap_tax=None,
            tax_collected_by=None,
        )
    ]
    assert "canary" not in repr((found_order, items))
    assert at.stand.sent(ORDERS)[0].query == {
        "lastUpdatedAfter": "2026-11-23T07:00:00.000Z",
        "lastUpdatedBefore": "2026-11-23T08:57:30.000Z",
        "marketplaceIds": "A1F83G8C2ARO7P,A1PA6795UKMFR9",
        "includedData": "PROCEEDS,FULFILLMENT,TAX,PACKAGES,CANCELLATION",
        "maxResultsPerPage": "100",
    }


def test_an_order_without_money_or_fulfilment_is_kept_as_it_is() -> None:
    at = desk()
    pending = order(
        proceeds={"grandTotal": {"currencyCode": "GBP"}},
        fulfillment=None,
        salesChannel={"channelName": "NON_AMAZON"},
        orderItems=[{"orderItemId": "i-1", "quantityOrdered": 2, "product": {}}],
    )
    at.stand.on(ORDERS, orders_page(pending))
    ((found_order, (line,)),) = at.account.orders(START - timedelta(hours=1))
    assert (found_order.status, found_order.channel_name, found_order.marketplace_id) == ("UNKNOWN", "NON_AMAZON", None)
    assert (found_order.total, found_order.currency, found_order.ship_by_at) == (None, None, None)
    assert (line.quantity_ordered, line.quantity_fulfilled, line.quantity_unfulfilled) == (2, 0, 2)
    assert (line.seller_sku, line.unit_price, line.item_total, line.currency) == (None, None, None, None)


@pytest.mark.parametrize(
    ("status", "fulfilled", "unfulfilled"),
    [("SHIPPED", 2, 0), ("CANCELLED", 0, 0), ("PENDING", 0, 2), ("A_STATUS_OF_TOMORROW", 0, 2)],
)
def test_units_that_are_not_told_follow_from_the_status(status: str, fulfilled: int, unfulfilled: int) -> None:
    at = desk()
    told = {"fulfillmentStatus": status}
    lines = [{"orderItemId": "i-1", "quantityOrdered": 2, "product": {}}]
    at.stand.on(ORDERS, orders_page(order(fulfillment=told, orderItems=lines)))
    ((found_order, (line,)),) = at.account.orders(START - timedelta(hours=1))
    assert found_order.status == status
    assert (line.quantity_fulfilled, line.quantity_unfulfilled) == (fulfilled, unfulfilled)


def test_every_page_of_orders_is_read_with_the_same_window() -> None:
    at = desk(turns=Turns(0.0, 178.0))
    at.stand.on(ORDERS, orders_page(order("203-1"), token="t-1"), orders_page(order("203-2")))
    found_ids = [found_order.amazon_order_id for found_order, _ in at.account.orders(START - timedelta(hours=1))]
    assert found_ids == ["203-1", "203-2"]
    first, second = at.stand.sent(ORDERS)
    assert second.query == {**first.query, "paginationToken": "t-1"}


def test_an_order_that_changes_during_the_walk_comes_once_as_seen_last() -> None:
    at = desk()
    older = order(fulfillment={"fulfillmentStatus": "PENDING"}, lastUpdatedTime="2026-11-23T08:00:00Z")
    at.stand.on(ORDERS, orders_page(order(), token="t-1"), orders_page(older, order("203-2")))
    found_orders = [found_order for found_order, _ in at.account.orders(START - timedelta(hours=1))]
    assert [(one.amazon_order_id, one.status) for one in found_orders] == [
        ("203-1", "UNSHIPPED"),
        ("203-2", "UNSHIPPED"),
    ]


@pytest.mark.parametrize("last", [error(500), error(400, "InvalidInput", "token expired")])
def test_half_a_walk_hands_out_no_order(last: Any) -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page(order(), token="t-1"), last)
    with pytest.raises(Exception, match="searchOrders answered"):
        at.account.orders(START - timedelta(hours=1))


def test_orders_that_go_in_circles_are_refused() -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page(order(), token="t-1"), orders_page(order(), token="t-2"))
    with pytest.raises(BadDocument, match="searchOrders gave the same page twice"):
        at.account.orders(START - timedelta(hours=1))


def test_nothing_is_asked_about_the_last_two_minutes_and_a_margin_for_clocks() -> None:
    at = desk()
    assert list(at.account.orders(START - timedelta(seconds=100))) == []
    assert at.stand.asked == []
    assert at.account.settled_until() == START - timedelta(seconds=150)


def test_a_window_ends_where_it_is_told_to_and_never_within_two_minutes_and_a_margin_for_clocks() -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page())
    at.account.orders(START - timedelta(hours=2), updated_before=START - timedelta(hours=1), marketplaces=[DE])
    at.account.orders(START - timedelta(hours=2), updated_before=START)
    first, second = at.stand.sent(ORDERS)
    assert first.query["lastUpdatedBefore"] == "2026-11-23T08:00:00.000Z"
    assert first.query["marketplaceIds"] == "A1PA6795UKMFR9"
    assert second.query["lastUpdatedBefore"] == "2026-11-23T08:57:30.000Z"


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(InstepError, match="without an offset"):
        desk().account.orders(datetime(2026, 11, 1))  # noqa: DTZ001 (what is refused)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"createdTime": "2026-11-23T08:00:00"}, "ISO 8601 with an offset"),
        ({"lastUpdatedTime": None}, "ISO 8601 with an offset"),
        ({"proceeds": {"grandTotal": {"amount": "12,50", "currencyCode": "EUR"}}}, "expected a decimal number"),
        ({"proceeds": {"grandTotal": {"amount": "NaN", "currencyCode": "EUR"}}}, "expected a decimal number"),
        ({"proceeds": {"grandTotal": {"amount": "12.50"}}}, "and a currency"),
        ({"orderItems": [{"orderItemId": "i-1", "product": {}}]}, "quantityOrdered None"),
        ({"salesChannel": None}, "order 203-1 has no salesChannel"),
        ({"fulfillment": "none"}, "order 203-1 has parts in a shape that cannot be read"),
    ],
)
def test_an_order_that_cannot_be_read_is_named_and_the_others_are_read(change: dict[str, Any], told: str) -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page(order(**change), order("203-2")))
    page = at.account.order_readings(START - timedelta(hours=1))
    assert [each.order.amazon_order_id for each in page.orders] == ["203-2"]
    [(order_id, why)] = page.unreadable.items()
    assert order_id == "203-1"
    assert told in why
    assert "203-1" in why


def test_what_was_seen_last_of_an_order_counts_whether_or_not_it_can_be_read() -> None:
    at = desk()
    broken = order("203-1", createdTime="yesterday")
    at.stand.on(ORDERS, orders_page(broken, order("203-2"), token="t-1"), orders_page(order("203-1"), order("203-3")))
    page = at.account.order_readings(START - timedelta(hours=1))
    assert (len(page.orders), page.unreadable) == (3, {})


def test_an_answer_with_an_order_without_an_id_is_refused_as_a_whole() -> None:
    at = desk()
    at.stand.on(ORDERS, orders_page(order("203-1", orderId=None), order("203-2")))
    with pytest.raises(BadDocument, match="an order has no orderId"):
        at.account.order_readings(START - timedelta(hours=1))


def summary(sku: str = "SKU-1", **more: Any) -> dict[str, Any]:
    """An FBA inventory summary with details."""
    return {
        "asin": "B1",
        "fnSku": "X001",
        "sellerSku": sku,
        "condition": "NewItem",
        "inventoryDetails": {
            "fulfillableQuantity": 7,
            "inboundWorkingQuantity": 1,
            "inboundShippedQuantity": 2,
            "inboundReceivingQuantity": 3,
            "reservedQuantity": {"totalReservedQuantity": 4, "pendingCustomerOrderQuantity": 4},
            "researchingQuantity": {"totalResearchingQuantity": 5},
            "unfulfillableQuantity": {"totalUnfulfillableQuantity": 6, "defectiveQuantity": 6},
        },
        "totalQuantity": 28,
        **more,
    }


def fba_page(*rows: dict[str, Any], token: str | None = None) -> Any:
    body: dict[str, Any] = {"payload": {"granularity": {}, "inventorySummaries": list(rows)}}
    return ok(body | ({"pagination": {"nextToken": token}} if token else {}))


def test_fba_units_are_told_by_what_can_be_done_with_them() -> None:
    at = desk()
    at.stand.on(FBA, fba_page(summary()))
    assert at.account.fba_inventory(DE) == [
        FbaInventory(
            region="eu",
            pool="EU",
            fnsku="X001",
            seller_sku="SKU-1",
            asin="B1",
            condition="NewItem",
            fulfillable=7,
            reserved=4,
            inbound=6,
            unfulfillable=6,
            researching=5,
            total=28,
        )
    ]
    assert at.stand.sent(FBA)[0].query == {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": "A1PA6795UKMFR9",
        "marketplaceIds": "A1PA6795UKMFR9",
    }


@pytest.mark.parametrize(("country", "pool"), [("UK", "UK"), ("FR", "EU"), ("CA", "NA"), ("JP", "JP")])
def test_a_marketplace_shows_the_units_of_its_pool(country: str, pool: str) -> None:
    at = desk()
    at.stand.on(FBA, fba_page(summary()))
    assert at.account.fba_inventory(by_country(country))[0].pool == pool


def test_a_dead_page_token_starts_the_walk_again() -> None:
    at = desk()
    dead = error(400, "InvalidInput", "Next token is expired")
    at.stand.on(
        FBA, fba_page(summary("A"), token="t-1"), dead, fba_page(summary("A"), token="t-2"), fba_page(summary("B"))
    )
    assert [row.seller_sku for row in at.account.fba_inventory(DE)] == ["A", "B"]
    assert [one.query.get("nextToken") for one in at.stand.sent(FBA)] == [None, "t-1", None, "t-2"]
    assert at.stand.sent(FBA)[3].query["granularityId"] == "A1PA6795UKMFR9"


def test_a_page_token_that_always_dies_ends_the_walk_with_nothing() -> None:
    at = desk()
    dead = error(400, "InvalidInput", "Next token is expired")
    at.stand.on(FBA, *[fba_page(summary(), token="t-1"), dead] * 3)
    with pytest.raises(Rejected, match="Next token is expired"):
        at.account.fba_inventory(DE)
    assert len(at.stand.sent(FBA)) == 6


def test_a_refused_first_page_is_not_asked_for_again() -> None:
    at = desk()
    at.stand.on(FBA, error(400, "InvalidInput"))
    with pytest.raises(Rejected, match="getInventorySummaries of DE answered 400"):
        at.account.fba_inventory(DE)
    assert len(at.stand.sent(FBA)) == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (summary(inventoryDetails=None), "no inventoryDetails"),
        (summary(inventoryDetails={}), "fulfillableQuantity None"),
        (summary(totalQuantity=-1), "totalQuantity -1"),
        (summary(sellerSku=""), "no sellerSku"),
    ],
)
def test_fba_units_that_are_not_told_are_not_zero(row: dict[str, Any], told: str) -> None:
    at = desk()
    at.stand.on(FBA, fba_page(row))
    with pytest.raises(BadDocument, match=told):
        at.account.fba_inventory(DE)


def test_an_answer_without_an_inventory_is_not_an_empty_one() -> None:
    at = desk()
    at.stand.on(FBA, ok({"payload": {}}))
    with pytest.raises(BadDocument, match="without inventorySummaries"):
        at.account.fba_inventory(DE)
    at.stand.on(FBA, fba_page())
    assert at.account.fba_inventory(DE) == []


def test_a_unit_without_a_label_stands_under_its_sku() -> None:
    at = desk()
    at.stand.on(FBA, fba_page(summary(fnSku="", inventoryDetails={"fulfillableQuantity": 0}, totalQuantity=0)))
    (row,) = at.account.fba_inventory(DE)
    assert (row.fnsku, row.reserved, row.inbound, row.unfulfillable) == ("SKU-1", 0, 0, 0)


def sells_in(*countries: str, participating: bool = True) -> Any:
    entries = [
        {
            "marketplace": {"id": by_country(one).marketplace_id, "countryCode": one, "name": f"Amazon {one}"},
            "participation": {"isParticipating": participating, "hasSuspendedListings": False},
            "storeName": "Example",
        }
        for one in countries
    ]
    return ok({"payload": entries})


def test_a_token_of_the_declared_account_covers_its_marketplaces() -> None:
    at = desk()
    at.stand.on(SELLERS, sells_in("DE", "GB", "FR"))
    assert [one.country for one in at.account.check_participations()] == ["DE", "GB", "FR"]
    assert at.stand.sent(SELLERS)[0].target == "/sellers/v1/marketplaceParticipations"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (sells_in("US", "CA"), "does not sell in UK, DE; it sells in CA, US"),
        (sells_in("GB"), "does not sell in DE; it sells in GB"),
        (sells_in("GB", "DE", participating=False), "it sells in no marketplace"),
    ],
    ids=["another region", "one is missing", "registered only"],
)
def test_a_token_of_another_account_is_noticed(reply: Any, told: str) -> None:
    at = desk()
    at.stand.on(SELLERS, reply)
    with pytest.raises(ConfigurationError, match=told):
        at.account.check_participations()


def test_an_account_that_is_not_declared_is_a_mistake() -> None:
    with Amazon([access()], Turns(), ManualClock(START)) as amazon:
        assert amazon.regions == ("eu",)
        with pytest.raises(ConfigurationError, match="no Amazon account for 'na'; declared: eu"):
            amazon.account("na")


def test_accounts_come_from_the_operating_model() -> None:
    model = parse_model(
        """
        [shopify]
        shop = "example-brand.myshopify.com"
        client_id = { env = "SHOPIFY_CLIENT_ID" }
        client_secret = { env = "SHOPIFY_CLIENT_SECRET" }
        [amazon.eu]
        seller_id = "A1EXAMPLE"
        marketplaces = ["GB", "DE"]
        refresh_token = { env = "TOKEN_EU" }
        url = "http://127.0.0.1:4400"
        token_url = "http://127.0.0.1:4400/auth/o2/token"
        [pools.mfn]
        locations = ["Leeds"]
        """
    )
    env = {"TOKEN_EU": "canary-refresh", "SP_API_CLIENT_ID": "sample-client", "SP_API_CLIENT_SECRET": "canary-secret"}
    assert accesses(model, model.secrets(env, only=("amazon",))) == [access(url="http://127.0.0.1:4400")]


def test_a_closed_account_opens_again() -> None:
    at = desk(Stand().on(SEARCH, found()))
    at.account.search_availability(["A"])
    at.account.close()
    assert at.account.search_availability(["A"]) == []
    assert at.stand.tokens == 2
