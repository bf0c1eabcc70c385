-- Grain: one row per inventory item whose units lie in the region account's FBA pools. Units: units Amazon can ship.
-- `amazon.fba_inventory` has each FNSKU once per pool, so pools of different units are added up and nothing twice.
-- Bundles are made of others, and Shopify counts nothing of an untracked item: neither can be set.
SELECT
    m.inventory_item_id,
    sum(f.fulfillable)::BIGINT AS fulfillable,
    list_sort(list_distinct(list(f.seller_sku))) AS seller_skus
FROM amazon.fba_inventory AS f
JOIN reconcile.sku_map AS m ON m.region = f.region AND m.seller_sku = f.seller_sku
JOIN shopify.variants AS v ON v.variant_id = m.variant_id
WHERE f.region = $region AND m.status = 'mapped' AND v.is_tracked AND NOT v.is_bundle
GROUP BY m.inventory_item_id
ORDER BY m.inventory_item_id
