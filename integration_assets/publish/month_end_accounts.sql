-- Grain: one row per currency, account and bucket booked in the month.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all).
SELECT currency, account, bucket, sum(debit) AS debit, sum(credit) AS credit, sum(debit - credit) AS balance
FROM reconcile.journal
WHERE booked_on >= $from AND booked_on < $until AND ($region = '' OR region = $region)
GROUP BY currency, account, bucket
ORDER BY currency, account, bucket
