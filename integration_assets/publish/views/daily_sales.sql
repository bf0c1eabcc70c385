-- Units and proceeds a day on Amazon, by region account, SKU and who ships. One row per day, region account, SKU, shipper and currency. Days are UTC; echoes of Multi-Channel orders and cancelled orders are left out.
SELECT CAST(date_trunc('day', o.created_at) AS DATE) AS ordered_on, o.region, i.seller_sku, o.fulfilled_by, i.currency,
    sum(i.quantity_ordered) AS units, sum(i.item_total) AS proceeds, count(DISTINCT o.amazon_order_id) AS orders
FROM amazon.orders AS o
JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
WHERE o.channel_name <> 'NON_AMAZON' AND o.status <> 'CANCELLED'
GROUP BY ALL
ORDER BY ordered_on DESC, units DESC
