-- Grain: one row per Amazon order that was cancelled, or refunded by hand, in Shopify only.
-- Parameters: $region, $since (instant: what happened before is somebody else's).
-- A refund by hand is explained by a refund of the same amount that Amazon posted on the order.
WITH refunded AS (
    SELECT r.shopify_order_id, r.currency, sum(r.amount) AS amount
    FROM shopify.refunds AS r
    WHERE r.mark IS NULL
      AND r.amount > 0
      AND r.processed_at >= $since
    GROUP BY r.shopify_order_id, r.currency
),
on_amazon AS (
    SELECT
        t.amazon_order_id,
        t.currency,
        -sum(l.amount) FILTER (WHERE NOT regexp_matches(lower(l.path), 'fee|commission|chargeback|facilitator|lowvalue'))
            AS amount
    FROM amazon.transactions AS t
    JOIN amazon.transaction_lines AS l ON l.transaction_id = t.transaction_id
    WHERE t.deferred_transaction_id IS NULL AND regexp_matches(lower(t.transaction_type), 'refund|chargeback|claim')
    GROUP BY t.amazon_order_id, t.currency
)
SELECT
    o.amazon_order_id,
    o.ship_by_at,
    s.cancelled_at IS NOT NULL
        AND s.cancelled_at >= $since
        AND o.status IN ('PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED') AS is_cancelled_in_shop_only,
    r.amount AS refunded,
    r.currency,
    r.amount IS NOT NULL
        AND s.cancelled_at IS NULL
        AND o.status <> 'CANCELLED'
        AND coalesce(a.amount, 0) < r.amount AS is_refunded_in_shop_only
FROM amazon.orders AS o
JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = o.amazon_order_id
LEFT JOIN refunded AS r ON r.shopify_order_id = s.shopify_order_id
LEFT JOIN on_amazon AS a ON a.amazon_order_id = o.amazon_order_id AND a.currency = r.currency
WHERE o.region = $region
  AND o.channel_name = 'AMAZON'
  AND (s.cancelled_at >= $since OR r.amount IS NOT NULL)
ORDER BY ALL
