"""Goods at the control door over HTTP: what people do at a product page, at a listing, and with Seller Support."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from sandbox.server import Sandbox
from tests.control_door import told

pytest_plugins = ("tests.control_door",)


def refusal(door: httpx.Client, path: str, **body: Any) -> str:
    answer = door.post(path, json=body)
    assert answer.status_code == 400
    message: str = answer.json()["error"]
    return message


def test_a_variant_gets_another_sku_by_its_id_where_two_share_one(door: httpx.Client) -> None:
    first, second = door.get("/shopify/variants", params={"sku": "LINEN-TOTE"}).json()
    assert refusal(door, "/shopify/variants", sku="LINEN-TOTE", new_sku="X") == (
        f"expected one variant; found variant_id {first['id']}, variant_id {second['id']}"
    )
    assert told(door, "/shopify/variants", variant_id=second["id"], new_sku="LINEN-TOTE-OLD")["title"] == "Tote (old)"
    assert [each["id"] for each in door.get("/shopify/variants", params={"sku": "LINEN-TOTE"}).json()] == [first["id"]]


def test_track_quantity_is_switched_on(door: httpx.Client) -> None:
    assert door.get("/shopify/stock", params={"sku": "GIFT-WRAP"}).json()["tracked"] is False
    told(door, "/shopify/variants", sku="GIFT-WRAP", tracked=True)
    assert door.get("/shopify/stock", params={"sku": "GIFT-WRAP"}).json()["tracked"] is True
    assert "expected new_sku" in refusal(door, "/shopify/variants", sku="GIFT-WRAP")


def test_a_mended_listing_misbehaves_no_more(door: httpx.Client, sandbox: Sandbox) -> None:
    state = sandbox.world.accounts["eu"].extra["service"]
    assert ("HOOK-IRON" in state.never_applied, "MIRROR-OVAL" in state.rejected) == (True, True)
    told(door, "/amazon/listing", sku="HOOK-IRON", mend=True)
    told(door, "/amazon/listing", sku="MIRROR-OVAL", mend=True)
    assert ("HOOK-IRON" in state.never_applied, "MIRROR-OVAL" in state.rejected) == (False, False)


def test_a_listing_is_converted_to_one_way_of_fulfilment_or_deleted(door: httpx.Client) -> None:
    def there(sku: str) -> Any:
        return door.get("/amazon/listing", params={"sku": sku}).json()

    assert there("THROW-WOOL")["channels"] == ["DEFAULT", "AMAZON_EU"]
    assert told(door, "/amazon/listing", sku="THROW-WOOL", fulfilled_by="AMAZON")["channels"] == ["AMAZON_EU"]
    assert there("THROW-WOOL")["quantity"] == 0
    assert "expected MERCHANT or AMAZON" in refusal(door, "/amazon/listing", sku="THROW-WOOL", fulfilled_by="BOTH")
    told(door, "/amazon/listing", sku="OLD-LAMP-2019", delete=True)
    assert there("OLD-LAMP-2019") == {"error": "'OLD-LAMP-2019' is missing or unknown"}


def test_what_a_piece_costs_is_edited_in_the_shop(door: httpx.Client, sandbox: Sandbox) -> None:
    answer = next(each for each in sandbox.world.answers if each.kind == "amounts_differ")
    order = answer.expected["amazon_order_id"]
    assert door.get(f"/shopify/orders/{order}").json()["total"] == "19.00"
    assert told(door, f"/shopify/orders/{order}/reprice", price="24.00")["total"] == "24.00"
    assert "has 0 such lines" in refusal(door, f"/shopify/orders/{order}/reprice", price="1", sku="NO-SUCH")


def test_shipping_tax_and_a_discount_come_on_top_of_an_order_or_off_it(door: httpx.Client, sandbox: Sandbox) -> None:
    answer = next(each for each in sandbox.world.answers if each.kind == "amounts_differ")
    path = f"/shopify/orders/{answer.expected['amazon_order_id']}"
    before = Decimal(door.get(path).json()["total"])
    after = Decimal(told(door, f"{path}/reprice", add_shipping="4.50", add_tax="3.10", add_discount="1.50")["total"])
    assert after - before == Decimal("6.10")
    assert (
        refusal(door, f"{path}/reprice") == "expected one of price, add_shipping, add_tax, add_discount, each an amount"
    )


def test_seller_support_has_a_settlement_made_again(door: httpx.Client) -> None:
    planted = told(door, "/amazon/settlement_trouble")
    number = next(each["expected"]["settlement_id"] for each in planted if each["kind"] == "unbalanced_settlement")
    report = told(door, f"/amazon/settlements/{number}/correct")
    assert report["settlement_id"] == number
    assert report["report_id"] not in (number, "")
    assert refusal(door, "/amazon/settlements/000/correct") == "no settlement '000' was published"
