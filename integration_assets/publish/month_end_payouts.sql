-- Grain: one row per payout made in the month. Amounts in the currency of the row.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
SELECT
    settlement_id, region, currency, deposit_on, deposit, lines_total, difference, on_orders, allocated, with_account,
    moved, unmapped, reserve_held, orders, orders_in_shopify, lines, state
FROM reconcile.payouts
WHERE deposit_on >= $from AND deposit_on < $until AND ($region = '' OR region = $region)
ORDER BY deposit_on, settlement_id
