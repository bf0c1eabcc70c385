-- How many exceptions of each kind came in the last 90 days, how often one came back, and how many hours they stayed open. One row per team and kind.
SELECT team, kind, title, count(*) AS came, count(*) FILTER (WHERE occurrence > 1) AS came_again,
    count(*) FILTER (WHERE standing <> 'closed') AS still_open, round(median(age_hours), 1) AS hours_open_median,
    max(age_hours) AS hours_open_longest, count(*) FILTER (WHERE acknowledged_at IS NOT NULL) AS acknowledged
FROM reconcile.exceptions
GROUP BY ALL
ORDER BY came DESC
