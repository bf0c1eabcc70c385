"""Listings on the sandbox's Amazon: merge and replace, what is accepted, applied late or never, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.clock import SandboxClock
from sandbox.server import running
from tests.amazon_caller import DE, UK, AmazonCaller

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AVAILABILITY = "summaries,fulfillmentAvailability"


@pytest.fixture
def amazon() -> Iterator[AmazonCaller]:
    with (
        running(seed=7, skus=80, clock=SandboxClock(start=NOW, speed=0)) as sandbox,
        AmazonCaller(sandbox) as caller,
    ):
        yield caller


def attributes(amazon: AmazonCaller, sku: str) -> dict[str, Any]:
    body = amazon.get_item(sku, included="attributes").json()
    entry: dict[str, Any] = body["attributes"]["fulfillment_availability"][0]
    return entry


def test_an_accepted_quantity_shows_in_the_attributes_at_once_and_to_buyers_later(amazon: AmazonCaller) -> None:
    answer = amazon.patch("007-ROPE", 5).json()
    assert (answer["status"], answer["issues"]) == ("ACCEPTED", [])
    assert attributes(amazon, "007-ROPE")["quantity"] == 5
    assert amazon.shown("007-ROPE") == 18
    amazon.advance(4)
    assert amazon.shown("007-ROPE") == 18
    amazon.advance(60)
    assert amazon.shown("007-ROPE") == 5


def test_merge_keeps_the_lead_time_and_replace_drops_it(amazon: AmazonCaller) -> None:
    amazon.patch("JUG-GLASS", 7)
    assert attributes(amazon, "JUG-GLASS")["lead_time_to_ship_max_days"] == 3
    amazon.patch("JUG-GLASS", 7, op="replace")
    assert attributes(amazon, "JUG-GLASS") == {"fulfillment_channel_code": "DEFAULT", "quantity": 7}


def test_the_quantity_is_one_number_for_every_marketplace_of_the_region(amazon: AmazonCaller) -> None:
    amazon.patch("007-ROPE", 9)
    amazon.advance(60)
    for marketplace in (UK, DE):
        item = amazon.get_item("007-ROPE", marketplace=marketplace, included=AVAILABILITY).json()
        assert item["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "DEFAULT", "quantity": 9}]


def test_of_two_submissions_the_newer_one_stands_in_the_end(amazon: AmazonCaller) -> None:
    for quantity in (5, 4, 6, 3):
        amazon.patch("007-ROPE", quantity)
    amazon.advance(120)
    assert amazon.shown("007-ROPE") == 3


def test_a_preview_changes_nothing(amazon: AmazonCaller) -> None:
    assert amazon.patch("007-ROPE", 5, mode="VALIDATION_PREVIEW").json()["status"] == "VALID"
    amazon.advance(120)
    assert (amazon.shown("007-ROPE"), attributes(amazon, "007-ROPE")["quantity"]) == (18, 18)


@pytest.mark.parametrize("quantity", [-1, 2.5, "7", True, None])
def test_a_quantity_that_is_no_count_of_units_is_invalid(amazon: AmazonCaller, quantity: Any) -> None:
    answer = amazon.patch("007-ROPE", quantity)
    assert (answer.status_code, answer.json()["status"]) == (200, "INVALID")
    assert answer.json()["issues"][0]["severity"] == "ERROR"
    amazon.advance(120)
    assert amazon.shown("007-ROPE") == 18


def test_a_quantity_sent_to_an_fba_offer_adds_a_second_channel(amazon: AmazonCaller) -> None:
    amazon.patch("JUG-GLASS-FBA", 5)
    amazon.advance(60)
    assert amazon.get_item("JUG-GLASS-FBA").json()["fulfillmentAvailability"] == [
        {"fulfillmentChannelCode": "AMAZON_EU"},
        {"fulfillmentChannelCode": "DEFAULT", "quantity": 5},
    ]


def test_a_planted_sku_accepts_everything_and_applies_nothing(amazon: AmazonCaller) -> None:
    assert amazon.patch("HOOK-BRASS", 18).json()["status"] == "ACCEPTED"
    amazon.advance(3000)
    assert (amazon.shown("HOOK-BRASS"), attributes(amazon, "HOOK-BRASS")["quantity"]) == (25, 18)


def test_a_planted_sku_is_always_answered_invalid(amazon: AmazonCaller) -> None:
    answer = amazon.patch("MIRROR-ROUND", 18).json()
    assert (answer["status"], answer["issues"][0]["code"]) == ("INVALID", "8541")


@pytest.mark.parametrize("sku", ["BOWL/SET-4", "COTTON-100%", "TEE-GRÖSSE M", "TEA+LEMON", "TRAY#2?", "SALT,PEPPER"])
def test_a_sku_with_odd_characters_can_be_read_and_written(amazon: AmazonCaller, sku: str) -> None:
    assert amazon.patch(sku, 4).json() | {"submissionId": ""} == {
        "sku": sku,
        "submissionId": "",
        "status": "ACCEPTED",
        "issues": [],
    }
    amazon.advance(60)
    assert amazon.shown(sku) == 4


def test_a_search_by_sku_reads_twenty_at_once_and_letter_case_counts(amazon: AmazonCaller) -> None:
    skus = ["007-ROPE", "CANDLE-OAK", "Candle-Oak", "candle-oak", "NO-SUCH-SKU"]
    answer = amazon.search(identifiers=",".join(skus), identifiersType="SKU", includedData=AVAILABILITY).json()
    assert sorted(item["sku"] for item in answer["items"]) == ["007-ROPE", "CANDLE-OAK", "Candle-Oak"]
    assert answer["numberOfResults"] == 3


def test_a_comma_in_a_sku_breaks_the_list_of_identifiers(amazon: AmazonCaller) -> None:
    answer = amazon.search(identifiers="SALT,PEPPER", identifiersType="SKU").json()
    assert answer == {"numberOfResults": 0, "items": []}


def test_a_search_is_paged_by_ten_and_its_token_fits_only_the_same_question(amazon: AmazonCaller) -> None:
    first = amazon.search().json()
    second = amazon.search(pageToken=first["pagination"]["nextToken"]).json()
    assert (len(first["items"]), len(second["items"])) == (10, 10)
    assert not {item["sku"] for item in first["items"]} & {item["sku"] for item in second["items"]}
    other = amazon.search(pageToken=first["pagination"]["nextToken"], includedData="issues")
    assert other.status_code == 400


def test_a_search_reaches_a_thousand_listings_and_no_more() -> None:
    with (
        running(skus=1200, clock=SandboxClock(start=NOW, speed=0), enforce_rates=False) as sandbox,
        AmazonCaller(sandbox) as amazon,
    ):
        page = amazon.search(pageSize=20).json()
        seen = len(page["items"])
        while "pagination" in page:
            page = amazon.search(pageSize=20, pageToken=page["pagination"]["nextToken"]).json()
            seen += len(page["items"])
    assert page["numberOfResults"] > 1000
    assert seen == 1000


def test_of_several_marketplaces_only_the_first_is_answered_for(amazon: AmazonCaller) -> None:
    item = amazon.get_item("007-ROPE", marketplace=f"{DE},{UK}").json()
    assert [summary["marketplaceId"] for summary in item["summaries"]] == [DE]


def test_a_sku_that_is_not_sold_in_the_marketplace_is_not_found() -> None:
    with running(skus=300, clock=SandboxClock(start=NOW, speed=0)) as sandbox, AmazonCaller(sandbox) as amazon:
        only_uk = next(each.sku for each in amazon.account.listings.values() if list(each.statuses) == [UK])
        assert amazon.get_item(only_uk, marketplace=UK).status_code == 200
        answer = amazon.get_item(only_uk, marketplace=DE)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_a_foreign_marketplace_is_refused(amazon: AmazonCaller) -> None:
    assert amazon.get_item("007-ROPE", marketplace="ATVPDKIKX0DER").status_code == 400


def test_a_person_in_seller_central_is_seen_at_once(amazon: AmazonCaller) -> None:
    answer = amazon.http.post("/sandbox/amazon/quantity", json={"region": "eu", "sku": "007-ROPE", "quantity": 99})
    assert answer.json() == {"before": 18, "quantity": 99}
    assert amazon.shown("007-ROPE") == 99


def test_a_planted_edit_waits_until_the_push_was_applied_and_seen(amazon: AmazonCaller) -> None:
    amazon.patch("CLOCK-WALL-OAK", 18)
    amazon.advance(61)
    amazon.advance(300)
    assert amazon.shown("CLOCK-WALL-OAK") == 18
    amazon.advance(121)
    assert amazon.shown("CLOCK-WALL-OAK") == 43
    planted = amazon.http.get("/sandbox/answers").json()[-1]
    assert planted["kind"] == "quantity_edited_in_seller_central"
    assert planted["expected"] == {
        "table": "reconcile.inventory_drift",
        "cause": "ownership_leak",
        "direction": "over",
        "target": 18,
        "shown": 43,
        "leak_units": 25,
    }
    amazon.patch("CLOCK-WALL-OAK", 18)
    amazon.advance(3000)
    assert amazon.shown("CLOCK-WALL-OAK") == 18


def test_a_price_can_be_patched_in_one_marketplace(amazon: AmazonCaller) -> None:
    price = {"marketplace_id": DE, "currency": "EUR", "our_price": [{"schedule": [{"value_with_tax": 21.5}]}]}
    patch = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [price]}
    body = {"productType": "PRODUCT", "patches": [patch]}
    answer = amazon.call("PATCH", amazon.listing_path("007-ROPE"), {"marketplaceIds": DE}, body)
    assert answer.json()["status"] == "ACCEPTED"
    assert prices(amazon) == [("GBP", "19.90"), ("EUR", "23.28")]
    amazon.advance(60)
    assert prices(amazon) == [("GBP", "19.90"), ("EUR", "21.5")]


def test_a_merged_price_keeps_the_rest_of_the_offer_and_a_replaced_one_drops_it(amazon: AmazonCaller) -> None:
    def offer(operation: str, amount: float, **more: object) -> dict[str, object]:
        price = {"marketplace_id": DE, "currency": "EUR", "our_price": [{"schedule": [{"value_with_tax": amount}]}]}
        patch = {"op": operation, "path": "/attributes/purchasable_offer", "value": [{**price, **more}]}
        body = {"productType": "PRODUCT", "patches": [patch]}
        amazon.call("PATCH", amazon.listing_path("007-ROPE"), {"marketplaceIds": DE}, body)
        kept: dict[str, object] = amazon.get_item("007-ROPE", marketplace=DE, included="attributes").json()
        return dict(kept["attributes"]["purchasable_offer"][0])  # type: ignore[index]

    least = [{"schedule": [{"value_with_tax": 18.0}]}]
    assert offer("merge", 21.5, minimum_seller_allowed_price=least)["minimum_seller_allowed_price"] == least
    assert offer("merge", 22.5)["minimum_seller_allowed_price"] == least
    assert "minimum_seller_allowed_price" not in offer("replace", 22.5)


def prices(amazon: AmazonCaller) -> list[tuple[str, str]]:
    """Currency and amount of what buyers see of a SKU, marketplace by marketplace."""
    offers = amazon.search(identifiers="007-ROPE", identifiersType="SKU", includedData="offers").json()
    return [(offer["price"]["currencyCode"], offer["price"]["amount"]) for offer in offers["items"][0]["offers"]]
