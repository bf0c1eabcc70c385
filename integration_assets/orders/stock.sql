-- Grain: one row per SKU of the SKU map and inventory item it draws on: a bundle draws on several.
-- Parameters: $region (region account), $pool (list of location ids).
-- `units` of the item go into one of the SKU; `available` is what the pool has of it, empty where it is not counted.
WITH drawn AS (
    SELECT m.seller_sku, v.inventory_item_id, v.is_tracked, 1 AS units
    FROM reconcile.sku_map AS m
    JOIN shopify.variants AS v ON v.variant_id = m.variant_id
    WHERE m.region = $region AND NOT v.is_bundle
    UNION ALL
    SELECT m.seller_sku, v.inventory_item_id, v.is_tracked, c.units
    FROM reconcile.sku_map AS m
    JOIN shopify.bundle_components AS c ON c.bundle_variant_id = m.variant_id
    JOIN shopify.variants AS v ON v.variant_id = c.component_variant_id
    WHERE m.region = $region
),
stock AS (
    SELECT inventory_item_id, sum(CASE WHEN is_active THEN available ELSE 0 END)::BIGINT AS available
    FROM shopify.stock_levels
    WHERE list_contains($pool, location_id)
    GROUP BY inventory_item_id
)
SELECT d.seller_sku, d.inventory_item_id, d.units::BIGINT, s.available
FROM drawn AS d
JOIN stock AS s ON s.inventory_item_id = d.inventory_item_id
WHERE d.is_tracked
ORDER BY d.seller_sku, d.inventory_item_id
