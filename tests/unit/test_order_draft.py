"""The Shopify order that is made of an Amazon order: where its money goes, and that none of it is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.errors import DataError
from integration_assets.rules.marketplaces import by_country
from integration_assets.rules.minor_units import apportioned, evenly, to_amount, to_minor
from integration_assets.rules.order_draft import OrderDraft, added_up, draft, tax_of
from tests.assets.rows import make

MUG, JUG = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"
VARIANTS = {"MUG": MUG, "JUG": JUG}


def item(**told: Any) -> AmazonOrderItem:
    amounts = {name: Decimal(value) for name, value in told.items() if isinstance(value, str) and name in MONEY}
    return make(AmazonOrderItem, **{**told, **amounts})


MONEY = (
    "unit_price",
    "item_total",
    "item_price",
    "shipping_price",
    "gift_wrap_price",
    "other_charges",
    "promotion",
    "shipping_promotion",
    "tax",
    "shipping_tax",
    "gift_wrap_tax",
)


def made(*items: AmazonOrderItem, total: str | None = "9.99", country: str = "UK", **told: Any) -> OrderDraft:
    short = told.pop("short", {})
    paid = None if total is None else Decimal(total)
    order = make(AmazonOrder, **{"total": paid, "currency": by_country(country).currency, **told})
    return draft(
        order, items, marketplace=by_country(country), variants=VARIANTS, short=short, tags=("amazon", "wholesale-no")
    )


def test_a_plain_order_is_one_line_of_its_variant_and_what_was_paid() -> None:
    found = made(item())
    assert [(line.variant_id, line.sku, line.quantity, line.unit_price) for line in found.lines] == [
        (MUG, "MUG", 1, Decimal("9.99"))
    ]
    assert (found.paid, found.discount, found.adjustment) == (Decimal("9.99"), Decimal("0.00"), Decimal("0.00"))
    assert (found.currency, found.stock, found.is_shipped) == ("GBP", "DECREMENT_IGNORING_POLICY", False)
    assert found.tags == ("amazon", "amazon-mfn", "amazon-uk", "wholesale-no")
    assert found.source_url == "https://sellercentral.amazon.co.uk/orders-v3/order/202-0000001-0000001"
    assert dict(found.lines[0].properties) == {"_amazon_order_item_id": "1"}


def test_price_shipping_tax_and_promotions_are_kept_apart() -> None:
    found = made(
        item(
            quantity_ordered=2,
            unit_price="20.00",
            item_price="40.00",
            shipping_price="4.99",
            promotion="6.99",
            shipping_promotion="4.99",
            tax="8.00",
            shipping_tax="1.00",
            tax_collected_by="MARKETPLACE_FACILITATOR",
        ),
        total="46.00",
    )
    (line,) = found.lines
    assert (line.quantity, line.unit_price) == (2, Decimal("20.00"))
    assert [(tax.title, tax.amount, tax.rate, tax.is_amazons) for tax in line.taxes] == [
        ("Tax collected by Amazon", Decimal("7.00"), Decimal("0.175000"), True)
    ]
    assert found.shipping is not None
    assert (found.shipping.amount, [tax.amount for tax in found.shipping.taxes]) == (Decimal("0.00"), [Decimal("1.00")])
    assert (found.discount, found.taxes_included, found.adjustment) == (Decimal("2.00"), False, Decimal("0.00"))
    assert dict(found.attributes)["Promotions on goods"] == "2.00"
    assert dict(found.attributes)["Promotions on shipping"] == "4.99"
    assert added_up(found) == found.paid == Decimal("46.00")


def test_tax_inside_the_prices_is_noticed_by_the_sum_paid() -> None:
    found = made(item(item_price="12.00", unit_price="12.00", tax="2.00"), total="12.00", country="DE")
    assert (found.taxes_included, tax_of(found), added_up(found)) == (True, Decimal("2.00"), Decimal("12.00"))


def test_a_price_that_does_not_divide_becomes_two_lines_that_add_up() -> None:
    found = made(item(quantity_ordered=3, unit_price="3.34", item_price="10.00", tax="0.99"), total="10.99")
    assert [(line.quantity, line.unit_price) for line in found.lines] == [(2, Decimal("3.33")), (1, Decimal("3.34"))]
    assert [line.taxes[0].amount for line in found.lines] == [Decimal("0.66"), Decimal("0.33")]
    assert added_up(found) == Decimal("10.99")


def test_yen_have_no_decimals_and_a_fraction_of_one_is_refused() -> None:
    found = made(item(unit_price="6980", item_price="13960", quantity_ordered=2), total="13960", country="JP")
    assert [str(line.unit_price) for line in found.lines] == ["6980"]
    assert (str(found.paid), str(found.discount)) == ("13960", "0")
    with pytest.raises(DataError, match=r"99.5 has more decimals than its currency, which has 0"):
        made(item(unit_price="99.5", item_price="99.5"), total="99.5", country="JP")


def test_gift_wrap_and_other_charges_are_lines_of_their_own_that_are_not_shipped() -> None:
    found = made(
        item(gift_wrap_price="3.00", gift_wrap_tax="0.60", tax="0.60", gift_wrap_level="Deluxe", other_charges="1.00"),
        total="15.09",
        order_charges=Decimal("0.50"),
    )
    assert [(line.title, line.unit_price, line.requires_shipping, line.sku) for line in found.lines] == [
        ("Mug", Decimal("9.99"), True, "MUG"),
        ("Gift wrap for MUG", Decimal("3.00"), False, None),
        ("Other charges by Amazon", Decimal("1.50"), False, None),
    ]
    assert dict(found.lines[0].properties)["Gift wrap"] == "Deluxe"
    assert added_up(found) == Decimal("15.09")


def test_an_unknown_sku_is_a_line_of_its_own_and_told() -> None:
    found = made(item(), item(order_item_id="2", seller_sku="NEW", title="Novelty"), total="19.98")
    assert [(line.title, line.variant_id, line.sku) for line in found.lines] == [
        ("Mug", MUG, "MUG"),
        ("Novelty", None, "NEW"),
    ]
    assert (found.unmapped, "amazon-unmapped" in found.tags) == (("NEW",), True)


def test_a_variant_the_shop_has_no_more_becomes_a_line_of_its_own() -> None:
    found = made(item(), item(order_item_id="2", seller_sku="JUG"), total="19.98").without_variants([JUG])
    assert [line.variant_id for line in found.lines] == [MUG, None]
    assert (found.unmapped, "amazon-unmapped" in found.tags, added_up(found)) == (("JUG",), True, Decimal("19.98"))


def test_more_units_than_there_are_is_told_and_imported_all_the_same() -> None:
    found = made(item(quantity_ordered=5, item_price="49.95"), total="49.95", short={"MUG": 2})
    assert (found.oversold, "amazon-oversold" in found.tags) == ((("MUG", 2),), True)
    assert found.lines[0].quantity == 5


def test_an_order_amazon_ships_leaves_the_stock_alone() -> None:
    found = made(item(), fulfilled_by="AMAZON", status="SHIPPED", short={"MUG": 2})
    assert (found.stock, found.is_shipped, found.oversold) == ("BYPASS", False, ())
    assert "amazon-fba" in found.tags


def test_an_order_the_merchant_shipped_before_it_was_imported_is_made_shipped() -> None:
    assert made(item(), status="SHIPPED").is_shipped


def test_units_cancelled_before_the_import_are_left_out() -> None:
    found = made(item(quantity_ordered=3, quantity_cancelled=1, item_price="29.97"), total="19.98")
    assert [(line.quantity, line.unit_price) for line in found.lines] == [(2, Decimal("9.99"))]
    gone = made(item(quantity_ordered=1, quantity_cancelled=1), item(order_item_id="2", seller_sku="JUG"), total="9.99")
    assert [line.sku for line in gone.lines] == ["JUG"]


def test_lines_without_a_price_cost_nothing_and_are_there() -> None:
    found = made(item(unit_price="0.00", item_price="0.00", tax="0.00"), total="0.00")
    assert [(line.quantity, line.unit_price) for line in found.lines] == [(1, Decimal("0.00"))]
    assert found.paid == added_up(found) == Decimal("0.00")


def test_money_amazon_does_not_explain_is_an_adjustment_in_either_direction() -> None:
    more, less = made(item(), total="12.00"), made(item(), total="9.00")
    assert (more.adjustment, more.lines[-1].title, added_up(more)) == (
        Decimal("2.01"),
        "Adjustment by Amazon",
        Decimal("12.00"),
    )
    assert (less.adjustment, less.discount, added_up(less)) == (Decimal("-0.99"), Decimal("0.99"), Decimal("9.00"))
    assert "amazon-adjusted" in more.tags
    assert "amazon-adjusted" in less.tags


def test_without_a_breakdown_the_price_of_one_and_the_total_are_enough() -> None:
    bare = dict.fromkeys(MONEY) | {"unit_price": Decimal("10.00"), "quantity_ordered": 3}
    found = made(replace(item(), **bare), total="34.99")  # type: ignore[arg-type]
    assert [(line.title, line.quantity, line.unit_price) for line in found.lines] == [
        ("Mug", 3, Decimal("10.00")),
        ("Adjustment by Amazon", 1, Decimal("4.99")),
    ]


def test_an_order_of_a_hundred_lines_is_made_whole() -> None:
    found = made(*(item(order_item_id=str(number)) for number in range(100)), total="999.00")
    assert (len(found.lines), added_up(found)) == (100, Decimal("999.00"))


def test_more_taken_off_than_there_is_cannot_be_told_exactly() -> None:
    with pytest.raises(DataError, match=r"9.99 GBP were taken off|more than its goods"):
        made(item(item_price="1.00", unit_price="1.00", promotion="9.99", tax="20.00"), total="11.01")


@st.composite
def order_items(drawn: st.DrawFn) -> tuple[list[AmazonOrderItem], Decimal, str]:
    """Items whose split is sound, and what was paid for them, in the currency of a marketplace."""
    country = drawn(st.sampled_from(["UK", "US", "JP"]))
    digits = by_country(country).minor_digits
    amount = st.integers(0, 50_000)
    items, paid = [], 0
    for number in range(drawn(st.integers(1, 6))):
        units = drawn(st.integers(1, 7))
        price, shipping, wrap = drawn(amount), drawn(amount), drawn(amount)
        taxes = [drawn(st.integers(0, 3_000)) for _ in range(3)]
        off_goods, off_shipping = drawn(st.integers(0, price)), drawn(st.integers(0, shipping))
        paid += price + shipping + wrap + sum(taxes) - off_goods - off_shipping
        figures = {
            "item_price": price,
            "shipping_price": shipping,
            "gift_wrap_price": wrap,
            "other_charges": 0,
            "promotion": off_goods + off_shipping,
            "shipping_promotion": off_shipping,
            "tax": sum(taxes),
            "shipping_tax": taxes[0],
            "gift_wrap_tax": taxes[1],
        }
        items.append(
            make(
                AmazonOrderItem,
                order_item_id=str(number),
                quantity_ordered=units,
                unit_price=None,
                **{name: to_amount(value, digits) for name, value in figures.items()},
            )
        )
    return items, to_amount(paid, digits), country


@given(order_items())
def test_the_parts_always_add_up_to_what_was_paid(drawn: tuple[list[AmazonOrderItem], Decimal, str]) -> None:
    items, paid, country = drawn
    found = made(*items, total=str(paid), country=country)
    digits = by_country(country).minor_digits
    assert added_up(found) == found.paid == paid
    assert found.adjustment == 0
    assert sum(line.quantity for line in found.lines if line.sku) == sum(item.quantity_ordered for item in items)
    amounts = [found.discount, found.paid, *(line.unit_price for line in found.lines)]
    assert all(amount >= 0 and -int(amount.as_tuple().exponent) == digits for amount in amounts)


@given(order_items(), st.integers(-20_000, 20_000))
def test_whatever_amazon_says_was_paid_is_what_the_parts_come_to(
    drawn: tuple[list[AmazonOrderItem], Decimal, str], off: int
) -> None:
    items, paid, country = drawn
    told = paid + to_amount(off, by_country(country).minor_digits)
    if told < 0:
        return
    try:
        found = made(*items, total=str(told), country=country)
    except DataError:
        assert off < 0
        return
    assert added_up(found) == told


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_shares_add_up_and_none_is_off_by_more_than_one(total: int, weights: list[int]) -> None:
    shares = apportioned(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(abs(share - total * weight / whole) <= 1 for share, weight in zip(shares, weights, strict=True))


@given(st.integers(0, 10**7), st.integers(1, 999))
def test_prices_of_one_unit_add_up_to_the_price_of_all(total: int, units: int) -> None:
    parts = evenly(total, units)
    assert sum(count * each for count, each in parts) == total
    assert sum(count for count, _ in parts) == units


def test_minor_units_are_exact() -> None:
    assert (to_minor(Decimal("19.90"), 2, "x"), str(to_amount(1990, 2)), str(to_amount(1990, 0))) == (
        1990,
        "19.90",
        "1990",
    )
