-- Grain: one row per merchant-fulfilled Amazon order of which a package may have to be told, or put right.
-- Parameters: $region, $since (instant: packages that changed later may have another tracking number now).
SELECT o.amazon_order_id
FROM amazon.orders AS o
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND coalesce(o.fulfilled_by, 'MERCHANT') = 'MERCHANT'
  AND o.status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')
UNION
SELECT f.amazon_order_id
FROM shopify.fulfillments AS f
JOIN amazon.orders AS o ON o.amazon_order_id = f.amazon_order_id
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND coalesce(o.fulfilled_by, 'MERCHANT') = 'MERCHANT'
  AND o.status = 'SHIPPED'
  AND f.updated_at >= $since
  AND (f.updated_at > f.created_at OR f.status <> 'SUCCESS')
ORDER BY ALL
