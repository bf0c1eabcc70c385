-- Grain: one row per merchant-fulfilled Amazon order placed, or due, since `$since`.
-- Parameters: $since (instant).
-- An order counts as accepted when Amazon took the last package of it. Where no package is told, the moment counts at
-- which it was first read as shipped.
WITH packages AS (
    SELECT amazon_order_id, max(accepted_at) AS accepted_at
    FROM amazon.order_packages
    GROUP BY amazon_order_id
),
first_seen AS (
    SELECT amazon_order_id, min(last_updated_at) AS shipped_at
    FROM amazon.orders_log
    WHERE status = 'SHIPPED' AND change <> 'gone'
    GROUP BY amazon_order_id
),
cancelled AS (
    SELECT
        amazon_order_id,
        bool_or(cancelled_by = 'MERCHANT' AND coalesce(requested_by, '') <> 'BUYER') AS by_seller
    FROM amazon.item_cancellations
    GROUP BY amazon_order_id
)
SELECT
    o.region,
    o.created_at,
    o.ship_by_at,
    CASE WHEN o.status = 'SHIPPED' THEN coalesce(p.accepted_at, f.shipped_at) END AS accepted_at,
    o.status IN ('CANCELLED', 'PENDING', 'PENDING_AVAILABILITY', 'UNFULFILLABLE') AS is_cancelled,
    coalesce(c.by_seller, false) AS cancelled_by_seller
FROM amazon.orders AS o
LEFT JOIN packages AS p ON p.amazon_order_id = o.amazon_order_id
LEFT JOIN first_seen AS f ON f.amazon_order_id = o.amazon_order_id
LEFT JOIN cancelled AS c ON c.amazon_order_id = o.amazon_order_id
WHERE o.channel_name = 'AMAZON'
  AND coalesce(o.fulfilled_by, 'MERCHANT') = 'MERCHANT'
  AND (o.created_at >= $since OR o.ship_by_at >= $since)
