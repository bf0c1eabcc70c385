"""The scopes that are asked for, against what Shopify publishes for every mutation, type and webhook topic in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import OperationType

from cli.setup import TOPICS
from resources.operating_model import OperatingModel, parse
from resources.scopes import FEATURES, needed_scopes
from resources.shopify_parts import service_documents, stock_documents
from resources.shopify_parts.access import with_implied
from tests.contract.test_shopify_documents import (
    DOCUMENTS,
    everything,
    operation_of,
    root_of,
    schema,
    selected,
    told,
)

MODEL = """
[mode]
%s
[shopify]
shop = "sample-shop.myshopify.com"
access_token = { env = "TOKEN" }
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK"]
refresh_token = { env = "REFRESH" }
[pools.mfn]
locations = ["Leeds"]
[pools.fba.eu]
location = "Amazon FBA EU"
[mcf]
service = "Amazon MCF"
[receiver]
public_url = "https://instep.example.com"
"""
PREVIEWS = (
    "ORDERS",
    "ORDER_LINES",
    "SHIPPED_ORDERS",
    "SHIPPED_ORDERS_OF",
    "CATALOGUE",
    "STOCK_LEVELS_OF_ITEMS",
    "LOCATIONS",
)
USES: dict[str, tuple[str, ...]] = {
    "": PREVIEWS,
    "order_import": ("ORDER_CREATE", "ORDER_READDRESS", "ORDER_BY_MARK", "ORDERS_BY_MARK", "VARIANTS_THERE"),
    "fba_fulfilment": ("FULFILLMENT_STATE", "FULFILLMENT_CREATE"),
    "order_cancellation": ("ORDER_CANCEL", "MONEY_STATE"),
    "order_refund": ("REFUND_CREATE", "SUGGESTED_REFUND", "REFUND_LINES", "MONEY_STATE"),
    "order_fees_note": ("METAFIELDS_SET", "ORDER_METAFIELDS"),
    "fba_mirror": tuple(name for name in vars(stock_documents) if name in DOCUMENTS),
    "content_push": ("CONTENT",),
    "mcf": (*(name for name in vars(service_documents) if name in DOCUMENTS), "SET_LEVELS", "STOCK_AT"),
}
WRITES_ORDERS = ("metafieldsSet", "refundCreate", "orderReaddress")
"""Mutations of which Shopify publishes no list: whoever writes them must be allowed to write orders."""


def model(*modes: str) -> OperatingModel:
    return parse(MODEL % "\n".join(f'{mode} = "live"' for mode in modes))


def asks_of(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """What a document needs: the place, and the scopes of which any one will do."""
    access = told("access_2026-10.json")
    operation = operation_of(DOCUMENTS[name])
    root = root_of(operation)
    section = access["mutations" if operation.operation is OperationType.MUTATION else "queries"]
    for _, field in selected(root, operation.selection_set):
        scopes = section.get(field.name.value, {}).get("scopes") or ()
        if field.name.value in WRITES_ORDERS:
            scopes = ("write_orders",)
        yield f"{name} {field.name.value}", frozenset(scopes)
    for owner, _ in everything(root, operation.selection_set):
        yield f"{name} {owner.name}", frozenset((access["types"].get(owner.name) or {}).get("scopes") or ())


@pytest.mark.parametrize("mode", USES)
def test_what_is_switched_on_is_allowed_all_that_it_asks_for(mode: str) -> None:
    granted = with_implied(needed_scopes(model(*([mode] if mode else []))))
    lacking = {
        place: sorted(any_of)
        for name in USES[mode]
        for place, any_of in asks_of(name)
        if any_of and not any_of & granted
    }
    assert lacking == {}


def test_every_topic_that_is_subscribed_to_may_be() -> None:
    topics = schema().get_type("WebhookSubscriptionTopic")
    granted = with_implied(needed_scopes(model()))
    for topic in TOPICS:
        text = topics.values[topic].description  # type: ignore[union-attr]
        assert any(scope in text for scope in granted), topic


@pytest.mark.parametrize("feature", [feature.name for feature in FEATURES if feature.name.startswith("mode.")])
def test_a_feature_that_is_off_asks_for_nothing(feature: str) -> None:
    [found] = [each for each in FEATURES if each.name == feature]
    assert not found.is_on(model())
    assert found.is_on(model(feature.removeprefix("mode.")))
    assert all(feature in needed_scopes(model(feature.removeprefix("mode.")))[scope] for scope in found.scopes)


def test_nothing_but_reading_is_asked_for_in_preview() -> None:
    assert set(needed_scopes(model())) == {
        "read_products",
        "read_locations",
        "read_inventory",
        "read_orders",
        "read_fulfillments",
    }
