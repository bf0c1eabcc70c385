"""What settlement lines are: the table that comes with the product, and what a brand adds to it."""

from __future__ import annotations

from collections import defaultdict
from typing import get_args

import pytest

from integration_assets.contracts.settlements import BALANCE_MOVEMENTS, BUCKETS, UNMAPPED
from integration_assets.rules.settlement_kinds import About, Kind, Kinds, shipped_kinds

OTHER = "other-transaction"


def test_every_entry_of_the_table_names_a_bucket_and_what_it_is_about() -> None:
    kinds = shipped_kinds()
    assert len(kinds) > 280
    assert {kind.bucket for kind in kinds} == set(BUCKETS) - {UNMAPPED}
    assert {kind.about for kind in kinds} == set(get_args(About))
    assert {kind.about for kind in kinds if kind.bucket in BALANCE_MOVEMENTS} == {"account"}


def test_no_triple_stands_in_the_table_for_two_things() -> None:
    said: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
    for kind in shipped_kinds():
        said[kind.triple].add((kind.bucket, kind.about))
    assert {triple: things for triple, things in said.items() if len(things) > 1} == {}


@pytest.mark.parametrize(
    ("transaction", "amount_type", "description", "bucket", "about"),
    [
        ("Order", "ItemPrice", "Principal", "principal", "order"),
        ("ORDER", "itemprice", "principal", "principal", "order"),
        ("Order", "ItemFees", "FBAPerUnitFulfillmentFee", "fba_fee", "order"),
        ("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "withheld_tax", "order"),
        ("Order", "Promotion", "Principal", "promotion", "order"),
        ("Refund", "ItemPrice", "Principal", "refund", "order"),
        ("Refund", "ItemFees", "Commission", "refund", "order"),
        ("Refund", "ItemFees", "RefundCommission", "commission", "order"),
        ("A-to-z Guarantee Refund", "ItemPrice", "Tax", "refund", "order"),
        ("Liquidations", "ItemPrice", "Principal", "principal", "sku"),
        ("FBAFees", "FBA Inventory Storage Fee", "Base fee", "storage", "account"),
        ("FBAFees", "FBA Inbound Placement Service Fee", "Tax on fee", "inbound_fee", "inbound_shipment"),
        ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "advertising", "account"),
        ("CouponRedemptionFee", "CouponRedemptionFee", "Save 10 % in May", "promotion", "account"),
        ("Transfer", OTHER, "Previous Reserve Amount Balance", "reserve", "account"),
        (OTHER, OTHER, "Transfer of funds unsuccessful: the bank said no", "transfer", "account"),
        ("Debt Adjustment", "Debt Adjustment", "Cross-Account Debt Adjustment against FR, IT", "transfer", "account"),
        (OTHER, OTHER, "Subscription  Fee", "subscription", "account"),
        (OTHER, OTHER, "Storage Fee - Reversal", "storage", "account"),
        (OTHER, OTHER, "Some Fee - Reversal", "adjustment", "account"),
        (OTHER, "FBA Inventory Reimbursement", "WAREHOUSE_LOST", "reimbursement", "sku"),
        (OTHER, "Inbound Defect Fee", "anything", "inbound_fee", "inbound_shipment"),
    ],
)
def test_a_triple_lands_where_it_belongs(
    transaction: str, amount_type: str, description: str, bucket: str, about: str
) -> None:
    found = Kinds().find((transaction, amount_type, description))
    assert found is not None
    assert (found.bucket, found.about) == (bucket, about)


@pytest.mark.parametrize(
    "triple",
    [
        ("Order", "ItemPrice", "Commission"),
        ("Order", "ItemFees", "Fee of tomorrow"),
        ("", "", ""),
        (OTHER, OTHER, "Principal"),
        ("Order\nItemPrice", "", "Principal"),
    ],
)
def test_what_nobody_has_named_is_not_guessed(triple: tuple[str, str, str]) -> None:
    assert Kinds().find(triple) is None


def test_the_brand_goes_before_the_table_and_the_narrow_before_the_wide() -> None:
    wide = Kind("other", "account", "*", "*", "*")
    narrow = Kind("advertising", "account", "Order", "*", "Principal")
    found = Kinds([wide, narrow])
    assert found.find(("Order", "ItemPrice", "Principal")) == narrow
    assert found.find(("Order", "ItemPrice", "Tax")) == wide
    assert found.find(("new", "and (odd)", "+thing")) == wide
