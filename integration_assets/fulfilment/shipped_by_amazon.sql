-- Grain: one row per order of which Amazon has shipped units and that Shopify does not show as shipped whole.
-- Parameters: $region, $since (instant: an order from before it is somebody else's, unless it was made in Shopify with
-- our mark since, by a backfill).
SELECT o.amazon_order_id
FROM amazon.orders AS o
JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = o.amazon_order_id
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND o.fulfilled_by = 'AMAZON'
  AND o.status IN ('SHIPPED', 'PARTIALLY_SHIPPED')
  AND (o.created_at >= $since OR (s.amazon_order_id IS NOT NULL AND s.created_at >= $since))
  AND s.cancelled_at IS NULL
  AND s.fulfillment_status <> 'FULFILLED'
GROUP BY o.amazon_order_id
ORDER BY ALL
