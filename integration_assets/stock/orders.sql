-- Grain: one row per Amazon order, SKU of it and inventory item it draws on (a bundle draws on several, an
-- unmapped SKU on none). Quantities in
-- units of the SKU, `units_each` of the inventory item go into one. Only orders that may still matter: those that
-- Shopify's count may not know yet, and those newer than the last number of ours that was seen on Amazon.
-- Parameters: $items (list of inventory item ids, or null for all), $takeover (instant), and three lists of one length
-- with the baselines: $base_regions, $base_skus, $base_since (instants).
-- What was ordered is the most that was ever told, so that a cancellation is seen as one. An import that was cancelled
-- in Shopify is none while Amazon still wants the units: Shopify counts them as there again. Nor has an import taken
-- the units of a SKU that no variant stood for: that line counts nowhere until somebody puts the product in its place.
WITH drawn AS (
    SELECT m.region, m.seller_sku, m.inventory_item_id, 1 AS units
    FROM reconcile.sku_map AS m
    JOIN shopify.variants AS v ON v.variant_id = m.variant_id
    WHERE NOT v.is_bundle
    UNION ALL
    SELECT m.region, m.seller_sku, v.inventory_item_id, c.units
    FROM reconcile.sku_map AS m
    JOIN shopify.bundle_components AS c ON c.bundle_variant_id = m.variant_id
    JOIN shopify.variants AS v ON v.variant_id = c.component_variant_id
    UNION ALL
    SELECT m.region, m.seller_sku, NULL, 1
    FROM reconcile.sku_map AS m
    WHERE m.status = 'unmapped'
    UNION ALL
    -- An order outlives its listing: where Amazon lists the SKU no more, the variant of the same SKU still owes units.
    SELECT o.region, i.seller_sku, any_value(v.inventory_item_id), 1
    FROM amazon.orders AS o
    JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
    JOIN shopify.variants AS v ON v.sku = i.seller_sku AND NOT v.is_bundle
    ANTI JOIN reconcile.sku_map AS m ON m.region = o.region AND m.seller_sku = i.seller_sku
    GROUP BY o.region, i.seller_sku
    HAVING count(DISTINCT v.variant_id) = 1
),
counterparts AS (
    SELECT coalesce(amazon_order_id, source_identifier) AS amazon_order_id, shopify_order_id, created_at, cancelled_at
    FROM shopify.orders
    WHERE coalesce(amazon_order_id, source_identifier) IS NOT NULL
    UNION
    SELECT regexp_extract(name, '[0-9]{3}-[0-9]{7}-[0-9]{7}$'), shopify_order_id, created_at, cancelled_at
    FROM shopify.orders
    UNION
    SELECT regexp_extract(t.tag, '[0-9]{3}-[0-9]{7}-[0-9]{7}$'), shopify_order_id, created_at, cancelled_at
    FROM shopify.orders, unnest(tags) AS t(tag)
),
imported AS (
    SELECT
        amazon_order_id,
        bool_or(cancelled_at IS NULL) AS stands,
        coalesce(min(created_at) FILTER (WHERE cancelled_at IS NULL), min(created_at)) AS created_at
    FROM counterparts
    WHERE amazon_order_id <> ''
    GROUP BY amazon_order_id
),
untaken AS (
    SELECT DISTINCT c.amazon_order_id, l.sku
    FROM counterparts AS c
    JOIN shopify.order_lines AS l ON l.shopify_order_id = c.shopify_order_id
    WHERE c.cancelled_at IS NULL AND l.variant_id IS NULL AND l.current_quantity > 0
),
read AS (
    SELECT inventory_item_id, min(seen_at) AS read_at FROM shopify.stock_levels GROUP BY inventory_item_id
),
ordered AS (
    SELECT amazon_order_id, order_item_id, max(quantity_ordered) AS units
    FROM amazon.order_items_log
    GROUP BY amazon_order_id, order_item_id
),
baselines AS (
    SELECT
        unnest($base_regions::VARCHAR[]) AS region,
        unnest($base_skus::VARCHAR[]) AS seller_sku,
        unnest($base_since::TIMESTAMPTZ[]) AS since
)
SELECT
    d.inventory_item_id,
    o.region,
    i.seller_sku,
    any_value(d.units)::BIGINT AS units_each,
    o.amazon_order_id,
    o.created_at,
    o.status,
    o.fulfilled_by,
    o.channel_name,
    sum(greatest(i.quantity_ordered, coalesce(n.units, 0)))::BIGINT AS quantity_ordered,
    sum(i.quantity_fulfilled)::BIGINT AS quantity_fulfilled,
    sum(i.quantity_unfulfilled)::BIGINT AS quantity_unfulfilled,
    p.created_at AS shopify_created_at,
    o.last_updated_at
FROM amazon.orders AS o
JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
JOIN drawn AS d ON d.region = o.region AND d.seller_sku = i.seller_sku
LEFT JOIN ordered AS n ON n.amazon_order_id = i.amazon_order_id AND n.order_item_id = i.order_item_id
LEFT JOIN untaken AS u ON u.amazon_order_id = o.amazon_order_id AND u.sku = i.seller_sku
LEFT JOIN imported AS p
    ON p.amazon_order_id = o.amazon_order_id AND (p.stands OR o.status = 'SHIPPED') AND u.sku IS NULL
LEFT JOIN read AS r ON r.inventory_item_id = d.inventory_item_id
LEFT JOIN baselines AS b ON b.region = o.region AND b.seller_sku = i.seller_sku
WHERE o.channel_name <> 'NON_AMAZON'
  AND coalesce(o.fulfilled_by, '') <> 'AMAZON'
  AND ($items IS NULL OR d.inventory_item_id IS NULL OR list_contains($items, d.inventory_item_id))
  AND (
      (
          o.status NOT IN ('CANCELLED', 'UNFULFILLABLE')
          AND (p.created_at IS NULL OR r.read_at IS NULL OR p.created_at >= r.read_at - INTERVAL 1 MINUTE)
          AND (o.status <> 'SHIPPED' OR o.created_at >= $takeover)
      )
      OR o.last_updated_at >= b.since - INTERVAL 1 HOUR
  )
GROUP BY d.inventory_item_id, o.region, i.seller_sku, o.amazon_order_id, o.created_at, o.status, o.fulfilled_by,
    o.channel_name, p.created_at, o.last_updated_at
ORDER BY d.inventory_item_id, o.created_at, o.amazon_order_id, i.seller_sku
