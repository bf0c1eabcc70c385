"""Taking back on Shopify orders: refunds recorded once each under our mark, and orders cancelled."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from integration_assets.contracts.errors import Rejected, UnknownOutcome
from resources.shopify_parts import fulfilment_documents as documents
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import Node
from resources.shopify_parts.parse import count, gid, money, optional_text, text, whole

Restock = Literal["NO_RESTOCK", "CANCEL", "RETURN"]
NOTE = "Recorded by Instep: {mark}"
MARKED = re.compile(r"Recorded by Instep: (\S{1,120})")
KEYS = uuid.UUID("8d6a3c52-62f4-4d63-9f1c-6f2f0c8f7d11")
"""The name space of idempotency keys: the same mark gives the same key in every process and every year."""
LONGEST_LIST = 250
"""Shopify gives no more of a list that has no pages, however much there is."""
PAID_BY = frozenset({"SALE", "CAPTURE"})


@dataclass(frozen=True, slots=True)
class LineState:
    """An order line as it is now: `current` units are still on the order, `unfulfilled` of them have not left."""

    ordered: int
    current: int
    unfulfilled: int


@dataclass(frozen=True, slots=True)
class MoneyState:
    """What a refund needs to know of an order: `marks` are those of the refunds it has."""

    is_cancelled: bool
    payment_id: str | None
    gateway: str
    marks: frozenset[str]
    lines: Mapping[str, LineState]


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Units of an order line to take off, and what becomes of them."""

    line_item_id: str
    quantity: int
    restock: Restock
    location_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund to record. `mark` names the event on Amazon that it stands for; no two refunds have the same."""

    shopify_order_id: str
    mark: str
    currency: str
    amount: Decimal
    shipping: Decimal
    lines: Sequence[RefundedLine]
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency the buyer paid in."""

    amount: Decimal
    currency: str


class Refunds:
    """Refunds and cancellations of one shop. Errors as for `GraphQL.call`."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql

    def state(self, shopify_order_id: str) -> MoneyState | None:
        """What an order has been paid and given back; None when the shop does not have it."""
        node = self._graphql.call(documents.MONEY_STATE, {"id": shopify_order_id})["order"]
        return None if node is None else _money_state(node)

    def suggested(self, shopify_order_id: str, lines: Sequence[RefundedLine]) -> Money:
        """What these units cost the buyer, tax and discounts included, as the shop itself reckons it."""
        variables = {"id": shopify_order_id, "lines": [_line(line) for line in lines]}
        return _suggested(self._graphql.call(documents.SUGGESTED_REFUND, variables)["order"])

    def refund(self, new: NewRefund, state: MoneyState) -> str:
        """Record a refund, without a word to the buyer, and answer its id.

        Rejected when the order was never paid in Shopify, or the shop says no; UnknownOutcome when it does not say.
        """
        data = self._graphql.call(
            documents.REFUND_CREATE, {"input": _input(new, state), "key": str(uuid.uuid5(KEYS, new.mark))}
        )
        made = (data["refundCreate"] or {}).get("refund")
        if made is None:
            raise UnknownOutcome(
                f"Shopify said neither yes nor no to refund {new.mark}.",
                todo="Look at the refunds of the order before trying again.",
                operation="RefundCreate",
            )
        return str(made["id"])

    def cancel(self, shopify_order_id: str, *, by_buyer: bool, restock: bool, paid: bool, note: str) -> str:
        """Have an order cancelled, and answer the id of the job that does it: the order has to be looked at later.

        What it was paid is given back on the gateway of the payment, which for an order of Amazon's moves nothing.
        """
        variables: dict[str, Any] = {
            "orderId": shopify_order_id,
            "reason": "CUSTOMER" if by_buyer else "OTHER",
            "restock": restock,
            "refundMethod": {"originalPaymentMethodsRefund": paid},
            "staffNote": note,
        }
        data = self._graphql.call(documents.ORDER_CANCEL, variables)
        job = (data["orderCancel"] or {}).get("job")
        return str(job["id"]) if job else ""


def mark_in(note: Any) -> str | None:
    """The mark in a refund's note; None where it is not ours. Nothing else of the note is used."""
    found = MARKED.search(note) if isinstance(note, str) else None
    return found[1] if found else None


def _input(new: NewRefund, state: MoneyState) -> dict[str, Any]:
    refund: dict[str, Any] = {
        "orderId": new.shopify_order_id,
        "currency": new.currency,
        "note": NOTE.format(mark=new.mark),
        "notify": False,
        "processedAt": new.processed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "refundLineItems": [_line(line) for line in new.lines],
        "transactions": [],
    }
    if new.shipping:
        refund["shipping"] = {"amount": str(new.shipping)}
    if new.amount:
        if state.payment_id is None:
            raise Rejected(
                f"Shopify order {new.shopify_order_id} was never paid in Shopify, so no refund fits on it.",
                todo="Mark it as paid by hand, with the full amount; the refund is then recorded by itself.",
                operation="RefundCreate",
                code="NEVER_PAID",
            )
        refund["transactions"] = [
            {
                "orderId": new.shopify_order_id,
                "parentId": state.payment_id,
                "gateway": state.gateway,
                "kind": "REFUND",
                "amount": str(new.amount),
            }
        ]
    return refund


def _line(line: RefundedLine) -> dict[str, Any]:
    told: dict[str, Any] = {
        "lineItemId": line.line_item_id,
        "quantity": line.quantity,
        "restockType": line.restock,
    }
    if line.location_id is not None:
        told["locationId"] = line.location_id
    return told


@whole
def _suggested(node: Node) -> Money:
    told = node["suggestedRefund"]["amountSet"]["presentmentMoney"]
    return Money(money(told["amount"]), text(told["currencyCode"]))


@whole
def _money_state(node: Node) -> MoneyState:
    paid = [each for each in node["transactions"] if each["kind"] in PAID_BY and each["status"] == "SUCCESS"]
    if node["lineItems"]["pageInfo"]["hasNextPage"]:
        raise ValueError("an order with more than one page of lines")
    if len(node["refunds"]) >= LONGEST_LIST:
        raise ValueError("an order with more refunds than Shopify tells, so that one of ours could be among them")
    return MoneyState(
        is_cancelled=node["cancelledAt"] is not None,
        payment_id=gid(paid[0]["id"], "OrderTransaction") if paid else None,
        gateway=(optional_text(paid[0]["gateway"]) or "") if paid else "",
        marks=frozenset(filter(None, (mark_in(each["note"]) for each in node["refunds"]))),
        lines={
            gid(line["id"], "LineItem"): LineState(
                count(line["quantity"]), count(line["currentQuantity"]), count(line["unfulfilledQuantity"])
            )
            for line in node["lineItems"]["nodes"]
        },
    )
