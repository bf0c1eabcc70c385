-- Grain: one row per line of the journal booked in the month.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
SELECT
    entry_id, line_number, settlement_id, region, kind, booked_on, belongs_on, account, bucket, debit, credit, currency
FROM reconcile.journal
WHERE booked_on >= $from AND booked_on < $until AND ($region = '' OR region = $region)
ORDER BY booked_on, entry_id, line_number
