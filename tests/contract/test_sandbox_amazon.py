"""Every answer of the sandbox's Amazon side fits Amazon's own models, the errors too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running
from tests.amazon_caller import DE, UK, AmazonCaller, quantity_message
from tests.contract.models import (
    ContractBroken,
    contracts,
    fits,
    validate_request,
    validate_response,
    validate_schema,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(seed=11, skus=80, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as running_sandbox:
        yield running_sandbox


@pytest.fixture
def amazon(sandbox: Sandbox) -> Iterator[AmazonCaller]:
    with AmazonCaller(sandbox, check=fits) as caller:
        yield caller


EVERY_LISTING_DATA = "summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes"
EVERY_ORDER_DATA = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"


def test_listings_of_every_kind_fit_the_model(amazon: AmazonCaller) -> None:
    found = amazon.search(includedData=EVERY_LISTING_DATA, pageSize=20).json()
    assert len(found["items"]) == 20
    for sku in ("007-ROPE", "JUG-GLASS-FBA", "THROW-WOOL", "BOWL/SET-4", "TEE-GRÖSSE M"):
        answer = amazon.get_item(sku, included=EVERY_LISTING_DATA)
        assert answer.json()["sku"] == sku


def test_listings_in_trouble_fit_the_model() -> None:
    plan = Plan(skus=60, history_orders=0, listing_trouble=True)
    clock = SandboxClock(start=NOW, speed=0)
    with running(plan=plan, clock=clock, enforce_rates=False) as broken, AmazonCaller(broken, check=fits) as amazon:
        hidden = amazon.get_item("SPADE-STEEL", included=EVERY_LISTING_DATA).json()
        assert (hidden["summaries"][0]["status"], hidden["issues"][0]["code"]) == ([], "18027")
        light = amazon.get_item("TWINE-JUTE", included=EVERY_LISTING_DATA).json()
        assert "item_package_weight" not in light["attributes"]
        assert amazon.get_item("SPADE-ASH", marketplace=DE, included="issues").json()["issues"] == []


def test_every_outcome_of_a_price_fits_the_model(amazon: AmazonCaller) -> None:
    def patched(amount: float, currency: str = "GBP") -> str:
        price = {"marketplace_id": UK, "currency": currency, "our_price": [{"schedule": [{"value_with_tax": amount}]}]}
        patch = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [price]}
        body = {"productType": "PRODUCT", "patches": [patch]}
        answer = amazon.call("PATCH", amazon.listing_path("TEA+LEMON"), {"marketplaceIds": UK}, body)
        return str(answer.json()["status"])

    assert [patched(21.5), patched(0), patched(21.555), patched(21.5, "EUR")] == [
        "ACCEPTED",
        "INVALID",
        "INVALID",
        "INVALID",
    ]


def test_errors_of_listings_fit_the_model(amazon: AmazonCaller) -> None:
    statuses = [
        amazon.get_item("NO-SUCH-SKU").status_code,
        amazon.call("GET", amazon.listing_path("007-ROPE")).status_code,
        amazon.search(identifiers=",".join(f"S{number}" for number in range(21)), identifiersType="SKU").status_code,
        amazon.search(pageSize=21).status_code,
        amazon.patch("NO-SUCH-SKU", 1).status_code,
        amazon.call("GET", "/listings/2021-08-01/items/ANOTHER/007-ROPE", {"marketplaceIds": UK}).status_code,
    ]
    assert statuses == [404, 400, 400, 400, 400, 403]


def test_every_outcome_of_a_patch_fits_the_model(amazon: AmazonCaller) -> None:
    outcomes = [
        amazon.patch("007-ROPE", 11).json()["status"],
        amazon.patch("007-ROPE", 11, mode="VALIDATION_PREVIEW").json()["status"],
        amazon.patch("007-ROPE", -1).json()["status"],
        amazon.patch("MIRROR-ROUND", 4).json()["status"],
    ]
    assert outcomes == ["ACCEPTED", "VALID", "INVALID", "INVALID"]


def test_orders_of_every_status_fit_the_model(amazon: AmazonCaller) -> None:
    query = {"createdAfter": "2026-09-01T00:00:00Z", "includedData": EVERY_ORDER_DATA, "maxResultsPerPage": "40"}
    seen: set[str] = set()
    answer = amazon.orders(**query).json()
    while True:
        seen |= {order["fulfillment"]["fulfillmentStatus"] for order in answer["orders"]}
        if "pagination" not in answer:
            break
        answer = amazon.orders(**query, paginationToken=answer["pagination"]["nextToken"]).json()
    assert seen == {
        "PENDING_AVAILABILITY",
        "PENDING",
        "UNSHIPPED",
        "PARTIALLY_SHIPPED",
        "SHIPPED",
        "CANCELLED",
        "UNFULFILLABLE",
    }
    some_id = answer["orders"][0]["orderId"]
    assert amazon.call("GET", f"/orders/2026-01-01/orders/{some_id}").json()["order"]["orderId"] == some_id


def test_errors_of_orders_fit_the_model(amazon: AmazonCaller) -> None:
    statuses = [
        amazon.orders().status_code,
        amazon.orders(createdAfter="yesterday").status_code,
        amazon.orders(createdAfter="2026-10-01T00:00:00Z", includedData="EVERYTHING").status_code,
        amazon.call("GET", "/orders/2026-01-01/orders/000-0000000-0000000").status_code,
        amazon.call("GET", "/orders/2026-01-01/orders/000-0000000-0000000", token="Atza|made-up").status_code,
    ]
    assert statuses == [400, 400, 400, 404, 403]


def test_fba_inventory_fits_the_model(amazon: AmazonCaller) -> None:
    assert len(amazon.fba(details="true").json()["payload"]["inventorySummaries"]) > 5
    assert "inventoryDetails" not in amazon.fba().json()["payload"]["inventorySummaries"][0]
    for marketplaces in (f"{UK},{DE}", ""):
        refused = amazon.fba(marketplaceIds=marketplaces)
        assert refused.status_code == 400


def test_reports_fit_the_model(amazon: AmazonCaller) -> None:
    status, content, _ = amazon.report()
    assert (status["processingStatus"], content[:9]) == ("DONE", b"item-name")
    reports = "/reports/2021-06-30/reports"
    listed = amazon.call("GET", reports, {"reportTypes": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"})
    assert len(listed.json()["reports"]) == 4
    statuses = [
        amazon.call("POST", reports, None, {"reportType": "NOPE", "marketplaceIds": [UK]}).status_code,
        amazon.call("GET", f"{reports}/1").status_code,
        amazon.call("GET", reports).status_code,
        amazon.call("GET", "/reports/2021-06-30/documents/none").status_code,
    ]
    assert statuses == [400, 404, 400, 404]


def test_feeds_fit_the_model_and_the_schema_of_their_report(amazon: AmazonCaller) -> None:
    feed_id = amazon.submit_feed([quantity_message(1, "007-ROPE", 5), quantity_message(2, "NO-SUCH-SKU", 5)])
    amazon.feed(feed_id)
    amazon.advance(120)
    result = amazon.feed_result(feed_id)
    validate_schema("feeds/listings-feed-processing-report-schema-v2.json", result)
    assert result["summary"]["messagesInvalid"] == 1
    feeds = "/feeds/2021-06-30"
    no_document = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [UK], "inputFeedDocumentId": "none"}
    statuses = [
        amazon.call("POST", f"{feeds}/feeds", None, no_document).status_code,
        amazon.call("GET", f"{feeds}/feeds/1").status_code,
        amazon.call("GET", f"{feeds}/documents/none").status_code,
        amazon.call("POST", f"{feeds}/documents", None, {"contentType": 7}).status_code,
    ]
    assert statuses == [400, 404, 404, 400]


def test_participations_fit_the_model(amazon: AmazonCaller) -> None:
    answer = amazon.call("GET", "/sellers/v1/marketplaceParticipations").json()
    assert [each["marketplace"]["countryCode"] for each in answer["payload"]] == ["GB", "DE"]


@pytest.mark.parametrize(("kind", "status"), [("throttle", 429), ("expired_token", 403), ("status_400_errors", 400)])
def test_faults_that_pose_as_amazon_fit_the_models(amazon: AmazonCaller, kind: str, status: int) -> None:
    for path, query in (
        (amazon.listings_path, {"marketplaceIds": UK}),
        ("/orders/2026-01-01/orders", {"createdAfter": "2026-10-01T00:00:00Z"}),
        ("/fba/inventory/v1/summaries", {}),
        ("/sellers/v1/marketplaceParticipations", {}),
    ):
        amazon.fault(kind, "*", times=1)
        assert amazon.call("GET", path, query).status_code == status
        amazon.token = amazon.new_token()


def test_a_request_that_amazon_does_not_take_is_noticed() -> None:
    path = {"sellerId": "A1EXAMPLE", "sku": "A"}
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [{"quantity": 1}]}
    body = {"productType": "PRODUCT", "patches": [patch]}
    validate_request("patchListingsItem", path, {"marketplaceIds": UK}, body)
    with pytest.raises(ContractBroken, match="needs the query parameter 'marketplaceIds'"):
        validate_request("patchListingsItem", path, {}, body)
    with pytest.raises(ContractBroken, match="has no query parameter 'MarketplaceIds'"):
        validate_request("patchListingsItem", path, {"marketplaceIds": UK, "MarketplaceIds": UK}, body)
    with pytest.raises(ContractBroken, match="as one value with commas, not repeated"):
        validate_request("searchListingsItems", {"sellerId": "A1EXAMPLE"}, {"marketplaceIds": [UK, DE]})
    with pytest.raises(ContractBroken, match="'MarketplaceId' was unexpected"):
        validate_request("patchListingsItem", path, {"marketplaceIds": UK}, {**body, "MarketplaceId": UK})
    identifiers = ",".join(f"S{number}" for number in range(21))
    query = {"marketplaceIds": UK, "identifiersType": "SKU", "identifiers": identifiers}
    with pytest.raises(ContractBroken, match="is too long"):
        validate_request("searchListingsItems", {"sellerId": "A1EXAMPLE"}, query)


def test_missing_contracts_are_a_failure_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INSTEP_CONTRACTS")
    with pytest.raises(AssertionError, match="INSTEP_CONTRACTS is not set: it must name the folder"):
        contracts()


def test_an_answer_that_does_not_fit_is_noticed() -> None:
    with pytest.raises(ContractBroken, match="fulfilmentAvailability"):
        validate_response("getListingsItem", 200, {"sku": "A", "fulfilmentAvailability": []})
    with pytest.raises(ContractBroken, match="never answers 204"):
        validate_response("getListingsItem", 204, None)
