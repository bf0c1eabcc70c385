"""The bodies of the webhooks about orders, as the REST API writes them: personal data and all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox import order_money as sums
from sandbox.order_records import Fulfillment, Payment, Refund, TaxLine
from sandbox.world import ShopOrder, ShopOrderLine, World

STATUS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def announce(world: World, topic: str, payload: dict[str, Any]) -> None:
    """Put a webhook into the outbox."""
    world.webhook_outbox.append((topic, payload, world.now()))


def announce_order(world: World, order: ShopOrder, *topics: str) -> None:
    """Announce an order under each topic, with one body."""
    body = order_payload(order)
    for topic in topics:
        announce(world, topic, body)


def order_payload(order: ShopOrder) -> dict[str, Any]:
    """The body of orders/create, orders/updated and their like."""
    fulfilled = STATUS.get(order.fulfillment_status)
    return {
        "id": order.id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.id}",
        "name": order.name,
        "created_at": order.created_at.isoformat(),
        "processed_at": order.processed_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
        "cancelled_at": _instant(order.cancelled_at),
        "cancel_reason": (order.cancel_reason or "").lower() or None,
        "currency": order.currency,
        "presentment_currency": order.currency,
        "current_total_price": str(sums.current_total(order)),
        "total_price": str(sums.total(order)),
        "total_tax": str(sums.tax_total(order)),
        "taxes_included": order.taxes_included,
        "financial_status": (order.financial_status or "").lower() or None,
        "fulfillment_status": fulfilled,
        "source_identifier": order.source_identifier,
        "source_name": order.source_name,
        "tags": ", ".join(order.tags),
        "note": order.note,
        "note_attributes": [{"name": name, "value": value} for name, value in order.attributes],
        "email": order.email,
        "phone": order.customer.get("phone"),
        "customer": {
            "first_name": order.customer.get("firstName"),
            "last_name": order.customer.get("lastName"),
            "email": order.email,
        },
        "shipping_address": {
            "name": order.address.get("name"),
            "address1": order.address.get("address1"),
            "city": order.address.get("city"),
            "zip": order.address.get("zip"),
            "phone": order.address.get("phone"),
        },
        "line_items": [_line(line) for line in order.lines],
        "shipping_lines": [
            {"id": each.id, "title": each.title, "price": str(each.amount), "tax_lines": _taxes(each.taxes)}
            for each in order.shipping
        ],
        "refunds": [refund_payload(order, each) for each in order.refunds],
        "fulfillments": [fulfillment_payload(order, each) for each in order.fulfillments],
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _line(line: ShopOrderLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{line.id}",
        "variant_id": line.variant_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": max(0, line.unfulfilled),
        "requires_shipping": line.requires_shipping,
        "price": str(line.unit_price),
        "total_discount": str(line.discount),
        "properties": [{"name": name, "value": value} for name, value in line.properties],
        "tax_lines": _taxes(line.taxes),
    }


def _taxes(taxes: list[TaxLine]) -> list[dict[str, Any]]:
    return [
        {
            "title": each.title,
            "rate": float(each.rate),
            "price": str(each.amount),
            "channel_liable": each.channel_liable,
        }
        for each in taxes
    ]


def fulfillment_payload(order: ShopOrder, fulfillment: Fulfillment) -> dict[str, Any]:
    """The body of fulfillments/create and fulfillments/update."""
    lines = {line.id: line for line in order.lines}
    numbers = [each.number for each in fulfillment.tracking if each.number]
    urls = [each.url for each in fulfillment.tracking if each.url]
    return {
        "id": fulfillment.id,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{fulfillment.id}",
        "order_id": order.id,
        "name": fulfillment.name,
        "status": fulfillment.status.lower(),
        "shipment_status": (fulfillment.shipment_status or "").lower() or None,
        "location_id": fulfillment.location_id,
        "created_at": fulfillment.created_at.isoformat(),
        "updated_at": fulfillment.updated_at.isoformat(),
        "tracking_company": fulfillment.tracking[0].company if fulfillment.tracking else None,
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": numbers,
        "tracking_url": urls[0] if urls else None,
        "tracking_urls": urls,
        "email": order.email,
        "destination": {"name": order.address.get("name"), "address1": order.address.get("address1")},
        "line_items": [
            {**_line(lines[each.line_id]), "quantity": each.quantity}
            for each in fulfillment.lines
            if each.line_id in lines
        ],
    }


def refund_payload(order: ShopOrder, refund: Refund) -> dict[str, Any]:
    """The body of refunds/create."""
    return {
        "id": refund.id,
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund.id}",
        "order_id": order.id,
        "created_at": refund.created_at.isoformat(),
        "processed_at": refund.processed_at.isoformat(),
        "note": refund.note,
        "restock": any(each.restock_type != "NO_RESTOCK" for each in refund.lines),
        "refund_line_items": [
            {
                "id": each.id,
                "line_item_id": each.line_id,
                "quantity": each.quantity,
                "restock_type": each.restock_type.lower(),
                "location_id": each.location_id,
                "subtotal": str(each.subtotal),
                "total_tax": str(each.tax),
            }
            for each in refund.lines
        ],
        "transactions": [_payment(order, each) for each in refund.payments],
    }


def _payment(order: ShopOrder, payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "order_id": order.id,
        "parent_id": payment.parent_id,
        "kind": payment.kind.lower(),
        "status": payment.status.lower(),
        "gateway": payment.gateway,
        "amount": str(payment.amount),
        "currency": order.currency,
        "processed_at": payment.processed_at.isoformat(),
    }
