-- Grain: one row per order line and currency, over all settlements. Amounts in the currency of the row.
-- Parameters: $sources, $targets, $months, $rates (declared exchange rates; a rate counts from its month on),
-- $without_decimals (currencies like yen).
-- A cost in another currency is turned by the rate of the month in which the payout's period ended; without a declared
-- rate the cost is unknown. Units paid back are still units sold: what came back is in the refunds.
WITH lines AS (
    SELECT
        f.region,
        f.order_ref,
        f.order_item_code,
        f.seller_sku,
        f.currency,
        any_value(f.shopify_order_id) AS shopify_order_id,
        CAST(sum(f.units) AS BIGINT) AS units,
        sum(f.amount - f.tax_amount) FILTER (
            f.how = 'named' AND f.bucket IN ('principal', 'shipping', 'giftwrap')
        ) AS revenue,
        sum(f.tax_amount) AS tax,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'named' AND f.bucket = 'promotion') AS promotions,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'named' AND f.bucket = 'commission') AS commission,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'named' AND f.bucket = 'fba_fee') AS fulfilment,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'allocated') AS allocated_fees,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'named' AND f.bucket = 'refund') AS refunds,
        sum(f.amount - f.tax_amount) FILTER (f.how = 'named' AND f.bucket = 'unmapped') AS unmapped,
        sum(f.amount) AS paid_out,
        strftime(max(s.end_at), '%Y-%m') AS month
    FROM reconcile.order_fees AS f
    JOIN amazon.settlements AS s ON s.settlement_id = f.settlement_id AND s.is_current
    GROUP BY f.region, f.order_ref, f.order_item_code, f.seller_sku, f.currency
),
rates AS (
    SELECT unnest($sources::VARCHAR[]) AS source, unnest($targets::VARCHAR[]) AS target,
        unnest($months::VARCHAR[]) AS month, CAST(unnest($rates::VARCHAR[]) AS DECIMAL(12, 8)) AS rate
),
shop_lines AS (
    SELECT shopify_order_id, variant_id, min(line_item_id) AS line_item_id
    FROM shopify.order_lines
    WHERE variant_id IS NOT NULL
    GROUP BY shopify_order_id, variant_id
),
costed AS (
    SELECT
        l.*,
        o.line_item_id,
        -l.units * c.unit_cost * CASE
            WHEN c.currency = l.currency THEN CAST(1 AS DECIMAL(12, 8))
            ELSE (
                SELECT arg_max(r.rate, r.month) FROM rates AS r
                WHERE r.source = c.currency AND r.target = l.currency AND r.month <= l.month
            )
        END AS exact_cost
    FROM lines AS l
    LEFT JOIN reconcile.sku_map AS m ON m.region = l.region AND m.seller_sku = l.seller_sku AND m.status = 'mapped'
    LEFT JOIN shopify.unit_costs AS c ON c.variant_id = m.variant_id
    LEFT JOIN shop_lines AS o ON o.shopify_order_id = l.shopify_order_id AND o.variant_id = m.variant_id
),
rounded AS (
    SELECT
        *,
        CASE
            WHEN units = 0 THEN CAST(0 AS DECIMAL(18, 4))
            WHEN list_contains($without_decimals::VARCHAR[], currency) THEN CAST(round(exact_cost, 0) AS DECIMAL(18, 4))
            ELSE CAST(round(exact_cost, 2) AS DECIMAL(18, 4))
        END AS cost_of_goods
    FROM costed
)
SELECT
    region,
    order_ref,
    order_item_code,
    seller_sku,
    currency,
    shopify_order_id,
    line_item_id,
    units,
    coalesce(revenue, 0) AS revenue,
    tax,
    coalesce(promotions, 0) AS promotions,
    coalesce(commission, 0) AS commission,
    coalesce(fulfilment, 0) AS fulfilment,
    paid_out - tax - coalesce(revenue, 0) - coalesce(promotions, 0) - coalesce(commission, 0) - coalesce(fulfilment, 0)
    - coalesce(allocated_fees, 0) - coalesce(refunds, 0) - coalesce(unmapped, 0) AS other_fees,
    coalesce(allocated_fees, 0) AS allocated_fees,
    coalesce(refunds, 0) AS refunds,
    coalesce(unmapped, 0) AS unmapped,
    paid_out,
    cost_of_goods,
    paid_out - tax + cost_of_goods AS margin
FROM rounded
