-- Grain: one row per SKU of the region account whose availability ought to be read, the longest unread first.
-- Parameters: $region, $before (instant: what was read earlier is due), $most (SKUs).
-- A SKU whose listings report names a channel that the last reading did not show is due at once.
SELECT l.seller_sku
FROM amazon.listings AS l
LEFT JOIN amazon.availability AS a ON a.region = l.region AND a.seller_sku = l.seller_sku
WHERE l.region = $region
  AND (
      a.read_at IS NULL
      OR a.read_at < $before
      OR NOT list_contains(a.fulfillment_channels, l.fulfillment_channel)
  )
GROUP BY l.seller_sku
ORDER BY min(a.read_at) NULLS FIRST, l.seller_sku
LIMIT $most
