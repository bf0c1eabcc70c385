"""Amazon's orders as rows of our contracts, without a word about the buyer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from resources.amazon_parts.order_money import order_charges, split_of, tax_collector
from resources.amazon_parts.parse import count, instant, money, objects, optional_text, part, text

PENDING = frozenset({"PENDING", "PENDING_AVAILABILITY"})
STATUS_UNKNOWN = "UNKNOWN"
"""Status of an order whose answer has no fulfilment part."""


def order(entry: Mapping[str, Any], *, region: str) -> tuple[AmazonOrder, list[AmazonOrderItem]]:
    """An order with `PROCEEDS`, `FULFILLMENT` and `TAX`. Statuses are kept as they come, known or not."""
    order_id = text(entry, "orderId", "an order")
    what = f"order {order_id}"
    channel = part(entry, "salesChannel", what)
    fulfillment = entry.get("fulfillment") or {}
    total, currency = money((entry.get("proceeds") or {}).get("grandTotal"), what)
    deliver_by = (fulfillment.get("deliverByWindow") or {}).get("latestDateTime")
    status = optional_text(fulfillment, "fulfillmentStatus") or STATUS_UNKNOWN
    ship_by = (fulfillment.get("shipByWindow") or {}).get("latestDateTime")
    items = [_order_item(item, order_id, status) for item in objects(entry, "orderItems", what)]
    row = AmazonOrder(
        amazon_order_id=order_id,
        region=region,
        marketplace_id=optional_text(channel, "marketplaceId"),
        channel_name=text(channel, "channelName", what),
        status=status,
        fulfilled_by=optional_text(fulfillment, "fulfilledBy"),
        created_at=instant(entry.get("createdTime"), what),
        last_updated_at=instant(entry.get("lastUpdatedTime"), what),
        ship_by_at=instant(ship_by, what) if ship_by else None,
        deliver_by_at=instant(deliver_by, what) if deliver_by else None,
        service_level=optional_text(fulfillment, "fulfillmentServiceLevel"),
        currency=currency or next((item.currency for item in items if item.currency), None),
        total=total,
        order_charges=order_charges(entry, what),
    )
    return row, items


def _order_item(item: Mapping[str, Any], order_id: str, status: str) -> AmazonOrderItem:
    item_id = text(item, "orderItemId", f"an item of order {order_id}")
    what = f"order {order_id} item {item_id}"
    product = part(item, "product", what)
    ordered = count(item, "quantityOrdered", what)
    fulfilled, unfulfilled = _quantities(item.get("fulfillment") or {}, ordered, status, what)
    unit_price, price_currency = money((product.get("price") or {}).get("unitPrice"), what)
    total, currency = money((item.get("proceeds") or {}).get("proceedsTotal"), what)
    currency = price_currency or currency
    split = split_of(item, currency, what)
    gift = ((item.get("fulfillment") or {}).get("packing") or {}).get("giftOption") or {}
    return AmazonOrderItem(
        amazon_order_id=order_id,
        order_item_id=item_id,
        seller_sku=optional_text(product, "sellerSku"),
        asin=optional_text(product, "asin"),
        quantity_ordered=ordered,
        quantity_fulfilled=fulfilled,
        quantity_unfulfilled=unfulfilled,
        quantity_cancelled=0 if status in PENDING else max(ordered - fulfilled - unfulfilled, 0),
        title=optional_text(product, "title"),
        gift_wrap_level=optional_text(gift, "giftWrapLevel"),
        currency=currency,
        unit_price=unit_price,
        item_total=total,
        item_price=split.item_price,
        shipping_price=split.shipping_price,
        gift_wrap_price=split.gift_wrap_price,
        other_charges=split.other_charges,
        promotion=split.promotion,
        shipping_promotion=split.shipping_promotion,
        tax=split.tax,
        shipping_tax=split.shipping_tax,
        gift_wrap_tax=split.gift_wrap_tax,
        tax_collected_by=tax_collector(item, what),
    )


def _quantities(told: Mapping[str, Any], ordered: int, status: str, what: str) -> tuple[int, int]:
    """Units shipped and still to ship. Untold, a shipped order is shipped whole and an open one is to ship whole."""
    shipped = status == "SHIPPED"
    closed = shipped or status == "CANCELLED"
    fulfilled = count(told, "quantityFulfilled", what) if "quantityFulfilled" in told else (ordered if shipped else 0)
    if "quantityUnfulfilled" in told:
        return fulfilled, count(told, "quantityUnfulfilled", what)
    return fulfilled, 0 if closed else max(ordered - fulfilled, 0)
