-- Grain: one row per bundle variant and component. Quantities in units.
-- Parameters: $pool (list of location ids).
SELECT
    c.bundle_variant_id,
    coalesce(v.sku, v.product_title, c.component_variant_id) AS name,
    c.units,
    v.inventory_item_id,
    coalesce(v.is_tracked, FALSE) AS is_tracked,
    coalesce(v.tags, []) AS tags,
    sum(CASE WHEN l.is_active THEN l.available ELSE 0 END)
        FILTER (WHERE l.location_id IS NOT NULL)::BIGINT AS available,
    min(l.seen_at) AS stock_read_at
FROM shopify.bundle_components AS c
LEFT JOIN shopify.variants AS v ON v.variant_id = c.component_variant_id
LEFT JOIN shopify.stock_levels AS l
    ON l.inventory_item_id = v.inventory_item_id AND list_contains($pool, l.location_id)
GROUP BY ALL
ORDER BY c.bundle_variant_id, name
