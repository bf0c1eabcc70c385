-- Grain: one row per open order that was made here and flagged so, and still has lines of the kind: `unmapped` ones,
-- which no variant stands for, or `oversold` ones, which the pool does not cover.
-- Parameters: $pool (list of location ids).
WITH open_orders AS (
    SELECT
        a.region,
        a.amazon_order_id,
        a.ship_by_at,
        s.shopify_order_id,
        list_contains(s.tags, 'amazon-unmapped') AS is_unmapped,
        list_contains(s.tags, 'amazon-oversold') AS is_oversold
    FROM shopify.orders AS s
    JOIN amazon.orders AS a ON a.amazon_order_id = s.amazon_order_id
    WHERE s.cancelled_at IS NULL AND s.fulfillment_status <> 'FULFILLED' AND a.status NOT IN ('SHIPPED', 'CANCELLED')
),
stock AS (
    SELECT inventory_item_id, sum(CASE WHEN is_active THEN available ELSE 0 END) AS available
    FROM shopify.stock_levels
    WHERE list_contains($pool, location_id)
    GROUP BY inventory_item_id
),
lines AS (
    SELECT
        o.*,
        l.sku,
        CASE
            WHEN o.is_unmapped AND l.variant_id IS NULL THEN 'unmapped'
            WHEN o.is_oversold AND t.available < 0 THEN 'oversold'
        END AS flag
    FROM open_orders AS o
    JOIN shopify.order_lines AS l ON l.shopify_order_id = o.shopify_order_id
    LEFT JOIN shopify.variants AS v ON v.variant_id = l.variant_id
    LEFT JOIN stock AS t ON t.inventory_item_id = v.inventory_item_id
    WHERE l.sku IS NOT NULL AND l.current_quantity > 0
)
SELECT flag, region, amazon_order_id, any_value(ship_by_at) AS ship_by_at, list(DISTINCT sku ORDER BY sku) AS skus
FROM lines
WHERE flag IS NOT NULL
GROUP BY flag, region, amazon_order_id
ORDER BY flag, region, amazon_order_id
