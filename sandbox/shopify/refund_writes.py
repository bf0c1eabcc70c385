"""refundCreate and orderCancel, and what a refund of units would come to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox import order_money as sums
from sandbox.order_life import CannotBe, TakenBack, cancel, refund, refund_payment
from sandbox.order_records import Payment
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.goods import invalid_id
from sandbox.shopify.money import bag
from sandbox.shopify.problems import user_error
from sandbox.shopify.registry import Of
from sandbox.shopify.state import Job
from sandbox.world import ShopOrder, ShopOrderLine

Payload = dict[str, Any]
Errors = list[dict[str, Any]]
ZERO = Decimal(0)
LONGEST_NOTE = 255
NO_ORDER = "Order does not exist"
TOLD_TO_REFUSE = "The sandbox was told to refuse this write."


def create(context: Context, args: dict[str, Any]) -> Payload:
    """Record a refund (refundCreate): units, shipping and money each as far as they are named."""
    given = args["input"]
    order = _order(context, given["orderId"])
    if order is None:
        return _refused([user_error(["orderId"], NO_ORDER)])
    if context.fault("invalid") is not None:
        return _refused([user_error(["input"], TOLD_TO_REFUSE)])
    errors: Errors = []
    if given.get("currency") not in (None, order.currency):
        errors.append(user_error(["currency"], "Currency must be the presentment currency of the order"))
    lines = _lines(context, order, given, errors)
    shipping = _shipping(order, given.get("shipping"), errors)
    payments = _payments(context, order, given, errors)
    if not (lines or shipping or payments or errors):
        errors.append(user_error(None, "Refund must have something to refund"))
    if errors:
        return _refused(errors)
    if context.fault("never_applied") is not None:
        return {"refund": None, "order": order, "userErrors": []}
    made = refund(
        context.world,
        order,
        lines,
        payments=payments,
        shipping=shipping,
        note=given.get("note"),
        processed_at=_moment(context, given),
        discrepancy_reason=given.get("discrepancyReason"),
        told_buyer=bool(given.get("notify")),
    )
    context.did(f"refunded {made.paid_back}", [order.source_identifier or order.name])
    return {"refund": made, "order": order, "userErrors": []}


def _refused(errors: Errors) -> Payload:
    return {"refund": None, "order": None, "userErrors": errors}


def _order(context: Context, text: str) -> ShopOrder | None:
    return context.world.shop.orders.get(gids.number_of(text, "Order") or 0)


def _moment(context: Context, given: dict[str, Any]) -> datetime | None:
    asked = given.get("processedAt")
    return min(datetime.fromisoformat(asked), context.now) if asked else None


def _lines(context: Context, order: ShopOrder, given: dict[str, Any], errors: Errors) -> list[TakenBack]:
    known = {gids.gid("LineItem", line.id): line for line in order.lines}
    taken: dict[int, int] = {}
    found: list[TakenBack] = []
    for at, row in enumerate(given.get("refundLineItems") or ()):
        where = ["refundLineItems", str(at)]
        line = known.get(row["lineItemId"])
        if line is None:
            errors.append(user_error([*where, "lineItemId"], "Line item does not belong to the order"))
            continue
        taken[line.id] = taken.get(line.id, 0) + row["quantity"]
        kind = row.get("restockType") or "NO_RESTOCK"
        if row["quantity"] < 1:
            errors.append(user_error([*where, "quantity"], "Quantity must be greater than 0"))
        elif taken[line.id] > line.current_quantity:
            message = "Quantity cannot refund more items than were purchased"
            errors.append(user_error([*where, "quantity"], message))
        elif kind == "LEGACY_RESTOCK":
            errors.append(user_error([*where, "restockType"], "Restock type is not accepted for new refunds"))
        elif kind == "CANCEL" and taken[line.id] > line.unfulfilled:
            errors.append(user_error([*where, "restockType"], "Restock type cancel needs unfulfilled items"))
        elif kind == "RETURN" and taken[line.id] > line.fulfilled - line.returned:
            errors.append(user_error([*where, "restockType"], "Restock type return needs fulfilled items"))
        else:
            place = None if kind == "NO_RESTOCK" else _place(context, row.get("locationId"), where, errors)
            found.append(TakenBack(line, row["quantity"], kind, place))
    return found


def _place(context: Context, text: str | None, where: list[str], errors: Errors) -> int | None:
    if text is None:
        return None
    number = gids.number_of(text, "Location")
    place = context.world.shop.locations.get(number or 0)
    if place is None or not place.is_active:
        errors.append(user_error([*where, "locationId"], "Location not found or deactivated"))
        return None
    return place.id


def _shipping(order: ShopOrder, given: dict[str, Any] | None, errors: Errors) -> Decimal:
    if not given:
        return ZERO
    left = shipping_left(order)
    asked = left if given.get("fullRefund") else Decimal(given.get("amount") or 0)
    if asked > left:
        errors.append(user_error(["shipping", "amount"], "Shipping amount cannot be more than what is left of it"))
    return asked


def shipping_left(order: ShopOrder) -> Decimal:
    """Shipping that was not given back yet, its tax included."""
    taxes = ZERO if order.taxes_included else sum((sums.tax_of(each.taxes) for each in order.shipping), ZERO)
    whole = sums.shipping_total(order) - order.shipping_discount + taxes
    return whole - sums.refunded_shipping(order)


def _payments(context: Context, order: ShopOrder, given: dict[str, Any], errors: Errors) -> list[Payment]:
    known = {gids.gid("OrderTransaction", each.id): each for each in order.payments}
    found: list[Payment] = []
    for at, row in enumerate(given.get("transactions") or ()):
        where = ["transactions", str(at)]
        parent = known.get(row.get("parentId") or "")
        if row["kind"] != "REFUND":
            errors.append(user_error([*where, "kind"], "Transactions kind must be refund"))
        elif row["orderId"] != gids.gid("Order", order.id) or parent is None or not parent.is_paid:
            message = "Transactions parent must be a payment of the same order"
            errors.append(user_error([*where, "parentId"], message))
        elif Decimal(row["amount"]) <= 0:
            errors.append(user_error([*where, "amount"], "Transactions amount must be greater than 0"))
        else:
            when = _moment(context, given)
            found.append(refund_payment(context.world, parent, Decimal(row["amount"]), processed_at=when))
    left = sums.received(order) - sums.refunded(order)
    if sum((each.amount for each in found), ZERO) > left:
        # Measured: allowOverRefunding does not change it.
        message = f"Refund amount is more than the net received amount of {left}"
        errors.append(user_error(["transactions"], message))
    return found


def cancel_order(context: Context, args: dict[str, Any]) -> Payload:
    """Cancel an order (orderCancel), by a job that a moment of sandbox time later is done."""
    order = _order(context, args["orderId"])
    if order is None:
        return _not_cancelled(["orderId"], NO_ORDER, "NOT_FOUND")
    refunds, method = args.get("refund"), args.get("refundMethod")
    if refunds is not None and method is not None:
        return _not_cancelled(["refund"], "Only one of refund and refundMethod can be given", "INVALID")
    if len(args.get("staffNote") or "") > LONGEST_NOTE:
        message = f"Staff note is too long (maximum is {LONGEST_NOTE} characters)"
        return _not_cancelled(["staffNote"], message, "INVALID")
    if context.fault("invalid") is not None:
        return _not_cancelled(["orderId"], TOLD_TO_REFUSE, "INVALID")
    if order.cancelled_at is not None:
        return _not_cancelled(["orderId"], "Cannot cancel an order that has already been canceled", "INVALID")
    if any(line.fulfilled > line.returned for line in order.lines):
        return _not_cancelled(["orderId"], "Cannot cancel an order with outstanding fulfillments", "INVALID")
    if args["restock"] and _paid_at_a_closed_place(context, order):
        message = "Cannot restock an order of a deactivated location"
        return _not_cancelled(["restock"], message, "INVALID")
    job = Job(context.state.hexadecimal(32), order.id)
    context.state.jobs[job.id] = job
    gives_back = bool(refunds or (method or {}).get("originalPaymentMethodsRefund"))

    def carry_out() -> None:
        job.done = True
        try:
            cancel(
                context.world,
                order,
                restock=args["restock"],
                gives_back=gives_back,
                reason=args["reason"],
                note=args.get("staffNote"),
                told_buyer=bool(args.get("notifyCustomer")),
            )
        except CannotBe as reason:
            job.problem = str(reason)

    if context.fault("never_applied") is None:
        context.world.after(context.world.shop.settings.job_seconds, carry_out)
        context.did(f"to be cancelled, restock {args['restock']}", [order.source_identifier or order.name])
    return {"job": job, "jobResult": job, "orderCancelUserErrors": [], "userErrors": []}


def _paid_at_a_closed_place(context: Context, order: ShopOrder) -> bool:
    places = context.world.shop.locations
    closed = any(not places[each.location_id].is_active for each in order.fulfillment_orders)
    return closed and sums.received(order) > 0


def _not_cancelled(field: list[str], message: str, code: str) -> Payload:
    error = user_error(field, message, code)
    return {"job": None, "jobResult": None, "orderCancelUserErrors": [error], "userErrors": []}


def suggested(
    order: ShopOrder,
    _context: Context,
    *,
    refundLineItems: list[dict[str, Any]] | None = None,  # noqa: N803 - Shopify's argument names
    refundShipping: bool | None = None,  # noqa: N803 - Shopify's argument names
    shippingAmount: str | None = None,  # noqa: N803 - Shopify's argument names
    suggestFullRefund: bool = False,  # noqa: N803 - Shopify's argument names
    **_more: Any,
) -> dict[str, Any]:
    """Order.suggestedRefund: what these units and the shipping cost the buyer, never more than is left."""
    known = {gids.gid("LineItem", line.id): line for line in order.lines}
    rows: list[tuple[ShopOrderLine, int, str]] = []
    if suggestFullRefund:
        rows = [(line, line.current_quantity, "NO_RESTOCK") for line in order.lines if line.current_quantity]
    for row in refundLineItems or ():
        line = known.get(row["lineItemId"])
        if line is None:
            raise invalid_id(row["lineItemId"])
        rows.append((line, row["quantity"], row.get("restockType") or "NO_RESTOCK"))
    shares = [(line, units, kind, sums.share_of(order, line, units)) for line, units, kind in rows]
    left = shipping_left(order)
    asked = left if refundShipping or suggestFullRefund else Decimal(shippingAmount or 0)
    shipping = min(asked, left)
    net = sums.received(order) - sums.refunded(order)
    amount = min(net, sum((sums.worth(order, each) for *_, each in shares), ZERO) + shipping)
    parent = next((each for each in order.payments if each.is_paid), None)

    def money(value: Decimal) -> dict[str, Any]:
        return bag(value, order.currency)

    transaction = {
        "kind": "SUGGESTED_REFUND",
        "gateway": parent.gateway if parent else None,
        "amountSet": money(amount),
        "maximumRefundableSet": money(net),
        "parentTransaction": Of(order, parent) if parent else None,
    }
    return {
        "amountSet": money(amount),
        "maximumRefundableSet": money(net),
        "subtotalSet": money(sum((each.subtotal for *_, each in shares), ZERO)),
        "discountedSubtotalSet": money(sum((each.subtotal for *_, each in shares), ZERO)),
        "totalTaxSet": money(sum((each.tax for *_, each in shares), ZERO)),
        "shipping": {"amountSet": money(shipping), "maximumRefundableSet": money(left), "taxSet": money(ZERO)},
        "suggestedTransactions": [transaction] if parent and amount else [],
        "refundLineItems": [
            {
                "id": None,
                "lineItem": (order, line),
                "quantity": units,
                "restockType": kind,
                "restocked": False,
                "location": None,
                "priceSet": money(line.unit_price),
                "subtotalSet": money(share.subtotal),
                "totalTaxSet": money(share.tax),
            }
            for line, units, kind, share in shares
        ],
    }
