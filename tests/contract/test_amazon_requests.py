"""Every request of the Amazon client against Amazon's own models, and Amazon's own examples through the client.

Reads the models from the folder that INSTEP_CONTRACTS names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from integration_assets.contracts.errors import InstepError, Rejected, Unavailable
from integration_assets.rules.marketplaces import by_country
from integration_assets.rules.recipient import Recipient
from resources.amazon import AmazonAccount
from resources.amazon_parts.content import Change, listed, patches_of
from resources.amazon_parts.feeds import FeedState, processing_report
from resources.amazon_parts.rates import RATES
from resources.amazon_parts.shipments import ConfirmedPackage
from tests.unit.amazon_answers import DE, JP, SELLER, START, UK, Asked, Desk, Reply, access, desk, document, ok

MODELS = {
    "searchListingsItems": "listings-items-api-model/listingsItems_2021-08-01.json",
    "getListingsItem": "listings-items-api-model/listingsItems_2021-08-01.json",
    "patchListingsItem": "listings-items-api-model/listingsItems_2021-08-01.json",
    "searchOrders": "orders-api-model/orders_2026-01-01.json",
    "getOrder": "orders-api-model/orders_2026-01-01.json",
    "confirmShipment": "orders-api-model/ordersV0.json",
    "listTransactions": "finances-api-model/finances_2024-06-19.json",
    "getInventorySummaries": "fba-inventory-api-model/fbaInventory.json",
    "getMarketplaceParticipations": "sellers-api-model/sellers.json",
    "createReport": "reports-api-model/reports_2021-06-30.json",
    "getReport": "reports-api-model/reports_2021-06-30.json",
    "getReports": "reports-api-model/reports_2021-06-30.json",
    "getReportDocument": "reports-api-model/reports_2021-06-30.json",
    "createFeedDocument": "feeds-api-model/feeds_2021-06-30.json",
    "createFeed": "feeds-api-model/feeds_2021-06-30.json",
    "getFeed": "feeds-api-model/feeds_2021-06-30.json",
    "getFeedDocument": "feeds-api-model/feeds_2021-06-30.json",
    **dict.fromkeys(
        (
            "getFulfillmentPreview",
            "createFulfillmentOrder",
            "listAllFulfillmentOrders",
            "getFulfillmentOrder",
            "cancelFulfillmentOrder",
        ),
        "fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json",
    ),
    **dict.fromkeys(
        ("getDestinations", "createDestination", "getSubscription", "createSubscription"),
        "notifications-api-model/notifications.json",
    ),
}
EXAMPLE_STORE = "https://d34o8swod1owfl.cloudfront.net"
"""Where the documents of Amazon's examples lie: not a place the client goes to, unless it is the account's own."""

ITEMS = f"/listings/2021-08-01/items/{SELLER}"
REPORT = b"item-name\tlisting-id\tseller-sku\tprice\tquantity\tasin1\tproduct-id\tfulfillment-channel\tstatus\n"


@cache
def contracts() -> Path:
    """The folder of Amazon's published models."""
    folder = os.environ.get("INSTEP_CONTRACTS")
    if not folder:
        pytest.fail("INSTEP_CONTRACTS is not set: name the folder that holds amazon/models/orders-api-model")
    return Path(folder) / "amazon"


@cache
def model(operation: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((contracts() / "models" / MODELS[operation]).read_text(encoding="utf-8"))
    return read


@cache
def declared(operation: str) -> tuple[str, str, dict[str, Any]]:
    """Method, path template and declaration of an operation."""
    for path, methods in model(operation)["paths"].items():
        for method, found in methods.items():
            if isinstance(found, dict) and found.get("operationId") == operation:
                return method.upper(), path, found
    raise AssertionError(f"{MODELS[operation]} has no {operation}")


def examples(operation: str, status: int) -> list[dict[str, Any]]:
    """Amazon's static sandbox answers of an operation with this status."""
    lines = (contracts() / "sandbox_examples.jsonl").read_text(encoding="utf-8").splitlines()
    found = [
        example["response"]
        for example in map(json.loads, lines)
        if (example["operation"], example["status"]) == (operation, str(status))
        and example["model"].endswith(MODELS[operation])
    ]
    if not found:
        raise AssertionError(f"no example of {operation} with {status}")
    return found


def check(asked: Asked) -> str:
    """The operation a request is, once it is seen to be one that Amazon's model allows."""
    operation, placed = _matched(asked)
    _, _, declaration = declared(operation)
    given = {"path": placed, "query": asked.query}
    for parameter in declaration["parameters"]:
        where, name = parameter["in"], parameter["name"]
        if where == "body":
            _check_body(operation, parameter["schema"], asked.json)
        elif name in given[where]:
            _check_value(given[where].pop(name), parameter)
        else:
            assert not parameter["required"], f"{operation} needs {name}"
    assert given == {"path": {}, "query": {}}, f"{operation} does not know {given}"
    if asked.method == "GET":
        assert asked.body == b""
    return operation


def _matched(asked: Asked) -> tuple[str, dict[str, str]]:
    for operation in MODELS:
        method, template, _ = declared(operation)
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        match = re.fullmatch(pattern, asked.path)
        if match and method == asked.method:
            return operation, {key: unquote(value) for key, value in match.groupdict().items()}
    raise AssertionError(f"{asked.method} {asked.path} is no operation of Amazon's models")


def _check_value(value: str, parameter: dict[str, Any]) -> None:
    """A parameter as it stands in an address: arrays are comma-separated, for Amazon says csv or says nothing."""
    kind = parameter["type"]
    kept = ("type", "enum", "items", "minItems", "maxItems", "maximum")
    schema: dict[str, Any] = {key: parameter[key] for key in kept if key in parameter}
    read: Any = value
    if kind == "array":
        assert parameter.get("collectionFormat", "csv") == "csv"
        read = value.split(",")
    elif kind in {"integer", "boolean"}:
        read = json.loads(value)
    elif parameter.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    jsonschema.validate(read, schema)


def _check_body(operation: str, schema: dict[str, Any], body: Any) -> None:
    definitions = model(operation)["definitions"]
    jsonschema.validate(body, {**schema, "definitions": definitions})
    known = definitions[schema["$ref"].removeprefix("#/definitions/")]["properties"]
    assert set(body) <= set(known), f"{operation} does not know {set(body) - set(known)}"


def at_the_examples() -> Desk:
    """An account whose own address is where the examples keep their documents."""
    return desk(granted=access(url=EXAMPLE_STORE))


def requests_of(at: Desk) -> list[Asked]:
    """What was asked of Amazon itself: no tokens, no documents."""
    return [one for one in at.stand.asked if not one.path.startswith(("/auth/", "/document", "/upload"))]


def availability(at: Desk) -> None:
    at.stand.on(
        f"GET {ITEMS}", ok({"numberOfResults": 2, "items": [], "pagination": {"nextToken": "t"}}), ok({"items": []})
    )
    at.stand.on(f"GET {ITEMS}/A%2CB%2F1", ok({"sku": "A,B/1"}))
    at.account.search_availability([*(f"SKU {number}/ü" for number in range(20)), "A,B/1"])


def patches(at: Desk) -> None:
    receipt = {"sku": "A/B", "status": "ACCEPTED", "submissionId": "s"}
    at.stand.on(f"PATCH {ITEMS}/A%2FB", ok(receipt), ok({**receipt, "status": "VALID"}))
    at.account.patch_quantity("A/B", 0)
    at.account.patch_quantity("A/B", 12, preview=True)


def offers(at: Desk) -> None:
    at.stand.on(f"GET {ITEMS}", ok({"numberOfResults": 0, "items": []}))
    at.stand.on(f"GET {ITEMS}/A%2CB", Reply(404, b'{"errors": [{"code": "NOT_FOUND", "message": "none"}]}'))
    assert at.account.search_offers(["SKU/ü", "A,B"], UK) == []


def prices(at: Desk) -> None:
    at.stand.on(f"PATCH {ITEMS}/A%2FB", ok({"sku": "A/B", "status": "ACCEPTED", "submissionId": "s"}))
    at.account.patch_prices("A/B", {UK: Decimal("19.99"), DE: Decimal("23.40")})


def contents(at: Desk) -> None:
    at.stand.on(f"GET {ITEMS}", ok({"numberOfResults": 0, "items": []}))
    assert at.account.search_content(["SKU/ü"], UK) == []
    at.stand.on(f"PATCH {ITEMS}/A%2FB", ok({"sku": "A/B", "status": "ACCEPTED", "submissionId": "s"}))
    changes = [
        Change("title", UK, "en_GB", "Jug"),
        Change("images", DE, "de_DE", "https://cdn.shopify.com/1.jpg", images_shown=3),
    ]
    at.account.patch_content("A/B", "PITCHER", changes)


def orders(at: Desk) -> None:
    page = {"orders": [], "pagination": {"nextToken": "t"}}
    at.stand.on("GET /orders/2026-01-01/orders", ok(page), ok({"orders": []}))
    at.account.orders(START - timedelta(days=3))


def one_order(at: Desk) -> None:
    (body, *_) = examples("getOrder", 200)
    at.stand.on("GET /orders/2026-01-01/orders/171-9876543-2109876", ok(body), ok(body))
    at.account.order_to_ship("171-9876543-2109876")
    at.account.order_to_ship("171-9876543-2109876", with_email=True)


def shipments(at: Desk) -> None:
    path = "POST /orders/v0/orders/902-1106328-1059050/shipmentConfirmation"
    at.stand.on(path, Reply(204), Reply(204))
    for carrier, name in (("UPS", None), ("Other", "Bike courier")):
        package = ConfirmedPackage(
            order_id="902-1106328-1059050",
            marketplace_id=UK.marketplace_id,
            reference="5512345678901",
            carrier_code=carrier,
            carrier_name=name,
            tracking_number="T 1/ü",
            ship_at=START,
            items={"79039765272157": 1, "79039765272158": 2},
        )
        at.account.confirm_shipment(package)


def transactions(at: Desk) -> None:
    page = {"payload": {"transactions": [], "nextToken": "t"}}
    empty: dict[str, Any] = {"payload": {"transactions": []}}
    at.stand.on("GET /finances/2024-06-19/transactions", ok(page), ok(empty), ok(empty), ok(empty))
    at.account.transactions(START - timedelta(days=200))
    at.account.transactions(START - timedelta(days=3), status="DEFERRED_RELEASED")


def inventory(at: Desk) -> None:
    page = {"payload": {"granularity": {}, "inventorySummaries": []}, "pagination": {"nextToken": "t"}}
    at.stand.on("GET /fba/inventory/v1/summaries", ok(page), ok({"payload": {"inventorySummaries": []}}))
    at.account.fba_inventory(UK)


def participations(at: Desk) -> None:
    at.stand.on("GET /sellers/v1/marketplaceParticipations", ok({"payload": []}))
    at.account.participations()


def reports(at: Desk) -> None:
    done = {
        "reportId": "r/1",
        "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA",
        "processingStatus": "DONE",
        "createdTime": "2026-11-23T08:59:00Z",
        "reportDocumentId": "d/1",
    }
    at.stand.on("GET /reports/2021-06-30/reports", ok({"reports": [], "nextToken": "t"}), ok({"reports": []}))
    at.stand.on("POST /reports/2021-06-30/reports", ok({"reportId": "r/1"}, status=202))
    at.stand.on("GET /reports/2021-06-30/reports/r%2F1", ok(done))
    at.stand.on("GET /reports/2021-06-30/documents/d%2F1", ok({"url": f"{EXAMPLE_STORE}/document"}))
    at.stand.on("GET /document", document(REPORT))
    at.account.listings_report(UK, max_age_seconds=600)


def feeds(at: Desk) -> None:
    at.stand.on("POST /feeds/2021-06-30/documents", ok({"feedDocumentId": "d", "url": f"{EXAMPLE_STORE}/upload"}))
    at.stand.on("PUT /upload", Reply(200))
    at.stand.on("POST /feeds/2021-06-30/feeds", ok({"feedId": "f/1"}, status=202))
    at.stand.on("GET /feeds/2021-06-30/feeds/f%2F1", ok({"feedId": "f/1", "processingStatus": "DONE"}))
    at.stand.on("GET /feeds/2021-06-30/documents/d%2F2", ok({"url": f"{EXAMPLE_STORE}/document"}))
    at.stand.on(
        "GET /document",
        document(_feed_schema("processing-report-schema-v2.example").replace(b"AXXXXXXXXXXXX", b"A1EXAMPLE")),
    )
    at.account.submit_quantity_feed({"A,B": 1, "ü": 0})
    at.account.feed("f/1")
    at.account.feed_result("d/2")


def _feed_schema(name: str) -> bytes:
    return (contracts() / "schemas" / "feeds" / f"listings-feed-{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (
            availability,
            ["searchListingsItems", "searchListingsItems", "getListingsItem", "searchListingsItems", "getListingsItem"],
        ),
        (patches, ["patchListingsItem", "patchListingsItem"]),
        (offers, ["searchListingsItems", "getListingsItem"]),
        (prices, ["patchListingsItem"]),
        (contents, ["searchListingsItems", "patchListingsItem"]),
        (orders, ["searchOrders", "searchOrders"]),
        (one_order, ["getOrder", "getOrder"]),
        (shipments, ["confirmShipment", "confirmShipment"]),
        (transactions, ["listTransactions"] * 4),
        (inventory, ["getInventorySummaries", "getInventorySummaries"]),
        (participations, ["getMarketplaceParticipations"]),
        (reports, ["getReports", "getReports", "createReport", "getReport", "getReportDocument"]),
        (feeds, ["createFeedDocument", "createFeed", "getFeed", "getFeedDocument"]),
    ],
)
def test_every_request_is_one_that_amazons_model_allows(use: Callable[[Desk], None], expected: list[str]) -> None:
    at = at_the_examples()
    use(at)
    assert [check(asked) for asked in requests_of(at)] == expected


def test_the_check_notices_what_the_library_would_have_slipped_in() -> None:
    at = at_the_examples()
    patches(at)
    (asked, _) = requests_of(at)
    slipped = Asked(asked.method, f"{asked.target}&MarketplaceId=X", asked.headers, asked.body)
    with pytest.raises(AssertionError, match="does not know"):
        check(slipped)
    body = json.dumps({**asked.json, "marketplaceIds": ["X"]}).encode()
    with pytest.raises(AssertionError, match="does not know"):
        check(Asked(asked.method, asked.target, asked.headers, body))


def test_every_operation_we_have_a_rate_for_is_in_amazons_models_with_that_rate() -> None:
    assert set(RATES) == set(MODELS)
    for operation, rate in RATES.items():
        told = re.search(r"\|\s*([\d.]+)\s*\|\s*(\d+)\s*\|", declared(operation)[2]["description"])
        assert told is not None, operation
        assert (rate.per_second, rate.burst) == (float(told[1]), int(told[2])), operation


def test_a_feed_is_what_amazons_feed_schema_allows() -> None:
    at = at_the_examples()
    feeds(at)
    (upload,) = at.stand.sent("PUT /upload")
    jsonschema.validate(upload.json, json.loads(_feed_schema("schema-v2")))


def test_amazons_processing_report_is_read() -> None:
    found = processing_report(_feed_schema("processing-report-schema-v2.example"), seller_id="AXXXXXXXXXXXX")
    assert (found.feed_id, found.accepted, found.invalid) == ("1234567890", 2, 2)
    assert {sku: [issue.code for issue in issues] for sku, issues in found.issues_by_sku.items()} == {
        "My-SKU-B": ["90220", "90220"],
        "My-SKU-C": ["99022"],
    }


def test_amazons_listings_are_read() -> None:
    at = at_the_examples()
    (body,) = examples("searchListingsItems", 200)
    at.stand.on(f"GET {ITEMS}", ok(body), ok({"numberOfResults": 0, "items": []}))
    (found,) = at.account.search_availability(["GM-ZDPI-9B4E"])
    assert (found.fulfillment_channels, found.quantity, found.product_type) == (("DEFAULT",), 100, "LUGGAGE")
    assert {"18027", "18155", "90220", "99300"} <= set(found.issue_codes)
    (single,) = examples("getListingsItem", 200)
    at.stand.on(f"GET {ITEMS}/A%2CB", ok({**single, "sku": "A,B"}))
    (alone,) = at.account.search_availability(["A,B"])
    assert (alone.fulfillment_channels, alone.quantity, alone.product_type) == (("DEFAULT",), 100, "LUGGAGE")


def test_amazons_offers_are_read_marketplace_by_marketplace() -> None:
    (body,) = examples("searchListingsItems", 200)
    shown = []
    for place in (by_country("US"), by_country("CA"), UK):
        at = at_the_examples()
        at.stand.on(f"GET {ITEMS}", ok({**body, "pagination": {}}))
        shown += [
            (row.price, row.currency, row.is_buyable, row.is_visible, len(row.issue_codes))
            for row in at.account.search_offers(["GM-ZDPI-9B4E"], place)
        ]
    assert shown == [
        (Decimal("100.00"), "USD", True, False, 5),
        (Decimal("130.00"), "CAD", False, False, 2),
    ]


def test_a_price_is_merged_into_the_offer_with_no_more_decimals_than_its_currency_has() -> None:
    at = at_the_examples()
    at.stand.on(f"PATCH {ITEMS}/A", ok({"sku": "A", "status": "ACCEPTED", "submissionId": "s"}))
    at.account.patch_prices("A", {UK: Decimal("19.99"), JP: Decimal(3881)})
    (asked,) = at.stand.sent(f"PATCH {ITEMS}/A")
    assert asked.json["patches"] == [
        {
            "op": "merge",
            "path": "/attributes/purchasable_offer",
            "value": [
                {
                    "marketplace_id": "A1F83G8C2ARO7P",
                    "currency": "GBP",
                    "audience": "ALL",
                    "our_price": [{"schedule": [{"value_with_tax": 19.99}]}],
                },
                {
                    "marketplace_id": "A1VC38T7YXB528",
                    "currency": "JPY",
                    "audience": "ALL",
                    "our_price": [{"schedule": [{"value_with_tax": 3881}]}],
                },
            ],
        }
    ]
    with pytest.raises(InstepError, match=r"3881\.5 is not a price in JPY"):
        at.account.patch_prices("A", {JP: Decimal("3881.5")})


def test_content_is_merged_per_marketplace_and_images_that_are_no_more_are_taken_away() -> None:
    found = patches_of(
        [
            Change("title", UK, "en_GB", "Jug"),
            Change("title", DE, "de_DE", "Krug"),
            Change("images", UK, "en_GB", "https://a/1.jpg\nhttps://a/2.jpg", images_shown=3),
        ]
    )
    assert list(found) == [
        {
            "op": "merge",
            "path": "/attributes/item_name",
            "value": [
                {"value": "Jug", "language_tag": "en_GB", "marketplace_id": "A1F83G8C2ARO7P"},
                {"value": "Krug", "language_tag": "de_DE", "marketplace_id": "A1PA6795UKMFR9"},
            ],
        },
        {
            "op": "merge",
            "path": "/attributes/main_product_image_locator",
            "value": [{"media_location": "https://a/1.jpg", "marketplace_id": "A1F83G8C2ARO7P"}],
        },
        {
            "op": "merge",
            "path": "/attributes/other_product_image_locator_1",
            "value": [{"media_location": "https://a/2.jpg", "marketplace_id": "A1F83G8C2ARO7P"}],
        },
        {
            "op": "delete",
            "path": "/attributes/other_product_image_locator_2",
            "value": [{"marketplace_id": "A1F83G8C2ARO7P"}],
        },
    ]


def test_what_amazons_example_of_a_listing_says_is_read() -> None:
    (body, *_) = examples("getListingsItem", 200)
    found = listed(body, by_country("US"), START)
    assert found is not None
    assert (found.product_type, found.images) == ("LUGGAGE", ())
    assert found.title


def test_amazons_receipts_are_read() -> None:
    found = []
    for body in examples("patchListingsItem", 200):
        at = at_the_examples()
        at.stand.on(f"PATCH {ITEMS}/{body['sku']}", ok(body))
        receipt = at.account.patch_quantity(body["sku"], 1)
        found.append((receipt.status, [issue.code for issue in receipt.issues]))
    assert found == [("ACCEPTED", []), ("VALID", []), ("INVALID", ["90000900"])]


def test_amazons_orders_are_read() -> None:
    found = []
    for body in examples("searchOrders", 200):
        at = at_the_examples()
        at.stand.on("GET /orders/2026-01-01/orders", ok(body), ok({"orders": []}))
        found += list(at.account.orders(START - timedelta(days=1)))
    by_id = {order.amazon_order_id: (order, items) for order, items in found}
    order, (line,) = by_id["202-7654321-1098765"]
    assert (order.status, order.fulfilled_by, order.channel_name) == ("SHIPPED", "MERCHANT", "AMAZON")
    assert (order.total, order.currency) == (Decimal("34.99"), "GBP")
    assert order.created_at == datetime(2024, 12, 24, 14, 20, tzinfo=UTC)
    assert line.quantity_ordered == line.quantity_fulfilled + line.quantity_unfulfilled
    yen, _ = by_id["250-1234567-8901234"]
    assert (yen.total, yen.currency, yen.fulfilled_by) == (Decimal(19940), "JPY", "AMAZON")
    assert len(by_id) == sum(len(body["orders"]) for body in examples("searchOrders", 200))


def test_amazons_single_orders_are_read_with_who_they_go_to() -> None:
    found = {}
    for body in examples("getOrder", 200):
        order_id = body["order"]["orderId"]
        at = at_the_examples()
        at.stand.on(f"GET /orders/2026-01-01/orders/{order_id}", ok(body))
        found[order_id] = at.account.order_to_ship(order_id, with_email=True)
    brazil, us = found["171-9876543-2109876"], found["114-9876543-1234567"]
    assert brazil.recipient == Recipient(
        country_code="BR",
        name="Maria Silva Santos",
        lines=("Rua das Flores, 123", "Apartamento 45"),
        city="São Paulo",
        region="SP",
        postal_code="01234-567",
        phone="+55 11 98765-4321",
        email="buyer-email@marketplace.amazon.com.br",
    )
    assert list(brazil.gift_messages) == ["17198765432109"]
    assert brazil.items[0].gift_wrap_level == "STANDARD"
    assert "Maria" not in repr(brazil)
    (line,) = us.items
    assert (line.item_price, line.tax, line.item_total) == (Decimal("39.99"), Decimal("10.00"), Decimal("49.99"))
    assert (us.order.total, us.order.order_charges) == (Decimal("49.99"), Decimal(0))
    turkey = found["028-1234567-8901234"]
    assert turkey.items[0].tax_collected_by == "MARKETPLACE_FACILITATOR"
    assert turkey.recipient is not None
    assert turkey.recipient.lines[-1] == "Beyoglu"


def test_amazons_reports_are_read() -> None:
    at = at_the_examples()
    (listed,) = examples("getReports", 200)
    at.stand.on("GET /reports/2021-06-30/reports", ok(listed), ok({"reports": []}))
    (found,) = at.account.reports(["FEE_DISCOUNTS_REPORT"], START)
    assert (found.report_id, found.status, found.document_id) == ("ReportId1", "IN_PROGRESS", None)
    assert found.data_start_at == datetime(2024, 3, 11, 13, 47, 20, 677_000, tzinfo=UTC)

    (created,), (state,) = examples("createReport", 202), examples("getReport", 200)
    at.stand.on("POST /reports/2021-06-30/reports", ok(created, status=202))
    at.stand.on(f"GET /reports/2021-06-30/reports/{created['reportId']}", ok(state))
    with pytest.raises(Unavailable, match="is still IN_PROGRESS after 0 s"):
        at.account.listings_report(UK, wait_seconds=0)

    (link,) = examples("getReportDocument", 200)
    done = {**state, "processingStatus": "DONE", "reportDocumentId": link["reportDocumentId"]}
    at.stand.on(f"GET /reports/2021-06-30/reports/{created['reportId']}", ok(done))
    at.stand.on(f"GET /reports/2021-06-30/documents/{link['reportDocumentId']}", ok(link))
    at.stand.on(f"GET {link['url'].removeprefix(EXAMPLE_STORE)}", document(REPORT))
    assert at.account.listings_report(UK).content == REPORT


def test_amazons_feeds_are_read() -> None:
    at = at_the_examples()
    (stored,), (taken,), (state,) = (
        examples("createFeedDocument", 201),
        examples("createFeed", 202),
        examples("getFeed", 200),
    )
    at.stand.on("POST /feeds/2021-06-30/documents", ok(stored, status=201))
    at.stand.on(f"PUT {stored['url'].removeprefix(EXAMPLE_STORE)}", Reply(200))
    at.stand.on("POST /feeds/2021-06-30/feeds", ok(taken, status=202))
    at.stand.on("GET /feeds/2021-06-30/feeds/3485934", ok(state))
    feed_id = at.account.submit_quantity_feed({"A": 1})
    assert feed_id == "3485934"
    assert at.stand.sent("POST /feeds/2021-06-30/feeds")[0].json["inputFeedDocumentId"] == stored["feedDocumentId"]
    assert at.account.feed(feed_id) == FeedState("3485934", "CANCELLED", None)
    (link,) = examples("getFeedDocument", 200)
    report = _feed_schema("processing-report-schema-v2.example").replace(b"AXXXXXXXXXXXX", SELLER.encode())
    at.stand.on(f"GET /feeds/2021-06-30/documents/{link['feedDocumentId']}", ok(link))
    at.stand.on(f"GET {link['url'].removeprefix(EXAMPLE_STORE)}", document(report))
    assert at.account.feed_result(link["feedDocumentId"]).invalid == 2


def test_amazons_participations_are_read() -> None:
    at = at_the_examples()
    (body,) = examples("getMarketplaceParticipations", 200)
    at.stand.on("GET /sellers/v1/marketplaceParticipations", ok(body))
    (found,) = at.account.participations()
    assert (found.marketplace_id, found.country, found.is_participating) == ("ATVPDKIKX0DER", "US", True)


REFUSALS: dict[str, tuple[str, Callable[[AmazonAccount], object]]] = {
    "searchListingsItems": (f"GET {ITEMS}", lambda account: account.search_availability(["A"])),
    "getListingsItem": (f"GET {ITEMS}/A%2CB", lambda account: account.search_availability(["A,B"])),
    "patchListingsItem": (f"PATCH {ITEMS}/A", lambda account: account.patch_quantity("A", 1)),
    "searchOrders": ("GET /orders/2026-01-01/orders", lambda account: account.orders(START - timedelta(days=1))),
    "getOrder": ("GET /orders/2026-01-01/orders/203-1", lambda account: account.order_to_ship("203-1")),
    "getReports": ("GET /reports/2021-06-30/reports", lambda account: account.reports(["X"], START)),
    "createReport": ("POST /reports/2021-06-30/reports", lambda account: account.listings_report(UK)),
    "createFeedDocument": ("POST /feeds/2021-06-30/documents", lambda account: account.submit_quantity_feed({"A": 1})),
    "createFeed": ("POST /feeds/2021-06-30/feeds", lambda account: account.submit_quantity_feed({"A": 1})),
    "getReport": ("GET /reports/2021-06-30/reports/r", lambda account: account.listings_report(UK)),
    "getReportDocument": ("GET /reports/2021-06-30/documents/d", lambda account: account.listings_report(UK)),
    "getFeed": ("GET /feeds/2021-06-30/feeds/f", lambda account: account.feed("f")),
    "getFeedDocument": ("GET /feeds/2021-06-30/documents/d", lambda account: account.feed_result("d")),
}


@pytest.mark.parametrize("operation", sorted(REFUSALS))
def test_amazons_refusals_are_told_in_its_own_words(operation: str) -> None:
    what, use = REFUSALS[operation]
    (body,) = examples(operation, 400)
    at = at_the_examples()
    done = {"reportId": "r", "reportType": "X", "processingStatus": "DONE", "createdTime": "2026-11-23T08:59:00Z"}
    at.stand.on("POST /reports/2021-06-30/reports", ok({"reportId": "r"}, status=202))
    at.stand.on("GET /reports/2021-06-30/reports/r", ok({**done, "reportDocumentId": "d"}))
    at.stand.on("POST /feeds/2021-06-30/documents", ok({"feedDocumentId": "d", "url": f"{EXAMPLE_STORE}/upload"}))
    at.stand.on("PUT /upload", Reply(200))
    at.stand.on(what, ok(body, status=400, request_id="req-400"))
    with pytest.raises(Rejected, match=f"{operation}.* answered 400") as found:
        use(at.account)
    first = body["errors"][0]
    assert first["message"] in str(found.value)
    assert (found.value.code, found.value.request_id, found.value.operation) == (first["code"], "req-400", operation)
    assert len(at.stand.sent(what)) == 1
