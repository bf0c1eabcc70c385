-- Grain: one row per region account, pool and inventory item that Shopify counts; the SKU that Amazon would ship it
-- under, which is the one with the most units there, then the first. Units: units Amazon can ship.
SELECT region, pool, inventory_item_id, seller_sku, sku, fulfillable
FROM (
    SELECT
        f.region,
        f.pool,
        m.inventory_item_id,
        f.seller_sku,
        coalesce(v.sku, '') AS sku,
        f.fulfillable,
        row_number() OVER (
            PARTITION BY f.region, f.pool, m.inventory_item_id ORDER BY f.fulfillable DESC, f.seller_sku
        ) AS place
    FROM amazon.fba_inventory AS f
    JOIN reconcile.sku_map AS m ON m.region = f.region AND m.seller_sku = f.seller_sku
    JOIN shopify.variants AS v ON v.variant_id = m.variant_id
    WHERE m.status = 'mapped' AND m.fulfillment = 'fba' AND v.is_tracked AND NOT v.is_bundle
) AS ranked
WHERE place = 1
ORDER BY region, pool, inventory_item_id
