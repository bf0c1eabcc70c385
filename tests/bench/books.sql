-- Settlements as the warehouse holds them: four payouts, six lines an order, one order in fifty settled at another price
-- than Shopify's, twenty-four fees of the account in each. Run statement by statement, with the number of orders and now.
INSERT INTO amazon.settlements BY NAME
SELECT
    'eu' AS region,
    'R' || s AS report_id,
    'S' || s AS settlement_id,
    1 AS version,
    TRUE AS is_current,
    'taken' AS status,
    '' AS reason,
    repeat('0', 64) AS document_sha256,
    $now::TIMESTAMPTZ - INTERVAL 70 DAY + s * INTERVAL 14 DAY AS start_at,
    $now::TIMESTAMPTZ - INTERVAL 56 DAY + s * INTERVAL 14 DAY AS end_at,
    $now::TIMESTAMPTZ - INTERVAL 54 DAY + s * INTERVAL 14 DAY AS deposit_at,
    'GBP' AS currency,
    0 AS total_amount,
    0 AS lines,
    0 AS unmapped_lines,
    'A1F83G8C2ARO7P' AS marketplace_id,
    $now::TIMESTAMPTZ AS created_at,
    $now::TIMESTAMPTZ AS read_at
FROM range(4) AS r (s);

INSERT INTO amazon.settlement_lines BY NAME
SELECT
    'eu' AS region,
    'S' || (o % 4) AS settlement_id,
    1 AS version,
    o * 6 + k + 3 AS line_number,
    'Order' AS transaction_type,
    CASE WHEN k IN (3, 4) THEN 'ItemFees' ELSE 'ItemPrice' END AS amount_type,
    ['Principal', 'Tax', 'Shipping', 'Commission', 'FBAPerUnitFulfillmentFee', 'ShippingTax'][k + 1] AS amount_description,
    CAST([19.99 - CASE WHEN o % 50 = 0 THEN 1 ELSE 0 END, 4.00, 3.99, -3.45, -2.70, 0.80][k + 1] AS DECIMAL(18, 4)) AS amount,
    'GBP' AS currency,
    ['principal', 'tax', 'shipping', 'commission', 'fba_fee', 'tax'][k + 1] AS bucket,
    FALSE AS is_balance_movement,
    'order' AS belongs_to,
    '202-' || lpad((o // 1000)::VARCHAR, 7, '0') || '-' || lpad((o % 1000)::VARCHAR, 7, '0') AS order_ref,
    '202-' || lpad((o // 1000)::VARCHAR, 7, '0') || '-' || lpad((o % 1000)::VARCHAR, 7, '0') AS order_id,
    (60000000000 + o)::VARCHAR AS order_item_code,
    'MUG-OAK-' || (o % 5000) AS seller_sku,
    CASE WHEN k = 0 THEN 1 END AS quantity,
    'Amazon.co.uk' AS marketplace_name,
    $now::TIMESTAMPTZ - INTERVAL 60 DAY + (o % 4) * INTERVAL 14 DAY AS posted_at,
    CAST($now::TIMESTAMPTZ - INTERVAL 60 DAY + (o % 4) * INTERVAL 14 DAY AS DATE) AS posted_on
FROM range($orders) AS r (o), range(6) AS q (k);

INSERT INTO amazon.settlement_lines BY NAME
SELECT
    'eu' AS region,
    'S' || s AS settlement_id,
    1 AS version,
    100000000 + k AS line_number,
    'other-transaction' AS transaction_type,
    'other-transaction' AS amount_type,
    'Fee' AS amount_description,
    CAST(-123.45 - k AS DECIMAL(18, 4)) AS amount,
    'GBP' AS currency,
    ['storage', 'advertising', 'subscription'][k % 3 + 1] AS bucket,
    FALSE AS is_balance_movement,
    'account' AS belongs_to,
    CASE WHEN k % 3 = 0 THEN 'MUG-OAK-' || k END AS seller_sku,
    CAST($now::TIMESTAMPTZ - INTERVAL 50 DAY + s * INTERVAL 14 DAY AS DATE) AS posted_on
FROM range(4) AS r (s), range(24) AS q (k);

UPDATE amazon.settlements SET total_amount = (
    SELECT sum(l.amount) FROM amazon.settlement_lines AS l WHERE l.settlement_id = settlements.settlement_id
);

INSERT INTO shopify.orders BY NAME
SELECT
    'gid://shopify/Order/' || (5000000000 + o) AS shopify_order_id,
    '#' || o AS name,
    '202-' || lpad((o // 1000)::VARCHAR, 7, '0') || '-' || lpad((o % 1000)::VARCHAR, 7, '0') AS source_identifier,
    '202-' || lpad((o // 1000)::VARCHAR, 7, '0') || '-' || lpad((o % 1000)::VARCHAR, 7, '0') AS amazon_order_id,
    'amazon' AS source_name,
    $now::TIMESTAMPTZ - INTERVAL 70 DAY AS created_at,
    $now::TIMESTAMPTZ - INTERVAL 70 DAY AS processed_at,
    $now::TIMESTAMPTZ - INTERVAL 60 DAY AS updated_at,
    'PAID' AS financial_status,
    'FULFILLED' AS fulfillment_status,
    'GBP' AS currency,
    28.78 AS total,
    28.78 AS original_total,
    ['amazon'] AS tags,
    $now::TIMESTAMPTZ AS seen_at
FROM range($orders) AS r (o);

INSERT INTO shopify.order_lines BY NAME
SELECT
    'gid://shopify/LineItem/' || (9000000000 + o) AS line_item_id,
    'gid://shopify/Order/' || (5000000000 + o) AS shopify_order_id,
    'gid://shopify/ProductVariant/' || (43000000000000 + o % 5000) AS variant_id,
    'MUG-OAK-' || (o % 5000) AS sku,
    1 AS quantity,
    1 AS current_quantity,
    19.99 AS unit_price,
    'GBP' AS currency,
    $now::TIMESTAMPTZ AS seen_at
FROM range($orders) AS r (o);

INSERT INTO shopify.order_money BY NAME
SELECT
    'gid://shopify/Order/' || (5000000000 + o) AS shopify_order_id,
    $now::TIMESTAMPTZ - INTERVAL 60 DAY AS updated_at,
    'GBP' AS currency,
    FALSE AS taxes_included,
    28.78 AS total,
    0 AS discounts,
    3.99 AS shipping,
    4.80 AS tax,
    0 AS refunded,
    $now::TIMESTAMPTZ AS seen_at
FROM range($orders) AS r (o);

INSERT INTO shopify.unit_costs BY NAME
SELECT
    'gid://shopify/ProductVariant/' || (43000000000000 + i) AS variant_id,
    'GBP' AS currency,
    6.50 AS unit_cost,
    $now::TIMESTAMPTZ AS seen_at
FROM range(5000) AS r (i);

INSERT INTO reconcile.sku_map BY NAME
SELECT
    'eu' AS region,
    'MUG-OAK-' || i AS seller_sku,
    'mfn' AS fulfillment,
    'exact' AS match,
    'mapped' AS status,
    'gid://shopify/ProductVariant/' || (43000000000000 + i) AS variant_id,
    'gid://shopify/InventoryItem/' || (45000000000000 + i) AS inventory_item_id,
    '' AS reason
FROM range(5000) AS r (i)
