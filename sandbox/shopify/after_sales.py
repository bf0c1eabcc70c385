"""Resolvers of what follows an order: fulfillment orders, fulfillments, payments and refunds."""

from __future__ import annotations

from typing import Any

from sandbox.order_life import line_of
from sandbox.order_records import Fulfillment, FulfillmentOrder, Refund
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.money import bag
from sandbox.shopify.paging import Listing
from sandbox.shopify.problems import unsupported
from sandbox.shopify.refund_writes import suggested
from sandbox.shopify.registry import Connections, Fields, Of
from sandbox.shopify.state import Job
from sandbox.world import Location, ShopOrder, ShopOrderLine, Variant


def order_of(record: Fulfillment | FulfillmentOrder | Refund, context: Context) -> ShopOrder:
    """The order a record belongs to."""
    return context.world.shop.orders[record.order_id]


def _listing(records: list[Any], args: dict[str, Any], order: ShopOrder | None = None) -> Listing:
    found = {each.id: each if order is None else Of(order, each) for each in records}
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _fulfillments(
    order: ShopOrder, _context: Context, *, first: int | None = None, query: str | None = None
) -> list[Fulfillment]:
    if query:
        raise unsupported("a search among the fulfillments of an order")
    return order.fulfillments[:first]


def _transactions(
    order: ShopOrder,
    _context: Context,
    *,
    first: int | None = None,
    capturable: bool | None = None,
    manuallyResolvable: bool | None = None,  # noqa: N803 - Shopify's argument names
) -> list[Of]:
    if capturable or manuallyResolvable:
        return []
    return [Of(order, each) for each in order.payments[:first]]


def _parent(of: Of, _context: Context) -> Of | None:
    found = next((each for each in of.order.payments if each.id == of.record.parent_id), None)
    return None if found is None else Of(of.order, found)


def _of_fulfillment(of: Of, _context: Context) -> tuple[ShopOrder, ShopOrderLine]:
    return of.order, line_of(of.order, of.record.line_id)


def _part(of: Of, *, discounted: bool) -> dict[str, Any]:
    line = line_of(of.order, of.record.line_id)
    worth = line.unit_price * of.record.quantity
    return bag(worth - (line.discount * of.record.quantity / line.quantity if discounted else 0), of.order.currency)


def _place(number: int | None, context: Context) -> Location | None:
    return context.world.shop.locations.get(number or 0)


def _assigned(record: FulfillmentOrder, context: Context) -> dict[str, Any]:
    place = context.world.shop.locations[record.location_id]
    return {"name": place.name, "countryCode": "GB", "location": place}


def _variant(of: Of, context: Context) -> Variant | None:
    number = line_of(of.order, of.record.line_id).variant_id
    return None if number is None else context.world.shop.variants.get(number)


def _item_id(of: Of, context: Context) -> str | None:
    variant = _variant(of, context)
    return None if variant is None else gids.gid("InventoryItem", variant.item_id)


def _fulfillment_orders(order: ShopOrder, _context: Context, args: dict[str, Any]) -> Listing:
    if args.get("query"):
        raise unsupported("a search among the fulfillment orders of an order")
    return _listing(order.fulfillment_orders, args)


def _display_status(record: Fulfillment, _context: Context) -> str:
    if record.status == "CANCELLED":
        return "CANCELED"
    return record.shipment_status or ("FULFILLED" if record.tracking else "MARKED_AS_FULFILLED")


def _refund_total(record: Refund, context: Context) -> dict[str, Any]:
    return bag(record.paid_back, order_of(record, context).currency)


def _adjustments(record: Refund, context: Context, args: dict[str, Any]) -> Listing:
    """The difference between what was paid back and what the units and the shipping are worth."""
    order = order_of(record, context)
    units = sum(each.subtotal + (0 if order.taxes_included else each.tax) for each in record.lines)
    off = units + record.shipping - record.paid_back
    if not record.payments or not off:
        return Listing([], lambda _key: None)
    zero = bag(off - off, order.currency)
    made = {
        "id": gids.gid("OrderAdjustment", record.id),
        "amountSet": bag(off, order.currency),
        "taxAmountSet": zero,
        "reason": record.discrepancy_reason,
    }
    return Listing([record.id], lambda _key: made, None, bool(args.get("reverse")))


def _refund_shipping(record: Refund, context: Context, args: dict[str, Any]) -> Listing:
    order = order_of(record, context)
    if not record.shipping or not order.shipping:
        return Listing([], lambda _key: None)
    made = {
        "id": gids.gid("RefundShippingLine", record.id),
        "shippingLine": Of(order, order.shipping[0]),
        "subtotalAmountSet": bag(record.shipping, order.currency),
        "taxAmountSet": bag(record.shipping - record.shipping, order.currency),
    }
    return Listing([record.id], lambda _key: made, None, bool(args.get("reverse")))


def _fulfillments_of(record: FulfillmentOrder, context: Context, args: dict[str, Any]) -> Listing:
    order = order_of(record, context)
    return _listing([each for each in order.fulfillments if record.id in each.fulfillment_order_ids], args)


def _orders_of(record: Fulfillment, context: Context, args: dict[str, Any]) -> Listing:
    order = order_of(record, context)
    return _listing([each for each in order.fulfillment_orders if each.id in record.fulfillment_order_ids], args)


def _job_problems(job: Job, _context: Context) -> list[dict[str, Any]]:
    return [{"field": ["orderId"], "message": job.problem, "code": "INVALID"}] if job.problem else []


def _job_status(job: Job, _context: Context) -> str:
    return ("FAILED" if job.problem else "SUCCEEDED") if job.done else "STARTED"


def _shipping_tax(of: Of, _context: Context) -> list[Of]:
    return [Of(of.order, each) for each in of.record.taxes]


def _count(number: int) -> dict[str, Any]:
    return {"count": number, "precision": "EXACT"}


FIELDS: Fields = {
    "Order": {
        "fulfillments": _fulfillments,
        "fulfillmentsCount": lambda order, _: _count(len(order.fulfillments)),
        "refunds": lambda order, _, first=None: order.refunds[:first],
        "transactions": _transactions,
        "transactionsCount": lambda order, _: _count(len(order.payments)),
        "suggestedRefund": suggested,
    },
    "OrderTransaction": {
        "id": lambda of, _: gids.gid("OrderTransaction", of.record.id),
        "amountSet": lambda of, _: bag(of.record.amount, of.order.currency),
        "createdAt": lambda of, _: of.record.created_at,
        "processedAt": lambda of, _: of.record.processed_at,
        "gateway": lambda of, _: of.record.gateway,
        "formattedGateway": lambda of, _: of.record.gateway,
        "kind": lambda of, _: of.record.kind,
        "manualPaymentGateway": lambda _of, _: True,
        "order": lambda of, _: of.order,
        "parentTransaction": _parent,
        "paymentId": lambda of, _: f"{of.order.name}.{of.record.id}",
        "receiptJson": lambda of, _: of.record.receipt,
        "status": lambda of, _: of.record.status,
        "test": lambda of, _: of.record.test,
    },
    "Fulfillment": {
        "id": lambda each, _: gids.gid("Fulfillment", each.id),
        "legacyResourceId": lambda each, _: each.id,
        "name": lambda each, _: each.name,
        "status": lambda each, _: each.status,
        "displayStatus": _display_status,
        "createdAt": lambda each, _: each.created_at,
        "updatedAt": lambda each, _: each.updated_at,
        "inTransitAt": lambda each, _: each.in_transit_at,
        "deliveredAt": lambda each, _: each.delivered_at,
        "location": lambda each, context: _place(each.location_id, context),
        "order": order_of,
        "requiresShipping": lambda each, context: any(
            line_of(order_of(each, context), part.line_id).requires_shipping for part in each.lines
        ),
        "totalQuantity": lambda each, _: sum(part.quantity for part in each.lines),
        "trackingInfo": lambda each, _, first=None: each.tracking[:first],
    },
    "FulfillmentLineItem": {
        "id": lambda of, _: gids.gid("FulfillmentLineItem", of.record.id),
        "quantity": lambda of, _: of.record.quantity,
        "lineItem": _of_fulfillment,
        "originalTotalSet": lambda of, _: _part(of, discounted=False),
        "discountedTotalSet": lambda of, _: _part(of, discounted=True),
    },
    "FulfillmentOrder": {
        "id": lambda each, _: gids.gid("FulfillmentOrder", each.id),
        "status": lambda each, _: each.status,
        "assignedLocation": _assigned,
        "createdAt": lambda each, _: each.created_at,
        "updatedAt": lambda each, _: each.updated_at,
        "fulfillBy": lambda _each, _: None,
        "order": order_of,
        "orderId": lambda each, _: gids.gid("Order", each.order_id),
        "orderName": lambda each, context: order_of(each, context).name,
    },
    "FulfillmentOrderLineItem": {
        "id": lambda of, _: gids.gid("FulfillmentOrderLineItem", of.record.id),
        "lineItem": _of_fulfillment,
        "inventoryItemId": _item_id,
        "remainingQuantity": lambda of, _: of.record.remaining,
        "totalQuantity": lambda of, _: of.record.total,
        "requiresShipping": lambda of, _: line_of(of.order, of.record.line_id).requires_shipping,
        "sku": lambda of, _: line_of(of.order, of.record.line_id).sku,
        "variant": _variant,
    },
    "Refund": {
        "id": lambda each, _: gids.gid("Refund", each.id),
        "legacyResourceId": lambda each, _: each.id,
        "note": lambda each, _: each.note,
        "order": order_of,
        "createdAt": lambda each, _: each.created_at,
        "processedAt": lambda each, _: each.processed_at,
        "updatedAt": lambda each, _: each.created_at,
        "totalRefundedSet": _refund_total,
    },
    "RefundLineItem": {
        "id": lambda of, _: gids.gid("RefundLineItem", of.record.id) if isinstance(of, Of) else of["id"],
        "lineItem": lambda of, context: _of_fulfillment(of, context) if isinstance(of, Of) else of["lineItem"],
        "quantity": lambda of, _: of.record.quantity if isinstance(of, Of) else of["quantity"],
        "restockType": lambda of, _: of.record.restock_type if isinstance(of, Of) else of["restockType"],
        "restocked": lambda of, _: of.record.restock_type != "NO_RESTOCK" if isinstance(of, Of) else of["restocked"],
        "location": lambda of, context: _place(of.record.location_id, context) if isinstance(of, Of) else None,
        "priceSet": lambda of, _: (
            bag(line_of(of.order, of.record.line_id).unit_price, of.order.currency)
            if isinstance(of, Of)
            else of["priceSet"]
        ),
        "subtotalSet": lambda of, _: (
            bag(of.record.subtotal, of.order.currency) if isinstance(of, Of) else of["subtotalSet"]
        ),
        "totalTaxSet": lambda of, _: bag(of.record.tax, of.order.currency) if isinstance(of, Of) else of["totalTaxSet"],
    },
    "ShippingLine": {
        "id": lambda of, _: gids.gid("ShippingLine", of.record.id),
        "code": lambda of, _: of.record.code,
        "custom": lambda _of, _: False,
        "isRemoved": lambda _of, _: False,
        "source": lambda _of, _: None,
        "title": lambda of, _: of.record.title,
        "originalPriceSet": lambda of, _: bag(of.record.amount, of.order.currency),
        "discountedPriceSet": lambda of, _: _shipping_now(of, refunded=False),
        "currentDiscountedPriceSet": lambda of, _: _shipping_now(of, refunded=True),
        "taxLines": _shipping_tax,
    },
    "TaxLine": {
        "title": lambda of, _: of.record.title,
        "rate": lambda of, _: float(of.record.rate),
        "ratePercentage": lambda of, _: float(of.record.rate * 100),
        "priceSet": lambda of, _: bag(of.record.amount, of.order.currency),
        "channelLiable": lambda of, _: of.record.channel_liable,
        "source": lambda _of, _: None,
    },
    "Job": {"id": lambda job, _: gids.job_gid(job.id), "done": lambda job, _: job.done},
    "OrderCancelJobResult": {
        "id": lambda job, _: gids.job_gid(job.id, "OrderCancelJobResult"),
        "done": lambda job, _: job.done,
        "errors": _job_problems,
        "order": lambda job, context: context.world.shop.orders.get(job.order_id),
        "status": _job_status,
    },
}


def _shipping_now(of: Of, *, refunded: bool) -> dict[str, Any]:
    first = of.order.shipping and of.order.shipping[0] is of.record
    off = of.order.shipping_discount if first else of.record.amount - of.record.amount
    if refunded and first:
        off += sum(each.shipping for each in of.order.refunds)
    return bag(max(of.record.amount - off, of.record.amount - of.record.amount), of.order.currency)


CONNECTIONS: Connections = {
    "Order": {
        "fulfillmentOrders": _fulfillment_orders,
        "shippingLines": lambda order, _, args: _listing(order.shipping, args, order),
    },
    "Fulfillment": {
        "fulfillmentLineItems": lambda each, context, args: _listing(each.lines, args, order_of(each, context)),
        "fulfillmentOrders": _orders_of,
    },
    "FulfillmentOrder": {
        "lineItems": lambda each, context, args: _listing(each.lines, args, order_of(each, context)),
        "fulfillments": _fulfillments_of,
    },
    "Refund": {
        "refundLineItems": lambda each, context, args: _listing(each.lines, args, order_of(each, context)),
        "refundShippingLines": _refund_shipping,
        "orderAdjustments": _adjustments,
        "transactions": lambda each, context, args: _listing(each.payments, args, order_of(each, context)),
    },
}
