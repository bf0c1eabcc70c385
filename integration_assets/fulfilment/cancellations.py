"""What Amazon cancelled before it left, taken off the Shopify order: the whole of it, or units of it; once each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from integration_assets.contracts.errors import DataError, Rejected
from integration_assets.contracts.fulfilment import ITEM_CANCELLATIONS
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.fulfilment.facts import Book, LinkedOrder
from integration_assets.fulfilment.queries import CANCELLED_ON_AMAZON
from integration_assets.rules.cancelled_units import Column, column_of, to_take_off
from resources.ledger_parts.records import Effect, Intention
from resources.shopify import Shopify
from resources.shopify_parts.refunds import MoneyState, NewRefund, RefundedLine, Restock

KIND = "order_cancellation"
MARK = "amazon-cancelled/"
LOOKED_AT_FOR = timedelta(days=30)
"""How long after its last change an order that both sides finished is still looked at for cancelled units."""
LEFT_ALREADY = "it has left already, by Shopify"
UNPAIRED = "its lines in Shopify do not meet the items on Amazon"


@dataclass
class Cancellations:
    """Decides what is to be taken off Shopify orders because Amazon cancelled it."""

    book: Book
    origin: str
    stuck: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Amazon order id -> cancelled units that cannot be taken off, and why, as of the last plan."""

    def plan(self, region: str) -> list[Intention]:
        """One intention per order that is cancelled whole, one per item and number of units of the others."""
        since, recent = self.book.takeover(), self.book.clock.now() - LOOKED_AT_FOR
        params = {"region": region, "since": since, "recent": recent, "prefix": MARK}
        asked = self.book.warehouse.query(CANCELLED_ON_AMAZON, params)
        self.stuck = {}
        found: list[Intention] = []
        for linked in self.book.linked(region, [row[0] for row in asked]):
            if linked.shop is not None and linked.shop.cancelled_at is not None:
                continue
            if linked.order.status == "CANCELLED":
                found.extend(self._whole(linked))
            else:
                found.extend(self._some(linked))
        return found

    def _whole(self, linked: LinkedOrder) -> list[Intention]:
        units = sum(item.quantity_ordered for item in linked.items)
        if linked.shipped():
            self.stuck[linked.amazon_order_id] = (units, LEFT_ALREADY)
            return []
        payload = self._payload(linked) | {"units": units, "by_buyer": self._by_buyer(linked)}
        return [Intention(linked.amazon_order_id, payload, "Amazon cancelled the order before it left", self.origin)]

    def _some(self, linked: LinkedOrder) -> list[Intention]:
        """Units taken off so far are told by the marks of the refunds that took them."""
        found = []
        marks = {refund.mark for refund in linked.refunds}
        for item in linked.items:
            cancelled = item.quantity_cancelled
            if not cancelled:
                continue
            subject = f"{linked.amazon_order_id}/{item.order_item_id}/{cancelled}"
            if MARK + subject in marks or self._was_booked_without(linked, item.order_item_id, cancelled):
                continue
            if item.order_item_id in linked.pairing.unpaired:
                self.stuck[linked.amazon_order_id] = (cancelled, UNPAIRED)
                continue
            columns = [column_of(part, item.quantity_ordered) for part in linked.pairing.parts[item.order_item_id]]
            payload = self._payload(linked) | {
                "units": cancelled,
                "columns": [
                    {"per": each.per, "never_booked": each.never_booked, "lines": [list(line) for line in each.lines]}
                    for each in columns
                ],
                "item_prefix": f"{MARK}{linked.amazon_order_id}/{item.order_item_id}/",
            }
            found.append(
                Intention(subject, payload, f"Amazon cancelled {cancelled} units before they left", self.origin)
            )
        return found

    def _was_booked_without(self, linked: LinkedOrder, order_item_id: str, cancelled: int) -> bool:
        """Whether the order was made after the cancellation, so that it never had the units."""
        [item] = [each for each in linked.items if each.order_item_id == order_item_id]
        parts = linked.pairing.parts.get(order_item_id)
        if not parts:
            return order_item_id not in linked.pairing.unpaired
        booked = min(sum(share.units for share in part.shares) // part.per for part in parts)
        return booked <= item.quantity_ordered - cancelled

    def _payload(self, linked: LinkedOrder) -> dict[str, object]:
        by_amazon = linked.order.fulfilled_by == "AMAZON"
        return {
            "amazon_order_id": linked.amazon_order_id,
            "shopify_order_id": linked.shopify_order_id,
            "currency": linked.order.currency,
            "cancelled_at": linked.order.last_updated_at.isoformat(),
            "restock": self.book.model.fulfilment.restock_cancelled and not by_amazon,
        }

    def _by_buyer(self, linked: LinkedOrder) -> bool:
        rows = self.book.warehouse.rows(ITEM_CANCELLATIONS, "amazon_order_id = ?", [linked.amazon_order_id])
        return bool(rows) and all("BUYER" in (row.cancelled_by, row.requested_by) for row in rows)


@dataclass
class CancelOrder:
    """The errand that takes a cancellation over: a business event, done once."""

    shopify: Shopify
    kind: str = KIND
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Cancel the order, or take units off it. Looks first: the shop has no name for either that would guard it."""
        order_id = effect.payload["shopify_order_id"]
        state = self._state(order_id)
        if state.is_cancelled:
            return Receipt(detail="Shopify showed the order as cancelled already", proven=True)
        if "columns" in effect.payload:
            return self._reduce(effect, state)
        job = self.shopify.refunds.cancel(
            order_id,
            by_buyer=bool(effect.payload["by_buyer"]),
            restock=bool(effect.payload["restock"]),
            paid=state.payment_id is not None,
            note=f"Amazon cancelled order {effect.payload['amazon_order_id']}.",
        )
        return Receipt(reference=job or None, detail="Shopify has begun to cancel the order")

    def look(self, effect: Effect) -> Sight:
        """Whether the order is cancelled, or has the refund that took the units off."""
        state = self._state(effect.payload["shopify_order_id"])
        if state.is_cancelled or MARK + effect.subject in state.marks:
            return Sight("there", "Shopify shows it")
        return Sight("not_there", "Shopify does not show it")

    def _reduce(self, effect: Effect, state: MoneyState) -> Receipt:
        mark = MARK + effect.subject
        if mark in state.marks:
            return Receipt(detail="Shopify showed the units as taken off already", proven=True)
        prefix = effect.payload["item_prefix"]
        before = max((int(each.removeprefix(prefix)) for each in state.marks if each.startswith(prefix)), default=0)
        lines = self._lines(effect, state, before)
        amount = self.shopify.refunds.suggested(effect.payload["shopify_order_id"], lines)
        refund = NewRefund(
            shopify_order_id=effect.payload["shopify_order_id"],
            mark=mark,
            currency=amount.currency,
            amount=amount.amount if state.payment_id is not None else Decimal(0),
            shipping=Decimal(0),
            lines=lines,
            processed_at=datetime.fromisoformat(effect.payload["cancelled_at"]),
        )
        return Receipt(
            reference=self.shopify.refunds.refund(refund, state), detail="Shopify took them off", proven=True
        )

    def _lines(self, effect: Effect, state: MoneyState, before: int) -> list[RefundedLine]:
        """The units that this cancellation adds to those taken off before, none that has left."""
        columns = [
            Column(each["per"], each["never_booked"], tuple((line, units) for line, units in each["lines"]))
            for each in effect.payload["columns"]
        ]
        open_units = {line: known.unfulfilled for line, known in state.lines.items()}
        taken = to_take_off(columns, cancelled=effect.payload["units"], before=before, open_units=open_units)
        restock: Restock = "CANCEL" if effect.payload["restock"] else "NO_RESTOCK"
        found = [RefundedLine(line, units, restock) for line, units in sorted(taken.items())]
        if not found:
            raise Rejected(
                f"Shopify order {effect.payload['shopify_order_id']} has no open units that could be taken off.",
                todo="They may have left already: stop the parcel, or tell the buyer.",
                operation="RefundCreate",
                code="NOTHING_OPEN",
            )
        return found

    def _state(self, order_id: str) -> MoneyState:
        return state_of(self.shopify, order_id)


def state_of(shopify: Shopify, order_id: str) -> MoneyState:
    """What an order has been paid and given back. Rejected where the shop does not have it any more, or not tell it."""
    try:
        state = shopify.refunds.state(order_id)
    except DataError as error:
        raise Rejected(str(error), todo=error.todo, operation="MoneyState") from error
    if state is None:
        raise Rejected(
            f"Shopify has no order {order_id} any more.", todo="It was deleted there: nothing can be recorded on it."
        )
    return state
