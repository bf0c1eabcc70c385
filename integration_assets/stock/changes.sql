-- Grain: one row per inventory item whose stock changed in the window, with how often: counts of the pool's levels
-- and orders placed on Amazon.
-- Parameters: $pool (list of location ids), $since (instant).
WITH changes AS (
    SELECT inventory_item_id, seen_at AS changed_at
    FROM shopify.stock_levels_log
    WHERE seen_at >= $since AND list_contains($pool, location_id)
    UNION ALL
    SELECT m.inventory_item_id, o.created_at
    FROM amazon.orders AS o
    JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
    JOIN reconcile.sku_map AS m ON m.region = o.region AND m.seller_sku = i.seller_sku
    WHERE o.created_at >= $since AND m.inventory_item_id IS NOT NULL
)
SELECT inventory_item_id, count(*) AS changes
FROM changes
GROUP BY inventory_item_id
