-- Grain: one row per order in payouts made in the month on which settlements and Shopify differ, the largest first.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
WITH paid AS (
    SELECT settlement_id
    FROM reconcile.payouts
    WHERE deposit_on >= $from AND deposit_on < $until AND ($region = '' OR region = $region)
)
SELECT
    d.region, d.order_ref, d.currency, d.shopify_value, d.settled_value, d.difference, d.main_cause, d.state, d.reason
FROM reconcile.settlement_drift AS d
WHERE EXISTS (
    SELECT 1
    FROM reconcile.order_fees AS f
    JOIN paid AS p ON p.settlement_id = f.settlement_id
    WHERE f.region = d.region AND f.order_ref = d.order_ref AND f.currency = d.currency
)
ORDER BY abs(d.difference) DESC NULLS FIRST, d.region, d.order_ref
