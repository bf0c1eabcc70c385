"""What the door tells of money in Shopify, and the notes it leaves on orders; answered by the sandbox."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import BadDocument, Rejected
from integration_assets.contracts.money import OrderMoney, UnitCost
from resources.clock import ManualClock
from resources.shopify import Shopify, ShopifyAccess
from resources.shopify_parts.metafields import Metafield
from resources.shopify_parts.money import worth
from tests.sandbox_shop import EARLIER, START, TOKEN, Desk, small_world
from tests.unit.shopify_answers import SHOP, Stand, connection, data, shop_behind

TEN = {"shopMoney": {"amount": "10.0", "currencyCode": "GBP"}}
NODE: dict[str, Any] = {
    "id": "gid://shopify/Order/401",
    "updatedAt": "2026-11-22T10:00:00Z",
    "taxesIncluded": True,
    "totalPriceSet": {"shopMoney": {"amount": "41.99", "currencyCode": "GBP"}},
    "totalDiscountsSet": None,
    "totalShippingPriceSet": TEN,
    "totalTaxSet": None,
    "totalRefundedSet": TEN,
}
ORDER = "gid://shopify/Order/{}"


@pytest.fixture
def desk() -> Desk:
    return Desk(small_world())


@pytest.fixture
def shopify(desk: Desk) -> Shopify:
    """The product's client, whose calls the sandbox's shop answers."""

    def served(request: httpx.Request) -> httpx.Response:
        version = request.url.path.split("/")[3]
        reply = desk.app.graphql({"version": version}, dict(request.headers), request.content, "http://shop.test")
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)

    access = ShopifyAccess(SHOP, access_token=TOKEN)
    return Shopify(access, ManualClock(START), transport=httpx.MockTransport(served), dice=random.Random(7))


def note(number: int, value: str = '{"fees": "-1.20"}') -> Metafield:
    return Metafield(ORDER.format(number), "instep", "amazon_fees", value)


def test_an_order_is_told_by_heading_and_what_shopify_leaves_empty_is_nothing() -> None:
    assert worth(NODE) == OrderMoney(
        shopify_order_id="gid://shopify/Order/401",
        updated_at=EARLIER,
        currency="GBP",
        taxes_included=True,
        total=Decimal("41.99"),
        discounts=Decimal(0),
        shipping=Decimal("10.0"),
        tax=Decimal(0),
        refunded=Decimal("10.0"),
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"totalShippingPriceSet": None},
        {"totalRefundedSet": {"shopMoney": {"amount": "1.0", "currencyCode": "EUR"}}},
        {"totalPriceSet": {"shopMoney": {"amount": 41.99, "currencyCode": "GBP"}}},
        {"taxesIncluded": None},
    ],
    ids=["no shipping", "two currencies", "a number for an amount", "no word on tax"],
)
def test_an_amount_in_another_shape_is_an_error_and_not_nothing(broken: dict[str, Any]) -> None:
    with pytest.raises(BadDocument, match="gid://shopify/Order/401"):
        worth({**NODE, **broken})


def test_orders_changed_since_then_are_read_with_what_they_are_worth(shopify: Shopify) -> None:
    found = {order.shopify_order_id: order for order in shopify.order_money(START - timedelta(days=2))}
    assert set(found) == {ORDER.format(401), ORDER.format(402)}
    one = found[ORDER.format(401)]
    assert (one.total, one.refunded, one.currency) == (Decimal("39.8"), Decimal("0.0"), "GBP")


def test_an_order_that_moves_to_the_end_meanwhile_is_taken_as_it_is_there() -> None:
    later = {
        **NODE,
        "updatedAt": "2026-11-22T11:00:00Z",
        "totalRefundedSet": {"shopMoney": {"amount": "0.0", "currencyCode": "GBP"}},
    }
    stand = Stand(
        OrderMoney=[
            data({"orders": connection([NODE, {**NODE, "id": ORDER.format(402)}], cursor="a", more=True)}),
            data({"orders": connection([later])}),
        ]
    )
    found = shop_behind(stand).order_money(EARLIER)
    assert [(order.shopify_order_id, order.refunded) for order in found] == [
        (ORDER.format(401), Decimal("0.0")),
        (ORDER.format(402), Decimal("10.0")),
    ]


def test_only_costs_that_somebody_entered_are_costs(shopify: Shopify) -> None:
    assert list(shopify.unit_costs()) == [
        UnitCost(variant_id="gid://shopify/ProductVariant/201", currency="GBP", unit_cost=Decimal("4.5"))
    ]


def test_a_note_is_kept_on_its_order_and_read_back(shopify: Shopify) -> None:
    assert shopify.set_metafields([note(401), note(402, '{"fees": "-3.00"}')]) == [
        '{"fees": "-1.20"}',
        '{"fees": "-3.00"}',
    ]
    wanted = [ORDER.format(number) for number in (401, 402, 403, 999)]
    assert shopify.order_metafields(wanted, "instep", "amazon_fees") == {
        ORDER.format(401): '{"fees": "-1.20"}',
        ORDER.format(402): '{"fees": "-3.00"}',
    }
    assert shopify.order_metafields(wanted[:1], "instep", "other") == {ORDER.format(401): None}


def test_one_note_that_cannot_be_kept_refuses_all_of_the_call(shopify: Shopify) -> None:
    with pytest.raises(Rejected, match=r"INVALID_VALUE at metafields\.1\.value"):
        shopify.set_metafields([note(401), note(402, "no json")])
    assert shopify.order_metafields([ORDER.format(401)], "instep", "amazon_fees") == {ORDER.format(401): None}


def test_an_order_that_is_gone_takes_no_note(shopify: Shopify) -> None:
    with pytest.raises(Rejected, match=r"INVALID at metafields\.0\.ownerId"):
        shopify.set_metafields([note(999)])


def test_more_than_25_notes_do_not_go_in_a_call(shopify: Shopify, desk: Desk) -> None:
    with pytest.raises(ValueError, match="at most 25"):
        shopify.set_metafields([note(401)] * 26)
    inputs = [{"ownerId": ORDER.format(401), "namespace": "a", "key": "bc", "type": "json", "value": "1"}] * 26
    text = "mutation ($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { code } } }"
    refused = desk.graphql(text, {"m": inputs}).data["metafieldsSet"]
    assert refused == {"userErrors": [{"code": "LESS_THAN_OR_EQUAL_TO"}]}


def test_a_note_that_somebody_changed_meanwhile_is_not_written_over_where_that_was_asked(desk: Desk) -> None:
    text = """mutation ($m: [MetafieldsSetInput!]!) {
        metafieldsSet(metafields: $m) { userErrors { code } metafields { compareDigest } }
    }"""
    given = {"ownerId": ORDER.format(401), "namespace": "a", "key": "bc", "type": "json", "value": "1"}
    first = desk.graphql(text, {"m": [{**given, "compareDigest": None}]}).data["metafieldsSet"]
    assert first["userErrors"] == []
    again = desk.graphql(text, {"m": [{**given, "compareDigest": None}]}).data["metafieldsSet"]
    assert again["userErrors"] == [{"code": "STALE_OBJECT"}]
    digest = first["metafields"][0]["compareDigest"]
    right = desk.graphql(text, {"m": [{**given, "value": "2", "compareDigest": digest}]}).data["metafieldsSet"]
    assert right["userErrors"] == []
