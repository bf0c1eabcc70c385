"""Orders made, shipped, refunded and cancelled in the sandbox's Shopify: its defaults, its traps and its stock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox.faults import add_fault
from sandbox.world import Level, ShopOrder
from tests.sandbox_shop import Desk, small_world

CUP = "gid://shopify/ProductVariant/201"
CREATE = """
mutation ($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order {
      id displayFinancialStatus displayFulfillmentStatus tags totalPriceSet { shopMoney { amount currencyCode } }
    }
    userErrors { code field message }
  }
}"""
DEFINE = """
mutation ($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) { createdDefinition { type { name } } userErrors { code } }
}"""
BY_MARK = """
query ($value: String!) {
  orderByIdentifier(identifier: { customId: { namespace: "test", key: "origin", value: $value } }) { id }
}"""
SET = """
mutation ($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { key value } userErrors { code field elementIndex } }
}"""
FULFILL = """
mutation ($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { field message } }
}"""
TRACK = """
mutation ($id: ID!, $tracking: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking) {
    fulfillment { trackingInfo { number company } }
    userErrors { message }
  }
}"""
REFUND = """
mutation ($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id processedAt totalRefundedSet { shopMoney { amount } } }
    order { displayFinancialStatus currentTotalPriceSet { shopMoney { amount } } }
    userErrors { field message }
  }
}"""
CANCEL = """
mutation ($id: ID!, $restock: Boolean!, $refund: Boolean!) {
  orderCancel(
    orderId: $id, reason: CUSTOMER, restock: $restock, refundMethod: { originalPaymentMethodsRefund: $refund }
  ) { job { id done } orderCancelUserErrors { code message } }
}"""
JOB = "query ($id: ID!) { job(id: $id) { done } }"


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


def gbp(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "GBP"}}


def asked(**changes: Any) -> dict[str, Any]:
    """Two cups, shipped and paid."""
    line = {"variantId": CUP, "quantity": 2, "priceSet": gbp("19.90"), "requiresShipping": True}
    sale = {"kind": "SALE", "status": "SUCCESS", "gateway": "Elsewhere", "amountSet": gbp("39.80")}
    return {"currency": "GBP", "sourceIdentifier": "A-1", "lineItems": [line], "transactions": [sale], **changes}


def made(desk: Desk, order: dict[str, Any] | None = None, behaviour: str = "DECREMENT_IGNORING_POLICY") -> ShopOrder:
    told = desk.graphql(CREATE, {"order": order or asked(), "options": {"inventoryBehaviour": behaviour}})
    payload = told.data["orderCreate"]
    assert payload["userErrors"] == []
    return desk.world.shop.orders[int(payload["order"]["id"].rsplit("/", 1)[1])]


def errors(desk: Desk, order: dict[str, Any], **options: Any) -> list[tuple[str, list[str]]]:
    told = desk.graphql(CREATE, {"order": order, "options": options or None})
    payload = told.data["orderCreate"]
    assert payload["order"] is None
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


def level(desk: Desk) -> Level:
    return desk.world.shop.levels[301, 1]


def figures(desk: Desk) -> tuple[int, int]:
    return level(desk).available, level(desk).committed


def topics(desk: Desk) -> list[str]:
    return [topic for topic, _, _ in desk.world.webhook_outbox if topic != "inventory_levels/update"]


def test_without_options_no_stock_is_claimed_and_nothing_is_to_be_shipped(desk: Desk) -> None:
    line = {"variantId": CUP, "quantity": 2}
    told = desk.graphql(CREATE, {"order": {"lineItems": [line]}})
    assert told.data["orderCreate"]["order"] == {
        "id": "gid://shopify/Order/6100000000001",
        "displayFinancialStatus": None,
        "displayFulfillmentStatus": "FULFILLMENT_NOT_REQUIRED",
        "tags": [],
        "totalPriceSet": {"shopMoney": {"amount": "39.8", "currencyCode": "GBP"}},
    }
    assert figures(desk) == (5, 1)
    assert desk.world.shop.orders[6_100_000_000_001].fulfillment_orders == []
    assert topics(desk) == ["orders/create"]


def test_stock_is_claimed_where_most_of_it_is_below_zero_if_need_be(desk: Desk) -> None:
    order = made(desk, asked(lineItems=[{**asked()["lineItems"][0], "quantity": 7}]))
    assert figures(desk) == (-2, 8)
    assert [(each.location_id, each.status) for each in order.fulfillment_orders] == [(1, "OPEN")]
    refused = errors(desk, asked(), inventoryBehaviour="DECREMENT_OBEYING_POLICY")
    assert refused == [("INVENTORY_CLAIM_FAILED", ["order", "lineItems", "0"])]


def test_money_is_added_up_with_taxes_shipping_and_one_discount_spread_over_the_lines(desk: Desk) -> None:
    tax = {"title": "VAT", "rate": "0.2", "channelLiable": True, "priceSet": gbp("3.00")}
    line = {**asked()["lineItems"][0], "taxLines": [tax]}
    other = {"title": "Wrapping", "quantity": 3, "priceSet": gbp("1.00")}
    order = made(
        desk,
        asked(
            lineItems=[line, other],
            shippingLines=[{"title": "Post", "priceSet": gbp("4.00"), "taxLines": [{**tax, "priceSet": gbp("0.80")}]}],
            discountCode={"itemFixedDiscountCode": {"code": "OFF", "amountSet": gbp("5.00")}},
            transactions=[{"amountSet": gbp("45.60"), "gateway": "Elsewhere"}],
        ),
    )
    assert [str(each.discount) for each in order.lines] == ["4.65", "0.35"]
    text = """query ($id: ID!) { order(id: $id) {
        totalPriceSet { shopMoney { amount } } subtotalPriceSet { shopMoney { amount } }
        totalTaxSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } }
        displayFinancialStatus discountCodes taxLines { title channelLiable }
        lineItems(first: 2) { nodes { discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount } } } } } }"""
    seen = desk.graphql(text, {"id": f"gid://shopify/Order/{order.id}"}).data["order"]
    assert seen == {
        "totalPriceSet": {"shopMoney": {"amount": "45.6"}},
        "subtotalPriceSet": {"shopMoney": {"amount": "37.8"}},
        "totalTaxSet": {"shopMoney": {"amount": "3.8"}},
        "totalShippingPriceSet": {"shopMoney": {"amount": "4.0"}},
        "displayFinancialStatus": "PAID",
        "discountCodes": ["OFF"],
        "taxLines": [{"title": "VAT", "channelLiable": True}] * 2,
        "lineItems": {
            "nodes": [
                {"discountedUnitPriceAfterAllDiscountsSet": {"shopMoney": {"amount": "17.58"}}},
                {"discountedUnitPriceAfterAllDiscountsSet": {"shopMoney": {"amount": "0.88"}}},
            ]
        },
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lineItems": []}, ["order", "lineItems"]),
        ({"lineItems": [{"quantity": 1, "priceSet": gbp("1")}]}, ["order", "lineItems", "0", "title"]),
        (
            {"lineItems": [{"quantity": 1, "variantId": "gid://shopify/ProductVariant/9"}]},
            ["order", "lineItems", "0", "variantId"],
        ),
        ({"currency": "EUR"}, ["order", "lineItems", "0", "priceSet", "shopMoney", "currencyCode"]),
        ({"tags": ["x" * 41]}, ["order", "tags"]),
        (
            {
                "taxLines": [{"title": "VAT", "rate": "0.2"}],
                "lineItems": [{**asked()["lineItems"][0], "taxLines": [{"title": "VAT", "rate": "0.2"}]}],
            },
            ["order", "taxLines"],
        ),
    ],
    ids=["no lines", "no title", "deleted variant", "currency", "tag", "taxes twice"],
)
def test_what_shopify_does_not_take_is_refused_and_makes_nothing(
    desk: Desk, changes: dict[str, Any], field: list[str]
) -> None:
    assert errors(desk, asked(**changes))[0] == ("INVALID", field)
    assert len(desk.world.shop.orders) == 3


def test_a_currency_the_shop_does_not_take_is_refused(desk: Desk) -> None:
    desk.world.shop.settings.currencies = ["GBP"]
    euros = {"shopMoney": {"amount": "1", "currencyCode": "EUR"}}
    order = {"currency": "EUR", "lineItems": [{"title": "A", "quantity": 1, "priceSet": euros}]}
    assert errors(desk, order) == [("INVALID", ["order", "currency"])]


def test_a_development_store_makes_five_orders_a_minute(desk: Desk) -> None:
    desk.world.shop.settings.orders_per_minute = 5
    for _ in range(5):
        made(desk)
    told = desk.graphql(CREATE, {"order": asked()}).data["orderCreate"]
    assert told["userErrors"][0]["message"] == "Too many attempts. Please try again later."
    desk.world.clock.advance(61)
    made(desk)


def test_nothing_but_a_unique_metafield_keeps_an_order_from_being_made_twice(desk: Desk) -> None:
    assert made(desk).id != made(desk).id
    assert desk.graphql(BY_MARK, {"value": "A-1"}).code == "NOT_FOUND"
    definition = {"name": "Origin", "namespace": "test", "key": "origin", "type": "id", "ownerType": "ORDER"}
    told = desk.graphql(DEFINE, {"definition": definition}).data["metafieldDefinitionCreate"]
    assert told == {"createdDefinition": {"type": {"name": "id"}}, "userErrors": []}
    again = desk.graphql(DEFINE, {"definition": definition}).data["metafieldDefinitionCreate"]
    assert again["userErrors"] == [{"code": "TAKEN"}]
    mark = {"namespace": "test", "key": "origin", "type": "id", "value": "A-1"}
    order = made(desk, asked(metafields=[mark]))
    assert errors(desk, asked(metafields=[mark])) == [("INVALID", ["order", "metafields", "0", "value"])]
    found = desk.graphql(BY_MARK, {"value": "A-1"}).data["orderByIdentifier"]
    assert found == {"id": f"gid://shopify/Order/{order.id}"}
    assert desk.graphql(BY_MARK, {"value": "A-2"}).data == {"orderByIdentifier": None}
    desk.world.shop.settings.unique_marks = False
    assert made(desk, asked(metafields=[mark])).metafields == {}


def test_a_search_lags_where_the_direct_look_up_does_not(desk: Desk) -> None:
    desk.world.shop.settings.search_lag_seconds = 30
    made(desk)
    search = '{ orders(first: 5, query: "source_identifier:A-1") { nodes { id } } }'
    assert desk.graphql(search).data["orders"]["nodes"] == []
    desk.world.clock.advance(31)
    assert len(desk.graphql(search).data["orders"]["nodes"]) == 1


def test_metafields_are_set_together_or_not_at_all_and_at_most_25(desk: Desk) -> None:
    row = {"ownerId": "gid://shopify/Order/401", "namespace": "test", "key": "fees", "type": "json", "value": "{}"}
    told = desk.graphql(SET, {"metafields": [row, {**row, "key": "bad", "value": "{"}]}).data["metafieldsSet"]
    assert told["metafields"] is None
    assert told["userErrors"] == [{"code": "INVALID_VALUE", "field": ["metafields", "1", "value"], "elementIndex": 1}]
    many = [{**row, "key": f"k{number}"} for number in range(26)]
    assert desk.graphql(SET, {"metafields": many}).data["metafieldsSet"]["userErrors"][0]["code"] == (
        "LESS_THAN_OR_EQUAL_TO"
    )
    assert desk.world.shop.orders[401].metafields == {}
    assert desk.graphql(SET, {"metafields": [row]}).data["metafieldsSet"]["metafields"] == [
        {"key": "fees", "value": "{}"}
    ]
    stale = {**row, "value": "{} ", "compareDigest": None}
    assert desk.graphql(SET, {"metafields": [stale]}).data["metafieldsSet"]["userErrors"][0]["code"] == "STALE_OBJECT"


def test_tags_are_added_and_an_update_replaces_them(desk: Desk) -> None:
    add = "mutation ($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { message } } }"
    order = made(desk, asked(tags=["b", "a"]))
    desk.graphql(add, {"id": f"gid://shopify/Order/{order.id}", "tags": ["c, A"]})
    assert order.tags == ["b", "a", "c"]
    update = (
        "mutation ($input: OrderInput!) { orderUpdate(input: $input) { order { tags note } userErrors { message } } }"
    )
    told = desk.graphql(
        update, {"input": {"id": f"gid://shopify/Order/{order.id}", "tags": ["z"], "note": "seen"}}
    ).data["orderUpdate"]
    assert told == {"order": {"tags": ["z"], "note": "seen"}, "userErrors": []}


def shipment(order: ShopOrder, units: int | None = None, number: str = "N1") -> dict[str, Any]:
    chosen = order.fulfillment_orders[0]
    row: dict[str, Any] = {"fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{chosen.id}"}
    if units is not None:
        line = {"id": f"gid://shopify/FulfillmentOrderLineItem/{chosen.lines[0].id}", "quantity": units}
        row["fulfillmentOrderLineItems"] = [line]
    return {"fulfillment": {"lineItemsByFulfillmentOrder": [row], "trackingInfo": {"number": number, "company": "DPD"}}}


def test_what_is_fulfilled_leaves_and_cannot_leave_again(desk: Desk) -> None:
    order = made(desk)
    assert figures(desk) == (3, 3)
    desk.graphql(FULFILL, shipment(order, 1))
    assert (figures(desk), order.fulfillment_status) == ((3, 2), "PARTIALLY_FULFILLED")
    too_many = desk.graphql(FULFILL, shipment(order, 2)).data["fulfillmentCreate"]["userErrors"]
    assert too_many[0]["message"] == "Invalid fulfillment order line item quantity requested."
    desk.graphql(FULFILL, shipment(order))
    assert (figures(desk), order.fulfillment_status) == ((3, 1), "FULFILLED")
    number = order.fulfillment_orders[0].id
    again = desk.graphql(FULFILL, shipment(order)).data["fulfillmentCreate"]["userErrors"]
    assert again[0]["message"] == f"Fulfillment order {number} has an unfulfillable status= closed."
    assert topics(desk) == [
        "orders/create",
        "fulfillments/create",
        "orders/partially_fulfilled",
        "orders/updated",
        "fulfillments/create",
        "orders/fulfilled",
        "orders/updated",
    ]


def test_tracking_is_replaced_and_announced(desk: Desk) -> None:
    order = made(desk)
    desk.graphql(FULFILL, shipment(order))
    fulfillment = f"gid://shopify/Fulfillment/{order.fulfillments[0].id}"
    desk.world.webhook_outbox.clear()
    told = desk.graphql(TRACK, {"id": fulfillment, "tracking": {"numbers": ["N2", "N3"], "company": "UPS"}}).data
    assert told["fulfillmentTrackingInfoUpdate"]["fulfillment"]["trackingInfo"] == [
        {"number": "N2", "company": "UPS"},
        {"number": "N3", "company": "UPS"},
    ]
    topic, body, _ = desk.world.webhook_outbox[0]
    assert (topic, body["order_id"], body["tracking_numbers"]) == ("fulfillments/update", order.id, ["N2", "N3"])


def back(order: ShopOrder, units: int, amount: str, restock: str = "NO_RESTOCK", **more: Any) -> dict[str, Any]:
    """A refund of units of the first line."""
    line = {"lineItemId": f"gid://shopify/LineItem/{order.lines[0].id}", "quantity": units, "restockType": restock}
    money = {
        "orderId": f"gid://shopify/Order/{order.id}",
        "parentId": f"gid://shopify/OrderTransaction/{order.payments[0].id}",
        "gateway": "Elsewhere",
        "kind": "REFUND",
        "amount": amount,
    }
    return {"orderId": money["orderId"], "refundLineItems": [line], "transactions": [money], **more}


@pytest.mark.parametrize(
    ("restock", "shipped", "available", "committed"),
    [("CANCEL", 0, 4, 2), ("NO_RESTOCK", 0, 3, 2), ("RETURN", 2, 4, 1), ("NO_RESTOCK", 2, 3, 1)],
    ids=["cancelled", "lost", "returned", "kept by the buyer"],
)
def test_a_refund_moves_stock_as_its_restock_type_says(
    desk: Desk, restock: str, shipped: int, available: int, committed: int
) -> None:
    order = made(desk)
    if shipped:
        desk.graphql(FULFILL, shipment(order))
    told = desk.graphql(REFUND, {"input": back(order, 1, "19.90", restock), "key": "k"}).data["refundCreate"]
    assert told["userErrors"] == []
    assert told["order"] == {
        "displayFinancialStatus": "PARTIALLY_REFUNDED",
        "currentTotalPriceSet": {"shopMoney": {"amount": "19.9"}},
    }
    assert figures(desk) == (available, committed)
    assert order.lines[0].current_quantity == 1


def test_a_refund_happens_once_for_a_key_and_keeps_the_date_it_is_given(desk: Desk) -> None:
    order = made(desk)
    given = {"input": back(order, 1, "19.90", processedAt="2026-11-20T08:00:00Z"), "key": "once"}
    first = desk.graphql(REFUND, given).data["refundCreate"]["refund"]
    assert desk.graphql(REFUND, given).data["refundCreate"]["refund"] == first
    assert first["processedAt"] == "2026-11-20T08:00:00Z"
    assert [topic for topic in topics(desk) if topic == "refunds/create"] == ["refunds/create"]
    bare = REFUND.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    assert desk.graphql(bare, {"input": back(order, 1, "1.00")}).code == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transactions": [{"amount": "39.81"}]}, "more than the net received amount"),
        ({"transactions": [{"kind": "SALE"}]}, "kind must be refund"),
        ({"transactions": [{"parentId": "gid://shopify/OrderTransaction/1"}]}, "payment of the same order"),
        ({"refundLineItems": [{"quantity": 3}]}, "more items than were purchased"),
        ({"refundLineItems": [{"restockType": "RETURN"}]}, "needs fulfilled items"),
        ({"shipping": {"amount": "1.00"}}, "Shipping amount"),
    ],
    ids=["too much", "kind", "parent", "too many", "not shipped", "no shipping"],
)
def test_a_refund_that_does_not_fit_is_refused(desk: Desk, changes: dict[str, Any], words: str) -> None:
    order = made(desk)
    given = back(order, 1, "19.90")
    for name, value in changes.items():
        given[name] = [{**given[name][0], **value[0]}] if isinstance(value, list) else value
    told = desk.graphql(REFUND, {"input": given, "key": "k"}).data["refundCreate"]
    assert words in told["userErrors"][0]["message"]
    assert order.refunds == []


def test_an_order_is_cancelled_by_a_job_that_takes_a_moment(desk: Desk) -> None:
    order = made(desk)
    given = {"id": f"gid://shopify/Order/{order.id}", "restock": True, "refund": True}
    job = desk.graphql(CANCEL, given).data["orderCancel"]["job"]
    assert (job["done"], order.cancelled_at) == (False, None)
    desk.world.clock.advance(2)
    assert desk.graphql(JOB, {"id": job["id"]}).data["job"] == {"done": True}
    assert order.cancelled_at is not None
    assert (figures(desk), order.financial_status) == ((5, 1), "REFUNDED")
    assert [each.status for each in order.fulfillment_orders] == ["CLOSED"]
    assert topics(desk)[-2:] == ["orders/cancelled", "orders/updated"]
    refused = desk.graphql(CANCEL, given).data["orderCancel"]["orderCancelUserErrors"]
    assert (refused[0]["code"], "already" in refused[0]["message"]) == ("INVALID", True)


def test_an_order_that_has_left_cannot_be_cancelled(desk: Desk) -> None:
    order = made(desk)
    desk.graphql(FULFILL, shipment(order))
    given = {"id": f"gid://shopify/Order/{order.id}", "restock": False, "refund": False}
    refused = desk.graphql(CANCEL, given).data["orderCancel"]["orderCancelUserErrors"]
    assert "outstanding fulfillments" in refused[0]["message"]


def test_a_fault_can_wait_for_the_middle_of_a_batch(desk: Desk) -> None:
    add_fault(desk.world, match="orderCreate", kind="throttle", times=1, params={"skip": 2, "available": 2000})
    codes = [desk.graphql(CREATE, {"order": asked()}).body.get("errors") for _ in range(4)]
    assert [bool(each) for each in codes] == [False, False, True, False]


def test_an_order_of_the_future_is_dated_now(desk: Desk) -> None:
    later = (desk.world.now() + timedelta(days=1)).isoformat()
    assert made(desk, asked(processedAt=later)).processed_at == desk.world.now()
