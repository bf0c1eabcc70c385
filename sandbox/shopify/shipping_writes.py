"""fulfillmentCreate, fulfillmentTrackingInfoUpdate and fulfillmentCancel. None of them takes an idempotency key."""

from __future__ import annotations

from typing import Any

from sandbox.order_life import CannotBe, fulfill, retrack, unfulfill
from sandbox.order_records import Fulfillment, Tracking
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.goods import invalid_id
from sandbox.shopify.problems import user_error
from sandbox.world import ShopOrder

Payload = dict[str, Any]
MOST_LINES = 512
TOLD_TO_REFUSE = "The sandbox was told to refuse this write."


def create(context: Context, args: dict[str, Any]) -> Payload:
    """Units of fulfillment orders of one order and one place leave (fulfillmentCreate)."""
    given = args["fulfillment"]
    wanted: dict[int, dict[int, int]] = {}
    for row in given["lineItemsByFulfillmentOrder"]:
        number = _number(row["fulfillmentOrderId"], "FulfillmentOrder")
        lines = row.get("fulfillmentOrderLineItems") or ()
        if len(lines) > MOST_LINES:
            return _refused(f"The fulfillment order line items exceed the maximum of {MOST_LINES}.")
        kept = wanted.setdefault(number, {})
        for line in lines:
            at = _number(line["id"], "FulfillmentOrderLineItem")
            kept[at] = kept.get(at, 0) + line["quantity"]
    orders = {order.id: order for number in wanted if (order := _order_of(context, number)) is not None}
    if context.fault("invalid") is not None:
        return _refused(TOLD_TO_REFUSE)
    if not orders:
        return _refused("Fulfillment order does not exist.")
    if len(orders) > 1:
        return _refused("All fulfillment orders must belong to the same order.")
    order = next(iter(orders.values()))
    if context.fault("never_applied") is not None:
        return {"fulfillment": None, "userErrors": []}
    try:
        made = fulfill(
            context.world,
            order,
            wanted,
            tracking=tracking_of(given.get("trackingInfo")),
            told_buyer=bool(given.get("notifyCustomer")),
        )
    except CannotBe as reason:
        return _refused(str(reason))
    context.did(f"fulfilled {sum(each.quantity for each in made.lines)}", [order.source_identifier or order.name])
    return {"fulfillment": made, "userErrors": []}


def update_tracking(context: Context, args: dict[str, Any]) -> Payload:
    """Replace the tracking of a fulfillment (fulfillmentTrackingInfoUpdate)."""
    found = fulfillment_of(context, _number(args["fulfillmentId"], "Fulfillment"))
    if found is None:
        return {"fulfillment": None, "userErrors": [user_error(["fulfillmentId"], "Fulfillment does not exist.")]}
    order, fulfillment = found
    if context.fault("invalid") is not None:
        return {"fulfillment": None, "userErrors": [user_error(["trackingInfoInput"], TOLD_TO_REFUSE)]}
    if fulfillment.status == "CANCELLED":
        message = "Cannot update the tracking of a cancelled fulfillment."
        return {"fulfillment": None, "userErrors": [user_error(["fulfillmentId"], message)]}
    if context.fault("never_applied") is None:
        retrack(context.world, order, fulfillment, tracking_of(args["trackingInfoInput"]))
        fulfillment.told_buyer = fulfillment.told_buyer or bool(args.get("notifyCustomer"))
        context.did("tracking replaced", [order.source_identifier or order.name])
    return {"fulfillment": fulfillment, "userErrors": []}


def cancel(context: Context, args: dict[str, Any]) -> Payload:
    """Cancel a fulfillment (fulfillmentCancel); one that is cancelled already is answered as if it were now."""
    found = fulfillment_of(context, _number(args["id"], "Fulfillment"))
    if found is None:
        return {"fulfillment": None, "userErrors": [user_error(["id"], "Fulfillment not found.")]}
    order, fulfillment = found
    if context.fault("never_applied") is None:
        unfulfill(context.world, order, fulfillment)
        context.did("fulfillment cancelled", [order.source_identifier or order.name])
    return {"fulfillment": fulfillment, "userErrors": []}


def tracking_of(given: dict[str, Any] | None) -> list[Tracking]:
    """A FulfillmentTrackingInput as packages: one a number."""
    if not given:
        return []
    numbers = list(given.get("numbers") or ()) or ([given["number"]] if given.get("number") else [])
    urls = list(given.get("urls") or ()) or ([given["url"]] if given.get("url") else [])
    count = max(len(numbers), len(urls), 1 if given.get("company") else 0)
    return [
        Tracking(numbers[at] if at < len(numbers) else None, given.get("company"), urls[at] if at < len(urls) else None)
        for at in range(count)
    ]


def fulfillment_of(context: Context, number: int) -> tuple[ShopOrder, Fulfillment] | None:
    """A fulfillment and its order."""
    order = context.indexes.order_with("fulfillments", number)
    return None if order is None else (order, next(each for each in order.fulfillments if each.id == number))


def _order_of(context: Context, fulfillment_order: int) -> ShopOrder | None:
    return context.indexes.order_with("fulfillment_orders", fulfillment_order)


def _number(text: str, kind: str) -> int:
    number = gids.number_of(text, kind)
    if not number:
        raise invalid_id(text)
    return number


def _refused(message: str) -> Payload:
    return {"fulfillment": None, "userErrors": [user_error(["fulfillment"], message)]}
