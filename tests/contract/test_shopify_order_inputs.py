"""What is sent to make and mark orders, against the input types of Shopify's own schema."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, coerce_input_value, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.rules.marketplaces import by_country
from integration_assets.rules.order_draft import OrderDraft, added_up, draft
from integration_assets.rules.recipient import Recipient
from resources.shopify_parts.order_writes import address_input, order_input
from tests.assets.rows import make
from tests.contract.test_shopify_documents import DOCUMENTS, operation_of, schema

RECIPIENT = Recipient(
    country_code="GB",
    name="Robin Q. Sample",
    company="Sample Ltd",
    lines=("Flat 2", "1 Sample Lane", "Back door"),
    city="Sampleton",
    region="Greater Sample",
    postal_code="SA1 1MP",
    phone="01632960001",
    email="sample@marketplace.invalid",
)


def coerced(name: str, value: Any) -> Any:
    """The value as the schema takes it; ValueError names what it does not."""
    kind = schema().get_type(name)
    assert isinstance(kind, GraphQLInputObjectType)
    return coerce_input_value(value, kind)


def a_draft(**told: Any) -> OrderDraft:
    item = make(
        AmazonOrderItem,
        quantity_ordered=3,
        item_price=Decimal("10.00"),
        unit_price=Decimal("3.34"),
        shipping_price=Decimal("4.99"),
        promotion=Decimal("1.50"),
        shipping_promotion=Decimal("0.50"),
        gift_wrap_price=Decimal("2.00"),
        gift_wrap_level="Deluxe",
        tax=Decimal("3.10"),
        shipping_tax=Decimal("0.80"),
        gift_wrap_tax=Decimal("0.30"),
        tax_collected_by="MARKETPLACE_FACILITATOR",
    )
    return draft(
        make(AmazonOrder, total=Decimal("18.59"), **told),
        [item, make(AmazonOrderItem, order_item_id="2", seller_sku=None, item_price=Decimal(0), unit_price=Decimal(0))],
        marketplace=by_country("UK"),
        variants={"MUG": "gid://shopify/ProductVariant/1"},
        short={"MUG": 1},
        tags=("amazon",),
        gift_messages={"1": "Happy birthday"},
    )


@pytest.mark.parametrize(
    ("told", "recipient"),
    [
        ({}, RECIPIENT),
        ({}, None),
        ({"status": "SHIPPED"}, replace(RECIPIENT, region="WA", country_code="US")),
        ({"fulfilled_by": "AMAZON", "currency": "EUR"}, None),
    ],
    ids=["whole", "without an address", "shipped", "shipped by Amazon"],
)
def test_an_order_is_what_shopify_takes(told: dict[str, Any], recipient: Recipient | None) -> None:
    made = a_draft(**told)
    sent = order_input(made, recipient)
    read = coerced("OrderCreateOrderInput", sent)
    assert sent.keys() <= read.keys()
    assert added_up(made) == made.paid == Decimal("18.59")
    options = {"inventoryBehaviour": made.stock, "sendReceipt": False, "sendFulfillmentReceipt": False}
    assert coerced("OrderCreateOptionsInput", options)["inventoryBehaviour"] == made.stock


def test_every_tag_fits_and_no_amount_is_below_zero() -> None:
    sent = order_input(a_draft(), RECIPIENT)
    assert len(sent["tags"]) <= 250
    assert all(len(tag) <= 40 for tag in sent["tags"])
    amounts = [line["priceSet"]["shopMoney"]["amount"] for line in (*sent["lineItems"], *sent["shippingLines"])]
    assert all(Decimal(amount) >= 0 for amount in amounts)


def test_taxes_are_on_lines_and_shipping_never_on_the_order_as_well() -> None:
    sent = order_input(a_draft(), RECIPIENT)
    assert "taxLines" not in sent
    taxes = [tax for part in (*sent["lineItems"], *sent["shippingLines"]) for tax in part["taxLines"]]
    assert sum(Decimal(tax["priceSet"]["shopMoney"]["amount"]) for tax in taxes) == Decimal("3.10")
    assert all(tax["channelLiable"] is True and "rate" in tax for tax in taxes)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("ORDER_CREATE", {"order": order_input(a_draft(), RECIPIENT), "options": {}}),
        (
            "ORDER_READDRESS",
            {
                "input": {
                    "id": "gid://shopify/Order/1",
                    "shippingAddress": address_input(RECIPIENT),
                    "metafields": [
                        {"namespace": "instep", "key": "amazon_address", "type": "single_line_text_field", "value": "x"}
                    ],
                }
            },
        ),
        (
            "ORDER_MARK",
            {
                "id": "gid://shopify/Order/1",
                "tags": ["amazon"],
                "metafields": [
                    {
                        "ownerId": "gid://shopify/Order/1",
                        "namespace": "instep",
                        "key": "amazon_order_id",
                        "type": "id",
                        "value": "202-0000001-0000001",
                    }
                ],
            },
        ),
        (
            "ORDER_MARK_DEFINE",
            {
                "definition": {
                    "name": "Amazon order id",
                    "namespace": "instep",
                    "key": "amazon_order_id",
                    "type": "id",
                    "ownerType": "ORDER",
                }
            },
        ),
    ],
)
def test_the_variables_of_a_document_are_what_it_declares(document: str, variables: dict[str, Any]) -> None:
    definitions = operation_of(DOCUMENTS[document]).variable_definitions
    found = get_variable_values(schema(), definitions, variables)
    assert not isinstance(found, list), [error.message for error in found]


@given(st.builds(Recipient, country_code=st.sampled_from(["GB", "US", "JP"]), name=st.text(), region=st.text()))
def test_whatever_an_address_says_shopify_can_be_given_it(recipient: Recipient) -> None:
    coerced("MailingAddressInput", address_input(recipient))
