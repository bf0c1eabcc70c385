-- Grain: one row per settlement, month and bucket, as the settlement stands now. Amounts in its currency.
-- A settlement without lines has one row without a day, a bucket and an amount: its total is booked all the same.
-- Parameters: $marketplaces and $zones (where each marketplace's day begins).
-- Not the table itself: these are the movements that rules/journal.py books. Days are those of the marketplace.
WITH zones AS (
    SELECT unnest($marketplaces::VARCHAR[]) AS marketplace_id, unnest($zones::VARCHAR[]) AS zone
)
SELECT
    s.settlement_id,
    any_value(s.region) AS region,
    any_value(s.currency) AS currency,
    any_value(s.total_amount) AS total,
    any_value(
        CAST(timezone(coalesce(z.zone, 'UTC'), coalesce(s.deposit_at, s.end_at, s.created_at)) AS DATE)
    ) AS deposit_on,
    max(l.posted_on) AS posted_on,
    l.bucket,
    sum(l.amount) AS amount
FROM amazon.settlements AS s
LEFT JOIN amazon.settlement_lines AS l ON l.settlement_id = s.settlement_id AND l.version = s.version
LEFT JOIN zones AS z ON z.marketplace_id = s.marketplace_id
WHERE s.is_current AND s.total_amount IS NOT NULL
GROUP BY s.settlement_id, date_trunc('month', l.posted_on), l.bucket
ORDER BY s.settlement_id, posted_on, l.bucket
