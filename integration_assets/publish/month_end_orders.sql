-- Grain: one row per order, SKU and currency in payouts made in the month. Amounts in the currency of the row.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
WITH paid AS (
    SELECT settlement_id
    FROM reconcile.payouts
    WHERE deposit_on >= $from AND deposit_on < $until AND ($region = '' OR region = $region)
)
SELECT
    f.region,
    f.order_ref,
    any_value(o.name) AS shopify_order,
    f.seller_sku,
    any_value(v.product_title) AS title,
    f.currency,
    CAST(sum(f.units) AS BIGINT) AS units,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket IN ('principal', 'shipping', 'giftwrap')), 0) AS sales,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket IN ('tax', 'withheld_tax')), 0) AS tax,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket = 'promotion'), 0) AS promotions,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket NOT IN (
        'principal', 'shipping', 'giftwrap', 'tax', 'withheld_tax', 'promotion', 'refund', 'unmapped'
    )), 0) AS fees,
    coalesce(sum(f.amount) FILTER (f.how = 'allocated'), 0) AS allocated_fees,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket = 'refund'), 0) AS refunds,
    coalesce(sum(f.amount) FILTER (f.how = 'named' AND f.bucket = 'unmapped'), 0) AS unmapped,
    sum(f.amount) AS paid_out
FROM reconcile.order_fees AS f
JOIN paid AS p ON p.settlement_id = f.settlement_id
LEFT JOIN shopify.orders AS o ON o.shopify_order_id = f.shopify_order_id
LEFT JOIN reconcile.sku_map AS m ON m.region = f.region AND m.seller_sku = f.seller_sku
LEFT JOIN shopify.variants AS v ON v.variant_id = m.variant_id
GROUP BY f.region, f.order_ref, f.seller_sku, f.currency
ORDER BY f.region, f.order_ref, f.seller_sku, f.currency
