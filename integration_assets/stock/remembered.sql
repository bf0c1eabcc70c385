-- Grain: one row per region account and SKU that earlier positions left something behind for. Quantities in units.
-- Parameters: $items (list of inventory item ids, or null for all).
SELECT region, seller_sku, inventory_item_id, variant_id, presumed_sold, missing, last_explained, last_explained_at
FROM reconcile.stock_position
WHERE $items IS NULL OR inventory_item_id IS NULL OR list_contains($items, inventory_item_id)
