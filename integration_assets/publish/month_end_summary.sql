-- Grain: one row per currency. What was booked in the month, paid in it, and is still to be paid at its end.
-- Parameters: $from and $until (first day of the month and of the next), $region (empty for all), $clearing (the
-- account).
-- Opening and closing are what the clearing account holds: booked and not yet paid. Late is what was booked in the month
-- for months that were closed by then; deposits_booked are the month's own, whenever they were booked.
WITH lines AS (
    SELECT * FROM reconcile.journal WHERE $region = '' OR region = $region
),
deposits AS (
    SELECT currency, sum(deposit) AS deposits, count(*) AS payouts
    FROM reconcile.payouts
    WHERE deposit_on >= $from AND deposit_on < $until AND ($region = '' OR region = $region)
    GROUP BY currency
),
booked AS (
    SELECT
        currency,
        coalesce(sum(debit - credit) FILTER (account = $clearing AND booked_on < $from), 0) AS opening,
        coalesce(sum(credit - debit) FILTER (
            bucket <> 'deposit' AND account <> $clearing AND booked_on >= $from AND booked_on < $until
        ), 0) AS earned,
        coalesce(sum(debit - credit) FILTER (
            bucket = 'deposit' AND booked_on >= $from AND booked_on < $until
        ), 0) AS banked,
        coalesce(sum(debit - credit) FILTER (account = $clearing AND booked_on < $until), 0) AS closing,
        coalesce(sum(credit - debit) FILTER (
            bucket <> 'deposit' AND account <> $clearing
            AND booked_on >= $from AND booked_on < $until AND belongs_on < $from
        ), 0) AS earned_late,
        coalesce(sum(debit - credit) FILTER (
            bucket = 'deposit' AND booked_on >= $from AND booked_on < $until AND belongs_on < $from
        ), 0) AS banked_late,
        coalesce(sum(debit - credit) FILTER (
            bucket = 'deposit'
            AND coalesce(belongs_on, booked_on) >= $from AND coalesce(belongs_on, booked_on) < $until
        ), 0) AS deposits_booked
    FROM lines
    GROUP BY currency
)
SELECT
    coalesce(b.currency, d.currency) AS currency,
    coalesce(b.opening, 0) AS opening,
    coalesce(b.earned, 0) AS earned,
    coalesce(b.banked, 0) AS banked,
    coalesce(b.closing, 0) AS closing,
    coalesce(b.earned_late, 0) AS earned_late,
    coalesce(b.banked_late, 0) AS banked_late,
    coalesce(b.deposits_booked, 0) AS deposits_booked,
    coalesce(d.deposits, 0) AS deposits,
    coalesce(d.payouts, 0) AS payouts
FROM booked AS b
FULL JOIN deposits AS d ON d.currency = b.currency
WHERE b.opening <> 0 OR b.earned <> 0 OR b.banked <> 0 OR b.closing <> 0 OR b.deposits_booked <> 0 OR d.payouts > 0
ORDER BY 1
