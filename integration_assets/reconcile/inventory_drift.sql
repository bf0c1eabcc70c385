-- Grain: one row per region account and SKU that is out of step. Quantities in units.
-- Parameters: $now (instant).
-- Reads its own former state, so that a drift keeps its age while it lasts.
-- A position in step is no drift, whatever number stands beside it: a person accepted it, or the reading is older than
-- the push that was seen since. What left the shop after we had pushed it is not mapped, yet has a target: 0. An offer that was read and shows no quantity shows none: 0.
WITH mapped AS (
    SELECT
        p.region,
        p.seller_sku,
        CASE WHEN coalesce(p.shown, 0) > p.target THEN 'over' ELSE 'under' END AS direction,
        p.target,
        p.shown,
        coalesce(p.shown, 0) - p.target AS difference,
        CASE WHEN p.cause = '' THEN 'not_yet_pushed' ELSE p.cause END AS cause,
        p.reason
    FROM reconcile.stock_position AS p
    WHERE p.target IS NOT NULL
      AND p.shown_at IS NOT NULL
      AND coalesce(p.shown, 0) <> p.target
      AND p.verdict <> 'in_step'
),
unmapped AS (
    SELECT
        m.region,
        m.seller_sku,
        'unmapped' AS direction,
        NULL::BIGINT AS target,
        max(l.quantity) AS shown,
        coalesce(max(l.quantity), 0) AS difference,
        'unmapped' AS cause,
        m.reason
    FROM reconcile.sku_map AS m
    JOIN amazon.listings AS l ON l.region = m.region AND l.seller_sku = m.seller_sku
    WHERE m.status NOT IN ('mapped', 'ignored')
      AND m.fulfillment = 'mfn'
      AND NOT EXISTS (
          SELECT 1
          FROM reconcile.stock_position AS p
          WHERE p.region = m.region AND p.seller_sku = m.seller_sku AND p.target IS NOT NULL
      )
    GROUP BY m.region, m.seller_sku, m.reason
),
drift AS (
    SELECT * FROM mapped
    UNION ALL
    SELECT * FROM unmapped
)
SELECT
    d.region,
    d.seller_sku,
    d.direction,
    d.target,
    d.shown,
    d.difference,
    d.cause,
    coalesce(f.first_seen_at, $now) AS first_seen_at,
    date_sub('minute', coalesce(f.first_seen_at, $now), $now) AS age_minutes,
    d.reason
FROM drift AS d
LEFT JOIN reconcile.inventory_drift AS f
    ON f.region = d.region AND f.seller_sku = d.seller_sku AND f.direction = d.direction
