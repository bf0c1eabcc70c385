-- Grain: one row per settlement, order line, bucket and way it came there. Amounts in the currency of the settlement.
-- Parameters: $buckets and $rules (how each bucket of the account is shared), $without_decimals (currencies like yen).
-- The shares are those of rules/allocation.py, in whole minor units with the largest remainder; a test holds the two
-- against each other. HUGEINT, because an amount times a weight does not fit 64 bits.
-- A buyer pays under ItemPrice and the like; what stands under ItemFees or ItemWithheldTax is Amazon's.
WITH rules AS (
    SELECT unnest($buckets::VARCHAR[]) AS bucket, unnest($rules::VARCHAR[]) AS rule
),
lines AS NOT MATERIALIZED (
    SELECT
        l.*,
        coalesce(l.order_item_code, '') AS item,
        coalesce(l.seller_sku, '') AS sku,
        lower(l.amount_type) NOT IN ('itemfees', 'itemwithheldtax') AS is_of_buyer,
        CASE WHEN list_contains($without_decimals::VARCHAR[], l.currency) THEN 1 ELSE 100 END AS scale
    FROM amazon.settlement_lines AS l
    JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version
    WHERE s.is_current
),
named AS (
    SELECT
        settlement_id,
        any_value(region) AS region,
        any_value(currency) AS currency,
        order_ref,
        item,
        sku,
        bucket,
        sum(amount) AS amount,
        sum(CASE WHEN is_of_buyer THEN amount END) AS of_buyer,
        sum(
            CASE WHEN bucket = 'refund' AND is_of_buyer AND amount_description ILIKE '%tax%' THEN amount END
        ) AS tax_paid_back,
        sum(quantity) AS units,
        count(*) AS lines,
        count(*) FILTER (belongs_to <> 'mcf_order') = 0 AS is_mcf
    FROM lines
    WHERE order_ref IS NOT NULL
    GROUP BY settlement_id, order_ref, item, sku, bucket
),
charges AS (
    SELECT
        l.settlement_id,
        any_value(l.region) AS region,
        any_value(l.currency) AS currency,
        any_value(l.scale) AS scale,
        l.bucket,
        r.rule,
        CASE WHEN r.rule = 'by_sku' THEN l.sku ELSE '' END AS charged_sku,
        CAST(sum(l.amount) * any_value(l.scale) AS HUGEINT) AS total
    FROM lines AS l
    JOIN rules AS r ON r.bucket = l.bucket
    WHERE l.order_ref IS NULL AND r.rule <> 'leave' AND (r.rule <> 'by_sku' OR l.sku <> '')
    GROUP BY l.settlement_id, l.bucket, r.rule, CASE WHEN r.rule = 'by_sku' THEN l.sku ELSE '' END
),
sold AS (
    SELECT
        settlement_id,
        order_ref,
        item,
        sku,
        bool_and(belongs_to = 'mcf_order') AS is_mcf,
        CAST(coalesce(sum(quantity), 0) AS HUGEINT) AS units,
        CAST(sum(amount) * any_value(scale) AS HUGEINT) AS revenue
    FROM lines
    WHERE order_ref IS NOT NULL AND bucket = 'principal' AND settlement_id IN (SELECT settlement_id FROM charges)
    GROUP BY settlement_id, order_ref, item, sku
),
bearers AS (
    SELECT
        c.settlement_id,
        c.region,
        c.currency,
        c.scale,
        c.bucket,
        c.charged_sku,
        s.order_ref,
        s.item,
        s.sku,
        s.is_mcf,
        c.total,
        CASE WHEN c.rule = 'by_revenue' THEN s.revenue ELSE s.units END AS weight
    FROM charges AS c
    JOIN sold AS s ON s.settlement_id = c.settlement_id AND (c.rule <> 'by_sku' OR s.sku = c.charged_sku)
    WHERE CASE WHEN c.rule = 'by_revenue' THEN s.revenue ELSE s.units END > 0
),
weighed AS (
    SELECT *, CAST(sum(weight) OVER (PARTITION BY settlement_id, bucket, charged_sku) AS HUGEINT) AS whole
    FROM bearers
),
floored AS (
    SELECT *, abs(total) * weight // whole AS part, abs(total) * weight % whole AS remainder
    FROM weighed
),
ranked AS (
    SELECT
        *,
        abs(total) - sum(part) OVER (PARTITION BY settlement_id, bucket, charged_sku) AS left_over,
        row_number() OVER (
            PARTITION BY settlement_id, bucket, charged_sku ORDER BY remainder DESC, order_ref, item, sku
        ) AS place
    FROM floored
),
allocated AS (
    SELECT
        settlement_id,
        region,
        currency,
        order_ref,
        item,
        sku,
        bucket,
        is_mcf,
        CAST(sign(total) * (part + CAST(place <= left_over AS INTEGER)) AS DECIMAL(18, 0))
        * CASE WHEN scale = 1 THEN CAST(1 AS DECIMAL(3, 2)) ELSE CAST(0.01 AS DECIMAL(3, 2)) END AS amount
    FROM ranked
    WHERE part + CAST(place <= left_over AS INTEGER) > 0
),
refs AS (
    SELECT coalesce(amazon_order_id, source_identifier) AS ref, shopify_order_id, 0 AS doubt, cancelled_at, created_at
    FROM shopify.orders
    WHERE coalesce(amazon_order_id, source_identifier) IS NOT NULL
    UNION ALL
    SELECT
        unnest([name, ltrim(name, '#'), split_part(shopify_order_id, '/', -1)]) AS ref,
        shopify_order_id,
        1 AS doubt,
        cancelled_at,
        created_at
    FROM shopify.orders
    WHERE coalesce(amazon_order_id, source_identifier) IS NULL
    UNION ALL
    SELECT m.seller_fulfillment_order_id, o.shopify_order_id, 0, o.cancelled_at, o.created_at
    FROM actions.mcf_order AS m
    JOIN shopify.orders AS o ON o.shopify_order_id = m.shopify_order_id
),
known AS (
    SELECT
        ref,
        arg_min(shopify_order_id, (doubt, cancelled_at IS NOT NULL, created_at, shopify_order_id)) AS shopify_order_id
    FROM refs
    GROUP BY ref
),
all_fees AS (
    SELECT
        settlement_id,
        region,
        currency,
        order_ref,
        item,
        sku,
        bucket,
        'named' AS how,
        amount,
        CASE WHEN bucket IN ('tax', 'withheld_tax') THEN amount ELSE coalesce(tax_paid_back, 0) END AS tax_amount,
        CASE
            WHEN bucket IN ('principal', 'shipping', 'giftwrap', 'tax', 'promotion', 'refund')
            THEN coalesce(of_buyer, 0)
            ELSE 0
        END AS sale_amount,
        CASE WHEN bucket = 'principal' THEN coalesce(units, 0) ELSE 0 END AS units,
        lines,
        is_mcf
    FROM named
    UNION ALL
    SELECT settlement_id, region, currency, order_ref, item, sku, bucket, 'allocated' AS how, amount, 0 AS tax_amount,
        0 AS sale_amount, 0 AS units, 0 AS lines, is_mcf
    FROM allocated
)
SELECT
    f.settlement_id,
    f.region,
    f.currency,
    f.order_ref,
    f.item AS order_item_code,
    f.sku AS seller_sku,
    f.bucket,
    f.how,
    f.amount,
    f.tax_amount,
    f.sale_amount,
    CAST(f.units AS BIGINT) AS units,
    f.lines,
    f.is_mcf,
    k.shopify_order_id
FROM all_fees AS f
LEFT JOIN known AS k ON k.ref = f.order_ref
