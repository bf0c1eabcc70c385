-- Grain: one row per Amazon order of which something was cancelled since `$since`.
-- Parameters: $region, $since (instant).
SELECT o.amazon_order_id
FROM amazon.orders AS o
JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND o.last_updated_at >= $since
  AND o.created_at >= $since
GROUP BY o.amazon_order_id
HAVING bool_or(o.status = 'CANCELLED' OR i.quantity_cancelled > 0)
ORDER BY ALL
