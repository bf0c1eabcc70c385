-- Grain: one row per payout made in the month and bucket of its lines that name no order.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
WITH paid AS (
    SELECT settlement_id
    FROM reconcile.payouts
    WHERE deposit_on >= $from AND deposit_on < $until AND ($region = '' OR region = $region)
)
SELECT a.settlement_id, a.region, a.currency, a.bucket, a.rule, a.amount, a.allocated, a.amount_left, a.left_why
FROM reconcile.account_fees AS a
JOIN paid AS p ON p.settlement_id = a.settlement_id
ORDER BY a.settlement_id, a.bucket
