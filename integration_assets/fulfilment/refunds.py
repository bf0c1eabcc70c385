"""Refunds that Amazon posted, recorded on the Shopify order: once each, with Amazon's date and to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.amazon import AmazonOrderItem
from integration_assets.contracts.fulfilment import TRANSACTION_LINES, TRANSACTIONS, Refund, Transaction
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.fulfilment.cancellations import state_of
from integration_assets.fulfilment.facts import Book, LinkedOrder
from integration_assets.fulfilment.queries import REFUNDED_ON_AMAZON
from integration_assets.rules.refunds import AmazonRefund, RefundableItem, Unclear, is_refund, key_of, refund_of
from resources.ledger_parts.records import Effect, Intention
from resources.shopify import Shopify
from resources.shopify_parts.refunds import MoneyState, NewRefund, RefundedLine, Restock

KIND = "order_refund"
MARK = "amazon-refund/"
BY_HAND = "refund_by_hand"
"""The ledger's links from a refund on Amazon to the one in Shopify that somebody recorded for it by hand."""
CENT = Decimal("0.01")
NO_ORDER = "no Shopify order stands for the Amazon order"
OTHER_CURRENCY = "it is in {refund}, the order in {order}, and currencies are never added up"


@dataclass
class Refunds:
    """Decides which refunds Shopify orders lack."""

    book: Book
    origin: str
    return_location_id: str | None = None
    unclear: list[Unclear] = field(default_factory=list)
    """Refunds that cannot be recorded, as of the last plan."""

    def plan(self, region: str) -> list[Intention]:
        """One intention per refund, those of an order in the order Amazon posted them."""
        since = self.book.takeover()
        without_fba = self.book.model.orders.fba == "never"
        known = {link.left_id: link.right_id for link in self.book.ledger.links(BY_HAND)}
        params = {
            "region": region,
            "since": since,
            "prefix": MARK,
            "without_fba": without_fba,
            "by_hand": sorted(known),
        }
        asked: dict[str, bool] = dict(self.book.warehouse.query(REFUNDED_ON_AMAZON, params))
        linked = {each.amazon_order_id: each for each in self.book.linked(region, list(asked))}
        expected = (order for order, is_due in asked.items() if is_due and order not in linked)
        self.unclear = [Unclear(order, order, NO_ORDER) for order in expected]
        found: list[Intention] = []
        for order_id, transactions in self._transactions(sorted(linked)).items():
            found.extend(self._of_order(linked[order_id], transactions, since, known))
        return found

    def _transactions(self, order_ids: list[str]) -> dict[str, list[Transaction]]:
        """Every refund of these orders, each once: what only releases a deferred one is the same refund."""
        if not order_ids:
            return {}
        rows = self.book.warehouse.rows(TRANSACTIONS, "list_contains(?, amazon_order_id)", [order_ids])
        refunds = sorted((row for row in rows if is_refund(row)), key=lambda row: (row.posted_at, row.transaction_id))
        found: dict[str, dict[str, Transaction]] = {}
        for row in refunds:
            if row.amazon_order_id is not None:
                found.setdefault(row.amazon_order_id, {}).setdefault(key_of(row), row)
        return {order: list(of_order.values()) for order, of_order in found.items()}

    def _of_order(
        self, linked: LinkedOrder, transactions: Sequence[Transaction], since: datetime, known: Mapping[str, str]
    ) -> Iterable[Intention]:
        """What the order lacks. `known` are refunds on Amazon that were found recorded by hand before."""
        items = [
            RefundableItem(item.order_item_id, item.seller_sku, item.quantity_ordered, _prices(item))
            for item in linked.items
        ]
        used = set(known.values())
        by_hand = [refund for refund in linked.refunds if refund.mark is None and refund.refund_id not in used]
        recorded = {*(refund.mark for refund in linked.refunds), *(MARK + key for key in known)}
        taken: dict[str, int] = {}
        for transaction in transactions:
            lines = self.book.warehouse.rows(TRANSACTION_LINES, "transaction_id = ?", [transaction.transaction_id])
            refund = refund_of(transaction, lines, items, taken)
            if isinstance(refund, Unclear):
                if MARK + refund.key not in recorded and transaction.posted_at >= since:
                    self.unclear.append(refund)
                continue
            if refund is None:
                continue
            before, taken = taken, {**taken, **_added(taken, refund.units)}
            if MARK + refund.key in recorded or transaction.posted_at < since:
                continue
            same = next((each for each in by_hand if _is_same(each, refund)), None)
            if same is not None:
                by_hand.remove(same)
                self.book.ledger.link(BY_HAND, refund.key, same.refund_id)
                continue
            if linked.order.currency not in (None, refund.currency):
                why = OTHER_CURRENCY.format(refund=refund.currency, order=linked.order.currency)
                self.unclear.append(Unclear(refund.key, refund.amazon_order_id, why))
                continue
            yield self._intention(linked, refund, before)

    def _intention(self, linked: LinkedOrder, refund: AmazonRefund, before: Mapping[str, int]) -> Intention:
        paired = {item: units for item, units in refund.units.items() if item in linked.pairing.parts}
        lines = linked.pairing.lines(_added(before, paired))
        for line, units in linked.pairing.lines({item: before.get(item, 0) for item in paired}).items():
            lines[line] -= units
        by_amazon = linked.order.fulfilled_by == "AMAZON"
        returned = self.return_location_id is not None and not by_amazon
        payload = {
            "amazon_order_id": linked.amazon_order_id,
            "shopify_order_id": linked.shopify_order_id,
            "currency": refund.currency,
            "amount": str(refund.amount),
            "shipping": str(refund.shipping),
            "lines": {line: units for line, units in sorted(lines.items()) if units},
            "units": sum(refund.units.values()),
            "restock": "RETURN" if returned else "NO_RESTOCK",
            "location_id": self.return_location_id if returned else None,
            "posted_at": refund.posted_at.isoformat(),
        }
        reason = f"Amazon refunded {refund.amount} {refund.currency}"
        return Intention(refund.key, payload, reason, self.origin)


@dataclass
class RecordRefund:
    """The errand that records a refund: a business event, done once. The shop's own idempotency key guards it, too."""

    shopify: Shopify
    kind: str = KIND
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Look at what the order has been paid and given back, then record it; proven by what the shop answers."""
        payload = effect.payload
        state = state_of(self.shopify, payload["shopify_order_id"])
        mark = MARK + effect.subject
        if mark in state.marks:
            return Receipt(detail="Shopify had a refund with this mark already", proven=True)
        refund = NewRefund(
            shopify_order_id=payload["shopify_order_id"],
            mark=mark,
            currency=payload["currency"],
            amount=Decimal(payload["amount"]),
            shipping=Decimal(payload["shipping"]),
            lines=_lines(effect, state),
            processed_at=datetime.fromisoformat(payload["posted_at"]),
        )
        made = self.shopify.refunds.refund(refund, state)
        return Receipt(reference=made, detail="Shopify has recorded it", proven=True)

    def look(self, effect: Effect) -> Sight:
        """Whether the order has a refund with this mark."""
        state = state_of(self.shopify, effect.payload["shopify_order_id"])
        if MARK + effect.subject in state.marks:
            return Sight("there", "Shopify shows a refund with this mark")
        return Sight("not_there", "Shopify shows no refund with this mark")


def _lines(effect: Effect, state: MoneyState) -> list[RefundedLine]:
    """The units as far as they are still on the order: what was taken off before is money only now."""
    restock: Restock = effect.payload["restock"]
    found = []
    for line, units in effect.payload["lines"].items():
        known = state.lines.get(line)
        quantity = min(units, known.current if known else 0)
        if quantity:
            found.append(RefundedLine(line, quantity, restock, effect.payload["location_id"]))
    return found


def _is_same(by_hand: Refund, refund: AmazonRefund) -> bool:
    """Whether somebody has recorded the very refund by hand: the same amount, to the cent, in the same currency."""
    return (by_hand.amount, by_hand.currency) == (refund.amount, refund.currency)


def _added(units: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """For each item of `more`, its units in both."""
    return {item: units.get(item, 0) + count for item, count in more.items()}


def _prices(item: AmazonOrderItem) -> tuple[Decimal, ...]:
    """What one unit may have cost: as Amazon tells it, and as the price of all of them tells it."""
    prices = [item.unit_price]
    if item.item_price is not None and item.quantity_ordered:
        each = (item.item_price / item.quantity_ordered).quantize(CENT)
        prices.append(each if each * item.quantity_ordered == item.item_price else None)
    return tuple(dict.fromkeys(price for price in prices if price is not None and price > 0))
