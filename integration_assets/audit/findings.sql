-- Grain: one row per finding and record it is about: (finding, region, subject, units, amount, currency, detail).
-- Units in units; amounts in `currency`, never added over two of them.
-- Parameters: $places, $countries, $currencies (marketplace ids, and their country codes and currencies, in one order),
-- $pool (names of the pool's locations), $shop_currency (text or null), $settled (instant: younger orders may be on
-- their way).
WITH listed AS (
    SELECT
        l.region,
        l.seller_sku,
        min(l.asin) AS asin,
        max(l.quantity) AS quantity,
        first(l.price ORDER BY list_position($places, l.marketplace_id)) FILTER (l.price IS NOT NULL) AS price,
        first($currencies[list_position($places, l.marketplace_id)] ORDER BY list_position($places, l.marketplace_id))
            FILTER (l.price IS NOT NULL) AS currency
    FROM amazon.listings AS l
    WHERE list_contains($places, l.marketplace_id)
    GROUP BY l.region, l.seller_sku
),
held AS (
    SELECT s.inventory_item_id, sum(s.available) AS available
    FROM shopify.stock_levels AS s
    JOIN shopify.locations AS p ON p.location_id = s.location_id
    WHERE s.is_active AND list_contains($pool, p.name)
    GROUP BY s.inventory_item_id
),
positions AS (
    -- A bundle has no stock of its own: there is what its components may be promised to make.
    SELECT
        p.*,
        coalesce(p.shown, 0) AS showing,
        greatest(coalesce(p.available, p.target), 0) AS there,
        l.price,
        l.currency
    FROM reconcile.stock_position AS p
    LEFT JOIN listed AS l ON l.region = p.region AND l.seller_sku = p.seller_sku
    WHERE coalesce(p.available, p.target) IS NOT NULL AND p.shown_at IS NOT NULL
),
offered AS (
    SELECT o.*, $countries[list_position($places, o.marketplace_id)] AS country, m.fulfillment, l.quantity AS units
    FROM amazon.offers AS o
    JOIN amazon.listings AS l
        ON l.region = o.region AND l.marketplace_id = o.marketplace_id AND l.seller_sku = o.seller_sku
    LEFT JOIN reconcile.sku_map AS m ON m.region = o.region AND m.seller_sku = o.seller_sku
    WHERE coalesce(m.status, '') <> 'ignored' AND list_contains($places, o.marketplace_id)
),
priced AS (
    SELECT p.*, $countries[list_position($places, p.marketplace_id)] AS country
    FROM reconcile.price_position AS p
    WHERE p.target IS NOT NULL AND p.shown IS NOT NULL AND p.verdict <> 'excluded'
),
orders AS (
    SELECT o.*
    FROM amazon.orders AS o
    WHERE o.channel_name = 'AMAZON'
      AND o.created_at < $settled
      AND NOT EXISTS (SELECT 1 FROM shopify.orders AS s WHERE s.source_identifier = o.amazon_order_id)
)
SELECT
    'stock_at_risk' AS finding,
    region,
    seller_sku AS subject,
    showing - there AS units,
    (showing - there) * price AS amount,
    currency,
    CASE
        WHEN available IS NULL THEN format('Amazon shows {}, its components make {}', showing, target)
        ELSE format('Amazon shows {}, the pool holds {}', showing, available)
    END AS detail
FROM positions
WHERE showing > there
UNION ALL
SELECT
    'quantity_apart', region, seller_sku, abs(showing - target), abs(showing - target) * price, currency,
    reason
FROM positions
WHERE target IS NOT NULL AND showing <> target AND verdict <> 'in_step' AND showing <= there
UNION ALL
SELECT 'untracked_item', region, seller_sku, NULL, NULL, NULL, reason
FROM reconcile.sku_map
WHERE status = 'untracked'
UNION ALL
SELECT 'mixed_channel', region, seller_sku, NULL, NULL, NULL, 'Amazon names both ways of fulfilment for it'
FROM reconcile.sku_map
WHERE fulfillment = 'mixed' AND status <> 'ignored'
UNION ALL
SELECT
    'price_below_floor', region, seller_sku || ' in ' || country, NULL, floor - shown, currency,
    format(
        'it shows {}, its floor is {}',
        regexp_replace(shown::VARCHAR, '00$', ''), regexp_replace(floor::VARCHAR, '00$', '')
    )
FROM priced
WHERE shown < floor
UNION ALL
SELECT
    'price_apart', region, seller_sku || ' in ' || country, NULL, abs(difference), currency,
    format(
        'it shows {}, it should show {}: {}',
        regexp_replace(shown::VARCHAR, '00$', ''), regexp_replace(target::VARCHAR, '00$', ''), reason
    )
FROM priced
WHERE shown <> target AND (floor IS NULL OR shown >= floor) AND verdict <> 'in_step'
UNION ALL
SELECT
    'amazon_sku_without_variant', m.region, m.seller_sku, l.quantity, l.quantity * l.price,
    CASE WHEN l.quantity IS NOT NULL THEN l.currency END, m.reason
FROM reconcile.sku_map AS m
JOIN listed AS l ON l.region = m.region AND l.seller_sku = m.seller_sku
WHERE m.status = 'unmapped'
UNION ALL
SELECT
    'duplicate_sku', '', sku, NULL, NULL, NULL,
    format('{} variants in Shopify carry it: {}', count(*), string_agg(product_title, ', ' ORDER BY variant_id))
FROM shopify.variants
WHERE sku IS NOT NULL AND product_status <> 'ARCHIVED'
GROUP BY sku
HAVING count(*) > 1
UNION ALL
SELECT 'case_twin', region, seller_sku, NULL, NULL, NULL, reason
FROM reconcile.sku_map
WHERE status = 'case_twin'
UNION ALL
SELECT
    'barcode_disagrees', m.region, m.seller_sku, NULL, NULL, NULL,
    format('Amazon was given {}, Shopify has {}', min(l.product_id), v.barcode)
FROM reconcile.sku_map AS m
JOIN amazon.listings AS l ON l.region = m.region AND l.seller_sku = m.seller_sku
JOIN shopify.variants AS v ON v.variant_id = m.variant_id
WHERE regexp_full_match(l.product_id, '[0-9]{8,14}')
  AND regexp_full_match(trim(v.barcode), '[0-9]{8,14}')
  AND ltrim(l.product_id, '0') <> ltrim(trim(v.barcode), '0')
GROUP BY m.region, m.seller_sku, v.barcode
UNION ALL
SELECT
    'asin_shared', m.region, m.asin, NULL, NULL, NULL,
    format(
        'it stands for {} variants: {}',
        count(DISTINCT m.variant_id), string_agg(m.seller_sku, ', ' ORDER BY m.seller_sku)
    )
FROM reconcile.sku_map AS m
WHERE m.asin IS NOT NULL AND m.variant_id IS NOT NULL AND m.status <> 'ignored'
GROUP BY m.region, m.asin
HAVING count(DISTINCT m.variant_id) > 1
UNION ALL
SELECT
    'product_not_on_amazon', '', coalesce(v.sku, v.product_title || ', ' || v.title || ' (no SKU)'),
    sum(h.available)::BIGINT, sum(h.available * v.price), $shop_currency,
    'active in Shopify, and no region account lists it'
FROM shopify.variants AS v
JOIN held AS h ON h.inventory_item_id = v.inventory_item_id
WHERE v.product_status = 'ACTIVE'
  AND h.available > 0
  AND v.is_tracked
  AND NOT EXISTS (
      SELECT 1
      FROM reconcile.sku_map AS m
      WHERE m.variant_id = v.variant_id OR lower(trim(m.seller_sku)) = lower(trim(v.sku))
  )
GROUP BY 3
UNION ALL
SELECT
    'suppressed_listing', region, seller_sku || ' in ' || country, units,
    CASE WHEN currency IS NOT NULL THEN units * price END, CASE WHEN units IS NOT NULL THEN currency END,
    coalesce(nullif(issues, ''), 'Amazon does not say why')
FROM offered
WHERE NOT is_visible AND (coalesce(units, 1) > 0 OR len(issue_codes) > 0)
UNION ALL
SELECT 'listing_issue', region, seller_sku || ' in ' || country, NULL, NULL, NULL, issues
FROM offered
WHERE is_visible AND len(issue_codes) > 0
UNION ALL
SELECT
    'incomplete_listing', l.region, l.seller_sku || ' in ' || $countries[list_position($places, l.marketplace_id)],
    NULL, NULL, NULL, 'its status is Incomplete'
FROM amazon.listings AS l
WHERE l.status = 'Incomplete' AND list_contains($places, l.marketplace_id)
UNION ALL
SELECT 'missing_weight', region, seller_sku, NULL, NULL, NULL, 'neither the package nor the item has a weight'
FROM offered
GROUP BY region, seller_sku
HAVING NOT bool_or(has_weight)
UNION ALL
SELECT 'missing_lead_time', region, seller_sku, NULL, NULL, NULL, 'the offer names no handling time'
FROM offered
WHERE fulfillment = 'mfn'
GROUP BY region, seller_sku
HAVING max(lead_time_days) IS NULL
UNION ALL
SELECT
    'unshipped_order_unknown', region, amazon_order_id, NULL, total, currency,
    format('{}, ordered {}', status, strftime(created_at, '%Y-%m-%d %H:%M'))
FROM orders
WHERE status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND coalesce(fulfilled_by, 'MERCHANT') = 'MERCHANT'
UNION ALL
SELECT
    'shipped_order_unknown', region, amazon_order_id, NULL, total, currency,
    format('{}, ordered {}', status, strftime(created_at, '%Y-%m-%d %H:%M'))
FROM orders
WHERE status = 'SHIPPED'
UNION ALL
SELECT
    'shop_order_unknown', '', s.name, NULL, s.total, s.currency,
    format('it names {}, which Amazon does not tell of', s.source_identifier)
FROM shopify.orders AS s
WHERE regexp_full_match(s.source_identifier, '[0-9]{3}-[0-9]{7}-[0-9]{7}')
  AND s.processed_at >= (SELECT min(created_at) FROM amazon.orders)
  AND NOT EXISTS (SELECT 1 FROM amazon.orders AS o WHERE o.amazon_order_id = s.source_identifier)
ORDER BY 1, 2, 3
