-- Everything that is open, the most pressing first: what it is, whose it is, how large, how long is left. One row per exception.
SELECT exception_id, team, severity, standing, title, told, seller_sku, amazon_order_id, units, amount, currency,
    age_hours, hours_left, occurrence, acknowledged_by, note
FROM reconcile.exceptions
WHERE standing <> 'closed'
ORDER BY CASE severity WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 ELSE 2 END, hours_left NULLS LAST, age_hours DESC
