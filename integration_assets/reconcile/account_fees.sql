-- Grain: one row per settlement and bucket of the lines that name no order. Amounts in the currency of the settlement.
-- Parameters: $buckets and $rules (how each bucket of the account is shared).
-- What order lines bear is read from reconcile.order_fees, so that both tables speak of the same shares.
WITH rules AS (
    SELECT unnest($buckets::VARCHAR[]) AS bucket, unnest($rules::VARCHAR[]) AS rule
),
lines AS (
    SELECT
        l.settlement_id,
        any_value(l.region) AS region,
        any_value(l.currency) AS currency,
        l.bucket,
        sum(l.amount) AS amount,
        coalesce(sum(l.amount) FILTER (coalesce(l.seller_sku, '') = ''), 0) AS without_sku,
        count(*) AS lines
    FROM amazon.settlement_lines AS l
    JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version
    WHERE s.is_current AND l.order_ref IS NULL
    GROUP BY l.settlement_id, l.bucket
),
borne AS (
    SELECT settlement_id, bucket, sum(amount) AS allocated
    FROM reconcile.order_fees
    WHERE how = 'allocated'
    GROUP BY settlement_id, bucket
),
together AS (
    SELECT
        l.*,
        coalesce(r.rule, 'leave') AS rule,
        coalesce(b.allocated, 0) AS allocated,
        l.amount - coalesce(b.allocated, 0) AS amount_left
    FROM lines AS l
    LEFT JOIN rules AS r ON r.bucket = l.bucket
    LEFT JOIN borne AS b ON b.settlement_id = l.settlement_id AND b.bucket = l.bucket
)
SELECT
    settlement_id,
    region,
    currency,
    bucket,
    rule,
    amount,
    allocated,
    amount_left,
    CASE
        WHEN amount_left = 0 THEN NULL
        WHEN rule = 'leave' THEN 'left by rule'
        WHEN rule <> 'by_sku' THEN 'nothing was sold to share it among'
        WHEN abs(without_sku) >= abs(amount_left - without_sku) THEN 'no SKU is named'
        ELSE 'its SKU was not sold'
    END AS left_why,
    lines
FROM together
