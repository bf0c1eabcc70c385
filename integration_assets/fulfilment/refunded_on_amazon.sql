-- Grain: one row per order with a refund that Amazon posted since `$since`, that no refund in Shopify is marked with,
-- and that was not found recorded there by hand; `is_due` says that the order ought to be in Shopify. An order that is
-- not there and need not be is none.
-- Parameters: $region, $since (instant), $prefix (text before the transaction's id in a mark), $without_fba (whether
-- orders that Amazon ships are not made in Shopify at all), $by_hand (refunds on Amazon found recorded by hand).
SELECT
    t.amazon_order_id,
    bool_or(o.created_at >= $since AND NOT ($without_fba AND coalesce(o.fulfilled_by, '') = 'AMAZON')) AS is_due
FROM amazon.transactions AS t
JOIN amazon.orders AS o ON o.amazon_order_id = t.amazon_order_id
LEFT JOIN shopify.refunds AS r ON r.mark = $prefix || coalesce(t.deferred_transaction_id, t.transaction_id)
LEFT JOIN shopify.orders AS s ON coalesce(s.amazon_order_id, s.source_identifier) = t.amazon_order_id
WHERE t.region = $region
  AND o.channel_name = 'AMAZON'
  AND regexp_matches(lower(t.transaction_type), 'refund|chargeback|claim')
  AND t.posted_at >= $since
  AND r.refund_id IS NULL
  AND NOT list_contains($by_hand, coalesce(t.deferred_transaction_id, t.transaction_id))
GROUP BY t.amazon_order_id
HAVING is_due OR bool_or(s.shopify_order_id IS NOT NULL)
ORDER BY ALL
