-- Grain: one row per Amazon order of `$candidates` that Shopify says itself it has; where several stand for one, only
-- the one to act on: not cancelled, then the earliest.
-- Parameters: $region, $candidates (list of Amazon order ids).
SELECT o.amazon_order_id, s.shopify_order_id
FROM amazon.orders AS o
JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = o.amazon_order_id
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND o.amazon_order_id IN (SELECT unnest($candidates))
QUALIFY row_number() OVER (
    PARTITION BY o.amazon_order_id ORDER BY s.cancelled_at IS NOT NULL, s.created_at, s.shopify_order_id
) = 1
