-- Grain: one row per package of a merchant-fulfilled Amazon order that Amazon took since `$since`.
-- Parameters: $since (instant).
SELECT o.region, coalesce(p.accepted_at, p.ship_at) AS accepted_at, p.carrier, p.tracking_number
FROM amazon.order_packages AS p
JOIN amazon.orders AS o ON o.amazon_order_id = p.amazon_order_id
WHERE o.channel_name = 'AMAZON'
  AND coalesce(o.fulfilled_by, 'MERCHANT') = 'MERCHANT'
  AND coalesce(p.accepted_at, p.ship_at) >= $since
