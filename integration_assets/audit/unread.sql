-- Grain: one row per SKU of a region account's marketplace whose offer ought to be read, the longest unread first.
-- Parameters: $region, $marketplace_id, $before (instant: what was read earlier is due), $most (SKUs).
SELECT l.seller_sku
FROM amazon.listings AS l
LEFT JOIN amazon.offers AS o
    ON o.region = l.region AND o.marketplace_id = l.marketplace_id AND o.seller_sku = l.seller_sku
WHERE l.region = $region
  AND l.marketplace_id = $marketplace_id
  AND (o.read_at IS NULL OR o.read_at < $before)
ORDER BY o.read_at NULLS FIRST, l.seller_sku
LIMIT $most
