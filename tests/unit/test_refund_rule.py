"""What of an Amazon refund is the buyer's money, and which units it took whole. Amounts are what the seller gains."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.fulfilment import Transaction, TransactionLine
from integration_assets.rules.refunds import (
    AmazonRefund,
    RefundableItem,
    Unclear,
    bucket_of,
    is_refund,
    key_of,
    refund_of,
)

POSTED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORDER = "202-1234567-1234567"
MUG = RefundableItem("i1", "MUG", 3, (Decimal("19.90"),))
PRINCIPAL, TAX = "ProductCharges/OurPricePrincipal", "Tax/OurPriceTax"
SHIPPING, SHIPPING_TAX = "Shipping/ShippingPrincipal", "Tax/ShippingTax"


def transaction(name: str = "t1", *, kind: str = "Refund", releases: str | None = None) -> Transaction:
    return Transaction(
        transaction_id=name,
        region="eu",
        marketplace_id=None,
        transaction_type=kind,
        status="RELEASED",
        posted_at=POSTED,
        amazon_order_id=ORDER,
        deferred_transaction_id=releases,
        currency="GBP",
        amount=Decimal(0),
    )


def lines(*amounts: tuple[str, str], sku: str | None = "MUG", units: int | None = None) -> list[TransactionLine]:
    return [
        TransactionLine(
            transaction_id="t1",
            line=number,
            item=1,
            seller_sku=sku,
            quantity=units,
            path=path,
            currency="GBP",
            amount=Decimal(amount),
        )
        for number, (path, amount) in enumerate(amounts, start=1)
    ]


def refund(found: AmazonRefund | Unclear | None) -> tuple[Decimal, Decimal, dict[str, int]]:
    assert isinstance(found, AmazonRefund), found
    return found.amount, found.shipping, dict(found.units)


@pytest.mark.parametrize(
    ("amounts", "amount", "shipping", "units"),
    [
        ([(PRINCIPAL, "-19.90")], "19.90", "0", {"i1": 1}),
        ([(PRINCIPAL, "-39.80"), (TAX, "-7.96")], "47.76", "0", {"i1": 2}),
        ([(PRINCIPAL, "-19.90"), (SHIPPING, "-3.99"), (SHIPPING_TAX, "-0.80")], "24.69", "3.99", {"i1": 1}),
        ([(SHIPPING, "-3.99")], "3.99", "3.99", {}),
        ([(PRINCIPAL, "-5.00")], "5.00", "0", {}),
        ([(TAX, "-1.00")], "1.00", "0", {}),
        ([(PRINCIPAL, "-19.90"), ("PromoRebates/OurPriceDiscount", "2.00")], "17.90", "0", {"i1": 1}),
        ([(SHIPPING, "-3.99"), ("PromoRebates/ShippingDiscount", "3.99")], None, "", {}),
        (
            [(PRINCIPAL, "-19.90"), ("AmazonFees/Commission/Base", "2.98"), ("AmazonFees/RefundCommission", "-0.60")],
            "19.90",
            "0",
            {"i1": 1},
        ),
        (
            [(PRINCIPAL, "-19.90"), (TAX, "-1.64"), ("MarketplaceFacilitatorTax-Principal", "1.64")],
            "21.54",
            "0",
            {"i1": 1},
        ),
        ([(SHIPPING, "-3.99"), ("AmazonFees/ShippingChargeback", "3.99")], "3.99", "3.99", {}),
        ([("GoodwillPrincipal", "-4.00")], "4.00", "0", {}),
        ([(PRINCIPAL, "-19.90"), ("RestockingDeductionPrincipal", "3.98")], "15.92", "0", {"i1": 1}),
        ([("GiftwrapPrincipal", "-3.99"), ("GiftwrapTax", "-0.32")], "4.31", "0", {}),
        ([(PRINCIPAL, "-79.60")], "79.60", "0", {}),
        ([("AmazonFees/RefundCommission", "-0.60")], None, "", {}),
    ],
    ids=[
        "one unit",
        "two units with their tax",
        "a unit and the shipping",
        "shipping alone",
        "a part of the price takes no unit",
        "tax alone",
        "less the discount taken back",
        "shipping that was free",
        "fees are not the buyer's",
        "tax that Amazon keeps was paid by the buyer all the same",
        "what Amazon takes back of the shipping is not the buyer's",
        "goodwill",
        "less a restocking fee",
        "gift wrap",
        "more units than were ordered take none",
        "nothing for the buyer",
    ],
)
def test_a_refund_is_what_the_buyer_got_back(
    amounts: list[tuple[str, str]], amount: str | None, shipping: str, units: dict[str, int]
) -> None:
    found = refund_of(transaction(), lines(*amounts), [MUG], {})
    if amount is None:
        assert found is None
    else:
        assert refund(found) == (Decimal(amount), Decimal(shipping), units)


def test_the_price_with_its_tax_in_it_tells_the_units_too() -> None:
    found = refund_of(transaction(), lines((PRINCIPAL, "-16.58"), (TAX, "-3.32")), [MUG], {})
    assert refund(found) == (Decimal("19.90"), Decimal(0), {"i1": 1})


def test_units_that_were_refunded_before_are_not_refunded_again() -> None:
    amounts = lines((PRINCIPAL, "-39.80"))
    assert refund(refund_of(transaction(), amounts, [MUG], {"i1": 1}))[2] == {"i1": 2}
    assert refund(refund_of(transaction(), amounts, [MUG], {"i1": 2}))[2] == {}


def test_the_units_that_amazon_names_decide_where_the_amount_is_not_theirs() -> None:
    assert refund(refund_of(transaction(), lines((PRINCIPAL, "-39.80"), units=1), [MUG], {}))[2] == {}


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ([(PRINCIPAL, "-19.90"), ("Novelty", "-1.00")], "Novelty is not known to be money of the buyer's or not"),
        ([(PRINCIPAL, "5.00")], "it takes money from the buyer instead of giving it back"),
        ([], "it is not broken down into what it is for"),
    ],
    ids=["an amount of a kind nobody knows", "a refund the wrong way round", "no amounts"],
)
def test_what_cannot_be_told_to_the_cent_is_not_guessed(amounts: list[tuple[str, str]], why: str) -> None:
    assert refund_of(transaction(), lines(*amounts), [MUG], {}) == Unclear("t1", ORDER, why)


def test_an_amount_of_nothing_is_never_in_doubt() -> None:
    assert refund(refund_of(transaction(), lines((PRINCIPAL, "-19.90"), ("Novelty", "0")), [MUG], {}))[0] == Decimal(
        "19.90"
    )


def test_a_release_is_the_deferred_refund_over_again() -> None:
    assert key_of(transaction("t2", releases="t1")) == key_of(transaction("t1")) == "t1"


@pytest.mark.parametrize(
    ("kind", "refunds"),
    [("Refund", True), ("REFUND", True), ("Chargeback Refund", True), ("Shipment", False), ("Retrocharge", False)],
)
def test_only_refunds_are_refunds(kind: str, refunds: bool) -> None:
    assert is_refund(transaction(kind=kind)) is refunds


@pytest.mark.parametrize(
    ("path", "bucket"),
    [
        ("ProductCharges/OurPricePrincipal", "product"),
        ("Product Charges", "product"),
        ("Tax/OurPriceTax", "tax"),
        ("Shipping/ShippingTax", "tax"),
        ("PromoRebates/ShippingTaxDiscount", "tax"),
        ("Shipping", "shipping"),
        ("AmazonFees/Commission/Tax", "not_the_buyers"),
        ("FBAFees/FBAPerUnitFulfillmentFee/Promo", "not_the_buyers"),
        ("LowValueGoodsTax-Principal", "not_the_buyers"),
        ("Expenses/ProductCharges/OurPricePrincipal", "product"),
        ("Sales/GiftWrap/GiftWrapPrincipal", "other"),
        ("Sales/AmazonFees/Commission", "not_the_buyers"),
    ],
)
def test_an_amount_is_what_its_headings_say(path: str, bucket: str) -> None:
    assert bucket_of(path) == bucket


@given(
    units=st.integers(1, 3),
    price=st.decimals(min_value="0.01", max_value="999.99", places=2),
    tax=st.decimals(min_value="0", max_value="99.99", places=2),
    fee=st.decimals(min_value="0", max_value="99.99", places=2),
    order=st.randoms(),
)
def test_the_amount_is_exact_and_does_not_depend_on_the_order_of_its_parts(
    units: int, price: Decimal, tax: Decimal, fee: Decimal, order: object
) -> None:
    item = RefundableItem("i1", "MUG", 3, (price,))
    parts = [(PRINCIPAL, str(-price * units)), (TAX, str(-tax)), ("AmazonFees/Commission", str(fee))]
    order.shuffle(parts)  # type: ignore[attr-defined]
    amount, shipping, taken = refund(refund_of(transaction(), lines(*parts), [item], {}))
    assert (amount, shipping, taken) == (price * units + tax, Decimal(0), {"i1": units})
