-- A brand as the warehouse holds it: every SKU mapped and shipped by the merchant, stocked at two locations, one in
-- fifty out of step; two days of orders. Run statement by statement, with the number of SKUs, of orders a day, and now.
INSERT INTO shopify.variants BY NAME
SELECT
    'gid://shopify/ProductVariant/' || (43000000000000 + i) AS variant_id,
    'gid://shopify/Product/' || (8100000000000 + i // 3) AS product_id,
    'gid://shopify/InventoryItem/' || (45000000000000 + i) AS inventory_item_id,
    'MUG-OAK-' || i AS sku,
    (5000000000000 + i)::VARCHAR AS barcode,
    'Oak Mug' AS product_title,
    'Sand' AS title,
    'ACTIVE' AS product_status,
    ['mug', 'oak'] AS tags,
    19.90 AS price,
    TRUE AS is_tracked,
    FALSE AS is_bundle,
    $now::TIMESTAMPTZ - INTERVAL 30 DAY AS updated_at,
    $now::TIMESTAMPTZ AS seen_at
FROM range($skus) AS r (i);

INSERT INTO shopify.stock_levels BY NAME
SELECT
    'gid://shopify/InventoryItem/' || (45000000000000 + i) AS inventory_item_id,
    'gid://shopify/Location/' || (70000000001 + l) AS location_id,
    (i * 7 + l * 13) % 60 AS available,
    (i * 7 + l * 13) % 60 + 1 AS on_hand,
    1 AS committed,
    TRUE AS is_active,
    $now::TIMESTAMPTZ - INTERVAL 2 DAY AS updated_at,
    $now::TIMESTAMPTZ - INTERVAL 1 MINUTE AS seen_at
FROM range($skus) AS r (i), range(2) AS q (l);

INSERT INTO amazon.listings BY NAME
SELECT
    'eu' AS region,
    'A1F83G8C2ARO7P' AS marketplace_id,
    'MUG-OAK-' || i AS seller_sku,
    'LISTING' || i AS listing_id,
    'B0' || lpad(i::VARCHAR, 8, '0') AS asin,
    'Oak Mug, Sand' AS title,
    19.90 AS price,
    (i * 7) % 60 + (i * 7 + 13) % 60 AS quantity,
    'DEFAULT' AS fulfillment_channel,
    'Active' AS status,
    'B0' || lpad(i::VARCHAR, 8, '0') AS product_id,
    $now::TIMESTAMPTZ - INTERVAL 5 MINUTE AS seen_at
FROM range($skus) AS r (i);

INSERT INTO amazon.availability BY NAME
SELECT
    'eu' AS region,
    'MUG-OAK-' || i AS seller_sku,
    ['DEFAULT'] AS fulfillment_channels,
    greatest(0, (i * 7) % 60 + (i * 7 + 13) % 60 - 2) + (i % 50 = 0)::INT AS quantity,
    'HOME' AS product_type,
    [] AS issue_codes,
    $now::TIMESTAMPTZ - INTERVAL 2 MINUTE AS read_at,
    $now::TIMESTAMPTZ - INTERVAL 2 MINUTE AS seen_at
FROM range($skus) AS r (i);

INSERT INTO amazon.orders BY NAME
SELECT
    '202-' || lpad(o::VARCHAR, 7, '0') || '-0000001' AS amazon_order_id,
    'eu' AS region,
    'A1F83G8C2ARO7P' AS marketplace_id,
    'AMAZON' AS channel_name,
    'SHIPPED' AS status,
    'MERCHANT' AS fulfilled_by,
    $now::TIMESTAMPTZ - to_seconds(7200 + o * 86400.0 / $orders) AS created_at,
    $now::TIMESTAMPTZ - to_seconds(3600 + o * 86400.0 / $orders) AS last_updated_at,
    NULL AS ship_by_at,
    'GBP' AS currency,
    19.90 AS total,
    $now::TIMESTAMPTZ AS seen_at
FROM range(2 * $orders) AS r (o);

INSERT INTO amazon.order_items BY NAME
SELECT
    '202-' || lpad(o::VARCHAR, 7, '0') || '-0000001' AS amazon_order_id,
    o::VARCHAR AS order_item_id,
    'MUG-OAK-' || (o * 7919) % $skus AS seller_sku,
    NULL AS asin,
    1 AS quantity_ordered,
    1 AS quantity_fulfilled,
    0 AS quantity_unfulfilled,
    0 AS quantity_cancelled,
    'GBP' AS currency,
    19.90 AS unit_price,
    19.90 AS item_total,
    $now::TIMESTAMPTZ AS seen_at
FROM range(2 * $orders) AS r (o);

INSERT INTO shopify.orders BY NAME
SELECT
    'gid://shopify/Order/' || o AS shopify_order_id,
    '#' || o AS name,
    '202-' || lpad(o::VARCHAR, 7, '0') || '-0000001' AS source_identifier,
    '202-' || lpad(o::VARCHAR, 7, '0') || '-0000001' AS amazon_order_id,
    'amazon' AS source_name,
    $now::TIMESTAMPTZ - to_seconds(5400 + o * 86400.0 / $orders) AS created_at,
    $now::TIMESTAMPTZ - to_seconds(7200 + o * 86400.0 / $orders) AS processed_at,
    $now::TIMESTAMPTZ - to_seconds(3600 + o * 86400.0 / $orders) AS updated_at,
    NULL AS cancelled_at,
    'PAID' AS financial_status,
    'FULFILLED' AS fulfillment_status,
    'GBP' AS currency,
    19.90 AS total,
    19.90 AS original_total,
    [] AS tags,
    $now::TIMESTAMPTZ AS seen_at
FROM range(2 * $orders) AS r (o);

INSERT INTO reconcile.sku_map BY NAME
SELECT
    'eu' AS region,
    'MUG-OAK-' || i AS seller_sku,
    'B0' || lpad(i::VARCHAR, 8, '0') AS asin,
    'mfn' AS fulfillment,
    'exact' AS match,
    CASE WHEN i % 1000 = 999 THEN 'unmapped' ELSE 'mapped' END AS status,
    'gid://shopify/ProductVariant/' || (43000000000000 + i) AS variant_id,
    'gid://shopify/InventoryItem/' || (45000000000000 + i) AS inventory_item_id,
    '' AS reason
FROM range($skus) AS r (i);

INSERT INTO reconcile.stock_position BY NAME
SELECT
    'eu' AS region,
    'MUG-OAK-' || i AS seller_sku,
    'gid://shopify/ProductVariant/' || (43000000000000 + i) AS variant_id,
    'gid://shopify/InventoryItem/' || (45000000000000 + i) AS inventory_item_id,
    (i * 7) % 60 + (i * 7 + 13) % 60 AS available,
    '{"Leeds": 1, "Manchester": 1}' AS by_location,
    0 AS held_for_orders,
    0 AS presumed_sold,
    100 AS share_percent,
    'default: units 2' AS buffer_rule,
    greatest(0, (i * 7) % 60 + (i * 7 + 13) % 60 - 2) AS target,
    greatest(0, (i * 7) % 60 + (i * 7 + 13) % 60 - 2) + (i % 50 = 0)::INT AS shown,
    $now::TIMESTAMPTZ - INTERVAL 2 MINUTE AS shown_at,
    NULL AS last_applied,
    NULL AS last_applied_at,
    NULL AS effect_state,
    NULL AS effect_at,
    CASE WHEN i % 50 = 0 THEN 'push' ELSE 'in_step' END AS verdict,
    CASE WHEN i % 50 = 0 THEN 'not_yet_pushed' ELSE '' END AS cause,
    0 AS leak_units,
    0 AS oversold,
    greatest(0, (i * 7) % 60 + (i * 7 + 13) % 60 - 2) AS last_explained,
    $now::TIMESTAMPTZ - INTERVAL 2 HOUR AS last_explained_at,
    $now::TIMESTAMPTZ - INTERVAL 1 MINUTE AS computed_at,
    '' AS missing,
    '' AS reason
FROM range($skus) AS r (i);
