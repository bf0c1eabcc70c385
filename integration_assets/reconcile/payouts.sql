-- Grain: one row per settlement as it stands now. Amounts in the currency of the settlement.
-- Parameters: $marketplaces and $zones (where each marketplace's day begins).
-- What is owed later stands on the newest payout of its region account and currency only, so that it is not counted
-- twice: the reserve of that payout, what Amazon has posted and deferred, and the other orders in no settlement yet at
-- the value of their sale.
WITH zones AS (
    SELECT unnest($marketplaces::VARCHAR[]) AS marketplace_id, unnest($zones::VARCHAR[]) AS zone
),
statements AS (
    SELECT
        s.*,
        CAST(
            timezone(coalesce(z.zone, 'UTC'), coalesce(s.deposit_at, s.end_at, s.created_at)) AS DATE
        ) AS deposit_on,
        row_number() OVER (
            PARTITION BY s.region, s.currency ORDER BY s.end_at DESC NULLS LAST, s.settlement_id DESC
        ) = 1 AS is_newest
    FROM amazon.settlements AS s
    LEFT JOIN zones AS z ON z.marketplace_id = s.marketplace_id
    WHERE s.is_current AND s.settlement_id IS NOT NULL AND s.total_amount IS NOT NULL
),
lines AS (
    SELECT
        l.settlement_id,
        l.version,
        sum(l.amount) AS amount,
        coalesce(sum(l.amount) FILTER (l.is_balance_movement), 0) AS moved,
        coalesce(sum(l.amount) FILTER (l.bucket = 'unmapped'), 0) AS unmapped,
        coalesce(-sum(l.amount) FILTER (l.bucket = 'reserve' AND l.amount < 0), 0) AS reserve_held,
        count(*) AS lines
    FROM amazon.settlement_lines AS l
    GROUP BY l.settlement_id, l.version
),
orders AS (
    SELECT
        settlement_id,
        coalesce(sum(amount) FILTER (how = 'named'), 0) AS on_orders,
        coalesce(sum(amount) FILTER (how = 'allocated'), 0) AS allocated,
        count(DISTINCT order_ref) FILTER (how = 'named') AS orders,
        count(DISTINCT order_ref) FILTER (how = 'named' AND shopify_order_id IS NOT NULL) AS orders_in_shopify
    FROM reconcile.order_fees
    GROUP BY settlement_id
),
account AS (
    SELECT settlement_id, sum(amount_left) AS with_account
    FROM reconcile.account_fees
    GROUP BY settlement_id
),
due AS (
    SELECT d.region, d.currency, -sum(d.timing) AS unsettled
    FROM reconcile.settlement_drift AS d
    ANTI JOIN (SELECT amazon_order_id FROM amazon.transactions WHERE status = 'DEFERRED') AS t
        ON t.amazon_order_id = d.order_ref
    WHERE d.state <> 'deferred'
    GROUP BY d.region, d.currency
),
deferred AS (
    SELECT region, currency, sum(amount) AS amount
    FROM amazon.transactions
    WHERE status = 'DEFERRED'
    GROUP BY region, currency
)
SELECT
    s.settlement_id,
    s.region,
    s.currency,
    s.start_at AS started_at,
    s.end_at AS ended_at,
    s.deposit_on,
    s.total_amount AS deposit,
    coalesce(l.amount, 0) AS lines_total,
    coalesce(l.amount, 0) - s.total_amount AS difference,
    coalesce(o.on_orders, 0) AS on_orders,
    coalesce(o.allocated, 0) AS allocated,
    coalesce(a.with_account, 0) AS with_account,
    coalesce(l.moved, 0) AS moved,
    coalesce(l.unmapped, 0) AS unmapped,
    coalesce(l.reserve_held, 0) AS reserve_held,
    coalesce(o.orders, 0) AS orders,
    coalesce(o.orders_in_shopify, 0) AS orders_in_shopify,
    coalesce(l.lines, 0) AS lines,
    CASE WHEN s.is_newest THEN coalesce(f.amount, 0) ELSE 0 END AS deferred,
    CASE
        WHEN s.is_newest THEN coalesce(l.reserve_held, 0) + coalesce(f.amount, 0) + coalesce(d.unsettled, 0)
        ELSE 0
    END AS owed_later,
    CASE WHEN coalesce(l.amount, 0) = s.total_amount THEN 'balanced' ELSE 'unbalanced' END AS state
FROM statements AS s
LEFT JOIN lines AS l ON l.settlement_id = s.settlement_id AND l.version = s.version
LEFT JOIN orders AS o ON o.settlement_id = s.settlement_id
LEFT JOIN account AS a ON a.settlement_id = s.settlement_id
LEFT JOIN due AS d ON d.region = s.region AND d.currency = s.currency
LEFT JOIN deferred AS f ON f.region = s.region AND f.currency = s.currency
