-- Grain: one row per region account and Amazon SKU of the SKU map. Quantities in units.
-- Parameters: $regions (list of region accounts), $pool (list of location ids), $items (list of inventory item ids, or
-- null for all), $skus (list of SKUs, or null for all).
-- An item with no level at any pool location was never read there: its stock is unknown, not zero. A level that is
-- switched off counts as zero.
WITH wanted AS (
    SELECT m.*
    FROM reconcile.sku_map AS m
    WHERE list_contains($regions, m.region)
      AND ($skus IS NULL OR list_contains($skus, m.seller_sku))
      AND (
          $items IS NULL
          OR list_contains($items, m.inventory_item_id)
          OR m.variant_id IN (
              SELECT c.bundle_variant_id
              FROM shopify.bundle_components AS c
              JOIN shopify.variants AS v ON v.variant_id = c.component_variant_id
              WHERE list_contains($items, v.inventory_item_id)
          )
      )
),
stock AS (
    SELECT
        inventory_item_id,
        list(location_id ORDER BY location_id) AS location_ids,
        list(CASE WHEN is_active THEN available ELSE 0 END ORDER BY location_id) AS availables,
        min(seen_at) AS read_at
    FROM shopify.stock_levels
    WHERE list_contains($pool, location_id)
    GROUP BY inventory_item_id
),
reported AS (
    SELECT region, seller_sku, arg_max(quantity, seen_at) AS quantity, max(seen_at) AS read_at
    FROM amazon.listings
    WHERE fulfillment_channel = 'DEFAULT' AND quantity IS NOT NULL
    GROUP BY region, seller_sku
)
SELECT
    w.region,
    w.seller_sku,
    w.status,
    w.reason,
    w.fulfillment,
    w.variant_id,
    w.inventory_item_id,
    coalesce(v.is_tracked, FALSE) AS is_tracked,
    coalesce(v.is_bundle, FALSE) AS is_bundle,
    coalesce(v.tags, []) AS tags,
    s.location_ids,
    s.availables,
    s.read_at AS stock_read_at,
    CASE WHEN a.read_at >= coalesce(r.read_at, a.read_at) THEN a.quantity ELSE r.quantity END AS shown,
    CASE WHEN a.read_at >= coalesce(r.read_at, a.read_at) THEN a.read_at ELSE r.read_at END AS shown_at,
    a.fulfillment_channels AS channels
FROM wanted AS w
LEFT JOIN shopify.variants AS v ON v.variant_id = w.variant_id
LEFT JOIN stock AS s ON s.inventory_item_id = w.inventory_item_id
LEFT JOIN amazon.availability AS a ON a.region = w.region AND a.seller_sku = w.seller_sku
LEFT JOIN reported AS r ON r.region = w.region AND r.seller_sku = w.seller_sku
ORDER BY w.region, w.seller_sku
