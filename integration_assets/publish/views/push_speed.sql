-- How long it took from a decision until Amazon was seen to show the number, in seconds, and how often a push was sent. One row per day (UTC) and region account.
SELECT CAST(date_trunc('day', decided_at) AS DATE) AS decided_on, region, count(*) AS pushes,
    count(*) FILTER (WHERE state = 'verified') AS verified,
    round(quantile_cont(epoch(verified_at - decided_at), 0.5)) AS half_within_seconds,
    round(quantile_cont(epoch(verified_at - decided_at), 0.95)) AS most_within_seconds,
    sum(greatest(attempts - 1, 0)) AS sent_again
FROM actions.stock_push
WHERE state <> 'preview'
GROUP BY ALL
ORDER BY decided_on DESC, region
