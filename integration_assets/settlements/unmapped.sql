-- Grain: one row per region account, currency and kind of line that nobody has named; amounts in the currency.
SELECT
    l.region,
    l.currency,
    l.transaction_type,
    l.amount_type,
    l.amount_description,
    count(*) AS lines,
    sum(l.amount) AS amount,
    count(DISTINCT l.settlement_id) AS settlements,
    max(l.settlement_id) AS settlement_id
FROM amazon.settlement_lines AS l
JOIN amazon.settlements AS s
    ON s.region = l.region AND s.settlement_id = l.settlement_id AND s.version = l.version
WHERE l.bucket = 'unmapped' AND s.is_current
GROUP BY ALL
ORDER BY ALL
