-- Grain: one row per Amazon order of which something was cancelled since `$since` that its Shopify order does not show.
-- Parameters: $region, $since (instant), $recent (instant: what both sides finished before it is not looked at again),
-- $prefix (text before order, item and units in the mark of a refund that took units off).
SELECT o.amazon_order_id
FROM amazon.orders AS o
JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = o.amazon_order_id
LEFT JOIN shopify.refunds AS r
    ON r.shopify_order_id = s.shopify_order_id
    AND r.mark = $prefix || o.amazon_order_id || '/' || i.order_item_id || '/' || i.quantity_cancelled
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND o.last_updated_at >= $since
  AND o.created_at >= $since
  AND s.cancelled_at IS NULL
  AND (o.status <> 'SHIPPED' OR s.fulfillment_status <> 'FULFILLED' OR o.last_updated_at >= $recent)
GROUP BY o.amazon_order_id
HAVING bool_or(o.status = 'CANCELLED' OR (i.quantity_cancelled > 0 AND r.refund_id IS NULL))
ORDER BY ALL
