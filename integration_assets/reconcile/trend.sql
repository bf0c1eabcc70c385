-- One row per moment and figure: those of the last two weeks, and those of now. Values are SKUs, units or exceptions.
SELECT measured_at, figure, value
FROM reconcile.trend
WHERE measured_at >= $now::TIMESTAMPTZ - INTERVAL 14 DAY AND measured_at < $now::TIMESTAMPTZ
UNION ALL
SELECT $now::TIMESTAMPTZ, 'drift/' || cause, count(*) FROM reconcile.inventory_drift GROUP BY cause
UNION ALL
SELECT $now::TIMESTAMPTZ, 'drift', count(*) FROM reconcile.inventory_drift
UNION ALL
SELECT $now::TIMESTAMPTZ, 'skus', count(*) FROM reconcile.stock_position WHERE target IS NOT NULL
UNION ALL
SELECT $now::TIMESTAMPTZ, 'skus in step', count(*) FROM reconcile.stock_position WHERE target IS NOT NULL AND shown = target
UNION ALL
SELECT $now::TIMESTAMPTZ, 'units oversold', coalesce(sum(oversold), 0)::BIGINT FROM reconcile.stock_position
UNION ALL
SELECT $now::TIMESTAMPTZ, 'exceptions/' || team, count(*) FROM reconcile.exceptions WHERE standing <> 'closed' GROUP BY team
UNION ALL
SELECT $now::TIMESTAMPTZ, 'exceptions', count(*) FROM reconcile.exceptions WHERE standing <> 'closed'
