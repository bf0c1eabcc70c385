-- Every Amazon order beside the Shopify order that stands for it; the Shopify columns are empty where there is none. One row per Amazon order and Shopify order.
SELECT o.amazon_order_id, o.region, o.status, o.fulfilled_by, o.created_at, o.ship_by_at, o.total, o.currency,
    s.shopify_order_id, s.created_at AS in_shopify_at,
    date_diff('minute', o.created_at, s.created_at) AS minutes_to_shopify
FROM amazon.orders AS o
LEFT JOIN shopify.orders AS s ON s.source_identifier = o.amazon_order_id
WHERE o.channel_name <> 'NON_AMAZON'
ORDER BY o.created_at DESC
