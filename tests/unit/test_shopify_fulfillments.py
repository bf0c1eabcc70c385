"""The doors to what leaves and what is taken back in Shopify: how it is read, and how it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration_assets.contracts.errors import BadDocument, Rejected, UnknownOutcome
from resources.shopify_parts.fulfillments import OpenUnits, Tracking
from resources.shopify_parts.refunds import LineState, MoneyState, NewRefund, RefundedLine, mark_in
from tests.unit.shopify_answers import Stand, connection, data, shop_behind

ORDER = "gid://shopify/Order/1"
LINE = "gid://shopify/LineItem/10"
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def money(amount: str) -> dict[str, Any]:
    return {"presentmentMoney": {"amount": amount, "currencyCode": "GBP"}}


def of_line(number: int, quantity: int, *, line: str = LINE, **more: Any) -> dict[str, Any]:
    sold = {"id": line, "sku": "MUG", "variant": None}
    return {"id": f"gid://shopify/FulfillmentLineItem/{number}", "quantity": quantity, "lineItem": sold, **more}


def fulfillment(number: int, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Fulfillment/{number}",
        "status": "SUCCESS",
        "createdAt": "2026-11-23T08:00:00Z",
        "updatedAt": "2026-11-23T08:30:00Z",
        "inTransitAt": None,
        "deliveredAt": None,
        "trackingInfo": [{"company": "UPS", "number": "1Z9", "url": "https://ups.example/1Z9"}],
        "fulfillmentLineItems": connection(lines or [of_line(1, 1)]),
        **more,
    }


def refund(number: int, note: str | None, *lines: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": "2026-11-23T08:00:00Z",
        "processedAt": "2026-11-22T08:00:00Z",
        "note": note,
        "totalRefundedSet": money("12.50"),
        "refundLineItems": connection(lines),
    }


def order(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "updatedAt": f"2026-11-23T08:{number:02d}:00Z",
        "sourceIdentifier": "202-1234567-1234567",
        "fulfillments": [],
        "refunds": [],
        **more,
    }


def test_an_order_comes_with_what_left_and_what_was_taken_back() -> None:
    taken = {
        "id": "gid://shopify/RefundLineItem/1",
        "quantity": 1,
        "restockType": "NO_RESTOCK",
        "lineItem": {"id": LINE},
    }
    told = order(
        fulfillments=[fulfillment(5, of_line(1, 1), of_line(2, 2))],
        refunds=[refund(7, "Recorded by Instep: amazon-refund/tx-1", taken), refund(8, "sorry, dear Zoe")],
    )
    stand = Stand(ShippedOrders=data({"orders": connection([told])}))
    [found] = shop_behind(stand).fulfillments.changed(NINE).orders
    [package], [content] = found.fulfillments, found.fulfillment_lines
    assert (package.amazon_order_id, package.tracking_company, package.tracking_numbers) == (
        "202-1234567-1234567",
        "UPS",
        ("1Z9",),
    )
    assert (content.line_item_id, content.quantity, content.sku) == (LINE, 3, "MUG")
    assert [(each.mark, each.amount) for each in found.refunds] == [
        ("amazon-refund/tx-1", Decimal("12.50")),
        (None, Decimal("12.50")),
    ]
    assert [(each.restock_type, each.quantity) for each in found.refund_lines] == [("NO_RESTOCK", 1)]
    assert "Zoe" not in repr(found)
    assert stand.asked[0][1]["query"] == "updated_at:>='2026-11-23T09:00:00Z'"


def test_an_order_that_changes_while_the_pages_are_read_comes_once_as_it_was_last() -> None:
    first = connection([order(1), order(2)], cursor="c", more=True)
    again = connection([order(1, updatedAt="2026-11-23T08:59:00Z", fulfillments=[fulfillment(5)])])
    stand = Stand(ShippedOrders=[data({"orders": first}), data({"orders": again})])
    found = shop_behind(stand).fulfillments.changed(None).orders
    assert [(each.shopify_order_id, len(each.fulfillments)) for each in found] == [
        ("gid://shopify/Order/1", 1),
        ("gid://shopify/Order/2", 0),
    ]


def test_a_package_with_more_lines_than_a_page_is_read_to_the_end() -> None:
    lines = connection([of_line(1, 1)], cursor="c", more=True)
    stand = Stand(
        ShippedOrdersOf=data({"nodes": [order(fulfillments=[fulfillment(5, fulfillmentLineItems=lines)]), None]}),
        FulfillmentLines=data(
            {
                "fulfillment": {
                    "id": "gid://shopify/Fulfillment/5",
                    "fulfillmentLineItems": connection([of_line(2, 4, line="gid://shopify/LineItem/11")]),
                }
            }
        ),
    )
    [found] = shop_behind(stand).fulfillments.of([ORDER, ORDER, "gid://shopify/Order/404"]).orders
    assert [(each.line_item_id, each.quantity) for each in found.fulfillment_lines] == [
        (LINE, 1),
        ("gid://shopify/LineItem/11", 4),
    ]
    assert stand.asked[0][1] == {"ids": [ORDER, "gid://shopify/Order/404"]}


def test_an_order_with_more_packages_than_a_list_holds_is_asked_for_by_itself() -> None:
    cut = order(1, fulfillments=[fulfillment(number) for number in range(1, 101)])
    whole = order(1, fulfillments=[fulfillment(number) for number in range(1, 132)])
    stand = Stand(ShippedOrders=data({"orders": connection([cut, order(2)])}), ShippedOrderWhole=data({"order": whole}))
    found = shop_behind(stand).fulfillments.changed(None)
    assert [len(each.fulfillments) for each in found.orders] == [131, 0]
    assert (found.unreadable, stand.operations) == ({}, ["ShippedOrders", "ShippedOrderWhole"])


@pytest.mark.parametrize("name", ["fulfillments", "refunds"])
def test_an_order_with_more_than_shopify_tells_is_named_and_the_others_are_read(name: str) -> None:
    many = [fulfillment(number) if name == "fulfillments" else refund(number, None) for number in range(1, 251)]
    stand = Stand(
        ShippedOrdersOf=data({"nodes": [order(1, **{name: many[:100]}), order(2)]}),
        ShippedOrderWhole=data({"order": order(1, **{name: many})}),
    )
    found = shop_behind(stand).fulfillments.of(["gid://shopify/Order/1", "gid://shopify/Order/2"])
    assert [each.shopify_order_id for each in found.orders] == ["gid://shopify/Order/2"]
    assert list(found.unreadable) == ["gid://shopify/Order/1"]
    assert f"250 {name} or more" in found.unreadable["gid://shopify/Order/1"]


@pytest.mark.parametrize(
    "wrong",
    [
        order(fulfillments=None),
        order(refunds=[{**refund(7, None), "totalRefundedSet": money("much")}]),
        order(fulfillments=[{**fulfillment(5), "createdAt": "yesterday"}]),
    ],
    ids=["no list", "no amount", "no instant"],
)
def test_what_cannot_be_trusted_is_not_taken_and_the_others_are(wrong: dict[str, Any]) -> None:
    stand = Stand(ShippedOrders=data({"orders": connection([wrong, order(2)])}))
    found = shop_behind(stand).fulfillments.changed(None)
    assert [each.shopify_order_id for each in found.orders] == ["gid://shopify/Order/2"]
    assert list(found.unreadable) == [ORDER]


def test_an_order_without_an_id_makes_the_whole_answer_worthless() -> None:
    with pytest.raises(BadDocument):
        shop_behind(Stand(ShippedOrders=data({"orders": connection([{**order(1), "id": None}])}))).fulfillments.changed(
            None
        )


def open_units(number: int, remaining: int) -> OpenUnits:
    return OpenUnits(
        "gid://shopify/FulfillmentOrder/1", f"gid://shopify/FulfillmentOrderLineItem/{number}", None, LINE, remaining
    )


def test_units_are_marked_as_shipped_without_a_word_to_the_buyer() -> None:
    made = {"fulfillment": {"id": "gid://shopify/Fulfillment/9", "status": "SUCCESS"}, "userErrors": []}
    stand = Stand(FulfillmentCreate=data({"fulfillmentCreate": made}))
    door = shop_behind(stand).fulfillments
    assert door.ship({open_units(1, 3): 2}, Tracking("AMZN_UK", "TBA1")) == "gid://shopify/Fulfillment/9"
    assert stand.asked[0][1]["fulfillment"] == {
        "lineItemsByFulfillmentOrder": [
            {
                "fulfillmentOrderId": "gid://shopify/FulfillmentOrder/1",
                "fulfillmentOrderLineItems": [{"id": "gid://shopify/FulfillmentOrderLineItem/1", "quantity": 2}],
            }
        ],
        "notifyCustomer": False,
        "trackingInfo": {"company": "AMZN_UK", "number": "TBA1"},
    }


def test_an_answer_that_says_neither_yes_nor_no_leaves_it_open() -> None:
    stand = Stand(
        FulfillmentCreate=data({"fulfillmentCreate": {"fulfillment": None, "userErrors": []}}),
        RefundCreate=data({"refundCreate": {"refund": None, "userErrors": []}}),
    )
    shop = shop_behind(stand)
    with pytest.raises(UnknownOutcome):
        shop.fulfillments.ship({open_units(1, 1): 1}, None)
    with pytest.raises(UnknownOutcome):
        shop.refunds.refund(NEW, PAID)


KEY = "26322220-042e-5e77-a3a0-e8ad95e03061"
PAID = MoneyState(False, "gid://shopify/OrderTransaction/3", "Amazon", frozenset(), {LINE: LineState(2, 2, 0)})
NEW = NewRefund(
    shopify_order_id=ORDER,
    mark="amazon-refund/tx-1",
    currency="GBP",
    amount=Decimal("12.50"),
    shipping=Decimal("2.50"),
    lines=[RefundedLine(LINE, 1, "RETURN", "gid://shopify/Location/7")],
    processed_at=NINE,
)


def test_a_refund_is_sent_with_its_mark_a_key_that_is_always_the_same_and_amazons_date() -> None:
    made = {"refund": {"id": "gid://shopify/Refund/9", "note": "x"}, "userErrors": []}
    stand = Stand(RefundCreate=data({"refundCreate": made}))
    door = shop_behind(stand).refunds
    assert [door.refund(NEW, PAID), door.refund(NEW, PAID)] == ["gid://shopify/Refund/9"] * 2
    first, second = (variables for _, variables in stand.asked)
    assert first == second
    assert first["key"] == KEY
    assert first["input"] == {
        "orderId": ORDER,
        "currency": "GBP",
        "note": "Recorded by Instep: amazon-refund/tx-1",
        "notify": False,
        "processedAt": "2026-11-23T09:00:00Z",
        "refundLineItems": [
            {
                "lineItemId": LINE,
                "quantity": 1,
                "restockType": "RETURN",
                "locationId": "gid://shopify/Location/7",
            }
        ],
        "transactions": [
            {
                "orderId": ORDER,
                "parentId": "gid://shopify/OrderTransaction/3",
                "gateway": "Amazon",
                "kind": "REFUND",
                "amount": "12.50",
            }
        ],
        "shipping": {"amount": "2.50"},
    }


def test_a_refund_on_an_order_without_a_payment_is_refused_before_it_is_sent() -> None:
    stand = Stand()
    never_paid = MoneyState(False, None, "", frozenset(), {})
    with pytest.raises(Rejected, match="was never paid in Shopify"):
        shop_behind(stand).refunds.refund(NEW, never_paid)
    assert stand.asked == []


def test_what_an_order_was_paid_and_given_back_is_told_by_its_transactions_and_marks() -> None:
    told = {
        "id": ORDER,
        "cancelledAt": None,
        "transactions": [
            {"id": "gid://shopify/OrderTransaction/1", "kind": "SALE", "status": "FAILURE", "gateway": "card"},
            {"id": "gid://shopify/OrderTransaction/2", "kind": "SALE", "status": "SUCCESS", "gateway": "Amazon"},
        ],
        "refunds": [{"id": "r1", "note": "Recorded by Instep: amazon-refund/tx-1"}, {"id": "r2", "note": "for Zoe"}],
        "lineItems": connection([{"id": LINE, "quantity": 3, "currentQuantity": 2, "unfulfilledQuantity": 1}]),
    }
    stand = Stand(MoneyState=[data({"order": told}), data({"order": None})])
    door = shop_behind(stand).refunds
    assert door.state(ORDER) == MoneyState(
        False,
        "gid://shopify/OrderTransaction/2",
        "Amazon",
        frozenset({"amazon-refund/tx-1"}),
        {LINE: LineState(3, 2, 1)},
    )
    assert door.state(ORDER) is None


@pytest.mark.parametrize(
    ("note", "mark"),
    [
        ("Recorded by Instep: amazon-refund/tx-1", "amazon-refund/tx-1"),
        ("by hand. Recorded by Instep: amazon-refund/tx-1 ok", "amazon-refund/tx-1"),
        ("for Zoe", None),
        (None, None),
    ],
)
def test_a_note_is_only_looked_through_for_our_mark(note: str | None, mark: str | None) -> None:
    assert mark_in(note) == mark


def test_an_order_with_more_refunds_than_shopify_tells_is_not_refunded_by_guess() -> None:
    told = {
        "id": ORDER,
        "cancelledAt": None,
        "transactions": [],
        "refunds": [{"id": f"gid://shopify/Refund/{number}", "note": None} for number in range(1, 251)],
        "lineItems": connection([]),
    }
    with pytest.raises(BadDocument, match="more refunds than Shopify tells"):
        shop_behind(Stand(MoneyState=data({"order": told}))).refunds.state(ORDER)
