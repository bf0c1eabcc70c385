-- Grain: one row per order of the sales channel Amazon that no order in Shopify stands for, oldest deadline first.
-- Parameters: $region (region account), $since (instant).
-- An order in Shopify stands for it when our mark, its source, or the end of its name or of a tag is Amazon's order id:
-- also one that another tool made and nobody has adopted yet.
WITH texts AS (
    SELECT coalesce(amazon_order_id, source_identifier) AS text FROM shopify.orders
    UNION ALL
    SELECT name FROM shopify.orders
    UNION ALL
    SELECT t.tag FROM shopify.orders, unnest(tags) AS t(tag)
),
there AS (
    SELECT DISTINCT regexp_extract(text, '[0-9]{3}-[0-9]{7}-[0-9]{7}$') AS amazon_order_id
    FROM texts
    WHERE text IS NOT NULL
)
SELECT o.amazon_order_id
FROM amazon.orders AS o
LEFT JOIN there AS t ON t.amazon_order_id = o.amazon_order_id
WHERE o.region = $region
  AND o.created_at >= $since
  AND o.channel_name = 'AMAZON'
  AND o.status NOT IN ('CANCELLED', 'UNFULFILLABLE')
  AND t.amazon_order_id IS NULL
ORDER BY coalesce(o.ship_by_at, o.created_at), o.amazon_order_id
