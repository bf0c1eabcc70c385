"""What the product asks of Multi-Channel Fulfilment fits Amazon's model, and Amazon's own examples are read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integration_assets.contracts.errors import Rejected
from resources.amazon import AmazonAccount
from resources.amazon_parts.outbound import Destination, McfLine, McfOrder, McfWanted
from tests.contract.models import find_operation, validate_request
from tests.unit.amazon_answers import START, UK, Asked, desk, error, ok

ORDERS = "/fba/outbound/2020-07-01/fulfillmentOrders"
MODEL = "models/fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json"
WANTED = McfWanted(
    number="INSTEP-7300000000001",
    order_name="#1001",
    ordered_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    marketplace_id=UK.marketplace_id,
    speed="Standard",
    policy="FillOrKill",
    comment="Thank you for your order.",
    lines=(McfLine("15500000000001", "CELLAR,SALT", 2),),
)
HOME = Destination(
    "GB", {"name": "Robin Sample", "addressLine1": "1 Sample Lane", "city": "Sampleton", "postalCode": "SA1 1AA"}
)
TOKYO = Destination("JP", {**HOME.fields, "stateOrRegion": "Tokyo"})


def example(operation: str) -> Any:
    path = Path(os.environ["INSTEP_CONTRACTS"]) / "amazon" / "response_examples.jsonl"
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    [found] = [each["response"] for each in lines if (each["model"], each["operation"]) == (MODEL, operation)]
    return found


def fits(asked: Asked) -> None:
    operation, path = find_operation(asked.method, asked.path)
    validate_request(operation.id, path, asked.query, asked.json if asked.body else None, model=operation.model)


ASKS: dict[str, tuple[str, Any, Callable[[AmazonAccount], object]]] = {
    "createFulfillmentOrder": (f"POST {ORDERS}", {}, lambda account: account.create_mcf_order(WANTED, HOME)),
    "getFulfillmentPreview": (
        f"POST {ORDERS}/preview",
        {"payload": {"fulfillmentPreviews": []}},
        lambda account: account.mcf_preview(WANTED, HOME),
    ),
    "getFulfillmentOrder": (
        f"GET {ORDERS}/{WANTED.number}",
        {
            "payload": {
                "fulfillmentOrder": {"sellerFulfillmentOrderId": WANTED.number, "fulfillmentOrderStatus": "New"},
                "fulfillmentOrderItems": [],
            }
        },
        lambda account: account.mcf_order(WANTED.number),
    ),
    "listAllFulfillmentOrders": (
        f"GET {ORDERS}",
        {"payload": {"fulfillmentOrders": []}},
        lambda account: account.mcf_changes(START),
    ),
    "cancelFulfillmentOrder": (
        f"PUT {ORDERS}/{WANTED.number}/cancel",
        {},
        lambda account: account.cancel_mcf_order(WANTED.number),
    ),
}


@pytest.mark.parametrize("operation", sorted(ASKS))
def test_a_request_fits_the_model(operation: str) -> None:
    what, answer, use = ASKS[operation]
    at = desk()
    at.stand.on(what, ok(answer))
    use(at.account)
    [asked] = at.stand.sent(what)
    fits(asked)


@pytest.mark.parametrize("operation", sorted(ASKS))
def test_a_refusal_is_told_in_amazons_words(operation: str) -> None:
    what, _, use = ASKS[operation]
    at = desk()
    at.stand.on(what, error(400, "InvalidInput", "It cannot be."))
    with pytest.raises(Rejected, match=f"{operation}.* answered 400 InvalidInput .*It cannot be"):
        use(at.account)


def test_an_address_in_japan_has_no_city() -> None:
    assert "city" not in TOKYO.body()
    assert HOME.body()["city"] == "Sampleton"
    assert "Sample" not in repr(HOME)


def test_an_order_that_amazon_does_not_know_is_none() -> None:
    at = desk()
    at.stand.on(f"GET {ORDERS}/{WANTED.number}", error(404, "NotFound", "not found"))
    assert at.account.mcf_order(WANTED.number) is None


def test_amazons_examples_are_read() -> None:
    at = desk()
    number = "FBATestOrder-1"
    at.stand.on(f"GET {ORDERS}/{number}", ok({"payload": example("getFulfillmentOrder")}))
    assert at.account.mcf_order(number) == McfOrder(number, "Processing", ())
    at.stand.on(f"GET {ORDERS}", ok({"payload": example("listAllFulfillmentOrders")}))
    assert [(one.number, one.status) for one in at.account.mcf_changes(START)] == [
        ("902-6018020-0202003", "Received"),
        ("601-2020200-12345678", "Complete"),
    ]
    at.stand.on(f"POST {ORDERS}/preview", ok({"payload": example("getFulfillmentPreview")}))
    told = at.account.mcf_preview(WANTED, HOME)
    assert (told.can_ship, told.missing) == (True, ())
    assert told.ship_by == datetime(2020, 2, 11, 18, 16, 16, tzinfo=UTC)
