-- Grain: one row per region account, pool and inventory item; the SKU with the most units there, then the first.
SELECT region, pool, inventory_item_id, seller_sku, fulfillable
FROM (
    SELECT
        f.region,
        f.pool,
        m.inventory_item_id,
        f.seller_sku,
        f.fulfillable,
        row_number() OVER (
            PARTITION BY f.region, f.pool, m.inventory_item_id ORDER BY f.fulfillable DESC, f.seller_sku
        ) AS place
    FROM amazon.fba_inventory AS f
    JOIN reconcile.sku_map AS m ON m.region = f.region AND m.seller_sku = f.seller_sku
    WHERE m.status = 'mapped' AND m.fulfillment = 'fba'
) AS ranked
WHERE place = 1
ORDER BY region, pool, inventory_item_id
