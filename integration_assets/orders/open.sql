-- Grain: one row per imported order that the merchant has still to ship, and whose address may therefore change.
-- Parameters: $region (region account).
SELECT o.amazon_order_id, any_value(o.last_updated_at) AS last_updated_at
FROM amazon.orders AS o
JOIN shopify.orders AS s ON s.amazon_order_id = o.amazon_order_id
WHERE o.region = $region
  AND o.fulfilled_by = 'MERCHANT'
  AND o.status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')
  AND s.cancelled_at IS NULL
  AND s.fulfillment_status <> 'FULFILLED'
GROUP BY o.amazon_order_id
ORDER BY min(coalesce(o.ship_by_at, o.created_at)), o.amazon_order_id
