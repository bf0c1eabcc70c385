"""The sandbox's settlements and its Finances speak of the same money, order by order and heading by heading."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.amazon.finances import MoneyMove, moves_of, refund_order
from sandbox.amazon.ordering import place_order
from sandbox.amazon.payouts import PERIOD, settled
from sandbox.amazon.settlement import Line
from sandbox.amazon.state import state_of
from sandbox.brand import Brand, Plan
from sandbox.server import build
from sandbox.world import AmazonAccount, AmazonOrder

UK = "A1F83G8C2ARO7P"


@pytest.fixture(scope="module")
def brand() -> Brand:
    return build(seed=7, plan=Plan(skus=60, history_orders=40), trouble=False)[1]


def lines_of(brand: Brand, account: AmazonAccount) -> list[Line]:
    """Every line of every settlement there is."""
    return [
        line
        for (place, end), number in state_of(brand.world, account).settlements.items()
        for line in settled(brand.world, account, place, end, number=number).lines
    ]


def moved(move: MoneyMove) -> Decimal:
    """What a transaction comes to."""
    return sum(
        (
            amount
            for item in move.items
            for side in item.amounts.values()
            for below in side.values()
            for amount in below.values()
        ),
        Decimal(0),
    )


def test_every_order_of_the_past_is_settled_as_finances_has_it(brand: Brand) -> None:
    account = brand.account("eu")
    lines = [line for line in lines_of(brand, account) if line.order_id and not line.merchant_order_id]
    ends = [end for _, end in state_of(brand.world, account).settlements]
    by_order: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_order[line.order_id] += line.amount
    moves: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves_of(account).values():
        at = move.deferred_until or move.posted_at
        if any(end - PERIOD <= at < end for end in ends) and move.order_id in by_order:
            moves[move.order_id] += moved(move)
    assert len(by_order) > 10
    assert by_order == moves
    assert {line.transaction_type for line in lines} == {"Order", "Refund"}


def rich_order(brand: Brand, account: AmazonAccount) -> AmazonOrder:
    """An order with everything that an order can have, bought three days before the newest payout ended."""
    sku = next(sku for sku, listing in account.listings.items() if "DEFAULT" not in listing.channels)
    order = place_order(
        brand.world,
        account,
        [(sku, 2)],
        marketplace_id=UK,
        status="SHIPPED",
        minutes_ago=5 * 1440,
        takes_stock=False,
    )
    item = order.items[0]
    item.unit_price, item.shipping, item.gift_wrap = Decimal("12.50"), Decimal("3.99"), Decimal("1.00")
    item.promotion, item.shipping_promotion = Decimal("2.00"), Decimal("0.99")
    item.tax, item.shipping_tax, item.collected_by_amazon = Decimal("4.60"), Decimal("0.60"), True
    order.updated_at = order.created_at + timedelta(hours=20)
    return order


def test_price_tax_promotion_commission_and_refund_are_the_same_in_both(brand: Brand) -> None:
    account = brand.account("eu")
    order = rich_order(brand, account)
    lines_of(brand, account)  # posts the sale
    refund_order(brand.world, account, order, {order.items[0].id: 1}, at=order.updated_at + timedelta(hours=4))
    lines = [line for line in lines_of(brand, account) if line.order_id == order.id]
    assert {(line.transaction_type, line.amount_type, line.amount_description): f"{line.amount}" for line in lines} == {
        ("Order", "ItemPrice", "Principal"): "25.00",
        ("Order", "ItemPrice", "Shipping"): "3.99",
        ("Order", "ItemPrice", "GiftWrap"): "1.00",
        ("Order", "ItemPrice", "Tax"): "4.60",
        ("Order", "ItemPrice", "ShippingTax"): "0.60",
        ("Order", "Promotion", "Principal"): "-2.00",
        ("Order", "Promotion", "Shipping"): "-0.99",
        ("Order", "ItemFees", "Commission"): "-4.05",
        ("Order", "ItemFees", "FBAPerUnitFulfillmentFee"): "-5.40",
        ("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal"): "-5.20",
        ("Refund", "ItemPrice", "Principal"): "-12.50",
        ("Refund", "ItemPrice", "GiftWrap"): "-0.50",
        ("Refund", "ItemPrice", "Tax"): "-2.30",
        ("Refund", "Promotion", "Principal"): "1.00",
        ("Refund", "ItemFees", "Commission"): "1.88",
        ("Refund", "ItemFees", "RefundCommission"): "-0.38",
        ("Refund", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal"): "2.30",
    }
    moves = [move for move in moves_of(account).values() if move.order_id == order.id]
    assert sum(line.amount for line in lines) == sum(map(moved, moves))
    assert [line.quantity for line in lines if line.quantity] == [2]


def test_what_amazon_defers_is_settled_when_it_is_released(brand: Brand) -> None:
    account = brand.account("eu")
    settled_orders = {line.order_id for line in lines_of(brand, account)}
    deferred = [move for move in moves_of(account).values() if move.status(brand.world.now()) == "DEFERRED"]
    assert deferred
    assert settled_orders.isdisjoint(move.order_id for move in deferred)
