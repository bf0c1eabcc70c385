-- Grain: one row per order of which Amazon has shipped units that Shopify may not show as shipped.
-- Parameters: $region, $since (instant: an order from before it that Shopify does not know is somebody else's).
SELECT o.amazon_order_id
FROM amazon.orders AS o
LEFT JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = o.amazon_order_id
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND o.fulfilled_by = 'AMAZON'
  AND o.status IN ('SHIPPED', 'PARTIALLY_SHIPPED')
  AND o.created_at >= $since
GROUP BY o.amazon_order_id
HAVING count(s.shopify_order_id) = 0
    OR bool_or(s.cancelled_at IS NULL AND s.fulfillment_status <> 'FULFILLED')
ORDER BY ALL
