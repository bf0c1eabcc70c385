-- Grain: one row per marketplace and listed SKU of a region account whose variant is beyond doubt.
-- Parameters: $region.
SELECT
    l.marketplace_id,
    l.seller_sku,
    m.variant_id,
    coalesce(v.tags, []) AS tags
FROM amazon.listings AS l
JOIN reconcile.sku_map AS m ON m.region = l.region AND m.seller_sku = l.seller_sku
JOIN shopify.variants AS v ON v.variant_id = m.variant_id
WHERE l.region = $region AND m.status IN ('mapped', 'untracked')
ORDER BY l.seller_sku, l.marketplace_id
