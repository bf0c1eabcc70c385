"""A refund that Amazon posted, as one to record on the Shopify order: exact, or not at all.

Amounts on Amazon are what the seller gains, so a refund is below zero there. What the buyer gets back is principal,
shipping, gift wrap and tax, less the discounts taken back; fees, and tax that Amazon keeps, are not the buyer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from integration_assets.contracts.fulfilment import Transaction, TransactionLine

REFUND_TYPES = frozenset({"refund", "chargebackrefund", "guaranteeclaimrefund", "guaranteeclaim", "chargeback"})
ZERO = Decimal(0)
Bucket = Literal["product", "shipping", "other", "tax", "not_the_buyers", "unknown"]

SELLERS_ONLY = ("fees", "commission", "chargeback", "marketplacefacilitator", "lowvaluegoodstax")
"""Parts of a heading by which an amount is no money of the buyer's. Their own tax and promotions are not either."""
DISCOUNTS = frozenset({"ourpricediscount", "promorebates", "promotion", "promotions", "itempromotion"})


@dataclass(frozen=True, slots=True)
class RefundableItem:
    """An item of the order. `unit_prices` are the amounts one unit may have cost, `ordered` how many there were."""

    order_item_id: str
    seller_sku: str | None
    ordered: int
    unit_prices: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class AmazonRefund:
    """A refund to record. `units` are those refunded whole; the rest of the amount is money without goods."""

    key: str
    amazon_order_id: str
    currency: str
    amount: Decimal
    shipping: Decimal
    units: Mapping[str, int]
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Unclear:
    """A refund that cannot be recorded to the cent, and why."""

    key: str
    amazon_order_id: str | None
    why: str


def is_refund(transaction: Transaction) -> bool:
    """Whether the transaction gives money back to a buyer."""
    return transaction.transaction_type.replace(" ", "").replace("_", "").casefold() in REFUND_TYPES


def key_of(transaction: Transaction) -> str:
    """What makes the refund one and the same: the transaction, or the deferred one that this only releases."""
    return transaction.deferred_transaction_id or transaction.transaction_id


def refund_of(
    transaction: Transaction,
    lines: Iterable[TransactionLine],
    items: Sequence[RefundableItem],
    refunded: Mapping[str, int],
) -> AmazonRefund | Unclear | None:
    """The refund behind a transaction; None where the buyer got nothing by it.

    `refunded` are the units of each item that earlier refunds took. Unclear where an amount is of a kind that is not
    known, or where the parts do not add up to what the buyer got: then nothing is recorded, rather than a guess.
    """
    key = key_of(transaction)
    if transaction.amazon_order_id is None:
        return Unclear(key, None, "it names no order")
    parts: dict[Bucket, Decimal] = {}
    by_item: dict[int, list[TransactionLine]] = {}
    for line in lines:
        bucket = bucket_of(line.path)
        if bucket == "unknown" and line.amount:
            why = f"{line.path} is not known to be money of the buyer's or not"
            return Unclear(key, transaction.amazon_order_id, why)
        parts[bucket] = parts.get(bucket, ZERO) - line.amount
        if line.item is not None:
            by_item.setdefault(line.item, []).append(line)
    if not parts:
        return Unclear(key, transaction.amazon_order_id, "it is not broken down into what it is for")
    shipping = parts.get("shipping", ZERO)
    amount = parts.get("product", ZERO) + shipping + parts.get("other", ZERO) + parts.get("tax", ZERO)
    if amount < 0:
        return Unclear(key, transaction.amazon_order_id, "it takes money from the buyer instead of giving it back")
    if amount == 0:
        return None
    return AmazonRefund(
        key=key,
        amazon_order_id=transaction.amazon_order_id,
        currency=transaction.currency,
        amount=amount,
        shipping=min(max(shipping, ZERO), amount),
        units=_units(by_item.values(), items, refunded),
        posted_at=transaction.posted_at,
    )


def bucket_of(path: str) -> Bucket:
    """What an amount under these headings is; whose it is may stand in any of them."""
    headings = [heading.replace(" ", "").casefold() for heading in path.split("/")]
    last = headings[-1]
    if any(words in heading for heading in headings for words in SELLERS_ONLY):
        return "not_the_buyers"
    if last.startswith("shipping") and not last.endswith("tax") and "taxdiscount" not in last:
        return "shipping"
    if last.endswith(("tax", "taxdiscount", "vat")):
        return "tax"
    if last in DISCOUNTS or last in {"principal", "productcharges"} or last in _PRODUCT:
        return "product"
    if last.startswith(("giftwrap", "goodwill", "codfee", "restockingdeduction", "exportcharge")):
        return "other"
    return "unknown"


_PRODUCT = frozenset({"ourpriceprincipal"})


def _units(
    of_items: Iterable[Sequence[TransactionLine]], items: Sequence[RefundableItem], refunded: Mapping[str, int]
) -> dict[str, int]:
    """Units refunded whole: the principal given back is so many times the price of one."""
    taken = dict(refunded)
    found: dict[str, int] = {}
    for lines in of_items:
        principal = -sum((line.amount for line in lines if _is_principal(line.path)), ZERO)
        tax = -sum((line.amount for line in lines if bucket_of(line.path) == "tax"), ZERO)
        sku = next((line.seller_sku for line in lines if line.seller_sku), None)
        told = next((abs(line.quantity) for line in lines if line.quantity), None)
        for item in items:
            room = item.ordered - taken.get(item.order_item_id, 0)
            if item.seller_sku != sku or sku is None or principal <= 0 or room < 1:
                continue
            units = _whole_units((principal, principal + tax), item.unit_prices, told)
            if 1 <= units <= room:
                taken[item.order_item_id] = taken.get(item.order_item_id, 0) + units
                found[item.order_item_id] = found.get(item.order_item_id, 0) + units
                break
    return found


def _is_principal(path: str) -> bool:
    return path.rpartition("/")[2].replace(" ", "").casefold() in {"ourpriceprincipal", "principal"}


def _whole_units(amounts: Iterable[Decimal], prices: Iterable[Decimal], told: int | None) -> int:
    """How many units the amount is the price of; 0 where it is not a whole number, or not the one Amazon names."""
    amounts = tuple(amounts)
    for price in prices:
        for amount in amounts:
            if price > 0 and amount > 0 and amount % price == 0:
                units = int(amount / price)
                if told is None or told == units:
                    return units
    return 0
